"""The cheapest sequence of trees and of positions of levers together: an exact dynamic programme.

State: the tree and the position of every lever, with the exchanges and the lever steps made since the day began where
budgets count them. Costs of switching and of steps add up, so that a transition is one over levers and then one over
trees, for all columns of the other at once:

    V_t(tree, s) = min over tree', s' of C_t(tree', s') + switching cost(tree, tree') + step cost x steps(s, s').

Over all trees without budgets the transition over trees is the bucket transform; with budgets, or in a pool, trees are
compared in pairs (:mod:`.joint_search` says which). Dwell is not a part of this programme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule import joint_kernel
from p2pdnr.reconfiguration.schedule.dynamic_programme import programme_size
from p2pdnr.reconfiguration.schedule.lever_states import LeverStates
from p2pdnr.reconfiguration.schedule.transition_cost import BucketMoves, Moves, distances, moves
from p2pdnr.reconfiguration.terms import LeverTerms, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True, eq=False)
class JointSchedule:
    """A tree and a state of the levers for every step.

    Attributes
    ----------
    indices, states : (T,) trees by their index in the set, and states of the levers
    cost_eur : stage costs, switching and steps, the return to the initial state included where the terms ask for it
    operations, lever_steps : (T,) lines that change state, and steps of levers, at the start of each step
    final_operations, final_steps : the same after the last step
    """

    indices: Ints
    states: Ints
    cost_eur: float
    operations: Ints
    lever_steps: Ints
    final_operations: int
    final_steps: int


@dataclass(frozen=True, eq=False)
class JointProgramme:
    """Stage costs ``stage`` (T, n_trees, S) in EUR, infinite where there is no power flow, over ``trees`` and states of
    ``levers``, under the terms of both; ``initial`` (m,) the lines closed before the first step.

    Arrays over states are (n_trees, layers, S, steps): exchanges and steps of levers that the day has seen.
    """

    stage: Floats
    trees: TreeSet
    levers: LeverStates
    terms: OperatorTerms
    lever_terms: LeverTerms
    initial: Bools

    @property
    def hours(self) -> int:
        """T."""
        return len(self.stage)

    @cached_property
    def most(self) -> int:
        """Exchanges in a step at most."""
        return programme_size(self.trees, self.hours, self.terms).most

    @cached_property
    def layers(self) -> int:
        """Of the day's exchanges; 1 where there is no budget to count."""
        return programme_size(self.trees, self.hours, self.terms).layers

    @cached_property
    def counts_steps(self) -> bool:
        """Whether a day's budget of lever steps can bind."""
        budget = self.lever_terms.max_per_day
        return budget is not None and budget < self.levers.most_steps * (min(self.hours, self.terms.steps_per_day) + 1)

    @cached_property
    def step_layers(self) -> int:
        """Of the day's steps; 1 where there is no budget to count."""
        return 1 + (self.lever_terms.max_per_day or 0) if self.counts_steps else 1

    @cached_property
    def moves(self) -> Moves:
        """Transitions between trees."""
        return moves(self.trees, self.terms.switching_cost_eur)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of arrays over states."""
        return len(self.trees), self.layers, len(self.levers), self.step_layers

    def best(self) -> JointSchedule | None:
        """The cheapest schedule, None where none keeps the limits."""
        return _extract(self, self.backward())

    def marginals(self) -> Floats:
        """(n_trees,) the cost of the cheapest schedule that uses a tree in some hour, without budgets of a day."""
        lowest = np.full(len(self.trees), np.inf)
        for through in self._through():
            lowest = np.minimum(lowest, through.min(axis=(1, 2, 3)))
        return lowest

    def through(self) -> Floats:
        """(T, n_trees, S) the cost of the cheapest schedule that uses a tree and a state of the levers in an hour,
        without budgets of a day."""
        return np.array([part.min(axis=(1, 3)) for part in self._through()])

    def _through(self) -> Iterator[Floats]:
        """Step by step the cheapest cost of a schedule through every state."""
        onward, state = self.backward(), self._opened()
        for step in range(self.hours):
            if step:
                state = self._moved(state, step)
            yield state + onward[step]
            state = state + self.stage[step][:, None, :, None]

    def backward(self) -> Floats:
        """(T, ...) cheapest cost of every state from each step on, its stage included."""
        cost = np.empty((self.hours, *self.shape))
        after = self._return_cost()
        for step in range(self.hours - 1, -1, -1):
            cost[step] = self.stage[step][:, None, :, None] + after
            if step:
                after = self._moved(cost[step], step)
        return cost

    def _moved(self, cost: Floats, step: int) -> Floats:
        """Cheapest cost before what is moved at the start of a step; the other way round without budgets."""
        before = self._over_trees(self._over_levers(cost))
        if step % self.terms.steps_per_day == 0:
            before[:] = before[:, :1, :, :1].copy()
        return before

    def _over_levers(self, cost: Floats) -> Floats:
        eur = self.lever_terms.step_eur
        if not self.counts_steps:
            return self.levers.spread(cost[..., 0], eur)[..., None]
        best = np.full_like(cost, np.inf)
        for state in range(len(self.levers)):
            for other, count in enumerate(self.levers.steps_from(state)):
                if count < self.step_layers:
                    onward = cost[:, :, other, count:] + eur * count
                    part = best[:, :, state, : self.step_layers - count]
                    np.minimum(part, onward, out=part)
        return best

    def _over_trees(self, cost: Floats) -> Floats:
        flat = np.ascontiguousarray(cost.reshape(*cost.shape[:2], -1))
        if isinstance(self.moves, BucketMoves):
            reached = flat[:, 0].copy()
            joint_kernel.rounds(reached, self.moves.buckets, self.moves.cost_eur, self.most)
        else:
            reached = np.empty_like(flat)
            joint_kernel.pairs(flat, (self.moves.cost_eur, self.moves.exchanges), self.most, reached)
        return reached.reshape(cost.shape)

    def _return_cost(self) -> Floats:
        """What remains to pay after the last step."""
        if not self.terms.return_to_initial:
            return np.zeros(self.shape)
        return self._between(self.initial, self.levers.start, np.indices(self.shape[1::2], sparse=False))

    def _between(self, closed: Bools, state: int, used: Ints) -> Floats:
        """(n_trees, layers, S, steps) cost of going from one state to every other when so much of both budgets,
        ``used`` (2, layers, steps), is spent before; infinite where that is not allowed."""
        price, exchanges = distances(self.trees, closed, self.terms.switching_cost_eur)
        steps = self.levers.steps_from(state)
        lines = exchanges[:, None, None] * (self.layers > 1) + used[0]
        levers = steps[:, None, None] + used[1] if self.counts_steps else np.zeros((len(steps), *used[1].shape))
        of_trees = np.where(
            (exchanges[:, None, None] <= self.most) & (lines < self.layers), price[:, None, None], np.inf
        )
        of_levers = np.where(levers < self.step_layers, self.lever_terms.step_eur * steps[:, None, None], np.inf)
        return np.asarray(of_trees[:, :, None, :] + of_levers.transpose(1, 0, 2)[None])

    def _opened(self) -> Floats:
        """Cost of what is moved before the first step, without budgets."""
        return self._between(self.initial, self.levers.start, np.zeros((2, 1, 1), dtype=np.int64))

    def over(self, rows: Ints) -> JointProgramme:
        """The programme over some of the trees."""
        return replace(self, stage=np.ascontiguousarray(self.stage[:, rows]), trees=self.trees.subset(rows))

    def without_budgets(self, line_eur: float = 0.0, lever_eur: float = 0.0) -> JointProgramme:
        """The programme without budgets of a day, every operation and every step that much dearer."""
        dearer = replace(self.terms, max_per_day=None, switching_cost_eur=self.terms.switching_cost_eur + line_eur)
        return replace(self, terms=dearer, lever_terms=LeverTerms(self.lever_terms.step_eur + lever_eur))


def _extract(programme: JointProgramme, cost: Floats) -> JointSchedule | None:
    """Follow the cheapest decisions from the initial state; among equals fewer operations and steps, then the lower
    index."""
    levers, counted = programme.levers, programme.layers > 1
    closed, state, layer, used = programme.initial, levers.start, 0, 0
    trees, states, operations, steps = [], [], [], []
    paid = 0.0
    for step in range(programme.hours):
        layer, used = (0, 0) if step % programme.terms.steps_per_day == 0 else (layer, used)
        price, exchanges = distances(programme.trees, closed, programme.terms.switching_cost_eur)
        moved = levers.steps_from(state)
        onward_layer = np.minimum(layer + exchanges * counted, programme.layers - 1)
        onward_step = np.minimum(used + moved * programme.counts_steps, programme.step_layers - 1)
        onward = cost[step][np.arange(len(price))[:, None], onward_layer[:, None], np.arange(len(moved)), onward_step]
        toll = programme._between(closed, state, np.array([[[layer]], [[used]]]))[:, 0, :, 0]
        total = onward + toll
        least = total.min()
        if not np.isfinite(least):
            return None
        ties = np.argwhere(total <= least + 1e-12 * abs(least))
        tree, to = ties[np.argmin(2 * exchanges[ties[:, 0]] + moved[ties[:, 1]])]
        paid += float(toll[tree, to] + programme.stage[step, tree, to])
        layer, used = int(onward_layer[tree]), int(onward_step[to])
        closed, state = programme.trees.closed(int(tree)), int(to)
        trees.append(int(tree))
        states.append(state)
        operations.append(2 * int(exchanges[tree]))
        steps.append(int(moved[to]))
    return _schedule(programme, (trees, states, operations, steps), paid)


def _schedule(programme: JointProgramme, found: tuple[list[int], ...], paid_eur: float) -> JointSchedule:
    """Sum up, with the return to the initial state."""
    indices, states, operations, steps = (np.array(part, dtype=np.int64) for part in found)
    final_operations, final_steps = 0, 0
    if programme.terms.return_to_initial and len(indices):
        price, exchanges = distances(programme.trees, programme.initial, programme.terms.switching_cost_eur)
        final_steps = int(programme.levers.steps_from(programme.levers.start)[states[-1]])
        final_operations = 2 * int(exchanges[indices[-1]])
        paid_eur += float(price[indices[-1]]) + programme.lever_terms.step_eur * final_steps
    return JointSchedule(indices, states, paid_eur, operations, steps, final_operations, final_steps)
