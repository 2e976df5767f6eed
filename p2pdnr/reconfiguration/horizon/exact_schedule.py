"""The cheapest schedule over all radial topologies and any number of rows, found over few of them and proved for all.

Rows go by in windows. In each the schedule is followed over some trees, whose costs are exact power flows. Then every
other tree is held against it with a bound of what it costs: where it might be worth being in
(:mod:`.worth_kernel`) it joins, and the window is gone through again. What is kept of a window are the trees worth
being in after each of its steps, a handful, so that memory does not grow with trees times rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.horizon.worth_kernel import advance, margins
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import PORTION, share
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

ROUNDING = 1e-9
"""Share of the costs so far by which a tree has to be cheaper to be worth being in."""
JOINING = 250
"""Trees that join at a time, the most promising first."""
SEEDS = 20
"""Trees of the least bound over a window, to begin with."""
MOST_TREES = 4000
"""Trees of a window, each held against each; more are not looked at, and then nothing is proved."""


class StepCosts(Protocol):
    """Costs of the steps of a schedule."""

    @property
    def windows(self) -> list[slice]:
        """The steps, in parts that are gone through one after the other."""

    def exact_eur(self, rows: Ints, window: slice) -> Floats:
        """(k, steps) EUR of some trees, infinite where there is no power flow."""

    def floor_eur(self, window: slice, known_eur: Floats) -> Floats:
        """(n_trees, steps) EUR that every tree costs at least, given the costs (k, steps) of some."""


class Problem(NamedTuple):
    """All ``trees`` that there are, the operator's ``terms``, and the lines closed at the start, ``initial`` (m,)."""

    trees: TreeSet
    terms: OperatorTerms
    initial: Bools


class Worth(NamedTuple):
    """Trees worth being in after a step: ``rows`` (k,) of the set, and the ``value`` (k,) of being there, in EUR from
    the start."""

    rows: Ints
    value: Floats


@dataclass(frozen=True, eq=False)
class LongSchedule:
    """``indices`` (T,) of trees, ``cost_eur`` with switching and a return, and whether no schedule is cheaper;
    ``used`` are rows of all trees whose costs were computed exactly."""

    indices: Ints
    cost_eur: float
    proved: bool
    used: Ints


@dataclass(frozen=True, eq=False)
class _Window:
    """What was found in a window: the trees worth being in after each of its steps, the rows of ``trees`` that were
    looked at, and whether no other tree is worth it."""

    worth: list[Worth]
    trees: Ints
    proved: bool


def cheapest_of_all(
    problem: Problem, costs: StepCosts, seeds: Ints, go_on: Callable[[], bool], bounded: bool = True
) -> LongSchedule:
    """The cheapest schedule without limits on switching; ``seeds`` are rows of trees to begin with.

    ``bounded``: whether other trees are looked at; without that, and once ``go_on`` says no, it is the best over the
    seeds and what has joined them. Raises :class:`PowerFlowError` where a step has no power flow in any tree.
    """
    here = [Worth(np.array([problem.trees.find(problem.initial)]), np.zeros(1))]
    known, used, proved = np.union1d(seeds, here[0].rows), seeds, bounded
    for window in costs.windows:
        proved = proved and go_on()
        found = _window(problem, costs, window, (here[-1], known), proved)
        here += found.worth
        known = np.unique(np.concatenate([seeds, *(worth.rows for worth in found.worth)]))
        used, proved = np.union1d(used, found.trees), proved and found.proved
    return _traced(problem, here, proved, used)


def _window(problem: Problem, costs: StepCosts, window: slice, begin: tuple[Worth, Ints], bounded: bool) -> _Window:
    """One window from what was worth being in before it, and the trees to begin with."""
    before, known = begin
    rows = np.union1d(before.rows, known)
    exact = costs.exact_eur(rows, window)
    floor = costs.floor_eur(window, exact) if bounded else None
    if floor is not None:
        rows, exact = _joined(costs, window, rows, exact, _lowest(floor))
    while True:
        worth = _followed(problem, before, rows, exact)
        if floor is None:
            return _Window(worth, rows, proved=False)
        worthy = _worthy(problem, [before, *worth], (rows, exact), floor)
        if not len(worthy) or len(rows) >= MOST_TREES:
            _refuse_hopeless(worth, window)
            return _Window(worth, rows, proved=not len(worthy))
        rows, exact = _joined(costs, window, rows, exact, worthy[:JOINING])


