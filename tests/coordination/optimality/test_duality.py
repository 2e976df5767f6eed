"""The bound by weak duality: below every plan at any prices, and at the optimum where the prices are right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.optimality import central, duality
from tests.coordination.cases import agreed, problem_of, random_document
from tests.coordination.sunny_feeders import sunny


@pytest.mark.parametrize("seed", [2, 11])
def test_at_the_agreed_prices_the_bound_is_the_centralised_optimum(seed: int) -> None:
    problem = problem_of(random_document(seed))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    rules = AdmmSettings(primal_kw=1e-3, objective_change=1e-7, max_iterations=3000)
    state = iterations.negotiate(problem, closed, iterations.opening(problem, rules), rules)
    assert state.answer is not None
    charge = problem.step_h * state.answer.charge_eur_per_kwh.sum(axis=0).T
    assert state.response is not None
    optimum = central.solve_problem(problem, closed)
    stand = duality.Stand(state.trading.price_eur_per_kw, charge, state.response.injection_kw, optimum.objective_eur)
    found = duality.near(problem, closed, stand)
    scale = max(1.0, abs(optimum.objective_eur), float(np.abs(found.prosumers_eur).sum()))
    assert found.total_eur == pytest.approx(optimum.objective_eur, abs=1e-3 * scale)
    assert found.total_eur <= optimum.objective_eur + 1e-6 * scale
    nothing = replace(found, operator_eur=np.full(problem.hours, -np.inf))
    searched = duality.exact(problem, closed, stand, nothing, 1e-5 * scale)
    assert searched.least_eur.sum() == pytest.approx(found.operator_eur.sum(), abs=1e-4 * scale)
    assert (searched.least_eur <= searched.found_eur + 1e-9).all()


@given(st.integers(0, 1000))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_at_any_prices_it_is_no_more_than_the_optimum(seed: int) -> None:
    problem = problem_of(random_document(3))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    draw = np.random.default_rng(seed)
    price = draw.uniform(0.0, 0.4, (problem.trades.n_pairs, problem.hours))
    charge = draw.normal(0.0, 0.1, (problem.network.n_buses, problem.hours))
    optimum = central.solve_problem(problem, closed).objective_eur
    injection_kw = draw.uniform(-20.0, 20.0, (len(problem.block.terms), problem.hours))
    stand = duality.Stand(price, charge, injection_kw, optimum)
    found = duality.near(problem, closed, stand)
    assert found.total_eur <= optimum + 1e-6 * max(1.0, abs(optimum))
    searched = duality.exact(problem, closed, stand, found, 1e-4 * max(1.0, abs(optimum)))
    bound = float(found.prosumers_eur.sum() + searched.least_eur.sum())
    assert bound <= optimum + 1e-4 * max(1.0, abs(optimum))


@pytest.mark.parametrize("seed", [4, 7, 14])
def test_by_tangent_a_plan_at_the_upper_limit_gains_nothing_more(seed: int) -> None:
    """The cone may lose power to lower a voltage; within the tangent of the limit at the plan the bound is the plan."""
    problem = problem_of(sunny(seed))
    plan = agreed(problem, primal_kw=1e-3, objective_change=1e-7)
    assert plan.agreement.answer is not None
    charge = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T
    stand = duality.Stand(plan.agreement.trading.price_eur_per_kw, charge, plan.response.injection_kw, plan.total_eur)
    within = duality.near(problem, plan.closed, stand, by_tangent=True)
    assert within.total_eur == pytest.approx(plan.total_eur, abs=1e-4 * plan.scale_eur)
    everywhere = duality.near(problem, plan.closed, stand)
    assert everywhere.total_eur <= plan.total_eur + 1e-6 * plan.scale_eur


@pytest.mark.parametrize("seed", range(4))
def test_what_a_bus_can_inject_is_the_sum_of_what_each_can(seed: int) -> None:
    problem = problem_of(random_document(seed, prosumers=6))
    least, most = np.zeros((2, len(problem.prosumers_per_bus), problem.hours))
    for place, item in zip(problem.place, problem.block.terms, strict=True):
        shift_kw = item.flexible_share * item.load_kw
        most[place] += item.pv_kw + item.battery_kw + item.generator_kw + shift_kw
        least[place] -= item.load_kw + shift_kw + item.battery_kw + item.elastic_kw
    np.testing.assert_allclose(duality.capability_kw(problem), (least, most), atol=1e-9)
