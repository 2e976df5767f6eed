"""pandapower networks, judged by pandapower's own power flow."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.arrays import BOTH_ENDS, Network
from p2pdnr.network.held_newton import run_held, stuck
from p2pdnr.network.names import Register
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_pandapower, read, to_table
from p2pdnr.network.readers.agreement import agreement
from p2pdnr.network.readers.pandapower import imported
from p2pdnr.network.readers.phase_shifts import TURNED
from p2pdnr.network.topology import count_spanning_trees, orient
from p2pdnr.reconfiguration.planning import candidates
from p2pdnr.reconfiguration.planning.snapshot import reconfigure
from tests import thorough
from tests.pandapower_nets import copied

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")


@copied
def small() -> Any:
    """A substation, a ring of three lines open at one end of the last, a load and a static generator."""
    net = pp.create_empty_network()
    for _ in range(3):
        pp.create_bus(net, vn_kv=20.0)
    pp.create_ext_grid(net, 0, vm_pu=1.02, name="Grid")
    for start, end in ((0, 1), (1, 2), (2, 0)):
        pp.create_line_from_parameters(net, start, end, 2.0, 0.2, 0.1, 0.0, 0.3, name=f"L{start}{end}")
    pp.create_switch(net, 0, 2, et="l", closed=False)
    for bus, element in ((1, 0), (2, 1)):
        pp.create_switch(net, bus, element, et="l")
    pp.create_load(net, 1, p_mw=1.0, q_mvar=0.4, scaling=0.5, name="Town")
    pp.create_sgen(net, 2, p_mw=0.3, q_mvar=0.1, name="Sun")
    return net


def assert_same_power_flow(network: Network, net: Any, buses: list[int]) -> None:
    """Voltages at the net's ``buses``, which stand for the network's buses in order, losses and loading."""
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False)
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    assert flow.converged.all()
    np.testing.assert_allclose(flow.vm_pu[0, : len(buses)], net.res_bus.vm_pu[buses], atol=1e-9)
    tables = ("line", "trafo", "trafo3w", "impedance")
    assert flow.loss_kw.sum() == pytest.approx(1000.0 * sum(net[f"res_{t}"].pl_mw.sum() for t in tables), abs=1e-6)
    theirs = max(net[f"res_{table}"].loading_percent.max() for table in tables[:2] if len(net[table]))
    if np.isfinite(network.limit_a).all() and not len(net.trafo3w):
        assert (100.0 * flow.current_a / network.limit_a).max() == pytest.approx(theirs, abs=1e-6)


def first_buses(net: Any) -> list[int]:
    """The lowest bus of every group that closed couplers make, those out of service apart."""
    pp.runpp(net, numba=False)
    node = net._pd2ppc_lookups["bus"]
    found: dict[int, int] = {}
    for bus in sorted(net.bus.index[net.bus.in_service.astype(bool)]):
        found.setdefault(int(node[bus]), int(bus))
    return list(found.values())


def test_a_small_net() -> None:
    network = from_pandapower(small(), "small")
    assert network.substation_vm_pu.tolist() == [1.02] and network.initially_open == (3,)
    np.testing.assert_allclose(network.p_kw, [0.0, 500.0, -300.0])
    np.testing.assert_allclose(network.q_kvar, [0.0, 200.0, -100.0])
    np.testing.assert_allclose(network.limit_a, 300.0)
    assert count_spanning_trees(network) == 3
    assert_same_power_flow(network, small(), [0, 1, 2])


def test_parallel_systems_deratings_and_elements_out_of_service() -> None:
    net = small()
    net.line.loc[0, ["parallel", "df"]] = (2, 0.9)
    net.line.loc[1, "max_i_ka"] = 99999.0
    pp.create_load(net, 1, p_mw=9.0, in_service=False)
    pp.create_shunt(net, 1, q_mvar=1.0, in_service=False)
    pp.create_bus(net, vn_kv=20.0, in_service=False)
    network = from_pandapower(net, "small")
    np.testing.assert_allclose(network.limit_a, [540.0, np.inf, 300.0])
    np.testing.assert_allclose(network.r_pu[0], 0.2 / 400.0)
    assert_same_power_flow(network, net, [0, 1, 2])


def test_coupled_buses_become_one_and_several_grids_several_substations() -> None:
    net = small()
    pp.create_bus(net, vn_kv=20.0)
    pp.create_switch(net, 2, 3, et="b", closed=True)
    pp.create_bus(net, vn_kv=20.0)
    pp.create_ext_grid(net, 4, vm_pu=1.01)
    pp.create_line_from_parameters(net, 3, 4, 1.0, 0.2, 0.1, 0.0, 0.3, in_service=False)
    network = from_pandapower(net, "small")
    assert (network.n_buses, network.n_lines) == (4, 4)
    assert network.substations.tolist() == [0, 3] and network.to_bus[3] == 3 and network.from_bus[3] == 2
    assert_same_power_flow(network, net, [0, 1, 2, 4])


@copied
def built_in(maker: str, **choices: Any) -> Any:
    """A net that pandapower brings along."""
    return getattr(networks, maker)(**choices)


@pytest.mark.parametrize(
    ("name", "maker", "choices"),
    [
        ("cigre_mv", "create_cigre_network_mv", {}),
        ("cigre_mv_pv_wind", "create_cigre_network_mv", {"with_der": "pv_wind"}),
        ("cigre_mv_all", "create_cigre_network_mv", {"with_der": "all"}),
        ("create_cigre_network_lv", "create_cigre_network_lv", {}),
        ("mv_oberrhein", "mv_oberrhein", {}),
        ("mv_open_ring", "simple_mv_open_ring_net", {}),
        ("synthetic_lv_village_2", "create_synthetic_voltage_control_lv_network", {"network_class": "village_2"}),
        ("kerber_landnetz_kabel_1", "create_kerber_landnetz_kabel_1", {}),
        ("kb_extrem_landnetz_freileitung_trafo", "kb_extrem_landnetz_freileitung_trafo", {}),
        ("four_loads_with_branches_out", "four_loads_with_branches_out", {}),
        ("simple_four_bus_system", "simple_four_bus_system", {}),
    ],
)
def test_built_in_feeders(name: str, maker: str, choices: dict[str, Any]) -> None:
    random.seed(0)  # the Kerber feeders draw the types of some lines
    net = built_in(maker, **choices)
    network = read(name, None)
    assert_same_power_flow(network, net, first_buses(net))
    table = to_table(network)
    assert to_table(read(table, None)) == table


def test_cigre_mv_with_its_transformers_and_half_open_lines() -> None:
    network = read("cigre_mv", None)
    assert (network.n_buses, network.n_lines, network.initially_open) == (15, 17, (13, 14, 15))
    assert np.flatnonzero(network.switchable).tolist() == [12, 13, 14]
    assert network.switchable_by.startswith("3 of 15 lines have a switch")
    assert (network.opened_at[12:15] != BOTH_ENDS).all()
    assert count_spanning_trees(network) == 1
    assert network.limit_a[0] == pytest.approx(145.0)


@pytest.mark.parametrize("seed", thorough.of(range(4), range(4, 10)))
def test_generators_hold_their_voltage_within_their_limits(seed: int) -> None:
    """And sit at the ends of their range, on random feeders; voltages are pandapower's with limits enforced."""
    rng, net = np.random.default_rng(seed), small()
    last = 1
    for _ in range(4):
        here = pp.create_bus(net, vn_kv=20.0)
        pp.create_line_from_parameters(net, last, here, rng.uniform(1, 5), 0.3, 0.3, 200.0, 0.3)
        pp.create_load(net, here, rng.uniform(0.1, 0.6), rng.uniform(0.0, 0.3))
        last = here
    room = float(rng.choice([0.05, 0.5, 5.0]))
    for bus in (4, last):
        limits = {"min_q_mvar": -room, "max_q_mvar": room}
        pp.create_gen(net, bus, p_mw=rng.uniform(0.1, 0.8), vm_pu=rng.uniform(0.98, 1.04), **limits)
    pp.create_gen(net, 2, p_mw=1.0, vm_pu=1.0, in_service=False)
    network = from_pandapower(net, "held")
    assert network.generators is not None and to_table(read(to_table(network), None)) == to_table(network)
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False, enforce_q_lims=True)
    if stuck(net).any():
        run_held(net, partial(pp.runpp, tolerance_mva=1e-10, max_iteration=50, numba=False))
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    np.testing.assert_allclose(flow.vm_pu[0, : len(net.bus)], net.res_bus.vm_pu, rtol=0.0, atol=1e-6)
    given = net.res_gen.q_mvar[:2]
    assert flow.generated_kvar is not None
    np.testing.assert_allclose(flow.generated_kvar[0], 1e3 * given, rtol=0.0, atol=1e-2)
    np.testing.assert_allclose(network.generators.kvar, 1e3 * given, rtol=0.0, atol=1e-2)


