"""What is left to decide of topologies and positions together: lines and positions that a schedule may still use.

A dynamic programme forward and backward knows what the cheapest schedule through every topology and position of every
hour costs. What costs more than a schedule that is known is in no cheaper one and need not be decided: lines on which
all topologies that are left in an hour agree are frozen, and so are levers with one position left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme
from p2pdnr.reconfiguration.topologies.graph_reduction import free_lines


@dataclass(frozen=True)
class FreeIntegers:
    """Binaries that are left, summed over hours: states of ``lines``, and ``positions``, one for each position that a
    lever with several of them may have."""

    lines: int
    positions: int

    @property
    def total(self) -> int:
        """Of both kinds."""
        return self.lines + self.positions


def undecided(programme: JointProgramme, lines: int) -> FreeIntegers:
    """What there is to decide where so many ``lines`` may be operated and nothing is known."""
    counts = [count for count in programme.levers.counts if count > 1]
    return FreeIntegers(programme.hours * lines, programme.hours * sum(counts))


def free_within(programme: JointProgramme, through_eur: Floats, most_eur: float) -> FreeIntegers:
    """What is left where schedules that cost more than ``most_eur`` are out; ``through_eur`` (T, n_trees, S) as of
    :meth:`JointProgramme.through`."""
    kept = np.asarray(through_eur <= most_eur)
    trees: Bools = np.asarray(kept.any(axis=2)).T
    states: Bools = np.asarray(kept.any(axis=1))
    lines = free_lines(programme.trees.open_lines.astype(np.int64), trees, programme.trees.n_lines)
    positions = [_free_positions(programme.levers.positions, np.asarray(row)) for row in states]
    return FreeIntegers(int(lines.sum()), sum(positions))


def _free_positions(positions: Ints, kept: Bools) -> int:
    """Positions of all levers that still have several, where states ``kept`` (S,) of ``positions`` (S, L) are left."""
    counts = [len(np.unique(column)) for column in positions[kept].T] if kept.any() else []
    return sum(count for count in counts if count > 1)
