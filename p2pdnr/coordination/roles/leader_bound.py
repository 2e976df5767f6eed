"""What a leader pays at least at any charges: the least cost of an operator who decides all that charges could do.

Over all schedules of a mode it is proved by prices and arithmetic (:mod:`p2pdnr.coordination.bound`). Where sun that
nobody curtails breaks upper voltage limits, that bound is far off, as its cone may lose power that no grid loses. In
the mode "fixed" there is one schedule, and its bound is taken on the exact power flow: at a price for every bus and
hour the least of all prosumers together, and the operator's best answer
(:mod:`p2pdnr.coordination.optimality.duality`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound import ascent, certificate
from p2pdnr.coordination.bound.certificate import LowerBound, Quest
from p2pdnr.coordination.optimality.duality import Stand, exact, near
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.errors import P2pdnrError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

EXACT = "bound_exact_eur"
"""Array (n, T) of prices that prove a bound on the exact power flow, in EUR per kW withdrawn over a step."""

CLOSE = 1e-3
"""Of the operator's cost: a gap that needs no better bound, and how near the operator's answers are bounded."""

NOTHING = "No lower bound: what was found on the operator's cost is below zero, which no cost is."
PARTS = ("losses", "violations", "switching")
"""Of the costs, those that are the operator's own."""


@dataclass(frozen=True, eq=False)
class Known:
    """A plan of the mode "fixed": its lines (T, m), injections (K, T), and what it costs the operator."""

    closed: Bools
    injection_kw: Floats
    cost_eur: float


def least_cost(
    free: CoordinationProblem, trees: TreeSet | None, mode: str, plan: Dispatch, journal: Journal
) -> LowerBound:
    """A bound on the operator's cost over all schedules of the mode and all that prosumers may do in ``free``;
    ``trees`` are all radial topologies, None where they are too many, and ``plan`` the best that is known."""
    paid = replace(plan, costs_eur={name: plan.costs_eur[name] for name in PARTS})
    quest = Quest(journal) if mode == "fixed" else Quest(journal, ascent.search)
    bound = _above_zero(certificate.sought(free, trees, mode, paid, quest))
    if mode != "fixed" or bound.bound_eur is None or paid.total_eur - bound.bound_eur <= CLOSE * paid.scale_eur:
        return bound
    known = Known(plan.closed, plan.response.injection_kw, paid.total_eur)
    try:
        slope = LocalGrid(free, plan.closed).slope_eur_per_kw(free.at_buses(known.injection_kw))
        price = np.zeros((free.network.n_buses, free.hours))
        price[free.operator.buses] = -slope.T
        higher_eur = exact_eur(free, known, price)
    except P2pdnrError:
        return bound
    if higher_eur <= bound.bound_eur:
        return bound
    return replace(bound, bound_eur=higher_eur, arrays=bound.arrays | {EXACT: price})


def _above_zero(bound: LowerBound) -> LowerBound:
    """The bound where it says anything: no operator's cost is below zero."""
    if bound.bound_eur is None or bound.bound_eur >= 0.0:
        return bound
    return replace(bound, bound_eur=None, text=NOTHING, arrays={})


def repeated_eur(
    free: CoordinationProblem, trees: TreeSet | None, mode: str, known: Known, arrays: dict[str, Floats]
) -> float:
    """The bound that stored prices prove, computed again.

    Raises ``ValueError`` where arrays are incomplete or do not fit, :class:`P2pdnrError` where a relaxation has no
    answer.
    """
    proved_eur = certificate.repeated_eur(free, trees, mode, arrays)
    if mode != "fixed" or EXACT not in arrays:
        return proved_eur
    price = arrays[EXACT]
    if price.shape != (free.network.n_buses, free.hours) or not np.isfinite(price).all():
        raise ValueError(f"{EXACT} does not fit")
    return max(proved_eur, exact_eur(free, known, price))


def exact_eur(free: CoordinationProblem, known: Known, price_eur_per_kw: Floats) -> float:
    """A bound by prices (n, T) on the schedule of a plan; none is above what that plan costs. Minus infinity where
    nothing is known. Raises :class:`P2pdnrError` where a relaxation has no answer."""
    trades = np.zeros((free.trades.n_pairs, free.hours))
    stand = Stand(trades, price_eur_per_kw, known.injection_kw, known.cost_eur)
    found = near(free, known.closed, stand)
    answered = exact(free, known.closed, stand, found, CLOSE * max(1.0, known.cost_eur))
    return min(known.cost_eur, float(found.prosumers_eur.sum() + answered.least_eur.sum()))
