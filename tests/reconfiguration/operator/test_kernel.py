"""The operator's hours on random trees: never beaten by the cone, never improved by a move, charges that are slopes."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.models.tree_socp import tree_model
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer, OperatorProblem
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.solvers import Status, solve_once
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)
HOURS = np.arange(2)
WEIGHT = 1e-4


def problem_of(network: Network) -> OperatorProblem:
    """Two hours, one of heavy load; prosumers at every other bus."""
    loads = (np.outer([1.0, 4.0], values) for values in (network.p_kw, network.q_kvar))
    terms = OperatorTerms(np.zeros(network.n_lines), step_h=0.5, violation_price_eur_per_kwh=3.0)
    return OperatorProblem(network, terms, *loads, np.arange(1, network.n_buses, 2))


def weights(problem: OperatorProblem) -> Floats:
    return np.full((2, len(problem.buses)), WEIGHT)


def target(problem: OperatorProblem, seed: int, most_kw: float) -> Floats:
    return np.random.default_rng(seed).uniform(-most_kw / 2, most_kw, (2, len(problem.buses)))


def solved(problem: OperatorProblem, target_kw: Floats) -> OperatorAnswer:
    closed = np.tile(problem.network.closed, (2, 1))
    return problem.solve(closed, (target_kw, weights(problem)), HOURS)


def cost_eur(problem: OperatorProblem, injection_kw: Floats, target_kw: Floats) -> Floats:
    """(2,) what injections cost the operator: losses, violations as the kernel counts them, and the pull."""
    network, step_h = problem.network, problem.terms.step_h
    load_kw = problem.load_kw.copy()
    load_kw[:, problem.buses] -= injection_kw
    tree = orient(network, network.closed)
    flow = solve_tree(network, tree, load_kw, problem.load_kvar)
    price = problem.terms.violation_price_eur_per_kwh * step_h / 2.0
    fed = np.ones(network.n_buses, dtype=bool)
    fed[network.substations] = False
    high = np.maximum(flow.vm_pu**2 - network.vm_max_pu**2, 0.0)
    low = np.maximum(network.vm_min_pu**2 - flow.vm_pu**2, 0.0)
    over = np.maximum((flow.current_a / network.limit_a) ** 2 - 1.0, 0.0) * tree.closed
    kva = np.where(np.isfinite(network.limit_pu), network.base_kw * network.limit_pu, 0.0)
    cost = problem.terms.loss_price_eur_per_kwh * step_h * flow.loss_kw.sum(axis=1)
    cost += price * (1000.0 * (high + low)[:, fed].sum(axis=1) + over @ kva)
    return np.asarray(cost + WEIGHT / 2.0 * ((injection_kw - target_kw) ** 2).sum(axis=1))


def by_cone(problem: OperatorProblem, target_kw: Floats) -> tuple[Floats, float, float]:
    """Injections (2, nb) by the cone programme, its cost, and how loose its cones are."""
    network, base, nb = problem.network, problem.network.base_kw, len(problem.buses)
    at_bus = np.zeros((network.n_buses, nb))
    at_bus[problem.buses, np.arange(nb)] = 1.0
    injection = cp.Variable((nb, 2))
    load_p = problem.load_kw.T / base - at_bus @ injection
    tree = orient(network, network.closed)
    model = tree_model(network, tree, problem.terms, load_p, problem.load_kvar.T / base)
    pull = WEIGHT * base**2 / 2.0 * cp.sum_squares(injection - target_kw.T / base)
    program = cp.Problem(cp.Minimize(model.cost_eur + pull), model.constraints)
    assert solve_once(program) in (Status.OPTIMAL, Status.ALMOST)
    return base * injection.value.T, float(program.value), model.cone_gap


@PROPERTY
@given(networks(max_buses=8, max_loops=2, earth=True), st.integers(0, 2**16), st.sampled_from([50.0, 500.0, 3000.0]))
def test_the_cone_finds_nothing_better(network: Network, seed: int, most_kw: float) -> None:
    problem = problem_of(network)
    target_kw = target(problem, seed, most_kw)
    answer = solved(problem, target_kw)
    paid = cost_eur(problem, answer.injection_kw, target_kw)
    pulled = WEIGHT / 2.0 * ((answer.injection_kw - target_kw) ** 2).sum(axis=1)
    np.testing.assert_allclose(answer.cost_eur.sum(axis=1) + pulled, paid, rtol=1e-6, atol=1e-6)
    wanted_kw, bound, gap = by_cone(problem, target_kw)
    assert paid.sum() > bound - 1e-5 * (1.0 + abs(bound))
    if gap < 1e-7:
        assert paid.sum() < bound + 1e-5 * (1.0 + abs(bound))
        np.testing.assert_allclose(answer.injection_kw, wanted_kw, atol=0.05)


@PROPERTY
@given(networks(max_buses=8, max_loops=2, earth=True), st.integers(0, 2**16), st.sampled_from([500.0, 3000.0]))
def test_no_move_is_an_improvement(network: Network, seed: int, most_kw: float) -> None:
    """On the exact power flow, where the cone may be loose."""
    problem = problem_of(network)
    target_kw = target(problem, seed, most_kw)
    answer = solved(problem, target_kw)
    least = cost_eur(problem, answer.injection_kw, target_kw)
    rng = np.random.default_rng(seed)
    for size_kw in (0.1, 1.0, 10.0):
        for _ in range(4):
            moved = answer.injection_kw + size_kw * rng.normal(size=target_kw.shape)
            assert np.all(cost_eur(problem, moved, target_kw) > least - 1e-6 * (1.0 + least))


@PROPERTY
@given(networks(max_buses=7, max_loops=1, earth=True), st.integers(0, 2**16), st.sampled_from([50.0, 3000.0]))
def test_charges_are_what_the_pull_balances(network: Network, seed: int, most_kw: float) -> None:
    """At the optimum nobody gains by moving: at a prosumer bus the charge is the slope of the pull, limits or not."""
    problem = problem_of(network)
    target_kw = target(problem, seed, most_kw)
    answer = solved(problem, target_kw)
    slope = WEIGHT * (answer.injection_kw - target_kw) / problem.terms.step_h
    charge = answer.charge_eur_per_kwh.sum(axis=0)[:, problem.buses]
    np.testing.assert_allclose(charge, slope, atol=1e-5, rtol=1e-4)


@PROPERTY
@given(networks(max_buses=7, max_loops=1, earth=True), st.integers(0, 2**16))
def test_charges_are_the_slopes_of_broken_limits_too(network: Network, seed: int) -> None:
    """Finite differences of the exact power flow, at every bus, where limits are broken for good. With charging the
    larger current changes ends, which has no slope: those networks have no current limits here."""
    limit_a = np.full(network.n_lines, 0.1 if network.is_plain else np.inf)
    dear = {"vm_min_pu": 1.1, "vm_max_pu": 1.2, "limit_a": limit_a}
    problem = problem_of(network.with_(**dear, q_kvar=np.abs(network.q_kvar) + 20.0))  # no injection can mend that
    target_kw = target(problem, seed, 500.0)
    answer = solved(problem, target_kw)
    for bus in range(network.n_buses):
        slope = np.zeros(2)
        for sign in (1.0, -1.0):
            step = np.zeros_like(problem.load_kw)
            step[:, bus] = 0.05 * sign
            shifted = OperatorProblem(network=problem.network, terms=problem.terms, load_kw=problem.load_kw + step,
                                      load_kvar=problem.load_kvar, buses=problem.buses)  # fmt: skip
            slope += 10.0 * sign * cost_eur(shifted, answer.injection_kw, target_kw) / problem.terms.step_h
        charge = answer.charge_eur_per_kwh.sum(axis=0)[:, bus]
        np.testing.assert_allclose(charge, slope, rtol=1e-3, atol=1e-5)


@pytest.mark.interpreted
def test_hours_on_different_trees() -> None:
    """Every hour answers for its own tree, also among others."""
    network = from_text("S1 2, 2 3, 1 3 open, bus 2 p=300, bus 3 p=500")
    terms = OperatorTerms(np.zeros(3))
    load_kw, load_kvar = np.tile(network.p_kw, (3, 1)), np.tile(network.q_kvar, (3, 1))
    problem = OperatorProblem(network, terms, load_kw, load_kvar, np.array([2]))
    closed = np.array([[True, True, False], [True, False, True], [True, True, False]])
    target_kw, pull = np.full((3, 1), 200.0), np.full((3, 1), WEIGHT)
    together = problem.solve(closed, (target_kw, pull), np.arange(3))
    for hour in range(3):
        alone = problem.solve(closed[[hour]], (target_kw[[hour]], pull[[hour]]), np.array([hour]))
        np.testing.assert_allclose(alone.injection_kw[0], together.injection_kw[hour], atol=1e-9)
        np.testing.assert_allclose(alone.charge_eur_per_kwh[:, 0], together.charge_eur_per_kwh[:, hour], atol=1e-12)
    assert abs(together.injection_kw[0, 0] - together.injection_kw[1, 0]) > 0.01
    np.testing.assert_allclose(together.injection_kw[0], together.injection_kw[2], atol=1e-12)
