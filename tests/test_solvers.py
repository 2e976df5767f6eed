"""Programmes canonicalised once and re-solved with other numbers."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.solvers import ALMOST_GAP, ConeProgram, Status, solve_once


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


def cones(seed: int = 0) -> cp.Problem:
    """The least linear cost within some balls."""
    random = np.random.default_rng(seed)
    x = cp.Variable(20)
    balls = [cp.norm(random.normal(size=(3, 20)) @ x - random.normal(size=3)) <= 4.0 for _ in range(12)]
    return cp.Problem(cp.Minimize(random.normal(size=20) @ x), [*balls, cp.abs(x) <= 5.0])


def stopped(monkeypatch: pytest.MonkeyPatch, turns: int) -> tuple[Status, float, int]:
    """Status, objective and number of attempts when the first one is stopped after some turns of the solver."""
    attempts, solve = [], cp.Problem.solve

    def short(problem: cp.Problem, **settings: Any) -> Any:
        attempts.append(settings["equilibrate_enable"])
        return solve(problem, **settings, **({} if settings["equilibrate_enable"] else {"max_iter": turns}))

    with monkeypatch.context() as patch:
        patch.setattr(cp.Problem, "solve", short)
        problem = cones()
        status = solve_once(problem, 1e-9)
    return status, problem.value, len(attempts)


def test_an_answer_short_of_the_tolerance_is_taken_where_it_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = cones()
    assert solve_once(exact, 1e-9) is Status.OPTIMAL
    found = [stopped(monkeypatch, turns) for turns in range(3, 16)]
    assert all(value == pytest.approx(exact.value, rel=2 * ALMOST_GAP * 1e-9) for _, value, _ in found)
    assert (Status.ALMOST, 1) in [(status, attempts) for status, _, attempts in found], "one was close"
    assert (Status.OPTIMAL, 2) in [(status, attempts) for status, _, attempts in found], "one was not"