def test_generators_at_one_bus_are_one_and_those_at_a_grid_are_loads() -> None:
    net = small()
    pp.create_gen(net, 2, p_mw=0.2, vm_pu=1.0, min_q_mvar=-0.1, max_q_mvar=0.1)
    pp.create_gen(net, 2, p_mw=0.3, vm_pu=1.0, min_q_mvar=-0.2, max_q_mvar=0.3)
    pp.create_gen(net, int(net.ext_grid.bus.iloc[0]), p_mw=0.4, vm_pu=float(net.ext_grid.vm_pu.iloc[0]))
    generators = from_pandapower(net, "small").generators
    assert generators is not None and len(generators.bus) == 1
    made = [float(values[0]) for values in (generators.p_kw, generators.least_kvar, generators.most_kvar)]
    assert made == pytest.approx([500.0, -300.0, 400.0])


def test_a_generator_without_a_power_flow_today_is_refused_by_name() -> None:
    net = small()
    pp.create_gen(net, 2, p_mw=-4000.0, name="G")
    with pytest.raises(NetworkError, match=r"gen 0 \(G\): has a voltage source, which is only known"):
        from_pandapower(net, "small")


def test_every_kind_of_element_at_once() -> None:
    net = small()
    for vn_kv in (110.0, 10.0, 0.4, 20.0):
        pp.create_bus(net, vn_kv=vn_kv)
    pp.create_load(net, 5, p_mw=0.05, q_mvar=0.02)
    parameters = {"sn_mva": 0.4, "vn_hv_kv": 20.0, "vn_lv_kv": 0.42, "vkr_percent": 1.4, "vk_percent": 6.0}
    tap = {"tap_side": "lv", "tap_neutral": 0, "tap_pos": -2, "tap_step_percent": 2.5, "tap_changer_type": "Ratio"}
    for _ in range(2):
        pp.create_transformer_from_parameters(net, 1, 5, pfe_kw=0.9, i0_percent=0.8, **parameters, **tap)
    pp.create_transformer3w_from_parameters(
        net, 3, 6, 4, 110.0, 20.0, 10.0, 40.0, 25.0, 15.0, 10.0, 9.0, 8.0, 0.3, 0.3, 0.3, 20.0, 0.1, tap_side="hv",
        tap_neutral=0, tap_pos=3, tap_step_percent=1.5, tap_changer_type="Ratio",
    )  # fmt: skip
    pp.create_impedance(net, 6, 2, 0.01, 0.02, 10.0, gf_pu=0.001, bf_pu=0.002, gt_pu=0.0, bt_pu=0.003)
    pp.create_load(net, 4, p_mw=2.0, q_mvar=0.5)
    pp.create_shunt(net, 2, q_mvar=-0.4, p_mw=0.01, vn_kv=21.0, step=2)
    pp.create_ward(net, 1, 0.1, 0.05, 0.02, -0.03)
    pp.create_storage(net, 2, p_mw=0.2, max_e_mwh=1.0, q_mvar=0.05)
    pp.create_asymmetric_load(net, 2, p_a_mw=0.01, p_b_mw=0.02, q_c_mvar=0.01)
    pp.create_switch(net, 1, 2, et="b", closed=False)
    net.line["c_nf_per_km"], net.line["g_us_per_km"] = 300.0, 4.0
    network = from_pandapower(net, "all")
    assert (network.n_buses, network.n_lines) == (8, 9)
    assert_same_power_flow(network, net, list(range(7)))
    assert to_table(read(to_table(network), None)) == to_table(network)


