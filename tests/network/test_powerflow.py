"""The tree power flow against pandapower's Newton solver and against the laws it has to obey."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from tests.pandapower_nets import empty
from tests.random_networks import networks, spanning

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def newton(network: Network, closed: np.ndarray, p_kw: np.ndarray, q_kvar: np.ndarray) -> Any:
    """pandapower's power flow of one hour; withdrawals (n,)."""
    import pandapower as pp

    net = empty(sn_mva=network.base_mva)
    for bus in range(network.n_buses):
        pp.create_bus(net, vn_kv=network.vn_kv[bus])
        pp.create_load(net, bus, p_mw=p_kw[bus] / 1000, q_mvar=q_kvar[bus] / 1000)
    for bus, vm in zip(network.substations, network.substation_vm_pu, strict=True):
        pp.create_ext_grid(net, bus, vm_pu=vm)
    ohm = network.vn_kv[network.from_bus] ** 2 / network.base_mva
    for line in range(network.n_lines):
        pp.create_line_from_parameters(
            net, network.from_bus[line], network.to_bus[line], length_km=1.0, c_nf_per_km=0.0, max_i_ka=1.0,
            r_ohm_per_km=network.r_pu[line] * ohm[line], x_ohm_per_km=network.x_pu[line] * ohm[line],
            in_service=bool(closed[line]),
        )  # fmt: skip
    pp.runpp(net, tolerance_mva=1e-10, numba=False)
    return net


def solve(network: Network, closed: np.ndarray, scale: np.ndarray) -> Flow:
    """The network's own loads times each of ``scale`` (T,)."""
    tree = orient(network, closed)
    return solve_tree(network, tree, np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar))


@pytest.mark.parametrize("opened", [(32, 33, 34, 35, 36), (6, 8, 13, 31, 36)])
def test_agrees_with_newton(network33: Network, opened: tuple[int, ...]) -> None:
    closed = np.ones(network33.n_lines, dtype=bool)
    closed[list(opened)] = False
    scale = np.array([1.0, 0.4, -0.8, 1.7])
    flow = solve(network33, closed, scale)
    for hour, factor in enumerate(scale):
        net = newton(network33, closed, factor * network33.p_kw, factor * network33.q_kvar)
        np.testing.assert_allclose(flow.vm_pu[hour], net.res_bus.vm_pu, atol=1e-9)
        np.testing.assert_allclose(flow.p_kw[hour], 1000 * net.res_line.p_from_mw, atol=1e-6)
        np.testing.assert_allclose(flow.q_kvar[hour], 1000 * net.res_line.q_from_mvar, atol=1e-6)
        np.testing.assert_allclose(flow.current_a[hour], 1000 * net.res_line.i_ka, atol=1e-6)
        np.testing.assert_allclose(flow.loss_kw[hour], 1000 * net.res_line.pl_mw, atol=1e-6)


def test_losses_of_the_literature(network33: Network) -> None:
    best = np.ones(network33.n_lines, dtype=bool)
    best[[6, 8, 13, 31, 36]] = False
    one = np.ones(1)
    assert solve(network33, network33.closed, one).loss_kw.sum() == pytest.approx(202.677, abs=1e-3)
    assert solve(network33, best, one).loss_kw.sum() == pytest.approx(139.551, abs=1e-3)


def test_several_substations_hold_their_own_voltage() -> None:
    network = from_text("S1 2, 2 3, S4 5, 5 3 open, bus 1 v=1.02, bus 4 v=0.98, bus 3 p=900 q=500, bus 5 p=-300 q=0")
    flow = solve(network, network.closed, np.array([1.0]))
    net = newton(network, network.closed, network.p_kw, network.q_kvar)
    np.testing.assert_allclose(flow.vm_pu[0], net.res_bus.vm_pu, atol=1e-9)
    np.testing.assert_allclose(flow.vm_pu[0, [0, 3]], [1.02, 0.98])


@pytest.mark.interpreted
def test_hours_beyond_the_nose_are_flagged_and_never_numbers() -> None:
    network = from_text("S1 2 r=2 x=2, 2 3 r=2 x=2, bus 2 p=100 q=50, bus 3 p=100 q=50")
    flow = solve(network, network.closed, np.array([1.0, 400.0, 2.0, 60.0, -1e9]))
    assert flow.converged.tolist() == [True, False, True, False, False]
    assert flow.generated_kvar is None
    for item in fields(Flow)[:-2]:
        values = getattr(flow, item.name)
        assert np.isnan(values[~flow.converged]).all()
        assert np.isfinite(values[flow.converged]).all()


