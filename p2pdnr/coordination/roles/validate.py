"""The role validate: the market clears alone, and the operator makes its plan one that keeps the limits.

The operator takes the market's injections, chooses topologies in the mode's class for its own cost, as in
:mod:`p2pdnr.coordination.uncoordinated`, and curtails hour by hour where limits would break
(:mod:`p2pdnr.coordination.roles.curtailment`): feeding in first, and loads where that does not help. Batteries, shifted
and elastic loads stay as cleared. Trades follow (:mod:`p2pdnr.coordination.roles.deliveries`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch, dispatched
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.curtailment import Curtailed, least_cost, proportional
from p2pdnr.coordination.roles.deliveries import Delivered, Trader, follow, sales_kw, trader
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.short_list import by_worth
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.levers import GridHour, Levers
from p2pdnr.coordination.schedule.tree_costs import searched_trees
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from p2pdnr.errors import SolverError
from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.market.responses import Response
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAST_VALUE_SHARE = 1e-3
"""Of the violation price: what a kWh not fed in is worth at least, so that nothing is curtailed without need."""

MOST_ROUNDS = 40
"""How often an hour is curtailed again, as somebody who cannot turn to a retailer gave up more than was asked for."""

SURE_ROUNDS, SURE_SHARE = 3, 0.9
"""After the first number of rounds what more is given up shrinks by a constant factor from round to round, and this
share of what is still to come is taken at once."""

SAME_KW = 1e-6


@dataclass(frozen=True, eq=False)
class _Hour:
    """An hour that is done: what is left of trades (E,), what fell away (K,), and whether all limits hold."""

    delivered: Delivered
    kept: bool


def plan_validate(context: Context, trees: TreeSet | None, mode: str) -> RolePlan:
    """The plan of a mode; ``trees`` are all radial ones, None where they are too many.

    Raises :class:`p2pdnr.errors.PowerFlowError` where no topology of the mode carries what the market agreed on.
    """
    problem = context.problem
    cleared = clear_market(context)
    context.journal.enter("binary")
    market = take_as_given(context, trees, mode, cleared)
    context.journal.enter("polish")
    market = _reconsidered(context, trees, mode, market)
    hours = [_curtail(problem, market, market.closed[hour], hour) for hour in range(problem.hours)]
    curtailed, shed = (
        np.column_stack([getattr(item.delivered, name) for item in hours]) for name in ("curtailed_kw", "shed_kw")
    )
    traded = np.column_stack([item.delivered.traded_kw for item in hours]).reshape(-1, problem.hours)
    response = _taken(problem, market, (curtailed, shed), traded)
    agreement = replace(market.agreement, wanted_kw=response.injection_kw)
    plan = dispatched(problem, market.closed, agreement, traded, response)
    broken = [hour for hour, item in enumerate(hours) if not item.kept]
    return RolePlan(
        plan,
        asked_kw=market.response.injection_kw,
        curtailed_kw=curtailed,
        shed_kw=shed,
        compensation_eur=_lost_eur(problem, market, plan, curtailed) if _pays(problem) else None,
        figures={"hours_broken": float(len(broken))},
        remarks=_remarks(broken),
        arrays={"asked_traded_kw": market.traded_kw, "asked_generator_kw": market.response.quantity("generator_kw").T},
    )


def _pays(problem: CoordinationProblem) -> bool:
    return problem.role.compensation != "none"


def _remarks(broken: list[int]) -> tuple[str, ...]:
    if not broken:
        return ()
    return (f"what the operator may curtail does not keep every limit in hours {', '.join(map(str, broken))}",)


def _reconsidered(context: Context, trees: TreeSet | None, mode: str, market: Dispatch) -> Dispatch:
    """The market's plan on the topologies that are cheapest for the operator when what must be curtailed on each of
    them counts at its worth (:mod:`.short_list`); as it is where no schedule of the mode keeps limits."""
    problem = context.problem
    broken = violation_eur(problem.network, problem.terms, market.flow.vm_pu, market.flow.current_a) > 0.0
    if mode == "fixed" or not broken.any():
        return market
    asked_kw = market.response.injection_kw
    trees = trees or searched_trees(problem, asked_kw, context.settings.search)
    closed = by_worth(problem, trees, mode, (asked_kw, broken), partial(_cost_eur, problem, market))
    return market if closed is None else replace(market, closed=closed)


def _cost_eur(problem: CoordinationProblem, market: Dispatch, closed: Bools, hour: int) -> float:
    """EUR of losses in an hour on a topology, and of what must be curtailed there at its worth; infinite where limits
    cannot be kept."""
    item = _curtail(problem, market, closed, hour)
    if not item.kept:
        return np.inf
    curtailed, shed = item.delivered.curtailed_kw, item.delivered.shed_kw
    injection = market.response.injection_kw[:, [hour]] + (shed - curtailed)[:, None]
    load_kw = problem.operator.load_kw[[hour]].copy()
    np.subtract.at(load_kw.T, problem.prosumer_bus, injection)
    flow = solve_tree(problem.network, orient(problem.network, closed), load_kw, problem.operator.load_kvar[[hour]])
    worth = value_eur_per_kwh(problem, market, hour) @ curtailed
    unserved = problem.terms.violation_price_eur_per_kwh * shed.sum()
    return float(problem.terms.loss_eur_per_kw * flow.loss_kw.sum() + problem.step_h * (worth + unserved))


def _curtail(problem: CoordinationProblem, market: Dispatch, closed: Bools, hour: int) -> _Hour:
    """One hour on a topology: curtail, let trades follow, and again where somebody gave up more than was asked for."""
    people, traded = trader(problem, market, hour), market.traded_kw[:, hour]
    tree = orient(problem.network, closed)
    load_kw = problem.net_load_kw(market.response.injection_kw)[hour]
    grid = GridHour(problem.network, tree, load_kw, problem.operator.load_kvar[hour])
    levers = _levers(
        problem, people, (value_eur_per_kwh(problem, market, hour), problem.terms.violation_price_eur_per_kwh)
    )
    method = proportional if problem.role.curtailment == "proportional" else least_cost
    floor, before_kw = np.zeros(len(levers.sign)), np.inf
    for turn in range(MOST_ROUNDS):
        found: Curtailed = method(grid, levers, floor)
        if not found.used_kw.any():
            nothing = np.zeros(len(people.made_kw))
            return _Hour(Delivered(traded, nothing, nothing), found.kept)
        delivered = follow(
            problem, people, traded, (found.used_kw[: len(floor) // 2], found.used_kw[len(floor) // 2 :])
        )
        all_kw = np.concatenate([delivered.curtailed_kw, delivered.shed_kw])
        if (all_kw <= found.used_kw + SAME_KW).all():
            return _Hour(delivered, found.kept)
        step = all_kw - floor
        moved_kw = float(np.abs(step).max())
        factor = moved_kw / before_kw if turn >= SURE_ROUNDS else 0.0
        ahead = SURE_SHARE * factor / (1.0 - factor) if factor < 1.0 else 0.0
        levers = replace(levers, most_kw=np.maximum(levers.most_kw, all_kw))
        floor, before_kw = np.minimum(all_kw + ahead * np.maximum(step, 0.0), levers.most_kw), moved_kw
    raise SolverError(f"curtailment of hour {hour} came to no end")


def _levers(problem: CoordinationProblem, people: Trader, prices: tuple[Floats, float]) -> Levers:
    """Feeding in of every prosumer at its value (K,), then the fixed load of every one at the price of violations."""
    count = len(people.made_kw)
    return Levers(
        bus=np.tile(problem.prosumer_bus, 2),
        sign=np.repeat([-1.0, 1.0], count),
        most_kw=np.maximum(np.concatenate([people.most_curtailed_kw, people.served_kw]), 0.0),
        eur_per_kwh=np.concatenate([prices[0], np.full(count, prices[1])]),
    )


def value_eur_per_kwh(problem: CoordinationProblem, market: Dispatch, hour: int) -> Floats:
    """(K,) what a kWh that is not fed in would have earned: the mean of all sales of the hour, after fees; at least a
    thousandth of the price of violations."""
    earned = revenue_eur(problem, market)[:, hour] / problem.step_h
    sold = sales_kw(problem, market.traded_kw[:, hour])[0] + market.response.columns[:, hour, kernel.EXPORTED]
    least = LEAST_VALUE_SHARE * problem.terms.violation_price_eur_per_kwh
    return np.maximum(np.divide(earned, sold, out=np.zeros_like(earned), where=sold > SAME_KW), least)


def revenue_eur(problem: CoordinationProblem, plan: Dispatch) -> Floats:
    """(K, T) what everybody earns by sales, to partners after fees and to the retailer."""
    exported = plan.response.columns[:, :, kernel.EXPORTED]
    earned = -problem.block.linear[:, :, kernel.EXPORTED] * exported
    price, fee = plan.agreement.trading.price_eur_per_kw, problem.step_h * problem.trades.fee_eur_per_kwh
    for side, sign in ((0, 1.0), (1, -1.0)):
        sold = np.maximum(sign * plan.traded_kw, 0.0)
        np.add.at(earned, problem.trades.pairs[:, side], (price - fee[:, side, None]) * sold)
    return np.asarray(earned)


def _lost_eur(problem: CoordinationProblem, market: Dispatch, plan: Dispatch, curtailed_kw: Floats) -> Floats:
    """(K, T) what those who are curtailed lost: revenue, less the generation that they saved; never below zero."""
    column, cost = kernel.GENERATOR, []
    for item in (market, plan):
        q = item.response.columns[:, :, column]
        slope = problem.block.quadratic[:, column, None]
        cost.append(problem.block.linear[:, :, column] * q + slope / 2.0 * q**2)
    lost = revenue_eur(problem, market) - revenue_eur(problem, plan) - (cost[0] - cost[1])
    return np.where(curtailed_kw > SAME_KW, np.maximum(lost, 0.0), 0.0)


def _taken(
    problem: CoordinationProblem, market: Dispatch, given_up: tuple[Floats, Floats], traded_kw: Floats
) -> Response:
    """The prosumers after curtailment: generators give way before PV, as that saves what they burn; what is missing or
    left over is the retailer's."""
    curtailed, shed = given_up
    x = market.response.columns.copy()
    of_generator = np.minimum(x[:, :, kernel.GENERATOR], curtailed)
    x[:, :, kernel.GENERATOR] -= of_generator
    x[:, :, kernel.PV] -= curtailed - of_generator
    x[:, :, kernel.UNSERVED] += shed
    injection = market.response.injection_kw - curtailed + shed
    changed = (curtailed + shed > 0.0).any(axis=0)
    pairs = problem.trades.pairs
    net = injection.copy()
    np.subtract.at(net, pairs[:, 0], traded_kw)
    np.add.at(net, pairs[:, 1], traded_kw)
    x[:, changed, kernel.IMPORTED] = np.maximum(-net, 0.0)[:, changed]
    x[:, changed, kernel.EXPORTED] = np.maximum(net, 0.0)[:, changed]
    return replace(market.response, columns=x, injection_kw=injection)
