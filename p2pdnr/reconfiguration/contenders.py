"""The exact schedule where the dynamic programme over all trees is too large: trees no good schedule uses go first.

Without dwell and daily budget the programme is quick and small. Its min-marginals say what the cheapest schedule
through each tree costs at least; a budget of B operations a day is put into the price, with a multiplier m on every
operation and m B per day given back (Lagrange). Any schedule that keeps all limits, found over the trees that promise
most, costs some U: trees whose marginal is above U stand in no cheaper schedule and are left out, without loss. Left
out they still count as way-points, as the distance between two trees of a pool is the number of lines that differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.dwell import rested_schedule
from p2pdnr.reconfiguration.schedule import Schedule, best_schedule, min_marginals, states
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.trees import TreeSet

PROMISING = 200
"""Trees over which the first schedule is sought."""
MOST_PAIRS = 3000
"""Trees whose distances are kept as a table."""
MOST_STATES = 1.5e8
"""Numbers that a dynamic programme may keep, 1.2 GB."""
TABLES = 3
"""Tables of that many numbers that min-marginals take."""
FIRST_LABELS = 30
"""Labels of the first schedule, where lines rest one by one."""
BISECTIONS = 6
"""Schedules solved to find the multiplier of a budget."""

First = Callable[[Floats, TreeSet, OperatorTerms, Bools], Schedule]
"""Finds some schedule that keeps all limits, arguments as of :func:`best_schedule`."""


def cheapest(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> tuple[Schedule, bool]:
    """The cheapest schedule over a set of trees, each line resting by itself, and whether none over the set is cheaper.

    Not proved are schedules over very many trees with limits that leave too many of them in the race (the
    :data:`MOST_PAIRS` best are then compared), and those of :func:`p2pdnr.reconfiguration.dwell.rested_schedule` that
    are not. Raises :class:`SolverError` when no schedule respects the limits.
    """
    if (terms.min_dwell_steps or 1) <= 1 and states(trees, stage_eur.shape[1], terms) <= MOST_STATES:
        return best_schedule(stage_eur, trees, terms, initial), True
    rows, exact = contenders(stage_eur, trees, terms, initial)
    found, proved = rested_schedule(stage_eur[rows], trees.subset(rows), terms, initial)
    return _renumbered(found, rows), exact and proved


def manageable(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Ints:
    """Indices of the trees over which schedules in which the whole topology rests can be sought: all of them, or where
    their programme would not fit into memory the contenders. Parameters as of :func:`contenders`."""
    if TABLES * states(trees, stage_eur.shape[1], terms) <= MOST_STATES:
        return np.arange(len(trees))
    return contenders(stage_eur, trees, terms, initial, best_schedule)[0]


def contenders(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, first: First | None = None
) -> tuple[Ints, bool]:
    """Indices of the trees that a cheapest schedule may use, and whether these are all of them.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.best_schedule`; ``first`` finds the schedule to beat, by
    default one in which each line rests by itself.
    """
    most = _room(trees, stage_eur.shape[1], terms)
    eased, back_eur = _eased(stage_eur, trees, terms, initial)
    least = min_marginals(stage_eur, trees, eased, initial).min(axis=1) - back_eur
    order = np.argsort(least, kind="stable")
    some = np.union1d(order[:PROMISING], _index(trees, initial))
    try:
        known = (first or _by_line)(stage_eur[some], trees.subset(some), terms, initial).cost_eur
    except SolverError:
        known = np.inf
    kept = order[(least[order] <= known + 1e-9 * abs(known)) & np.isfinite(least[order])]
    rows = np.union1d(kept[:most], some)
    return rows, len(kept) <= most


def _by_line(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Schedule:
    return rested_schedule(stage_eur, trees, terms, initial, FIRST_LABELS)[0]


def _room(trees: TreeSet, hours: int, terms: OperatorTerms) -> int:
    """Trees that can stay in the race: what tables of pairs and of states leave room for."""
    each = states(trees, hours, terms) // max(len(trees), 1)
    return int(np.clip(MOST_STATES / (TABLES * max(each, 1)), PROMISING, MOST_PAIRS))


def _eased(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> tuple[OperatorTerms, float]:
    """The terms without dwell and with the daily budget in the price of operations, and what that adds to any schedule
    that keeps the budget."""
    free = replace(terms, min_dwell_steps=None, max_per_day=None)
    if terms.max_per_day is None:
        return free, 0.0
    days = -(-stage_eur.shape[1] // terms.steps_per_day)
    low, high = 0.0, max(1.0, float(np.ptp(stage_eur[np.isfinite(stage_eur)])))
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high) if low else high / 8.0
        found = best_schedule(stage_eur, trees, _dearer(free, middle), initial)
        within = int(found.operations.sum()) + found.final_operations <= terms.max_per_day * days
        low, high = (low, middle) if within else (middle, high)
    return _dearer(free, high), high * terms.max_per_day * days


def _dearer(terms: OperatorTerms, eur: float) -> OperatorTerms:
    return replace(terms, switching_cost_eur=terms.switching_cost_eur + eur)


def _index(trees: TreeSet, closed: Bools) -> Ints:
    """The index of a tree, empty where it is not in the set."""
    try:
        return np.array([trees.find(closed)], dtype=np.int64)
    except KeyError:
        return np.zeros(0, dtype=np.int64)


def _renumbered(schedule: Schedule, rows: Ints) -> Schedule:
    """A schedule over a subset in terms of the whole set."""
    return replace(schedule, indices=rows[schedule.indices])
