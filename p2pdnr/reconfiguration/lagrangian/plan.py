"""The operator's least cost at given charges, bounded from below by arithmetic: no cone programme is solved.

With limits at the prices the operator's own problem puts on them (:mod:`p2pdnr.reconfiguration.operator.kernel`) the
multipliers of the branch flow follow from the adjoint of its power flow, and the Lagrangian has its minimum in closed
form (:mod:`.kernel` says which). Whatever the numbers, the sum is a lower bound by weak duality; at the charges of an
agreed plan it is the plan's cost, but for what the plan could still gain.

Where an upper voltage limit has a price the cone may lose power to lower a voltage, and the bound is far or none. Held
by its tangent at a power flow it is linear in the injections, so that its price is one more charge: that bounds what
can be gained within the tangent, which is within the limit as far as voltages are concave in the injections.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.lagrangian.closed_form import ROUNDING_C, BusPrices, LineTerms, least_on_line
from p2pdnr.reconfiguration.lagrangian.settings import BoundSettings
from p2pdnr.reconfiguration.operator.problem import ArrangedSchedule, OperatorAnswer, OperatorProblem


@dataclass(frozen=True, eq=False)
class _Flow:
    """Power flows of T hours, (T, n) per unit in the order of each hour's tree, every bus after its parent: ``up``,
    ``r``, ``x`` and ``limit2`` of the line to the parent; ``load_p``, ``load_q`` without injections; squared voltages
    and currents, flows at the sending end; ``low``, ``high``, ``over`` the prices of the limits, EUR per unit."""

    roots: int
    up: Ints
    r: Floats
    x: Floats
    limit2: Floats
    load_p: Floats
    load_q: Floats
    v: Floats
    l: Floats
    p: Floats
    q: Floats
    low: Floats
    high: Floats
    over: Floats

    def descending(self) -> range:
        """Places of the fed buses, every bus before its parent."""
        return range(self.up.shape[1] - 1, self.roots - 1, -1)

    def ascending(self) -> range:
        """The same, every bus after its parent."""
        return range(self.roots, self.up.shape[1])

    @property
    def cone_gap(self) -> float:
        """Largest l v - P^2 - Q^2, p.u.^2."""
        hours = np.arange(len(self.up))[:, None]
        sending = self.v[hours, self.up[:, self.roots :]]
        squares = (self.p**2 + self.q**2)[:, self.roots :]
        return float(np.abs(self.l[:, self.roots :] * sending - squares).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Circles:
    """I inverters whose reactive power the operator chooses: ``kva`` (I,), ``place`` (I,) among the operator's inverter
    buses, and ``active_eur`` (T, I) what their active power is paid per kW over a step; best near ``near_kvar`` (T, ni)
    at the buses, at a price of ``near_eur`` (T, ni) per kvar fed in over a step."""

    kva: Floats
    place: Ints
    active_eur: Floats
    near_kvar: Floats
    near_eur: Floats

    def least_eur(self, reactive_eur: Floats) -> Floats:
        """(T,) the least that active and reactive power within all circles cost, reactive power at ``reactive_eur`` (T,
        ni) per kvar fed in: a line over a circle is least at its radius times the length of its slope."""
        return np.asarray(-np.hypot(self.active_eur, reactive_eur[:, self.place]) @ self.kva)


@dataclass(frozen=True, eq=False)
class Reach:
    """Injections at the operator's buses, all (T, nb): free from ``least_kw`` to ``most_kw``, best near ``near_kw``;
    ``circles`` of the inverters where the operator chooses reactive power."""

    near_kw: Floats
    least_kw: Floats
    most_kw: Floats
    circles: Circles | None = None


def operator_bound(
    operator: OperatorProblem,
    closed: Bools,
    charge_eur_per_kw: Floats,
    reach: Reach,
    settings: BoundSettings = BoundSettings(),
) -> tuple[Floats, float]:
    """Lower bound (T,) in EUR on losses, violations and ``charge_eur_per_kw`` (T, nb) times the injections, and the
    cone gap of the power flow it is taken from.

    It is a bound whatever ``reach`` says is near, and close where the operator's best answer is. Minus infinity in
    hours where the multipliers prove nothing. For networks without ratios and admittances to earth. Raises
    :class:`PowerFlowError` where no power flow is near.
    """
    by_tangent, sweeps, hours = settings.by_tangent, settings.adjoint_sweeps, np.arange(len(closed))
    answer = operator.solve(closed, _pull(charge_eur_per_kw, reach, settings), hours)
    day = operator.day(closed, hours)
    flow, place = _flow(operator, day, answer), day.trees.position[day.which]
    held, paid = _held(operator, flow, place, answer, sweeps) if by_tangent else np.zeros((2, *place.shape))
    flow = replace(flow, high=np.zeros_like(flow.high)) if by_tangent else flow
    prices = _multipliers(flow, _Worth(_loss_eur(operator), flow.over, flow.low - flow.high), sweeps)
    with np.errstate(over="ignore", invalid="ignore"):  # absurd charges prove nothing
        total, lowest = _closed_form(operator, flow, prices)
        worth = _at_places(operator, prices, place) / operator.network.base_kw + paid
        own, nb = charge_eur_per_kw - worth[:, : len(operator.buses)], len(operator.buses)
        least = np.minimum(own * reach.least_kw, own * reach.most_kw).sum(axis=1)
        if reach.circles is not None:
            least = least + reach.circles.least_eur(-worth[:, nb:])
        total = total + held.sum(axis=1) + least
    return np.where((lowest >= -ROUNDING_C) & np.isfinite(total), total, -np.inf), flow.cone_gap


def _pull(charge_eur_per_kw: Floats, reach: Reach, settings: BoundSettings) -> tuple[Floats, Floats]:
    """What the operator's hours are drawn to, and how hard."""
    weight = np.full(reach.near_kw.shape, settings.resistance_eur_per_kw2)
    target_kw = reach.near_kw - charge_eur_per_kw / weight
    if reach.circles is None:
        return target_kw, weight
    beside = np.full(reach.circles.near_kvar.shape, settings.resistance_eur_per_kw2)
    target_kvar = reach.circles.near_kvar - reach.circles.near_eur / beside
    return np.hstack([target_kw, target_kvar]), np.hstack([weight, beside])


