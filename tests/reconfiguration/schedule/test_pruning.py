"""Trees that are left out and bounds in whatever room, against brute force over all sequences of trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule
from p2pdnr.reconfiguration.schedule.pruning import cheapest, is_exact, least, marginals
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from tests.reconfiguration.schedule.brute_force import PROPERTY, Problem, brute_force, check, problems


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_trees_out_of_reach_are_left_out_without_loss(
    problem: Problem,
) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=None)
    try:
        expected = best_schedule(stage, trees, terms, network.closed)
    except SolverError:
        return
    found, exact = cheapest(stage, trees, terms, network.closed)
    assert exact
    assert found.cost_eur == pytest.approx(expected.cost_eur)
    check(found, stage, trees, terms, network.closed)


TIGHT = ScheduleSettings(first_trees=1, most_trees=2, most_states=10.0, first_labels=1)
"""Limits that no problem here fits into."""


@PROPERTY
@given(problems(), st.sampled_from([None, 2, 3]), st.booleans())
def test_what_nothing_costs_less_than_is_true_in_whatever_room(problem: Problem, rest: int | None, tight: bool) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=rest)
    expected = brute_force(stage, trees, terms, network.closed, by_line=True)
    settings = TIGHT if tight else ScheduleSettings()
    through = marginals(stage, trees, terms, network.closed, settings)
    found = least(stage, trees, terms, network.closed, settings)
    exact = is_exact(trees, stage.shape[1], terms, settings)
    assert (through <= expected + 1e-9).all()
    assert found.least_eur <= expected.min() + 1e-9
    if exact:
        np.testing.assert_allclose(through, expected, atol=1e-9)
    if not tight:
        assert (found.schedule is not None) == np.isfinite(expected).any()
        assert found.schedule is None or found.proved
    if found.schedule is not None:
        assert found.schedule.cost_eur >= expected.min() - 1e-9
        check(found.schedule, stage, trees, terms, network.closed, by_line=True)
