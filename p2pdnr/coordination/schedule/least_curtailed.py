"""The schedule on which least must be given up for what the market does alone to keep its limits.

A ranking at injections that are given prices what a topology breaks there, or takes one share of all feed-in away.
Where limits bind, what counts is how little must be given up, and by whom. Here that is worked out for the few
topologies that break limits least, in hours that break any: by linear programmes, the limits linearised at the AC power
flow of what is given up so far. Most topologies need none, as a bound shows that they are not the best of an hour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Bools, power_flow
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Static
from p2pdnr.coordination.schedule.context import Candidates
from p2pdnr.coordination.schedule.levers import GridHour, Levers, programme
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import finite_costs, outages_eur, ranked, schedule_closed
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_VALUE_SHARE = 1e-3
"""Of the violation price: what a kWh not fed in is worth at least, so that nothing is given up without need."""

TINY = 1e-30
"""Instead of nothing, where something is divided by it."""

TURNS = 2
"""Linear programmes of an hour on a topology: the second is within a few percent of where they come to rest."""


def least_curtailed(
    problem: CoordinationProblem, candidates: Candidates, closed: Bools, settings: SearchSettings
) -> Bools | None:
    """(T, m) the schedule of least losses, switching and what must be given up at its worth.

    None where the market alone keeps all limits on the schedule ``closed`` (T, m), no schedule keeps the limits on
    switching, or the outlook is an earlier plan's.
    """
    known, choice = candidates.outlook, candidates.choice
    if known.uncut_eur is None:  # an earlier plan is tested again, which was compared with all that
        return None
    broken = np.flatnonzero(_breaks_limits(problem, closed, known.unconstrained_kw))
    if not len(broken):
        return None
    cost = finite_costs(known.uncut_eur, settings.last_place)
    single = isinstance(choice, Static)
    for hours in (np.arange(problem.hours),) if single else broken[:, None]:
        shown = known.uncut_eur[:, hours].sum(axis=1)
        rows = np.argsort(shown, kind="stable")[: settings.curtailed_on]
        here = np.ix_(rows, hours)
        cost[here] = np.minimum(
            cost[here], curtailed_eur(problem, known.trees.subset(rows), known.unconstrained_kw, hours)
        )
    try:
        return schedule_closed(known.trees, choice.best(problem, known.trees, cost))
    except SolverError:
        return None


def _breaks_limits(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Bools:
    """(T,) whether injections (K, T) break a limit on a schedule, or have no power flow."""
    try:
        flow = power_flow(problem, closed, injection_kw)
    except PowerFlowError:
        return np.ones(problem.hours, dtype=np.bool_)
    return np.asarray(violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a) > 0.0)


def curtailed_eur(problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats, hours: Ints) -> Floats:
    """(n_trees, H) losses, energy not supplied at its price, and what must be given up in some hours, infinite where
    that cannot be seen.

    Of topologies that are not the best over these hours together it may be too little: a bound stands for them.
    """
    seen = ranked(problem, trees, injection_kw)
    loss_eur = problem.terms.loss_eur_per_kw * seen.loss_kw[:, hours] + outages_eur(problem, trees, hours)
    levers = [_levers(problem, injection_kw[:, hour], int(hour)) for hour in hours]
    free_of_charge = problem.terms.violation_price_eur_per_kwh == 0.0
    broken = (seen.violation_eur[:, hours] > 0.0) | free_of_charge  # of the others nothing must be given up

    def given_up_eur(row: int, turns: int) -> Floats:
        """(H,) on a topology."""
        eur, closed = np.zeros(len(hours)), trees.closed(row)
        for place in np.flatnonzero(broken[row] & seen.converged[row, hours]):
            grid = _grid(problem, closed, injection_kw, int(hours[place]))
            eur[place] = problem.step_h * _eur_per_h(grid, levers[place], turns)
        return eur

    eur = loss_eur + [given_up_eur(row, turns=0) for row in range(len(trees))]
    eur[~seen.converged[:, hours]] = np.inf
    best = np.inf
    for row in np.argsort(eur.sum(axis=1), kind="stable"):
        if not eur[row].sum() < best:
            break
        eur[row] = loss_eur[row] + given_up_eur(int(row), TURNS)
        best = min(best, eur[row].sum())
    return eur


def _grid(problem: CoordinationProblem, closed: Bools, injection_kw: Floats, hour: int) -> GridHour:
    """An hour at injections (K, T) on a tree."""
    network, load_kw = problem.operator.hourly.at(hour), problem.operator.load_kw[hour].copy()
    np.subtract.at(load_kw, problem.prosumer_bus, injection_kw[:, hour])
    return GridHour(network, orient(network, closed), load_kw, problem.operator.load_kvar[hour])


def _levers(problem: CoordinationProblem, injection_kw: Floats, hour: int) -> Levers:
    """What everybody feeds in (K,), at the retailer's price, then everybody's fixed load at the price of violations."""
    price = problem.terms.violation_price_eur_per_kwh
    sell = np.array([terms.sell_eur_per_kwh[hour] for terms in problem.block.terms])
    load_kw = problem.block.right[:, hour, kernel.BALANCE]
    return Levers(
        bus=np.tile(problem.prosumer_bus, 2),
        sign=np.repeat([-1.0, 1.0], len(sell)),
        most_kw=np.maximum(np.concatenate([injection_kw, load_kw]), 0.0),
        eur_per_kwh=np.concatenate([np.maximum(sell, LEAST_VALUE_SHARE * price), np.full(len(sell), price)]),
    )


def _eur_per_h(grid: GridHour, levers: Levers, turns: int) -> float:
    """EUR an hour of what is given up after so many linear programmes; before the first a bound on what it finds.

    Infinite where limits cannot be kept so.
    """
    used_kw = nothing = np.zeros(len(levers.sign))
    beyond = grid.beyond(levers, nothing[None])[0]
    if not np.isfinite(beyond).all():
        return np.inf
    if (beyond <= 0.0).all():
        return 0.0
    if not turns:
        return _dearest_limit_eur_per_h(beyond, grid.slopes(levers, nothing), levers)
    for _ in range(turns):
        found = programme(grid, levers, (nothing, used_kw, np.inf), elastic=False)
        if found is None:
            return np.inf
        used_kw = found
    return float(levers.eur_per_kwh @ used_kw)


def _dearest_limit_eur_per_h(beyond: Floats, slopes: Floats, levers: Levers) -> float:
    """EUR an hour that mending the dearest of the broken limits takes by itself, the cheapest kilowatts first."""
    rows = np.flatnonzero(beyond > 0.0)
    helps = np.maximum(-slopes[rows], 0.0)
    if not np.isfinite(helps).all():
        return np.inf
    order = np.argsort(levers.eur_per_kwh / np.maximum(helps, TINY), axis=1, kind="stable")
    gain = np.take_along_axis(helps * levers.most_kw, order, axis=1)
    before = np.cumsum(gain, axis=1) - gain
    share = np.clip((beyond[rows, None] - before) / np.maximum(gain, TINY), 0.0, 1.0)
    eur = (share * (levers.eur_per_kwh * levers.most_kw)[order]).sum(axis=1)
    return np.inf if (gain.sum(axis=1) < beyond[rows]).any() else float(eur.max())
