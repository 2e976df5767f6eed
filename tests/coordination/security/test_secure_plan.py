"""Which hours limit feeding in, and what a plan is held against, on matrices and on the small scenario."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.security.secure_plan import plan_days, secure
from p2pdnr.coordination.security.trials import SecurityTask, limited_hours, tried
from p2pdnr.forecasts.error_model import drawn, error_model
from p2pdnr.forecasts.on_the_day import turned
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.judge import judge
from tests.coordination.cases import problem_of
from tests.secure_scenario import secure_document

matrices = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=6)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(matrices, matrices, st.integers(0, 3))
def test_no_hour_is_limited_that_need_not_be(free_rows: list, kept_rows: list, allowed: int) -> None:
    count = min(len(free_rows), len(kept_rows))
    free = np.array(free_rows[:count])
    kept = free & np.array(kept_rows[:count])  # a limit breaks nothing anew
    found = limited_hours(free, kept, allowed)

    def days(limited: np.ndarray) -> int:
        return int(np.where(limited, kept, free).any(axis=1).sum())

    least = min(days(np.array(choice)) for choice in product([False, True], repeat=4))
    assert days(found) <= max(allowed, least)
    for hour in np.flatnonzero(found):
        assert days(found & (np.arange(4) != hour)) > max(allowed, least)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return document.from_dict(secure_document())


@pytest.fixture(scope="module")
def problem(scenario: Scenario) -> CoordinationProblem:
    return problem_of(scenario)


@pytest.fixture(scope="module")
def task(scenario: Scenario, problem: CoordinationProblem) -> SecurityTask:
    context = Context(problem, Settings(), Journal())
    return SecurityTask(context, scenario, plan_days(scenario, problem.network, 0), all_trees(problem.network), "fixed")


@pytest.fixture(scope="module")
def nominal(task: SecurityTask, problem: CoordinationProblem) -> Dispatch:
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    start = iterations.opening(problem, task.context.settings.admm)
    return convex_phase(task.context, closed, start)


def test_days_that_break_a_limit_by_pandapower(
    task: SecurityTask, problem: CoordinationProblem, nominal: Dispatch
) -> None:
    trial = tried(task, problem, nominal)
    network = problem.network
    days = drawn(error_model(task.scenario, network), 0, range(8))
    agreed = _agreed(task, nominal, trial.limited)
    out = turned(agreed, days)
    for day in range(8):
        judged = judge(network, nominal.closed, out.p_kw[day], out.q_kvar[day])
        fed = np.delete(judged.vm_pu, network.substations, axis=1)
        breaks = (judged.current_a > 1.001 * network.limit_a).any() or (fed < network.vm_min_pu - 1e-4).any()
        assert bool(trial.broken.days[day]) is bool(breaks)


def _agreed(task: SecurityTask, plan: Dispatch, limited: np.ndarray):  # type: ignore[no-untyped-def]
    from p2pdnr.coordination.security.agreement_of_plan import agreed

    problem = task.context.problem
    return agreed(task.scenario, problem.network, problem, plan.response).with_limits(limited)


def test_a_plan_that_keeps_its_share_already_is_not_touched(task: SecurityTask, nominal: Dispatch) -> None:
    wide = problem_of(document.from_dict(secure_document(limit_a=150.0)))
    other = SecurityTask(Context(wide, Settings(), Journal()), task.scenario, task.factors, task.trees, "fixed")
    found = secure(other, nominal)
    assert (found.rounds, found.kept) == (0, True)
    assert found.chosen.plan is nominal
    assert not found.chosen.limited.any()


def test_a_secure_plan_breaks_limits_on_fewer_days(task: SecurityTask, nominal: Dispatch) -> None:
    found = secure(task, nominal)
    assert found.nominal.days > found.allowed
    assert found.chosen.days < found.nominal.days
    assert found.rounds >= 1
    assert found.kept is (found.chosen.days <= found.allowed)
