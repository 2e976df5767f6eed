"""Tier 1: the convex negotiation for a given schedule.

Two blocks take turns, joined by the alternating direction method of multipliers (Boyd et al. 2011):
  A  every prosumer answers the prices of its pairs and the network charge at its bus,
  B  every pair agrees on the mean of its copies, and the operator answers hour by hour with the injections it would
  like.
The price of a pair is the multiplier of its agreement, the network charge that of injection = the operator's copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import averaging, penalties, reactive
from p2pdnr.coordination.admm.averaging import Gathered
from p2pdnr.coordination.admm.reactive import Reactive
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement, Iteration
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market import negotiation
from p2pdnr.market.private_columns import hourly
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.market.responses import Pull
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Observer = Callable[[Agreement], object]


def opening(problem: CoordinationProblem, settings: AdmmSettings) -> Agreement:
    """No trades, no charges, and the middle of the retailer's prices to start from."""
    buy, sell = (hourly(problem.block.terms, name).mean(axis=0) for name in ("buy_eur_per_kwh", "sell_eur_per_kwh"))
    trading = negotiation.opening(problem.trades.n_pairs, problem.hours, problem.step_h * (buy + sell) / 2)
    nothing = np.zeros((len(problem.block.terms), problem.hours))
    per_trade, per_power = penalties.per_kw(problem, settings)
    return Agreement(
        trading,
        wanted_kw=nothing,
        charge_eur_per_kw=nothing,
        trade_weight=np.full(problem.hours, settings.trade_weight_eur_per_kw * per_trade),
        charge_weight=np.full(problem.hours, settings.charge_weight_eur_per_kw * per_power),
        reactive=reactive.opening(problem, settings.charge_weight_eur_per_kw * per_power),
    )


def negotiate(
    problem: CoordinationProblem,
    closed: Bools,
    start: Agreement,
    settings: AdmmSettings,
    observe: Observer | None = None,
) -> Agreement:
    """Negotiate with the lines ``closed`` (T, m) until both residuals and the objective settle, iterations run out, or
    ``observe``, told of every iteration, answers True: that is enough."""
    state = replace(start, converged=False, objective_eur=np.inf)
    objectives: list[float] = []
    recent = Gathered()
    for number in range(settings.max_iterations):
        latest = iterate(problem, closed, state, recent, settings)
        objectives.append(latest.after.objective_eur)
        enough = observe is not None and observe(latest.after) is True
        if settled(latest.after, objectives, settings):
            return replace(latest.after, converged=True)
        if enough:
            return latest.after
        state = _weighed(problem, latest, objectives, settings)
        recent = Gathered() if recent.count == settings.mean_of else recent
        if number in settings.mean_iterations:
            recent = recent.add(state)
    return state


def _weighed(
    problem: CoordinationProblem, latest: Iteration, objectives: list[float], settings: AdmmSettings
) -> Agreement:
    """The state after an iteration with the weights of the next one."""
    state, before = penalties.adjusted(problem, latest, objectives, settings), latest.before.reactive
    due = len(objectives) <= settings.balance_until and len(objectives) % settings.balance_every == 0
    if state.reactive is None or before is None or state.response is None or not due:
        return state
    return replace(state, reactive=reactive.balanced(before, state.reactive, state.response.devices_kw))


def iterate(
    problem: CoordinationProblem, closed: Bools, state: Agreement, recent: Gathered, settings: AdmmSettings
) -> Iteration:
    """One iteration from the present state, or from the mean of ``recent`` ones where that is nearer to rest. Both are
    tried when enough states have gathered."""
    direct = Iteration(state, step(problem, closed, state, settings))
    if recent.count < settings.mean_of:
        return direct
    middle = recent.mean(state)
    averaged = Iteration(middle, step(problem, closed, middle, settings))
    return averaged if averaging.moved(averaged) < averaging.moved(direct) else direct


