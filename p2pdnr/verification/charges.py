"""The network charges of a result against what a kWh more withdrawn costs the operator at the plan's power flow.

The loss part is the loss price times the slope of the losses. The other two are sums over limits of a price times the
slope of what is limited (:mod:`.slopes`): a limit that is broken has its full price, one that holds has none, and one
in reach any price between. Which of these it has follows from the market, not from the power flow; the certificate
takes those that explain the stated part best, so that it fails where none do.

Charges are multipliers at the operator's copies of the injections, which differ from the plan's within the tolerance
of the negotiation. Slopes of the losses of a few households differ by percents then, so that they are taken there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from p2pdnr.errors import PowerFlowError, SolverError, TopologyError
from p2pdnr.market.private_columns import hourly
from p2pdnr.network import topology
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.joints import pairs, with_joints
from p2pdnr.reconfiguration.operator.problem import CHARGE_PARTS
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import matrix
from p2pdnr.verification.finding import Finding, not_shown, worst
from p2pdnr.verification.plan import Plan
from p2pdnr.verification.slopes import Linearised, linearise

NEAR_PU = 1e-4
"""A voltage this near its limit may bind: the operator's limits are held back a little from the true ones
(:mod:`p2pdnr.coordination.plans.limit_margins`), by 4e-5 p.u. at most, at most twice."""

NEAR_SHARE, NEAR_TOLERANCES = 1e-4, 50.0
"""The same of a current: this share of its limit, or so many times the tolerance in kW; limits are held back by 20
times, at most twice."""

LEAST_SHARE = 1e-3
"""Of the highest price of the scenario: lower charges are judged as if they were so high."""

UNKNOWNS_AT_ONCE = 400_000
"""So many unknowns of hours on one tree are solved at once: some 300 MB."""

Seeds = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of one kind, (f, H) by fed bus and hour of a :class:`Linearised`.

    ``beyond`` how far a limit is broken, negative where it holds, in p.u. or as a share of it; ``near`` within which it
    may bind; ``full`` the price of breaking it, in EUR/kWh per slope (p.u. by p.u.) of the squared voltage or current.
    ``seeds`` makes of such prices what :meth:`Linearised.by_withdrawal` wants.
    """

    beyond: Floats
    near: Floats
    full: Floats
    seeds: Seeds

    @property
    def broken(self) -> Bools:
        """(f, H) limits that are broken for certain."""
        return np.asarray(self.beyond > self.near)

    @property
    def in_reach(self) -> Bools:
        """(f, H) limits that may bind."""
        return np.asarray(np.abs(self.beyond) <= self.near)

    def paid(self, chosen: Bools) -> Floats:
        """Seeds of the ``chosen`` (f, H) limits at their full prices."""
        return self.seeds(np.where(chosen, self.full, 0.0))


def counted_on(plan: Plan, wanted_kw: Floats, apart_kw: float) -> Plan:
    """The plan at the operator's copies ``wanted_kw`` (K, T) of the injections, no further than ``apart_kw`` from what
    is dispatched; the same plan where there are no such copies."""
    injection_kw = plan.day["injection_kw"]
    if wanted_kw.shape != injection_kw.T.shape:
        return plan
    withdrawal_kw = plan.withdrawal_kw.copy()
    np.subtract.at(withdrawal_kw.T, plan.prosumer_bus, np.clip(wanted_kw - injection_kw.T, -apart_kw, apart_kw))
    return replace(plan, withdrawal_kw=withdrawal_kw)


def charges(plan: Plan, tables: Tables, tolerance_kw: float, coordinated: bool) -> Finding:
    """Largest difference, at any bus in any hour, between a part of a charge and that part when recomputed, as a share
    of the highest such part; the same of a charge and the sum of its parts. Without coordination there is no charge.

    ``tolerance_kw`` is what the negotiation was asked for.
    """
    total = plan.charge_eur_per_kwh
    stated = np.array([matrix(tables.buses, f"charge_{part}", plan.scenario) for part in CHARGE_PARTS])
    if not all(np.isfinite(values).all() for values in (stated, total, plan.withdrawal_kw, plan.withdrawal_kvar)):
        return Finding(None, "a charge or an injection is no number")
    try:
        true = recomputed(plan, stated, tolerance_kw) if coordinated else np.zeros_like(stated)
    except (TopologyError, PowerFlowError, SolverError) as error:
        return not_shown(str(error))
    off = {f"{part} part": _shares(plan, stated[k], true[k]) for k, part in enumerate(CHARGE_PARTS)}
    off["charge and the sum of its parts"] = _shares(plan, total, stated.sum(axis=0), true.sum(axis=0))
    return worst(off, tuple(map(plan.network.bus_label, range(plan.network.n_buses))))


def _shares(plan: Plan, stated: Floats, other: Floats, true: Floats | None = None) -> Floats:
    """(T, n) differences as a share of the highest of ``true``, which is ``other`` unless said."""
    highest = float(np.abs(other if true is None else true).max(initial=0.0))
    return (stated - other) / max(highest, LEAST_SHARE * _highest_eur_per_kwh(plan))


