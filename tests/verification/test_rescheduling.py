"""What another schedule would still save, against every schedule of a small network."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.reconfiguration import terms
from p2pdnr.reconfiguration.planning.day_plan import day_plan
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.rescheduling import left_eur, rescheduling
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def certified() -> StudyResult:
    return study.run(document.from_dict(small_document()), study.Options(certify=True))


@pytest.fixture(scope="module")
def plan(certified: StudyResult) -> Plan:
    return read_plan(certified)


def with_operations(plan: Plan, **limits: int) -> Plan:
    """The same plan under other limits on operations."""
    dso = plan.scenario.dso.model_copy(update=limits)
    return replace(plan, scenario=plan.scenario.model_copy(update={"dso": dso}))


def kept_all_day(plan: Plan, place: int) -> Plan:
    """The plan's injections on another topology, kept all day."""
    closed = ranking.all_trees(plan.network).closed(place)
    return replace(plan, closed=np.tile(closed, (len(plan.closed), 1)))


def least_eur(plan: Plan) -> float:
    """The cost of the cheapest of all schedules within the limits on operations of an hour."""
    case = LoadCase(
        plan.network, plan.withdrawal_kw, plan.withdrawal_kvar, terms.from_scenario(plan.scenario, plan.network)
    )
    trees = ranking.all_trees(plan.network)
    states = [trees.closed(place) for place in range(len(trees))]
    most = plan.scenario.dso.max_switching_per_hour
    costs = []
    for chosen in product(states, repeat=len(plan.closed)):
        closed = np.array(chosen)
        changed = np.vstack([plan.network.closed, closed])[1:] != np.vstack([plan.network.closed, closed])[:-1]
        if most is None or changed.sum(axis=1).max() <= most:
            costs.append(day_plan(case, closed).cost_eur)
    return min(costs)


def own_eur(plan: Plan) -> float:
    case = LoadCase(
        plan.network, plan.withdrawal_kw, plan.withdrawal_kvar, terms.from_scenario(plan.scenario, plan.network)
    )
    return day_plan(case, plan.closed).cost_eur


def verdict(plan: Plan, result: StudyResult) -> str:
    finding = rescheduling(plan, result)
    return finding.state(finding.limit)


def shortened(plan: Plan, hours: int) -> Plan:
    """Its first hours alone, so that all schedules can be tried."""
    return replace(
        plan,
        closed=plan.closed[:hours],
        withdrawal_kw=plan.withdrawal_kw[:hours],
        withdrawal_kvar=plan.withdrawal_kvar[:hours],
    )


def test_the_plan_of_the_whole_problem_leaves_nothing(certified: StudyResult) -> None:
    claim = verify(certified)["reschedule_eur"]
    assert claim.state == "holds" and claim.value is not None and claim.limit is not None
    assert certified.summary["reschedule_eur"] == pytest.approx(claim.value)


@pytest.mark.parametrize("most", [None, 2])
@pytest.mark.parametrize("place", [0, 4])
def test_it_is_what_the_best_of_all_schedules_saves(plan: Plan, place: int, most: int | None) -> None:
    short = with_operations(shortened(kept_all_day(plan, place), 2), max_switching_per_hour=most)
    assert left_eur(short, "hourly")[0] == pytest.approx(max(0.0, own_eur(short) - least_eur(short)), abs=1e-6)


def test_a_plan_that_keeps_a_bad_topology_does_not_hold(certified: StudyResult, plan: Plan) -> None:
    trees = ranking.all_trees(plan.network)
    loads = plan.withdrawal_kw, plan.withdrawal_kvar
    found = ranking.landscape(plan.network, trees, *loads, terms.from_scenario(plan.scenario, plan.network))
    worst = int(np.argmax(found.loss_kw.sum(axis=1)))
    spoilt = kept_all_day(plan, worst)
    saved = left_eur(spoilt, "hourly")[0]
    stated = replace(certified, summary=certified.summary | {"reschedule_eur": saved})
    assert saved > 1.0
    assert verdict(spoilt, stated) == "does not hold"


def test_one_topology_all_day_is_compared_with_the_best_one(plan: Plan) -> None:
    trees = ranking.all_trees(plan.network)
    left = [left_eur(kept_all_day(plan, place), "static")[0] for place in range(len(trees))]
    assert min(left) == pytest.approx(0.0, abs=1e-6) and max(left) > 1.0


@pytest.mark.parametrize("stated", [-1.0, 0.01, 5.0])
def test_a_saving_that_is_not_the_one_found_does_not_hold(certified: StudyResult, plan: Plan, stated: float) -> None:
    altered = replace(certified, summary=certified.summary | {"reschedule_eur": stated})
    assert verdict(plan, altered) == "does not hold"


def test_without_a_schedule_within_the_limits_it_does_not_hold(certified: StudyResult, plan: Plan) -> None:
    dark = replace(plan, withdrawal_kw=plan.withdrawal_kw * 1e4)
    assert rescheduling(dark, certified).value is None
    assert verdict(dark, certified) == "does not hold"
