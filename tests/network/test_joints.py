"""Power flow with joints closed, beside pandapower's Newton-Raphson on the network before it was cut."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.joints import bond, pairs, whole, with_joints
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.powerflow import Flow, joined_through, solve_tree, tree_branches, withdrawals_pu
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)

RINGS = "S1 2 r=0.4 x=0.9, 2 3 r=0.4 x=0.2, 3 1 r=0.8 x=0.3, 3 4 r=0.5, bus 2 p=200, bus 3 p=2100, bus 4 p=900"


def ring() -> Network:
    network = from_text(RINGS)
    return network.with_(switchable=np.zeros(network.n_lines, dtype=bool))


def solved(network: Network, factors: list[float]) -> Flow:
    radial, load = cut(network), np.array(factors)[:, None]
    drawn = (with_joints(radial, load * values) for values in (network.p_kw, network.q_kvar))
    return solve_tree(radial, orient(radial, radial.closed), *drawn)


def test_a_ring_has_the_state_of_newton_raphson_hour_by_hour() -> None:
    network = ring()
    found = solved(network, [1.0, 0.3])
    for hour, factor in enumerate((1.0, 0.3)):
        scaled = network.with_(p_kw=factor * network.p_kw, q_kvar=factor * network.q_kvar)
        judge = solve_meshed(scaled, network.closed)
        np.testing.assert_allclose(found.vm_pu[hour, : network.n_buses], judge.vm_pu[0], atol=1e-9)
        np.testing.assert_allclose(found.loss_kw[hour], judge.loss_kw[0], atol=1e-6)
        np.testing.assert_allclose(found.current_a[hour], judge.current_a[0], atol=1e-6)


def test_both_buses_of_a_joint_are_one_point_and_what_flows_is_drawn_there() -> None:
    radial = cut(ring())
    (first, second), tree = pairs(radial)[0], orient(radial, radial.closed)
    withdrawals, hours = withdrawals_pu(radial, radial.p_kw[None], radial.q_kvar[None])
    _, through = joined_through(radial, tree_branches(radial, tree), withdrawals, hours)
    flow = solve_tree(radial, tree, radial.p_kw[None], radial.q_kvar[None])
    assert flow.vm_pu[0, first] == pytest.approx(flow.vm_pu[0, second], abs=1e-10)
    line = int(np.flatnonzero(radial.to_bus == first)[0])
    arrives_kw = flow.p_kw[0, line] - flow.loss_kw[0, line]
    assert radial.base_kw * through[0, 0].real == pytest.approx(arrives_kw, abs=1e-6)
    assert abs(arrives_kw) > 100.0


def test_a_load_beyond_what_the_ring_can_carry_is_no_power_flow_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = solved(ring(), [1.0, 500.0])
    assert found.converged.tolist() == [True, False]
    assert np.isnan(found.loss_kw[1]).all() and np.isfinite(found.loss_kw[0]).all()


def test_a_load_that_the_tree_alone_does_not_carry_is_found_as_the_loop_carries_it() -> None:
    network = from_text("S1 2 r=1 x=1, 2 3 r=1 x=1, 3 4 r=1 x=1, 4 1 r=1 x=1, bus 2 p=9000, bus 4 p=9000")
    network = network.with_(switchable=np.zeros(network.n_lines, dtype=bool))
    most = 1.0
    while solved(network, [most * 1.2]).converged[0]:
        most *= 1.2
    radial = cut(network)
    alone = radial.with_(joints=None)
    load = most * with_joints(radial, network.p_kw[None]), most * with_joints(radial, network.q_kvar[None])
    assert not solve_tree(alone, orient(alone, alone.closed), *load).converged[0]
    judge = solve_meshed(network.with_(p_kw=most * network.p_kw, q_kvar=most * network.q_kvar), network.closed)
    np.testing.assert_allclose(solved(network, [most]).vm_pu[0, :4], judge.vm_pu[0], atol=1e-8)


def test_a_network_without_loops_has_no_joints() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, bus 3 p=400")
    assert whole(network) is network and not len(pairs(network)) and bond(network).shape == (2, 0, 0)
    np.testing.assert_array_equal(with_joints(network, network.p_kw), network.p_kw)


@PROPERTY
@given(network=networks(max_buses=8, max_loops=3, earth=True), extra=st.integers(0, 2**16))
def test_random_networks_of_one_to_three_loops_with_ratios_and_charging(network: Network, extra: int) -> None:
    held = np.random.default_rng(extra).random(network.n_lines) < 0.9
    meshed = bundled(
        network.with_(closed=network.closed | held, switchable=np.zeros(network.n_lines, dtype=bool))
    ).network
    assume(1 <= len(pairs(cut(meshed))) <= 3)
    judge, found = solve_meshed(meshed, meshed.closed), solved(meshed, [1.0])
    assert found.converged.all()
    np.testing.assert_allclose(found.vm_pu[0, : meshed.n_buses], judge.vm_pu[0], atol=1e-8)
    np.testing.assert_allclose(found.loss_kw[0], judge.loss_kw[0], atol=1e-5)
    np.testing.assert_allclose(found.current_a[0], judge.current_a[0], atol=1e-4)
