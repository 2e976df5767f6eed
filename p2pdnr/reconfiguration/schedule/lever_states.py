"""The positions that tap changers and capacitors may have together, and what it takes to get from some to others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Floats, Ints, Levers

MOST_STATES = 500
"""Positions together up to which schedules are exact."""


@dataclass(frozen=True, eq=False)
class LeverStates:
    """All S positions that L levers may have together: ``positions`` (S, L), the last lever's changing fastest;
    ``start`` the state of the moment; ``counts`` (L,) how many positions each lever has."""

    positions: Ints
    start: int
    counts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.positions)

    def steps_from(self, state: int) -> Ints:
        """(S,) steps of all levers from one state to every other."""
        return np.asarray(np.abs(self.positions - self.positions[state]).sum(axis=1))

    @property
    def most_steps(self) -> int:
        """Steps between the two states that are furthest apart."""
        return sum(self.counts) - len(self.counts)

    def spread(self, value: Floats, step_eur: float) -> Floats:
        """(..., S) the least of ``value`` (..., S) over all states with ``step_eur`` for every step to get there: lever
        by lever, along its positions up and down."""
        shape = (*value.shape[:-1], *self.counts)
        best = value.reshape(shape).copy()
        for lever, count in enumerate(self.counts):
            along = np.moveaxis(best, value.ndim - 1 + lever, 0)
            for here in range(1, count):
                np.minimum(along[here], along[here - 1] + step_eur, out=along[here])
            for here in range(count - 2, -1, -1):
                np.minimum(along[here], along[here + 1] + step_eur, out=along[here])
        return best.reshape(value.shape)


def lever_states(levers: Levers) -> LeverStates:
    """The states of a network's levers.

    Raises :class:`NetworkError` where they are too many for an exact schedule.
    """
    counts = tuple(item.most - item.least + 1 for item in levers.items)
    if prod(counts) > MOST_STATES:
        told = f"can have {prod(counts):,} positions together, more than {MOST_STATES}"
        raise NetworkError([Problem("levers", "", (), told, "Let fewer of them move, as in --levers taps")])
    ranges = (range(item.least, item.most + 1) for item in levers.items)
    positions = np.array(list(product(*ranges)), dtype=np.int64).reshape(prod(counts), len(counts))
    start = int(np.flatnonzero((positions == np.array(levers.positions)).all(axis=1))[0])
    return LeverStates(positions, start, counts)
