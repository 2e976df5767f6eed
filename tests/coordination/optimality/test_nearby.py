"""A cheaper plan nearby: found where a plan throws its sun away, none where the plan is the best of a scan."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.optimality.duality import capability_kw
from p2pdnr.coordination.optimality.nearby import cheaper_plan_eur
from p2pdnr.coordination.problem import CoordinationProblem
from tests.bottlenecks import trunk
from tests.coordination.cases import agreed, initial, problem_of


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(trunk())


def room(problem: CoordinationProblem) -> np.ndarray:
    least, most = capability_kw(problem)
    return (most - least).T


def test_a_plan_that_throws_all_sun_away_has_a_cheaper_one_nearby(problem: CoordinationProblem) -> None:
    load_kw = np.array([[-50.0, 0.0], [-30.0, 0.0], [-40.0, 0.0]])
    found = cheaper_plan_eur(problem, initial(problem), load_kw, room(problem), -np.inf)
    assert found == pytest.approx(-361.69, abs=0.05)


def test_near_the_optimum_nothing_is_cheaper(problem: CoordinationProblem) -> None:
    plan = agreed(problem, primal_kw=1e-3, objective_change=1e-7)
    start = problem.at_buses(plan.response.injection_kw)
    found = cheaper_plan_eur(problem, initial(problem), start, room(problem), -np.inf)
    assert found == pytest.approx(plan.total_eur, abs=1e-4 * plan.scale_eur)


def test_where_no_power_flow_is_near_nothing_is_found(problem: CoordinationProblem) -> None:
    far = np.full((3, 2), -1e6)
    assert cheaper_plan_eur(problem, initial(problem), far, room(problem), -np.inf) == np.inf
