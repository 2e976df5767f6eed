"""How hard copies are drawn together: the weights of the negotiation, hour by hour.

Prices move by weight x disagreement, copies by what prices are wrong by / weight. So a weight that is too large lets
prices crawl, one that is too small lets copies swing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.state import Agreement, Rules
from p2pdnr.coordination.problem import Problem

Floats = npt.NDArray[np.float64]

BALANCE_EVERY = 5
LATE_TURNS = (*range(300, 325), *range(600, 625), *range(900, 925))
"""When weights are looked at once more. It comes to an end, as convergence needs weights that stay as they are."""

BALANCED, ORDERS = 0.25, 2.5e-3
"""Ratios of the primal to the dual residual, both relative, below which a weight is too large, and far too large."""

LEAST_WEIGHT, MOST_WEIGHT = 3e-4, 3e5
"""As the weights of :class:`Rules`."""

LEAST_SIZE_KW = 1e-3

AT_REST = 3.0
"""Times the tolerance of the objective: how little it moves over the last turns when only copies are left to agree."""

FIRM, FIRMEST = 1.2, 4.0
"""Least and largest factor of a weight whose copies lag behind then."""

FIRM_PRICES = 5e-3
"""Of the retailer's mean price: how far prices may move in a turn with such a weight."""

FIRM_TURNS = range(20, 600)
"""When that may be: it comes to an end, after which weights stay as they are."""

SETTLED_TURNS = 8

SWINGING, STIFFER, STIFF_TURNS = 1e-3, 4.0, range(149, 900, 150)
"""By how much the objective still moves over the last turns where copies swing late, the factor of the weights of such
hours then, and when. Where a limit makes the operator's hour bend the wrong way (docs/convergence.md, section 3) copies
settle under weights above that bend."""


def per_kw(problem: Problem) -> tuple[float, float]:
    """What a weight of 1 EUR/kW is in EUR/kW2, for trades and for injections: one by their usual size.

    Prices do not depend on how many share a feeder, powers do: with fixed weights a thousand small prosumers would need
    as many turns more to move their prices.
    """
    limits = problem.trades.limit_kw
    trade_kw = float(limits.mean()) if len(limits) else 1.0
    power_kw = float(np.mean([terms.largest_power_kw for terms in problem.block.terms]))
    return 1.0 / max(trade_kw, LEAST_SIZE_KW), 1.0 / max(power_kw, LEAST_SIZE_KW)


def bounded(weight: Floats, per_kw: float) -> Floats:
    """Weights within what the balancing may do."""
    return np.clip(weight, LEAST_WEIGHT * per_kw, MOST_WEIGHT * per_kw)


def adjusted(
    problem: Problem, turn: tuple[Agreement, Agreement], objectives: Sequence[float], rules: Rules
) -> Agreement:
    """The state after a ``turn`` (before, after) with the weights of the next one; ``objectives`` are those of all
    turns. Weights change in every fifth turn at most."""
    (previous, state), iteration = turn, len(objectives) - 1
    if iteration % BALANCE_EVERY != BALANCE_EVERY - 1:
        return state
    if rules.balance_until > 0 and iteration in STIFF_TURNS and change(objectives) > SWINGING:
        return stiffer(problem, state, rules)
    only_copies = rules.balance_until > 0 and change(objectives) <= AT_REST * rules.objective_change
    if only_copies and iteration in FIRM_TURNS and state.primal_kw > rules.primal_kw:
        return firmer(problem, state, previous, rules)
    most_eur = retail_eur(problem) if rules.is_restless else np.inf
    return balance(problem, state, previous, unbalanced(iteration, state, rules), most_eur)


def unbalanced(iteration: int, state: Agreement, rules: Rules) -> tuple[float, float]:
    """Ratios of the primal to the dual residual below and above which a weight is changed: in the first turns, and for
    those that settle late now and then, where it is wrong by orders. Where copies agree it may only fall."""
    early = iteration < rules.balance_until
    late = rules.balance_until > 0 and iteration in LATE_TURNS
    if not early and not late:
        return 0.0, np.inf
    if state.primal_kw <= rules.primal_kw:
        return BALANCED if early and rules.is_restless else ORDERS, np.inf
    return (BALANCED, 1.0 / BALANCED) if early else (ORDERS, 1.0 / ORDERS)


def retail_eur(problem: Problem) -> float:
    """What the retailer asks on average, whatever its sign, in EUR per kW over a step."""
    return problem.step_h * float(np.mean([np.abs(terms.buy_eur_per_kwh) for terms in problem.block.terms]))