def _lowest(floor: Floats) -> Ints:
    """Trees of the least bound in some step, and of the least over all of them."""
    least = np.flatnonzero((floor == np.minimum.reduce(floor, axis=0)).any(axis=1))
    together = np.argpartition(floor.sum(axis=1), min(SEEDS, len(floor) - 1))[:SEEDS]
    return np.union1d(least[:JOINING], together)


def _joined(costs: StepCosts, window: slice, rows: Ints, exact: Floats, more: Ints) -> tuple[Ints, Floats]:
    """The trees and their costs with more of them, in ascending order."""
    new = np.setdiff1d(more, rows)
    both = np.concatenate([rows, new])
    order = np.argsort(both)
    return both[order], np.vstack([exact, costs.exact_eur(new, window)])[order]


def _followed(problem: Problem, before: Worth, rows: Ints, exact: Floats) -> list[Worth]:
    """The trees worth being in after every step, among some."""
    few, price = problem.trees.subset(rows), problem.terms.switching_cost_eur
    way = np.array([distances(few, few.closed(index), price).cost_eur for index in range(len(few))])
    places = np.searchsorted(rows, before.rows)
    reached = (before.value[:, None] + way[places]).min(axis=0)
    if len(before.rows) == 1 and before.value[0] == 0.0:
        reached = distances(few, problem.initial, price).cost_eur
    worth = np.full((exact.shape[1], len(rows)), np.inf)
    advance(way, np.ascontiguousarray(exact), reached, worth)
    return [Worth(rows[np.isfinite(row)], row[np.isfinite(row)]) for row in worth]


def _worthy(problem: Problem, steps: list[Worth], known: tuple[Ints, Floats], floor: Floats) -> Ints:
    """Rows of trees that may be worth being in though they are not among those ``known`` with their costs, the most
    promising first."""
    rows, exact = known
    enough = np.array(
        [exact[np.searchsorted(rows, worth.rows), step].max(initial=-np.inf) for step, worth in enumerate(steps[:-1])]
    )
    sources = _sources(problem, steps)
    margin = np.empty(len(problem.trees))

    def look(first: int) -> None:
        part = slice(first, first + PORTION)
        margins(problem.trees.open_lines[part], floor[part], sources, enough, margin[part])

    share(look, range(0, len(problem.trees), PORTION))
    margin[rows] = np.inf
    found = np.flatnonzero(~(margin >= -ROUNDING * max(1.0, float(np.abs(sources[4]).max(initial=0.0)))))
    return found[np.argsort(margin[found], kind="stable")]


def _sources(problem: Problem, steps: list[Worth]) -> tuple[Floats, Floats, Ints, Ints, Floats]:
    """Trees worth being in as the kernel reads them."""
    every = np.concatenate([worth.rows for worth in steps])
    union, which = np.unique(every, return_inverse=True)
    price = np.array(problem.terms.switching_cost_eur, dtype=np.float64)
    opened = np.zeros((len(union), problem.trees.n_lines + 1))
    opened[np.arange(len(union))[:, None], problem.trees.open_lines[union]] = 1.0
    opened[:, -1] = opened[:, :-1] @ price
    start = np.cumsum([0, *(len(worth.rows) for worth in steps)]).astype(np.int64)
    return opened, price, start, which.ravel().astype(np.int64), np.concatenate([worth.value for worth in steps])


def _refuse_hopeless(worth: list[Worth], window: slice) -> None:
    for step, here in enumerate(worth):
        if not len(here.rows):
            raise PowerFlowError(f"no radial topology has a power flow solution in hour {window.start + step}")


def _traced(problem: Problem, steps: list[Worth], proved: bool, used: Ints) -> LongSchedule:
    """The cheapest way through the trees worth being in, back from the last step; among equals fewer operations."""
    trees, terms = problem.trees, problem.terms
    last = steps[-1]
    total = last.value.copy()
    if terms.return_to_initial:
        total += distances(trees.subset(last.rows), problem.initial, terms.switching_cost_eur).cost_eur
    best = int(np.argmin(total))
    indices, cost_eur = [int(last.rows[best])], float(total[best])
    for worth in steps[-2:0:-1]:
        way = distances(trees.subset(worth.rows), trees.closed(indices[-1]), terms.switching_cost_eur)
        onward = worth.value + way.cost_eur
        ties = np.flatnonzero(onward <= onward.min() + 1e-12 * abs(onward.min()))
        indices.append(int(worth.rows[ties[np.argmin(way.exchanges[ties])]]))
    return LongSchedule(np.array(indices[::-1], dtype=np.int64), cost_eur, proved, used)