def test_index_and_name_are_kept() -> None:
    net = built_in("mv_oberrhein")
    network = from_pandapower(net, "oberrhein")
    again = read(to_table(network), None)
    assert again.line_ids == network.line_ids and again.bus_ids == network.bus_ids
    lines, buses = (
        Register("line", network.line_ids, network.n_lines),
        Register("bus", network.bus_ids, network.n_buses),
    )
    for line in net.line.itertuples():
        place = lines.find(f"line {line.Index}")
        assert network.line_ids[place] == f"line {line.Index} ({line.name})"
        ends = {buses.find(f"bus {bus}") for bus in (line.from_bus, line.to_bus)}
        assert ends == {int(network.from_bus[place]), int(network.to_bus[place])}
    assert any(place + 1 != index for place, index in enumerate(net.line.index))


def test_couplers_with_an_impedance_are_lines() -> None:
    net = small()
    pp.create_bus(net, vn_kv=20.0)
    pp.create_load(net, 3, p_mw=1.0)
    pp.create_switch(net, 2, 3, et="b", z_ohm=0.5)
    network = from_pandapower(net, "coupler")
    pp.runpp(net, tolerance_mva=1e-10, numba=False)
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    np.testing.assert_allclose(flow.vm_pu[0], net.res_bus.vm_pu, atol=1e-9)