def balance(
    problem: Problem, state: Agreement, previous: Agreement, ends: tuple[float, float], most_eur: float = np.inf
) -> Agreement:
    """Residual balancing, hour by hour: raise a weight whose primal residual lags behind, lower one whose dual does.

    Residuals are relative, to the powers and to the prices they belong to (Wohlberg 2017), the latter never above
    ``most_eur``: where one bus is charged for broken limits, what is little beside that keeps all others from moving.
    ``ends``: ratios below and above which a weight is changed.
    """
    assert state.response is not None
    trading, before = state.trading, previous.trading
    apart_kw = trading.first_kw + trading.second_kw, trading.first_kw
    moved = trading.agreed_kw - before.agreed_kw, np.clip(trading.price_eur, -most_eur, most_eur)
    trade_weight = _balanced(state.trade_weight, apart_kw, moved, ends)
    injection_kw = state.response.injection_kw
    apart_kw = injection_kw - state.wanted_kw, injection_kw
    moved = state.wanted_kw - previous.wanted_kw, np.clip(state.charge_eur, -most_eur, most_eur)
    charge_weight = _balanced(state.charge_weight, apart_kw, moved, ends)
    return _weighted(problem, state, trade_weight, charge_weight)


def _balanced(
    weight: Floats, apart_kw: tuple[Floats, Floats], moved: tuple[Floats, Floats], ends: tuple[float, float]
) -> Floats:
    """Weights (T,) after one balancing: how far copies are apart beside the powers, and how far they moved beside the
    prices, all of them (.., T)."""
    if not len(apart_kw[0]):
        return weight
    primal = _size(apart_kw[0]) / np.maximum(_size(apart_kw[1]), 1.0)
    dual = weight * _size(moved[0]) / np.maximum(_size(moved[1]), 1e-2)
    ratio = (primal + 1e-9) / (dual + 1e-9)
    factor = np.where((ratio > ends[1]) | (ratio < ends[0]), np.clip(np.sqrt(ratio), 0.4, 2.5), 1.0)
    return np.asarray(weight * factor)


def _size(values: Floats) -> Floats:
    """(T,) norms of the hours of (.., T)."""
    return np.asarray(np.linalg.norm(values, axis=0))


def change(objectives: Sequence[float]) -> float:
    """How far the objective has moved over the last turns, relative to itself; infinite in the first ones."""
    recent = objectives[-SETTLED_TURNS:]
    if len(recent) < SETTLED_TURNS:
        return np.inf
    return (max(recent) - min(recent)) / max(1.0, abs(recent[-1]))


def firmer(problem: Problem, state: Agreement, previous: Agreement, rules: Rules) -> Agreement:
    """Larger weights in the hours whose copies are still too far apart, for when nothing else is left to settle; as far
    as prices then still move by little against the retailer's."""
    assert state.response is not None
    trading = state.trading
    trade_kw = np.abs(trading.first_kw + trading.second_kw).max(axis=0, initial=0.0)
    power_kw = np.abs(state.response.injection_kw - state.wanted_kw).max(axis=0)
    traded_kw = np.abs(trading.agreed_kw - previous.trading.agreed_kw).max(axis=0, initial=0.0)
    wanted_kw = np.abs(state.wanted_kw - previous.wanted_kw).max(axis=0)
    firm_eur = FIRM_PRICES * retail_eur(problem)
    trade_weight = _firm(
        state.trade_weight, trade_kw / rules.primal_kw, firm_eur / np.maximum(traded_kw, LEAST_SIZE_KW)
    )
    charge_weight = _firm(
        state.charge_weight, power_kw / rules.primal_kw, firm_eur / np.maximum(wanted_kw, LEAST_SIZE_KW)
    )
    return _weighted(problem, state, trade_weight, charge_weight)


def stiffer(problem: Problem, state: Agreement, rules: Rules) -> Agreement:
    """Larger weights of the injections in the hours in which they still swing."""
    assert state.response is not None
    swings = np.abs(state.response.injection_kw - state.wanted_kw).max(axis=0) > rules.primal_kw
    return _weighted(problem, state, state.trade_weight, np.where(swings, STIFFER, 1.0) * state.charge_weight)


def _weighted(problem: Problem, state: Agreement, trade_weight: Floats, charge_weight: Floats) -> Agreement:
    """The state with other weights (T,), within what they may be."""
    per_trade, per_power = per_kw(problem)
    return replace(
        state, trade_weight=bounded(trade_weight, per_trade), charge_weight=bounded(charge_weight, per_power)
    )


def _firm(weight: Floats, lag: Floats, most: Floats) -> Floats:
    """(T,) weights whose copies are ``lag`` tolerances apart, raised where that is more than one, to ``most``."""
    raised = weight * np.clip(FIRM * np.sqrt(lag), FIRM, FIRMEST)
    return np.where(lag > 1.0, np.maximum(weight, np.minimum(raised, most)), weight)
