"""Time stamps of readings in their spellings, as seconds since 1970, with clocks that change in spring and autumn.

A stamp with a zone of its own (``+02:00``, ``Z``, ``CEST``) says when it was. One without is read by the clock of the
zone that is given: the hour that autumn repeats is told apart by the order of the rows (letters as in 2A:00 and 2B:00
say no more), and the hour that spring leaves out does not exist. Without a zone the clock is taken to go through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem
from p2pdnr.sheets.sheet import Cell

Ints = npt.NDArray[np.int64]
_STAMP = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})[./-](\d{1,4})"
    r"(?:[ T,]+(\d{1,2}|0?[1-3][AB])(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:[.,]\d+)?)?)?"
    r" *(AM|PM)? *(Z|UTC|GMT|CEST|CET|MESZ|MEZ|BST|[+-]\d{2}(?::?\d{2})?)?",
    re.I,
)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*\.?,?\s+(?=\d)", re.I)
_MONTHS = {name: number for number, names in enumerate((
    ("jan", "jän"), ("feb",), ("mar", "mär", "mae"), ("apr",), ("may", "mai"), ("jun",), ("jul",), ("aug",), ("sep",),
    ("oct", "okt"), ("nov",), ("dec", "dez")), start=1) for name in names}  # fmt: skip
_MONTH = re.compile(r"(\d{1,2})[.\- ]+([^\W\d_]{3,9})\.?[.\-, ]+(\d{4})")
_COMPACT = re.compile(
    r"((?:19|20|21)\d{2})(0\d|1[0-2])([0-3]\d)(?:[ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?(Z|[+-]\d{2}:?\d{2})?"
)
"""20250623, 202506230015, 20250623T001500Z: no seconds since 1970, which have ten digits or thirteen."""
_CLOCK = re.compile(
    r"(\d{1,2}|0?[1-3][AB])(?:[:.h](\d{2}))?(?:[:.](\d{2}))? *(AM|PM)?(?: *(?:-|to|bis|–) *\d.*)?", re.I
)
_NAMED = {"z": 0, "utc": 0, "gmt": 0, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120}
_SERIAL = re.compile(r"[2-9]\d{4}(?:[.,]\d+)?")
_SERIAL_ZERO, _SERIAL_FIRST, _SERIAL_LAST = datetime(1899, 12, 30), 25_569.0, 110_000.0
"""Days as spreadsheets count them: number 0, that of 1970, and that of 2201."""
_UNIX, _UNIX_MS, _UNIX_MOST = 1e8, 1e11, 7e12
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
DAY_S = 86_400


@dataclass(frozen=True)
class Clock:
    """The ``zone`` of stamps that name none (None: a clock that goes through), and whether 5/6 is the 5th of June."""

    zone: tzinfo | None = None
    day_first: bool = True

    def local(self, seconds: int) -> datetime:
        """What the clock shows, without a zone."""
        return datetime.fromtimestamp(seconds, self.zone or UTC).replace(tzinfo=None)

    def midnight(self, day: date) -> int:
        """Seconds at which a day begins."""
        return int(datetime.combine(day, time(), self.zone or UTC).timestamp())


def zone_of(name: str) -> tzinfo:
    """The zone of a name such as Europe/Berlin or +01:00; raises InputError."""
    offset = re.fullmatch(r"(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?", name.strip())
    if offset:
        minutes = 60 * int(offset[2]) + int(offset[3] or 0)
        if minutes < 1440:
            return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "Write one such as Europe/Berlin, UTC or +01:00"
        raise InputError([Problem("meters", "--zone", (name[:60],), "is no zone known here", remedy)]) from None


def moment(stamp: Cell, clock: Cell = None, day_first: bool = True) -> datetime | None:
    """What a cell says, or a cell with the date and one with the time of day; None where it is no time stamp of the
    years that meters know. With a zone only where the cell has one."""
    day = _stamp(stamp, day_first)
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    if clock is None:
        return day
    since = _time_of_day(_fraction(clock) if is_serial(stamp) else clock)
    return None if since is None else datetime.combine(day.date(), time(), day.tzinfo) + since


def is_serial(stamp: Cell) -> bool:
    """Whether a cell is a day as spreadsheets count them: 45831.25 is 6 o'clock on 2025-06-23."""
    number = _number(stamp) if not isinstance(stamp, str) or _SERIAL.fullmatch(stamp.strip()) else None
    return number is not None and _SERIAL_FIRST <= number < _SERIAL_LAST


def _number(cell: Cell) -> float | None:
    """A number, or one spelled with a point or a comma before decimals."""
    if isinstance(cell, str):
        return float(cell.strip().replace(",", ".")) if re.fullmatch(r"\d*[.,]?\d+", cell.strip()) else None
    return cell if isinstance(cell, float) else None


def _fraction(clock: Cell) -> Cell:
    """A time of day beside such a day: as a fraction of a day where it is one."""
    number = _number(clock)
    return number if number is not None and number < 1.0 else clock


