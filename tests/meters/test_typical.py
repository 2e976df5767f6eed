"""Typical days of a year of readings: real days, each with the number of days it stands for."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from p2pdnr.errors import InputError
from p2pdnr.meters.readings import Series
from p2pdnr.meters.times import Clock, zone_of
from p2pdnr.meters.typical import typical_days

FIRST = 1_735_686_000  # 2025-01-01 00:00 in Berlin
KINDS = np.array([0, 0, 1, 2, 1, 0, 2, 0, 0, 1])
"""Which of three kinds of day each of ten days is."""


def meter(kinds: np.ndarray, noise: float = 0.02, first: int = FIRST) -> Series:
    """A home with a morning, an evening or a sunny day, each a little different."""
    hours = np.arange(24)
    shapes = np.stack([np.exp(-((hours - 8) ** 2) / 4), np.exp(-((hours - 19) ** 2) / 4), -np.sin(hours / 24 * np.pi)])
    kw = (shapes[kinds] * (1 + noise * np.random.default_rng(3).standard_normal((len(kinds), 1)))).ravel()
    return Series("home", "net", 3600, first + 3600 * np.arange(len(kw), dtype=np.int64), kw, "")


def test_each_kind_of_day_is_found_with_its_count() -> None:
    found = typical_days([meter(KINDS)], 3, Clock(zone_of("Europe/Berlin")))
    kinds = [int(KINDS[(one.day - date(2025, 1, 1)).days]) for one in found]
    assert sorted(kinds) == [0, 1, 2]
    assert {kind: one.stands_for for kind, one in zip(kinds, found, strict=True)} == {0: 5, 1: 3, 2: 2}
    assert [one.day for one in found] == sorted(one.day for one in found)


def test_days_with_gaps_or_another_length_stand_for_nothing() -> None:
    clock = Clock(zone_of("Europe/Berlin"))
    whole = meter(np.zeros(10, dtype=np.int64), first=1_743_030_000)  # 2025-03-27; clocks go forward on the 30th
    torn = whole.kw.copy()
    torn[30] = np.nan
    (one,) = typical_days([Series("home", "net", 3600, whole.begins, torn, "")], 1, clock)
    assert one.stands_for == 11 - 3  # the last of 240 hours is the first of an eleventh day
    assert one.day not in (date(2025, 3, 28), date(2025, 3, 30))


def test_more_days_than_there_are_are_refused() -> None:
    with pytest.raises(InputError, match="has 10 days without a gap"):
        typical_days([meter(KINDS)], 11, Clock(zone_of("Europe/Berlin")))
