"""What everybody would pay if there were no operator: the market's own equilibrium, a reference for every bill.

Trading clears as if the grid were free and without limits (:func:`p2pdnr.coordination.uncoordinated.clear_market`), and
nobody pays a network charge. Against it a bill shows what the grid and its operator cost a prosumer, or bring it.
Prices of an equilibrium need not be unique: these are those that the negotiation finds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.uncoordinated import cleared_plan
from p2pdnr.errors import SolverError, TimeLimitError
from p2pdnr.market.settlement import items_eur

Floats = npt.NDArray[np.float64]

LARGEST = 50_000
"""Prosumers and pairs times hours up to which it is computed: beyond, it takes as long as a plan does."""


@dataclass(frozen=True, eq=False)
class FreeMarket:
    """The equilibrium without an operator: ``bill_eur`` (K,) over the horizon, and ``price_eur_per_kw`` (E, T) of a kW
    traded over a step."""

    bill_eur: Floats
    price_eur_per_kw: Floats


def is_too_large(problem: CoordinationProblem) -> bool:
    """Whether the market has so many prosumers, pairs and hours that this reference is left out."""
    return (len(problem.block.terms) + problem.trades.n_pairs) * problem.hours > LARGEST


def free_market(context: Context, time_limit_s: float | None = None) -> FreeMarket | None:
    """The reference of ``context``'s market; None where there is no trading, it is too large, or the negotiation does
    not converge within ``time_limit_s``."""
    problem = context.problem
    if not problem.trades.n_pairs or is_too_large(problem):
        return None
    journal = Journal(stop=context.journal.stop, time_limit_s=time_limit_s)  # the plan's own tells of the plan alone
    try:
        plan = cleared_plan(replace(context, journal=journal))
    except (SolverError, TimeLimitError):
        return None
    price_eur_per_kw = plan.agreement.trading.price_eur_per_kw
    nothing = np.zeros_like(plan.response.injection_kw)
    items = items_eur(problem.block, plan.response, plan.traded_kw, price_eur_per_kw, nothing)
    return FreeMarket(np.sum(items, axis=0), price_eur_per_kw) if plan.agreement.converged else None
