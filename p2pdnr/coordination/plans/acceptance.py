"""Whether a plan will do, why not where it will not, and what is done about it.

A plan is held against what was agreed on, and against the prices it was agreed at. The first thing that is wrong names
the failure; the failure names the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.market.best_bill import savings_eur
from p2pdnr.market.inverters import orders_eur, priced
from p2pdnr.market.private_columns import hourly
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.market.settlement import items_eur, negligible_eur

Floats = npt.NDArray[np.float64]


class Failure(Enum):
    """Why a plan is not accepted, in the order in which it is examined."""

    INJECTIONS_MOVED = "the dispatch injects what the operator does not count on"
    PAIR_LIMIT = "a trade is beyond its pair's limit"
    DEARER = "the plan costs more than agreed on"
    PRICES_MOVE = "prices still move"
    REGRETS = "prosumers could save by another answer to the prices and charges"


class Remedy(Enum):
    """What the next negotiation does differently. Its tolerance is smaller in any case, and limits that the plan broke
    without meaning to are held back (:mod:`.limit_margins`)."""

    COPIES_CLOSER = "copies agree more closely"
    PRICES_REST = "prices come to rest as well"


@dataclass(frozen=True, eq=False)
class PlanCheck:
    """A plan and what is wrong with it first, None where it is accepted."""

    plan: Dispatch
    failure: Failure | None

    @property
    def is_kept(self) -> bool:
        """Whether the plan injects what the operator counts on, and no trade had to exceed its pair's limit."""
        return self.failure not in (Failure.INJECTIONS_MOVED, Failure.PAIR_LIMIT)

    @property
    def remedy(self) -> Remedy | None:
        """What is done about the failure."""
        if self.failure is None:
            return None
        priced = self.failure in (Failure.PRICES_MOVE, Failure.REGRETS)
        return Remedy.PRICES_REST if priced else Remedy.COPIES_CLOSER


def checked(
    problem: CoordinationProblem, plan: Dispatch, tolerance_kw: float, settings: AcceptanceSettings
) -> PlanCheck:
    """A plan negotiated to a tolerance, examined."""
    return PlanCheck(plan, _not_as_agreed(problem, plan, tolerance_kw, settings) or unrest(problem, plan, settings))


def _not_as_agreed(
    problem: CoordinationProblem, plan: Dispatch, tolerance_kw: float, settings: AcceptanceSettings
) -> Failure | None:
    """How a plan differs from what was agreed on."""
    moved_kw = np.abs(plan.response.injection_kw - plan.agreement.wanted_kw).max()
    if not moved_kw <= settings.moved_times * tolerance_kw:
        return Failure.INJECTIONS_MOVED
    excess_kw = (np.abs(plan.traded_kw) - problem.trades.limit_kw[:, None]).max(initial=0.0)
    if not excess_kw <= settings.beyond_pair_limit_kw:
        return Failure.PAIR_LIMIT
    return None if surprise_eur(plan) <= settings.surprise_share * plan.scale_eur else Failure.DEARER


def surprise_eur(plan: Dispatch) -> float:
    """What a plan costs beyond what was agreed on."""
    return plan.total_eur - plan.schedule_eur - plan.agreement.objective_eur


def unrest(problem: CoordinationProblem, plan: Dispatch, settings: AcceptanceSettings) -> Failure | None:
    """What is wrong with the prices of a plan: they must rest, nobody could save more than counts by another answer to
    them and to the charges, and all together not so much that the plan would be far from its optimum. None where
    nobody asks."""
    if settings.regretted_share == np.inf:
        return None
    most_eur_per_kwh = max(settings.moving_eur_per_kwh, settings.moving_share * highest_eur_per_kwh(problem, plan))
    if plan.agreement.dual_eur_per_kwh > most_eur_per_kwh:
        return Failure.PRICES_MOVE
    price_eur_per_kw = plan.agreement.trading.price_eur_per_kw
    charge_eur_per_kw = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T[problem.prosumer_bus]
    items = np.array(items_eur(problem.block, plan.response, plan.traded_kw, price_eur_per_kw, charge_eur_per_kw))
    limit_eur = negligible_eur(problem.block, items)
    block, bill_eur = _under_orders(problem, plan, items.sum(axis=0))
    try:
        saved_eur = savings_eur(block, (price_eur_per_kw, charge_eur_per_kw), bill_eur, limit_eur)
    except SolverError:  # the certificate will say so
        return None
    together_eur = float(np.maximum(saved_eur, 0.0).sum())
    each = bool((saved_eur <= limit_eur).all())
    return None if each and together_eur <= settings.regretted_share * plan.scale_eur else Failure.REGRETS


def _under_orders(problem: CoordinationProblem, plan: Dispatch, bill_eur: Floats) -> tuple[ProsumerBlock, Floats]:
    """Prosumers and bills (K,) by which those are judged whose inverters have to give reactive power: none can be asked
    to have more active power than that leaves. A price on active power bounds what it could save with that in mind."""
    inverter_eur = plan.inverter_eur(problem)
    if inverter_eur is None or plan.reactive_kvar is None:
        return problem.block, bill_eur
    within = bill_eur + orders_eur(problem.inverters, plan.reactive_kvar, inverter_eur[0])
    return priced(problem.block, inverter_eur[0]), within


def highest_eur_per_kwh(problem: CoordinationProblem, plan: Dispatch) -> float:
    """The highest price or charge in use, at most what the scenario itself could bring about: its tariffs, or every bus
    at the price of violations. Charges of a grid near its end are multiples of that and say nothing about what counts.
    """
    charge_eur_per_kwh = plan.charge_eur_per_kwh.sum(axis=0).T[problem.prosumer_bus]
    in_use = (plan.agreement.trading.price_eur_per_kw / problem.step_h, charge_eur_per_kwh)
    tariffs = [np.abs(hourly(problem.block.terms, name)).max() for name in ("buy_eur_per_kwh", "sell_eur_per_kwh")]
    dearest = problem.network.n_buses * problem.terms.violation_price_eur_per_kwh
    most = max(dearest, float(max(tariffs)))
    return min(most, max(float(np.abs(values).max(initial=0.0)) for values in in_use))


def best_of(checks: Sequence[PlanCheck], settings: AcceptanceSettings) -> Dispatch:
    """Of some plans of which none is accepted: the last of the cheapest, among those that are kept where there are
    some."""
    plans = [check.plan for check in checks if check.is_kept] or [check.plan for check in checks]
    least_eur = min(plan.total_eur for plan in plans)
    return [plan for plan in plans if plan.total_eur <= least_eur + settings.surprise_share * plan.scale_eur][-1]