def _at_places(operator: OperatorProblem, prices: BusPrices, place: Ints) -> Floats:
    """(T, nz) multipliers of what is injected: of active power at the prosumers' buses, of reactive power at those of
    inverters."""
    active, reactive = np.split(place, [len(operator.buses)], axis=1)
    parts = [np.take_along_axis(prices.a, active, axis=1), np.take_along_axis(prices.b, reactive, axis=1)]
    return np.hstack(parts)


def _flow(operator: OperatorProblem, day: ArrangedSchedule, answer: OperatorAnswer) -> _Flow:
    """The operator's power flow, from its currents and injections."""
    trees, roots, which = day.trees, day.trees.roots, day.which
    up, place = trees.parent[which], trees.position[which]
    r, x, limit2 = trees.r[which], trees.x[which], trees.limit[which, :, 0]
    l, hours = answer.currents, np.arange(len(which))
    p, q, v = day.load_p.copy(), day.load_q.copy(), day.root_v.copy()
    active, reactive = np.split(place, [len(operator.buses)], axis=1)
    np.subtract.at(p, (hours[:, None], active), answer.injection_kw / operator.network.base_kw)
    if answer.reactive_kvar is not None:
        np.subtract.at(q, (hours[:, None], reactive), answer.reactive_kvar / operator.network.base_kw)
    for k in range(up.shape[1] - 1, roots - 1, -1):
        p[:, k] += r[:, k] * l[:, k]
        q[:, k] += x[:, k] * l[:, k]
        p[hours, up[:, k]] += p[:, k]
        q[hours, up[:, k]] += q[:, k]
    for k in range(roots, up.shape[1]):
        drop = 2.0 * (r[:, k] * p[:, k] + x[:, k] * q[:, k]) - (r[:, k] ** 2 + x[:, k] ** 2) * l[:, k]
        v[:, k] = v[hours, up[:, k]] - drop
    prices = np.take_along_axis(answer.limit_prices_eur, day.order[None], axis=2)
    return _Flow(roots, up, r, x, limit2, day.load_p, day.load_q, v, l, p, q, prices[1], prices[0], prices[2])


