"""Welfare is no dearer than an operator who validates, and looks for that where limits bind alone."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles import no_dearer as judged
from p2pdnr.coordination.roles.no_dearer import no_dearer
from p2pdnr.coordination.roles.validate import plan_validate
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import agreed, problem_of, strained


def left_behind(seed: int) -> tuple[CoordinationProblem, Dispatch, Dispatch]:
    """A problem, the plan of welfare on the worst single topology, as if the search had ended there, and the plan of an
    operator who validates."""
    problem = problem_of(strained(seed, 3))
    trees = all_trees(problem.network)
    plans = [agreed(problem, np.tile(trees.closed(row), (problem.hours, 1))) for row in range(len(trees))]
    worst = max(plans, key=lambda item: item.total_eur)
    return problem, worst, plan_validate(Context(problem), trees, "hourly").dispatch


@pytest.mark.parametrize("seed", [3, 6, 20])
def test_a_plan_whose_search_missed_the_schedule_ends_no_dearer_than_validate(seed: int) -> None:
    problem, missed, validated = left_behind(seed)
    assert missed.total_eur > validated.total_eur, "so that there is something to mend"
    found = no_dearer(Context(problem), all_trees(problem.network), "hourly", missed)
    assert found.total_eur <= validated.total_eur + 1e-4 * validated.scale_eur
    assert found.agreement.converged


def test_nothing_is_looked_for_where_the_market_alone_keeps_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = strained(3, 3)
    scene["network"] |= {"vm_min_pu": 0.5, "vm_max_pu": 1.5}
    for line in scene["network"]["source"]["lines"]:
        line.pop("limit_a", None)
    problem = problem_of(scene)
    monkeypatch.setattr(judged, "_validated", lambda *_: pytest.fail("it was looked for"))
    given = agreed(problem)
    assert no_dearer(Context(problem), all_trees(problem.network), "hourly", given) is given


def test_a_dearer_schedule_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, worst, _ = left_behind(20)
    best = plan(Context(problem), all_trees(problem.network), "hourly")["hourly"]
    monkeypatch.setattr(judged, "_validated", lambda *_: worst.closed)
    assert no_dearer(Context(problem), all_trees(problem.network), "hourly", best) is best


def test_the_journal_tells_of_no_plan_of_the_market_alone() -> None:
    """Without losses and limits it would look cheaper than all that can be run."""
    problem, missed, _ = left_behind(6)
    context = Context(problem)
    context.journal.mode = "hourly"
    found = no_dearer(context, all_trees(problem.network), "hourly", missed)
    offered_eur = [offer.objective_eur for offer in context.journal.offers.made]
    assert offered_eur and min(offered_eur) >= found.total_eur - 1e-6
