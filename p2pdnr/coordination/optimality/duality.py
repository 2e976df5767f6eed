"""What a plan could still gain, bounded from below without solving both levels together.

At any prices of the pairs and any charges at the buses the Lagrangian of the whole problem falls apart into every
prosumer's best answer and the operator's: the least it could pay if it chose all injections itself and paid the charges
for them. The sum is a lower bound on the optimum of the schedule (weak duality), as good as the prices are. It grows
with the number of prosumers as one iteration of the negotiation does, where a centralised programme does not.

Prosumers are bounded by arithmetic (:mod:`p2pdnr.market.best_bill`). So is the operator where the cone of an hour is
tight (:mod:`p2pdnr.reconfiguration.lagrangian.plan`); where it is not, its answers are searched on the exact power flow
(:mod:`p2pdnr.reconfiguration.operator.best_answer`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.best_bill import BestBills, best_bills, reach_kw
from p2pdnr.market.inverters import priced
from p2pdnr.market.private_columns import each, hourly
from p2pdnr.reconfiguration.lagrangian.plan import Circles, Reach, operator_bound
from p2pdnr.reconfiguration.lagrangian.settings import BoundSettings
from p2pdnr.reconfiguration.operator.best_answer import Answered, Asked, best_answers

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ROUNDING = 1e-2
"""Of what is close enough: what rounding may add to how much cheaper a plan can be."""


@dataclass(frozen=True, eq=False)
class DualBound:
    """``bills`` of prosumers at the prices and charges; ``operator_eur`` (T,) nothing the operator pays is below, minus
    infinity in hours of which nothing is known; ``cone_gap`` (p.u.^2) of the power flow there."""

    bills: BestBills
    operator_eur: Floats
    cone_gap: float

    @property
    def prosumers_eur(self) -> Floats:
        """(K,) no bill is below."""
        return self.bills.least_eur

    @property
    def total_eur(self) -> float:
        """No plan on the same schedule costs less, switching left out."""
        return float(self.prosumers_eur.sum()) + float(self.operator_eur.sum())


@dataclass(frozen=True, eq=False)
class Stand:
    """A plan at its prices: ``price_eur_per_kw`` (E, T) traded over a step, ``charge_eur_per_kw`` (n, T) withdrawn over
    a step at every bus, ``injection_kw`` (K, T); ``reached_eur`` what both levels pay, switching left out. Where the
    operator chooses reactive power, ``reactive_kvar`` (K, T) is that, and ``inverter_eur`` two of (K, T) the prices of
    active and of reactive power in the inverter's circle, per kW and kvar over a step."""

    price_eur_per_kw: Floats
    charge_eur_per_kw: Floats
    injection_kw: Floats
    reached_eur: float
    reactive_kvar: Floats | None = None
    inverter_eur: tuple[Floats, Floats] | None = None


def near(
    problem: CoordinationProblem,
    closed: Bools,
    stand: Stand,
    by_tangent: bool = False,
    bills: BestBills | None = None,
) -> DualBound:
    """Lower bound on both levels with the schedule ``closed`` (T, m), by arithmetic alone.

    It is a lower bound whatever the injections are, and close where they are optimal at these prices and the cones of
    an hour are tight; ``by_tangent`` on plans within the upper voltage limit's tangent at the injections, where the
    limit itself leaves more to the cone than to any power flow. Nothing is known of an hour where the multipliers prove
    nothing, nor of any where the network has ratios, admittances to earth or loops. ``bills`` are the prosumers' at
    these prices, where they are at hand. Raises :class:`SolverError` when a prosumer has no answer.
    """
    if bills is None:
        block = problem.block if stand.inverter_eur is None else priced(problem.block, stand.inverter_eur[0])
        bills = best_bills(block, stand.price_eur_per_kw, stand.charge_eur_per_kw[problem.prosumer_bus])
    if not problem.operator.hourly.is_plain or problem.network.joints is not None:
        return DualBound(bills, np.full(problem.hours, -np.inf), 0.0)
    least, most = capability_kw(problem)
    at_buses = stand.charge_eur_per_kw[problem.operator.buses].T
    near_kw = problem.at_buses(stand.injection_kw)
    reach = Reach(near_kw, least.T, most.T, _circles(problem, stand))
    return DualBound(
        bills, *operator_bound(problem.operator, closed, at_buses, reach, BoundSettings(by_tangent=by_tangent))
    )


def _circles(problem: CoordinationProblem, stand: Stand) -> Circles | None:
    """The inverters' circles where the operator chooses reactive power."""
    inverters, kvar, eur = problem.inverters, stand.reactive_kvar, stand.inverter_eur
    if not inverters.dispatched or kvar is None or eur is None:
        return None
    active_eur, reactive_eur = eur
    near = inverters.at_buses(kvar), inverters.at_buses(reactive_eur) / inverters.per_bus
    return Circles(inverters.kva[inverters.who], inverters.place, active_eur[inverters.who].T, *near)


def exact(problem: CoordinationProblem, closed: Bools, stand: Stand, found: DualBound, enough_eur: float) -> Answered:
    """The operator's answers to the charges of every hour on the exact power flow: its own in the plan, better ones
    where they are found, and what none is below, beginning with what ``found`` knows.

    A first look tells how much cheaper another plan can be at most, and with it how far prosumers can be from their
    best answers in such a plan; the search stays within that. So the bound is one on all plans that are cheaper. Hours
    whose bound is close by less than their share of ``enough_eur`` are left as they are. Raises :class:`SolverError`
    when a relaxation has no answer.
    """
    least, most = (side.T for side in capability_kw(problem))
    charge_eur_per_kw, near_kw = stand.charge_eur_per_kw[problem.operator.buses].T, problem.at_buses(stand.injection_kw)
    asked = Asked(np.arange(problem.hours), closed, charge_eur_per_kw, least, most, near_kw)
    first = best_answers(problem.operator, asked, found.operator_eur, enough_eur, rounds=0)
    slack_eur = stand.reached_eur - float(found.prosumers_eur.sum() + first.least_eur.sum())
    if not np.isfinite(slack_eur) or (first.known_eur - first.least_eur).sum() <= enough_eur:
        return first
    within = reach_kw(problem.block, found.bills, max(slack_eur, 0.0) + ROUNDING * enough_eur)
    least, most = (problem.at_buses(side) for side in within)
    narrower = replace(asked, least_kw=least, most_kw=most)
    searched = best_answers(problem.operator, narrower, first.least_eur, enough_eur)
    return replace(searched, cone_gap=first.cone_gap)


def capability_kw(problem: CoordinationProblem) -> tuple[Floats, Floats]:
    """(nb, T) least and most that the devices of each bus could inject in all."""
    terms = problem.block.terms
    load_kw, pv_kw = hourly(terms, "load_kw"), hourly(terms, "pv_kw")
    names = ("flexible_share", "battery_kw", "generator_kw", "elastic_kw")
    share, battery_kw, generator_kw, elastic_kw = (each(terms, name)[:, None] for name in names)
    shifted_kw = share * load_kw
    most = pv_kw + battery_kw + generator_kw + shifted_kw
    least = -load_kw - shifted_kw - battery_kw - elastic_kw
    return problem.at_buses(least).T, problem.at_buses(most).T
