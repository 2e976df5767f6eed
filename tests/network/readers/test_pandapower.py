"""pandapower networks, judged by pandapower's own power flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import built_in_names, from_pandapower, read, to_table
from p2pdnr.network.topology import count_spanning_trees, orient

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")


def small() -> Any:
    """A substation, a ring of three lines open at one end of the last, a load and a static generator."""
    net = pp.create_empty_network()
    for _ in range(3):
        pp.create_bus(net, vn_kv=20.0)
    pp.create_ext_grid(net, 0, vm_pu=1.02, name="Grid")
    for start, end in ((0, 1), (1, 2), (2, 0)):
        pp.create_line_from_parameters(net, start, end, 2.0, 0.2, 0.1, 0.0, 0.3, name=f"L{start}{end}")
    pp.create_switch(net, 0, 2, et="l", closed=False)
    pp.create_load(net, 1, p_mw=1.0, q_mvar=0.4, scaling=0.5, name="Town")
    pp.create_sgen(net, 2, p_mw=0.3, q_mvar=0.1, name="Sun")
    return net


def assert_same_power_flow(network: Network, net: Any, buses: list[int]) -> None:
    """Voltages at the net's ``buses``, which stand for the network's buses in order, and losses."""
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False)
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    assert flow.converged.all()
    np.testing.assert_allclose(flow.vm_pu[0], net.res_bus.vm_pu[buses], atol=1e-6)
    theirs = 1000.0 * (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum())
    assert flow.loss_kw.sum() == pytest.approx(theirs, abs=1e-3)


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


def without_charging(net: Any) -> Any:
    net.line["c_nf_per_km"] = 0.0
    return net


def test_cigre_mv_with_its_transformers() -> None:
    network = read("cigre_mv_uncharged", None)
    assert (network.n_buses, network.n_lines, network.initially_open) == (15, 17, (13, 14, 15))
    assert not network.switchable[-2:].any() and network.switchable[:-2].all()
    assert count_spanning_trees(network) > 1
    assert network.limit_a[0] == pytest.approx(145.0)
    assert_same_power_flow(network, without_charging(networks.create_cigre_network_mv()), list(range(15)))
    assert to_table(read(to_table(network), None)) == to_table(network)


def test_cigre_lv_with_its_couplers() -> None:
    net = networks.create_cigre_network_lv()
    network = read("cigre_lv", None)
    buses = [bus for bus in net.bus.index if bus not in (1, 20, 23)]
    assert_same_power_flow(network, net, buses)


def test_mv_oberrhein_begins_at_its_regulated_busbars() -> None:
    net = without_charging(networks.mv_oberrhein())
    network = read("mv_oberrhein_uncharged", None)
    assert (network.n_buses, network.n_lines, len(network.initially_open)) == (177, 181, 6)
    assert network.coordinates is not None and network.substation_vm_pu.tolist() == [1.0, 1.0]
    net.ext_grid["bus"] = net.trafo.lv_bus.to_numpy()
    net.trafo["in_service"] = False
    net.bus.loc[net.trafo.hv_bus, "in_service"] = False
    assert_same_power_flow(network, net, sorted(net.bus.index[net.bus.in_service]))


@pytest.mark.parametrize("name", ["cigre_mv", "mv_oberrhein"])
def test_charging_is_refused_unless_the_name_leaves_it_out(name: str) -> None:
    with pytest.raises(NetworkError, match=r"line .*has line charging.*_uncharged") as caught:
        read(name, None)
    assert len(caught.value.problems[0].ids) > 10
    assert {name, f"{name}_uncharged"} <= set(built_in_names())


def test_case33bw_through_pandapower_is_the_built_in_one() -> None:
    theirs, mine = from_pandapower(networks.case33bw(), "case33bw"), read("case33bw", None)
    for name in ("p_kw", "q_kvar", "r_pu", "x_pu", "limit_a", "from_bus", "to_bus", "closed", "switchable"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(mine, name), rtol=1e-13)


CHANGES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda net: net.line.loc.__setitem__((1, "c_nf_per_km"), 5.0), r"line 1 \(L12\): has line charging"),
    (lambda net: net.line.loc.__setitem__((1, "g_us_per_km"), 5.0), r"line 1 \(L12\): has a conductance"),
    (lambda net: net.load.loc.__setitem__((0, "const_z_p_percent"), 50.0), r"load 0 \(Town\): depends on voltage"),
    (lambda net: pp.create_shunt(net, 1, q_mvar=1.0, name="C1"), r"shunt 0 \(C1\): is not modelled"),
    (lambda net: pp.create_gen(net, 2, p_mw=1.0, name="G"), r"gen 0 \(G\): is not modelled"),
    (lambda net: pp.create_storage(net, 2, p_mw=1.0, max_e_mwh=1.0), r"storage 0.*: is not modelled"),
    (lambda net: pp.create_ward(net, 2, 1.0, 0.0, 0.0, 0.0), r"ward 0.*: is not modelled"),
    (lambda net: pp.create_switch(net, 1, 2, et="b", closed=False), r"switch 1.*: is an open coupler"),
    (lambda net: pp.create_switch(net, 1, 2, et="b", z_ohm=0.1), r"switch 1.*: has an impedance"),
    (lambda net: pp.create_ext_grid(net, 0, vm_pu=1.0), r"ext_grid 0 \(Grid\): holds another voltage"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_what_is_not_modelled_is_refused_by_name(change: Callable[[Any], Any], reason: str) -> None:
    net = small()
    change(net)
    with pytest.raises(NetworkError, match=reason):
        from_pandapower(net, "small")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("pfe_kw", 14.0, "magnetising current"),
        ("i0_percent", 0.07, "magnetising current"),
        ("tap_pos", 2.0, "tap off its neutral"),
        ("vn_lv_kv", 21.0, "another nominal ratio"),
    ],
)
def test_transformers_that_are_not_modelled(column: str, value: float, reason: str) -> None:
    net = small()
    pp.create_bus(net, vn_kv=0.4)
    pp.create_transformer_from_parameters(
        net, 1, 3, 0.4, 20.0, 0.4, 1.0, 4.0, 0.0, 0.0, name="T", tap_pos=0, tap_neutral=0
    )
    assert from_pandapower(net, "small").vn_kv.tolist() == [20.0, 20.0, 20.0, 0.4]
    net.trafo[column] = value
    with pytest.raises(NetworkError, match=rf"trafo 0 \(T\): has .*{reason}"):
        from_pandapower(net, "small")
