"""The cheapest schedule, and what no schedule costs less than, whatever the limits and however many the trees.

Where the dynamic programme over all trees is small enough and no line has to rest it is exact. Elsewhere it is relaxed:
dwell is dropped, and a budget of B operations a day that would take too much memory or time is put into the price, with
a toll on every operation and toll times B per day given back (Lagrange). Its min-marginals then say what any schedule
through each tree costs at least. Any schedule that keeps all limits, found over the trees that promise most, costs some
U: trees whose marginal is above U are in no cheaper schedule and are left out, without loss. A schedule may still pass
through them within a step, as the distance between two trees of a pool is the number of lines that differ. Where too
many trees are left the best of them are searched, and the least marginal of the others bounds all schedules that use
any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.dynamic_programme import (
    Schedule,
    best_schedule,
    effort,
    min_marginals,
    no_schedule,
    states,
)
from p2pdnr.reconfiguration.schedule.line_dwell import FoundSchedule, LabelSearch, least_rested
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

TABLES = 3
"""Tables of all states that min-marginals take."""
DEFAULT = ScheduleSettings()


@dataclass(frozen=True, eq=False)
class Contenders:
    """The trees that are searched (``rows``), the schedule ``known`` over some of them, and ``others_eur``, what no
    better schedule through any other tree costs less than; infinite where there is no such schedule."""

    rows: Ints
    known: Schedule | None
    others_eur: float


@dataclass(frozen=True, eq=False)
class RelaxedTerms:
    """The terms without dwell and perhaps without daily budget, with ``toll_eur`` on every operation instead, which
    adds at most ``back_eur`` to the cost of any schedule that keeps the budget."""

    terms: OperatorTerms
    toll_eur: float = 0.0
    back_eur: float = 0.0

    def marginals(self, stage_eur: Floats, trees: TreeSet, initial: Bools) -> Floats:
        """(n_trees, T) what no schedule within the limits through a tree in an hour costs less than."""
        return min_marginals(stage_eur, trees, self.terms, initial) - self.back_eur


def cheapest(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, settings: ScheduleSettings = DEFAULT
) -> tuple[Schedule, bool]:
    """The cheapest schedule over a set of trees, each line resting by itself, and whether none over the set is cheaper.

    Raises :class:`SolverError` when no schedule respects the limits.
    """
    found = least(stage_eur, trees, terms, initial, settings)
    if found.schedule is None:
        raise no_schedule()
    return found.schedule, found.proved


def least(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, settings: ScheduleSettings = DEFAULT
) -> FoundSchedule:
    """The cheapest schedule found, and what none over the set costs less than: the same where it is proved.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    hours = stage_eur.shape[1]
    if (terms.min_dwell_steps or 1) <= 1 and _fits(trees, hours, terms, settings, tables=1):
        try:
            schedule = best_schedule(stage_eur, trees, terms, initial)
        except SolverError:
            return FoundSchedule(None, np.inf)
        return FoundSchedule(schedule, schedule.cost_eur)
    easy = relaxed(stage_eur, trees, terms, initial, settings)
    search = _ContenderSearch(stage_eur, trees, terms, initial, settings)
    race = search.contenders(easy.marginals(stage_eur, trees, initial))
    how = LabelSearch(easy.toll_eur, race.known, settings)
    found = least_rested(stage_eur[race.rows], trees.subset(race.rows), terms, initial, how)
    schedule_found = None if found.schedule is None else _renumbered(found.schedule, race.rows)
    return FoundSchedule(schedule_found, min(found.least_eur, race.others_eur))


