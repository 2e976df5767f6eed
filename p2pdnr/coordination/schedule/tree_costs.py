"""What every radial tree would cost: at given injections, and as far as prosumers may still move.

Ranking trees at the agreed injections alone hides those that would relieve a curtailment. So all trees are also
ranked at what prosumers would inject if there were no charges, and the promising ones by the operator's own problem
at the present charges, with prosumers free to move at a small resistance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import PowerFlowError
from p2pdnr.market import negotiation
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet, all_trees, landscape
from p2pdnr.reconfiguration.topologies.tree_set import distinct, enumerable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
GoOn = Callable[[], bool]

WISH_TURNS = 25
SHARES_OF_WISH = (0.3, 0.1, 0.03, 0.0)
LAST_PLACE = 2.0
"""Times the costliest tree of the hour: the rank of a tree without a power flow at the unconstrained injections."""

CURTAILED_SHARES = (0.3, 0.6, 1.0)
NEAR_BEST = 0.25
NOTICEABLE_KW = 1.0
FEW_PER_HOUR = 6
FEW_OF_ALL_HOURS = 60
"""Trees of a pool that stay in question when it is filled again."""
SHORT_LIST = 5000
MOST_STAGES = 20_000_000
"""Trees times hours that are ranked at once: 160 MB for each look."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """The trees in question, and ``wish_eur`` (n_trees, T): their losses and violations at the injections (K, T)
    that prosumers would agree on among themselves without any grid."""

    trees: TreeSet
    wish_kw: Floats
    wish_eur: Floats

    def for_all_hours(self, closed: Bools) -> Outlook:
        """The trees that are best for all hours together, and the one with the lines ``closed`` (m,): enough for a mode
        that only serves as a candidate of a wider one."""
        if len(self.trees) <= SHORT_LIST:
            return self
        rows = np.argpartition(self.wish_eur.sum(axis=1), SHORT_LIST)[:SHORT_LIST]
        rows = np.unique(np.append(rows, self.trees.find(closed)))
        return Outlook(self.trees.subset(rows), self.wish_kw, self.wish_eur[rows])


def outlook(
    problem: Problem, trees: TreeSet | None, opening: Agreement, seed: int = 0, go_on: GoOn = lambda: True
) -> Outlook:
    """Rank trees at the unconstrained injections: all of them, or where ``trees`` is None those that an exchange
    search finds good."""
    wish_kw = wished_injections(problem, opening)
    if trees is None:
        trees = searched_trees(problem, wish_kw, seed, go_on)
    return Outlook(trees, wish_kw, wish_costs(problem, trees, wish_kw))


def searched_trees(problem: Problem, injection_kw: Floats, seed: int = 0, go_on: GoOn = lambda: True) -> TreeSet:
    """Trees that an exchange search finds good at injections (K, T), with what a schedule within the limits on
    switching needs beside them; ``go_on`` is asked now and then."""
    load = (problem.net_load_kw(injection_kw), problem.operator.load_kvar)
    case = pool_growth.Case(problem.network, load, problem.terms)
    effort = Effort(seed=seed, keep=pool_growth.POOL, watch=lambda _cost: go_on())
    return pool_growth.searched(case, effort, go_on).trees


def renewed(problem: Problem, outlook: Outlook, plan: Dispatch, seed: int, go_on: GoOn) -> Outlook:
    """An outlook that does not know all trees, over those that a search at a plan's own injections finds; the plan's
    and the most promising of those known stay."""
    known = [outlook.trees.open_lines[cheapest_rows(outlook.wish_eur)]]
    in_use = [np.flatnonzero(~row)[None] for row in (problem.network.closed, *np.unique(plan.closed, axis=0))]
    fresh = searched_trees(problem, plan.response.injection_kw, seed, go_on)
    trees = distinct(problem.network, np.vstack([*in_use, fresh.open_lines, *known]))
    return Outlook(trees, outlook.wish_kw, wish_costs(problem, trees, outlook.wish_kw))


def cheapest_rows(stage_eur: Floats) -> Ints:
    """Rows of the cheapest trees of each hour and of all hours together."""
    few, many = FEW_PER_HOUR, FEW_OF_ALL_HOURS
    single = np.argsort(stage_eur, axis=0, kind="stable")[:few].ravel()
    return np.union1d(single, np.argsort(stage_eur.sum(axis=1), kind="stable")[:many])


def wish_costs(problem: Problem, trees: TreeSet, wish_kw: Floats) -> Floats:
    """(n_trees, T) least cost over the share of the unconstrained feed-in that is curtailed, always finite.

    A tree that holds its limits once some of the sun is given up must not rank behind one that breaks fewer of them at
    full sun. What is given up is worth the retailer's price; trees without a power flow come last. Hours in which no
    tree carries even the loads are ranked at a share of them, because charges will curtail those too.
    """
    cost = stage_costs(problem, trees, wish_kw)
    surplus_kw = np.maximum(wish_kw, 0.0)
    sell = np.array([terms.sell_eur_per_kwh for terms in problem.block.terms])
    value_eur = problem.step_h * (np.maximum(sell, 0.0) * surplus_kw).sum(axis=0)
    hours = np.flatnonzero(surplus_kw.sum(axis=0) > NOTICEABLE_KW)
    for share in CURTAILED_SHARES if len(hours) else ():
        _curtail(problem, trees, (wish_kw - share * surplus_kw, share * value_eur, hours), cost)
    for share in SHARES_OF_WISH:
        blind = np.flatnonzero(~np.isfinite(cost).any(axis=0))
        if len(blind):
            cost[:, blind] = stage_costs(problem, trees, share * wish_kw, blind)
    return finite_costs(cost)


def finite_costs(cost: Floats) -> Floats:
    """(n_trees, T) the same with trees that have no power flow behind all others."""
    dearest = np.max(cost, axis=0, initial=1.0, where=np.isfinite(cost))
    return np.where(np.isfinite(cost), cost, LAST_PLACE * dearest)


def _curtail(problem: Problem, trees: TreeSet, given_up: tuple[Floats, Floats, Ints], cost: Floats) -> None:
    """Lower ``cost`` (n_trees, T) to that of the injections (K, T) that are left when the rest, worth so many EUR (T,),
    is given up in some hours; for the trees that may matter then.

    Giving up costs at least its worth. So it makes no tree the best of an hour whose best costs less already, and none
    a good one for all hours that would not be good if nothing remained to be paid.
    """
    left_kw, worth_eur, hours = given_up
    least = cost.copy()
    least[:, hours] = np.minimum(least[:, hours], worth_eur[hours])
    hopeful = np.flatnonzero(least.sum(axis=1) <= (1.0 + NEAR_BEST) * cost.sum(axis=1).min())
    dear = hours[cost[:, hours].min(axis=0) > worth_eur[hours]]
    for rows, some in ((hopeful, np.setdiff1d(hours, dear)), (np.arange(len(trees)), dear)):
        if len(rows) and len(some):
            part = trees if len(rows) == len(trees) else trees.subset(rows)
            curtailed = stage_costs(problem, part, left_kw, some) + worth_eur[some]
            here = np.ix_(rows, some)
            cost[here] = np.minimum(cost[here], curtailed)


def every_tree(problem: Problem) -> TreeSet | None:
    """All radial trees where they and the hours are few enough to be ranked together, else None."""
    network = problem.network
    return all_trees(network) if few(network, count_spanning_trees(network), problem.hours) else None


def few(network: Network, count: int, hours: int) -> bool:
    """Whether ``count`` radial trees in so many hours are ranked together."""
    return count * hours <= MOST_STAGES and enumerable(network, count)


def wished_injections(problem: Problem, state: Agreement) -> Floats:
    """(K, T) injections of the market alone: some turns of trading without charges."""
    nothing = np.zeros_like(state.charge_eur)
    state = replace(state, charge_eur=nothing, charge_weight=np.full(problem.hours, 1e-9))
    for _ in range(WISH_TURNS):
        response = iterations.answer_prices(problem, state)
        trading = negotiation.agree(problem.block, state.trading, response.trade_kw, state.trade_weight, 1.6)
        state = replace(state, trading=trading)
    return response.injection_kw


def stage_costs(problem: Problem, trees: TreeSet, injection_kw: Floats, hours: Ints | None = None) -> Floats:
    """(n_trees, H) losses and violations by AC power flow at injections (K, T), in some hours (H,) or all; infinite
    where there is no solution."""
    if hours is None:
        return ranked(problem, trees, injection_kw).stage_cost(problem.terms)
    load_kw, load_kvar = problem.net_load_kw(injection_kw)[hours], problem.operator.load_kvar[hours]
    return landscape(problem.network, trees, load_kw, load_kvar, problem.terms).stage_cost(problem.terms)


def ranked(problem: Problem, trees: TreeSet, injection_kw: Floats) -> Landscape:
    """Every tree in every hour at injections (K, T); the last complete ranking is kept, because the plan that the
    polish ends with is ranked once more when it is settled."""
    for known_trees, known_kw, landscape_then in problem.rankings:
        if known_trees is trees and np.array_equal(known_kw, injection_kw):
            return landscape_then
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    now = landscape(problem.network, trees, load_kw, load_kvar, problem.terms)
    if trees.complete:
        problem.rankings[:] = [(trees, injection_kw, now)]
    return now


def soft_stage_costs(
    problem: Problem, trees: TreeSet, plan: Dispatch, resistances_eur: tuple[float, ...], known_eur: Floats
) -> list[Floats]:
    """For every resistance (n_trees, T) least of the operator's cost + charge x move + resistance/2 move^2, the move
    from the agreed injections.

    Resistances in EUR/kW2. The smaller one is, the more this is a promise; the larger, the more what is there now.
    They come in falling order: each look starts where the one before it ended. Where ``known_eur`` (n_trees, T) is a
    number it stands; the others are worked out.
    """
    charge = problem.at_buses(plan.agreement.charge_eur) / problem.crowd
    agreed_kw = problem.at_buses(plan.response.injection_kw)
    stages = [known_eur.copy() for _ in resistances_eur]

    def look(index: int) -> None:
        hours = np.flatnonzero(np.isnan(known_eur[index]))
        closed, nothing = np.tile(trees.closed(index), (len(hours), 1)), np.zeros((len(hours), problem.network.n_buses))
        start = OperatorAnswer(agreed_kw[hours], nothing, nothing, nothing, nothing)
        for resistance, stage in zip(resistances_eur, stages, strict=True):
            weight = np.tile(resistance / problem.crowd, (len(hours), 1))
            pull = (agreed_kw[hours] - charge[hours] / weight, weight, agreed_kw[hours])
            stage[index, hours], start = _soft_cost(problem, closed, pull, hours, start)
            stage[index, hours] -= (charge[hours] ** 2 / weight / 2).sum(axis=1)

    problem.backend.map(look, range(len(trees)))
    return stages


def _soft_cost(
    problem: Problem, closed: Bools, pull: tuple[Floats, Floats, Floats], hours: Ints, start: OperatorAnswer
) -> tuple[Floats, OperatorAnswer]:
    """(T,) the operator's cost and the pull's (target, weight, agreed injections), infinite in hours in which the tree
    has no power flow; and where a softer look may start."""
    target, weight, agreed_kw = pull
    try:
        answer = problem.operator.solve(closed, (target, weight), hours, start)
    except PowerFlowError:
        if len(hours) == 1:
            return np.full(1, np.inf), start
        nothing = np.zeros((1, problem.network.n_buses))
        fresh = [OperatorAnswer(agreed_kw[[t]], nothing, nothing, nothing, nothing) for t in range(len(hours))]
        single = [(target[[t]], weight[[t]], agreed_kw[[t]]) for t in range(len(hours))]
        costs = [_soft_cost(problem, closed[[t]], single[t], hours[[t]], fresh[t])[0] for t in range(len(hours))]
        return np.concatenate(costs), start
    moved = answer.injection_kw - target
    return np.asarray(answer.cost_eur.sum(axis=1) + (weight / 2 * moved**2).sum(axis=1)), answer


def schedule_closed(trees: TreeSet, indices: Ints) -> Bools:
    """(T, m) closed lines of a schedule given by tree indices."""
    return np.array([trees.closed(int(index)) for index in indices])
