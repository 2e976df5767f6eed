"""Bounds of a day at the prices that are found, and at prices that nobody would choose, against every schedule."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._day_prices import random_prices
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.bounds import lower_bound
from p2pdnr.reconfiguration.day_bound.coupled import coupled_prices
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.proof import Goal, bound_at, day_bound, hours_of
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.reconfiguration.day_bound.judged_days import Judged, judged

PROPERTY = settings(deadline=None, derandomize=True, max_examples=12)


@PROPERTY
@given(judged(), st.integers(0, 2**16))
def test_no_bound_is_above_the_cheapest_schedule(one: Judged, seed: int) -> None:
    case, rng, least = one.case, np.random.default_rng(seed), one.least_eur
    hours = hours_of(case, one.known)
    assert hours is not None
    found = coupled_prices(hours.priced, case.terms)
    scale = abs(least) + 0.1
    for trial in range(6):
        prices = found if trial == 0 else random_prices(case, found, rng, scale, 0.9)
        bound = bound_at(hours, prices, one.known, Goal(0.0))
        assert bound.hours_eur.sum() + bound.lines_eur <= least + 1e-7 * scale
        assert bound.value_eur <= least + 1e-7 * scale


def test_a_pool_is_bounded_as_all_topologies_are(network33_few: Network) -> None:
    """With switching cost and a budget: close below the cheapest of all schedules, and above what free hours give."""
    factor = np.array([0.4, 1.0, 0.7])[:, None] * np.where(np.arange(33) % 2, [[1.0], [0.2], [1.0]], 1.0)
    terms = OperatorTerms(np.full(37, 0.3), max_per_day=4)
    case = LoadCase(network33_few, factor * network33_few.p_kw, factor * network33_few.q_kvar, terms)
    exact = plan_day(case)
    pooled = plan_day(case, PlanningSettings(most_stages=1000, bound_gap=0.002))
    assert exact.exact and exact.bound_eur is None and not pooled.exact
    assert pooled.bound_eur is not None and pooled.gap is not None
    assert pooled.bound_eur <= exact.hourly.cost_eur * (1.0 + 1e-9)
    assert pooled.gap <= 0.01
    assert pooled.as_dict()["bound_eur"] == pooled.bound_eur
    free = sum(
        lower_bound(network33_few, (p, q), time_limit_s=None).value_kw
        for p, q in zip(case.load_kw, case.load_kvar, strict=True)
    )
    assert pooled.bound_eur > terms.loss_eur_per_kw * free


def test_losses_that_cost_nothing_have_no_bound(network33_few: Network) -> None:
    terms = OperatorTerms(np.ones(37), loss_price_eur_per_kwh=0.0)
    case = LoadCase(network33_few, network33_few.p_kw[None], network33_few.q_kvar[None], terms)
    trees = all_trees(network33_few).subset(np.arange(2))
    assert day_bound(case, KnownSchedule(1.0, trees, np.zeros((2, 1))), Goal(0.0)) is None
