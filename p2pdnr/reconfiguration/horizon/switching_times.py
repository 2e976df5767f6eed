"""When a schedule may switch: at every row of a profile, or at the start of a day, a week or a season, or once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Ints

DAYS = {"daily": 1, "weekly": 7, "seasonal": 91}
"""Days between two times of switching, counted from the first row."""
NAMES = ("hourly", *DAYS, "fixed")
"""The most often first; "hourly" is every row, whatever its length, "fixed" the first row alone."""


@dataclass(frozen=True, eq=False)
class SwitchingTimes:
    """The rows (k,) before which a schedule may switch, the first of them 0, of ``rows`` in all."""

    name: str
    starts: Ints
    rows: int

    @property
    def lengths(self) -> Ints:
        """(k,) rows from each time to the next."""
        return np.diff(self.starts, append=self.rows)

    def spread(self, steps: Ints) -> Ints:
        """(rows,) what is given for every time (k,), for every row."""
        return np.repeat(steps, self.lengths)


def switching_times(name: str, rows: int, rows_per_day: int) -> SwitchingTimes:
    """The times of one of :data:`NAMES`. What is left at the end of a year of seasons belongs to the last of them."""
    if name == "hourly":
        return SwitchingTimes(name, np.arange(rows), rows)
    if name == "fixed":
        return SwitchingTimes(name, np.zeros(1, dtype=np.int64), rows)
    starts = np.arange(0, rows, DAYS[name] * rows_per_day)
    short = rows - int(starts[-1]) < DAYS[name] * rows_per_day
    if name == "seasonal" and short and len(starts) > 1 and rows - int(starts[-1]) <= 7 * rows_per_day:
        starts = starts[:-1]
    return SwitchingTimes(name, starts, rows)
