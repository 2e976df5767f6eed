"""The exact schedule when every line, by itself, must rest for some steps between two operations.

The dynamic programme of :mod:`p2pdnr.reconfiguration.schedule.dynamic_programme` lets the whole topology rest; here
operations of different lines may be staggered. A label is a tree together with the step from which each of its lines
may move again, the exchanges of the day and the cost so far. Labels go forward in time. What a label can end with is at
least its promise: its cost and the cheapest way on without any dwell, with a toll on operations in place of the daily
budget. A label is dropped when its promise exceeds the best schedule known, or when another of the same tree is no
worse in every respect. Where more labels are left in a step than may go on, the most promising do; the least promise of
those that were dropped then bounds every schedule that went with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.dynamic_programme import (
    Schedule,
    best_schedule,
    cost_to_go,
    effort,
    exchange_limit,
    no_schedule,
)
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.schedule.transition_cost import Distances, distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

ROUNDING_EUR = 1e-9
"""A schedule has to be cheaper by more than this to count as better."""


@dataclass(frozen=True, eq=False)
class FoundSchedule:
    """The cheapest ``schedule`` found, None where there is none, and what none within the limits costs less than."""

    schedule: Schedule | None
    least_eur: float

    @property
    def proved(self) -> bool:
        """Whether no schedule is cheaper than the one found."""
        rounding = ROUNDING_EUR * max(1.0, abs(self.least_eur))
        return self.schedule is not None and self.schedule.cost_eur <= self.least_eur + rounding


@dataclass(frozen=True)
class LabelSearch:
    """A search by labels: ``toll_eur`` on an operation in place of the daily budget, a schedule ``known`` already, and
    the ``settings``: a programme over the whole topology of more than their ``most_effort`` is left to labels alone."""

    toll_eur: float = 0.0
    known: Schedule | None = None
    settings: ScheduleSettings = ScheduleSettings()


@dataclass(frozen=True, eq=False)
class _Dwell:
    """Trees and terms. ``opened`` (n_trees + 1, m) is 1 where a tree, or in the last row the initial state, has a line
    open; ``onward`` (T, n_trees) what a label still pays at least, its stage included, and ``spared`` (T,) what of it
    falls away for the budget; ``most`` exchanges in a step, ``budget`` in a day."""

    stage: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools
    opened: Floats
    onward: Floats
    spared: Floats
    most: int
    budget: int
    toll_eur: float


@dataclass(frozen=True, eq=False)
class _Labels:
    """L labels: ``tree`` (L,) rows of the problem's ``opened``, ``until`` (L, m) the first step in which a line may
    move again (0 where it may), ``used`` (L,) exchanges of the day, ``cost_eur`` (L,), ``before`` (L,) labels of the
    step before."""

    tree: Ints
    until: Ints
    used: Ints
    cost_eur: Floats
    before: Ints

    def some(self, rows: Ints) -> _Labels:
        """The labels of some rows."""
        return _Labels(*(part[rows] for part in vars(self).values()))


def rested_schedule(
    stage_eur: Floats,
    trees: TreeSet,
    terms: OperatorTerms,
    initial: Bools,
    settings: ScheduleSettings = ScheduleSettings(),
) -> tuple[Schedule, bool]:
    """The cheapest schedule over a set of trees in which no line is operated again before its dwell is over, and
    whether it is proved to be.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`. Raises
    :class:`SolverError` when no schedule that respects the limits is found.
    """
    found = least_rested(stage_eur, trees, terms, initial, LabelSearch(settings=settings))
    if found.schedule is None:
        raise no_schedule()
    return found.schedule, found.proved


def least_rested(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, how: LabelSearch = LabelSearch()
) -> FoundSchedule:
    """The same with what no schedule over the set costs less than.

    The schedule is at least as cheap as any in which the whole topology rests, where that programme is quick enough.
    """
    quick = effort(trees, stage_eur.shape[1], terms) <= how.settings.most_effort
    whole = _whole(stage_eur, trees, terms, initial) if quick else None
    if quick and (terms.min_dwell_steps or 1) <= 1:
        return FoundSchedule(whole, np.inf if whole is None else whole.cost_eur)
    known = min((item for item in (whole, how.known) if item), key=lambda item: item.cost_eur, default=None)
    problem = _problem(stage_eur, trees, terms, initial, how.toll_eur)
    steps, lost_eur = _search(problem, np.inf if known is None else known.cost_eur, how.settings)
    best = _ended(problem, steps)
    if best is not None and (known is None or best.cost_eur < known.cost_eur):
        known = best
    return FoundSchedule(known, lost_eur if known is None else min(lost_eur, known.cost_eur))


def _whole(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Schedule | None:
    """The cheapest schedule in which the whole topology rests."""
    try:
        return best_schedule(stage_eur, trees, terms, initial)
    except SolverError:
        return None


def _problem(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, toll_eur: float) -> _Dwell:
    """The problem without dwell, a toll in place of the daily budget, tells how cheap it can go on."""
    hours = stage_eur.shape[1]
    cost = terms.switching_cost_eur + toll_eur
    free = replace(terms, min_dwell_steps=None, max_per_day=None, switching_cost_eur=cost)
    most = exchange_limit(trees, hours, terms)
    budget = (hours + 1) * trees.n_lines if terms.max_per_day is None else terms.max_per_day // 2
    opened = np.zeros((len(trees) + 1, trees.n_lines))
    opened[np.arange(len(trees))[:, None], trees.open_lines] = 1.0
    opened[-1] = ~np.asarray(initial, dtype=np.bool_)
    days = np.arange(hours) // terms.steps_per_day
    spared = 2.0 * toll_eur * budget * (days[-1] - days + 1) if hours else np.zeros(0)
    onward = cost_to_go(stage_eur, trees, free, initial)
    stage = np.ascontiguousarray(stage_eur.T, dtype=np.float64)
    return _Dwell(stage, trees, terms, initial, opened, onward, spared, most, budget, toll_eur)


def _search(problem: _Dwell, known_eur: float, settings: ScheduleSettings) -> tuple[list[_Labels], float]:
    """The labels of every step, and the least promise of those that were left out though they might be better."""
    nothing = np.zeros(1, dtype=np.int64)
    start = np.full(1, len(problem.trees))
    steps = [_Labels(start, np.zeros((1, problem.trees.n_lines), dtype=np.int64), nothing, np.zeros(1), nothing)]
    lost_eur, most = np.inf, settings.most_labels
    compared = settings.compared_times * most
    for step in range(len(problem.stage)):
        candidates = _candidates(problem, steps[-1], step, known_eur)
        labels = _extended(problem, steps[-1], step, candidates.some(slice(compared)))
        order = _undominated(labels)
        lost = np.append(order[most:], np.arange(compared, len(candidates.promise_eur)))
        lost_eur = min(lost_eur, float(candidates.promise_eur[lost].min(initial=np.inf)))
        steps.append(labels.some(order[:most]))
    return steps, lost_eur


@dataclass(frozen=True, eq=False)
class _Candidates:
    """What labels can become, the most promising first: ``rows`` (N,) of labels, the ``tree`` each goes to,
    ``exchanges`` of the day then, ``price_eur`` of the operations, and ``promise_eur``."""

    rows: Ints
    tree: Ints
    exchanges: Ints
    price_eur: Floats
    promise_eur: Floats

    def some(self, rows: slice) -> _Candidates:
        """The candidates of some rows."""
        return _Candidates(*(part[rows] for part in vars(self).values()))


def _candidates(problem: _Dwell, labels: _Labels, step: int, known_eur: float) -> _Candidates:
    """What labels can become in a step, as far as it may still be better than what is known."""
    used = np.zeros_like(labels.used) if step % problem.terms.steps_per_day == 0 else labels.used
    price, exchanges = _distances(problem, labels.tree)
    after = used[:, None] + exchanges
    promise = labels.cost_eur[:, None] + price + problem.onward[step] - problem.spared[step]
    promise += 2.0 * problem.toll_eur * after
    allowed = (promise < known_eur - ROUNDING_EUR) & (exchanges <= problem.most) & (after <= problem.budget)
    rows, tree = np.nonzero(allowed & ~_disturbs(problem, labels, step))
    order = np.argsort(promise[rows, tree], kind="stable")
    rows, tree = rows[order], tree[order]
    return _Candidates(rows, tree, after[rows, tree], price[rows, tree], promise[rows, tree])


def _extended(problem: _Dwell, labels: _Labels, step: int, to: _Candidates) -> _Labels:
    """The labels that go on as candidates say."""
    cost = labels.cost_eur[to.rows] + to.price_eur + problem.stage[step, to.tree]
    moved = problem.opened[labels.tree[to.rows]] != problem.opened[to.tree]
    until = np.where(moved, step + int(problem.terms.min_dwell_steps or 1), labels.until[to.rows])
    until[until <= step + 1] = 0
    return _Labels(to.tree, until, to.exchanges, cost, to.rows)


def _distances(problem: _Dwell, rows: Ints) -> Distances:
    """From the trees of L rows to every tree, both parts (L, n_trees)."""
    some, which = np.unique(rows, return_inverse=True)
    cost_eur, exchanges = np.empty((2, len(some), len(problem.trees)))
    for place, row in enumerate(some.tolist()):
        closed = problem.opened[row] == 0.0
        cost_eur[place], exchanges[place] = distances(problem.trees, closed, problem.terms.switching_cost_eur)
    return Distances(cost_eur[which], exchanges[which].astype(np.int64))


def _disturbs(problem: _Dwell, labels: _Labels, step: int) -> Bools:
    """(L, n_trees) whether going to a tree operates a line that must rest."""
    resting = (labels.until > step).astype(np.float64)
    here, there = problem.opened[labels.tree], problem.opened[:-1]
    moved = (resting * here).sum(axis=1)[:, None] + (resting * (1.0 - 2.0 * here)) @ there.T
    return np.asarray(moved > 0.5)


def _undominated(labels: _Labels) -> Ints:
    """Rows, in their order, of the labels that none of the same tree betters in cost, budget and every line's rest."""
    kept: dict[int, list[int]] = {}
    for row in np.argsort(labels.cost_eur, kind="stable").tolist():
        others = kept.setdefault(int(labels.tree[row]), [])
        if not others or not _covered(labels, np.array(others), row):
            others.append(row)
    return np.sort(np.array([row for rows in kept.values() for row in rows], dtype=np.int64))


def _covered(labels: _Labels, others: Ints, row: int) -> bool:
    """Whether one of the other labels, which cost no more, is no worse in budget and rest."""
    as_good = (labels.until[others] <= labels.until[row]).all(axis=1) & (labels.used[others] <= labels.used[row])
    return bool(as_good.any())


def _ended(problem: _Dwell, steps: list[_Labels]) -> Schedule | None:
    """The cheapest of the last labels, with the return to the initial state where that is asked for."""
    last, end = steps[-1], len(problem.stage)
    total = last.cost_eur.copy()
    if problem.terms.return_to_initial and len(total):
        moved = problem.opened[last.tree] != problem.opened[-1]
        exchanges = moved.sum(axis=1) // 2
        total += moved @ problem.terms.switching_cost_eur
        rested = ~(moved & (last.until > end)).any(axis=1)
        total[~(rested & (exchanges <= problem.most) & (last.used + exchanges <= problem.budget))] = np.inf
    if not np.isfinite(total).any():
        return None
    best = int(np.argmin(total))
    return _schedule(problem, _way(steps, best), float(total[best]))


def _way(steps: list[_Labels], row: int) -> list[int]:
    """The trees of the labels that led to one of the last step, the initial state first."""
    way = []
    for labels in reversed(steps):
        way.append(int(labels.tree[row]))
        row = int(labels.before[row])
    return way[::-1]


def _schedule(problem: _Dwell, way: list[int], cost_eur: float) -> Schedule:
    """A schedule from its trees."""
    states = [*way, len(problem.trees)] if problem.terms.return_to_initial else way
    changes = [problem.opened[one] != problem.opened[other] for one, other in pairwise(states)]
    counts = [int(change.sum()) for change in changes]
    switching = sum(float(problem.terms.switching_cost_eur[change].sum()) for change in changes)
    hours = len(problem.stage)
    final = counts[hours] if len(counts) > hours else 0
    return Schedule(np.array(way[1:]), cost_eur, switching, np.array(counts[:hours], dtype=np.int64), final)
