"""The widest box of injections that keeps limits by exact power flow: one tree, one hour.

First the point nearest to what was asked, then the widest box around it:

    a = argmin sum_k w_k |p_k - asked_k|  over what can be taken back, such that p keeps all limits
    max sum_k (high_k - low_k)            least <= low <= a <= high <= most, such that every corner that matters does

No box that keeps the limits comes nearer to what was asked than its own nearest point, which keeps them too: the first
programme is the least possible cut, the second what is wide beyond it. Both are solved by successive linear programmes
on slopes of the exact power flow. Where those have settled, what they are beyond a limit is taken back by drawing the
box towards a point inside, so that what is returned keeps every limit at every corner by exact power flow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from p2pdnr.coordination.roles.corners import Box, Feeder, Limits, Slopes, slopes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MARGIN = 1e-6
"""In p.u. and as a share: how far inside of its limits a nearest point stays, so that a box around it has an inside."""
KEPT = 2e-7
"""The same for the corners of a box: more than what numbers in files round."""
MOST_PROGRAMMES, SETTLED_KW = 12, 1e-5
HALVINGS = 30
STRETCH_SHARE = 1e-4
"""Of the largest possible width: to what an end of a box is as far out as it can be."""
NEAR = 0.9
"""Lines whose returning current comes so near to its limit have rows of their own in the programme."""
PENALTY = 1e4
"""Of one kW's worth of a broken limit, against a kW that is cut."""


@dataclass(frozen=True, eq=False)
class Worth:
    """What a kW counts (K,) that is taken back: of what is fed in, of what is used by choice, and of load that is then
    not served; ``by_choice_kw`` (K,) is used by choice."""

    fed_in: Floats
    by_choice: Floats
    load: Floats
    by_choice_kw: Floats


@dataclass(frozen=True, eq=False)
class Wish:
    """What a point is wanted for: ``asked_kw`` (K,), between what it may be moved ``within`` that hour, and what a kW
    ``counts``, alike everywhere where nothing is said."""

    asked_kw: Floats
    within: Box
    counts: Worth | None = None

    @property
    def worth(self) -> Worth:
        """What a kW counts."""
        one = np.ones_like(self.asked_kw)
        return self.counts or Worth(one, one, one, self.within.high_kw - self.asked_kw)

    def distance(self, point_kw: Floats) -> float:
        """What is taken back at a point (K,), as it counts."""
        own, up = self.worth, np.maximum(point_kw - self.asked_kw, 0.0)
        by_choice = np.minimum(up, own.by_choice_kw)
        down = np.maximum(self.asked_kw - point_kw, 0.0)
        return float(own.fed_in @ down + own.by_choice @ by_choice + own.load @ (up - by_choice))


@dataclass(frozen=True, eq=False)
class Rows:
    """Linear inequalities ``matrix`` (R, N) x <= ``right`` (R,)."""

    matrix: Floats
    right: Floats


def nearest_point(feeder: Feeder, limits: Limits, wish: Wish) -> Floats:
    """(K,) the injections nearest to those asked that keep ``limits``, or are as little beyond them as can be."""
    if limits.excess(feeder.at(wish.asked_kw[None]))[0] <= -KEPT:
        return wish.asked_kw
    inner = _inside(limits, MARGIN)
    point, best = _with_flow(feeder, wish.asked_kw), (np.inf, np.inf, wish.asked_kw)
    for _ in range(MOST_PROGRAMMES):
        before, point = point, _nearest_on(slopes(feeder, point[None])[0], inner, point, wish)
        excess = max(float(inner.excess(feeder.at(point[None]))[0]), MARGIN / 2.0)  # kept, for all that matters
        best = min(best, (excess, wish.distance(point), point), key=lambda item: item[:2])
        if np.abs(point - before).max() <= SETTLED_KW:
            break
    return best[2]


def _inside(limits: Limits, margin: float) -> Limits:
    return Limits(limits.vm_min_pu + margin, limits.vm_max_pu - margin, limits.loading - margin)


def _with_flow(feeder: Feeder, point_kw: Floats) -> Floats:
    """A point drawn towards no injection at all, as far as it takes to have a power flow."""
    for k in range(HALVINGS):
        if np.isfinite(feeder.at(0.5**k * point_kw[None]).vm_pu).all():
            return 0.5**k * point_kw
    return np.zeros_like(point_kw)


