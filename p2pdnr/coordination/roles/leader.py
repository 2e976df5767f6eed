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
from p2pdnr.coordination.bound.certificate import LowerBound
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, Floats, adapt, dispatched, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles import followers
from p2pdnr.coordination.roles.followers import Outcome, Support, Supporter
from p2pdnr.coordination.roles.leader_bound import REGRET, least_cost
from p2pdnr.coordination.roles.leader_step import Ground, Pull, ground, step
from p2pdnr.coordination.roles.possible_answers import highest_buy_eur_per_kwh
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import Possible, possible_answers
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import schedule_closed, searched_trees
from p2pdnr.coordination.uncoordinated import cheapest_schedule
from p2pdnr.market.negotiation import Trading
from p2pdnr.reconfiguration.operator.problem import CHARGE_PARTS, OperatorAnswer
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

WEIGHTS = (1e-5, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0, 100.0, 1e4)
"""What a euro of the market's aim counts beside one of the operator's, rising: first where the operator would have the
market, at last what the market does. The market may turn over hundreds of times what the grid costs."""

LAST_WEIGHT = 100.0
"""With which an equilibrium is picked at charges that support it."""

NO_REGRET = 1e-6
"""Of all that prosumers turn over: regret that is rounding."""

ROUNDS = 4
"""Of choosing the topologies again."""

BETTER, ENOUGH = 1e-5, 1e-3
"""Of the operator's cost: what another schedule has to save to be taken, and a gap that is not worth another look."""

WITHIN = 1.0 - 1e-6
"""Of its cost, what the leader plans to collect at most, so that rounding leaves it within."""


@dataclass(frozen=True, eq=False)
class _Led:
    """A schedule ``closed`` (T, m), charges, the market's answer ``at`` them, and what that costs the operator."""

    closed: Bools
    support: Support
    at: Outcome
    cost_eur: float


@dataclass(frozen=True, eq=False)
class _Game:
    """What does not change: the solve, the trees to choose from, ``every_tree`` where all are known, the mode, all that
    charges can do, and what finds charges up to the cap."""

    context: Context
    trees: TreeSet | None
    every_tree: TreeSet | None
    mode: str
    all_: Possible
    supporter: Supporter


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
    journal.mode = mode
    journal.enter("search")
    alone = followers.answer(problem, np.zeros((problem.hours, len(problem.prosumers_per_bus))))[1]
    searched = trees
    if trees is None and mode != "fixed":
        searched = searched_trees(problem, alone.injection_kw, context.settings.search, context.go_on)
    all_ = possible_answers(problem, cap_eur_per_kwh)
    supporter = Supporter(problem, problem.step_h * cap_eur_per_kwh)
    game = _Game(context, searched, trees, mode, all_, supporter)
    led = _best(game, _schedule(game, alone), alone)
    journal.enter("bound")
    led, bound = _bettered(game, led, _bound(game, led))
    return RolePlan(
        _dispatch(context, led),
        asked_kw=alone.injection_kw,
        figures=_figures(led.cost_eur, bound.bound_eur, cap_eur_per_kwh),
        arrays=bound.arrays,
        remarks=(bound.text,) if bound.bound_eur is None else (),
    )


def _best(game: _Game, closed: Bools, at: Outcome) -> _Led:
    """The best schedule found from the schedule ``closed`` (T, m) and a market outcome on, chosen again at the market's
    answers while that makes it better."""
    best: _Led | None = None
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


def _bettered(game: _Game, led: _Led, bound: LowerBound) -> tuple[_Led, LowerBound]:
    """The leader's plan and bound, after trying schedules on which the bound rests."""
    for _ in range(ROUNDS):
        if bound.stage_eur is None or game.mode == "fixed" or not game.context.go_on():
            break
        if _gap(led.cost_eur, bound.bound_eur) <= ENOUGH:
            break
        promised = _best(game, _cheapest(game, bound.stage_eur), led.at)
        if promised.cost_eur > led.cost_eur * (1.0 - BETTER):
            break
        if bound.bound_eur is None:  # what makes it say nothing is not the plan: it takes long, and would again
            return promised, bound
        led, again = promised, _bound(game, promised)
        if REGRET in bound.arrays:  # it stands on the plan before
            bound = again
        bound = max(bound, again, key=lambda item: -np.inf if item.bound_eur is None else item.bound_eur)
    return led, bound


def _bound(game: _Game, led: _Led) -> LowerBound:
    """What the operator pays at least, whatever the charges."""
    plan = _dispatch(game.context, led)
    return least_cost(game.all_, game.every_tree, game.mode, plan, game.context.journal)


def _gap(cost_eur: float, bound_eur: float | None) -> float:
    """As a share of the operator's cost, at least of 1 EUR."""
    return np.inf if bound_eur is None else (cost_eur - bound_eur) / max(1.0, cost_eur)


def _cheapest(game: _Game, stage_eur: Floats) -> Bools:
    """(T, m) the cheapest schedule of the mode at stage costs (n_trees, T)."""
    assert game.trees is not None
    choice = choices(Journal(), game.context.settings.search)[game.mode]
    return schedule_closed(game.trees, choice.best(game.context.problem, game.trees, stage_eur))


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
    here = ground(problem, game.all_.problem, closed)
    charge = np.zeros((problem.hours, len(problem.prosumers_per_bus)))
    for weight in WEIGHTS:
        at = step(here, at, Pull(charge, weight))
        led = _supported(game, here, at)
        charge = led.support.charge_eur_per_kw
        if _is_answer(problem, led):
            return _supported(game, here, step(here, at, Pull(charge, max(weight, LAST_WEIGHT))))
    return led


def _supported(game: _Game, here: Ground, at: Outcome) -> _Led:
    """The charges that support an outcome best."""
    problem, closed = game.context.problem, here.grid.closed
    injected_kw = problem.at_buses(at.injection_kw)
    cost_eur = float(here.grid.cost_eur(injected_kw).sum()) + switching_eur(problem, closed)
    support = game.supporter.supporting(injected_kw, WITHIN * cost_eur)
    return _Led(closed, support, at, cost_eur)


def _is_answer(problem: CoordinationProblem, led: _Led) -> bool:
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


def _figures(cost_eur: float, bound_eur: float | None, cap_eur_per_kwh: float) -> dict[str, float | str | None]:
    """What summary.json says about the leader: its cap, the bound on its cost, and the gap as a share of that cost."""
    gap = None if bound_eur is None else _gap(cost_eur, bound_eur)
    return {"max_charge_eur_per_kwh": cap_eur_per_kwh, "lower_bound_eur": bound_eur, "gap": gap}