def test_case33bw_through_pandapower_is_the_built_in_one() -> None:
    theirs, mine = from_pandapower(networks.case33bw(), "case33bw"), read("case33bw", None)
    for name in ("p_kw", "q_kvar", "r_pu", "x_pu", "limit_a", "from_bus", "to_bus", "closed", "switchable"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(mine, name), rtol=1e-13)


CHANGES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda net: pp.create_impedance(net, 1, 2, 0.1, 0.1, 1.0, rtf_pu=0.2), r"impedance 0.*: differs between"),
    (lambda net: pp.create_ext_grid(net, 0, vm_pu=1.0), r"ext_grid 0 \(Grid\): holds another voltage"),
    (lambda net: net.ext_grid.loc.__setitem__((0, "in_service"), False), "ext_grid: there is none in service"),
    (lambda net: net.line.loc.__setitem__((1, "length_km"), 0.0), r"line 1 \(L12\): has no impedance"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_what_is_not_modelled_is_refused_by_name(change: Callable[[Any], Any], reason: str) -> None:
    net = small()
    change(net)
    with pytest.raises(NetworkError, match=reason):
        from_pandapower(net, "small")


def loss_of(net: Any) -> float:
    """What pandapower finds, in kW."""
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False, calculate_voltage_angles=False)
    return 1000.0 * sum(float(net[f"res_{table}"].pl_mw.sum()) for table in ("line", "trafo", "trafo3w"))


def cable(net: Any, start: int, end: int, km: float, **more: Any) -> int:
    return int(pp.create_line_from_parameters(net, start, end, km, 0.3, 0.2, 250.0, 0.3, **more))


def ours(net: Any) -> float:
    network = from_pandapower(net, "net")
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    return float(flow.loss_kw.sum())


def test_lines_to_buses_out_of_service_stay_charged() -> None:
    net = small()
    dead = pp.create_bus(net, 20.0, in_service=False, name="Old bay")
    cable(net, 2, dead, 12.0, name="Stub")
    cable(net, dead, 1, 7.0)
    cable(net, 1, dead, 5.0, in_service=False)
    pp.create_switch(net, 2, cable(net, dead, 2, 9.0), et="l", closed=False)
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)
    network = from_pandapower(net, "net")
    assert network.bus_ids[3:] == ("open end of line 3 (Stub)", "open end of line 4")
    net.line["c_nf_per_km"] = 0.0
    assert loss_of(net) < 0.99 * ours_charged(network)


