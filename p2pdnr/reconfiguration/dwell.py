"""The exact schedule when every line, by itself, must rest for some steps between two operations.

The dynamic programme of :mod:`p2pdnr.reconfiguration.schedule` lets the whole topology rest; here operations of
different lines may be staggered. A label is a tree together with the lines that still have to rest, the operations of
the day and the cost so far. Labels go forward in time; one is dropped when another of the same tree is no worse in
every respect, or when its cost and the cheapest way on without any dwell exceed the best schedule known, which at
first is the one in which the whole topology rests. Where more labels than :data:`MOST_LABELS` are left in a step, the
most promising go on and nothing is proved any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.reconfiguration.moves import distances
from p2pdnr.reconfiguration.schedule import Schedule, best_schedule, cost_to_go, exchange_limit
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.trees import TreeSet

MOST_LABELS = 200
"""Labels that go on from a step to the next."""
ROUNDING_EUR = 1e-9
"""A schedule has to be cheaper by more than this to count as better."""


@dataclass(frozen=True, eq=False)
class _Problem:
    """Trees and terms; ``onward`` (T, n_trees) the cheapest cost from each step on without dwell, stage and return
    included; ``most`` exchanges in a step, ``budget`` in a day."""

    stage: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools
    onward: Floats
    most: int
    budget: int


@dataclass(frozen=True, eq=False)
class _Label:
    """A tree (None: the initial state), the first step at which each resting line may move again, exchanges of the day,
    cost so far, and the label before."""

    tree: int | None
    closed: Bools
    resting: dict[int, int]
    used: int
    cost_eur: float
    before: _Label | None


def rested_schedule(
    stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools, most_labels: int = MOST_LABELS
) -> tuple[Schedule, bool]:
    """The cheapest schedule over a set of trees in which no line is operated again before its dwell is over, and
    whether it is proved to be; otherwise it is at least as cheap as any in which the whole topology rests.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.best_schedule`. Raises :class:`SolverError` when no
    schedule that respects the limits is found.
    """
    whole = _whole(stage_eur, trees, terms, initial)
    if (terms.min_dwell_steps or 1) <= 1 and whole is not None:
        return whole, True
    problem = _problem(stage_eur, trees, terms, initial)
    labels, proved = _search(problem, np.inf if whole is None else whole.cost_eur, most_labels)
    finals = [done for label in labels if (done := _returned(problem, label)) is not None]
    best = min(finals, key=lambda label: label.cost_eur, default=None)
    if best is not None and (whole is None or best.cost_eur < whole.cost_eur):
        return _schedule(problem, best), proved
    if whole is None:
        raise SolverError("no schedule of radial topologies respects the limits on switching in every hour")
    return whole, proved


def _whole(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Schedule | None:
    """The cheapest schedule in which the whole topology rests."""
    try:
        return best_schedule(stage_eur, trees, terms, initial)
    except SolverError:
        return None


def _problem(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> _Problem:
    """The problem without dwell and daily budget tells how cheap it can go on."""
    free = replace(terms, min_dwell_steps=None, max_per_day=None)
    most = exchange_limit(trees, stage_eur.shape[1], terms)
    budget = stage_eur.size if terms.max_per_day is None else terms.max_per_day // 2
    stage = np.ascontiguousarray(stage_eur.T, dtype=np.float64)
    return _Problem(stage, trees, terms, initial, cost_to_go(stage_eur, trees, free, initial), most, budget)


def _search(problem: _Problem, known_eur: float, most: int) -> tuple[list[_Label], bool]:
    """The labels that are left after the last step, and whether none was left out that might be better."""
    labels, proved = [_Label(None, problem.initial, {}, 0, 0.0, None)], True
    for step in range(len(problem.stage)):
        frontier: dict[int, list[_Label]] = {}
        for label in labels:
            for new in _extensions(problem, label, step, known_eur):
                _keep(frontier.setdefault(int(new.tree or 0), []), new)
        labels = [label for kept in frontier.values() for label in kept]
        if len(labels) > most:
            labels.sort(key=partial(_promise, problem.onward[step] - problem.stage[step]))
            labels, proved = labels[:most], False
    return labels, proved


def _promise(onward: Floats, label: _Label) -> float:
    """The least that a label can end with, from the cost (n_trees,) of going on."""
    return label.cost_eur + float(onward[label.tree or 0])


def _extensions(problem: _Problem, label: _Label, step: int, known_eur: float) -> list[_Label]:
    """What a label can become in a step, as far as it may still be better than what is known."""
    terms = problem.terms
    used = 0 if step % terms.steps_per_day == 0 else label.used
    price, exchanges = distances(problem.trees, label.closed, terms.switching_cost_eur)
    hopeful = label.cost_eur + price + problem.onward[step] < known_eur - ROUNDING_EUR
    allowed = hopeful & (exchanges <= problem.most) & (used + exchanges <= problem.budget)
    resting = {line: until for line, until in label.resting.items() if until > step}
    new = []
    for tree in np.flatnonzero(allowed).tolist():
        closed = problem.trees.closed(tree)
        changed = np.flatnonzero(closed != label.closed).tolist()
        if resting.keys().isdisjoint(changed):
            until = step + int(terms.min_dwell_steps or 1)
            cost = label.cost_eur + float(price[tree]) + float(problem.stage[step, tree])
            rests = resting | dict.fromkeys(changed, until)
            new.append(_Label(tree, closed, rests, used + int(exchanges[tree]), cost, label))
    return new


def _keep(kept: list[_Label], new: _Label) -> None:
    """Add a label of the same tree unless one is at least as good; drop those it is as good as."""
    if any(_covers(label, new) for label in kept):
        return
    kept[:] = [label for label in kept if not _covers(new, label)]
    kept.append(new)


def _covers(one: _Label, other: _Label) -> bool:
    """Whether the first label is no worse in cost, budget and every line's rest."""
    if one.cost_eur > other.cost_eur or one.used > other.used:
        return False
    return all(until <= other.resting.get(line, 0) for line, until in one.resting.items())


def _returned(problem: _Problem, label: _Label) -> _Label | None:
    """A label with the cost of the return to the initial state, None where that is not allowed."""
    if not problem.terms.return_to_initial:
        return label
    end = len(problem.stage)
    changed = np.flatnonzero(label.closed != problem.initial).tolist()
    exchanges = len(changed) // 2
    resting = {line for line, until in label.resting.items() if until > end}
    if exchanges > problem.most or label.used + exchanges > problem.budget or not resting.isdisjoint(changed):
        return None
    back = float(problem.terms.switching_cost_eur[changed].sum())
    return _Label(None, problem.initial, {}, 0, label.cost_eur + back, label)


def _schedule(problem: _Problem, last: _Label) -> Schedule:
    """The way that led to a label."""
    way: list[_Label] = []
    label: _Label | None = last
    while label is not None:
        way.append(label)
        label = label.before
    way.reverse()
    changes = [one.closed != other.closed for one, other in pairwise(way)]
    counts = [int(change.sum()) for change in changes]
    switching = sum(float(problem.terms.switching_cost_eur[change].sum()) for change in changes)
    hours = len(problem.stage)
    indices = np.array([label.tree for label in way[1 : hours + 1]], dtype=np.int64)
    operations = np.array(counts[:hours], dtype=np.int64)
    return Schedule(indices, last.cost_eur, switching, operations, counts[hours] if len(counts) > hours else 0)
