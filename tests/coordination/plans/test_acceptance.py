"""Which plans will do, and what is done about those that will not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.plans.acceptance import Failure, Remedy, best_of, checked, highest_eur_per_kwh, unrest
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from tests.coordination.cases import agreed, problem_of, random_document

SETTINGS = AcceptanceSettings()
TOLERANCE_KW = 0.05


@pytest.fixture(scope="module")
def settled() -> tuple[CoordinationProblem, Dispatch]:
    problem = problem_of(random_document(8))
    return problem, agreed(problem)


def test_a_plan_whose_prices_still_move_or_that_leaves_regrets_is_negotiated_again(
    settled: tuple[CoordinationProblem, Dispatch],
) -> None:
    problem, plan = settled
    assert unrest(problem, plan, SETTINGS) is None
    moving = replace(plan, agreement=replace(plan.agreement, dual_eur_per_kwh=10.0))
    assert unrest(problem, moving, SETTINGS) is Failure.PRICES_MOVE
    assert unrest(problem, moving, replace(SETTINGS, regretted_share=np.inf)) is None, "nobody asks"
    assert unrest(problem, plan, replace(SETTINGS, regretted_share=0.0)) is Failure.REGRETS


def test_the_first_thing_that_is_wrong_names_the_failure_and_the_failure_the_remedy(
    settled: tuple[CoordinationProblem, Dispatch],
) -> None:
    problem, plan = settled
    state = plan.agreement
    moved = replace(plan, agreement=replace(state, wanted_kw=state.wanted_kw + 2.0 * TOLERANCE_KW))
    beyond = replace(plan, traded_kw=plan.traded_kw + 2.0 * problem.trades.limit_kw[:, None])
    dearer = replace(plan, costs_eur=plan.costs_eur | {"fees": plan.costs_eur["fees"] + 0.01 * plan.scale_eur})
    moving = replace(plan, agreement=replace(state, dual_eur_per_kwh=10.0))
    expected = [
        (plan, None, None, True),
        (moved, Failure.INJECTIONS_MOVED, Remedy.COPIES_CLOSER, False),
        (beyond, Failure.PAIR_LIMIT, Remedy.COPIES_CLOSER, False),
        (dearer, Failure.DEARER, Remedy.COPIES_CLOSER, True),
        (moving, Failure.PRICES_MOVE, Remedy.PRICES_REST, True),
    ]
    for item, failure, remedy, kept in expected:
        check = checked(problem, item, TOLERANCE_KW, SETTINGS)
        assert (check.failure, check.remedy, check.is_kept) == (failure, remedy, kept)


def test_of_plans_that_are_not_accepted_the_last_of_the_cheapest_counts_and_one_that_is_kept_before_others(
    settled: tuple[CoordinationProblem, Dispatch],
) -> None:
    problem, plan = settled
    state = plan.agreement
    moving = replace(plan, agreement=replace(state, dual_eur_per_kwh=10.0))
    again = replace(moving)
    dearer = replace(plan, costs_eur=plan.costs_eur | {"fees": plan.costs_eur["fees"] + 0.01 * plan.scale_eur})
    cheap = replace(
        plan,
        agreement=replace(state, wanted_kw=state.wanted_kw + 1.0),
        costs_eur=plan.costs_eur | {"fees": plan.costs_eur["fees"] - 0.1 * plan.scale_eur},
    )
    checks = [checked(problem, item, TOLERANCE_KW, SETTINGS) for item in (moving, again, dearer, cheap)]
    assert best_of(checks, SETTINGS) is again
    assert best_of(checks[-1:], SETTINGS) is cheap


def test_the_highest_price_is_one_that_the_scenario_could_bring_about(
    settled: tuple[CoordinationProblem, Dispatch],
) -> None:
    problem, plan = settled
    state = plan.agreement
    charge = np.abs(plan.charge_eur_per_kwh.sum(axis=0)[:, problem.prosumer_bus]).max()
    price = np.abs(state.trading.price_eur_per_kw).max() / problem.step_h
    assert highest_eur_per_kwh(problem, plan) == pytest.approx(max(charge, price))
    beyond = replace(state, trading=replace(state.trading, price_eur_per_kw=1e9 * state.trading.price_eur_per_kw))
    most = problem.network.n_buses * problem.terms.violation_price_eur_per_kwh
    assert highest_eur_per_kwh(problem, replace(plan, agreement=beyond)) == pytest.approx(most)
