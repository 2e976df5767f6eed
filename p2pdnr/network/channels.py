"""Tie lines of a drawing with many of them: at right angles, in channels between rows and columns of buses.

Buses stand on a lattice of rows and columns, with three tracks in every gap between two of them. A tie line takes the
cheapest way along tracks (Dijkstra): cost grows with length, with bends and with crossings, and steeply where it would
lie on another line or meet a bus. Each is laid again when all others lie. Afterwards a gap between rows is made wider
by the tracks that are used in it, so that lines, buses and their numbers keep apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from p2pdnr.network.arrays import Bools, Floats, Ints

__all__ = ["Grid", "Way", "lay", "spread"]

Way = list[tuple[int, int]]
"""Corners of a line on the lattice, both ends included."""

_PER_GAP = 4
"""Tracks from one row to the next: the row itself and three between."""
_MARGIN = 2
"""Rows and columns of room around the buses."""
_AROUND = 6
"""Rows and columns around both ends among which a way is looked for first."""
_PASSES = 2
_BEND, _CROSSING, _OVERLAP, _BUS, _SLANT, _OFF_CENTRE = 3.0, 8.0, 40.0, 200.0, 9.0, 0.3
_COLUMN_TRACKS = np.array([0.0, 0.27, 0.5, 0.73])
"""Where the tracks between two columns stand: clear of buses, and two of them clear of a line's middle."""
_BELOW, _ABOVE, _APART = 0.85, 0.5, 0.35
"""Room for a bus and its number above and below a channel, and between two of its tracks."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Buses on rows and columns: ``column`` and ``row`` (n,), counted from 0, rows upwards."""

    column: Ints
    row: Ints

    def place(self, bus: int) -> tuple[int, int]:
        """Where a bus stands on the lattice: (x, y)."""
        return _PER_GAP * (int(self.column[bus]) + _MARGIN), _PER_GAP * (int(self.row[bus]) + _MARGIN)

    @property
    def size(self) -> tuple[int, int]:
        """Tracks along and across the drawing."""
        return tuple(_PER_GAP * (int(at.max()) + 2 * _MARGIN) + 1 for at in (self.column, self.row))  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class _Taken:
    """How many lines lie on the steps of the lattice, and which of its places are buses."""

    along: Ints  # (x - 1, y): steps to the right
    up: Ints  # (x, y - 1)
    bus: Bools  # (x, y)

    @classmethod
    def nothing(cls, grid: Grid) -> _Taken:
        """Only buses."""
        x, y = grid.size
        bus = np.zeros((x, y), dtype=bool)
        for index in range(len(grid.row)):
            bus[grid.place(index)] = True
        return cls(np.zeros((x - 1, y), dtype=np.int64), np.zeros((x, y - 1), dtype=np.int64), bus)

    def add(self, way: Way, times: int = 1) -> None:
        """Lay a line, or take it away; slanting steps take nothing."""
        for (x, y), (u, v) in pairwise(way):
            if y == v:
                self.along[min(x, u) : max(x, u), y] += times
            elif x == u:
                self.up[x, min(y, v) : max(y, v)] += times

    def window(self, box: tuple[slice, slice]) -> _Taken:
        """The part of the lattice in a box of places."""
        x, y = box
        return _Taken(self.along[x.start : x.stop - 1, y], self.up[x, y.start : y.stop - 1], self.bus[x, y])


def lay(grid: Grid, fixed: Sequence[Way], ends: Sequence[tuple[int, int]]) -> list[Way]:
    """A way for each pair of buses in ``ends``, in view of one another and of the ``fixed`` lines."""
    taken = _Taken.nothing(grid)
    for way in fixed:
        taken.add(way)
    ways: dict[int, Way] = {}
    for _ in range(_PASSES):
        for line in _short_first(grid, ends):
            taken.add(ways.get(line, []), -1)
            ways[line] = _way(taken, grid.place(ends[line][0]), grid.place(ends[line][1]))
            taken.add(ways[line])
    return [ways[line] for line in range(len(ends))]


def _short_first(grid: Grid, ends: Sequence[tuple[int, int]]) -> list[int]:
    def length(line: int) -> int:
        (x, y), (u, v) = (grid.place(bus) for bus in ends[line])
        return abs(x - u) + abs(y - v)

    return sorted(range(len(ends)), key=lambda line: (length(line), line))


def _way(taken: _Taken, start: tuple[int, int], end: tuple[int, int]) -> Way:
    """The cheapest way between two places, looked for around them."""
    low = [max(0, min(pair) - _PER_GAP * _AROUND) for pair in zip(start, end, strict=True)]
    high = [max(pair) + _PER_GAP * _AROUND + 1 for pair in zip(start, end, strict=True)]
    box = (slice(low[0], min(high[0], taken.bus.shape[0])), slice(low[1], min(high[1], taken.bus.shape[1])))
    near = taken.window(box)
    near = _Taken(near.along, near.up, near.bus.copy())
    here = [(x - low[0], y - low[1]) for x, y in (start, end)]
    for place in here:
        near.bus[place] = False
    found = _search(near, here[0], here[1])
    return _corners([(x + low[0], y + low[1]) for x, y in found])


