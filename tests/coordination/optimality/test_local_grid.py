"""The operator's cost near a point: exact there, with slopes that differences give, and losses that bend as they do."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from tests.coordination.cases import initial, problem_of, random_document


@pytest.fixture(scope="module")
def grid() -> LocalGrid:
    problem: CoordinationProblem = problem_of(random_document(3))
    return LocalGrid(problem, initial(problem))


def model_eur(grid: LocalGrid, at_kw: np.ndarray, move_kw: np.ndarray, bent: bool) -> float:
    around = grid.around(0, at_kw[0])
    return float(grid.model_eur(around, cp.Constant(move_kw), bent).value)


def points(grid: LocalGrid) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    shape = grid.problem.hours, len(grid.problem.prosumers_per_bus)
    return rng.uniform(-50, 50, shape), rng.uniform(-1, 1, shape[1])


def test_where_it_is_taken_the_model_is_the_power_flow(grid: LocalGrid) -> None:
    at_kw, move = points(grid)
    assert model_eur(grid, at_kw, 0.0 * move, True) == pytest.approx(float(grid.cost_eur(at_kw)[0]), rel=1e-9)


def test_bent_losses_are_right_to_second_order(grid: LocalGrid) -> None:
    at_kw, move = points(grid)
    errors = {}
    for bent in (False, True):
        for size in (20.0, 40.0):
            there = at_kw.copy()
            there[0] += size * move
            errors[bent, size] = abs(model_eur(grid, at_kw, size * move, bent) - float(grid.cost_eur(there)[0]))
    assert errors[False, 40.0] == pytest.approx(4.0 * errors[False, 20.0], rel=0.1), "straight: as the square"
    assert errors[True, 40.0] < 0.1 * errors[False, 40.0]


def test_without_a_power_flow_there_is_no_model(grid: LocalGrid) -> None:
    far = np.full((grid.problem.hours, len(grid.problem.prosumers_per_bus)), -1e6)
    assert np.isinf(grid.cost_eur(far)).all()
    with pytest.raises(SolverError):
        grid.around(0, far[0])


@pytest.mark.parametrize("limits", [(0.9, 1.1), (0.9, 0.999), (1.001, 1.1)])
def test_slopes_are_those_of_the_cost(limits: tuple[float, float]) -> None:
    """Within all limits, above the upper and below the lower voltage limit, line limits broken or not."""
    scene = random_document(3)
    scene["network"] |= {"vm_min_pu": limits[0], "vm_max_pu": limits[1]}
    problem = problem_of(scene)
    grid = LocalGrid(problem, initial(problem))
    at_kw = 4.0 * points(grid)[0]
    slope = grid.slope_eur_per_kw(at_kw)
    for bus in range(at_kw.shape[1]):
        more, less = at_kw.copy(), at_kw.copy()
        more[:, bus], less[:, bus] = at_kw[:, bus] + 0.01, at_kw[:, bus] - 0.01
        difference = (grid.cost_eur(more) - grid.cost_eur(less)) / 0.02
        assert slope[:, bus] == pytest.approx(difference, rel=2e-2, abs=1e-3 * np.abs(slope).max())
