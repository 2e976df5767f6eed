"""What switches of pandapower nets operate, against every position of the switches solved by pandapower."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers import from_pandapower, from_table, to_table
from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
from p2pdnr.reconfiguration.planning.snapshot import reconfigure
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_fixed_loops
from tests.pandapower_nets import empty

pp = pytest.importorskip("pandapower")
PROPERTY = settings(deadline=None, derandomize=True, max_examples=8)


def line(net: Any, here: int, there: int, km: float = 1.0, **more: Any) -> int:
    return int(pp.create_line_from_parameters(net, here, there, km, 0.3, 0.2, 250.0, 0.3, **more))


def buses(count: int, loads: dict[int, float]) -> Any:
    net = empty()
    for number in range(count):
        pp.create_bus(net, 20.0, name=f"B{number}")
    pp.create_ext_grid(net, 0)
    for bus, p_mw in loads.items():
        pp.create_load(net, bus, p_mw, 0.3 * p_mw)
    return net


def runpp_kw(net: Any) -> float:
    pp.runpp(net, numba=False, tolerance_mva=1e-10, calculate_voltage_angles=False)
    return 1e3 * sum(float(net[f"res_{table}"].pl_mw.sum()) for table in ("line", "trafo"))


def brute_force(net: Any, switches: list[int]) -> dict[tuple[bool, ...], float]:
    """Losses of every position of switches in which all buses have supply and nothing is meshed."""
    import pandapower.topology as tp

    found = {}
    for position in product((False, True), repeat=len(switches)):
        net.switch.loc[switches, "closed"] = position
        graph = tp.create_nxgraph(net, multi=True)
        if not tp.unsupplied_buses(net) and graph.number_of_edges() == graph.number_of_nodes() - 1:
            found[position] = runpp_kw(net)
    return found


def switch_states(found: Reconfiguration) -> dict[str, bool]:
    names = map(found.network.line_name, range(found.network.n_lines))
    return dict(zip(names, found.closed.tolist(), strict=True))


def ring(load: float = 1.0) -> Any:
    """0-1-2 |C0| 3-4 |C1| 5-6-0 with the second coupler open."""
    net = buses(7, {1: load, 2: 1.0, 4: 1.0, 6: 0.4})
    line(net, 0, 1, 3.0)
    line(net, 1, 2, 3.0)
    pp.create_switch(net, 2, 3, "b", closed=True, name="C0")
    line(net, 3, 4, 3.0)
    pp.create_switch(net, 4, 5, "b", closed=False, name="C1")
    line(net, 5, 6, 2.0)
    line(net, 6, 0, 2.0)
    return net


@PROPERTY
@given(st.floats(0.1, 3.0))
def test_the_open_point_of_a_ring_moves_between_couplers(load: float) -> None:
    net = ring(load)
    today_kw = runpp_kw(net)
    found = reconfigure(from_pandapower(net, "ring"))
    best = brute_force(net, [0, 1])
    assert found.initial_loss_kw == pytest.approx(today_kw, abs=1e-4)
    assert found.loss_kw == pytest.approx(min(best.values()), abs=1e-4)
    assert (found.topologies, found.proved) == (len(best), True)
    states = switch_states(found)
    assert (states["switch 0 (C0)"], states["switch 1 (C1)"]) == min(best, key=lambda position: best[position])


def test_who_reads_is_told_what_operates() -> None:
    network = from_pandapower(ring(), "ring")
    assert np.flatnonzero(network.switchable).tolist() == [5, 6]
    assert network.switchable_by.startswith("none of 5 lines has a switch, 2 bus-bus switches can move the open point")
    assert from_table(to_table(network)).switchable_by == network.switchable_by
    net = ring()
    pp.create_switch(net, 1, 1, "l")
    network = from_pandapower(net, "ring")
    assert np.flatnonzero(network.switchable).tolist() == [1, 5, 6]
    assert network.switchable_by.startswith("1 of 5 lines has a switch")


def test_without_switches_all_lines_operate_and_that_is_told() -> None:
    net = buses(3, {1: 1.0, 2: 1.0})
    for here, there in ((0, 1), (1, 2)):
        line(net, here, there)
    line(net, 2, 0, in_service=False)
    network = from_pandapower(net, "ring")
    assert network.switchable.all()
    assert network.switchable_by.startswith("no line has a switch, so all 3 lines count as switchable")


def test_exactly_the_lines_with_a_switch_operate() -> None:
    """A ring with switches at two of its lines: the open point moves between these, wherever less would be lost."""
    net = buses(4, {1: 2.0, 2: 0.5, 3: 0.5})
    for here, there in ((0, 1), (1, 2), (2, 3), (3, 0)):
        line(net, here, there, 2.0)
    pp.create_switch(net, 1, 1, "l", closed=False)
    pp.create_switch(net, 2, 2, "l")
    spare = line(net, 1, 3, in_service=False)
    pp.create_switch(net, 1, spare, "l")
    network = from_pandapower(net, "ring")
    assert np.flatnonzero(network.switchable).tolist() == [1, 2]
    found, best = reconfigure(network), brute_force(net, [0, 1])
    assert found.loss_kw == pytest.approx(min(best.values()), abs=1e-6)
    assert found.topologies == len(best) == 2


def test_a_busbar_coupler_behind_two_cables_keeps_both() -> None:
    net = buses(4, {1: 1.0, 2: 0.5, 3: 1.5})
    pp.create_switch(net, 1, 2, "b")
    line(net, 0, 1, 5.0)
    line(net, 0, 2, 5.0)
    line(net, 1, 3, 2.0)
    network = from_pandapower(net, "two bars")
    assert (network.n_buses, network.line_ids) == (3, ("line 0 with line 1", "line 2"))
    found = reconfigure(network)
    assert found.loss_kw == pytest.approx(runpp_kw(net), abs=1e-6)
    assert found.initial_loss_kw == pytest.approx(found.loss_kw, abs=1e-9)


@pytest.mark.parametrize("opened", [False, True])
def test_cables_with_switches_of_their_own_stay_together_while_they_are_closed(opened: bool) -> None:
    net = buses(3, {1: 2.0, 2: 0.5})
    for cable, (here, there) in enumerate(((0, 1), (0, 1), (1, 2), (2, 0))):
        line(net, here, there, 3.0 + cable)
        pp.create_switch(net, here, cable, "l", closed=cable != 3 and not (opened and cable == 1))
    network = from_pandapower(net, "cables")
    found, today_kw = reconfigure(network), runpp_kw(net)
    assert network.switchable.all()
    assert found.initial_loss_kw == pytest.approx(today_kw, abs=1e-6)
    best = brute_force(net, [0, 1, 2, 3])
    if not opened:
        net.switch["closed"] = [True, True, False, True]
        assert found.loss_kw == pytest.approx(min(today_kw, runpp_kw(net), min(best.values())), abs=1e-6)
        assert found.topologies == 3
    else:
        assert found.loss_kw == pytest.approx(min(best.values()), abs=1e-6)
        assert found.topologies == len(best)


def test_couplers_whose_loop_holds_nothing_make_their_buses_one() -> None:
    """A feeder that hangs on one of two bars, which a coupler joins: nothing but the names of the bars would change."""
    net = buses(5, {4: 1.0})
    line(net, 0, 1)
    pp.create_switch(net, 1, 2, "b")
    pp.create_switch(net, 1, 3, "b")
    pp.create_switch(net, 2, 3, "b", closed=False)
    line(net, 3, 4)
    network = from_pandapower(net, "bars")
    assert (network.n_buses, network.n_lines) == (3, 2)
    assert reconfigure(network).loss_kw == pytest.approx(runpp_kw(net), abs=1e-6)


def test_a_coupler_that_alone_brings_supply_is_closed_and_that_is_told() -> None:
    net = buses(4, {1: 1.0, 3: 0.5})
    line(net, 0, 1)
    pp.create_switch(net, 1, 2, "b", closed=False, name="Yard")
    line(net, 2, 3)
    today_kw = runpp_kw(net)
    found = reconfigure(from_pandapower(net, "island"))
    assert found.initial_loss_kw == pytest.approx(today_kw, abs=1e-6)
    assert found.present.state == "partly without supply"
    assert found.present.dead_kw == pytest.approx(500.0)
    assert [found.network.line_name(number - 1) for number in found.lines_to_close] == ["switch 0 (Yard)"]
    net.switch["closed"] = True
    assert found.loss_kw == pytest.approx(runpp_kw(net), abs=1e-4)


@pytest.mark.parametrize("tap", [0, 1, -2])
def test_two_transformers_in_parallel_whatever_their_taps(tap: int) -> None:
    net = buses(2, {})
    low = pp.create_bus(net, 0.4)
    line(net, 0, 1)
    parameters = {"sn_mva": 0.63, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4, "vkr_percent": 1.2, "vk_percent": 6.0}
    steps = {"tap_side": "hv", "tap_neutral": 0, "tap_step_percent": 2.5, "tap_changer_type": "Ratio"}
    for pos in (0, tap):
        steps["tap_pos"] = pos
        pp.create_transformer_from_parameters(net, 1, low, pfe_kw=1.0, i0_percent=0.5, **parameters, **steps)
    pp.create_load(net, low, 0.6, 0.1)
    network = from_pandapower(net, "station")
    assert network.line_name(1) == "trafo 0 with trafo 1"
    found = reconfigure(network)
    assert found.loss_kw == pytest.approx(runpp_kw(net), abs=1e-5)
    assert found.flow.vm_pu[0, 2] == pytest.approx(net.res_bus.vm_pu[low], abs=1e-8)
    loading = net.res_trafo.loading_percent.max() / 100.0
    assert (found.max_loading_percent or 0.0) / 100.0 >= loading * 0.98 or tap != 0


def test_a_ring_without_switches_in_it_is_solved_and_elsewhere_named_with_where_to_cut() -> None:
    net = buses(5, {2: 1.0, 4: 1.0})
    for here, there in ((0, 1), (1, 2), (2, 0), (2, 3)):
        line(net, here, there, name=f"L{here}{there}")
    line(net, 3, 4)
    pp.create_switch(net, 3, 4, "l")
    with pytest.raises(NetworkError, match=r"line 0 \(L01\), line 1 \(L12\), line 2 \(L20\).*cut the grid at bus 2"):
        refuse_fixed_loops(bundled(from_pandapower(net, "ring")))
    found = reconfigure(from_pandapower(net, "ring"))
    assert len(found.meshed) == 3 and found.loss_kw == pytest.approx(runpp_kw(net), abs=1e-6)


def test_a_line_beside_a_closed_coupler_leaves_its_charging_at_the_bus() -> None:
    net = buses(4, {1: 1.0, 3: 0.8})
    line(net, 0, 1, 3.0)
    line(net, 2, 3, 2.0)
    for here, there in ((1, 2), (2, 1)):
        pp.create_switch(net, here, there, "b")
    line(net, 1, 2, 9.0)
    network = from_pandapower(net, "bars")
    assert (network.n_buses, network.n_lines) == (3, 2)
    assert "line 2" in network.remarks[0]
    assert reconfigure(network).loss_kw == pytest.approx(runpp_kw(net), abs=1e-6)