@pytest.mark.interpreted
def test_an_hour_does_not_depend_on_its_neighbours(network33: Network) -> None:
    scale = np.array([0.2, 1.0, 50.0, 1.6, -1.0])
    together = solve(network33, network33.closed, scale)
    for hour in range(len(scale)):
        alone = solve(network33, network33.closed, scale[hour : hour + 1])
        np.testing.assert_allclose(alone.vm_pu[0], together.vm_pu[hour], rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.interpreted
def test_only_substations() -> None:
    flow = solve(from_text("S1 2 open, S2 1 open"), np.zeros(2, dtype=bool), np.ones(3))
    assert flow.converged.all()
    np.testing.assert_allclose(flow.vm_pu, 1.0)
    assert not flow.loss_kw.any()


@pytest.mark.interpreted
def test_lines_without_impedance_carry_flow_without_loss() -> None:
    network = from_text("S1 2, 2 3, bus 3 p=500 q=100")
    network = network.with_(r_pu=network.r_pu * [0, 1], x_pu=network.x_pu * [0, 1])
    flow = solve(network, network.closed, np.ones(1))
    assert flow.vm_pu[0, 0] == flow.vm_pu[0, 1] > flow.vm_pu[0, 2]
    assert flow.loss_kw[0, 0] == 0.0
    assert flow.p_kw[0, 0] == pytest.approx(500 + 100 + flow.loss_kw[0, 1])  # bus 2 draws 100 kW unless said


def test_withdrawals_of_the_wrong_shape_are_refused(network33: Network) -> None:
    tree = orient(network33, network33.closed)
    with pytest.raises(ValueError, match="33"):
        solve_tree(network33, tree, np.zeros((33, 2)), np.zeros((33, 2)))


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=12))
def test_power_balances_at_every_bus(network: Network) -> None:
    flow = solve(network, network.closed, np.array([1.0, -0.5]))
    assert flow.converged.all()
    for hour, factor in enumerate((1.0, -0.5)):
        squared = (flow.current_a[hour] / network.base_current_a) ** 2
        active, reactive = (flow.p_kw, network.p_kw, network.r_pu), (flow.q_kvar, network.q_kvar, network.x_pu)
        for flows, load, series in (active, reactive):
            arriving = flows[hour] - network.base_kw * series * squared
            balance = np.bincount(network.to_bus, arriving, network.n_buses)
            balance -= np.bincount(network.from_bus, flows[hour], network.n_buses)
            others = np.delete(np.arange(network.n_buses), network.substations)
            np.testing.assert_allclose(balance[others], factor * load[others], atol=1e-7)


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=12))
def test_ohms_law_holds_on_every_closed_line(network: Network) -> None:
    flow = solve(network, network.closed, np.array([1.0]))
    i, j = flow.vm_pu[0, network.from_bus] ** 2, flow.vm_pu[0, network.to_bus] ** 2
    p, q = flow.p_kw[0] / network.base_kw, flow.q_kvar[0] / network.base_kw
    squared = (flow.current_a[0] / network.base_current_a) ** 2
    r, x, on = network.r_pu, network.x_pu, network.closed
    np.testing.assert_allclose((squared * i)[on], (p**2 + q**2)[on], atol=1e-10)
    np.testing.assert_allclose(j[on], (i - 2 * (r * p + x * q) + (r**2 + x**2) * squared)[on], atol=1e-10)
    assert not flow.current_a[0, ~on].any()


@PROPERTY
@given(networks(max_buses=9))
def test_turning_lines_around_changes_only_signs(network: Network) -> None:
    turned = network.with_(from_bus=network.to_bus, to_bus=network.from_bus)
    one = np.ones(1)
    here, there = solve(network, network.closed, one), solve(turned, network.closed, one)
    np.testing.assert_allclose(here.vm_pu, there.vm_pu, atol=1e-12)
    np.testing.assert_allclose(here.p_kw - here.loss_kw, -there.p_kw, atol=1e-7)


@PROPERTY
@given(networks(max_buses=9))
def test_numbering_does_not_matter(network: Network) -> None:
    new = np.random.default_rng(network.n_lines).permutation(network.n_buses)
    old = np.argsort(new)
    renumbered = network.with_(
        p_kw=network.p_kw[old], q_kvar=network.q_kvar[old], from_bus=new[network.from_bus], to_bus=new[network.to_bus],
        substations=new[network.substations],
    )  # fmt: skip
    closed = spanning(network, np.arange(network.n_lines))
    here, there = solve(network, closed, np.ones(1)), solve(renumbered, closed, np.ones(1))
    np.testing.assert_allclose(here.vm_pu[0], there.vm_pu[0, new], atol=1e-11)
    np.testing.assert_allclose(here.loss_kw, there.loss_kw, atol=1e-8)
