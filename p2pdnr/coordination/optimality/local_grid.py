"""The operator's cost near given injections: the exact power flow there, its slopes, and the curvature of losses.

Losses, squared voltages and squared currents are those of the power flow; their slopes by the injection of every
prosumer bus are taken from power flows beside it. Losses bend as those of a lossless flow do (Baran and Wu 1989), at
the voltages of the power flow:

    losses(p + d) = losses(p) + slope d + sum over lines of r / v (a d)^2,    a = 1 for the buses that the line feeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.reconfiguration.terms import limit_kva, violation_eur

BESIDE_PU = 1e-4
"""Between the power flows that slopes are taken from."""


@dataclass(frozen=True, eq=False)
class Around:
    """The power flow of an hour and its slopes (.., nb) per kW injected: losses in kW, squared voltages and currents,
    the latter as shares of the squared limits of the rated lines; ``bend`` (L, nb), whose product with a move in kW
    has as its square sum the kW by which losses bend upward."""

    loss_kw: float
    v2: Floats
    share: Floats
    loss_slope: Floats
    v2_slope: Floats
    share_slope: Floats
    bend: Floats


class LocalGrid:
    """The trees of a schedule ``closed`` (T, m), looked at around injections (T, nb) of the prosumer buses."""

    def __init__(self, problem: CoordinationProblem, closed: Bools) -> None:
        self.problem, self.closed = problem, closed
        network = problem.network
        self._rated = np.flatnonzero(np.isfinite(network.limit_a))
        self._buses = np.delete(np.arange(network.n_buses), network.substations)

    def cost_eur(self, injection_kw: Floats) -> Floats:
        """(T,) losses and violations at injections (T, nb); infinite in hours without a power flow."""
        terms, total = self.problem.terms, np.empty(len(injection_kw))
        for hour, injected in enumerate(injection_kw):
            flow = self._flow(hour, injected[None])
            broken = violation_eur(self.problem.network, terms, flow.vm_pu, flow.current_a)
            total[hour] = terms.loss_eur_per_kw * float(flow.loss_kw.sum()) + float(broken.sum())
        return np.where(np.isfinite(total), total, np.inf)

    def around(self, hour: int, injected_kw: Floats) -> Around:
        """The power flow of an hour at injections (nb,). Raises :class:`SolverError` where there is none."""
        step_kw = BESIDE_PU * self.problem.network.base_kw
        flow = self._flow(hour, np.vstack([injected_kw, injected_kw + step_kw * np.eye(len(injected_kw))]))
        if not flow.converged.all():
            raise SolverError("no power flow near")
        limit_a = self.problem.network.limit_a[self._rated]
        values = (
            flow.loss_kw.sum(axis=1),
            flow.vm_pu[:, self._buses] ** 2,
            (flow.current_a[:, self._rated] / limit_a) ** 2,
        )
        loss_slope, v2_slope, share_slope = ((value[1:] - value[0]).T / step_kw for value in values)
        bend = self._bend(hour, flow.vm_pu[0])
        now = float(values[0][0]), values[1][0], values[2][0]
        return Around(*now, loss_slope, v2_slope, share_slope, bend)

    def slope_eur_per_kw(self, injection_kw: Floats) -> Floats:
        """(T, nb) what a kW more injected adds to losses and violations over a step, at injections (T, nb); limits that
        hold count nothing. Raises :class:`SolverError` without a power flow."""
        terms, network = self.problem.terms, self.problem.network
        price, slopes = terms.violation_price_eur_per_kwh / 2.0, []
        for hour, injected_kw in enumerate(injection_kw):
            around = self.around(hour, injected_kw)
            beyond = 1.0 * (around.v2 > network.vm_max_pu**2) - 1.0 * (around.v2 < network.vm_min_pu**2)
            over = limit_kva(network)[self._rated] * (around.share > 1.0)
            broken = 1000.0 * beyond @ around.v2_slope + over @ around.share_slope
            slopes.append(terms.loss_price_eur_per_kwh * around.loss_slope + price * broken)
        return terms.step_h * np.array(slopes)

    def model_eur(self, around: Around, move: cp.Expression, bent: bool = False) -> cp.Expression:
        """Losses and violations of an hour after a move (nb,) in kW by the slopes, losses ``bent`` or straight."""
        terms, network = self.problem.terms, self.problem.network
        v2, share = around.v2 + around.v2_slope @ move, around.share + around.share_slope @ move
        beyond = 1000.0 * cp.sum(cp.pos(cp.maximum(v2 - network.vm_max_pu**2, network.vm_min_pu**2 - v2)))
        over = limit_kva(network)[self._rated] @ cp.pos(share - 1.0) if len(self._rated) else 0.0
        lost = around.loss_kw + around.loss_slope @ move + (cp.sum_squares(around.bend @ move) if bent else 0.0)
        price = terms.violation_price_eur_per_kwh / 2.0
        return terms.step_h * (terms.loss_price_eur_per_kwh * lost + price * (beyond + over))

    def _flow(self, hour: int, injection_kw: Floats) -> Flow:
        """Power flows of an hour with injections (C, nb)."""
        operator = self.problem.operator
        load_kw = np.tile(operator.load_kw[hour], (len(injection_kw), 1))
        np.subtract.at(load_kw.T, operator.buses, injection_kw.T)
        load_kvar = np.tile(operator.load_kvar[hour], (len(injection_kw), 1))
        return solve_tree(operator.hourly.at(hour), operator.tree(self.closed[hour], hour).tree, load_kw, load_kvar)

    def _bend(self, hour: int, vm_pu: Floats) -> Floats:
        operator = self.problem.operator
        network, buses, tree = operator.hourly.at(hour), operator.buses, operator.tree(self.closed[hour], hour).tree
        fed = np.zeros((network.n_lines, len(buses)))
        for place, bus in enumerate(buses):
            at = int(bus)
            while tree.parent_line[at] >= 0:
                fed[tree.parent_line[at], place] = 1.0
                at = int(tree.parent_bus[at])
        root = np.sqrt(np.maximum(network.r_pu, 0.0) / network.base_kw)
        used = fed.any(axis=1)
        ends = np.minimum(vm_pu[network.from_bus], vm_pu[network.to_bus])
        return np.asarray((root / ends)[used, None] * fed[used])
