"""A cheaper plan near a given one, on the exact power flow: the witness that a plan is no optimum of its schedule.

Both levels as one programme again (:mod:`.central`), but without a cone: losses, voltages and currents are those of the
power flow at the present injections, and their slopes are taken from power flows beside it (:mod:`.local_grid`). The
programme moves every injection within a trust region, the power flow says what the move is worth, and the region
shrinks where that is less than nothing (sequential linear programming). Whatever it finds is a plan that can be run;
that it finds nothing says that none was found nearby, and no more.
"""

from __future__ import annotations

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.optimality.central import TOLERANCE, Bools, Floats, links, sums
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import MarketModel, market_model
from p2pdnr.solvers import Status, solve_once

FIRST_SHARE = 0.3
"""Of what the devices of a bus can do: how far an injection may move at first."""

SHRINK, STEPS = 0.4, 10


def cheaper_plan_eur(
    problem: CoordinationProblem, closed: Bools, start_kw: Floats, most_kw: Floats, enough_eur: float
) -> float:
    """What the cheapest plan costs that was found on the schedule ``closed`` (T, m) from injections ``start_kw`` (T,
    nb), switching left out; infinite where none was found.

    ``most_kw`` (T, nb): by how much the injection of each bus could differ; the search ends at a plan that costs no
    more than ``enough_eur``.
    """
    grid, market = LocalGrid(problem, closed), market_model(problem.block.terms, links(problem))
    at_kw, best_eur, share = start_kw, np.inf, FIRST_SHARE
    for _ in range(STEPS):
        try:
            moved_kw, market_eur = _moved(grid, market, at_kw, share * most_kw)
        except SolverError:
            return best_eur
        cost_eur = market_eur + float(grid.cost_eur(moved_kw).sum())
        if cost_eur < best_eur:
            at_kw, best_eur = moved_kw, cost_eur
        else:
            share *= SHRINK
        if best_eur <= enough_eur:
            break
    return best_eur


def _moved(grid: LocalGrid, market: MarketModel, at_kw: Floats, room_kw: Floats) -> tuple[Floats, float]:
    """Injections (T, nb) of the cheapest plan within ``room_kw`` of ``at_kw`` by the slopes there, and what the
    prosumers pay in it. Raises :class:`SolverError` where there is none."""
    injected = market.injection_kw @ sums(grid.problem).T
    move = injected - at_kw
    grid_eur = cp.sum([grid.model_eur(grid.around(hour, at_kw[hour]), move[hour]) for hour in range(len(at_kw))])
    near = [cp.abs(move) <= room_kw, *market.constraints]
    status = solve_once(cp.Problem(cp.Minimize(market.cost_eur + grid_eur), near), TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"no plan near: {status}")
    return np.asarray(injected.value), float(market.cost_eur.value)
