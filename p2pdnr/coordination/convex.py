"""Tier 1: the convex negotiation for a given schedule.

Two blocks take turns, joined by the alternating direction method of multipliers (Boyd et al. 2011):
  A  every prosumer answers the prices of its pairs and the network charge at its bus,
  B  every pair agrees on the mean of its copies, and the operator answers hour by hour with the injections it would
  like.
The price of a pair is the multiplier of its agreement, the network charge that of injection = the operator's copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import Problem
from p2pdnr.market import negotiation
from p2pdnr.market.members import Reply
from p2pdnr.market.negotiation import Trading
from p2pdnr.market.responses import Pull
from p2pdnr.reconfiguration.operator import OperatorAnswer

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rules:
    """How the negotiation moves and when it ends.

    ``trade_weight`` and ``charge_weight`` draw copies together, in EUR/kW a prosumer's usual power away from each
    other (:func:`weights`); both are balanced against the dual residual for the first ``balance_until`` iterations and
    fixed afterwards. ``primal_kw`` and ``objective_change`` (relative) end it. ``topology``: what picks trees while
    switches are being frozen, a ranking ("trees") or mixed-integer programmes ("misocp"). ``content``:
    whether a plan must leave nobody with regrets.
    """

    trade_weight: float = 0.33
    charge_weight: float = 0.05
    relaxation: float = 1.6
    balance_until: int = 100
    primal_kw: float = 0.05
    objective_change: float = 1e-5
    max_iterations: int = 1200
    topology: str = "trees"
    content: bool = True


@dataclass(frozen=True, eq=False)
class Agreement:
    """State of the negotiation, also what a next one starts from.

    ``wanted_kw`` (K, T) are the operator's copies of the injections, ``charge_eur`` (K, T) the charge earned per kW
    injected in a step; the weights (T,) draw copies together; ``response`` is the prosumers' last answer, to
    ``asked``, and ``answer`` the operator's.
    """

    trading: Trading
    wanted_kw: Floats
    charge_eur: Floats
    trade_weight: Floats
    charge_weight: Floats
    response: Reply | None = None
    asked: Pull | None = None
    answer: OperatorAnswer | None = None
    primal_kw: float = np.inf
    dual_eur: float = np.inf
    objective_eur: float = np.inf
    converged: bool = False


SETTLED_TURNS = 8
BALANCE_EVERY = 5
LATE_TURNS, LATE_BALANCING = 300, 25
"""After how many turns weights are looked at once more, and for how many."""

ORDERS = 2.5e-3
"""Ratio of the primal to the dual residual, both relative, below which a weight is far too large."""

LEAST_WEIGHT, MOST_WEIGHT = 3e-4, 3e5
"""As the weights of :class:`Rules`."""

LEAST_SIZE_KW = 1e-3

Observer = Callable[[Agreement], object]


def opening(problem: Problem, rules: Rules) -> Agreement:
    """No trades, no charges, and the middle of the retailer's prices to start from."""
    buy = np.mean([item.buy_eur_per_kwh for item in problem.block.terms], axis=0)
    sell = np.mean([item.sell_eur_per_kwh for item in problem.block.terms], axis=0)
    trading = negotiation.opening(problem.trades.n_pairs, problem.hours, problem.step_h * (buy + sell) / 2)
    nothing = np.zeros((len(problem.block.terms), problem.hours))
    per_trade, per_power = weights(problem)
    return Agreement(
        trading,
        nothing,
        nothing,
        np.full(problem.hours, rules.trade_weight * per_trade),
        np.full(problem.hours, rules.charge_weight * per_power),
    )


def weights(problem: Problem) -> tuple[float, float]:
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


def negotiate(
    problem: Problem, closed: Bools, start: Agreement, rules: Rules, observe: Observer | None = None
) -> Agreement:
    """Negotiate with the lines ``closed`` (T, m) until both residuals and the objective settle, iterations run out, or
    ``observe``, told of every turn, answers True: that is enough."""
    state = replace(start, converged=False, objective_eur=np.inf)
    objectives: list[float] = []
    for iteration in range(rules.max_iterations):
        previous = state
        state = step(problem, closed, previous, rules)
        objectives.append(state.objective_eur)
        enough = observe is not None and observe(state) is True
        if settled(state, objectives, rules):
            return replace(state, converged=True)
        if enough:
            return state
        if iteration % BALANCE_EVERY == BALANCE_EVERY - 1:
            state = balance(problem, state, previous, unbalanced(iteration, state, rules))
    return state


def unbalanced(iteration: int, state: Agreement, rules: Rules) -> tuple[float, float]:
    """Ratios of the primal to the dual residual below and above which a weight is changed: in the first turns, and for
    those that settle late now and then, where it is wrong by orders. Where copies agree it may only fall."""
    early = iteration < rules.balance_until
    late = rules.balance_until > 0 and iteration >= LATE_TURNS and iteration % LATE_TURNS < LATE_BALANCING
    if not early and not late:
        return 0.0, np.inf
    if state.primal_kw <= rules.primal_kw:
        return ORDERS, np.inf
    return (0.25, 4.0) if early else (ORDERS, 1.0 / ORDERS)


