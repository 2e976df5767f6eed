"""What flows, voltages and currents a tree can have at most, from what its buses can withdraw.

Interval arithmetic over the sweeps of the branch flow (:mod:`p2pdnr.reconfiguration.models.tree_socp` has its
equations): flows from the leaves to the root, voltages and currents back. A box of ranges that the sweep maps into
itself holds every power flow that the sweep reaches from no currents at all, whatever the withdrawals are in their
ranges.

On the exact power flow l v = P^2 + Q^2 with v at the sending end, the cone l v >= P^2 + Q^2 may lose power that no grid
loses. Ranges say how much at most: with (P - P_low)(P_high - P) >= 0 and (l_high - l)(v_high - v) >= 0,

    l v_low                        <= (P_low + P_high) P - P_low P_high + (Q_low + Q_high) Q - Q_low Q_high,
    l v_high + l_high (v - v_high) <= the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cvxpy as cp
import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.models.tree_socp import FedLines, TreeModel
from p2pdnr.reconfiguration.terms import OperatorTerms

SWEEPS, NARROWING = 40, 6
ROOM = 1e-6
"""By how much, as a share, currents are taken larger than what the sweeps settle at, so that rounding leaves the box
whole."""

BEYOND = 1e6
"""A squared current (p.u.) at which sweeps that do not settle are held."""

LEAST_V = 0.05
"""Squared voltage (p.u.) below which ranges say nothing."""


class Loads(NamedTuple):
    """Least and most active, and reactive withdrawals (L, C) of the fed buses, per unit."""

    p_low: Floats
    p_high: Floats
    q: Floats


@dataclass(frozen=True, eq=False)
class Ranges:
    """Of the L lines of a tree in C cases, (L, C) each, per unit: flows at the sending end, the largest squared
    current, squared voltages at the sending and at the fed end; ``known`` (C,) whether they say anything, ``empty``
    (C,) whether no power flow is within the limits on flows that were asked for."""

    p_low: Floats
    p_high: Floats
    q_low: Floats
    q_high: Floats
    l_high: Floats
    v_low: Floats
    v_high: Floats
    fed_low: Floats
    fed_high: Floats
    known: Bools
    empty: Bools

    def of(self, cases: Ints) -> Ranges:
        """The ranges of some cases."""
        return Ranges(*(values[..., cases] for values in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Caps:
    """Limits that every power flow of interest keeps, per unit: largest squared currents and reactive and active
    flows (L, C), squared voltages (C,) of fed buses; infinite where nothing is known."""

    l_high: Floats
    p_high: Floats
    q_high: Floats
    v_low: Floats
    v_high: Floats


def caps(network: Network, terms: OperatorTerms, lines: FedLines, loads: Loads, pays_eur: Floats) -> Caps:
    """Caps of C cases in which the operator pays at most ``pays_eur`` (C,) for losses and violations."""
    price = terms.half_violation_eur_per_kw
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = pays_eur / (terms.loss_eur_per_kw * network.base_kw)
        beyond = pays_eur / (1000.0 * price)
        over = pays_eur / (price * network.base_kw * network.limit_pu[lines.line])[:, None]
        current = network.limit_pu[lines.line, None] ** 2 * (1.0 + over)
        burnt, ratio = lost / lines.r[:, None], float(np.abs(lines.x / lines.r).max(initial=0.0))
    if not network.is_plain or (lines.r <= 0.0).any() or np.isnan(lost).any():
        burnt, lost = np.full_like(loads.q, np.inf), np.full_like(pays_eur, np.inf)
    l_high = np.fmin(np.where(np.isinf(network.limit_pu[lines.line, None]), np.inf, current), burnt)
    l_high = l_high if network.is_plain else burnt
    p_high, q_high = _behind(lines, loads.p_high) + lost, np.abs(_behind(lines, loads.q)) + ratio * lost
    return Caps(l_high, p_high, q_high, network.vm_min_pu**2 - beyond, network.vm_max_pu**2 + beyond)


def _behind(lines: FedLines, values: Floats) -> Floats:
    """(L, C) sums over each bus and all that it feeds."""
    total = values.copy()
    for k in range(len(lines.up) - 1, -1, -1):
        if lines.up[k] >= 0:
            total[lines.up[k]] += total[k]
    return total


def ranges(lines: FedLines, loads: Loads, caps: Caps, within: tuple[Floats, Floats]) -> Ranges:
    """Ranges of C cases in which flows at the sending end lie ``within`` (L, C) limits.

    From below where the sweeps settle, from the caps where they do not: then both are held to caps and limits."""
    box = _Box(lines, loads)
    l_high = np.zeros_like(loads.q)
    for _ in range(SWEEPS):
        before, l_high = l_high, box.swept(l_high)
        if np.all(l_high <= before * (1.0 + ROOM) + ROOM**2):
            break
    l_high = l_high * (1.0 + 10.0 * ROOM) + ROOM
    settled = (box.swept(l_high) <= l_high).all(axis=0) & (l_high < BEYOND).all(axis=0)
    held = np.isfinite(caps.l_high).all(axis=0) & np.isfinite(caps.v_low) & (caps.v_low > LEAST_V)
    narrow = _Box(lines, loads, caps, within)
    narrow.v_low[:] = np.where(settled, box.v_low, caps.v_low)
    narrow.v_high[:] = np.where(settled, box.v_high, caps.v_high)
    l_high = np.where(settled, np.minimum(l_high, caps.l_high), caps.l_high)
    l_high = np.where(settled | held, l_high, 0.0)
    for _ in range(NARROWING):
        l_high = np.minimum(l_high, narrow.swept(l_high))
    narrow.swept(l_high)
    return narrow.found(l_high, settled | held)


class _Flow(NamedTuple):
    """Ranges (L, C) of a flow: at the sending end, and as it is received, without what is lost on the way."""

    low: Floats
    high: Floats
    got_low: Floats
    got_high: Floats


class _Box:
    """The ranges while they are swept."""

    def __init__(
        self, lines: FedLines, loads: Loads, caps: Caps | None = None, within: tuple[Floats, Floats] | None = None
    ) -> None:
        shape, all_ = loads.q.shape, np.full_like(loads.q, np.inf)
        self.lines, self.loads = lines, loads
        self.caps = caps or Caps(all_, all_, all_, np.full(shape[1], -np.inf), np.full(shape[1], np.inf))
        low, high = within or (-all_, all_)
        self.within = low, np.minimum(high, self.caps.p_high)
        self.p, self.q = (_Flow(*np.zeros((4, *shape))) for _ in range(2))
        self.v_low, self.v_high = np.full((2, *shape), lines.root2.max())
        self.sending_low, self.sending_high = np.zeros((2, *shape))

    def swept(self, l_high: Floats) -> Floats:
        """(L, C) largest squared currents after a sweep with these."""
        self._flows(l_high)
        self._voltages()
        p2 = np.maximum(self.p.low**2, self.p.high**2)
        q2 = np.maximum(self.q.low**2, self.q.high**2)
        most = np.minimum((p2 + q2) / np.maximum(self.sending_low, LEAST_V), BEYOND)
        return np.asarray(np.minimum(most, self.caps.l_high))

    def found(self, l_high: Floats, settled: Bools) -> Ranges:
        """The ranges as they stand, for largest currents (L, C); ``settled`` (C,)."""
        known = settled & (self.v_low > LEAST_V).all(axis=0)
        empty = known & (self.p.low > self.p.high).any(axis=0)
        flows, voltages = (*self.p[:2], *self.q[:2]), (self.sending_low, self.sending_high, self.v_low, self.v_high)
        return Ranges(*flows, l_high, *voltages, known, empty)

    def _flows(self, l_high: Floats) -> None:
        """Flows from the leaves to the root, then back to the leaves within the limits that were asked for."""
        lines, lost = self.lines, (self.lines.r[:, None] * l_high, self.lines.x[:, None] * l_high)
        p, q, no_least = (self.loads.p_low, self.loads.p_high), (self.loads.q, self.loads.q), -self.caps.q_high
        for flow, load, earth, burnt, within in (
            (self.p, p, lines.earth.real, lost[0], self.within),
            (self.q, q, -lines.earth.imag, lost[1], (no_least, self.caps.q_high)),
        ):
            drawn = np.array([earth[:, None] * v for v in (self.v_low, self.v_high)])
            flow.got_low[:], flow.got_high[:] = load[0] + drawn.min(axis=0), load[1] + drawn.max(axis=0)
            for k in range(len(lines.up) - 1, -1, -1):
                flow.low[k] = np.maximum(flow.got_low[k] + np.minimum(burnt[k], 0.0), within[0][k])
                flow.high[k] = np.minimum(flow.got_high[k] + np.maximum(burnt[k], 0.0), within[1][k])
                if lines.up[k] >= 0:
                    flow.got_low[lines.up[k]] += flow.low[k]
                    flow.got_high[lines.up[k]] += flow.high[k]
        self._back(lost[0])

    def _back(self, burnt: Floats) -> None:
        """What a line can carry once the one before it is limited: that one's flow less what else it feeds."""
        flow = self.p
        for k, up in enumerate(self.lines.up):
            if up >= 0:
                least = flow.low[up] - np.maximum(burnt[up], 0.0) - (flow.got_high[up] - flow.high[k])
                most = flow.high[up] - np.minimum(burnt[up], 0.0) - (flow.got_low[up] - flow.low[k])
                np.maximum(flow.low[k], least, out=flow.low[k])
                np.minimum(flow.high[k], most, out=flow.high[k])

    def _voltages(self) -> None:
        """v_j = v_i - 2 (r P + x Q) + (r^2 + x^2) l with flows at the sending end, and - (r^2 + x^2) l with flows as
        received: once l = 0 bounds it from below, once from above."""
        lines, r, x = self.lines, self.lines.r[:, None], self.lines.x[:, None]
        most = np.maximum(r * self.p.low, r * self.p.high) + np.maximum(x * self.q.low, x * self.q.high)
        p, q, caps = self.p, self.q, self.caps
        least = np.minimum(r * p.got_low, r * p.got_high) + np.minimum(x * q.got_low, x * q.got_high)
        for k, up in enumerate(lines.up):
            low, high = (lines.root2[k], lines.root2[k]) if up < 0 else (self.v_low[up], self.v_high[up])
            self.sending_low[k], self.sending_high[k] = lines.gain[k] * low, lines.gain[k] * high
            lowest, highest = self.sending_low[k] - 2.0 * most[k], self.sending_high[k] - 2.0 * least[k]
            self.v_low[k] = np.maximum(np.maximum(lowest, caps.v_low), LEAST_V / 2.0)
            self.v_high[k] = np.minimum(highest, caps.v_high)


def cuts(model: TreeModel, found: Ranges) -> tuple[list[cp.Constraint], cp.Variable]:
    """The two secants of every line and case as constraints, and their slack (C,), >= 0: zero on every power flow in
    the ranges, so that with any price on it the optimum stays a lower bound, and a case without a power flow has an
    answer."""
    apart = cp.Variable((1, found.p_low.shape[1]), nonneg=True)
    P, Q, l, v = model.flow_p, model.flow_q, model.current2, model.sending_voltage2
    level = found.p_low * found.p_high + found.q_low * found.q_high
    above = cp.multiply(found.p_low + found.p_high, P) + cp.multiply(found.q_low + found.q_high, Q) - level
    above = above + np.ones((len(level), 1)) @ apart
    rows = [cp.multiply(found.v_low, l) <= above]
    rows += [cp.multiply(found.v_high, l) + cp.multiply(found.l_high, v - found.v_high) <= above]
    return rows, apart
