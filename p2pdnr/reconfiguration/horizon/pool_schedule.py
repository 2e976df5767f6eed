"""Long horizons over a pool of trees: where all are too many to be bounded, or switching is limited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.horizon.exact_schedule import Problem, cheapest_of_all
from p2pdnr.reconfiguration.horizon.steps import terms_between
from p2pdnr.reconfiguration.horizon.switching_times import SwitchingTimes
from p2pdnr.reconfiguration.horizon.typical_rows import typical_rows
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule, effort, states
from p2pdnr.reconfiguration.schedule.pool_growth import Staged, searched, staged
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, distinct

TYPICAL = 36
"""Rows of a profile in which trees are searched."""
SLICE = 672
"""Rows that a pool is ranked in at a time."""
MOST_NUMBERS = 20_000_000
"""Of a table of a pool by rows, 160 MB."""
MOST_EFFORT = 2e10
"""Elementary steps of a dynamic programme with limits over a pool: some tens of seconds."""
MOST_STATES = 6e7
"""Numbers that it keeps, 0.5 GB."""


@dataclass(frozen=True, eq=False)
class _Table:
    """Costs (n_trees, T) of a pool as steps of a schedule."""

    eur: Floats

    @property
    def windows(self) -> list[slice]:
        """All steps at once."""
        return [slice(0, self.eur.shape[1])]

    def exact_eur(self, rows: Ints, window: slice) -> Floats:
        """(k, steps) EUR."""
        return self.eur[rows, window]

    def floor_eur(self, window: slice, known_eur: Floats) -> Floats:
        """(n_trees, steps) EUR; nothing is looser than known."""
        return self.eur[:, window]


def pool_of(case: LoadCase, seed: int, go_on: Callable[[], bool], more: Ints) -> Staged:
    """Trees for a long horizon with their costs of every row: the initial one, ``more`` (k, n_open) by open lines,
    and those found in typical rows and in the mean of all."""
    rows = typical_rows(case, TYPICAL)
    few = LoadCase(case.network, case.load_kw[rows], case.load_kvar[rows], case.terms)
    work = Effort(seed=seed, watch=lambda _cost: go_on())
    mean_kw, mean_kvar = case.load_kw.mean(axis=0)[None], case.load_kvar.mean(axis=0)[None]
    mean = search(case.network, mean_kw, mean_kvar, case.terms, work)
    found = searched(few, work, go_on)
    best = np.argsort(found.stage_eur.min(axis=1) + found.stage_eur.sum(axis=1), kind="stable")
    initial = np.flatnonzero(~case.network.closed)[None]
    most = max(1, MOST_NUMBERS // case.steps)
    trees = distinct(case.network, np.vstack([initial, more, mean.open_lines, found.trees.open_lines[best]])[:most])
    return Staged(trees, _ranked(case, trees))


def _ranked(case: LoadCase, trees: TreeSet) -> Floats:
    """(n_trees, T) EUR."""
    stage_eur = np.empty((len(trees), case.steps))
    for first in range(0, case.steps, SLICE):
        part = slice(first, first + SLICE)
        some = LoadCase(case.network, case.load_kw[part], case.load_kvar[part], case.terms)
        stage_eur[:, part] = staged(some, trees).stage_eur
    return stage_eur


def cheapest_of_pool(pool: Staged, terms: OperatorTerms, initial: Bools, times: SwitchingTimes) -> Ints:
    """(rows of the profile,) trees of the cheapest schedule over a pool that switches at these times.

    With limits on switching it is that over the trees that promise most, and all lines rest together. Raises
    :class:`SolverError` where no schedule keeps the limits.
    """
    eur = np.add.reduceat(pool.stage_eur, times.starts, axis=1)
    if not terms.limits_switching:
        problem, nothing = Problem(pool.trees, terms, initial), np.array([pool.trees.find(initial)])
        return times.spread(cheapest_of_all(problem, _Table(eur), nothing, lambda: True).indices)
    between = terms_between(terms, times)
    rows = _few(pool, eur, between, initial)
    few = pool.trees.subset(rows)
    return times.spread(rows[best_schedule(eur[rows], few, between, initial).indices])


def _few(pool: Staged, eur: Floats, terms: OperatorTerms, initial: Bools) -> Ints:
    """The trees that promise most over all steps and in each of them, the initial one first, as many as the dynamic
    programme can take."""
    steps = eur.shape[1]
    order = np.argsort(eur.sum(axis=1), kind="stable")
    least = eur.min(axis=0)
    regret = np.argsort(np.minimum.reduce(eur - least, axis=1), kind="stable")
    ranked = np.array(list(dict.fromkeys(np.stack([order, regret], axis=1).ravel().tolist())))
    start = pool.trees.find(initial)
    ranked = np.concatenate([[start], ranked[ranked != start]])
    count = len(ranked)
    while count > 2 and _too_much(pool.trees.subset(ranked[:count]), steps, terms):
        count = int(0.8 * count)
    return np.sort(ranked[:count])


def _too_much(trees: TreeSet, steps: int, terms: OperatorTerms) -> bool:
    return effort(trees, steps, terms) > MOST_EFFORT or states(trees, steps, terms) > MOST_STATES