def ours_charged(network: Network) -> float:
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    return float(flow.loss_kw.sum())


def test_buses_that_nothing_supplies_and_that_draw_nothing_are_left_out() -> None:
    net = small()
    bays = [pp.create_bus(net, 20.0, name=name) for name in ("Spare", "Beside it")]
    cable(net, *bays, 1.0)
    network = from_pandapower(net, "net")
    assert network.n_buses == 3 and ours(net) == pytest.approx(loss_of(net), abs=1e-6)
    assert "bus 3 (Spare), bus 4 (Beside it): no line or switch can bring supply" in network.remarks[0]
    pp.create_load(net, bays[1], 0.1)
    told = from_pandapower(net, "net").remarks
    assert "left out: bus 3 (Spare)" in told[0]
    assert told[1].startswith("left out: bus 4 (Beside it)") and "100 kW and 0 kvar are in no result" in told[1]
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)


def test_a_transformer_to_a_dead_bay_that_stays_charged() -> None:
    net = small()
    bay = pp.create_bus(net, 0.4, name="Bay")
    trafo = pp.create_transformer(net, 2, bay, "0.4 MVA 20/0.4 kV")
    pp.create_switch(net, bay, trafo, et="t", closed=False)
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)
    pp.create_load(net, bay, 0.1)  # which nothing supplies, nor does the end that is charged
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)


def test_most_loading_is_a_limit() -> None:
    net = small()
    pp.create_load(net, pp.create_bus(net, 0.4), 0.1)
    pp.create_transformer(net, 2, 3, "0.4 MVA 20/0.4 kV")
    before = from_pandapower(net, "net").limit_a
    net.line["max_loading_percent"] = [40.0, 100.0, np.nan]
    net.trafo["max_loading_percent"] = 50.0
    np.testing.assert_allclose(from_pandapower(net, "net").limit_a / before, [0.4, 1.0, 1.0, 0.5])


def test_motors_and_loads_of_constant_impedance() -> None:
    net = small()
    pp.create_motor(net, 2, pn_mech_mw=0.4, cos_phi=0.85, efficiency_percent=92, loading_percent=80, scaling=0.9)
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)
    net.load.loc[0, ["const_z_p_percent", "const_z_q_percent"]] = 40.0, 70.0
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-6)
    network = from_pandapower(net, "net")
    np.testing.assert_allclose([network.p_kw[1], network.q_kvar[1]], [300.0, 60.0])
    np.testing.assert_allclose(
        network.base_kw * np.array([network.shunt_g_pu[1], -network.shunt_b_pu[1]]), [200.0, 140.0]
    )


@copied
def three_windings() -> Any:
    """10.5, 6.5 and 17.5 % between the windings: the leg of the middle one has a reactance below zero."""
    net = pp.create_empty_network()
    hv, mv, lv, *rest = (pp.create_bus(net, kv) for kv in (110.0, 20.0, 10.0, 20.0, 20.0))
    pp.create_ext_grid(net, hv, vm_pu=1.03)
    rated = {f"{kind}_{side}_{unit}": 40.0 for kind, unit in (("sn", "mva"),) for side in ("hv", "mv", "lv")}
    short = {"vk_hv_percent": 10.5, "vk_mv_percent": 6.5, "vk_lv_percent": 17.5}
    resistance = {f"vkr_{side}_percent": 0.5 for side in ("hv", "mv", "lv")}
    voltages = {"vn_hv_kv": 110, "vn_mv_kv": 20, "vn_lv_kv": 10}
    more = {"pfe_kw": 40, "i0_percent": 0.6, **rated, **short, **resistance, **voltages}
    pp.create_transformer3w_from_parameters(net, hv, mv, lv, **more)
    for start, end, km in ((mv, rest[0], 4.0), (rest[0], rest[1], 4.0)):
        cable(net, start, end, km)
    cable(net, mv, rest[1], 5.0, in_service=False)
    for bus, p_mw in ((rest[0], 3.0), (rest[1], 4.0), (lv, 5.0)):
        pp.create_load(net, bus, p_mw, 1.0)
    return net


