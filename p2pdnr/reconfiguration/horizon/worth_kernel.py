"""The compiled steps of a schedule over few trees, and the proof that no other tree is worth being in.

A tree is worth being in after a step if no other, with the way from there, is as cheap: value(b) + way(b, s) > value(s)
for all b. Who is in a tree that is not worth it could as well be in b and go on from there, since ways keep the
inequality of the triangle; that holds where nothing limits how much is switched at a time.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.compilation import entry_point, inner


@entry_point
def advance(way, cost, reached, worth):  # type: ignore[no-untyped-def]
    """Costs (T, k) of the trees worth being in after every step into ``worth``, infinite of others.

    ``way`` (k, k) EUR between trees, ``cost`` (k, T) of steps, ``reached`` (k,) of being in each tree before the first
    of them; it is left as before the step after the last.
    """
    k = len(way)
    kept = np.empty(k, dtype=np.int64)
    for step in range(cost.shape[1]):
        count = 0
        value = reached + cost[:, step]
        for tree in np.argsort(value):
            least = np.inf
            for place in range(count):
                least = min(least, worth[step, kept[place]] + way[kept[place], tree])
            if value[tree] < least:
                worth[step, tree] = least = value[tree]
                kept[count] = tree
                count += 1
            reached[tree] = least


@inner
def _ways(lines, opened, price, way):  # type: ignore[no-untyped-def]
    """EUR from every tree of ``opened``, whose last column is that of closing all its lines, to that of these lines."""
    for other in range(len(opened)):
        eur = opened[other, -1]
        for line in lines:
            eur += price[line] * (1.0 - 2.0 * opened[other, line])
        way[other] = eur


@entry_point
def margins(open_lines, floor, sources, enough, margin):  # type: ignore[no-untyped-def]
    """By how much each tree (rows of ``open_lines``) falls short of being worth it in any step at least, into
    ``margin`` (n,): negative where it may be worth it.

    ``floor`` (n, T) EUR it costs at least; ``enough`` (T,) EUR from which a tree is not worth it; ``sources``: trees
    worth being in, as ``opened`` (u, m + 1), 1 where a line is open and EUR of closing all
    of them, EUR of operating lines (m,), and in rows of steps, that
    before the first included, ``start`` (T + 2,), ``tree`` and ``value``.
    """
    opened, price, start, which, value = sources
    way = np.empty(len(opened))
    for tree in range(len(open_lines)):
        margin[tree] = np.inf
        known = False
        for step in range(floor.shape[1]):
            if floor[tree, step] >= enough[step]:
                continue
            if not known:
                _ways(open_lines[tree], opened, price, way)
                known = True
            before, after = np.inf, np.inf
            for place in range(start[step], start[step + 1]):
                before = min(before, value[place] + way[which[place]])
            for place in range(start[step + 1], start[step + 2]):
                after = min(after, value[place] + way[which[place]])
            margin[tree] = min(margin[tree], before + floor[tree, step] - after)
