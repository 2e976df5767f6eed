"""What curtailment of an hour costs at least, by second-order cone programmes: the judge of validate.

The branch flow of docs/model.md with hard limits, and whatever the operator may take at its price. The cone
l v >= P^2 + Q^2 contains the power flow, so that the optimum is a lower bound. Where voltages are too high the cone
alone says little, as currents that nobody has would lower them. Therefore l v is bounded from above too: by the chords
of P^2 and Q^2 between bounds of the flows that every plan of no more than a known cost keeps (McCormick 1976). These
follow from what such a plan can take below a line and from the most losses that the programme allows, which the chords
make fewer in every round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.schedule.levers import GridHour, Levers
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.models.tree_socp import FedLines, fed_lines
from p2pdnr.solvers import Status, solve_once

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
KNOWN_SHARE = 1e-6
"""Of the known cost: by so much more a plan may cost whose flows are bounded."""
ROUNDS = 4
CLOSE = 1.0 - 1e-4
"""Of the known cost: a bound this near needs no more rounds."""
FAR_PU2 = 1e3
"""A squared current that no line has."""


@dataclass(frozen=True, eq=False)
class Least:
    """``least_eur_per_h`` that no curtailment costs less, infinite where none keeps the limits, None without an answer;
    ``used_kw`` (J,) of the relaxation's answer, which need not keep them."""

    least_eur_per_h: float | None
    used_kw: Floats | None = None


def least_curtailment(hour: GridHour, levers: Levers, known_eur_per_h: float) -> Least:
    """A lower bound on the cost of levers with which all limits hold; a plan of ``known_eur_per_h`` is known, infinite
    where none is. Limits of currents count where lines have no charging."""
    found = _Programme(hour, levers, "").least()
    if found.least_eur_per_h is None or not np.isfinite(found.least_eur_per_h) or not np.isfinite(known_eur_per_h):
        return found
    room = _Room(hour, levers, (1.0 + KNOWN_SHARE) * known_eur_per_h)
    costed, bounded = (_Programme(hour, levers, within) for within in ("cost", "flows"))
    for _ in range(ROUNDS):
        if found.least_eur_per_h is not None and found.least_eur_per_h >= CLOSE * known_eur_per_h:
            break
        room = room.narrowed(costed if room.most_l is None else bounded)
        bounded.stay_in(room)
        found = max(found, bounded.least(), key=lambda item: item.least_eur_per_h or 0.0)
    return found


