"""A pool of trees for a schedule, made better where it is used.

The best trees of every hour are often far apart, and a limit on switching asks for what lies between them. So the pool
gets the trees on the way from the initial state to those that a schedule without limits would use, and from each of
them to the next; where there are limits, also the best that one exchange after another leads to from the initial state;
then, again and again, the neighbours (one exchange away) of the trees of the best schedule so far,
those that promise most, until the schedule gets no cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.schedule.dynamic_programme import Schedule
from p2pdnr.reconfiguration.schedule.pruning import least
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking, switching_sequence
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search_hours
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, distinct

POOL = 600
"""Topologies that the searches of a day are to bring together, before what lies between them."""
ROUNDS = 20
PROMISING = 200
"""Neighbours taken into the pool by each of two measures in a round."""
MOST_RANKED = 6000
"""Neighbours ranked in a round."""
LARGEST = 2500
"""Trees of a pool."""
DEPTH, WIDTH, PARTS, MOST_NEAR = 8, 4, 4, 2500
"""Of the descent from the initial state: exchanges one after another, trees it goes on from for each part of the hours,
parts, and trees ranked in a step."""
GAIN = 1e-6
"""Share of the cost by which a round has to be better for another to follow."""


@dataclass(frozen=True, eq=False)
class Staged:
    """Trees, and (n_trees, T) EUR of losses and violations."""

    trees: TreeSet
    stage_eur: Floats


@dataclass(frozen=True, eq=False)
class Case:
    """A network, its (T, n) withdrawals in kW and kvar, and the operator's terms."""

    network: Network
    load: tuple[Floats, Floats]
    terms: OperatorTerms


def staged(case: Case, trees: TreeSet) -> Staged:
    """The trees with their costs."""
    return Staged(trees, ranking.landscape(case.network, trees, *case.load, case.terms).stage_cost(case.terms))


def searched(case: Case, effort: Effort, go_on: Callable[[], bool]) -> Staged:
    """A pool that exchange searches of every hour have filled, and what a schedule within the limits needs beside it;
    ``go_on`` is asked in every round. The initial state is radial."""
    return enrich(case, staged(case, search_hours(case.network, *case.load, case.terms, effort)), go_on)


def enrich(case: Case, pool: Staged, go_on: Callable[[], bool]) -> Staged:
    """The pool with what a schedule within the limits needs; ``go_on`` is asked in every round.

    The pool holds the initial state, which is radial.
    """
    free = replace(case.terms, max_per_hour=None, max_per_day=None, min_dwell_steps=None)
    goal = _schedule(replace(case, terms=free), pool)
    if goal is None:
        return pool
    pool = _added(case, pool, _ways(case.network, _used(case.network, pool, goal)))
    if case.terms.limits_switching:
        pool = _added(case, pool, _descent(case, go_on))
    cost = np.inf
    for _ in range(ROUNDS):
        found = _schedule(case, pool)
        if found is None or not (found.cost_eur < cost * (1.0 - GAIN) or np.isinf(cost)) or not go_on():
            break
        cost = found.cost_eur
        pool = _added(case, pool, _neighbours(case, pool, found))
    return pool


def _schedule(case: Case, pool: Staged) -> Schedule | None:
    """The best within the limits, None where there is none."""
    return least(pool.stage_eur, pool.trees, case.terms, case.network.closed).schedule


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


def _descent(case: Case, go_on: Callable[[], bool]) -> Ints:
    """(k, n_open) trees that are one exchange, two, three and so on away from the initial state: of each step those
    that promise most for all hours, and for all that are left of them."""
    here = distinct(case.network, np.flatnonzero(~case.network.closed)[None])
    found = [here.open_lines.astype(np.int64)]
    for _ in range(min(DEPTH, here.open_lines.shape[1])):
        near = distinct(case.network, _evenly(_exchanged(case.network, here), MOST_NEAR))
        stage_eur = staged(case, near).stage_eur
        hours = stage_eur.shape[1]
        ends = [stage_eur[:, first:].sum(axis=1) for first in range(0, hours, -(-hours // PARTS))]
        rows = np.unique([row for total in ends for row in np.argsort(total, kind="stable")[:WIDTH].tolist()])
        here = near.subset(rows)
        more = np.unique([row for total in ends for row in np.argsort(total, kind="stable")[: 4 * WIDTH].tolist()])
        found.append(near.open_lines[more].astype(np.int64))
        if not go_on():
            break
    return np.vstack(found)


def _exchanged(network: Network, trees: TreeSet) -> Ints:
    """(k, n_open) all single exchanges of some trees."""
    return np.vstack([exchanges(network.with_(closed=trees.closed(row)))[1] for row in range(len(trees))])


def _neighbours(case: Case, pool: Staged, found: Schedule) -> Ints:
    """(k, n_open) single exchanges of a schedule's trees that would gain most in some hour, or over all hours."""
    used = np.unique(found.indices)
    trees = distinct(case.network, _evenly(_exchanged(case.network, pool.trees.subset(used)), MOST_RANKED))
    gain = pool.stage_eur[found.indices, np.arange(len(found.indices))] - staged(case, trees).stage_eur
    together = np.argsort(-np.maximum(gain, 0.0).sum(axis=1), kind="stable")[:PROMISING]
    single = np.argsort(-gain.max(axis=1), kind="stable")[:PROMISING]
    return trees.open_lines[np.union1d(together, single)].astype(np.int64)


def _evenly(rows: Ints, most: int) -> Ints:
    """At most so many of the rows, spread over all."""
    return rows[:: -(-len(rows) // most)] if len(rows) > most else rows


def _added(case: Case, pool: Staged, open_lines: Ints) -> Staged:
    """The pool with more trees; the first of them stay where the pool is full."""
    known = set(map(tuple, pool.trees.open_lines.tolist()))
    new = [row for row in dict.fromkeys(map(tuple, open_lines.tolist())) if row not in known]
    new = new[: max(0, LARGEST - len(pool.trees))]
    if not new:
        return pool
    more = staged(case, distinct(case.network, np.array(new)))
    return _joined([pool, more])


def _joined(parts: Iterable[Staged]) -> Staged:
    parts = list(parts)
    trees = np.vstack([part.trees.open_lines for part in parts])
    stage_eur = np.vstack([part.stage_eur for part in parts])
    return Staged(TreeSet(trees, parts[0].trees.n_lines, complete=False), stage_eur)
