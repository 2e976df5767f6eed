"""The schedule on which fewest days break a limit, against all schedules of a small network one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.security.expected_schedule import ScheduleOverDays
from p2pdnr.coordination.security.fewest_broken import MOST_HARD, FewestBroken, sample
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.results.summary import violations_eur
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.judge import judge
from tests.coordination.cases import problem_of
from tests.secure_scenario import secure_document

WEIGHT, DAYS, BROKEN_EUR = 0.4, 3, 700.0


def test_it_is_the_cheapest_of_all_schedules_with_a_sum_for_each_broken_hour() -> None:
    scenario = document.from_dict(secure_document())
    problem, trees = problem_of(scenario), all_trees(problem_of(scenario).network)
    context = Context(problem, Settings(), Journal())
    start = iterations.opening(problem, context.settings.admm)
    plan = convex_phase(context, np.tile(problem.network.closed, (4, 1)), start)
    rng = np.random.default_rng(5)
    factors = rng.uniform(0.6, 1.6, (DAYS, 4, 5))
    loads = (factors * problem.net_load_kw(plan.response.injection_kw), factors * problem.operator.load_kvar)
    over = ScheduleOverDays(problem, trees, choices(Journal())["hourly"], loads, WEIGHT, SecuritySettings())
    hard = np.array([[True, False, False, True], [False] * 4, [True] * 4])
    found = FewestBroken(over, hard, BROKEN_EUR).best(plan)
    assert found is not None

    states = np.array([trees.closed(index) for index in range(len(trees))])
    both = np.array([_figures(problem, scenario, state, loads) for state in states])
    stage, counts = both[:, 0], both[:, 1]
    assert 0.0 < counts.min(axis=0).sum() < counts.max(axis=0).sum(), "limits tell topologies apart"
    apart, first = (states[:, None] ^ states[None]).sum(axis=2), (states ^ problem.network.closed).sum(axis=1)
    picks = np.array([*product(range(len(states)), repeat=4)])
    moves = first[picks[:, 0]] + sum(apart[picks[:, hour - 1], picks[:, hour]] for hour in range(1, 4))
    total = (stage + BROKEN_EUR * counts)[picks, np.arange(4)].sum(axis=1) + scenario.dso.switching_cost_eur * moves
    mine = [int(np.flatnonzero((states == row).all(axis=1))[0]) for row in found]
    assert total[(picks == mine).all(axis=1)] == pytest.approx(total.min(), rel=1e-6)
    assert counts[mine, np.arange(4)].sum() <= counts.min(axis=0).sum() + 1e-9, "the sum is large enough to count alone"


def _figures(
    problem: CoordinationProblem, scenario: Scenario, state: np.ndarray, loads: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(4,) means over the days by pandapower: losses with weighted violations, and whether a limit is broken."""
    network, flat = problem.network, [part.reshape(-1, problem.network.n_buses) for part in loads]
    judged = judge(network, np.tile(state, (len(flat[0]), 1)), *flat)
    rows = zip(judged.vm_pu, np.nan_to_num(judged.current_a), strict=True)
    broken = np.array([violations_eur(scenario, network, vm_pu[None], current_a[None]) for vm_pu, current_a in rows])
    cost = scenario.dso.loss_price_eur_per_kwh * judged.loss_kw.sum(axis=1) + WEIGHT * broken
    return cost.reshape(DAYS, 4).mean(axis=0), (broken > 0.0).reshape(DAYS, 4).mean(axis=0)


def test_days_that_are_drawn_stand_for_all() -> None:
    hard = np.zeros(500, dtype=np.bool_)
    hard[100:250] = True
    days, share = sample(hard, 48)
    assert len(days) == MOST_HARD + 48
    assert share.sum() == pytest.approx(1.0)
    assert share[hard[days]].sum() == pytest.approx(0.3)
    few, of_all = sample(np.zeros(10, dtype=np.bool_), 48)
    assert (few == np.arange(10)).all()
    assert of_all == pytest.approx(0.1)
