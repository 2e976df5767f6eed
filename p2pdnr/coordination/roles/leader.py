"""The operator as leader of a Stackelberg game: it sets topologies and charges for its own cost, prosumers answer.

    min over schedules, charges c   losses + priced violations + switching, at the market's answer p to c,
    subject to                      0 <= c <= cap,   revenue - D sum of c p <= that cost,

with the topologies of the mode. The answer is the market's equilibrium with common prices of trades at these charges
(:mod:`.followers`), of several the one that costs the operator least (the optimistic solution). Charges for a schedule
are found by :mod:`.leader_step`; at the injections they lead to, every topology is ranked again, until no other
schedule is better. What the leader reaches is a local optimum; how much is left at most, the bound says that
:mod:`.possible_answers` gives over all schedules and all charges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.bound.certificate import lower_bound
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, adapt, dispatched, switching_eur
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles import followers
from p2pdnr.coordination.roles.followers import Outcome, Support
from p2pdnr.coordination.roles.leader_step import Ground, Pull, ground, step
from p2pdnr.coordination.roles.possible_answers import highest_buy_eur_per_kwh, whatever_charges_can_do
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import searched_trees
from p2pdnr.coordination.uncoordinated import cheapest_schedule
from p2pdnr.market.negotiation import Trading
from p2pdnr.reconfiguration.operator.problem import CHARGE_PARTS, OperatorAnswer
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

WEIGHTS = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0, 100.0, 1e4)
"""What a euro of the market's aim counts beside one of the operator's, rising: first where the operator would have the
market, at last what the market does."""

LAST_WEIGHT = 100.0
"""With which an equilibrium is picked at charges that support it."""

NO_REGRET = 1e-6
"""Of all that prosumers turn over: regret that is rounding."""

ROUNDS = 4
"""Of choosing the topologies again."""

BETTER = 1e-5
"""Of the operator's cost: what another schedule has to save to be taken."""

WITHIN = 1.0 - 1e-6
"""Of its cost, what the leader plans to collect at most, so that rounding leaves it within."""
PARTS = ("losses", "violations", "switching")
"""Of the costs, those that are the operator's own."""


@dataclass(frozen=True, eq=False)
class _Led:
    """A schedule ``closed`` (T, m), charges, the market's answer ``at`` them, and what that costs the operator."""

    closed: Bools
    support: Support
    at: Outcome
    cost_eur: float


@dataclass(frozen=True, eq=False)
class _Game:
    """What does not change: the solve, the trees and the mode, all that charges can do, and their cap over a step."""

    context: Context
    trees: TreeSet | None
    mode: str
    free: Problem
    cap_eur_per_kw: float


def plan_leader(context: Context, trees: TreeSet | None, mode: str) -> RolePlan:
    """The leader's plan in a mode ("fixed", "static", "hourly"); ``trees`` are all radial ones, None where they are too
    many.

    Raises :class:`PowerFlowError` where no topology of the mode carries what the market alone would do,
    :class:`SolverError` without an answer.
    """
    stated = context.problem.role.max_charge_eur_per_kwh
    return lead(context, trees, mode, highest_buy_eur_per_kwh(context.problem) if stated is None else stated)


def lead(context: Context, trees: TreeSet | None, mode: str, cap_eur_per_kwh: float) -> RolePlan:
    """The same with charges up to a cap."""
    problem, journal = context.problem, context.journal
    free = whatever_charges_can_do(problem, cap_eur_per_kwh)
    journal.mode = mode
    journal.enter("search")
    alone = followers.answer(problem, np.zeros((problem.hours, len(problem.prosumers_per_bus))))[1]
    known = trees
    if trees is None and mode != "fixed":
        trees = searched_trees(problem, alone.injection_kw, context.settings.search, context.go_on)
    game = _Game(context, trees, mode, free, problem.step_h * cap_eur_per_kwh)
    plan = _dispatch(context, _best(game, alone))
    journal.enter("bound")
    paid = replace(plan, costs_eur={name: plan.costs_eur[name] for name in PARTS})
    bound = lower_bound(free, known, mode, paid, journal)
    figures = _figures(paid, bound.bound_eur, cap_eur_per_kwh)
    return RolePlan(plan, asked_kw=alone.injection_kw, figures=figures, arrays=bound.arrays)