def _search(taken: _Taken, start: tuple[int, int], end: tuple[int, int]) -> Way:
    """Dijkstra over places in two states: passed along the rows, or across them."""
    count = taken.bus.size
    at = partial(np.ravel_multi_index, dims=taken.bus.shape)
    first, last = int(at(start)), int(at(end))
    edges = [*_steps(taken), _bends(taken), *(_slants(taken, place) for place in (start, end))]
    a, b, cost = (np.concatenate([edge[part] for edge in edges]) for part in range(3))
    graph = sp.csr_array((cost, (a, b)), shape=(2 * count, 2 * count))
    starts = [first, first + count]
    far, before, _ = dijkstra(graph, directed=False, indices=starts, min_only=True, return_predecessors=True)
    node = min((last, last + count), key=lambda state: float(far[state]))
    way: list[int] = []
    while node >= 0:
        if not way or way[-1] != node % count:
            way.append(node % count)
        node = int(before[node])
    return [(int(x), int(y)) for x, y in zip(*np.unravel_index(way[::-1], taken.bus.shape), strict=True)]


_Edges = tuple[Ints, Ints, Floats]


def _steps(taken: _Taken) -> tuple[_Edges, _Edges]:
    """Steps along the rows, in the first state, and across them, in the second: length, overlaps, crossings, buses."""
    places = np.arange(taken.bus.size).reshape(taken.bus.shape)
    crossed_along, crossed_up = _passed(taken.up, 1), _passed(taken.along, 0)
    off_row = (np.arange(taken.bus.shape[1]) % 2 == 1) * _OFF_CENTRE
    along = 1.0 + _OVERLAP * taken.along + _CROSSING / 2.0 * (crossed_along[:-1] + crossed_along[1:]) + off_row
    up = 1.0 + _OVERLAP * taken.up + _CROSSING / 2.0 * (crossed_up[:, :-1] + crossed_up[:, 1:])
    along = along + _BUS * (taken.bus[:-1] | taken.bus[1:])
    up = up + _BUS * (taken.bus[:, :-1] | taken.bus[:, 1:])
    return (
        (places[:-1].ravel(), places[1:].ravel(), along.ravel()),
        (places[:, :-1].ravel() + places.size, places[:, 1:].ravel() + places.size, up.ravel()),
    )


def _passed(steps: Ints, axis: int) -> Floats:
    """(x, y) whether lines that run along an axis lie on a place."""
    before, after = [(1, 0), (0, 0)], [(0, 1), (0, 0)]
    if axis == 1:
        before, after = before[::-1], after[::-1]
    return np.asarray((np.pad(steps, before) > 0) | (np.pad(steps, after) > 0), dtype=np.float64)


def _bends(taken: _Taken) -> _Edges:
    """Changes between the two states; where another line lies, the two would seem to be joined."""
    places = np.arange(taken.bus.size)
    occupied = _passed(taken.up, 1) + _passed(taken.along, 0) > 0
    return places, places + places.size, np.asarray(_BEND + _OVERLAP * occupied).ravel()


def _slants(taken: _Taken, place: tuple[int, int]) -> _Edges:
    """Ways out of a bus between its lines: to the next track both ways at once, and on across or along the rows."""
    width, height = taken.bus.shape
    around = [(place[0] + i, place[1] + j) for i in (-1, 1) for j in (-2, 2)]
    around = [(x, y) for x, y in around if 0 <= x < width and 0 <= y < height]
    reached = np.array([x * height + y for x, y in around], dtype=np.int64)
    there = np.full(2 * len(reached), place[0] * height + place[1], dtype=np.int64)
    return there, np.concatenate([reached, reached + taken.bus.size]), np.full(2 * len(reached), _SLANT)


def _corners(way: Way) -> Way:
    """A way without the places where it goes straight on."""
    kept = [way[0]]
    for before, here, after in zip(way, way[1:], way[2:], strict=False):
        if (here[0] - before[0], here[1] - before[1]) != (after[0] - here[0], after[1] - here[1]):
            kept.append(here)
    return [*kept, way[-1]]


def spread(grid: Grid, ways: Sequence[Way]) -> tuple[Floats, list[Floats]]:
    """(n, 2) places of the buses, columns and rows one unit apart, and (k, 2) corners of each way.

    Rows stand further apart where ways run between them.
    """
    across, upwards = grid.size
    x = np.arange(across) // _PER_GAP + _COLUMN_TRACKS[np.arange(across) % _PER_GAP] - _MARGIN
    y = _heights(upwards, {y for way in ways for (a, y), (b, v) in pairwise(way) if y == v and a != b})
    places = np.array([(x[i], y[j]) for i, j in map(grid.place, range(len(grid.row)))]).reshape(-1, 2)
    return places, [np.array([(x[i], y[j]) for i, j in way]) for way in ways]


def _heights(count: int, used: set[int]) -> Floats:
    """(count,) height of every track; the lowest row of buses stands at zero."""
    heights = np.zeros(count)
    for row in range(0, count - 1, _PER_GAP):
        between = np.arange(row + 1, min(row + _PER_GAP, count))
        busy = np.array([track in used for track in between.tolist()])
        taken = np.where(busy, np.cumsum(busy) - 1.0, np.maximum(np.cumsum(busy) - 0.5, 0.0))
        heights[between] = heights[row] + _ABOVE + _APART * taken
        if row + _PER_GAP < count:
            heights[row + _PER_GAP] = heights[row] + max(1.0, _ABOVE + _BELOW - _APART + _APART * int(busy.sum()))
    return np.asarray(heights - heights[_PER_GAP * _MARGIN])
