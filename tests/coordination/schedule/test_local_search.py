"""Polish accepts what pays, nothing else, and ends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr import study
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule import local_search
from p2pdnr.coordination.schedule.choice import Hourly
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.local_search import cheapest, improve, promise, proposals
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import Outlook, outlook
from p2pdnr.errors import SolverError
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.scenario import document
from tests.coordination.cases import agreed, initial, problem_of, random_document


def strained(seed: int) -> tuple[CoordinationProblem, Outlook, Dispatch]:
    scene = random_document(seed, 3, 3)
    for row in scene["prosumers"]:
        row |= {"load_kw": 4 * row["load_kw"], "pv_kw": 7 * row.get("pv_kw", 0.0)}
    scene["dso"]["switching_cost_eur"] = 0.1
    problem = problem_of(scene)
    prospect = outlook(problem, all_trees(problem.network), iterations.opening(problem, AdmmSettings()))
    return problem, prospect, agreed(problem)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_the_cost_only_falls_and_by_more_than_the_threshold(seed: int) -> None:
    problem, prospect, start = strained(seed)
    accepted = [start]
    real = local_search.improve

    def recording(*arguments: object) -> Dispatch | None:
        better = real(*arguments)  # type: ignore[arg-type]
        if better is not None:
            accepted.append(better)
        return better

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_search, "improve", recording)
        found = local_search.polish(Context(problem), Candidates(prospect, Hourly()), start)
    assert found is accepted[-1]
    for before, after in pairwise(accepted):
        assert after.total_eur < before.total_eur - SearchSettings.threshold_share * before.scale_eur


def test_some_polish_improves() -> None:
    """So that the test above is about something."""
    for seed in (1, 2):
        problem, prospect, start = strained(seed)
        found = local_search.polish(Context(problem), Candidates(prospect, Hourly()), start)
        assert found.total_eur < start.total_eur


def test_no_schedule_is_tested_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, prospect, start = strained(1)
    tested: list[bytes] = []

    def hopeless(_: Context, closed: np.ndarray, *__: object) -> None:
        tested.append(closed.tobytes())

    monkeypatch.setattr(local_search, "improve", hopeless)
    assert local_search.polish(Context(problem), Candidates(prospect, Hourly()), start) is start
    assert len(tested) == len(set(tested))
    assert start.closed.tobytes() not in tested


def test_out_of_time_means_no_more_candidates() -> None:
    problem, prospect, start = strained(1)
    journal = Journal(time_limit_s=0.0)
    assert local_search.polish(Context(problem, journal=journal), Candidates(prospect, Hourly()), start) is start
    assert not journal.records


def test_a_dearer_schedule_is_refused() -> None:
    """From the best plan found back to the initial topology."""
    problem, prospect, start = strained(2)
    found = local_search.polish(Context(problem), Candidates(prospect, Hourly()), start)
    for row in range(0, len(prospect.trees), 3):
        closed = np.tile(prospect.trees.closed(row), (problem.hours, 1))
        better = improve(Context(problem), closed, found)
        assert better is None or better.total_eur < found.total_eur - SearchSettings.threshold_share * found.scale_eur


def test_a_schedule_without_power_flow_is_refused() -> None:
    """Impedances that no load passes in one of two ways round."""
    scene = random_document(3)
    scene["network"]["source"]["lines"][4] |= {"r_ohm": 1e5, "x_ohm": 1e5}
    problem = problem_of(scene)
    plan = agreed(problem)
    closed = initial(problem)
    closed[:, [2, 4]] = [False, True]
    assert improve(Context(problem), closed, plan) is None


def test_proposals_are_schedules_of_trees_and_the_plan_promises_itself_nothing() -> None:
    problem, prospect, start = strained(4)
    found = list(proposals(problem, Candidates(prospect, Hourly()), start, SearchSettings()))
    assert found
    for proposal in found:
        assert proposal.closed.shape == start.closed.shape
        assert all(prospect.trees.find(row) >= 0 for row in proposal.closed)
    soft = np.random.default_rng(0).uniform(0, 1, (len(prospect.trees), problem.hours))
    assert promise(problem, prospect.trees, start, start.closed, soft) == 0.0


def test_a_tree_that_is_promising_in_an_hour_is_looked_at_beside_it_too() -> None:
    """It may break a limit in the middle of a run of hours, so that what it costs there without moving tells little."""
    trees, hours = strained(4)[1].trees, 5
    stage = np.full((len(trees), hours), 9.0)
    stage[0, 1] = stage[0, 3] = 1.0
    stage[1, [0, 2, 4]] = 1.0
    one = SearchSettings(finalists_per_hour=1, finalists_of_all_hours=0)
    rows, wanted = local_search.promising(trees, [], [stage], one)
    assert wanted[rows.tolist().index(0)].tolist() == [True, True, True, True, True]


def test_where_the_cheapest_is_refused_the_next_ones_change_to_other_trees() -> None:
    problem, prospect, start = strained(3)
    found = [
        item.closed
        for item in proposals(problem, Candidates(prospect, Hourly()), start, SearchSettings())
        if item.look == "soft"
    ]
    apart = [closed for closed in found[1:] if (closed != found[0]).any()]
    assert apart
    for closed in apart:
        changes = (closed != start.closed).any(axis=1) & (found[0] != start.closed).any(axis=1)
        assert (closed != found[0]).any(axis=1)[changes].all()


def test_a_test_begins_with_the_weights_of_an_opening_where_topologies_change(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _, start = strained(2)
    begun: list[Agreement] = []

    def stopped(_: object, __: object, state: Agreement, *___: object) -> Agreement:
        begun.append(state)
        raise SolverError("enough")

    monkeypatch.setattr(local_search.iterations, "negotiate", stopped)
    closed = start.closed.copy()
    closed[1] = ~closed[1]
    assert improve(Context(problem), closed, start) is None
    fresh, now = iterations.opening(problem, AdmmSettings()), start.agreement
    changed = np.arange(problem.hours) == 1
    for name in ("trade_weight", "charge_weight"):
        expected = np.where(changed, getattr(fresh, name), getattr(now, name))
        np.testing.assert_array_equal(getattr(begun[0], name), expected)
        assert (getattr(fresh, name) != getattr(now, name)).any()


def test_the_default_day_without_its_foundry_is_not_left_with_a_dearer_schedule() -> None:
    """636.57 EUR from the schedule of the whole day; the polish once ended at 639.56."""
    day = document.to_dict(document.load("data/scenarios/ieee33-solar.json"))
    day["prosumers"] = [item for item in day["prosumers"] if item["id"] != "Foundry"]
    found = study.run(document.from_dict(day))
    assert found.summary["objective_eur"] < 636.575 * (1.0 + SearchSettings.threshold_share)


def test_cheapest_takes_the_least() -> None:
    cost = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert set(cheapest(cost, 2)) == {1, 3}
    assert cheapest(cost, 9) == [0, 1, 2, 3, 4]
