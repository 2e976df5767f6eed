"""Typical days of a longer series: real days, each of which stands for a number of others (k-means, then the day
nearest to each mean)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.cells import Floats
from p2pdnr.meters.period import days_of, sign_of
from p2pdnr.meters.readings import Series
from p2pdnr.meters.times import DAY_S, Clock

_SLICES = 24
"""Parts of a day that are compared."""
_SEED = 0


@dataclass(frozen=True)
class TypicalDay:
    """A day of the readings, and how many days it stands for, itself among them."""

    day: date
    stands_for: int


def typical_days(series: Sequence[Series], count: int, clock: Clock) -> tuple[TypicalDay, ...]:
    """``count`` days of a series, in the order of the calendar; days with gaps and days on which clocks change are left
    out. Raises InputError where there are fewer complete days.

    Days are told apart by what all meters together took and fed in, hour by hour, both as a share of their largest
    value in an hour.
    """
    from scipy.cluster.vq import kmeans2

    days, shapes = _complete(series, clock)
    if len(days) < count:
        told = f"has {len(days)} days without a gap"
        remedy = f"Ask for at most {len(days)}" if days else "Fill the gaps of the file first"
        raise InputError([Problem("meters", "--typical", (str(count),), told, remedy)])
    means, member = kmeans2(shapes, count, minit="++", rng=np.random.default_rng(_SEED), iter=50)
    found = []
    for group in range(count):  # a mean that attracts no day leaves one typical day less
        among = np.flatnonzero(member == group)
        if len(among):
            nearest = among[np.argmin(((shapes[among] - means[group]) ** 2).sum(axis=1))]
            found.append(TypicalDay(days[int(nearest)], len(among)))
    return tuple(sorted(found, key=lambda one: one.day))


def _complete(series: Sequence[Series], clock: Clock) -> tuple[list[date], Floats]:
    """Days of 24 hours on which every meter has every reading, and their shapes (days, 2 x slices)."""
    days = days_of(series, clock)
    begins = np.array([clock.midnight(day) for day in [*days, days[-1] + timedelta(days=1)]])
    whole, shapes = np.diff(begins) == DAY_S, np.zeros((len(days), 2, _SLICES))
    for one in series:
        known = np.isfinite(one.kw)
        at = np.searchsorted(begins, one.begins[known], "right") - 1
        part = np.minimum((one.begins[known] - begins[at]) * _SLICES // DAY_S, _SLICES - 1)
        whole &= np.bincount(at, minlength=len(days)) * one.step_s == DAY_S
        for side, what in enumerate(("highest", "sunniest")):
            energy = np.clip(sign_of(one, what) * one.kw[known], 0.0, None) * one.step_s
            np.add.at(shapes[:, side], (at, part), energy)
    shapes /= np.maximum(shapes.max(axis=(0, 2), keepdims=True), 1e-12)
    kept = np.flatnonzero(whole)
    return [days[day] for day in kept.tolist()], shapes[kept].reshape(len(kept), -1)
