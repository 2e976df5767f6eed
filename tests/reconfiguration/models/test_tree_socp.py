"""The cone of the branch flow against the exact power flow."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.models.tree_socp import TreeModel, tree_model
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.solvers import Status, solve_once
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=12)


def model_of(network: Network, scale: np.ndarray, **terms: float) -> TreeModel:
    """The network's loads times ``scale`` (H,), solved."""
    load_p, load_q = (np.outer(values, scale) / network.base_kw for values in (network.p_kw, network.q_kvar))
    prices = OperatorTerms(np.zeros(network.n_lines), **terms)  # type: ignore[arg-type]
    model = tree_model(network, orient(network, network.closed), prices, cp.Constant(load_p), load_q)
    assert solve_once(cp.Problem(cp.Minimize(model.cost_eur), model.constraints)) in (Status.OPTIMAL, Status.ALMOST)
    return model


@PROPERTY
@given(networks(max_buses=8, max_loops=2))
def test_fixed_loads_give_the_power_flow(network: Network) -> None:
    """With limits out of reach the least losses are the losses: flows, voltages and cost are those of the power
    flow."""
    network = network.with_(
        vm_min_pu=0.5, vm_max_pu=1.5, limit_a=np.full(network.n_lines, np.inf), p_kw=np.abs(network.p_kw) + 1.0
    )
    scale = np.array([1.0, 3.0])
    model = model_of(network, scale, step_h=0.5, loss_price_eur_per_kwh=20.0)
    tree = orient(network, network.closed)
    flow = solve_tree(network, tree, np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar))
    fed = tree.order[len(network.substations) :]
    assert model.cone_gap < 1e-5
    np.testing.assert_allclose(np.sqrt(model.voltage2.value), flow.vm_pu[:, fed].T, atol=1e-5)
    np.testing.assert_allclose(model.hour_loss_eur.value.sum(), 20.0 * 0.5 * flow.loss_kw.sum(), rtol=1e-4, atol=1e-5)
    assert model.hour_violation_eur.value.sum() == pytest.approx(0.0, abs=1e-6)


def test_limits_that_nothing_reaches_are_none() -> None:
    """Networks without ratings often say 99999 kA: that must not spoil the scaling."""
    network = from_text("S1 2, 2 3, bus 2 p=500 q=100, bus 3 p=700 q=0")
    limited = network.with_(limit_a=np.full(network.n_lines, 99_999_000.0))
    free, far = (model_of(each, np.ones(1)) for each in (network, limited))
    assert far.cone_gap < 1e-6
    assert far.cost_eur.value == pytest.approx(free.cost_eur.value, rel=1e-6)


def test_a_line_by_hand() -> None:
    """One line, 0.1 p.u. each of r and x: v and l from the quadratic equation of the branch flow."""
    network = from_text("S1 2, bus 2 p=500 q=0").with_(r_pu=np.array([0.1]), x_pu=np.array([0.1]))
    model = model_of(network, np.ones(1))
    r = x = 0.1
    p = 0.5
    # l v0 = (p + r l)^2 + (x l)^2 with v0 = 1
    a, b, c = r * r + x * x, 2 * p * r - 1.0, p * p
    current2 = (-b - np.sqrt(b * b - 4 * a * c)) / (2 * a)
    assert model.current2.value.item() == pytest.approx(current2, rel=1e-5)
    voltage2 = 1.0 - 2 * (r * (p + r * current2) + x * x * current2) + a * current2
    assert model.voltage2.value.item() == pytest.approx(voltage2, rel=1e-5)
    assert model.flow_p.value.item() == pytest.approx(p + r * current2, rel=1e-5)
    assert model.flow_q.value.item() == pytest.approx(x * current2, rel=1e-4)


def test_broken_limits_have_their_price() -> None:
    """Half the violation price per unit of squared voltage times 1000 kW, and per kVA of rating and relative excess."""
    network = from_text("S1 2, bus 2 p=500 q=0").with_(
        r_pu=np.array([0.1]), x_pu=np.array([0.1]), vm_min_pu=0.99, limit_a=np.array([10.0])
    )
    model = model_of(network, np.ones(1), violation_price_eur_per_kwh=4.0, step_h=0.5)
    low = 0.99**2 - model.voltage2.value.item()
    excess = model.current2.value.item() / network.limit_pu[0] ** 2 - 1.0
    wanted = 4.0 * 0.5 / 2.0 * (1000.0 * low + network.base_kw * network.limit_pu[0] * excess)
    assert low > 0 and excess > 0
    assert model.hour_violation_eur.value.sum() == pytest.approx(wanted, rel=1e-6)


def test_the_upper_limit_holds_for_the_true_voltage() -> None:
    """Not for the one without losses, which is higher. Where losing power pays, the cone does: one that loses none is
    an optimum of the power flow."""
    network = from_text("S1 2, 2 3, bus 2 p=0 q=0, bus 3 p=-900 q=0").with_(
        r_pu=np.array([0.02, 0.03]), x_pu=np.array([0.02, 0.03]), vm_max_pu=1.04
    )
    model = model_of(network, np.ones(1), violation_price_eur_per_kwh=1e-3, loss_price_eur_per_kwh=1.0)
    tree = orient(network, network.closed)
    flow = solve_tree(network, tree, network.p_kw[None], network.q_kvar[None])
    beyond = (flow.vm_pu[0, 1:] ** 2 - 1.04**2).clip(min=0.0).sum()
    assert model.cone_gap < 1e-7
    assert beyond > 0
    assert model.hour_violation_eur.value.sum() == pytest.approx(0.5e-3 * 1000.0 * beyond, rel=1e-4)
    assert model.voltage2.value.max() < 1.0 + 2 * 0.9 * (0.02 + 0.03)
