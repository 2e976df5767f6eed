"""What a next solve starts from, as plain arrays, matched by name so that an edited scenario can still use it."""

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
    """Where the negotiation stood; the usual opening where the arrays do not fit the problem."""
    fresh = convex.opening(problem, rules)
    shapes = {"agreed_kw": fresh.trading.agreed_kw.shape, "wanted_kw": fresh.wanted_kw.shape}
    if any(name not in arrays or arrays[name].shape != shape for name, shape in shapes.items()):
        return fresh
    trading = replace(fresh.trading, agreed_kw=arrays["agreed_kw"], price_eur=arrays["price_eur"])
    return replace(
        fresh,
        trading=trading,
        wanted_kw=arrays["wanted_kw"],
        charge_eur=arrays["charge_eur"],
        trade_weight=arrays["trade_weight"],
        charge_weight=arrays["charge_weight"],
    )
