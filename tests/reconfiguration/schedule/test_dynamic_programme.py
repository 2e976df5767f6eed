"""The dynamic programme over hours against brute force over all sequences of trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from p2pdnr.errors import SolverError
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule, min_marginals
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.reconfiguration.schedule.brute_force import PROPERTY, Problem, brute_force, check, problems

RING = "S1 2, 2 3, 3 4, 4 1 open"


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_equals_brute_force(problem: Problem) -> None:
    network, trees, stage, terms = problem
    expected = brute_force(stage, trees, terms, network.closed)
    np.testing.assert_allclose(min_marginals(stage, trees, terms, network.closed), expected, atol=1e-9)
    if np.isfinite(expected).any():
        schedule = best_schedule(stage, trees, terms, network.closed)
        assert schedule.cost_eur == pytest.approx(expected.min())
        check(schedule, stage, trees, terms, network.closed)
    else:
        with pytest.raises(SolverError):
            best_schedule(stage, trees, terms, network.closed)


@pytest.mark.interpreted
def test_trees_that_cannot_be_used_are_way_points() -> None:
    network = from_text(f"{RING}, 4 5, 5 6, 6 1 open")
    trees = all_trees(network)
    initial = network.closed
    goal = int(np.argmax(distances(trees, initial, np.ones(network.n_lines))[1]))
    stage = np.full((len(trees), 2), np.inf)
    stage[trees.find(initial), 0] = 0.0
    stage[goal, 1] = 0.0
    terms = OperatorTerms(np.ones(network.n_lines))
    assert best_schedule(stage, trees, terms, initial).operations.tolist() == [0, 4]
    with pytest.raises(SolverError):
        best_schedule(stage, trees, replace(terms, max_per_hour=3), initial)


@pytest.mark.interpreted
def test_equally_cheap_schedules_switch_least() -> None:
    trees = all_trees(from_text(RING))
    schedule = best_schedule(np.zeros((4, 5)), trees, OperatorTerms(np.zeros(4)), trees.closed(2))
    assert schedule.indices.tolist() == [2] * 5


def test_stage_costs_of_the_wrong_shape_are_refused() -> None:
    trees = all_trees(from_text(RING))
    with pytest.raises(ValueError, match="wanted"):
        best_schedule(np.zeros((5, 4)), trees, OperatorTerms(np.zeros(4)), trees.closed(0))
