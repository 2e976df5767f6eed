"""A cheaper plan near a given one, on the exact power flow: the witness that a plan is no optimum of its schedule.

Both levels as one programme again (:mod:`.central`), but without a cone: losses, voltages and currents are those of the
power flow at the present injections, and their slopes are taken from power flows beside it. The programme moves every
injection within a trust region, the power flow says what the move is worth, and the region shrinks where that is less
than nothing (sequential linear programming). Whatever it finds is a plan that can be run; that it finds nothing says
that none was found nearby, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.optimality.central import TOLERANCE, Bools, Floats, links, sums
from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import market_model
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.reconfiguration.terms import limit_kva, violation_eur
from p2pdnr.solvers import Status, solve_once

FIRST_SHARE = 0.3
"""Of what the devices of a bus can do: how far an injection may move at first."""

SHRINK, STEPS = 0.4, 10
BESIDE_PU = 1e-4
"""Between the power flows that slopes are taken from."""


@dataclass(frozen=True, eq=False)
class _Around:
    """The power flow of an hour and its slopes (.., nb) per kW injected: losses in kW, squared voltages and currents,
    the latter as shares of the squared limits of the lines ``rated``."""

    loss_kw: float
    v2: Floats
    share: Floats
    loss_slope: Floats
    v2_slope: Floats
    share_slope: Floats


def cheaper_plan_eur(problem: Problem, closed: Bools, start_kw: Floats, most_kw: Floats, enough_eur: float) -> float:
    """What the cheapest plan costs that was found on the schedule ``closed`` (T, m) from injections ``start_kw`` (T,
    nb), switching left out; infinite where none was found.

    ``most_kw`` (T, nb): by how much the injection of each bus could differ; the search ends at a plan that costs no
    more than ``enough_eur``.
    """
    grid = _Grid(problem, closed)
    at_kw, best_eur, share = start_kw, np.inf, FIRST_SHARE
    for _ in range(STEPS):
        try:
            moved_kw, market_eur = grid.moved(at_kw, share * most_kw)
        except SolverError:
            return best_eur
        cost_eur = market_eur + grid.cost_eur(moved_kw)
        if cost_eur < best_eur:
            at_kw, best_eur = moved_kw, cost_eur
        else:
            share *= SHRINK
        if best_eur <= enough_eur:
            break
    return best_eur


class _Grid:
    """The schedule's trees and the market's statement."""

    def __init__(self, problem: Problem, closed: Bools) -> None:
        self.problem, self.closed = problem, closed
        self.market = market_model(problem.block.terms, links(problem))
        network = problem.network
        self.rated = np.flatnonzero(np.isfinite(network.limit_a))
        self.buses = np.delete(np.arange(network.n_buses), network.substations)

    def flow(self, hour: int, injection_kw: Floats) -> Flow:
        """Power flows of an hour with injections (C, nb)."""
        operator = self.problem.operator
        load_kw = np.tile(operator.load_kw[hour], (len(injection_kw), 1))
        np.subtract.at(load_kw.T, operator.buses, injection_kw.T)
        load_kvar = np.tile(operator.load_kvar[hour], (len(injection_kw), 1))
        return solve_tree(operator.network, operator.tree(self.closed[hour]).tree, load_kw, load_kvar)

    def cost_eur(self, injection_kw: Floats) -> float:
        """Losses and violations at injections (T, nb); infinite without a power flow."""
        terms, total = self.problem.terms, 0.0
        for hour, injected in enumerate(injection_kw):
            flow = self.flow(hour, injected[None])
            broken = violation_eur(self.problem.network, terms, flow.vm_pu, flow.current_a)
            total += terms.loss_eur_per_kw * float(flow.loss_kw.sum()) + float(broken.sum())
        return total if np.isfinite(total) else np.inf

    def moved(self, at_kw: Floats, room_kw: Floats) -> tuple[Floats, float]:
        """Injections (T, nb) of the cheapest plan within ``room_kw`` of ``at_kw`` by the slopes there, and what the
        prosumers pay in it. Raises :class:`SolverError` where there is none."""
        injected = self.market.injection_kw @ sums(self.problem).T
        move = injected - at_kw
        hours = [self._around(hour, at_kw[hour]) for hour in range(len(at_kw))]
        grid_eur = cp.sum([self._cost(around, move[hour]) for hour, around in enumerate(hours)])
        near = [cp.abs(move) <= room_kw, *self.market.constraints]
        status = solve_once(cp.Problem(cp.Minimize(self.market.cost_eur + grid_eur), near), TOLERANCE)
        if status not in (Status.OPTIMAL, Status.ALMOST):
            raise SolverError(f"no plan near: {status}")
        return np.asarray(injected.value), float(self.market.cost_eur.value)

    def _around(self, hour: int, injected_kw: Floats) -> _Around:
        step_kw = BESIDE_PU * self.problem.network.base_kw
        flow = self.flow(hour, np.vstack([injected_kw, injected_kw + step_kw * np.eye(len(injected_kw))]))
        if not flow.converged.all():
            raise SolverError("no power flow near")
        limit_a = self.problem.network.limit_a[self.rated]
        values = (
            flow.loss_kw.sum(axis=1),
            flow.vm_pu[:, self.buses] ** 2,
            (flow.current_a[:, self.rated] / limit_a) ** 2,
        )
        slopes = ((value[1:] - value[0]).T / step_kw for value in values)
        return _Around(float(values[0][0]), values[1][0], values[2][0], *slopes)

    def _cost(self, around: _Around, move: cp.Expression) -> cp.Expression:
        terms, network = self.problem.terms, self.problem.network
        v2, share = around.v2 + around.v2_slope @ move, around.share + around.share_slope @ move
        beyond = 1000.0 * cp.sum(cp.pos(cp.maximum(v2 - network.vm_max_pu**2, network.vm_min_pu**2 - v2)))
        over = limit_kva(network)[self.rated] @ cp.pos(share - 1.0) if len(self.rated) else 0.0
        lost = around.loss_kw + around.loss_slope @ move
        price = terms.violation_price_eur_per_kwh / 2.0
        return terms.step_h * (terms.loss_price_eur_per_kwh * lost + price * (beyond + over))
