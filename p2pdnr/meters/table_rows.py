"""Rows of a table of readings as one run of times and values for each meter and direction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import PurePath

import numpy as np

from p2pdnr.errors import Problem
from p2pdnr.meters.cells import Floats, Numbers, Row, column, mark_of, numbers_of
from p2pdnr.meters.columns import ENERGIES, UNITS, Layout, Role, ValueColumn, role_of, unit_of
from p2pdnr.meters.times import Clock, Ints, is_serial, moment
from p2pdnr.sheets.columns import text_of
from p2pdnr.sheets.sheet import Cell, printable
from p2pdnr.sheets.summary import is_summary

Key = tuple[str, Role | None]
MOST_TOLD = 12
_LOOKED_AT = 2000
"""Rows that show whether the day or the month stands first."""
_MONTH_FIRST = ("America/", "US/", "Canada/")
"""Zones in which 5/6 may be the 6th of May."""
_BY_ROWS = ("meter", "kind", "bus", "unit")


@dataclass(eq=False)
class Run:
    """Readings of one meter in one direction in the order of their rows: places (n,) in ``moments`` of their sheet,
    ``values`` (n,) and numbers of their ``rows`` (n,)."""

    stamps: Ints
    values: Floats
    rows: Ints
    unit: str = ""
    counter: bool = False
    bus: str = ""


@dataclass(eq=False)
class Runs:
    """What a sheet holds: each time that occurs, once, the runs by meter and direction, and what was left out."""

    clock: Clock
    moments: Sequence[datetime]
    runs: dict[Key, Run] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Timed:
    """The rows of a sheet that have a time: ``stamps`` (n,) are places among those that occur."""

    layout: Layout
    rows: Sequence[Row]
    numbers: Ints
    stamps: Ints


def runs_of(layout: Layout, clock: Clock, problems: list[Problem]) -> Runs:
    """Every reading of a sheet; notes what is wrong."""
    found, timed = _timed(layout, clock, problems)
    columns = [column(timed.rows, one.place) for one in layout.values]
    mark = _mark(timed, columns, problems)
    for one, cells in zip(layout.values, columns, strict=True):
        numbers = numbers_of(cells, mark)
        problems += _wrong_values(timed, one, numbers)
        stated = _stated_unit(timed, one, numbers, problems)
        whole = timed.stamps, numbers.values, timed.numbers
        if not layout.places.keys() & set(_BY_ROWS):
            if not _put(found, layout, ((), one, stated), whole):
                remedy = "Name the columns apart: by the home, or as consumption, feed-in, generation, net"
                told = "stands twice, as do the meter and the direction that it names"
                problems.append(Problem(layout.sheet.name, f"column {one.header}", (), told, remedy))
            continue
        for row, places in _by_meter(timed):
            _put(
                found, layout, (row, one, stated), (timed.stamps[places], numbers.values[places], timed.numbers[places])
            )
    problems += _units_mixed(found)
    return found


def _mark(timed: _Timed, columns: Sequence[list[Cell]], problems: list[Problem]) -> str:
    """What stands before decimals; notes where that cannot be told."""
    layout = timed.layout
    mark, doubtful = mark_of(columns, layout.sheet.delimiter)
    if doubtful:
        place, row = next((place, cells.index(doubtful)) for place, cells in enumerate(columns) if doubtful in cells)
        whole = doubtful.replace(".", "").replace(",", "")
        told = f"is one of numbers that all could be in thousands: {doubtful} is {whole} or a thousandth of it"
        remedy = f"Write thousands without a mark, or one of the numbers with other decimals, such as {doubtful}0"
        header = f"column {layout.values[place].header}"
        problems.append(Problem(layout.sheet.name, header, (f"row {timed.numbers[row]}",), told, remedy))
    return mark


def _timed(layout: Layout, clock: Clock, problems: list[Problem]) -> tuple[Runs, _Timed]:
    """The rows with a time; what stands in others is left out where it is a sum or a note, else noted as wrong."""
    day_first, said = _day_first(layout, clock.zone, problems)
    clock = Clock(clock.zone, day_first)
    rows, numbers = layout.body()
    keys = list(zip(*(column(rows, layout.places.get(key, -1)) if key in layout.places else [None] * len(rows)
                      for key in ("stamp", "date", "clock")), strict=True))  # fmt: skip
    read = {key: time_of(layout, key, clock.day_first) for key in dict.fromkeys(keys)}
    moments = list(dict.fromkeys(one for one in read.values() if one is not None))
    place = {one: number for number, one in enumerate(moments)}
    codes = {key: -1 if one is None else place[one] for key, one in read.items()}
    stamps = np.array(list(map(codes.__getitem__, keys)), dtype=np.int64)
    found = Runs(clock, moments)
    found.notes += said
    has_time = stamps >= 0
    if not has_time.all():
        last = int(np.flatnonzero(has_time)[-1]) if has_time.any() else -1
        untimed = np.flatnonzero(~has_time).tolist()
        left = [k for k in untimed if _is_no_reading(rows[k], keys[k], last >= 0 and k > last)]
        found.notes += _left_out(layout, [(numbers[k], rows[k]) for k in left])
        problems += _wrong_times(layout, [numbers[k] for k in untimed if k not in set(left)])
        rows = tuple(row for row, kept in zip(rows, has_time.tolist(), strict=True) if kept)
    return found, _Timed(layout, rows, np.array(numbers, dtype=np.int64)[has_time], stamps[has_time])


def time_of(layout: Layout, key: tuple[Cell, ...], day_first: bool) -> datetime | None:
    """What the cells of the columns stamp, date and clock say; None where that is no time."""
    stamp, date, clock = key
    if "stamp" in layout.places:
        return moment(stamp, None, day_first)
    return moment(date, clock, day_first) if clock is not None or "clock" not in layout.places else None


def times_in(layout: Layout, row: Row) -> tuple[Cell, Cell, Cell]:
    """The cells of a row that say its time."""
    return layout.cell(row, "stamp"), layout.cell(row, "date"), layout.cell(row, "clock")


def counts_days(layout: Layout, row: Row) -> bool:
    """Whether the time of a row is a day as spreadsheets count them."""
    return is_serial(layout.cell(row, "stamp" if "stamp" in layout.places else "date"))


def _day_first(layout: Layout, zone: tzinfo | None, problems: list[Problem]) -> tuple[bool, tuple[str, ...]]:
    """Whether 5/6 is the 5th of June, and what is said of it: that of the two orders in which stamps follow each other
    more evenly. Where both do it is day first in zones where people write so; elsewhere that is a problem."""
    keys = [times_in(layout, row) for _, row in islice(layout.rows(), _LOOKED_AT)]
    both = [[time_of(layout, key, day_first) for key in keys] for day_first in (True, False)]
    spread = [_spread(read) for read in both]
    pairs = ((day, month) for day, month in zip(*both, strict=True) if day != month)
    if spread[0] != spread[1] or (unlike := next(pairs, None)) is None or None in unlike:
        return spread[0] <= spread[1], ()
    day, month = (f"{one:%Y-%m-%d}" for one in unlike if one is not None)
    if zone is not None and not str(zone).startswith(_MONTH_FIRST):
        return True, (f"{layout.sheet.name}: dates read both ways and were taken day first: {day} and not {month}",)
    remedy = f"Write dates as {day} or as {month}"
    problems.append(Problem(layout.sheet.name, "time", (), f"has dates that are {day} or {month}", remedy))
    return True, ()


def _spread(read: Sequence[datetime | None]) -> tuple[int, float]:
    """How many stamps are none, and the seconds from the first to the last of the others."""
    naive = [stamp.replace(tzinfo=None) for stamp in read if stamp is not None]
    length = (max(naive) - min(naive)).total_seconds() if naive else 0.0
    return len(read) - len(naive), length


def _is_no_reading(row: Row, key: tuple[Cell, ...], below: bool) -> bool:
    """Whether a row without a time is a sum, or one ``below`` all readings that is a note."""
    first = next((text_of(cell) for cell in row if cell is not None), "")
    called = " ".join(text_of(cell) for cell in key if cell is not None)
    if is_summary(called) or is_summary(first):
        return True
    return below and (not re.search(r"\d", called) or sum(cell is not None for cell in row) == 1)


def _left_out(layout: Layout, rows: Sequence[tuple[int, Row]]) -> Iterator[str]:
    if rows:
        firsts = [(number, text_of(next(cell for cell in row if cell is not None))) for number, row in rows[:MOST_TOLD]]
        names = ", ".join(f"row {number} ({printable(text)[:40]})" for number, text in firsts)
        more = f" and {len(rows) - MOST_TOLD} more" if len(rows) > MOST_TOLD else ""
        yield f"{layout.sheet.name}: left out, as they are sums or notes and no readings: {names}{more}"


def _wrong_times(layout: Layout, numbers: Sequence[int]) -> Iterator[Problem]:
    if numbers:
        rows = tuple(f"row {number}" for number in numbers[:MOST_TOLD])
        remedy = f"Write it like 2025-06-23 00:15 or 23.06.2025 00:15; {len(numbers)} in all"
        yield Problem(layout.sheet.name, "time", rows, "has no time stamp that is known", remedy)


def _wrong_values(timed: _Timed, one: ValueColumn, numbers: Numbers) -> Iterator[Problem]:
    if numbers.wrong:
        rows = tuple(f"row {timed.numbers[place]}" for place in numbers.wrong[:MOST_TOLD])
        remedy = f"Correct it, or leave the cell empty; {len(numbers.wrong)} in all"
        yield Problem(timed.layout.sheet.name, f"column {one.header}", rows, "is no number", remedy)


def _stated_unit(timed: _Timed, one: ValueColumn, numbers: Numbers, problems: list[Problem]) -> str:
    """The unit of a column: what its name says, else what stands behind its numbers."""
    stated = one.unit
    for behind, place in numbers.units.items():
        unit = behind.strip("[]() ").lower()
        if unit in UNITS | ENERGIES and stated in ("", unit):
            stated = unit
            continue
        known = f", beside {stated}" if stated else ""
        told = f"has the unit {printable(behind)[:20]!r} behind the number{known}"
        remedy = "Give all numbers of a column in one unit of kW, W, kWh or Wh, stated in its name"
        row = f"row {timed.numbers[place]}"
        problems.append(Problem(timed.layout.sheet.name, f"column {one.header}", (row,), told, remedy))
        break
    return stated


def _by_meter(timed: _Timed) -> Iterator[tuple[Row, Ints]]:
    """The first row of those that say the same of their meter, and the places of all of them, ascending."""
    layout = timed.layout
    keys = list(zip(*(column(timed.rows, layout.places[key]) for key in _BY_ROWS if key in layout.places), strict=True))
    code = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    codes = np.array(list(map(code.__getitem__, keys)), dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        if len(places):
            yield timed.rows[int(places[0])], places


def _put(found: Runs, layout: Layout, of: tuple[Row, ValueColumn, str], run: tuple[Ints, Floats, Ints]) -> bool:
    """Put readings where they belong: their meter is named by the row, the column or the file. False where others are
    there that are not of a run of rows."""
    row, one, stated = of
    own = printable(text_of(layout.cell(row, "meter")))[:60]
    meter = " ".join(part for part in (own, one.meter) if part) or PurePath(layout.sheet.name.split(": ")[0]).stem
    kind = text_of(layout.cell(row, "kind"))
    key = meter, role_of(kind) or one.role
    unit = unit_of(text_of(layout.cell(row, "unit"))) or unit_of(kind) or stated
    bus = printable(text_of(layout.cell(row, "bus")))[:60]
    before = found.runs.get(key)
    if before is None:
        found.runs[key] = Run(*run, unit, one.counter or bool(kind and ".8." in kind), bus)
        return True
    if not row:
        return False
    rows = np.concatenate((before.rows, run[2]))
    order = np.argsort(rows, kind="stable")
    stamps, values = np.concatenate((before.stamps, run[0])), np.concatenate((before.values, run[1]))
    units = before.unit if unit in ("", before.unit) else f"{before.unit} and {unit}".removeprefix(" and ")
    found.runs[key] = Run(stamps[order], values[order], rows[order], units, before.counter, before.bus or bus)
    return True


def _units_mixed(found: Runs) -> Iterator[Problem]:
    for (meter, role), run in found.runs.items():
        if " and " in run.unit:
            remedy = "Give all readings of a meter in one unit, or those in the other one as a meter of their own"
            called = f"{meter} {role or ''}".strip()
            yield Problem("meter", "unit", (called,), f"has readings in {run.unit}", remedy)
