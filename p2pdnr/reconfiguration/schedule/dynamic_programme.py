"""The cheapest sequence of trees over the hours: an exact dynamic programme.

State of the programme: the tree, the exchanges made since the day began (when a daily budget exists), and the steps
since the last change (when a minimum dwell exists). With C_t the cost from step t on, stage included, and V_t the same
before the operations of step t,

    V_t(s) = min over s' of C_t(s') + switching cost(s, s'),      C_t(s) = stage_t(s) + V_(t+1)(s).

Trees with infinite stage cost cannot be stayed in, but serve as way-points between others. A limit of operations in a
step is one of exchanges: every radial topology has the same number of open lines, so operations come in pairs.

The dwell is kept by the whole topology: after any operation no line is operated for ``min_dwell_steps``. That implies
it for every line; schedules that stagger operations of different lines closer than that are found by
:mod:`p2pdnr.reconfiguration.schedule.line_dwell`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.transition_cost import Distances, Moves, distances, moves
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True, eq=False)
class Schedule:
    """A tree for every step.

    Attributes
    ----------
    indices : (T,) trees by their index in the set
    cost_eur : stage costs and switching, the return to the initial state included where the terms ask for it
    switching_eur : the part of it that switching costs
    operations : (T,) lines that change state at the start of each step
    final_operations : lines that change state after the last step, to return to the initial state
    """

    indices: Ints
    cost_eur: float
    switching_eur: float
    operations: Ints
    final_operations: int


class ProgrammeSize(NamedTuple):
    """``most`` exchanges in a step; ``layers`` of the daily budget, exchanges already made; ``ages``, steps that the
    topology has rested."""

    most: int
    layers: int
    ages: int


@dataclass(frozen=True, eq=False)
class _Programme:
    """The problem as the recursion reads it; arrays over states are (budget layers, ages, trees)."""

    stage: Floats
    trees: TreeSet
    terms: OperatorTerms
    initial: Bools
    moves: Moves
    size: ProgrammeSize

    @property
    def most(self) -> int:
        """Exchanges in a step at most."""
        return self.size.most

    @property
    def layers(self) -> int:
        """Of the daily budget; 1 where there is none to count."""
        return self.size.layers

    @property
    def ages(self) -> int:
        """Of the topology, in steps; 1 where it need not rest."""
        return self.size.ages

    def starts_day(self, step: int) -> bool:
        """Whether the budget is fresh at this step."""
        return step % self.terms.steps_per_day == 0

    def from_initial(self) -> Distances:
        """Between the initial state and every tree."""
        return distances(self.trees, self.initial, self.terms.switching_cost_eur)


def best_schedule(stage_cost: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Schedule:
    """The cheapest schedule over all sequences of trees of a set.

    Parameters: ``stage_cost`` (n_trees, T) EUR, infinite where a tree cannot be used; ``initial`` (m,) lines closed
    before the first step. Raises :class:`SolverError` when no sequence respects the limits.
    """
    programme = _programme(stage_cost, trees, terms, initial)
    return _extract(programme, _backward(programme))


def no_schedule() -> SolverError:
    """What is said where no sequence of trees keeps the limits."""
    return SolverError("no schedule of radial topologies respects the limits on switching in every hour")


def min_marginals(stage_cost: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Floats:
    """(n_trees, T) cost of the cheapest schedule that uses a tree in an hour; the least in an hour is the best's."""
    programme = _programme(stage_cost, trees, terms, initial)
    with ThreadPoolExecutor(1) as executor:
        backward = executor.submit(_backward, programme)
        forward = _forward(programme)
        onward = backward.result()
    # the stage cost is in both halves
    through = (forward + onward).min(axis=(1, 2))
    finite = np.isfinite(programme.stage)
    return np.where(finite, through - np.where(finite, programme.stage, 0.0), np.inf).T