def test_a_leg_with_negative_reactance() -> None:
    net = three_windings()
    network = from_pandapower(net, "net")
    assert (network.x_pu < 0.0).sum() == 1
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-5)
    assert ours(net) == pytest.approx(270.0598, abs=1e-3)
    again = read(to_table(network), None)
    np.testing.assert_allclose(again.x_pu, network.x_pu)
    found = reconfigure(network)
    assert found.proved and found.bound_by == "enumeration"
    net.line.loc[1, "in_service"], net.line.loc[2, "in_service"] = False, True
    assert found.loss_kw == pytest.approx(min(loss_of(net), 270.0598), abs=1e-3)


def test_no_bound_by_relaxation_is_claimed_with_a_negative_reactance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "enumerable", lambda *_: False)
    found = reconfigure(from_pandapower(three_windings(), "net"))
    assert (found.proved, found.lower_bound_kw, found.bound_by) == (False, None, None)


def test_a_leg_with_negative_resistance() -> None:
    net = three_windings()
    net.trafo3w.loc[0, ["vkr_hv_percent", "vkr_mv_percent", "vkr_lv_percent"]] = [1.0, 0.1, 0.2]
    network = from_pandapower(net, "net")
    assert (network.r_pu < 0.0).sum() == 1 and not network.is_passive
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-5)
    np.testing.assert_allclose(read(to_table(network), None).r_pu, network.r_pu)
    judged = solve_meshed(network, network.closed)
    assert float(judged.loss_kw.sum()) == pytest.approx(loss_of(net), abs=1e-5)


def test_a_leg_below_zero_with_a_ratio_of_its_own_is_judged_as_it_is() -> None:
    net = three_windings()
    net.trafo3w.loc[0, ["vn_mv_kv", "tap_side", "tap_neutral", "tap_pos"]] = [21.0, "mv", 0, 2]
    net.trafo3w.loc[0, ["tap_step_percent", "tap_changer_type"]] = [1.5, "Ratio"]
    network = from_pandapower(net, "net")
    assert float(solve_meshed(network, network.closed).loss_kw.sum()) == pytest.approx(loss_of(net), abs=1e-5)


@pytest.mark.parametrize("bus", [1, 2])
def test_a_leg_that_a_switch_opens_towards_a_load(bus: int) -> None:
    net = three_windings()
    pp.create_switch(net, bus, 0, et="t3", closed=False)
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-5)


@pytest.mark.parametrize(("degree", "said"), [(0.0, False), (np.nan, True)])
def test_tap_changers_at_star_points_are_those_of_runpp(degree: float, said: bool) -> None:
    net = three_windings()
    columns = ["tap_side", "tap_neutral", "tap_pos", "tap_step_percent", "tap_step_degree", "tap_changer_type"]
    net.trafo3w.loc[0, columns] = ["mv", 0, 2, 1.5, degree, "Ratio"]
    net.trafo3w["tap_at_star_point"] = True
    assert ours(net) == pytest.approx(loss_of(net), abs=1e-5)
    assert any("states no tap_step_degree" in remark for remark in from_pandapower(net, "net").remarks) is said


@copied
def twins() -> Any:
    """Two transformers of the same vector group side by side, two more further down, both in a loop with lines."""
    net = pp.create_empty_network()
    hv, one, other, last = (pp.create_bus(net, kv) for kv in (110.0, 20.0, 20.0, 20.0))
    pp.create_ext_grid(net, hv, vm_pu=1.01, va_degree=12.0)
    for bus in (one, other):
        pp.create_transformer(net, hv, bus, "25 MVA 110/20 kV")
    for here, there in ((one, last), (other, last)):
        pp.create_line(net, here, there, 4.0, "NA2XS2Y 1x185 RM/25 12/20 kV")
    pp.create_load(net, last, 6.0, 2.0)
    pp.create_switch(net, one, 0, "l", closed=True)
    return net


