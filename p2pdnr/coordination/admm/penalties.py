"""How hard copies are drawn together: the weights of the negotiation, hour by hour.

Prices move by weight x disagreement, copies by what prices are wrong by / weight. So with a weight that is too
large prices converge slowly, with one that is too small copies swing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement, Iteration
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.private_columns import hourly
from p2pdnr.market.terms import largest_powers_kw

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Band:
    """Ratios of the primal to the dual residual, both relative: ``below`` the first a weight falls, ``above`` the
    second it rises."""

    below: float
    above: float


NO_CHANGE = Band(0.0, np.inf)


@dataclass(frozen=True, eq=False)
class Residuals:
    """Of one kind of copies, all (.., T): how far they are apart in kW beside the powers, and how far they moved in kW
    beside the prices in EUR per kW and step."""

    apart_kw: Floats
    power_kw: Floats
    moved_kw: Floats
    price_eur_per_kw: Floats


def per_kw(problem: CoordinationProblem, settings: AdmmSettings) -> tuple[float, float]:
    """What a weight of 1 EUR/kW is in EUR/kW2, for trades and for injections: one by their usual size.

    Prices do not depend on how many share a feeder, powers do: with fixed weights a thousand small prosumers would need
    as many iterations more to move their prices.
    """
    limits = problem.trades.limit_kw
    trade_kw = float(limits.mean()) if len(limits) else 1.0
    power_kw = float(np.mean(largest_powers_kw(problem.block.terms)))
    return 1.0 / max(trade_kw, settings.least_size_kw), 1.0 / max(power_kw, settings.least_size_kw)


def weighted(
    problem: CoordinationProblem, state: Agreement, trade_weight: Floats, charge_weight: Floats, settings: AdmmSettings
) -> Agreement:
    """The state with other weights (T,) in EUR/kW2, within what they may be."""
    per_trade, per_power = per_kw(problem, settings)
    least, most = settings.least_weight_eur_per_kw, settings.most_weight_eur_per_kw
    return replace(
        state,
        trade_weight=np.clip(trade_weight, least * per_trade, most * per_trade),
        charge_weight=np.clip(charge_weight, least * per_power, most * per_power),
    )


def opened(problem: CoordinationProblem, state: Agreement, hours: Bools, settings: AdmmSettings) -> Agreement:
    """The state with the weights of an opening in some ``hours`` (T,): those that copies came to agree by are too small
    to draw them to where another topology leads."""
    per_trade, per_power = per_kw(problem, settings)
    return replace(
        state,
        trade_weight=np.where(hours, settings.trade_weight_eur_per_kw * per_trade, state.trade_weight),
        charge_weight=np.where(hours, settings.charge_weight_eur_per_kw * per_power, state.charge_weight),
    )


def adjusted(
    problem: CoordinationProblem, latest: Iteration, objectives: Sequence[float], settings: AdmmSettings
) -> Agreement:
    """The state after the ``latest`` iteration with the weights of the next one; ``objectives`` are those of all
    iterations. Weights change in every fifth iteration at most."""
    state, iteration = latest.after, len(objectives) - 1
    if settings.balance_until == 0 or iteration % settings.balance_every != settings.balance_every - 1:
        return state
    moving = change(objectives, settings.settled_iterations)
    if iteration in settings.stiff_iterations and moving > settings.stiff_change:
        return stiffer(problem, state, settings)
    only_copies = moving <= settings.firm_at_rest * settings.objective_change
    if only_copies and iteration in settings.firm_iterations and state.primal_kw > settings.primal_kw:
        return firmer(problem, latest, settings)
    return balance(problem, latest, unbalanced(iteration, state, settings), settings)


def unbalanced(iteration: int, state: Agreement, settings: AdmmSettings) -> Band:
    """Where a weight is changed: in the first iterations; where copies agree it may only fall."""
    if iteration >= settings.balance_until:
        return NO_CHANGE
    if state.primal_kw <= settings.primal_kw:
        return Band(settings.balanced_ratio if settings.is_restless else settings.agreed_ratio, np.inf)
    return Band(settings.balanced_ratio, 1.0 / settings.balanced_ratio)


def retail_eur_per_kw(problem: CoordinationProblem) -> float:
    """What the retailer asks on average, whatever its sign, in EUR per kW over a step."""
    return problem.step_h * float(np.mean(np.abs(hourly(problem.block.terms, "buy_eur_per_kwh"))))


def balance(problem: CoordinationProblem, latest: Iteration, band: Band, settings: AdmmSettings) -> Agreement:
    """Residual balancing, hour by hour: raise a weight whose primal residual lags behind, lower one whose dual does.

    Residuals are relative, to the powers and to the prices they belong to (Wohlberg 2017). Where prices must rest the
    latter count at most as much as the retailer's: where one bus is charged for broken limits, what is little beside
    that keeps all others from moving.
    """
    before, state = latest.before, latest.after
    assert state.response is not None
    most = retail_eur_per_kw(problem) if settings.is_restless else np.inf
    trading, injection_kw = state.trading, state.response.injection_kw
    trades = Residuals(
        trading.first_kw + trading.second_kw,
        trading.first_kw,
        trading.agreed_kw - before.trading.agreed_kw,
        np.clip(trading.price_eur_per_kw, -most, most),
    )
    injections = Residuals(
        injection_kw - state.wanted_kw,
        injection_kw,
        state.wanted_kw - before.wanted_kw,
        np.clip(state.charge_eur_per_kw, -most, most),
    )
    trade_weight = _balanced(state.trade_weight, trades, band, settings)
    charge_weight = _balanced(state.charge_weight, injections, band, settings)
    return weighted(problem, state, trade_weight, charge_weight, settings)


def _balanced(weight: Floats, found: Residuals, band: Band, settings: AdmmSettings) -> Floats:
    """Weights (T,) after one balancing."""
    if not len(found.apart_kw):
        return weight
    primal = _size(found.apart_kw) / np.maximum(_size(found.power_kw), 1.0)
    dual = weight * _size(found.moved_kw) / np.maximum(_size(found.price_eur_per_kw), 1e-2)
    ratio = (primal + 1e-9) / (dual + 1e-9)
    factor = np.clip(np.sqrt(ratio), settings.least_factor, settings.most_factor)
    return np.asarray(weight * np.where((ratio > band.above) | (ratio < band.below), factor, 1.0))


def _size(values: Floats) -> Floats:
    """(T,) norms of the hours of (.., T)."""
    return np.asarray(np.linalg.norm(values, axis=0))


def change(objectives: Sequence[float], iterations: int) -> float:
    """How far the objective has moved over the last iterations, relative to itself; infinite in the first ones."""
    recent = objectives[-iterations:]
    if len(recent) < iterations:
        return np.inf
    return (max(recent) - min(recent)) / max(1.0, abs(recent[-1]))


def firmer(problem: CoordinationProblem, latest: Iteration, settings: AdmmSettings) -> Agreement:
    """Larger weights in the hours whose copies are still too far apart, for when nothing else is left to settle; as far
    as prices then still move by little against the retailer's."""
    before, state, least_kw = latest.before, latest.after, settings.least_size_kw
    assert state.response is not None
    trading = state.trading
    trade_kw = np.abs(trading.first_kw + trading.second_kw).max(axis=0, initial=0.0)
    power_kw = np.abs(state.response.injection_kw - state.wanted_kw).max(axis=0)
    traded_kw = np.abs(trading.agreed_kw - before.trading.agreed_kw).max(axis=0, initial=0.0)
    wanted_kw = np.abs(state.wanted_kw - before.wanted_kw).max(axis=0)
    firm = settings.firm_price_share * retail_eur_per_kw(problem)
    trade_weight = _firm(state.trade_weight, trade_kw, firm / np.maximum(traded_kw, least_kw), settings)
    charge_weight = _firm(state.charge_weight, power_kw, firm / np.maximum(wanted_kw, least_kw), settings)
    return weighted(problem, state, trade_weight, charge_weight, settings)


def _firm(weight: Floats, apart_kw: Floats, most: Floats, settings: AdmmSettings) -> Floats:
    """(T,) weights, raised to at most ``most`` where copies are further ``apart_kw`` (T,) than the tolerance."""
    lag = apart_kw / settings.primal_kw
    least = settings.firm_factor
    raised = weight * np.clip(least * np.sqrt(lag), least, settings.firmest_factor)
    return np.where(lag > 1.0, np.maximum(weight, np.minimum(raised, most)), weight)


def stiffer(problem: CoordinationProblem, state: Agreement, settings: AdmmSettings) -> Agreement:
    """Larger weights of the injections in the hours in which they still swing."""
    assert state.response is not None
    swings = np.abs(state.response.injection_kw - state.wanted_kw).max(axis=0) > settings.primal_kw
    factor = np.where(swings, settings.stiff_factor, 1.0)
    return weighted(problem, state, state.trade_weight, factor * state.charge_weight, settings)
