"""Which schedules a mode may choose: against enumeration of all of them."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.plans.dispatch import switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Hourly, Static
from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.reconfiguration.schedule import pruning
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, all_trees
from tests.coordination.cases import FIVE, RING, problem_of, random_document

LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "max_switching_per_hour": st.sampled_from([0, 2, 3, 4]),
        "max_switching_per_day": st.sampled_from([0, 2, 4, 6]),
        "return_to_initial": st.booleans(),
        "min_dwell_h": st.sampled_from([1, 2, 10]),
    },
)


def scene(
    hours: int, limits: dict[str, Any], ends: tuple[tuple[int, int, bool], ...] = RING
) -> tuple[CoordinationProblem, TreeSet]:
    document = random_document(1, hours, 2, ends) | {"step_h": 1.0}
    document["dso"] |= limits | {"switching_cost_eur": 0.3}
    problem = problem_of(document)
    return problem, all_trees(problem.network)


def allowed(problem: CoordinationProblem, closed: Bools) -> bool:
    """The limits on switching as the scenario states them, a horizon within one day."""
    terms = problem.terms
    states = [problem.network.closed, *closed, *([problem.network.closed] if terms.return_to_initial else [])]
    counts = [int((before != after).sum()) for before, after in pairwise(states)]
    if terms.max_per_hour is not None and max(counts) > terms.max_per_hour:
        return False
    if terms.max_per_day is not None and sum(counts) > terms.max_per_day:
        return False
    moved = np.array([before != after for before, after in pairwise(states)])
    apart = [np.diff(np.flatnonzero(line)) for line in moved.T]
    return terms.min_dwell_steps is None or not any((gap < terms.min_dwell_steps).any() for gap in apart)


def enumerated(
    problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats, static: bool
) -> dict[tuple[int, ...], float]:
    hours = problem.hours
    found = {}
    for indices in product(range(len(trees)), repeat=hours):
        closed = np.array([trees.closed(index) for index in indices])
        if (not static or len(set(indices)) == 1) and allowed(problem, closed):
            found[indices] = stage_eur[list(indices), range(hours)].sum() + switching_eur(problem, closed)
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(limits=LIMITS, hours=st.integers(1, 4), static=st.booleans(), seed=st.integers(0, 1000))
def test_the_best_schedule_is_the_cheapest_of_all_that_are_allowed(
    limits: dict[str, Any], hours: int, static: bool, seed: int
) -> None:
    problem, trees = scene(hours, limits)
    stage_eur = np.random.default_rng(seed).uniform(0, 2, (len(trees), hours))
    costs = enumerated(problem, trees, stage_eur, static)
    choice = Static() if static else Hourly()
    best = tuple(choice.best(problem, trees, stage_eur))
    assert costs[best] == pytest.approx(min(costs.values()))
    through = choice.marginals(problem, trees, stage_eur)
    assert through.min() <= min(costs.values()) + 1e-9
    assert choice.floor(problem, trees, stage_eur, through).least_eur == pytest.approx(min(costs.values()))


@pytest.mark.parametrize("static", [True, False])
def test_min_marginals_are_the_best_cost_through_a_tree(static: bool) -> None:
    problem, trees = scene(3, {})
    stage_eur = np.random.default_rng(7).uniform(0, 2, (len(trees), 3))
    costs = enumerated(problem, trees, stage_eur, static)
    marginals = (Static() if static else Hourly()).marginals(problem, trees, stage_eur)
    for tree in range(len(trees)):
        for hour in range(3):
            through = [cost for indices, cost in costs.items() if indices[hour] == tree]
            assert marginals[tree, hour] == pytest.approx(min(through))


def test_a_topology_that_fails_in_one_hour_is_no_static_choice() -> None:
    problem, trees = scene(3, {})
    stage_eur = np.zeros((len(trees), 3))
    stage_eur[:, 0] = [0.0, 5.0, 9.0]
    stage_eur[0, 2] = np.inf
    assert Static().best(problem, trees, stage_eur).tolist() == [1, 1, 1]


def test_no_topology_for_all_hours_is_an_error_that_says_so() -> None:
    problem, trees = scene(3, {})
    with pytest.raises(SolverError, match="no single topology"):
        Static().best(problem, trees, np.full((len(trees), 3), np.inf))


def test_nothing_moves_where_switching_is_forbidden() -> None:
    problem, trees = scene(3, {"max_switching_per_hour": 0}, FIVE)
    stage_eur = np.random.default_rng(1).uniform(0, 2, (len(trees), 3))
    home = trees.find(problem.network.closed)
    for choice in (Static(), Hourly()):
        assert choice.best(problem, trees, stage_eur).tolist() == [home] * 3


@pytest.mark.parametrize(
    ("limits", "stays"),
    [
        ({}, False),
        ({"max_switching_per_day": 4}, False),
        ({"max_switching_per_day": 2}, True),
        ({"min_dwell_h": 3}, False),
        ({"min_dwell_h": 4}, True),
    ],
)
def test_a_static_topology_must_also_be_able_to_return(limits: dict[str, Any], stays: bool) -> None:
    """Two operations to get there, two to come back three hours later, all in one day."""
    problem, trees = scene(3, limits | {"return_to_initial": True})
    home = trees.find(problem.network.closed)
    stage_eur = np.full((len(trees), 3), 10.0)
    stage_eur[home] = 20.0
    best = Static().best(problem, trees, stage_eur)
    assert (best[0] == home) == stays


@pytest.mark.parametrize(("most", "words"), [(2, "the best 2 of 11 topologies"), (3000, "11 topologies")])
def test_what_a_search_left_out_is_told(monkeypatch: pytest.MonkeyPatch, most: int, words: str) -> None:
    problem, trees = scene(3, {"min_dwell_h": 2}, FIVE)
    found, _ = pruning.cheapest(np.zeros((len(trees), 3)), trees, problem.terms, problem.network.closed)
    monkeypatch.setattr(pruning, "cheapest", lambda *_: (found, False))
    told: list[tuple[str, str]] = []
    Hourly(lambda *words: told.append(words), ScheduleSettings(most_trees=most)).best(
        problem, trees, np.zeros((len(trees), 3))
    )
    [(about, text)] = told
    assert about == "schedules"
    assert f"under the limits on switching {words} were searched" in text