def test_a_loop_over_transformers_of_one_vector_group_is_solved_as_it_is() -> None:
    net = twins()
    net.switch.drop(net.switch.index, inplace=True)
    pp.create_bus(net, 20.0)
    pp.create_switch(net, 3, 4, "b", closed=False)  # the only thing to be operated
    found = reconfigure(from_pandapower(net, "twins"))
    pp.runpp(net, tolerance_mva=1e-10, numba=False, calculate_voltage_angles=True)
    np.testing.assert_allclose(found.flow.vm_pu[0, :4], net.res_bus.vm_pu[:4], atol=1e-9)
    assert len(found.meshed) == 4


@pytest.mark.parametrize("of", ["trafo", "ext_grid"])
def test_phase_shifts_that_do_not_cancel_around_a_loop_are_named(of: str) -> None:
    net = twins()
    net.switch.drop(net.switch.index, inplace=True)
    pp.create_bus(net, 20.0)
    pp.create_switch(net, 3, 4, "b", closed=False)
    if of == "trafo":
        net.trafo.loc[1, "shift_degree"] = 0.0
    else:
        pp.create_ext_grid(net, 2, vm_pu=1.0, va_degree=12.0)  # 150 degrees ahead of what the transformer gives
    with pytest.raises(NetworkError, match=r"trafo \d.*phase shifts do not cancel"):
        from_pandapower(net, "twins")
    net.trafo["shift_degree"] = 150.0
    net.ext_grid["va_degree"] = [12.0, 12.0 - 150.0 + 360.0][: len(net.ext_grid)]
    assert from_pandapower(net, "twins").n_buses == 4


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ([(0.95, 1.05), (1.02, 1.02)], (0.95, 1.05)),
        ([(0.97, 1.05), (0.95, 1.04)], (0.97, 1.04)),
        ([(1.01, 1.05), (0.9, 1.0)], (0.9, 1.1)),
        ([(np.nan, 1.05), (0.9, np.nan)], (0.9, 1.05)),
    ],
)
def test_limits_of_buses_are_one_range(bands: list[tuple[float, float]], expected: tuple[float, float]) -> None:
    net = small()
    net.bus.loc[[1, 2], ["min_vm_pu", "max_vm_pu"]] = bands
    network = from_pandapower(net, "net")
    assert (network.vm_min_pu, network.vm_max_pu) == expected
    assert any("no range in common" in remark for remark in network.remarks) == (bands[1] == (0.9, 1.0))


def test_phase_shifts_around_a_loop_that_can_be_opened_are_told() -> None:
    net = twins()
    net.trafo.loc[1, "shift_degree"] += 2.0
    for line, bus in ((0, 1), (1, 2)):
        pp.create_switch(net, bus, line, "l", closed=True)
    read = imported(net, "net")
    assert ["trafo 1"] == [name.split(" (")[0] for note in read.notes if note.said == TURNED for name in note.ids][-1:]
    assert "phase shifts do not cancel" in agreement(read).reason


@pytest.mark.parametrize("kind", [
    '{"type": "Point", "coordinates": [%s, 48.0]}',
    '{"type": "MultiPoint", "coordinates": [[%s, 48.0], [9, 9]]}',
    '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [%s, 48.0]}}',
])  # fmt: skip
def test_places_in_other_forms_of_geojson(kind: str) -> None:
    net = small()
    net.bus["geo"] = [kind % (8 + bus / 100) for bus in net.bus.index]
    coordinates = from_pandapower(net, "net").coordinates
    assert coordinates is not None and np.ptp(coordinates[:, 0]) == pytest.approx(2 * 1.112 * np.cos(np.radians(48)))
    net.bus["geo"] = '{"type": "Point", "coordinates": []}'
    assert from_pandapower(net, "net").coordinates is None
