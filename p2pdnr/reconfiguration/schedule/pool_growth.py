"""A pool of trees for a schedule, made better where it is used.

The best trees of every hour are often far apart, and a limit on switching asks for what lies between them. So the pool
gets the trees on the way from the initial state to those that a schedule without limits would use, and from each of
them to the next; where there are limits, also the best that one exchange after another leads to from the initial state;
then, again and again, the neighbours (one exchange away) of the trees of the best schedule so far,
those that promise most, until the schedule gets no cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.schedule.dynamic_programme import Schedule
from p2pdnr.reconfiguration.schedule.pruning import least
from p2pdnr.reconfiguration.schedule.settings import PoolSettings, ScheduleSettings
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies import ranking, switching_sequence
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search_hours
from p2pdnr.reconfiguration.topologies.held_voltages import as_fixed
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, distinct


@dataclass(frozen=True, eq=False)
class Staged:
    """Trees, and (n_trees, T) EUR of losses and violations, and of energy not supplied where that has a price."""

    trees: TreeSet
    stage_eur: Floats


def staged(case: LoadCase, trees: TreeSet, exact: bool = False) -> Staged:
    """The trees with their costs, to the accuracy of a ranking or ``exact``."""
    rank = ranking.evaluate_trees if exact else ranking.landscape
    ranked = rank(case.network, trees, case.load_kw, case.load_kvar, case.terms)
    stage_eur = ranked.stage_cost(case.terms)
    if case.outages is not None:
        stage_eur += case.outages.stage_eur(case.network, trees.open_lines)
    return Staged(trees, stage_eur)


def searched(
    case: LoadCase, effort: Effort, go_on: Callable[[], bool], settings: ScheduleSettings = ScheduleSettings()
) -> Staged:
    """A pool that exchange searches of every hour have filled, and what a schedule within the limits needs beside it;
    ``go_on`` is asked in every round. The initial state is radial."""
    one = as_fixed(case, case.network.closed)
    trees = search_hours(one.network, one.load_kw, one.load_kvar, one.terms, replace(effort, keep=settings.pool.trees))
    return enrich(case, staged(case, trees), go_on, settings)


def enrich(
    case: LoadCase, pool: Staged, go_on: Callable[[], bool], settings: ScheduleSettings = ScheduleSettings()
) -> Staged:
    """The pool with what a schedule within the limits needs; ``go_on`` is asked in every round.

    The pool holds the initial state, which is radial.
    """
    free = replace(case.terms, max_per_hour=None, max_per_day=None, min_dwell_steps=None)
    goal, most = _schedule(replace(case, terms=free), pool, settings), settings.pool.most_trees
    if goal is None:
        return pool
    pool = _added(case, pool, _ways(case.network, _used(case.network, pool, goal)), most)
    if case.terms.limits_switching:
        pool = _added(case, pool, _descent(case, go_on, settings.pool), most)
    cost = np.inf
    for _ in range(settings.pool.rounds):
        found, enough_eur = _schedule(case, pool, settings), cost * (1.0 - settings.pool.least_gain_share)
        if found is None or not (found.cost_eur < enough_eur or np.isinf(cost)) or not go_on():
            break
        cost = found.cost_eur
        pool = _added(case, pool, _neighbours(case, pool, found, settings.pool), most)
    return pool


def _schedule(case: LoadCase, pool: Staged, settings: ScheduleSettings) -> Schedule | None:
    """The best within the limits, None where there is none."""
    return least(pool.stage_eur, pool.trees, case.terms, case.network.closed, settings).schedule


def _used(network: Network, pool: Staged, found: Schedule) -> list[Bools]:
    """The initial state and the trees of a schedule, in their order, repetitions left out."""
    states = [network.closed]
    for index in found.indices.tolist():
        closed = pool.trees.closed(index)
        if (closed != states[-1]).any():
            states.append(closed)
    return states


def _ways(network: Network, states: list[Bools]) -> Ints:
    """(k, n_open) the trees on the way from the first state to every other, and from each to the next."""
    found = []
    pairs = [(states[0], state) for state in states[1:]] + list(pairwise(states[1:]))
    for before, after in pairs:
        closed = before.copy()
        for step, (line, action) in enumerate(switching_sequence.operations(network, before, after)):
            closed[line] = action == "close"
            if step % 2:
                found.append(np.flatnonzero(~closed))
    return np.array(found, dtype=np.int64).reshape(len(found), int((~network.closed).sum()))


def _descent(case: LoadCase, go_on: Callable[[], bool], settings: PoolSettings) -> Ints:
    """(k, n_open) trees that are one exchange, two, three and so on away from the initial state: of each step those
    that promise most for all hours, and for all that are left of them."""
    here = distinct(case.network, np.flatnonzero(~case.network.closed)[None])
    found = [here.open_lines.astype(np.int64)]
    for _ in range(min(settings.descent_exchanges, here.open_lines.shape[1])):
        near = distinct(case.network, _evenly(_exchanged(case.network, here), settings.descent_ranked))
        stage_eur = staged(case, near).stage_eur
        ends = _remaining(stage_eur, settings.descent_parts)
        rows = _cheapest_of_each(ends, settings.descent_width)
        here = near.subset(rows)
        more = _cheapest_of_each(ends, 4 * settings.descent_width)
        found.append(near.open_lines[more].astype(np.int64))
        if not go_on():
            break
    return np.vstack(found)


def _remaining(stage_eur: Floats, parts: int) -> list[Floats]:
    """(n_trees,) costs from the start of every part of the steps to the end of the last."""
    steps = stage_eur.shape[1]
    return [stage_eur[:, first:].sum(axis=1) for first in range(0, steps, -(-steps // parts))]


def _cheapest_of_each(totals_eur: list[Floats], count: int) -> Ints:
    """The rows of the cheapest few by every total (n_trees,)."""
    return np.unique(np.concatenate([np.argsort(total, kind="stable")[:count] for total in totals_eur]))


def _exchanged(network: Network, trees: TreeSet) -> Ints:
    """(k, n_open) all single exchanges of some trees."""
    return np.vstack([exchanges(network.with_(closed=trees.closed(row)))[1] for row in range(len(trees))])


def _neighbours(case: LoadCase, pool: Staged, found: Schedule, settings: PoolSettings) -> Ints:
    """(k, n_open) single exchanges of a schedule's trees that would gain most in some hour, or over all hours."""
    used = np.unique(found.indices)
    near = _exchanged(case.network, pool.trees.subset(used))
    trees = distinct(case.network, _evenly(near, settings.most_ranked))
    gain = pool.stage_eur[found.indices, np.arange(len(found.indices))] - staged(case, trees).stage_eur
    together = np.argsort(-np.maximum(gain, 0.0).sum(axis=1), kind="stable")[: settings.promising]
    single = np.argsort(-gain.max(axis=1), kind="stable")[: settings.promising]
    return trees.open_lines[np.union1d(together, single)].astype(np.int64)


def _evenly(rows: Ints, most: int) -> Ints:
    """At most so many of the rows, spread over all."""
    return rows[:: -(-len(rows) // most)] if len(rows) > most else rows


def _added(case: LoadCase, pool: Staged, open_lines: Ints, most: int) -> Staged:
    """The pool with more trees, ``most`` in all; the first of them stay where the pool is full."""
    known = set(map(tuple, pool.trees.open_lines.tolist()))
    new = [row for row in dict.fromkeys(map(tuple, open_lines.tolist())) if row not in known]
    new = new[: max(0, most - len(pool.trees))]
    if not new:
        return pool
    more = staged(case, distinct(case.network, np.array(new)))
    trees = TreeSet(np.vstack([pool.trees.open_lines, more.trees.open_lines]), pool.trees.n_lines, complete=False)
    return Staged(trees, np.vstack([pool.stage_eur, more.stage_eur]))