def _highest_eur_per_kwh(plan: Plan) -> float:
    """The highest price that the scenario states for energy: of losses, or a retailer's."""
    tariffs = (np.abs(hourly(plan.terms, name)).max() for name in ("buy_eur_per_kwh", "sell_eur_per_kwh"))
    return float(max(plan.scenario.dso.loss_price_eur_per_kwh, *tariffs, np.finfo(float).tiny))


def recomputed(plan: Plan, stated: Floats, tolerance_kw: float) -> Floats:
    """(3, T, n) parts of every charge in EUR/kWh; prices of limits in reach are those that leave the least difference
    to ``stated`` (3, T, n). Raises :class:`TopologyError`, :class:`PowerFlowError` or :class:`SolverError`."""
    true = np.zeros_like(stated)
    for hours, at in _linearised(plan):
        true[0, hours] = plan.scenario.dso.loss_price_eur_per_kwh * at.by_withdrawal(at.loss_seeds()).T
        for part, limits in ((1, _currents(plan, at, tolerance_kw)), (2, _voltages(plan, at))):
            true[part, hours] = _of_limits(at, limits, stated[part, hours])
    return true


def _linearised(plan: Plan) -> Iterator[tuple[Ints, Linearised]]:
    """Hours (H,) of the same topology, and their power flow linearised."""
    at_once = max(1, UNKNOWNS_AT_ONCE // (4 * plan.network.n_buses))
    for alike in plan.alike():
        network = cut(plan.hourly.at(int(alike[0])))
        tree = topology.orient(network, plan.closed[alike[0]])
        for first in range(0, len(alike), at_once):
            hours = alike[first : first + at_once]
            drawn = (with_joints(network, of[hours]) for of in (plan.withdrawal_kw, plan.withdrawal_kvar))
            yield hours, linearise(network, tree, hours, *drawn)


def _voltages(plan: Plan, at: Linearised) -> Limits:
    """That limit of every voltage which is nearer; docs/model.md prices 1000 kW a bus."""
    network, vm_pu = plan.network, np.sqrt(at.v)
    below, above = network.vm_min_pu - vm_pu, vm_pu - network.vm_max_pu
    full = 1000.0 * plan.scenario.dso.violation_price_eur_per_kwh / 2.0 / network.base_kw
    sign = np.where(above >= below, 1.0, -1.0)
    twice = np.isin(at.bus, pairs(at.network)[:, 0])[:, None]  # the same point as another bus
    return Limits(
        np.where(twice, -np.inf, np.maximum(below, above)), np.full_like(vm_pu, NEAR_PU), full * sign, at.voltage_seeds
    )


def _currents(plan: Plan, at: Linearised, tolerance_kw: float) -> Limits:
    """The limit of every line, whose rating sqrt(3) Vn Imax is priced; a line without limit is never in reach."""
    network = plan.network
    limit_pu = np.broadcast_to(network.limit_pu[at.line][:, None], at.l.shape)
    rating_kva = network.base_kw * limit_pu
    near = np.maximum(NEAR_SHARE, NEAR_TOLERANCES * tolerance_kw / rating_kva)
    beyond = np.sqrt(np.maximum(at.current2, 0.0)) / limit_pu - 1.0
    full = plan.scenario.dso.violation_price_eur_per_kwh / 2.0 / limit_pu  # rating / limit^2, in kVA of the base
    return Limits(beyond, near, full, at.current_seeds)


def _of_limits(at: Linearised, limits: Limits, stated: Floats) -> Floats:
    """(H, n) the part of the charges that limits of one kind make, next to ``stated`` (H, n)."""
    made = at.by_withdrawal(limits.paid(limits.broken)).T
    left = stated - made
    slopes: list[list[Floats]] = [[] for _ in left]
    for chosen in _one_an_hour(limits.in_reach):
        of_these = at.by_withdrawal(limits.paid(chosen))
        for hour in np.flatnonzero(chosen.any(axis=0)).tolist():
            slopes[hour].append(of_these[:, hour])
    for hour, found in enumerate(slopes):
        if found:
            made[hour] += _nearest(np.array(found).T, left[hour])
    return made


def _one_an_hour(chosen: Bools) -> Iterator[Bools]:
    """The first of every hour (column) of ``chosen``, then the second, and so on."""
    place = np.where(chosen, chosen.cumsum(axis=0), 0)
    for nth in range(1, int(place.max(initial=0)) + 1):
        yield place == nth


def _nearest(slopes: Floats, wanted: Floats) -> Floats:
    """The sum of columns of ``slopes`` (n, k), each times a share from 0 to 1, whose largest difference from ``wanted``
    (n,) is least: a linear programme in the shares and that difference."""
    size, most = np.abs(slopes).max(axis=0), float(np.abs(wanted).max())
    slopes, size = slopes[:, size > 0.0], size[size > 0.0]
    if most == 0.0 or not size.size:
        return np.zeros_like(wanted)
    columns, aim = slopes / size, wanted / most
    slack = -np.ones((len(aim), 1))
    rows = np.block([[columns, slack], [-columns, slack]])
    cost = np.append(np.zeros(len(size)), 1.0)
    bounds = [*((0.0, share) for share in size / most), (0.0, None)]
    found = linprog(cost, rows, np.concatenate([aim, -aim]), bounds=bounds, method="highs")
    if found.x is None:
        raise SolverError(f"prices of limits were not found ({found.message})")
    return np.asarray(columns @ found.x[:-1] * most)