def step(problem: CoordinationProblem, closed: Bools, state: Agreement, settings: AdmmSettings) -> Agreement:
    """Both blocks, once."""
    asked = prices(problem, state)
    response = problem.respond(asked)
    trading = negotiation.agree(
        problem.block, state.trading, response.trade_kw, state.trade_weight, settings.relaxation
    )
    relaxed = settings.relaxation * response.injection_kw + (1.0 - settings.relaxation) * state.wanted_kw
    ask = relaxed - state.charge_eur_per_kw / state.charge_weight
    answer = ask_operator(problem, closed, ask, state, settings)
    share = (answer.injection_kw - problem.at_buses(ask)) / problem.prosumers_per_bus
    wanted_kw = ask + share.T[problem.place]
    charge_eur_per_kw = state.charge_weight * (wanted_kw - ask)
    price_move = np.max(np.abs(trading.agreed_kw - state.trading.agreed_kw) * state.trade_weight, initial=0.0)
    charge_move = np.max(np.abs(wanted_kw - state.wanted_kw) * state.charge_weight)
    inverters = _inverters(problem, closed, state, (response, answer), settings)
    return Agreement(
        trading,
        wanted_kw,
        charge_eur_per_kw,
        state.trade_weight,
        state.charge_weight,
        response,
        asked,
        answer,
        inverters,
        primal_kw=max(trading.mismatch_kw, float(np.max(np.abs(response.injection_kw - wanted_kw))), _apart(inverters)),
        dual_eur_per_kwh=max(float(price_move), float(charge_move), _price_move(inverters)) / problem.step_h,
        objective_eur=response.cost_eur + float(answer.cost_eur.sum()),
    )


def _inverters(
    problem: CoordinationProblem,
    closed: Bools,
    state: Agreement,
    answers: tuple[Reply, OperatorAnswer],
    settings: AdmmSettings,
) -> Reactive | None:
    """Where the inverters' copies stand after both answers."""
    if state.reactive is None:
        return None
    if problem.inverters.dispatched:
        return reactive.updated(problem, state.reactive, *answers, settings.relaxation)
    return reactive.followed(problem, closed, state.reactive, *answers)


def _apart(inverters: Reactive | None) -> float:
    """How far copies of inverters are apart, or from the curve they follow."""
    return 0.0 if inverters is None else max(inverters.apart_kw, inverters.off_curve_kvar)


def _price_move(inverters: Reactive | None) -> float:
    """How far prices of inverters moved, in EUR per kW and step."""
    return 0.0 if inverters is None else inverters.weight * inverters.moved_kw


def prices(problem: CoordinationProblem, state: Agreement) -> Pull:
    """What prosumers are told: prices, charges, and how hard they are drawn to the copies."""
    return Pull(
        negotiation.pull(problem.block, state.trading, state.trade_weight),
        -state.charge_eur_per_kw - state.charge_weight * state.wanted_kw,
        state.trade_weight,
        state.charge_weight,
        *reactive.device_pull(problem, state.reactive),
    )


def answer_prices(problem: CoordinationProblem, state: Agreement) -> Reply:
    """Block A: the prosumers' answer to prices, charges and copies."""
    return problem.respond(prices(problem, state))


def ask_operator(
    problem: CoordinationProblem, closed: Bools, ask: Floats, state: Agreement, settings: AdmmSettings
) -> OperatorAnswer:
    """Block B, the operator's part: the injections it would like near the ones asked for (K, T)."""
    weight = state.charge_weight[:, None] / problem.prosumers_per_bus
    pull, hours = (problem.at_buses(ask), weight), np.arange(problem.hours)
    if state.reactive is not None:
        beside = reactive.operator_pull(problem, state.reactive, settings.relaxation)
        pull = np.hstack([pull[0], beside[0]]), np.hstack([pull[1], beside[1]])
    return problem.operator.solve(closed, pull, hours, state.answer, problem.backend.map)


def settled(state: Agreement, objectives: list[float], settings: AdmmSettings) -> bool:
    """Copies agree, and the objective has stayed within its tolerance over the last iterations; where somebody was left
    with regrets prices rest too, as an objective of broken limits says nothing about a prosumer's bill."""
    rested = state.dual_eur_per_kwh <= settings.rested_eur_per_kwh
    moved = penalties.change(objectives, settings.settled_iterations)
    return rested and state.primal_kw <= settings.primal_kw and moved <= settings.objective_change