def _programme(stage_cost: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> _Programme:
    """Limits in exchanges, and the state they need."""
    stage = np.ascontiguousarray(np.asarray(stage_cost, dtype=np.float64).T)
    if stage.ndim != 2 or stage.shape[1] != len(trees):
        raise ValueError(f"stage cost has shape {stage.T.shape}, wanted ({len(trees)}, hours)")
    between, size = moves(trees, terms.switching_cost_eur), programme_size(trees, len(stage), terms)
    return _Programme(stage, trees, terms, np.asarray(initial, dtype=np.bool_), between, size)


def cost_to_go(stage_cost: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Floats:
    """(T, n_trees) cheapest cost of being in each tree from each step on, for terms without daily budget and dwell."""
    programme = _programme(stage_cost, trees, terms, initial)
    return _backward(programme)[:, 0, 0]


def exchange_limit(trees: TreeSet, hours: int, terms: OperatorTerms) -> int:
    """Most exchanges of two lines in a step."""
    return programme_size(trees, hours, terms).most


def states(trees: TreeSet, hours: int, terms: OperatorTerms) -> int:
    """Numbers the programme keeps for a set of trees: what its memory grows with."""
    size = programme_size(trees, hours, terms)
    return hours * size.layers * size.ages * len(trees)


def effort(trees: TreeSet, hours: int, terms: OperatorTerms) -> float:
    """Elementary steps of the programme over a set of trees: what its time grows with."""
    most, layers, ages = programme_size(trees, hours, terms)
    width = trees.open_lines.shape[1]
    rounds = max(1, min(most, width)) if layers > 1 or trees.complete else 1
    return float(hours * layers * (rounds * len(trees) * (width if trees.complete else len(trees)) + ages * len(trees)))


def programme_size(trees: TreeSet, hours: int, terms: OperatorTerms) -> ProgrammeSize:
    """What the limits on switching ask the programme to tell apart."""
    most = trees.open_lines.shape[1]
    if terms.max_per_hour is not None:
        most = min(most, terms.max_per_hour // 2)
    # no day can use more: as many steps, and the return after the last one, which counts for the last day
    useful = most * (min(hours, terms.steps_per_day) + 1)
    budget = useful if terms.max_per_day is None else terms.max_per_day // 2
    most = min(most, budget)
    layers = 1 if budget == 0 or budget >= useful else budget + 1
    return ProgrammeSize(most, layers, max(1, min(terms.min_dwell_steps or 1, hours + 1)))


def _backward(programme: _Programme) -> Floats:
    """C: (T, layers, ages, n_trees) cheapest cost from each step on, its stage included."""
    hours, n = programme.stage.shape
    cost = np.empty((hours, programme.layers, programme.ages, n))
    after = _return_cost(programme)
    for step in range(hours - 1, -1, -1):
        cost[step] = programme.stage[step] + after
        if step:
            after = _before_switching(programme, cost[step], step)
    return cost


def _return_cost(programme: _Programme) -> Floats:
    """(layers, ages, n_trees) what remains to pay after the last step."""
    shape = (programme.layers, programme.ages, len(programme.trees))
    if not programme.terms.return_to_initial:
        return np.zeros(shape)
    price, exchanges = programme.from_initial()
    used = np.arange(programme.layers)[:, None, None] + (exchanges if programme.layers > 1 else 0)
    rested = np.arange(programme.ages)[None, :, None] == programme.ages - 1
    allowed = (exchanges <= programme.most) & (used < programme.layers) & (rested | (exchanges == 0))
    return np.where(np.broadcast_to(allowed, shape), price, np.inf)


def _before_switching(programme: _Programme, cost: Floats, step: int) -> Floats:
    """V from C: (layers, ages, n_trees) cheapest cost before the operations of a step."""
    ages = programme.ages
    before = cost[:, np.minimum(np.arange(ages) + 1, ages - 1)]
    before[:, -1] = np.minimum(before[:, -1], _switch(programme, cost[:, 0], -1))
    if programme.starts_day(step):
        before[:] = before[:1]
    return before


def _forward(programme: _Programme) -> Floats:
    """(T, layers, ages, n_trees) cheapest cost of being in a state at each step, its stage included."""
    hours, n = programme.stage.shape
    cost = np.empty((hours, programme.layers, programme.ages, n))
    state = _after_first_switching(programme)
    for step in range(hours):
        if step:
            state = _after_switching(programme, cost[step - 1], step)
        cost[step] = programme.stage[step] + state
    return cost


def _after_first_switching(programme: _Programme) -> Floats:
    """(layers, ages, n_trees) cost of the operations of step 0."""
    state = np.full((programme.layers, programme.ages, len(programme.trees)), np.inf)
    price, exchanges = programme.from_initial()
    used = exchanges if programme.layers > 1 else np.zeros_like(exchanges)
    age = np.where(exchanges == 0, programme.ages - 1, 0)
    tree = np.flatnonzero((exchanges <= programme.most) & (used < programme.layers))
    state[used[tree], age[tree], tree] = price[tree]
    return state


def _after_switching(programme: _Programme, cost: Floats, step: int) -> Floats:
    """(layers, ages, n_trees) cheapest cost after the operations of a step, from that of the step before."""
    if programme.starts_day(step):
        cost = np.concatenate([cost.min(axis=0, keepdims=True), np.full_like(cost[1:], np.inf)])
    state = np.full_like(cost, np.inf)
    for age in range(programme.ages):
        older = min(age + 1, programme.ages - 1)
        state[:, older] = np.minimum(state[:, older], cost[:, age])
    state[:, 0] = np.minimum(state[:, 0], _switch(programme, cost[:, -1], 1))
    return state


def _switch(programme: _Programme, value: Floats, direction: int) -> Floats:
    """(layers, n_trees) cheapest over the exchanges of a step; ``direction`` is that of time, and of the count."""
    if programme.layers == 1:
        return programme.moves.reach(value[0], programme.most)[None]
    best = value.copy()
    for layer in range(programme.layers):
        reached = value[layer]
        for count in range(1, min(programme.most, programme.moves.diameter) + 1):
            goal = layer + direction * count
            if not 0 <= goal < programme.layers:
                break
            reached = programme.moves.further(value[layer], reached, count)
            best[goal] = np.minimum(best[goal], reached)
    return best


def _extract(programme: _Programme, cost: Floats) -> Schedule:
    """Follow the cheapest decisions from the initial state; among equals fewer operations, then the lower index."""
    indices, operations, switching = [], [], []
    closed, layer, age = programme.initial, 0, programme.ages - 1
    for step in range(len(cost)):
        layer = 0 if programme.starts_day(step) else layer
        to = distances(programme.trees, closed, programme.terms.switching_cost_eur)
        tree = _next_tree(programme, cost[step], _Reached(layer, age, to))
        exchanges = int(to.exchanges[tree])
        age = min(age + 1, programme.ages - 1) if exchanges == 0 else 0
        layer += exchanges if programme.layers > 1 else 0
        closed = programme.trees.closed(tree)
        indices.append(tree)
        operations.append(2 * exchanges)
        switching.append(float(to.cost_eur[tree]))
    return _schedule(programme, np.array(indices, dtype=np.int64), operations, switching)


class _Reached(NamedTuple):
    """Where a schedule stands before the operations of a step: exchanges of the day in ``layer``, steps at rest in
    ``age``, and the distances ``to`` every tree."""

    layer: int
    age: int
    to: Distances


def _next_tree(programme: _Programme, cost: Floats, reached: _Reached) -> int:
    """The cheapest tree to be in at a step, its costs from there on in ``cost`` (layers, ages, n_trees)."""
    layer, age, (price, exchanges) = reached
    stays = exchanges == 0
    used = layer + exchanges if programme.layers > 1 else np.zeros_like(exchanges)
    allowed = (exchanges <= programme.most) & (used < programme.layers) & (stays | (age == programme.ages - 1))
    new_age = np.where(stays, min(age + 1, programme.ages - 1), 0)
    onward = cost[np.minimum(used, programme.layers - 1), new_age, np.arange(len(price))]
    total = np.where(allowed, price + onward, np.inf)
    least = total.min()
    if not np.isfinite(least):
        raise no_schedule()
    ties = np.flatnonzero(total <= least + 1e-12 * abs(least))
    return int(ties[np.argmin(exchanges[ties])])


def _schedule(programme: _Programme, indices: Ints, operations: list[int], switching: list[float]) -> Schedule:
    """Sum up, with the return to the initial state."""
    stage = float(programme.stage[np.arange(len(indices)), indices].sum())
    back, final = 0.0, 0
    if programme.terms.return_to_initial and len(indices):
        price, exchanges = programme.from_initial()
        back, final = float(price[indices[-1]]), 2 * int(exchanges[indices[-1]])
    total = sum(switching) + back
    return Schedule(indices, stage + total, total, np.array(operations, dtype=np.int64), final)
