"""What every radial tree would cost: at given injections, and as far as prosumers may still move.

A ranking at the agreed injections alone does not show trees that would relieve a curtailment, because the curtailment
is in these injections. So all trees are also ranked at what prosumers would inject without charges, and the promising
ones by the operator's own problem at the present charges, prosumers moving against a small resistance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.errors import PowerFlowError
from p2pdnr.market import negotiation
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet, all_trees, landscape
from p2pdnr.reconfiguration.topologies.tree_set import distinct, enumerable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
GoOn = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Outlook:
    """The trees in question, and what they cost at the injections ``unconstrained_kw`` (K, T) that prosumers would
    agree on among themselves without any grid: ``unconstrained_eur`` (n_trees, T), see :func:`unconstrained_costs`, and
    ``uncut_eur`` (n_trees, T) losses and violations with nothing curtailed, None where they were not looked at. Where
    only ``screened`` of them were ranked in every hour, all others stand behind these, and are infinite in the second.
    """

    trees: TreeSet
    unconstrained_kw: Floats
    unconstrained_eur: Floats
    uncut_eur: Floats | None = None
    screened: int | None = None

    def for_all_hours(self, closed: Bools, count: int) -> Outlook:
        """The ``count`` trees that are best for all hours together, and the one with the lines ``closed`` (m,): enough
        for a mode that only serves as a candidate of a wider one."""
        if len(self.trees) <= count:
            return self
        rows = np.argpartition(self.unconstrained_eur.sum(axis=1), count)[:count]
        rows = np.unique(np.append(rows, self.trees.find(closed)))
        return Outlook(self.trees.subset(rows), self.unconstrained_kw, self.unconstrained_eur[rows])


def outlook(
    problem: CoordinationProblem,
    trees: TreeSet | None,
    opening: Agreement,
    settings: SearchSettings = SearchSettings(),
    go_on: GoOn = lambda: True,
) -> Outlook:
    """Rank trees at the unconstrained injections: all of them, or where ``trees`` is None those that an exchange search
    finds good."""
    unconstrained_kw = unconstrained_injections(problem, opening, settings)
    if trees is None:
        trees = searched_trees(problem, unconstrained_kw, settings, go_on)
    return _outlook(problem, trees, unconstrained_kw, settings)


def _outlook(
    problem: CoordinationProblem, trees: TreeSet, unconstrained_kw: Floats, settings: SearchSettings
) -> Outlook:
    """The outlook over given trees."""
    rows = screened(problem, trees, unconstrained_kw, settings)
    some = trees if len(rows) == len(trees) else trees.subset(rows)
    uncut_eur = stage_costs(problem, some, unconstrained_kw)
    cost = unconstrained_costs(problem, some, unconstrained_kw, settings, uncut_eur)
    last_eur = settings.last_place * cost.max(axis=0)
    every_eur, every_uncut_eur = _of_all(trees, rows, cost, last_eur), _of_all(trees, rows, uncut_eur, np.inf)
    return Outlook(trees, unconstrained_kw, every_eur, every_uncut_eur, len(rows))


def _of_all(trees: TreeSet, rows: Ints, cost: Floats, otherwise: Floats | float) -> Floats:
    """(n_trees, T) what the trees of some ``rows`` cost (R, T), and the same in place of what all others do."""
    if len(rows) == len(trees):
        return cost
    every = np.empty((len(trees), cost.shape[1]))
    every[:] = otherwise
    every[rows] = cost
    return every


def screened(problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats, settings: SearchSettings) -> Ints:
    """Rows of the trees that are worth ranking in every hour at injections (K, T): where they are many, the cheapest of
    each of a few hours, evenly spread, and of these together, and the initial one. All of them under limits on
    switching, where those on the way count."""
    few = len(trees) <= settings.screen_together or problem.hours < 2 * settings.screen_hours
    if few or problem.terms.limits_switching or not trees.complete:
        return np.arange(len(trees))
    hours = np.arange(settings.screen_hours) * problem.hours // settings.screen_hours
    stage_eur = finite_costs(stage_costs(problem, trees, injection_kw, hours), settings.last_place)
    kept = np.zeros(len(trees), dtype=np.bool_)
    for cost in stage_eur.T:
        kept[np.argpartition(cost, settings.screen_each)[: settings.screen_each]] = True
    kept[np.argpartition(stage_eur.sum(axis=1), settings.screen_together)[: settings.screen_together]] = True
    kept[trees.find(problem.network.closed)] = True
    return np.flatnonzero(kept)


def searched_trees(
    problem: CoordinationProblem,
    injection_kw: Floats,
    settings: SearchSettings = SearchSettings(),
    go_on: GoOn = lambda: True,
) -> TreeSet:
    """Trees that an exchange search finds good at injections (K, T), with what a schedule within the limits on
    switching needs beside them; ``go_on`` is asked now and then."""
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    case = LoadCase(problem.network, load_kw, load_kvar, problem.terms, problem.outages)
    effort = Effort(seed=settings.seed, watch=lambda _cost: go_on())
    return pool_growth.searched(case, effort, go_on, settings.schedule).trees


def renewed(
    problem: CoordinationProblem, outlook: Outlook, plan: Dispatch, settings: SearchSettings, go_on: GoOn
) -> Outlook:
    """An outlook that does not know all trees, over those that a search at a plan's own injections finds; the plan's
    and the most promising of those known stay."""
    known = [outlook.trees.open_lines[cheapest_rows(outlook.unconstrained_eur, settings)]]
    in_use = [np.flatnonzero(~row)[None] for row in (problem.network.closed, *np.unique(plan.closed, axis=0))]
    fresh = searched_trees(given(problem, plan.reactive_kvar), plan.response.injection_kw, settings, go_on)
    trees = distinct(problem.network, np.vstack([*in_use, fresh.open_lines, *known]))
    return _outlook(problem, trees, outlook.unconstrained_kw, settings)


def cheapest_rows(stage_eur: Floats, settings: SearchSettings) -> Ints:
    """Rows of the cheapest trees of each hour and of all hours together."""
    of_each = np.argsort(stage_eur, axis=0, kind="stable")[: settings.pool_per_hour].ravel()
    of_all = np.argsort(stage_eur.sum(axis=1), kind="stable")[: settings.pool_of_all_hours]
    return np.union1d(of_each, of_all)


def unconstrained_costs(
    problem: CoordinationProblem,
    trees: TreeSet,
    unconstrained_kw: Floats,
    settings: SearchSettings = SearchSettings(),
    uncut_eur: Floats | None = None,
) -> Floats:
    """(n_trees, T) least cost over the share of the unconstrained feed-in that is curtailed, always finite;
    ``uncut_eur`` (n_trees, T) is that of none, where it is known.

    A tree that keeps its limits once some PV is curtailed must not rank behind one that breaks fewer of them without
    curtailment. Curtailed energy is worth the retailer's price; trees without a power flow come last. Hours in which no
    tree carries even the loads are ranked at a share of them, because charges will curtail those too.
    """
    cost = stage_costs(problem, trees, unconstrained_kw) if uncut_eur is None else uncut_eur.copy()
    surplus_kw = np.maximum(unconstrained_kw, 0.0)
    sell = np.array([terms.sell_eur_per_kwh for terms in problem.block.terms])
    value_eur = problem.step_h * (np.maximum(sell, 0.0) * surplus_kw).sum(axis=0)
    hours = np.flatnonzero(surplus_kw.sum(axis=0) > settings.noticeable_kw)
    for share in settings.curtailed_shares if len(hours) else ():
        given_up = _Curtailment(unconstrained_kw - share * surplus_kw, share * value_eur, hours)
        _curtail(problem, trees, given_up, cost, settings.near_best_share)
    for share in settings.carried_shares:
        blind = np.flatnonzero(~np.isfinite(cost).any(axis=0))
        if len(blind):
            cost[:, blind] = stage_costs(problem, trees, share * unconstrained_kw, blind)
    return finite_costs(cost, settings.last_place)


def finite_costs(cost: Floats, last_place: float = SearchSettings.last_place) -> Floats:
    """(n_trees, T) the same with trees that have no power flow behind all others, at so many times the dearest."""
    dearest = np.max(cost, axis=0, initial=1.0, where=np.isfinite(cost))
    return np.where(np.isfinite(cost), cost, last_place * dearest)


@dataclass(frozen=True, eq=False)
class _Curtailment:
    """Injections ``left_kw`` (K, T) when the rest, ``worth_eur`` (T,), is given up in some ``hours`` (H,)."""

    left_kw: Floats
    worth_eur: Floats
    hours: Ints


def _curtail(
    problem: CoordinationProblem, trees: TreeSet, given_up: _Curtailment, cost: Floats, near_best_share: float
) -> None:
    """Lower ``cost`` (n_trees, T) to that with some feed-in given up, for the trees that may matter then.

    Giving up costs at least its worth. So it makes no tree the best of an hour whose best costs less already, and none
    a good one for all hours that would not be good if nothing remained to be paid.
    """
    worth_eur, hours = given_up.worth_eur, given_up.hours
    least = cost.copy()
    least[:, hours] = np.minimum(least[:, hours], worth_eur[hours])
    hopeful = np.flatnonzero(least.sum(axis=1) <= (1.0 + near_best_share) * cost.sum(axis=1).min())
    dear = hours[cost[:, hours].min(axis=0) > worth_eur[hours]]
    for rows, some in ((hopeful, np.setdiff1d(hours, dear)), (np.arange(len(trees)), dear)):
        if len(rows) and len(some):
            part = trees if len(rows) == len(trees) else trees.subset(rows)
            curtailed = stage_costs(problem, part, given_up.left_kw, some) + worth_eur[some]
            here = np.ix_(rows, some)
            cost[here] = np.minimum(cost[here], curtailed)


def every_tree(problem: CoordinationProblem, most_stages: int = SearchSettings.most_stages) -> TreeSet | None:
    """All radial trees where they and the hours are few enough to be ranked together, else None."""
    network = problem.network
    return all_trees(network) if few(network, count_spanning_trees(network), problem.hours, most_stages) else None


def few(network: Network, count: int, hours: int, most_stages: int = SearchSettings.most_stages) -> bool:
    """Whether ``count`` radial trees in so many hours are ranked together."""
    return count * hours <= most_stages and enumerable(network, count)


def unconstrained_injections(
    problem: CoordinationProblem, state: Agreement, settings: SearchSettings = SearchSettings()
) -> Floats:
    """(K, T) injections of the market alone: some iterations of trading without charges."""
    nothing = np.zeros_like(state.charge_eur_per_kw)
    state = replace(state, charge_eur_per_kw=nothing, charge_weight=np.full(problem.hours, 1e-9))
    for _ in range(settings.unconstrained_iterations):
        response = iterations.answer_prices(problem, state)
        weight, relaxation = state.trade_weight, settings.unconstrained_relaxation
        trading = negotiation.agree(problem.block, state.trading, response.trade_kw, weight, relaxation)
        state = replace(state, trading=trading)
    return response.injection_kw


def unplanned(
    problem: CoordinationProblem, admm: AdmmSettings, settings: SearchSettings = SearchSettings()
) -> tuple[Bools, Floats]:
    """(T, m) the initial topology in every hour, and (K, T) injections of the market alone: where what hangs on a plan
    begins."""
    start = iterations.opening(problem, admm)
    return np.tile(problem.network.closed, (problem.hours, 1)), unconstrained_injections(problem, start, settings)


def stage_costs(
    problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats, hours: Ints | None = None
) -> Floats:
    """(n_trees, H) losses and violations by AC power flow at injections (K, T), in some hours (H,) or all, with energy
    not supplied where that has a price; infinite where there is no solution."""
    if hours is None:
        return ranked(problem, trees, injection_kw).stage_cost(problem.terms) + outages_eur(problem, trees)
    load_kw, load_kvar = problem.net_load_kw(injection_kw)[hours], problem.operator.load_kvar[hours]
    found = _landscape(problem, trees, hours, load_kw, load_kvar)
    return found.stage_cost(problem.terms) + outages_eur(problem, trees, hours)


def outages_eur(problem: CoordinationProblem, trees: TreeSet, hours: Ints | None = None) -> Floats | float:
    """(n_trees, H) energy that faults leave unsupplied in some hours or all, at its price; 0 where it has none."""
    if problem.outages is None:
        return 0.0
    outages = problem.outages if hours is None else problem.outages.at(hours)
    return outages.stage_eur(problem.network, trees.open_lines)


def ranked(problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats) -> Landscape:
    """Every tree in every hour at injections (K, T); the last complete ranking is kept, because the plan that the
    polish ends with is ranked once more when it is settled."""
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    for known_trees, known_kw, known_kvar, landscape_then in problem.rankings:
        same = np.array_equal(known_kw, injection_kw) and np.array_equal(known_kvar, load_kvar)
        if known_trees is trees and same:
            return landscape_then
    now = _landscape(problem, trees, np.arange(problem.hours), load_kw, load_kvar)
    if trees.complete:
        problem.rankings[:] = [(trees, injection_kw, load_kvar, now)]
    return now


def _landscape(
    problem: CoordinationProblem, trees: TreeSet, hours: Ints, load_kw: Floats, load_kvar: Floats
) -> Landscape:
    """Every tree in some hours (H,) at withdrawals (H, n), with levers as they stand there."""
    parts = list(problem.operator.hourly.parts(hours))
    made = [landscape(there, trees, load_kw[rows], load_kvar[rows], problem.terms) for rows, there in parts]
    if len(made) == 1:
        return made[0]
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    names = ("loss_kw", "violation_eur", "converged")
    return Landscape(trees, *(np.hstack([getattr(part, name) for part in made])[:, order] for name in names))


def soft_stage_costs(
    problem: CoordinationProblem, trees: TreeSet, plan: Dispatch, resistance_eur: float, known_eur: Floats
) -> Floats:
    """(n_trees, T) least of the operator's cost + charge x move + resistance/2 move^2, the move from the agreed
    injections, and energy not supplied where that has a price; infinite where a tree has no power flow.

    The resistance in EUR/kW2. The smaller it is, the more this is a promise; the larger, the more what is there now.
    Where ``known_eur`` (n_trees, T) is a number it stands; the others are worked out.
    """
    charge, agreed_kw, count = operator_view(problem, plan)
    stage_eur, fixed_eur = known_eur.copy(), np.zeros_like(known_eur) + outages_eur(problem, trees)

    def look(index: int) -> None:
        hours = np.flatnonzero(np.isnan(known_eur[index]))
        weight = np.tile(resistance_eur / count, (len(hours), 1))
        closed, target_kw = np.tile(trees.closed(index), (len(hours), 1)), agreed_kw[hours] - charge[hours] / weight
        cost_eur = _soft_cost(problem, _SoftHours(hours, closed, target_kw, weight, agreed_kw[hours]))
        gain_eur = (charge[hours] ** 2 / weight / 2).sum(axis=1)
        stage_eur[index, hours] = cost_eur - gain_eur + fixed_eur[index, hours]

    problem.backend.map(look, range(len(trees)))
    return stage_eur


def operator_view(problem: CoordinationProblem, plan: Dispatch) -> tuple[Floats, Floats, Floats]:
    """(T, nz) charges and what a plan injects at the operator's buses, reactive power at inverters after active power,
    and (nz,) how many share each. Reactive power that follows the voltage stays as it is."""
    charge, agreed = problem.at_buses(plan.agreement.charge_eur_per_kw), problem.at_buses(plan.response.injection_kw)
    count, inverters, state = problem.prosumers_per_bus, problem.inverters, plan.agreement.reactive
    if plan.reactive_kvar is None or state is None:
        return charge / count, agreed, count
    price = inverters.at_buses(state.operator_eur) / inverters.per_bus
    firm = inverters.per_bus if inverters.dispatched else np.full(len(inverters.per_bus), 1e-6)
    parts = np.hstack([charge / count, price]), np.hstack([agreed, inverters.at_buses(plan.reactive_kvar)])
    return *parts, np.concatenate([count, firm])


@dataclass(frozen=True, eq=False)
class _SoftHours:
    """Some ``hours`` (H,) with the lines ``closed`` (H, m) and a pull on the injections of the operator's buses, all
    (H, nz): to ``target_kw`` by ``weight`` in EUR/kW2, from ``agreed_kw``."""

    hours: Ints
    closed: Bools
    target_kw: Floats
    weight: Floats
    agreed_kw: Floats

    def single(self) -> list[_SoftHours]:
        """The same, hour by hour."""
        return [
            _SoftHours(self.hours[[t]], self.closed[[t]], self.target_kw[[t]], self.weight[[t]], self.agreed_kw[[t]])
            for t in range(len(self.hours))
        ]


def _soft_cost(problem: CoordinationProblem, soft: _SoftHours) -> Floats:
    """(H,) the operator's cost and the pull's, infinite in hours in which the tree has no power flow."""
    nothing = np.zeros((len(soft.hours), problem.network.n_buses))
    active_kw, reactive_kvar = np.split(soft.agreed_kw, [len(problem.operator.buses)], axis=1)
    start = OperatorAnswer(active_kw, nothing, nothing, nothing, nothing, reactive_kvar=reactive_kvar)
    try:
        answer = problem.operator.solve(soft.closed, (soft.target_kw, soft.weight), soft.hours, start)
    except PowerFlowError:
        if len(soft.hours) == 1:
            return np.full(1, np.inf)
        return np.concatenate([_soft_cost(problem, hour) for hour in soft.single()])
    assert answer.reactive_kvar is not None
    moved = np.hstack([answer.injection_kw, answer.reactive_kvar]) - soft.target_kw
    return np.asarray(answer.cost_eur.sum(axis=1) + (soft.weight / 2 * moved**2).sum(axis=1))


def schedule_closed(trees: TreeSet, indices: Ints) -> Bools:
    """(T, m) closed lines of a schedule given by tree indices."""
    return np.array([trees.closed(int(index)) for index in indices])
