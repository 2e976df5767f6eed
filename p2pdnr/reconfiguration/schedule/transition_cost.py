"""What it costs to get from tree to tree: the distance transform of the dynamic programme over hours.

For values D over trees, ``reach`` gives min over s' of D(s') + cost(s, s'), where the cost of a transition is that of
all lines whose state differs, and at most ``most`` lines may be exchanged for others (an exchange is two operations).

Over all trees of a network this is exact without comparing pairs: a bucket is an open set with one line dropped; trees
in one bucket are one exchange apart; "every bucket takes its members' minimum, every member its buckets'" is one round,
and k rounds are exact for k exchanges, because between two trees there is always a sequence of exchanges that touches
only the lines that differ, each once (basis exchange in the matroid of trees).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.compilation import entry_point, inner
from p2pdnr.reconfiguration.topologies.tree_set import Buckets, TreeSet


class Distances(NamedTuple):
    """From one state to every tree of a set: ``cost_eur`` (n_trees,) of the operations, ``exchanges`` (n_trees,) of one
    line for another."""

    cost_eur: Floats
    exchanges: Ints


@dataclass(frozen=True, eq=False)
class BucketMoves:
    """Transitions over a complete set of trees; ``cost_eur`` (m,) of operating each line."""

    buckets: Buckets
    cost_eur: Floats

    @property
    def diameter(self) -> int:
        """Exchanges that suffice between any two trees."""
        return int(self.buckets.line.shape[1])

    def reach(self, value: Floats, most: int) -> Floats:
        """(n_trees,) cheapest over at most ``most`` exchanges from ``value`` (n_trees,)."""
        reached = value.copy()
        _rounds(reached, self.buckets, self.cost_eur, most)
        return reached

    def further(self, _value: Floats, reached: Floats, _most: int) -> Floats:
        """What ``most`` exchanges reach, given what one fewer did."""
        return self.reach(reached, 1)


@dataclass(frozen=True, eq=False)
class PairMoves:
    """Transitions over a pool of trees, where in-between trees may be missing: ``cost_eur``, ``exchanges`` (k, k)."""

    cost_eur: Floats
    exchanges: Ints

    @property
    def diameter(self) -> int:
        """Exchanges that suffice between any two trees."""
        return int(self.exchanges.max(initial=0))

    def reach(self, value: Floats, most: int) -> Floats:
        """(k,) cheapest over at most ``most`` exchanges from ``value`` (k,)."""
        reached = np.empty_like(value)
        _pairs(value, (self.cost_eur, self.exchanges), most, reached)
        return reached

    def further(self, value: Floats, _reached: Floats, most: int) -> Floats:
        """What ``most`` exchanges reach from ``value``: a pool has no in-between."""
        return self.reach(value, most)


Moves = BucketMoves | PairMoves


def moves(trees: TreeSet, cost_eur: Floats) -> Moves:
    """Transitions between the trees of a set, with the cost (m,) of operating each line."""
    cost = np.array(cost_eur, dtype=np.float64)
    if trees.complete:
        return BucketMoves(trees.buckets, cost)
    rows = [distances(trees, trees.closed(index), cost) for index in range(len(trees))]
    shape = (len(trees), len(trees))
    return PairMoves(
        np.array([row.cost_eur for row in rows]).reshape(shape),
        np.array([row.exchanges for row in rows], dtype=np.int64).reshape(shape),
    )


def distances(trees: TreeSet, closed: Bools, cost_eur: Floats) -> Distances:
    """From a state ``closed`` (m,) to every tree, with the cost (m,) of operating each line."""
    price, exchanges = np.empty(len(trees)), np.empty(len(trees), dtype=np.int64)
    opened = ~np.asarray(closed, dtype=np.bool_)
    _distances(trees.open_lines, opened, np.array(cost_eur, dtype=np.float64), price, exchanges)
    return Distances(price, exchanges)


@entry_point
def _rounds(value, buckets, cost, most):  # type: ignore[no-untyped-def]
    """Rounds of the bucket transform, in place, until nothing changes or ``most`` are done."""
    best = np.empty(buckets.size)
    for _ in range(most):
        _gather(value, best, buckets, cost)
        if not _scatter(value, best, buckets, cost):
            break


@inner
def _gather(value, best, buckets, cost):  # type: ignore[no-untyped-def]
    """Every bucket takes the least of its members, plus the cost of closing the line it lacks."""
    best[:] = np.inf
    for tree in range(len(value)):
        for k in range(buckets.line.shape[1]):
            bucket = buckets.bucket[tree, k]
            best[bucket] = min(best[bucket], value[tree] + cost[buckets.line[tree, k]])


@inner
def _scatter(value, best, buckets, cost):  # type: ignore[no-untyped-def]
    """Every tree takes the least of its buckets, plus the cost of opening its line; returns whether any fell."""
    changed = False
    for tree in range(len(value)):
        least = value[tree]
        for k in range(buckets.line.shape[1]):
            least = min(least, best[buckets.bucket[tree, k]] + cost[buckets.line[tree, k]])
        if least < value[tree]:
            value[tree] = least
            changed = True
    return changed


@entry_point
def _pairs(value, distance, most, reached):  # type: ignore[no-untyped-def]
    """Cheapest over all pairs at most ``most`` exchanges apart, into ``reached``."""
    cost, exchanges = distance
    for tree in range(len(value)):
        least = np.inf
        for other in range(len(value)):
            if exchanges[tree, other] <= most:
                least = min(least, value[other] + cost[tree, other])
        reached[tree] = least


@entry_point
def _distances(open_lines, opened, cost, price, exchanges):  # type: ignore[no-untyped-def]
    """Cost and number of exchanges from one state to every tree."""
    width = open_lines.shape[1]
    all_closed = cost[opened].sum()
    for tree in range(len(open_lines)):
        common, shared, own = 0, 0.0, 0.0
        for line in open_lines[tree]:
            if opened[line]:
                common += 1
                shared += cost[line]
            else:
                own += cost[line]
        # a sum and a difference of the same numbers need not cancel exactly
        price[tree] = own + all_closed - shared if common < width else 0.0
        exchanges[tree] = width - common
