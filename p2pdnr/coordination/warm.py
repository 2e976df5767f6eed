"""What a next solve starts from, as plain arrays; an edited scenario uses them where it has as many pairs, prosumers
and hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination import convex
from p2pdnr.coordination.convex import Agreement, Rules
from p2pdnr.coordination.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem

Floats = npt.NDArray[np.float64]


def pack(plan: Dispatch) -> dict[str, Floats]:
    """Duals, trades and schedule of a plan."""
    state = plan.agreement
    return {
        "agreed_kw": state.trading.agreed_kw,
        "price_eur": state.trading.price_eur,
        "wanted_kw": state.wanted_kw,
        "charge_eur": state.charge_eur,
        "trade_weight": state.trade_weight,
        "charge_weight": state.charge_weight,
        "closed": plan.closed.astype(np.float64),
    }


def unpack(problem: Problem, arrays: dict[str, Floats], rules: Rules) -> Agreement:
    """Where the negotiation stood; the usual opening where an array is missing, does not fit the problem or holds
    what is no number."""
    fresh = convex.opening(problem, rules)
    if not all(_fits(arrays.get(name), shape) for name, shape in _shapes(problem).items()):
        return fresh
    per_trade, per_power = convex.weights(problem)
    trading = replace(fresh.trading, agreed_kw=arrays["agreed_kw"], price_eur=arrays["price_eur"])
    return replace(
        fresh,
        trading=trading,
        wanted_kw=arrays["wanted_kw"],
        charge_eur=arrays["charge_eur"],
        trade_weight=convex.bounded(arrays["trade_weight"], per_trade),
        charge_weight=convex.bounded(arrays["charge_weight"], per_power),
    )


def _shapes(problem: Problem) -> dict[str, tuple[int, ...]]:
    pairs, prosumers = (problem.trades.n_pairs, problem.hours), (len(problem.block.terms), problem.hours)
    return {
        "agreed_kw": pairs,
        "price_eur": pairs,
        "wanted_kw": prosumers,
        "charge_eur": prosumers,
        "trade_weight": (problem.hours,),
        "charge_weight": (problem.hours,),
    }


def _fits(values: Floats | None, shape: tuple[int, ...]) -> bool:
    return values is not None and values.shape == shape and bool(np.isfinite(values).all())
