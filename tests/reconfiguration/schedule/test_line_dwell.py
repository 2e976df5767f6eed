"""The cheapest schedule where each line rests by itself, against brute force over all sequences of trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule
from p2pdnr.reconfiguration.schedule.line_dwell import LabelSearch, least_rested, rested_schedule
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.reconfiguration.schedule.brute_force import PROPERTY, Problem, brute_force, check, problems


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_each_line_rests_by_itself(problem: Problem) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=(terms.min_dwell_steps or 1) + 1)
    expected = brute_force(stage, trees, terms, network.closed, by_line=True).min()
    for solve in (rested_schedule, cheapest):
        if np.isfinite(expected):
            schedule, exact = solve(stage, trees, terms, network.closed)
            assert exact
            assert schedule.cost_eur == pytest.approx(expected)
            check(schedule, stage, trees, terms, network.closed, by_line=True)
        else:
            with pytest.raises(SolverError):
                solve(stage, trees, terms, network.closed)


@PROPERTY
@given(problems(), st.integers(1, 3), st.sampled_from([0.0, 0.3, 2.0]))
def test_few_labels_and_any_toll_give_a_true_bound_and_a_true_schedule(
    problem: Problem, most_labels: int, toll_eur: float
) -> None:
    network, trees, stage, terms = problem
    expected = brute_force(stage, trees, terms, network.closed, by_line=True).min()
    toll_eur = toll_eur if terms.max_per_day is not None else 0.0
    labels_alone = ScheduleSettings(most_effort=0.0, most_labels=most_labels)
    found = least_rested(stage, trees, terms, network.closed, LabelSearch(toll_eur, settings=labels_alone))
    assert found.least_eur <= expected + 1e-9
    if found.schedule is not None:
        assert found.schedule.cost_eur >= expected - 1e-9
        check(found.schedule, stage, trees, terms, network.closed, by_line=True)


@pytest.mark.interpreted
def test_operations_of_different_lines_may_be_staggered() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, 1 4, 4 5, 5 1 open")
    trees = all_trees(network)
    wanted = [(2, 5), (0, 5), (0, 3)]
    stage = np.array([[float(tuple(row) != goal) for goal in wanted] for row in trees.open_lines.tolist()])
    terms = OperatorTerms(np.zeros(6), min_dwell_steps=2)
    schedule, exact = rested_schedule(stage, trees, terms, network.closed)
    assert (schedule.cost_eur, exact) == (0.0, True)
    assert schedule.operations.tolist() == [0, 2, 2]
    assert best_schedule(stage, trees, terms, network.closed).cost_eur == 1.0
    one = ScheduleSettings(most_labels=1)
    few, proved = rested_schedule(stage, trees, replace(terms, min_dwell_steps=3), network.closed, one)
    assert few.cost_eur >= 0.0
    assert not proved or few.cost_eur == 0.0
