"""The optimum of a market without a grid: all prosumers and their trades in one convex programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cvxpy as cp

from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import links_between, market_model
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from p2pdnr.solvers import Status, solve_once

TOLERANCE = 1e-8


@dataclass(frozen=True)
class MarketOptimum:
    """``cost_eur`` is the least sum of all J (docs/model.md), ``scale_eur`` the sum of its parts without their signs,
    at least 1 EUR."""

    cost_eur: float
    scale_eur: float


def market_optimum(terms: Sequence[ProsumerTerms], trading: TradeTerms) -> MarketOptimum:
    """min sum of J_k subject to e_kl + e_lk = 0. Raises :class:`SolverError` without an answer."""
    model = market_model(terms, links_between(trading, len(terms)))
    status = solve_once(cp.Problem(cp.Minimize(model.cost_eur), model.constraints), TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the optimum of the market was not found: {status}")
    parts = (model.retail_eur, model.own_eur, model.unserved_eur, model.fees_eur)
    return MarketOptimum(float(model.cost_eur.value), max(1.0, sum(abs(float(part.value)) for part in parts)))