def _best(game: _Game, alone: Outcome) -> _Led:
    """The best schedule found, beginning with the one for the market ``alone``."""
    best: _Led | None = None
    closed, at = _schedule(game, alone), alone
    for _ in range(ROUNDS):
        led = _charged(game, closed, at)
        if best is not None and led.cost_eur > best.cost_eur * (1.0 - BETTER):
            break
        best, at = led, led.at
        closed = _schedule(game, at)
        if np.array_equal(closed, best.closed) or not game.context.go_on():
            break
    assert best is not None
    return best


def _schedule(game: _Game, at: Outcome) -> Bools:
    """(T, m) the operator's best schedule of the mode at the market's injections."""
    problem = game.context.problem
    if game.trees is None or game.mode == "fixed":
        return np.tile(problem.network.closed, (problem.hours, 1))
    choice = choices(Journal(), game.context.settings.search)[game.mode]
    return cheapest_schedule(problem, game.trees, choice, at.injection_kw)


def _charged(game: _Game, closed: Bools, at: Outcome) -> _Led:
    """Charges for a schedule: the market is drawn where the operator would have it, then ever nearer to an answer."""
    problem = game.context.problem
    here = ground(problem, game.free, closed)
    charge = np.zeros((problem.hours, len(problem.prosumers_per_bus)))
    for weight in WEIGHTS:
        at = step(here, at, Pull(charge, weight))
        led = _supported(game, here, at)
        charge = led.support.charge_eur_per_kw
        if _is_answer(problem, led):
            break
    return _supported(game, here, step(here, at, Pull(charge, LAST_WEIGHT)))


def _supported(game: _Game, here: Ground, at: Outcome) -> _Led:
    """The charges that support an outcome best."""
    problem, closed = game.context.problem, here.grid.closed
    injected_kw = problem.at_buses(at.injection_kw)
    cost_eur = float(here.grid.cost_eur(injected_kw).sum()) + switching_eur(problem, closed)
    support = followers.supporting(problem, injected_kw, game.cap_eur_per_kw, WITHIN * cost_eur)
    return _Led(closed, support, at, cost_eur)


def _is_answer(problem: Problem, led: _Led) -> bool:
    """Whether the market does as it does without regret but for rounding."""
    at = led.at
    regret_eur = led.support.regret_eur(at.cost_eur, problem.at_buses(at.injection_kw))
    return regret_eur <= NO_REGRET * max(1.0, abs(at.cost_eur))


def _dispatch(context: Context, led: _Led) -> Dispatch:
    """The plan that runs, with the charges that people pay."""
    problem = context.problem
    agreement = _agreement(context, led)
    traded_kw = agreement.trading.agreed_kw
    response = adapt(problem, agreement, traded_kw, context.settings.acceptance)
    return dispatched(problem, led.closed, agreement, traded_kw, response)


def _agreement(context: Context, led: _Led) -> Agreement:
    """Prices, charges and injections as if they had been negotiated; every copy agrees."""
    problem, charge = context.problem, led.support.charge_eur_per_kw
    traded_kw, limit_kw = led.at.traded_kw, problem.trades.limit_kw[:, None]
    traded_kw = np.clip(traded_kw, -limit_kw, limit_kw)
    at_buses = np.zeros((len(CHARGE_PARTS), problem.hours, problem.network.n_buses))
    at_buses[0][:, problem.operator.buses] = charge / problem.step_h
    nothing = np.zeros(at_buses.shape[1:])
    answer = OperatorAnswer(
        injection_kw=problem.at_buses(led.at.injection_kw),
        charge_eur_per_kwh=at_buses,
        cost_eur=np.zeros((problem.hours, 2)),
        currents=nothing,
        limit_prices_eur=np.zeros_like(at_buses),
    )
    state = replace(
        iterations.opening(problem, context.settings.admm),
        trading=Trading(traded_kw, led.support.outcome.price_eur_per_kw, traded_kw, -traded_kw),
        wanted_kw=led.at.injection_kw,
        charge_eur_per_kw=charge.T[problem.place],
        answer=answer,
        primal_kw=0.0,
        dual_eur_per_kwh=0.0,
        objective_eur=led.at.cost_eur + led.cost_eur,
        converged=True,
    )
    return replace(state, asked=iterations.prices(problem, state))


def _figures(paid: Dispatch, bound_eur: float | None, cap_eur_per_kwh: float) -> dict[str, float | str | None]:
    """What summary.json says about the leader: its cap, the bound on its cost, and the gap as a share of that cost, at
    least of 1 EUR."""
    gap = None if bound_eur is None else (paid.total_eur - bound_eur) / paid.scale_eur
    return {"max_charge_eur_per_kwh": cap_eur_per_kwh, "lower_bound_eur": bound_eur, "gap": gap}