def _nearest_on(at: Slopes, limits: Limits, point: Floats, wish: Wish) -> Floats:
    """The nearest point on the limits as they look from ``point``: asked - fed in + by choice + load, each that is
    taken back >= 0, and what is broken at a price above all of them."""
    rows, worth = _of_point(at, limits, point), wish.worth
    count, broken = len(point), len(rows.right)
    weight = np.abs(rows.matrix).max(axis=1, initial=0.0)
    matrix = rows.matrix / np.where(weight > 0.0, weight, 1.0)[:, None]
    right = rows.right / np.where(weight > 0.0, weight, 1.0) - matrix @ wish.asked_kw
    scale = max(float(np.max([worth.fed_in, worth.by_choice, worth.load])), 1e-9)
    cost = np.concatenate([worth.fed_in, worth.by_choice, worth.load, np.full(broken, PENALTY * scale)]) / scale
    up = wish.within.high_kw - wish.asked_kw
    by_choice = np.minimum(worth.by_choice_kw, up)
    most = np.concatenate([wish.asked_kw - wish.within.low_kw, by_choice, up - by_choice, np.full(broken, np.inf)])
    answer = linprog(
        cost,
        np.hstack([-matrix, matrix, matrix, -np.eye(broken)]),
        right,
        bounds=[(0.0, max(float(value), 0.0)) for value in most],
    )
    if answer.x is None:
        return point
    fed_in, chosen, load = answer.x[: 3 * count].reshape(3, count)
    return np.asarray(wish.asked_kw - fed_in + chosen + load)


def _of_point(at: Slopes, limits: Limits, point: Floats) -> Rows:
    """All limits at one point."""
    low = _rows(-at.d_vm, at.vm_pu - limits.vm_min_pu, point)
    high = _rows(at.d_vm, limits.vm_max_pu - at.vm_pu, point)
    return _stacked(low, high, _rows(at.d_loading, limits.loading - at.loading, point))


def _rows(slope: Floats, room: Floats, point: Floats) -> Rows:
    """slope (x - point) <= room, without rows that nothing can break."""
    real = np.isfinite(room) & np.isfinite(slope).all(axis=1)
    return Rows(slope[real], room[real] + slope[real] @ point)


def _stacked(*parts: Rows) -> Rows:
    return Rows(np.vstack([part.matrix for part in parts]), np.concatenate([part.right for part in parts]))


def widest_box(feeder: Feeder, limits: Limits, inside_kw: Floats, most: Box) -> Box:
    """The widest box around a point (K,), which keeps ``limits`` by a margin, between least and most injections."""
    most = Box(np.minimum(most.low_kw, inside_kw), np.maximum(most.high_kw, inside_kw))
    kept = _inside(limits, KEPT)
    if feeder.excess(most, kept) <= 0.0:
        return most
    box = start = _kept(feeder, kept, most, inside_kw)
    near = np.zeros(0, dtype=np.int64)
    for turn in range(MOST_PROGRAMMES):
        near = np.union1d(near, _near(feeder, limits, box))
        ends = _reachable(box, most, 0.5**turn)
        box, before = _widest_on(feeder, kept, (box, near), (inside_kw, ends)), box
        if max(np.abs(box.low_kw - before.low_kw).max(), np.abs(box.high_kw - before.high_kw).max()) <= SETTLED_KW:
            break
        if not np.isfinite(feeder.excess(box, kept)):
            box = _kept(feeder, kept, box, inside_kw)
    return _stretched(feeder, kept, max(start, _kept(feeder, kept, box, inside_kw), key=width_kw), most)


def _reachable(box: Box, most: Box, share: float) -> tuple[Box, Box]:
    """Between which boxes the next one is: no end moves further than a ``share`` of the largest possible width, lest
    ends go to and fro between boxes as wide."""
    step = share * (most.high_kw - most.low_kw)
    widest = Box(np.maximum(most.low_kw, box.low_kw - step), np.minimum(most.high_kw, box.high_kw + step))
    return Box(box.low_kw + step, box.high_kw - step), widest


