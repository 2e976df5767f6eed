"""Trades that everybody can deliver, nearest to those agreed on: for where the projection finds none.

:mod:`p2pdnr.market.projection` corrects every hour by itself and knows what each prosumer could do in that hour. What
a battery or shifted load could do in another hour it does not know; and where nothing else gives way, there are no such
trades near. This programme has all hours of all prosumers, is slower by orders of magnitude, and always has an
answer: no trade.
"""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import links_between, market_model
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from p2pdnr.solvers import Status, solve_once

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-9

HELD_BACK = 1e-6
"""Of every trade: by as much it stays below what the programme found, which its tolerance might have exceeded."""


def nearest(terms: tuple[ProsumerTerms, ...], trades: TradeTerms, traded_kw: Floats, injection_kw: Floats) -> Floats:
    """(E, T) the trades nearest to ``traded_kw`` (E, T) and ``injection_kw`` (K, T) that both sides can deliver.

    Distances are sums of squares over all pairs, prosumers and hours. Raises :class:`SolverError` without an answer.
    """
    market = market_model(terms, links_between(trades, len(terms)))
    scale_kw = max(1e-6, float(np.abs(traded_kw).max(initial=0.0)))
    away = cp.sum_squares((market.trades_kw - traded_kw.T) / scale_kw)
    moved = cp.sum_squares((market.injection_kw - injection_kw.T) / scale_kw)
    status = solve_once(cp.Problem(cp.Minimize(away + moved), market.constraints), TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"no trades were found that everybody can deliver: {status}")
    return (1.0 - HELD_BACK) * np.asarray(market.trades_kw.value.T)
