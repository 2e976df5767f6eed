"""Tables with a row for each day and a column for each time of day, as rows of one reading each."""

from __future__ import annotations

import re
from datetime import datetime, time

from p2pdnr.sheets.columns import text_of
from p2pdnr.sheets.sheet import Cell, Sheet

_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?::00)?(?:\s*(?:-|bis|to).*)?")
_LEAST, _HEADER_WITHIN, _DAY_MIN = 24, 30, 1440


def one_reading_a_row(sheet: Sheet) -> Sheet:
    """The sheet with columns ``clock`` and ``value`` in place of its times of day; the same where it has none.

    Where the first of the times is one step after midnight and the last is midnight they are ends of steps, and
    ``clock`` is the beginning.
    """
    for head, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        minutes = {place: found for place, cell in enumerate(row) if (found := _minutes(cell)) is not None}
        if len(minutes) >= _LEAST:
            return _turned(sheet, head, _begins(minutes))
    return sheet


def _minutes(cell: Cell) -> int | None:
    """Minutes after midnight that a column name says."""
    if isinstance(cell, datetime | time):
        return 60 * cell.hour + cell.minute
    found = _CLOCK.fullmatch(text_of(cell).strip())
    minutes = 60 * int(found[1]) + int(found[2]) if found else -1
    return minutes if 0 <= minutes <= _DAY_MIN else None


def _begins(minutes: dict[int, int]) -> dict[int, int]:
    values = list(minutes.values())
    step = values[1] - values[0]
    ends = values[0] == step and values[-1] in (0, _DAY_MIN)
    return {place: (value - step) % _DAY_MIN if ends else value for place, value in minutes.items()}


def _turned(sheet: Sheet, head: int, begins: dict[int, int]) -> Sheet:
    names = sheet.rows[head]
    kept = [place for place in range(len(names)) if place not in begins]
    rows: list[tuple[Cell, ...]] = [(*(names[place] for place in kept), "clock", "value")]
    numbers = [sheet.numbers[head]]
    for number, row in zip(sheet.numbers[head + 1 :], sheet.rows[head + 1 :], strict=True):
        own = tuple(row[place] if place < len(row) else None for place in kept)
        for place, minute in begins.items():
            rows.append((*own, f"{minute // 60:02d}:{minute % 60:02d}", row[place] if place < len(row) else None))
            numbers.append(number)
    return Sheet(sheet.name, tuple(rows), tuple(numbers), sheet.delimiter)
