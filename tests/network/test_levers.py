"""Tap changers and capacitors: their effect on a network, against pandapower's own models of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from p2pdnr.network.arrays import Lever, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.levers import at, held, with_levers, without
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers.pandapower import from_pandapower
from p2pdnr.network.readers.table import from_table, to_table
from p2pdnr.network.topology import orient
from p2pdnr.scenario.assembly import BASE_MVA
from tests.pandapower_nets import empty
from tests.random_networks import build, earthed, spanning


def substation(side: str, seed: int = 0, parallel: int = 1) -> Any:
    """A transformer with a tap changer at one side, a feeder of a few lines, and a capacitor of four steps."""
    rng = np.random.default_rng(seed)
    net = empty()
    upper, lower = pp.create_bus(net, 110.0), pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, upper, 1.01)
    pp.create_transformer_from_parameters(
        net, upper, lower, 25.0, 110.0, 20.5, 0.4, 12.0, 14.0, 0.07, parallel=parallel, tap_side=side, tap_neutral=1,
        tap_min=-8, tap_max=9, tap_step_percent=1.25, tap_pos=int(rng.integers(-8, 10)), tap_changer_type="Ratio",
    )  # fmt: skip
    last = lower
    for _ in range(5):
        here = pp.create_bus(net, 20.0)
        pp.create_line_from_parameters(net, last, here, rng.uniform(0.5, 3), 0.16, 0.12, 270.0, 0.4)
        pp.create_load(net, here, rng.uniform(0.2, 1.5), rng.uniform(0.0, 0.6))
        last = here
    pp.create_shunt(net, last, q_mvar=-0.3, p_mw=0.0, step=int(rng.integers(0, 5)), max_step=4)
    return net


def voltages(network: Network) -> np.ndarray:
    """(n,) of the present state."""
    return solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None]).vm_pu[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("side", ["hv", "lv"])
def test_positions_agree_with_pandapower(side: str, seed: int) -> None:
    net = substation(side, seed, parallel=1 + seed % 2)
    network = from_pandapower(net, "read").in_base(BASE_MVA)
    assert network.levers is not None
    assert network.levers.positions == (net.trafo.tap_pos[0], net.shunt.step[0])
    for tap, step in ((-8, 0), (int(net.trafo.tap_pos[0]), 2), (9, 4)):
        net.trafo["tap_pos"], net.shunt["step"] = tap, step
        pp.runpp(net, tolerance_mva=1e-9, numba=False)
        np.testing.assert_allclose(voltages(at(network, (tap, step))), net.res_bus.vm_pu, rtol=0.0, atol=1e-7)


@pytest.mark.parametrize("shape", [pn.mv_oberrhein, pn.create_cigre_network_mv])
def test_networks_of_pandapower_with_taps(shape: Any) -> None:
    net = shape()
    for name, value in (("tap_side", "hv"), ("tap_changer_type", "Ratio")):
        net.trafo[name] = value
    for name, value in (
        ("tap_neutral", 0),
        ("tap_min", -9),
        ("tap_max", 9),
        ("tap_step_percent", 1.5),
        ("tap_pos", -2),
    ):
        net.trafo[name] = float(value)
    network = from_pandapower(net, "read").in_base(BASE_MVA)
    assert network.levers is not None and all(item.kind == "line tap" for item in network.levers.items)
    for positions in ((0, 0), (-2, 1), (3, -9)):
        net.trafo["tap_pos"] = [float(value) for value in positions]
        pp.runpp(net, tolerance_mva=1e-9, numba=False)
        moved = at(network, positions)
        flow = solve_tree(moved, orient(moved, moved.closed), moved.p_kw[None], moved.q_kvar[None])
        assert abs(flow.loss_kw.sum() - 1e3 * (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum())) < 1e-2
        assert abs(flow.vm_pu.min() - net.res_bus.vm_pu.min()) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_random_networks_agree_with_pandapower(seed: int) -> None:
    """Taps at substations and lines and capacitors, on networks with ratios and admittances to earth."""
    from p2pdnr.verification.judge import judge

    rng = np.random.default_rng(seed)
    network = build([(0, 1), (1, 2), (2, 3), (1, 4), (3, 4)], 5, seed)
    network = (earthed(network, seed) if seed % 2 else network).with_(opened_at=np.zeros(5, dtype=np.int64))
    items = [
        Lever("substation tap", 0, -4, 4, 0.0125),
        Lever("line tap", int(rng.integers(0, 5)), -8, 8, 0.00625, side="to" if seed > 1 else "from"),
        Lever("capacitor", 3, 0, 3, 50.0),
    ]
    network = with_levers(network, items, (0, 0, 0))
    closed = spanning(network, rng.permutation(5))
    for positions in ((0, 0, 0), (4, -8, 3), (-3, 5, 1)):
        moved = at(network, positions)
        flow = solve_tree(moved, orient(moved, closed), moved.p_kw[None], moved.q_kvar[None])
        judged = judge(moved, closed[None], moved.p_kw[None], moved.q_kvar[None])
        np.testing.assert_allclose(flow.vm_pu, judged.vm_pu, rtol=0.0, atol=1e-6)
        np.testing.assert_allclose(flow.loss_kw, judged.loss_kw, rtol=0.0, atol=1e-3)


def leveled() -> Network:
    """Three buses with all kinds of levers, away from neutral."""
    tap = {"min": -4, "max": 4, "step_percent": 1.25}
    buses: list[dict[str, Any]] = [
        {"vn_kv": 20.0, "substation_voltage_pu": 1.02, "tap": {**tap, "position": 2}},
        {"vn_kv": 20.0, "p_kw": 500.0, "q_kvar": 200.0},
        {"vn_kv": 20.0, "p_kw": 500.0, "capacitor": {"step_kvar": 150.0, "steps": 2, "on": 1}, "shunt_kvar": 3.0},
    ]
    lines: list[dict[str, Any]] = [
        {"from": 1, "to": 2, "r_ohm": 0.5, "x_ohm": 0.4},
        {"from": 2, "to": 3, "r_ohm": 0.7, "x_ohm": 0.3, "tap": {**tap, "neutral": 1, "position": -1, "side": "to"}},
    ]
    return from_table({"buses": buses, "lines": lines})


def test_tables_come_back() -> None:
    network = leveled()
    table = to_table(network)
    assert table["buses"][0]["substation_voltage_pu"] == 1.02 and table["buses"][2]["shunt_kvar"] == 3.0
    assert table["lines"][1]["tap"]["position"] == -1 and table["lines"][1]["r_ohm"] == 0.7
    again = from_table(table)
    np.testing.assert_array_equal(voltages(again), voltages(network))
    assert to_table(again) == table


def test_moving_there_and_back_changes_nothing() -> None:
    network = leveled().in_base(10.0)
    there = at(network, (-4, 4, 0))
    assert there.substation_vm_pu[0] == pytest.approx(1.02 * 0.95)
    back = at(there, (2, -1, 1))
    for name in ("substation_vm_pu", "ratio", "r_pu", "shunt_b_pu"):
        np.testing.assert_array_equal(getattr(back, name), getattr(network, name))


def test_levers_that_are_held_keep_their_effect() -> None:
    network = leveled()
    for taps, capacitors, left in ((False, False, 0), (True, False, 2), (False, True, 1)):
        kept = held(network, (taps, taps, capacitors))
        assert len(kept.levers.items if kept.levers else ()) == left
        np.testing.assert_allclose(voltages(kept), voltages(network), rtol=0.0, atol=1e-14)


def test_lines_that_run_together_keep_their_taps() -> None:
    table = to_table(leveled())
    table["lines"].append({**table["lines"][1], "tap": None})
    bundle = bundled(from_table(table))
    assert bundle.network.levers is not None
    assert [item.kind for item in bundle.network.levers.items] == ["substation tap", "capacitor"]


@pytest.mark.parametrize(
    ("place", "row", "field"),
    [
        ("bus", {"tap": {"min": 0, "max": 1, "step_percent": 1.0}}, "tap"),
        ("line", {"tap": {"min": 2, "max": 1, "step_percent": 1.0}}, "tap"),
        ("line", {"tap": {"min": 0, "max": 4, "step_percent": 90.0}}, "tap.step_percent"),
        ("line", {"tap": {"min": 0, "max": 4, "step_percent": 1.0, "position": 9}}, "tap.position"),
        ("line", {"tap": {"min": 0, "max": 4, "step_percent": 1.0, "side": "up"}}, "tap.side"),
        ("line", {"tap": {"min": 0.5, "max": 4, "step_percent": "1"}}, "tap.min"),
        ("line", {"tap": 3}, "tap"),
        ("bus", {"capacitor": {"steps": 2}}, "capacitor.step_kvar"),
        ("bus", {"capacitor": {"step_kvar": 10, "on": 2}}, "capacitor.on"),
        ("bus", {"capacitor": {"step_kvar": 10, "stage": 2}}, "capacitor.stage"),
    ],
)
def test_what_is_wrong_is_told_by_the_row(place: str, row: dict[str, Any], field: str) -> None:
    from p2pdnr.errors import NetworkError

    table = to_table(without(leveled()))
    table["buses" if place == "bus" else "lines"][1] |= row
    with pytest.raises(NetworkError) as caught:
        from_table(table)
    assert (place, field, ("2",)) in [(item.component, item.field, item.ids) for item in caught.value.problems]