class _Worth(NamedTuple):
    """Prices in EUR: ``loss`` per unit of losses, ``over`` (T, n) of overloads, ``lift`` (T, n) per unit of squared
    voltage by which a bus rises."""

    loss: float
    over: Floats
    lift: Floats


def _multipliers(flow: _Flow, worth: _Worth, sweeps: int) -> BusPrices:
    """(T, n) what active and reactive power at a bus adds to losses and overloads, less what voltages rise by, at what
    these are worth; by sweeps over the adjoint of the power flow."""
    hours = np.arange(len(flow.up))
    a, b, c = np.zeros_like(flow.v), np.zeros_like(flow.v), np.zeros_like(flow.v)
    for _ in range(sweeps):
        y = worth.lift.copy()
        for k in flow.descending():
            up = flow.up[:, k]
            y[hours, up] += y[:, k] + c[:, k] * flow.l[:, k] / flow.v[hours, up]
        for k in flow.ascending():
            up, r, x = flow.up[:, k], flow.r[:, k], flow.x[:, k]
            p, q = flow.p[:, k] / flow.v[hours, up], flow.q[:, k] / flow.v[hours, up]
            own = worth.loss * r + worth.over[:, k] / flow.limit2[:, k]
            before = own + r * a[hours, up] + x * b[hours, up] + (r * r + x * x) * y[:, k]
            c[:, k] = before / (1.0 - 2.0 * (r * p + x * q))
            a[:, k] = a[hours, up] + 2.0 * (r * y[:, k] + c[:, k] * p)
            b[:, k] = b[hours, up] + 2.0 * (x * y[:, k] + c[:, k] * q)
    return BusPrices(a, b)


def _closed_form(operator: OperatorProblem, flow: _Flow, prices: BusPrices) -> tuple[Floats, Floats]:
    """(T,) the least of the Lagrangian but for the injections' share, and the lowest price of a squared current, which
    must not be negative."""
    (a, b), hours, loss = prices, np.arange(len(flow.up)), _loss_eur(operator)
    network, lowest = operator.network, np.zeros(len(hours))
    limits = flow.low * network.vm_min_pu**2 - flow.high * network.vm_max_pu**2
    total = (a * flow.load_p + b * flow.load_q - flow.over + limits).sum(axis=1)
    y = flow.low - flow.high
    for k in flow.descending():
        up, r, x = flow.up[:, k], flow.r[:, k], flow.x[:, k]
        line = LineTerms(r, x, loss * r + flow.over[:, k] / flow.limit2[:, k])
        c, above = least_on_line(line, BusPrices(a[hours, up], b[hours, up]), BusPrices(a[:, k], b[:, k]), y[:, k])
        lowest = np.minimum(lowest, c)
        y[hours, up] += above
    return total - (flow.v * y)[:, : flow.roots].sum(axis=1), lowest


def _held(
    operator: OperatorProblem, flow: _Flow, place: Ints, answer: OperatorAnswer, sweeps: int
) -> tuple[Floats, Floats]:
    """(T, nz) what the tangents of the priced upper limits at the injections of an answer add, to be summed over buses,
    and what they pay for a kW or kvar fed in."""
    rise = _multipliers(flow, _Worth(0.0, np.zeros_like(flow.over), -flow.high), sweeps)
    paid = _at_places(operator, rise, place) / operator.network.base_kw
    beyond = (flow.high * (flow.v - operator.network.vm_max_pu**2)).sum(axis=1, keepdims=True)
    given = answer.injection_kw
    given = given if answer.reactive_kvar is None else np.hstack([given, answer.reactive_kvar])
    return paid * given + beyond / max(paid.shape[1], 1), paid


def _loss_eur(operator: OperatorProblem) -> float:
    """EUR per unit of losses over a step."""
    return operator.terms.loss_eur_per_kw * operator.network.base_kw
