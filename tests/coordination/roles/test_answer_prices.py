"""Prices near a plan: as good as every price on a grid, and none where there is nothing to gain."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles import answer_prices as judged
from p2pdnr.coordination.roles.answer_prices import answer_prices
from p2pdnr.coordination.roles.leader import lead
from p2pdnr.coordination.roles.leader_bound import REGRET, SHARED
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import Possible, possible_answers
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.errors import SolverError
from tests.coordination.cases import problem_of
from tests.leader_scenario import CAP, EVENING_CAP, duo, evening


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(evening())


@pytest.fixture(scope="module")
def led(problem: CoordinationProblem) -> RolePlan:
    return lead(Context(problem), None, "fixed", EVENING_CAP)


@pytest.fixture(scope="module")
def all_(problem: CoordinationProblem) -> Possible:
    return possible_answers(problem, EVENING_CAP)


def known(plan: RolePlan) -> Known:
    dispatch, response = plan.dispatch, plan.dispatch.response
    own = sum(dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))
    return Known(dispatch.closed, response.injection_kw, response.columns, own, dispatch.total_eur - own)


def test_no_price_of_a_grid_is_better(all_: Possible, led: RolePlan) -> None:
    near, found = judged._Near(all_, known(led)), answer_prices(all_, known(led))
    assert found.regret is not None
    best = near.at(found.regret)
    gap_eur = near.reached_eur - near.at(0.0).value_eur
    assert gap_eur > judged.WORTH * near.reached_eur
    for price in found.regret * np.array([0.0, 0.25, 0.5, 0.8, 1.2, 2.0, 4.0]):
        at = near.at(float(price))
        assert at.value_eur <= best.value_eur + judged.ENOUGH * gap_eur
        assert best.value_eur <= at.at(found.regret) + 1e-6, "a cut lies above the optimum at every other price"
    assert best.value_eur <= near.of_plan().at(found.regret) + 1e-6


def test_what_is_found_is_what_the_bound_rests_on(all_: Possible, led: RolePlan) -> None:
    found = answer_prices(all_, known(led))
    assert led.arrays[REGRET].item() == pytest.approx(found.regret, rel=1e-6)
    assert (found.left is None) == (SHARED not in led.arrays)


def test_where_the_plan_is_as_good_as_deciding_all_nothing_is_priced() -> None:
    problem = problem_of(duo())
    plan = lead(Context(problem), None, "fixed", CAP)
    found = answer_prices(possible_answers(problem, CAP), known(plan))
    assert found.regret is None and found.left is None


def test_without_an_answer_there_are_no_prices(all_: Possible, led: RolePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SolverError("no answer")

    monkeypatch.setattr(judged, "solved", fail)
    found = answer_prices(all_, known(led))
    assert found.regret is None and found.left is None
