"""The two-tier loop and the lower bound against exhaustive enumeration: every schedule of small networks, each solved
as one centralised programme."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from p2pdnr.coordination.bound.certificate import lower_bound
from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, all_trees
from tests.coordination.cases import FOUR, RING, problem_of, solved, strained

Schedule = tuple[int, ...]


def every_schedule(problem: CoordinationProblem, trees: TreeSet) -> dict[Schedule, float]:
    """Centralised cost and switching of all schedules; the cone's value, a lower bound where it is inexact."""
    costs = {}
    for choice in product(range(len(trees)), repeat=problem.hours):
        closed = np.array([trees.closed(index) for index in choice])
        costs[choice] = central.solve_problem(problem, closed).objective_eur + switching_eur(problem, closed)
    return costs


def least(problem: CoordinationProblem, trees: TreeSet, costs: dict[Schedule, float]) -> dict[str, float]:
    """What the best schedule of each mode costs."""
    return {
        "hourly": min(costs.values()),
        "static": min(cost for choice, cost in costs.items() if len(set(choice)) == 1),
        "fixed": costs[(trees.find(problem.network.closed),) * problem.hours],
    }


def assert_best(
    trees: TreeSet, plans: dict[str, Dispatch], costs: dict[Schedule, float], best: dict[str, float]
) -> None:
    found, scale = tuple(trees.find(row) for row in plans["hourly"].closed), plans["hourly"].scale_eur
    assert costs[found] <= best["hourly"] + 3e-4 * scale
    for mode, plan in plans.items():
        assert plan.total_eur == pytest.approx(best[mode], abs=1e-3 * scale), mode


@pytest.mark.parametrize(("seed", "hours", "ends"), [(3, 2, RING), (9, 3, RING), (27, 1, FOUR)])
def test_the_best_of_all_schedules_is_found_and_bounded(
    seed: int, hours: int, ends: tuple[tuple[int, int, bool], ...]
) -> None:
    problem = problem_of(strained(seed, hours, ends))
    trees = all_trees(problem.network)
    plans, costs = solved(problem), every_schedule(problem, trees)
    best = least(problem, trees, costs)
    assert_best(trees, plans, costs, best)
    for mode, plan in plans.items():
        bound = lower_bound(problem, trees, mode, plan, Journal()).bound_eur
        assert bound is not None
        assert best[mode] - 5e-3 * plan.scale_eur <= bound <= best[mode] + 1e-6 * plan.scale_eur, mode