def _stretched(feeder: Feeder, limits: Limits, box: Box, most: Box) -> Box:
    """A box with every end, one after the other, as far out as the limits leave it: programmes that have not settled
    leave some room."""
    ends, far = np.array([box.low_kw, box.high_kw]), np.array([most.low_kw, most.high_kw])
    least_kw = STRETCH_SHARE * (far[1] - far[0])
    for side, k in np.argwhere(np.abs(far - ends) > least_kw).tolist():
        way = np.zeros_like(ends)
        way[side, k] = far[side, k] - ends[side, k]
        ends += _most_share(feeder, limits, (ends, way), least_kw[k] / float(np.abs(way[side, k]))) * way
    return Box(ends[0], ends[1])


def _most_share(feeder: Feeder, limits: Limits, along: tuple[Floats, Floats], least: float) -> float:
    """How much of a way (2, K) the ends (2, K) of a box can go, to within ``least``; 0 where that is less."""
    ends, way = along

    def holds(share: float) -> bool:
        return feeder.excess(Box(*(ends + share * way)), limits) <= 0.0

    low, high = 0.0, 1.0
    while (low or holds(least)) and high - low > least:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def width_kw(box: Box) -> float:
    """Sum of the widths of all intervals."""
    return float((box.high_kw - box.low_kw).sum())


def _near(feeder: Feeder, limits: Limits, box: Box) -> Ints:
    """Lines near their limits, or beyond, at the corner of the box that is worst for power flowing back."""
    lines = feeder.limited
    loading = feeder.at(feeder.returning(box, lines)).loading[np.arange(len(lines)), lines]
    return lines[~(loading < NEAR * limits.loading[lines])]


def _widest_on(feeder: Feeder, limits: Limits, at: tuple[Box, Ints], between: tuple[Floats, tuple[Box, Box]]) -> Box:
    """The widest box on the limits as they look from the corners of a box; x is low, then high. ``at``: that box and
    the lines whose returning current has a row; ``between``: the point inside, and the narrowest and the widest box
    that may come of it."""
    (box, near), (inside_kw, (narrowest, most)) = at, between
    found = slopes(feeder, np.vstack([box.low_kw, box.high_kw, feeder.returning(box, near)]))
    low = _of_point(found[0], replace(limits, vm_max_pu=np.full_like(limits.vm_max_pu, np.inf)), box.low_kw)
    high = _rows(found[1].d_vm, limits.vm_max_pu - found[1].vm_pu, box.high_kw)
    returning = [
        _returning_row(feeder, limits, item, (int(line), box)) for line, item in zip(near, found[2:], strict=True)
    ]
    none_low, none_high = np.zeros_like(low.matrix), np.zeros_like(high.matrix)
    rows = _stacked(
        Rows(np.hstack([low.matrix, none_low]), low.right),
        Rows(np.hstack([none_high, high.matrix]), high.right),
        *returning,
    )
    count = len(inside_kw)
    scale = np.maximum(np.abs(rows.matrix).max(axis=1, initial=0.0), 1e-300)
    inner = np.minimum(inside_kw, narrowest.low_kw), np.maximum(inside_kw, narrowest.high_kw)
    bounds = [*zip(most.low_kw, inner[0], strict=True), *zip(inner[1], most.high_kw, strict=True)]
    cost = np.concatenate([np.ones(count), -np.ones(count)])
    answer = linprog(cost, rows.matrix / scale[:, None], rows.right / scale, bounds=bounds)
    return box if answer.x is None else Box(np.asarray(answer.x[:count]), np.asarray(answer.x[count:]))


def _returning_row(feeder: Feeder, limits: Limits, at: Slopes, where: tuple[int, Box]) -> Rows:
    """The current of one line at its own corner, by the most behind it and the least elsewhere."""
    line, box = where
    behind, slope = feeder.behind[line], at.d_loading[line]
    matrix = np.concatenate([np.where(behind, 0.0, slope), np.where(behind, slope, 0.0)])[None]
    corner = np.where(behind, box.high_kw, box.low_kw)
    return Rows(matrix, np.array([limits.loading[line] - at.loading[line] + slope @ corner]))


def _kept(feeder: Feeder, limits: Limits, box: Box, inside_kw: Floats) -> Box:
    """The largest share of a box, drawn towards a point inside, whose corners all keep the limits."""
    if feeder.excess(box, limits) <= 0.0:
        return box
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if feeder.excess(box.toward(inside_kw, middle), limits) <= 0.0 else (low, middle)
    return box.toward(inside_kw, low)
