"""Transitions between trees for many columns at once: a column is a position of levers, or one with steps already made.

The rounds are those of :mod:`.transition_cost`; columns stand side by side in memory, so that what is looked up for a
tree serves all of them.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.compilation import entry_point, inner


@entry_point
def rounds(value, buckets, cost, most):  # type: ignore[no-untyped-def]
    """Rounds of the bucket transform on ``value`` (n_trees, C), in place, until nothing changes, ``most`` at most."""
    best = np.empty((buckets.size, value.shape[1]))
    for _ in range(most):
        best[:] = np.inf
        _gather(value, best, buckets, cost)
        if not _scatter(value, best, buckets, cost):
            break


@inner
def _gather(value, best, buckets, cost):  # type: ignore[no-untyped-def]
    """Every bucket takes the least of its members, plus the cost of closing the line it lacks."""
    columns = value.shape[1]
    for tree in range(len(value)):
        for k in range(buckets.line.shape[1]):
            bucket, more = buckets.bucket[tree, k], cost[buckets.line[tree, k]]
            for c in range(columns):
                best[bucket, c] = min(best[bucket, c], value[tree, c] + more)


@inner
def _scatter(value, best, buckets, cost):  # type: ignore[no-untyped-def]
    """Every tree takes the least of its buckets, plus the cost of opening its line; returns whether any fell."""
    columns, changed = value.shape[1], 0
    for tree in range(len(value)):
        for k in range(buckets.line.shape[1]):
            bucket, more = buckets.bucket[tree, k], cost[buckets.line[tree, k]]
            for c in range(columns):
                through = best[bucket, c] + more
                changed += through < value[tree, c]
                value[tree, c] = min(value[tree, c], through)
    return changed > 0


@entry_point
def pairs(value, distance, most, reached):  # type: ignore[no-untyped-def]
    """Cheapest over all pairs at most ``most`` exchanges apart, from ``value`` (k, layers, C) into ``reached``: with
    more than one layer every exchange leads one layer on."""
    cost, exchanges = distance
    trees, layers, columns = value.shape
    reached[:] = np.inf
    for tree in range(trees):
        for other in range(trees):
            count = exchanges[tree, other]
            onward = count if layers > 1 else 0
            if count <= most:
                for layer in range(layers - onward):
                    for c in range(columns):
                        through = value[other, layer + onward, c] + cost[tree, other]
                        reached[tree, layer, c] = min(reached[tree, layer, c], through)