def step(problem: Problem, closed: Bools, state: Agreement, rules: Rules) -> Agreement:
    """One turn of both blocks."""
    asked = prices(problem, state)
    response = problem.respond(asked)
    trading = negotiation.agree(problem.block, state.trading, response.trade_kw, state.trade_weight, rules.relaxation)
    relaxed = rules.relaxation * response.injection_kw + (1.0 - rules.relaxation) * state.wanted_kw
    ask = relaxed - state.charge_eur / state.charge_weight
    answer = ask_operator(problem, closed, ask, state)
    share = (answer.injection_kw - problem.at_buses(ask)) / problem.crowd
    wanted_kw = ask + share.T[problem.place]
    charge_eur = state.charge_weight * (wanted_kw - ask)
    price_move = np.max(np.abs(trading.agreed_kw - state.trading.agreed_kw) * state.trade_weight, initial=0.0)
    charge_move = np.max(np.abs(wanted_kw - state.wanted_kw) * state.charge_weight)
    return Agreement(
        trading,
        wanted_kw,
        charge_eur,
        state.trade_weight,
        state.charge_weight,
        response,
        asked,
        answer,
        primal_kw=max(trading.mismatch_kw, float(np.max(np.abs(response.injection_kw - wanted_kw)))),
        dual_eur=max(float(price_move), float(charge_move)),
        objective_eur=response.cost_eur + float(answer.cost_eur.sum()),
    )


def prices(problem: Problem, state: Agreement) -> Pull:
    """What prosumers are told: prices, charges, and how hard they are drawn to the copies."""
    return Pull(
        negotiation.pull(problem.block, state.trading, state.trade_weight),
        -state.charge_eur - state.charge_weight * state.wanted_kw,
        state.trade_weight,
        state.charge_weight,
    )


def answer_prices(problem: Problem, state: Agreement) -> Reply:
    """Block A: the prosumers' answer to prices, charges and copies."""
    return problem.respond(prices(problem, state))


def ask_operator(problem: Problem, closed: Bools, ask: Floats, state: Agreement) -> OperatorAnswer:
    """Block B, the operator's part: the injections it would like near the ones asked for (K, T)."""
    weight = state.charge_weight[:, None] / problem.crowd
    hours = np.arange(problem.hours)
    return problem.operator.solve(closed, problem.at_buses(ask), weight, hours, state.answer)


def balance(problem: Problem, state: Agreement, previous: Agreement, ends: tuple[float, float]) -> Agreement:
    """Residual balancing, hour by hour: raise a weight whose primal residual lags behind, lower one whose dual does.

    Residuals are relative, to the powers and to the prices they belong to (Wohlberg 2017). ``ends``: ratios
    below and above which a weight is changed.
    """
    assert state.response is not None
    trading, before = state.trading, previous.trading
    trade_weight = _balanced(
        state.trade_weight,
        trading.first_kw + trading.second_kw,
        trading.first_kw,
        trading.agreed_kw - before.agreed_kw,
        trading.price_eur,
        ends,
    )
    injection = state.response.injection_kw
    charge_weight = _balanced(
        state.charge_weight,
        injection - state.wanted_kw,
        injection,
        state.wanted_kw - previous.wanted_kw,
        state.charge_eur,
        ends,
    )
    per_trade, per_power = weights(problem)
    return replace(
        state, trade_weight=bounded(trade_weight, per_trade), charge_weight=bounded(charge_weight, per_power)
    )


def _balanced(
    weight: Floats, gap_kw: Floats, power_kw: Floats, move_kw: Floats, price: Floats, ends: tuple[float, float]
) -> Floats:
    """Weights (T,) after one balancing; the arrays are (.., T)."""
    if not len(gap_kw):
        return weight
    primal = np.linalg.norm(gap_kw, axis=0) / np.maximum(np.linalg.norm(power_kw, axis=0), 1.0)
    dual = weight * np.linalg.norm(move_kw, axis=0) / np.maximum(np.linalg.norm(price, axis=0), 1e-2)
    ratio = (primal + 1e-9) / (dual + 1e-9)
    factor = np.where((ratio > ends[1]) | (ratio < ends[0]), np.clip(np.sqrt(ratio), 0.4, 2.5), 1.0)
    return np.asarray(weight * factor)


def settled(state: Agreement, objectives: list[float], rules: Rules) -> bool:
    """Copies agree, and the objective has stayed within its tolerance over the last turns."""
    recent = objectives[-SETTLED_TURNS:]
    change = max(recent) - min(recent)
    steady = len(recent) == SETTLED_TURNS and change <= rules.objective_change * max(1.0, abs(state.objective_eur))
    return steady and state.primal_kw <= rules.primal_kw
