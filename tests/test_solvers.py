"""Programmes canonicalised once and re-solved with other numbers."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.solvers import ConeProgram, Status, solve_once


def statement() -> tuple[cp.Problem, cp.Variable, dict[str, cp.Parameter]]:
    x = cp.Variable((3, 2))
    price, weight, total = cp.Parameter((3, 2)), cp.Parameter(nonneg=True), cp.Parameter(3)
    cost = weight * cp.sum_squares(x) + cp.sum(cp.multiply(price, x)) + 5
    problem = cp.Problem(cp.Minimize(cost), [cp.sum(x, axis=1) == total, x <= 3])
    return problem, x, {"price": price, "weight": weight, "total": total}


def test_a_programme_solved_again_is_the_problem_solved_afresh() -> None:
    problem, x, parameters = statement()
    random = np.random.default_rng(0)
    program = ConeProgram(problem)
    for weight in (1.0, 2.0, 0.5):
        parameters["weight"].value = weight
        parameters["price"].value = random.normal(size=(3, 2))
        parameters["total"].value = random.normal(size=3)
        solution = program.solve({})
        problem.solve(solver=cp.CLARABEL)
        assert solution.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(problem.value, abs=1e-7)
        assert program.value(solution, x) == pytest.approx(x.value, abs=1e-6)


def test_values_given_with_the_call_go_before_those_of_the_parameters() -> None:
    problem, x, parameters = statement()
    parameters["weight"].value, parameters["price"].value = 1.0, np.zeros((3, 2))
    parameters["total"].value = np.zeros(3)
    program = ConeProgram(problem)
    solution = program.solve({parameters["total"]: np.full(3, 2.0)})
    assert program.value(solution, x) == pytest.approx(np.ones((3, 2)), abs=1e-6)


def test_a_parameter_in_the_matrix_is_refused() -> None:
    x, slope = cp.Variable(), cp.Parameter(nonneg=True)
    slope.value = 1.0
    with pytest.raises(ValueError, match="matrix"):
        ConeProgram(cp.Problem(cp.Minimize(x), [slope * x >= 1]))


def test_an_impossible_programme_says_so() -> None:
    x = cp.Variable()
    assert ConeProgram(cp.Problem(cp.Minimize(x), [x >= 1, x <= 0])).solve({}).status is Status.INFEASIBLE
    assert solve_once(cp.Problem(cp.Minimize(x), [x >= 1, x <= 0])) is Status.INFEASIBLE
    assert solve_once(cp.Problem(cp.Minimize(x))) is Status.UNBOUNDED
    assert solve_once(cp.Problem(cp.Minimize(cp.square(x - 2)))) is Status.OPTIMAL
