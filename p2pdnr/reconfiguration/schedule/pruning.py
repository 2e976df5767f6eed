"""The cheapest schedule, and what no schedule costs less than, whatever the limits and however many the trees.

Where the dynamic programme over all trees is small enough and no line has to rest it is exact. Elsewhere it is relaxed:
dwell is dropped, and a budget of B operations a day that would take too much memory or time is put into the price, with
a toll on every operation and toll times B per day given back (Lagrange). Its min-marginals then say what any schedule
through each tree costs at least. Any schedule that keeps all limits, found over the trees that promise most, costs some
U: trees whose marginal is above U stand in no cheaper schedule and are left out, without loss. Left out they still
count as way-points, as the distance between two trees of a pool is the number of lines that differ. Where too many
trees stay in the race the best of them are searched, and the least marginal of the others bounds all schedules that
go through any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.dynamic_programme import Schedule, best_schedule, effort, min_marginals, states
from p2pdnr.reconfiguration.schedule.line_dwell import MOST_EFFORT, Least, Search, least_rested
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

PROMISING = 200
"""Trees over which the first schedule is sought."""
MOST_CONTENDERS = 3000
"""Trees over which the cheapest schedule is then sought, each compared with each."""
MOST_STATES = 1.5e8
"""Numbers that a dynamic programme may keep, 1.2 GB."""
TABLES = 3
"""Tables of that many numbers that min-marginals take."""
FIRST_LABELS = 30
"""Labels of the first schedule, where lines rest one by one."""
BISECTIONS = 6
"""Schedules solved to find the toll of a budget."""


@dataclass(frozen=True, eq=False)
class Contenders:
    """The trees that are searched (``rows``), the schedule ``known`` over some of them, and ``others_eur``, what no
    better schedule through any other tree costs less than; infinite where there is no such schedule."""

    rows: Ints
    known: Schedule | None
    others_eur: float


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The terms without dwell and perhaps without daily budget, with ``toll_eur`` on every operation instead, which
    adds at most ``back_eur`` to the cost of any schedule that keeps the budget."""

    terms: OperatorTerms
    toll_eur: float = 0.0
    back_eur: float = 0.0

    def marginals(self, stage_eur: Floats, trees: TreeSet, initial: Bools) -> Floats:
        """(n_trees, T) what no schedule within the limits through a tree in an hour costs less than."""
        return min_marginals(stage_eur, trees, self.terms, initial) - self.back_eur


def cheapest(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> tuple[Schedule, bool]:
    """The cheapest schedule over a set of trees, each line resting by itself, and whether none over the set is cheaper.

    Raises :class:`SolverError` when no schedule respects the limits.
    """
    found = least(stage_eur, trees, terms, initial)
    if found.schedule is None:
        raise SolverError("no schedule of radial topologies respects the limits on switching in every hour")
    return found.schedule, found.proved


def least(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Least:
    """The cheapest schedule found, and what none over the set costs less than: the same where it is proved.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    hours = stage_eur.shape[1]
    if (terms.min_dwell_steps or 1) <= 1 and _fits(trees, hours, terms, tables=1):
        try:
            schedule = best_schedule(stage_eur, trees, terms, initial)
        except SolverError:
            return Least(None, np.inf)
        return Least(schedule, schedule.cost_eur)
    easy = relaxed(stage_eur, trees, terms, initial)
    race = contenders(easy.marginals(stage_eur, trees, initial), (stage_eur, trees), terms, initial)
    how = Search(toll_eur=easy.toll_eur, known=race.known)
    found = least_rested(stage_eur[race.rows], trees.subset(race.rows), terms, initial, how)
    schedule_found = None if found.schedule is None else _renumbered(found.schedule, race.rows)
    return Least(schedule_found, min(found.least_eur, race.others_eur))


def marginals(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Floats:
    """(n_trees, T) what no schedule within the limits through a tree in an hour costs less than; the cost of the
    cheapest such schedule where no line has to rest and the budget of a day needs no toll.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    return relaxed(stage_eur, trees, terms, initial).marginals(stage_eur, trees, initial)


def is_exact(trees: TreeSet, hours: int, terms: OperatorTerms) -> bool:
    """Whether :func:`marginals` are the costs of schedules."""
    return (terms.min_dwell_steps or 1) <= 1 and _fits(trees, hours, terms)


def relaxed(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Relaxed:
    """The terms as far as a programme over all trees can take them into account."""
    free = replace(terms, min_dwell_steps=None)
    if terms.max_per_day is None or _fits(trees, stage_eur.shape[1], free):
        return Relaxed(free)
    days = -(-stage_eur.shape[1] // terms.steps_per_day)
    most, free = 2 * (terms.max_per_day // 2) * days, replace(free, max_per_day=None)
    try:
        toll_eur = _toll_eur(stage_eur, trees, free, initial, most)
    except SolverError:  # without a schedule even so, any toll is as good
        toll_eur = 0.0
    return Relaxed(_dearer(free, toll_eur), toll_eur, toll_eur * most)


def _toll_eur(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, most: int) -> float:
    """About the least EUR on every operation at which the cheapest schedule makes at most so many of them in all."""
    finite = stage_eur[np.isfinite(stage_eur)]
    low, high = 0.0, max(1.0, float(np.ptp(finite)) if len(finite) else 0.0)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high) if low else high / 8.0
        found = best_schedule(stage_eur, trees, _dearer(terms, middle), initial)
        within = int(found.operations.sum()) + found.final_operations <= most
        low, high = (low, middle) if within else (middle, high)
    return high


def contenders(through_eur: Floats, staged: tuple[Floats, TreeSet], terms: OperatorTerms, initial: Bools) -> Contenders:
    """The trees that a cheapest schedule may use.

    Parameters: ``through_eur`` (n_trees, T) as of :func:`marginals`; ``staged`` the stage costs and the set of trees;
    the rest as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    stage_eur, trees = staged
    lowest = through_eur.min(axis=1)
    order = np.argsort(lowest, kind="stable")
    some = np.union1d(order[:PROMISING], _index(trees, initial))
    first = least_rested(stage_eur[some], trees.subset(some), terms, initial, Search(FIRST_LABELS)).schedule
    known_eur = np.inf if first is None else first.cost_eur
    kept = order[(lowest[order] <= known_eur + 1e-9 * abs(known_eur)) & np.isfinite(lowest[order])]
    rows = np.union1d(kept[:MOST_CONTENDERS], some)
    others = np.setdiff1d(kept[MOST_CONTENDERS:], some)
    known = None if first is None else _within(_renumbered(first, some), rows)
    return Contenders(rows, known, float(lowest[others].min(initial=np.inf)))


def _fits(trees: TreeSet, hours: int, terms: OperatorTerms, tables: int = TABLES) -> bool:
    """Whether the programme over all trees is small and quick enough; without daily budget it always is."""
    if terms.max_per_day is None:
        return True
    return tables * states(trees, hours, terms) <= MOST_STATES and effort(trees, hours, terms) <= MOST_EFFORT


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


def _within(schedule: Schedule, rows: Ints) -> Schedule:
    """A schedule over the whole set in terms of a subset that has all its trees, ``rows`` ascending."""
    return replace(schedule, indices=np.searchsorted(rows, schedule.indices))