def marginals(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, settings: ScheduleSettings = DEFAULT
) -> Floats:
    """(n_trees, T) what no schedule within the limits through a tree in an hour costs less than; the cost of the
    cheapest such schedule where no line has to rest and the budget of a day needs no toll.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    return relaxed(stage_eur, trees, terms, initial, settings).marginals(stage_eur, trees, initial)


def is_exact(trees: TreeSet, hours: int, terms: OperatorTerms, settings: ScheduleSettings = DEFAULT) -> bool:
    """Whether :func:`marginals` are the costs of schedules."""
    return (terms.min_dwell_steps or 1) <= 1 and _fits(trees, hours, terms, settings)


def relaxed(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, settings: ScheduleSettings = DEFAULT
) -> RelaxedTerms:
    """The terms as far as a programme over all trees can take them into account."""
    free = replace(terms, min_dwell_steps=None)
    if terms.max_per_day is None or _fits(trees, stage_eur.shape[1], free, settings):
        return RelaxedTerms(free)
    days = -(-stage_eur.shape[1] // terms.steps_per_day)
    most, free = 2 * (terms.max_per_day // 2) * days, replace(free, max_per_day=None)
    try:
        toll_eur = _Tolls(stage_eur, trees, free, initial).least_eur(most, settings.toll_bisections)
    except SolverError:  # no schedule even without the budget: any toll is as good
        toll_eur = 0.0
    return RelaxedTerms(_dearer(free, toll_eur), toll_eur, toll_eur * most)


@dataclass(frozen=True, eq=False)
class _Tolls:
    """Stage costs (n_trees, T) of trees under terms without daily budget, with a toll on every operation instead."""

    stage_eur: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools

    def least_eur(self, most: int, bisections: int) -> float:
        """About the least EUR on every operation at which the cheapest schedule makes at most so many in all."""
        finite = self.stage_eur[np.isfinite(self.stage_eur)]
        low, high = 0.0, max(1.0, float(np.ptp(finite)) if len(finite) else 0.0)
        for _ in range(bisections):
            middle = 0.5 * (low + high) if low else high / 8.0
            low, high = (low, middle) if self._operations(middle) <= most else (middle, high)
        return high

    def _operations(self, toll_eur: float) -> int:
        """Of the cheapest schedule at a toll."""
        found = best_schedule(self.stage_eur, self.trees, _dearer(self.terms, toll_eur), self.initial)
        return int(found.operations.sum()) + found.final_operations


@dataclass(frozen=True, eq=False)
class _ContenderSearch:
    """Where the exact programme is too large: which trees a cheapest schedule may use."""

    stage_eur: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools
    settings: ScheduleSettings

    def contenders(self, through_eur: Floats) -> Contenders:
        """The trees, from ``through_eur`` (n_trees, T) as of :func:`marginals`."""
        lowest = through_eur.min(axis=1)
        order = np.argsort(lowest, kind="stable")
        some = np.union1d(order[: self.settings.first_trees], _index(self.trees, self.initial))
        first = self._first(some)
        known_eur = np.inf if first is None else first.cost_eur
        kept = order[(lowest[order] <= known_eur + 1e-9 * abs(known_eur)) & np.isfinite(lowest[order])]
        rows = np.union1d(kept[: self.settings.most_trees], some)
        others = np.setdiff1d(kept[self.settings.most_trees :], some)
        known = None if first is None else _within(_renumbered(first, some), rows)
        return Contenders(rows, known, float(lowest[others].min(initial=np.inf)))

    def _first(self, rows: Ints) -> Schedule | None:
        """A schedule over some trees, found with few labels."""
        how = LabelSearch(settings=replace(self.settings, most_labels=self.settings.first_labels))
        return least_rested(self.stage_eur[rows], self.trees.subset(rows), self.terms, self.initial, how).schedule


def _fits(trees: TreeSet, hours: int, terms: OperatorTerms, settings: ScheduleSettings, tables: int = TABLES) -> bool:
    """Whether the programme over all trees is small and quick enough; without daily budget it always is."""
    if terms.max_per_day is None:
        return True
    small = tables * states(trees, hours, terms) <= settings.most_states
    return small and effort(trees, hours, terms) <= settings.most_effort


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
