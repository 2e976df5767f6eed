"""Whether envelopes are as wide as they can be, interval by interval.

An end of an interval that is short of what its prosumer can reach is moved outward by a share of that range, everything
else as it is. It cannot be further out where at some corner of the wider box that takes a limit further which is
reached already, as closely as numbers here are told apart. Limits that the move does not touch do not count. That says
nothing of other envelopes, narrower for one and wider for another.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.verification.finding import Finding, not_shown
from p2pdnr.verification.plan import Plan
from p2pdnr.verification.roles.envelope_corners import Envelope, beyond, corners, withdrawals
from p2pdnr.verification.roles.operating_points import operating_points

SHARES = (1e-3, 1e-2, 1e-1, 1.0)
"""Of a prosumer's range, by which an end is moved; the first is what holds."""

NARROW_KW = 1e-3
"""A range with less says nothing, and no end that is as near to what can be reached."""

REACHED = 1e-6
"""In p.u. and as a share: a limit with less left is reached."""

TAKEN = 1e-9
"""The same: by how much a move takes a limit further, so that it counts."""

CLOSEST = 6
"""Corners closest to a limit, which are tried before all others."""


def envelope_width(plan: Plan, stated: Envelope) -> Finding:
    """The largest share of its prosumer's range by which one interval could be wider at either end, everything else as
    it is: zero where none could, else the next of :data:`SHARES` with which no end can be moved or the range ends.

    Not shown in hours in which the envelope itself breaks a limit: there no end could be moved, whatever it is.
    """
    worst, detail, broken = 0.0, "", []
    for hour in range(len(plan.closed)):
        box = np.array([stated.low_kw[hour], stated.high_kw[hour]])
        reach = np.array([[item.reach_kw[end][hour] for item in plan.terms] for end in range(2)])
        held = _beyond(plan, hour, corners(plan, hour, box))
        if held.max() > REACHED:
            broken.append(str(hour))
            continue
        share, who = _widest(plan, hour, (box, reach), held)
        if share > worst:
            worst, detail = share, f"{plan.terms[who[1]].name}, {('least', 'most')[who[0]]} of hour {hour}"
    if broken:
        return not_shown(f"limits break within the envelope in hours {', '.join(broken)}", worst or None)
    return Finding(worst, detail)


def _widest(plan: Plan, hour: int, box_and_reach: tuple[Floats, Floats], held: Floats) -> tuple[float, tuple[int, int]]:
    """The largest share by which one end of a box (2, K) can be moved towards what can be reached (2, K), and whose;
    ``held`` (C, L) how far each limit is broken at its corners."""
    box, reach = box_and_reach
    wide = reach[1] - reach[0]
    ends = np.argwhere((np.abs(reach - box) > np.maximum(SHARES[0] * wide, NARROW_KW)) & (wide > NARROW_KW))
    worst, who = 0.0, (0, 0)
    for index, share in enumerate(SHARES):
        if not len(ends):
            break
        ends = ends[~_breaks(plan, hour, _moved(box, reach, ends, share), held)]
        if len(ends):
            worst, who = SHARES[min(index + 1, len(SHARES) - 1)], (int(ends[0, 0]), int(ends[0, 1]))
    return worst, who


def _moved(box: Floats, reach: Floats, ends: Ints, share: float) -> Floats:
    """(E, 2, K) the box with each of E ends moved outward, no further than can be reached."""
    found = np.repeat(box[None], len(ends), axis=0)
    side, k = ends.T
    step = np.where(side == 0, -share, share) * (reach[1] - reach[0])[k]
    found[np.arange(len(ends)), side, k] = np.clip(box[side, k] + step, reach[0, k], reach[1, k])
    return found


def _breaks(plan: Plan, hour: int, boxes: Floats, held: Floats) -> Bools:
    """(E,) whether a corner of each of E boxes (E, 2, K) breaks a limit; the corners that were closest to one first."""
    every = np.array([corners(plan, hour, box) for box in boxes])
    order = np.argsort(-held.max(axis=1), kind="stable")
    broken = np.zeros(len(boxes), dtype=np.bool_)
    for which in (order[:CLOSEST], order[CLOSEST:]):
        left = np.flatnonzero(~broken)
        if len(left) and len(which):
            broken[left] = _any_breaks(plan, hour, every[left][:, which], held[which])
    return broken


def _any_breaks(plan: Plan, hour: int, points_kw: Floats, held: Floats) -> Bools:
    """(E,) whether any of the points (E, C, K) takes a limit further that is reached; ``held`` (C, L) as it was."""
    count, each, people = points_kw.shape
    moved = _beyond(plan, hour, points_kw.reshape(-1, people)).reshape(count, each, -1)
    with np.errstate(invalid="ignore"):
        further = (moved > -REACHED) & (moved > held + TAKEN)
    return np.asarray(further.any(axis=(1, 2)))


def _beyond(plan: Plan, hour: int, points_kw: Floats) -> Floats:
    """(N, L) how far each limit is broken at N points."""
    p_kw, q_kvar = withdrawals(plan, hour, points_kw)
    return beyond(plan.network, operating_points(plan.network, plan.closed[hour], p_kw, q_kvar))
