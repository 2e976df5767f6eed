"""What a market costs that cleared alone, and what it would cost at least: the judge of "the market first"."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.prosumer import links_between, market_model
from p2pdnr.solvers import Status, solve_once

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
ROUNDING_KW = 1e-3
"""By so much injections and trades may differ from those stated, as in the certificate ``balance_kw``."""


def regret_eur(
    problem: CoordinationProblem, injection_kw: Floats, traded_kw: Floats, price_eur_per_kw: Floats
) -> float:
    """What all prosumers together could save at the prices of pairs (E, T) in EUR per kW and step, without any charge,
    when they inject (K, T) and trade (E, T): their least cost with these, less a lower bound on all their bills.

    Payments between partners cancel. Raises :class:`SolverError` where nobody can inject and trade so.
    """
    terms = problem.block.terms
    market = market_model(terms, links_between(problem.trades, len(terms)))
    same = [cp.abs(market.injection_kw - injection_kw.T) <= ROUNDING_KW]
    if len(traded_kw):
        same.append(cp.abs(market.trades_kw - traded_kw.T) <= ROUNDING_KW)
    status = solve_once(cp.Problem(cp.Minimize(market.cost_eur), [*market.constraints, *same]), TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"nobody can inject and trade as the market is said to have agreed: {status}")
    least = least_bills_eur(problem.block, price_eur_per_kw, np.zeros_like(injection_kw))
    return float(market.cost_eur.value) - float(least.sum())
