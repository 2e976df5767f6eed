"""Other topologies for a few hours: which are proposed, that cheaper ones are taken, and when nothing is done."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule import window_moves as judged
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.least_curtailed import curtailed_eur
from p2pdnr.coordination.schedule.tree_costs import outlook
from p2pdnr.coordination.schedule.window_moves import binding_hours, eased, windows
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import agreed, problem_of, strained

SEED, HOURS = 20, 3


@cache
def problem() -> CoordinationProblem:
    """Three hours that no topology carries without giving something up."""
    return problem_of(strained(SEED, HOURS))


@cache
def candidates(mode: str = "hourly") -> Candidates:
    opening = iterations.opening(problem(), Context(problem()).settings.admm)
    return Candidates(outlook(problem(), all_trees(problem().network), opening), choices(Journal())[mode])


@cache
def plans() -> list[Dispatch]:
    """Welfare's plans on every single topology, the dearest first."""
    trees = all_trees(problem().network)
    found = [agreed(problem(), np.tile(trees.closed(row), (HOURS, 1))) for row in range(len(trees))]
    return sorted(found, key=lambda plan: -plan.total_eur)


def test_the_topology_of_a_window_is_the_one_on_which_least_is_given_up() -> None:
    context, known, plan = Context(problem()), candidates().outlook, plans()[0]
    hours = binding_hours(context, plan)
    assert len(hours) > 1
    eur = np.hstack([curtailed_eur(problem(), known.trees, known.unconstrained_kw, np.array([hour])) for hour in hours])
    found = list(windows(context, candidates(), plan))
    assert found
    for window, closed in found:
        assert len(window) in judged.LENGTHS and (np.diff(window) == 1).all() and np.isin(window, hours).all()
        together = eur[:, np.searchsorted(hours, window)].sum(axis=1)
        assert together[known.trees.find(closed)] == pytest.approx(together.min())


def test_a_plan_whose_search_missed_a_schedule_becomes_cheaper_and_no_plan_dearer() -> None:
    context = Context(problem())
    gained = []
    for plan in plans():
        found = eased(context, candidates(), plan)
        assert found.total_eur <= plan.total_eur
        assert (found is plan) == (found.closed == plan.closed).all()
        gained.append(plan.total_eur - found.total_eur)
    assert gained[0] > 0.01 * plans()[0].scale_eur, "the dearest has much to gain"


def test_what_is_tested_differs_in_its_window_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, seen = plans()[0], []
    monkeypatch.setattr(judged, "improve", lambda _context, closed, _plan: seen.append(closed))
    assert eased(Context(problem()), candidates(), plan) is plan
    asked = [(hours, closed) for hours, closed in windows(Context(problem()), candidates(), plan)]
    assert 0 < len(seen) <= len(asked)
    for closed in seen:
        differs = np.flatnonzero((closed != plan.closed).any(axis=1))
        assert 0 < len(differs) <= max(judged.LENGTHS) and (np.diff(differs) == 1).all()
    monkeypatch.setattr(judged, "MOST_TESTS", 1)
    seen.clear()
    eased(Context(problem()), candidates(), plan)
    assert len(seen) <= 1


def test_nothing_is_tested_where_nothing_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "windows", lambda *_: pytest.fail("it was looked for"))
    plan, hourly = plans()[0], candidates()
    limited = replace(problem(), operator=replace(problem().operator, terms=replace(problem().terms, max_per_day=2)))
    again = replace(hourly, outlook=replace(hourly.outlook, uncut_eur=None))
    for given, among in ((problem(), candidates("static")), (limited, hourly), (problem(), again)):
        assert eased(Context(given), among, plan) is plan


def test_hours_whose_limits_are_no_part_of_a_charge_are_left_alone() -> None:
    scene = strained(SEED, HOURS)
    scene["network"] |= {"vm_min_pu": 0.5, "vm_max_pu": 1.5}
    for line in scene["network"]["source"]["lines"]:
        line.pop("limit_a", None)
    calm = problem_of(scene)
    assert not len(binding_hours(Context(calm), agreed(calm)))