@dataclass(frozen=True, eq=False)
class _Room:
    """Between which bounds the flows of every plan of at most ``known`` EUR/h stay; ``loss``, ``loss_q`` are the most
    active and reactive losses in all, ``most_l`` (L,) squared currents, p.u."""

    hour: GridHour
    levers: Levers
    known: float
    loss: float = np.inf
    loss_q: float = np.inf
    most_l: Floats | None = None

    def narrowed(self, programme: _Programme) -> _Room:
        """One round: the most losses that the programme allows, and the currents that go with them."""
        programme.stay_in(self)
        loss, loss_q = (programme.most(weight) for weight in (self.lines.r, np.abs(self.lines.x)))
        room = replace(self, loss=min(self.loss, loss), loss_q=min(self.loss_q, loss_q))
        (p, q), (low, _) = room.flows, _voltages(self.hour.network, self.lines)
        squares = sum(np.maximum(part[0] ** 2, part[1] ** 2) for part in (p, q))
        return replace(room, most_l=np.minimum(room.currents, squares / low))

    @cached_property
    def lines(self) -> FedLines:
        return fed_lines(self.hour.network, self.hour.tree)

    @property
    def currents(self) -> Floats:
        return np.full(len(self.lines.bus), FAR_PU2) if self.most_l is None else self.most_l

    @property
    def flows(self) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """((L,), (L,)) least and largest P, and of Q: what stands below a line, with what a plan may take there, what
        shunts draw, and losses."""
        lines, network, base = self.lines, self.hour.network, self.hour.network.base_kw
        below = _below(lines)
        spread = [network.vm_min_pu**2, network.vm_max_pu**2]
        earth = [np.outer(spread, part) for part in (lines.earth.real, -lines.earth.imag)]
        (p_low, p_high), (q_low, q_high) = ((below @ part.min(axis=0), below @ part.max(axis=0)) for part in earth)
        p, q = (below @ (load[lines.bus] / base) for load in (self.hour.load_kw, self.hour.load_kvar))
        less, more = (self._taken(below, kind) / base for kind in (~self.levers.curtails, self.levers.curtails))
        loss, loss_q = (below @ (weight * self.currents) for weight in (lines.r, np.abs(lines.x)))
        reactive = np.minimum(self.loss_q, loss_q)
        p_bounds = p + p_low - less, p + p_high + more + np.minimum(self.loss, loss)
        return p_bounds, (q + q_low - np.where((lines.x < 0.0).any(), reactive, 0.0), q + q_high + reactive)

    def _taken(self, below: Floats, kind: npt.NDArray[np.bool_]) -> Floats:
        """(L,) kW that levers of a kind can take below each line for the known cost, the cheapest first."""
        levers = self.levers
        stands = below @ (self.lines.bus[:, None] == levers.bus[None, :])
        order = np.argsort(levers.eur_per_kwh, kind="stable")
        most = np.where((stands > 0.0) & kind, levers.most_kw, 0.0)[:, order]
        price = levers.eur_per_kwh[order]
        before = np.cumsum(most * price, axis=1) - most * price
        return np.asarray(np.minimum(most, np.maximum(self.known - before, 0.0) / price).sum(axis=1))


def _below(lines: FedLines) -> Floats:
    """(L, L) 1 where a line's bus hangs below another line, or is its own."""
    below = np.eye(len(lines.bus))
    for place in range(len(lines.bus) - 1, -1, -1):
        if lines.up[place] >= 0:
            below[lines.up[place]] += below[place]
    return below


_Within = Literal["", "cost", "flows"]
"""What else a plan keeps to: nothing, a known cost, or that and bounds of its flows."""


