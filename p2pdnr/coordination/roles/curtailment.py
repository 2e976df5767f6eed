"""How much must be curtailed in an hour, and of whom: at least cost, or in proportion.

At least cost: successive linear programmes. The limits are linearised at the AC power flow of what is curtailed so far;
the programme's answer is the next such point. Near the answer that is Newton's method on the limits that bind.

In proportion: one share for all who feed in and who matter for a limit that is broken, found by halving on the AC power
flow; then one for all who draw and matter, where that was not enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.schedule.levers import GridHour, Levers, programme

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

KEPT = 1e-8
"""Squared p.u. of a voltage, or share of a squared current limit: a limit broken by less is kept."""

MOST_TURNS, FREE_TURNS = 60, 12
"""Linear programmes of an hour; after the second number of them steps become shorter and shorter."""

SAME_KW = 1e-6
"""Two answers that are no further apart are one."""

MATTERS_SHARE = 0.1
"""Who changes a broken limit by less than this share of what the most effective one does per kW does not matter."""

SHARES = 65
"""Shares that are tried at once; each round finds the least of them and looks between it and the one before."""
ROUNDS = 5


@dataclass(frozen=True, eq=False)
class Curtailed:
    """``used_kw`` (J,) of every lever; ``kept`` whether all limits hold then."""

    used_kw: Floats
    kept: bool


def least_cost(hour: GridHour, levers: Levers, floor_kw: Floats) -> Curtailed:
    """The least cost at which all limits hold; at least ``floor_kw`` (J,) of every lever is used.

    Where they cannot all be kept, loads are left alone and feeding in is curtailed so far that the sum of what is
    broken is least.
    """
    if _holds(hour, levers, floor_kw):
        return Curtailed(floor_kw, True)
    found = _successive(hour, levers, floor_kw, elastic=False)
    if found is not None:
        return Curtailed(found, True)
    alone = Levers(levers.bus, levers.sign, np.where(levers.curtails, levers.most_kw, floor_kw), levers.eur_per_kwh)
    nearest = _successive(hour, alone, floor_kw, elastic=True)
    return Curtailed(floor_kw if nearest is None else nearest, False)


def _holds(hour: GridHour, levers: Levers, used_kw: Floats) -> bool:
    return bool((hour.beyond(levers, used_kw[None]) <= KEPT).all())


def _successive(hour: GridHour, levers: Levers, floor_kw: Floats, elastic: bool) -> Floats | None:
    """(J,) where the linear programmes come to rest, None where they have no answer; ``elastic`` allows limits to be
    broken, at a price above all others."""
    used_kw = _start(hour, levers, floor_kw)
    if used_kw is None:
        return None
    reach_kw = np.inf
    for turn in range(MOST_TURNS):
        reach_kw = np.inf if turn < FREE_TURNS else min(reach_kw, float(levers.most_kw.max())) / 2.0
        next_kw = programme(hour, levers, (floor_kw, used_kw, reach_kw), elastic)
        if next_kw is None:
            return None
        if not np.isfinite(hour.beyond(levers, next_kw[None])).all():  # a step into the collapse: half of it
            next_kw = (used_kw + next_kw) / 2.0
        moved_kw, used_kw = float(np.abs(next_kw - used_kw).max()), next_kw
        if moved_kw <= SAME_KW and (elastic or _holds(hour, levers, used_kw)):
            return used_kw
    return used_kw if _holds(hour, levers, used_kw) else None


def _start(hour: GridHour, levers: Levers, floor_kw: Floats) -> Floats | None:
    """Nothing more than must be; all feeding in curtailed where there is no power flow then."""
    without = np.where(levers.curtails, levers.most_kw, floor_kw)
    for start in (floor_kw, without, levers.most_kw):
        if np.isfinite(hour.beyond(levers, start[None])).all():
            return start
    return None


def proportional(hour: GridHour, levers: Levers, floor_kw: Floats) -> Curtailed:
    """The least share of feeding in, and then of load, with which all limits hold; at least ``floor_kw`` is used.

    Where they cannot be kept by that, nothing is shed and feeding in is curtailed by the share that breaks them least.
    """
    used_kw = floor_kw
    if _holds(hour, levers, used_kw):
        return Curtailed(used_kw, True)
    for group in (levers.curtails, ~levers.curtails):
        share = _least_share(hour, levers, used_kw, group)
        if share is not None:
            used_kw = share
        if _holds(hour, levers, used_kw):
            return Curtailed(used_kw, True)
    return Curtailed(np.where(levers.curtails, used_kw, floor_kw), False)


def _least_share(hour: GridHour, levers: Levers, used_kw: Floats, group: Bools) -> Floats | None:
    """(J,) used when the levers of a group that matter are used by one share: the least with which the limits that they
    can mend hold, the best where none is enough; None where they mend nothing."""
    beyond = hour.beyond(levers, used_kw[None])[0]
    if not np.isfinite(beyond).all():
        return np.where(group, levers.most_kw, used_kw)
    helps = np.where(group & (levers.most_kw > 0.0), np.minimum(hour.slopes(levers, used_kw), 0.0), 0.0)
    rows = np.flatnonzero((beyond > KEPT) & (helps.min(axis=1) < 0.0))
    if not len(rows):
        return None
    matters = (helps[rows] <= MATTERS_SHARE * helps[rows].min(axis=1, keepdims=True)).any(axis=0)
    everybody = group & (levers.most_kw > 0.0)
    for who in (matters & everybody, everybody):
        path = np.where(who, levers.most_kw, used_kw) - used_kw
        share, kept = _first(hour, levers, (used_kw, path), rows)
        if kept:
            break
    return used_kw + share * path


def _first(
    hour: GridHour, levers: Levers, line: tuple[Floats, Floats], rows: npt.NDArray[np.int64]
) -> tuple[float, bool]:
    """The least share of the way from a start along a path with which the limits of ``rows`` hold, and whether there is
    one; else the share that breaks them least."""
    start, path = line
    low, high = 0.0, 1.0
    for _ in range(ROUNDS):
        shares = np.linspace(low, high, SHARES)
        worst = hour.beyond(levers, start + shares[:, None] * path)[:, rows].max(axis=1)
        good = np.flatnonzero(worst <= 0.0)
        if not len(good):
            return float(shares[np.nanargmin(worst)]), False
        high = float(shares[good[0]])
        low = float(shares[max(0, good[0] - 1)])
    return high, True
