"""The last gap between a schedule and its bound: partial schedules, the most promising first.

The mean of the worst costs of a day is no sum over hours, so that a partial schedule has to carry its cost in every
scenario. What comes after it is bounded for each of some weights q on scenarios by a dynamic programme (cost to go),

    CVaR of any completion  >=  max over q of  [ sum q_s C_s so far + cost to go under q ],

and what cannot be below the best schedule known is dropped. When nothing is left that schedule is the best of all.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.risk.cutting_planes import mixed
from p2pdnr.reconfiguration.risk.measure import cvar
from p2pdnr.reconfiguration.risk.scenario_costs import apart, without_rest
from p2pdnr.reconfiguration.risk.task import paid_in_part
from p2pdnr.reconfiguration.schedule.dynamic_programme import cost_to_go
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

SAME = 1e-12
"""Share of the best cost within which another schedule is no better."""


@dataclass(frozen=True, eq=False)
class Contest:
    """What is searched: costs ``table`` (N, n, T) of n trees, the operator's terms, the initial state, the level, and
    weights (K, N) that bound."""

    table: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools
    level: float
    weights: Floats


@dataclass(frozen=True, eq=False)
class Won:
    """The best schedule known, by tree indices (None where that handed in stays best), its value, and what no schedule
    over these trees costs less than."""

    indices: Ints | None
    value: float
    least_eur: float


@dataclass(frozen=True, eq=False)
class _Label:
    """Trees of the first steps, the cost of each scenario so far (N,), and operations of the day."""

    path: tuple[int, ...]
    costs: Floats
    today: int


@dataclass(eq=False)
class PartialSchedules:
    """A search of a contest; ``value`` is that of the best schedule known when it begins."""

    contest: Contest
    value: float
    most_labels: int
    _best: tuple[int, ...] | None = None
    _queue: list[tuple[float, int, _Label]] = field(default_factory=list)

    def search(self, go_on: Callable[[], bool]) -> Won:
        """Go on until nothing better can be left, or too many partial schedules were looked at."""
        self._prepare()
        numbers, looked = count(), 0
        self._extend(None, self._from_initial, numbers)
        while self._queue and self._queue[0][0] < self._good_enough and looked < self.most_labels and go_on():
            _, _, label = heapq.heappop(self._queue)
            looked += 1
            ways = (self._price[label.path[-1]], self._operations[label.path[-1]])
            self._extend(label, ways, numbers)
        left = self._queue[0][0] if self._queue else np.inf
        found = None if self._best is None else np.array(self._best, dtype=np.int64)
        return Won(found, self.value, min(self.value, left))

    @property
    def _good_enough(self) -> float:
        return self.value * (1.0 - SAME)

    def _prepare(self) -> None:
        contest = self.contest
        free = without_rest(contest.terms)
        self._price, self._operations = apart(contest.trees, contest.terms)
        to = distances(contest.trees, contest.initial, contest.terms.switching_cost_eur)
        self._from_initial = to.cost_eur, 2 * to.exchanges
        onward = [
            cost_to_go(mixed(contest.table, q), contest.trees, paid_in_part(free, q), contest.initial)
            for q in contest.weights
        ]
        self._to_go = np.array(onward)

    def _extend(self, label: _Label | None, ways: tuple[Floats, Ints], numbers: count[int]) -> None:
        """Every tree that may come next, where it could lead to something better."""
        contest, (price, operations) = self.contest, ways
        step = 0 if label is None else len(label.path)
        before = np.zeros(len(contest.table)) if label is None else label.costs
        paid = contest.weights @ before
        bound = (paid[:, None] + contest.weights.sum(axis=1)[:, None] * price + self._to_go[:, step]).max(axis=0)
        today = operations + (0 if label is None or step % contest.terms.steps_per_day == 0 else label.today)
        bound[~self._within(label, operations, today)] = np.inf
        for tree in np.flatnonzero(bound < self._good_enough).tolist():
            path = (*(() if label is None else label.path), tree)
            costs = before + price[tree] + contest.table[:, tree, step]
            following = _Label(path, costs, int(today[tree]))
            if step + 1 == contest.table.shape[2]:
                self._finish(following)
            else:
                heapq.heappush(self._queue, (float(bound[tree]), next(numbers), following))

    def _within(self, label: _Label | None, operations: Ints, today: Ints) -> Bools:
        """(n,) whether the limits on switching allow a tree next; dwell is looked at line by line."""
        terms = self.contest.terms
        allowed = np.ones(len(operations), dtype=np.bool_)
        if terms.max_per_hour is not None:
            allowed &= operations <= terms.max_per_hour
        if terms.max_per_day is not None:
            allowed &= today <= terms.max_per_day
        if terms.min_dwell_steps is not None and label is not None:
            resting = self._resting(label)
            for tree in np.flatnonzero(allowed & (operations > 0)):
                moved = self.contest.trees.closed(int(tree)) != self.contest.trees.closed(label.path[-1])
                allowed[tree] = not (moved & resting).any()
        return allowed

    def _resting(self, label: _Label) -> Bools:
        """(m,) lines that were operated too lately to be operated in the next step."""
        trees, steps = self.contest.trees, (self.contest.terms.min_dwell_steps or 1) - 1
        states = [self.contest.initial, *(trees.closed(tree) for tree in label.path)]
        late = states[max(0, len(states) - 1 - steps) :]
        moved = [one != other for one, other in pairwise(late)]
        return np.asarray(np.any(moved, axis=0) if moved else np.zeros(trees.n_lines, dtype=np.bool_))

    def _finish(self, label: _Label) -> None:
        """A whole schedule: the best so far, or not."""
        costs = label.costs
        if self.contest.terms.return_to_initial:
            price, operations = (part[label.path[-1]] for part in self._from_initial)
            if not self._may_return(label, int(operations)):
                return
            costs = costs + price
        value = cvar(costs, self.contest.level)
        if value < self._good_enough:
            self.value, self._best = value, label.path

    def _may_return(self, label: _Label, operations: int) -> bool:
        """Whether the limits allow the return after the last step, whose operations count for the last day."""
        terms = self.contest.terms
        moved = self.contest.trees.closed(label.path[-1]) != self.contest.initial
        rested = terms.min_dwell_steps is None or not (moved & self._resting(label)).any()
        few = terms.max_per_hour is None or operations <= terms.max_per_hour
        return rested and few and (terms.max_per_day is None or label.today + operations <= terms.max_per_day)