class _Programme:
    """The cone programme of an hour: what is taken (J,) in p.u., P, Q, l and v of every line.

    cvxpy compiles it once: what changes between solves, the objective and the bounds of flows, are parameters.
    """

    def __init__(self, hour: GridHour, levers: Levers, within: _Within) -> None:
        network, self.lines = hour.network, fed_lines(hour.network, hour.tree)
        self._base, count = network.base_kw, len(self.lines.bus)
        self._taken, self._l = cp.Variable(len(levers.sign), nonneg=True), cp.Variable(count, nonneg=True)
        self._p, self._q, self._v = (cp.Variable(count) for _ in range(3))
        self._sending = cp.multiply(self.lines.gain, self.lines.parent @ self._v + self.lines.root2)
        self._price_eur, self._known = self._base * levers.eur_per_kwh, cp.Parameter()
        self._of_cost, self._of_currents = cp.Parameter(), cp.Parameter(count)
        self._cost = self._price_eur @ self._taken
        rules = [*self._power_flow(hour, levers), *self._limits(hour, levers)]
        self._bounds = _FlowBounds(*(cp.Parameter(count) for _ in range(6)))
        if within:
            rules.append(self._cost <= self._known)
        if within == "flows":
            rules += self._chords(hour, self._bounds)
        aim = self._of_cost * self._cost + self._of_currents @ self._l
        self._problem = cp.Problem(cp.Minimize(aim), rules)

    def stay_in(self, room: _Room) -> None:
        """What plans keep to in the solves that follow."""
        self._known.value = room.known
        if room.most_l is not None:
            self._bounds.set(room)

    def _power_flow(self, hour: GridHour, levers: Levers) -> list[cp.Constraint]:
        lines, p, q, v, l = self.lines, self._p, self._q, self._v, self._l
        injected = (lines.bus[:, None] == levers.bus[None, :]) * levers.sign
        load, load_q = (part[lines.bus] / self._base for part in (hour.load_kw, hour.load_kvar))
        drop = 2 * (cp.multiply(lines.r, p) + cp.multiply(lines.x, q))
        earth_p, earth_q = (cp.multiply(part, v) for part in (lines.earth.real, -lines.earth.imag))
        return [
            load - injected @ self._taken + earth_p + cp.multiply(lines.r, l) + lines.children @ p == p,
            load_q + earth_q + cp.multiply(lines.x, l) + lines.children @ q == q,
            v == self._sending - drop + cp.multiply(lines.r**2 + lines.x**2, l),
            cp.SOC(l + self._sending, cp.vstack([2 * p, 2 * q, l - self._sending])),
        ]

    def _limits(self, hour: GridHour, levers: Levers) -> list[cp.Constraint]:
        network = hour.network
        voltage = [self._v >= network.vm_min_pu**2, self._v <= network.vm_max_pu**2]
        limit = network.limit_pu[self.lines.line]
        rated = np.flatnonzero(np.isfinite(limit) & (limit**2 < FAR_PU2) & self.lines.plain)
        current = [self._l[rated] <= limit[rated] ** 2] if len(rated) else []
        return [*voltage, *current, self._taken <= levers.most_kw / self._base]

    def _chords(self, hour: GridHour, bounds: _FlowBounds) -> list[cp.Constraint]:
        """l v is at most the chords of P^2 and Q^2, and at least what stands on the left (McCormick)."""
        low, high = _voltages(hour.network, self.lines)
        p, q, most_l = self._p, self._q, bounds.most_l
        p_sum, q_sum = bounds.p_low + bounds.p_high, bounds.q_low + bounds.q_high
        chord = cp.multiply(p_sum, p) + cp.multiply(q_sum, q) - bounds.products
        return [
            cp.multiply(low, self._l) <= chord,
            cp.multiply(high, self._l) + cp.multiply(most_l, self._sending) - cp.multiply(high, most_l) <= chord,
            self._l <= most_l,
            p >= bounds.p_low,
            p <= bounds.p_high,
            q >= bounds.q_low,
            q <= bounds.q_high,
        ]

    def least(self) -> Least:
        """The least cost."""
        status = self._solved(1.0, np.zeros(len(self.lines.bus)))
        if status is Status.INFEASIBLE:
            return Least(np.inf)
        if status is not Status.OPTIMAL:
            return Least(None)
        return Least(float(self._cost.value), self._base * np.asarray(self._taken.value))

    def most(self, weight: Floats) -> float:
        """The largest sum of ``weight`` (L,) times squared currents, infinite where it was not found."""
        status = self._solved(0.0, -weight)
        return float(weight @ self._l.value) * (1.0 + KNOWN_SHARE) if status is Status.OPTIMAL else np.inf

    def _solved(self, of_cost: float, of_currents: Floats) -> Status:
        self._of_cost.value, self._of_currents.value = of_cost, of_currents
        return solve_once(self._problem, TOLERANCE)


@dataclass(frozen=True, eq=False)
class _FlowBounds:
    """Bounds (L,) of flows and squared currents as parameters; ``products`` of the bounds of P, and of Q, in sum."""

    p_low: cp.Parameter
    p_high: cp.Parameter
    q_low: cp.Parameter
    q_high: cp.Parameter
    products: cp.Parameter
    most_l: cp.Parameter

    def set(self, room: _Room) -> None:
        """Take those of a room."""
        (p_low, p_high), (q_low, q_high) = room.flows
        self.p_low.value, self.p_high.value, self.q_low.value, self.q_high.value = p_low, p_high, q_low, q_high
        self.products.value, self.most_l.value = p_low * p_high + q_low * q_high, room.currents


def _voltages(network: Network, lines: FedLines) -> tuple[Floats, Floats]:
    """(L,) least and largest squared voltage where each line starts."""
    held = lines.root2 > 0.0
    limits = (network.vm_min_pu**2, network.vm_max_pu**2)
    low, high = (lines.gain * np.where(held, lines.root2, limit) for limit in limits)
    return low, high