def _stamp(cell: Cell, day_first: bool) -> datetime | None:
    if isinstance(cell, datetime):
        return _whole_second(cell)
    if isinstance(cell, float) and cell.is_integer() and _COMPACT.fullmatch(str(int(cell))):
        cell = str(int(cell))
    if isinstance(cell, float) and _UNIX <= cell < _UNIX_MOST:
        return datetime.fromtimestamp(cell / 1000.0 if cell >= _UNIX_MS else cell, UTC)
    if isinstance(cell, str) and (found := _spelled(cell, day_first)) is not None:
        return found
    # whole minutes: a cell shows a few decimals only, and no meter has shorter steps
    return _SERIAL_ZERO + timedelta(minutes=round((_number(cell) or 0.0) * 1440)) if is_serial(cell) else None


def _whole_second(cell: datetime) -> datetime:
    """A stamp of a workbook, whose days are binary fractions, to the nearest second."""
    return (cell + timedelta(microseconds=500_000) if cell.year <= _LAST_YEAR else cell).replace(microsecond=0)


def _plain(text: str) -> str:
    """A stamp without its weekday, its month as a number, compact ones taken apart."""
    if compact := _COMPACT.fullmatch(text):
        year, month, day, *clock, zone = compact.groups()
        since = " " + ":".join(part for part in clock if part) if clock[0] else ""
        return f"{year}-{month}-{day}{since}{zone or ''}"
    text = _WEEKDAY.sub("", text, count=1)
    named = _MONTH.match(text)
    month_number = _MONTHS.get(named[2][:3].lower()) if named else None
    if named is None or month_number is None:
        return text
    return f"{named[1]}.{month_number}.{named[3]}{text[named.end() :]}"


def _spelled(text: str, day_first: bool) -> datetime | None:
    text = _plain(text.strip())
    if re.fullmatch(r"\d{9,13}", text):
        return _stamp(float(text), day_first)
    found = _STAMP.fullmatch(text)
    if not found:
        return None
    a, mark, b, c = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = a, b, c
    else:
        day, month = (a, b) if day_first or mark == "." else (b, a)
        year = c + 2000 if len(found[4]) <= 2 else c
    since = _since_midnight(found[5] or "0", found[6], found[7], found[8])
    try:
        return None if since is None else datetime(year, month, day, tzinfo=_offset(found[9])) + since
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    named = _NAMED.get(text.lower())
    if named is not None:
        return timezone(timedelta(minutes=named))
    digits = text[1:].replace(":", "")
    minutes = 60 * int(digits[:2]) + int(digits[2:] or 0)
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def _since_midnight(hour: str, minute: str | None, second: str | None, half: str | None) -> timedelta | None:
    h, m, s = int(hour.rstrip("ABab")), int(minute or 0), int(second or 0)
    if half:
        h = h % 12 + (12 if half.upper() == "PM" else 0)
    fits = (0 <= h < 24 and m < 60 and s < 60) or (h, m, s) == (24, 0, 0)
    return timedelta(hours=h, minutes=m, seconds=s) if fits else None


def _time_of_day(cell: Cell) -> timedelta | None:
    if isinstance(cell, datetime):
        whole = _whole_second(cell)
        return timedelta(hours=whole.hour, minutes=whole.minute, seconds=whole.second)
    if isinstance(cell, float):
        if not 0 <= cell <= 24:
            return None
        return timedelta(seconds=round(cell * DAY_S)) if cell < 1 else timedelta(hours=cell)
    found = _CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return _since_midnight(*found.groups()) if found else None


LEFT_OUT = -(2**63)
"""In place of seconds: an hour that spring leaves out."""


def seconds_of(moments: Sequence[datetime], clock: Clock) -> list[int | None]:
    """Seconds since 1970 of the stamps of one meter in their order; None for an hour that spring leaves out."""
    return [None if at == LEFT_OUT else at for at in in_order(*both_readings(moments, clock)).tolist()]


def both_readings(moments: Sequence[datetime], clock: Clock) -> tuple[Ints, Ints]:
    """(n,) and (n,) seconds since 1970 of each stamp, read before and after a clock is set back; the second is the
    smaller one for an hour that spring leaves out."""
    first, second = np.empty(len(moments), dtype=np.int64), np.empty(len(moments), dtype=np.int64)
    for place, one in enumerate(moments):
        if one.tzinfo is not None or clock.zone is None:
            known = one if one.tzinfo is not None else one.replace(tzinfo=UTC)
            first[place] = second[place] = int(known.timestamp())
        else:
            first[place] = int(one.replace(tzinfo=clock.zone, fold=0).timestamp())
            second[place] = int(one.replace(tzinfo=clock.zone, fold=1).timestamp())
    return first, second


def in_order(first: Ints, second: Ints) -> Ints:
    """(n,) seconds of the rows of one meter in their order (the newest may stand first), :data:`LEFT_OUT` for an hour
    that spring leaves out.

    An hour that autumn repeats is told apart by the order; a stamp that follows itself is a row written twice where
    steps are shorter than an hour.
    """
    if len(first) > 1 and first[-1] < first[0]:
        return in_order(first[::-1], second[::-1])[::-1]
    found = np.where(second >= first, first, LEFT_OUT)
    steps = np.diff(first)
    short = bool(((steps > 0) & (steps < 3600)).any())
    for place in np.flatnonzero(second > first).tolist():
        earlier = found[:place][found[:place] != LEFT_OUT][-1:]
        if short and place and first[place] == first[place - 1]:
            found[place] = found[place - 1]
        elif len(earlier) and first[place] <= earlier[0]:
            found[place] = second[place]
    return found
