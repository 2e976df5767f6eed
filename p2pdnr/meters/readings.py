"""Readings of every meter as means in kW, from tables of any of the usual layouts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.columns import ENERGIES, UNITS, Layout, Role, ValueColumn, layout_of, role_of, unit_of
from p2pdnr.meters.times import Clock, is_serial, moment, seconds_of
from p2pdnr.sheets.columns import text_of
from p2pdnr.sheets.numbers import decimal_mark, number_of
from p2pdnr.sheets.sheet import Cell, Sheet, printable

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
STEPS_MIN = (5, 10, 15, 20, 30, 60)
"""Minutes that a step may have."""
_NONE = {"", "-", "--", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "fehlt"}
_MOST_TOLD = 12
_DAY_H = 23
"""Hours over which no home's energies by step only grow."""


@dataclass(frozen=True)
class Series:
    """What one meter counted in one direction: ``begins`` (n,) of steps of ``step_s``, seconds since 1970, ascending,
    and the mean in ``kw`` over each; NaN where nothing was read. ``role`` is None where nothing says the direction."""

    meter: str
    role: Role | None
    step_s: int
    begins: Ints
    kw: Floats
    bus: str = ""


@dataclass(frozen=True)
class Reading:
    """How files are read: the ``clock`` of stamps without a zone, the ``unit`` of columns that state none, and whether
    stamps are those of the ``ends`` of steps (None: as the file says, else their beginnings)."""

    clock: Clock = field(default_factory=Clock)
    unit: str = ""
    ends: bool | None = None


@dataclass
class _Raw:
    """Readings of one meter in one direction, in the order of their rows."""

    moments: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    seconds: list[int | None] = field(default_factory=list)
    unit: str = ""
    counter: bool = False
    bus: str = ""


def is_readings(sheet: Sheet) -> bool:
    """Whether a sheet has columns of times and values, and a time in one of its first rows."""
    layout = layout_of(sheet)
    first = [row for _, row in islice(layout.rows(), 5)] if layout is not None else []
    return layout is not None and any(_is_timed(layout, row) for row in first)


def _is_timed(layout: Layout, row: tuple[Cell, ...]) -> bool:
    """Whether a row has a time; a whole number alone may as well be that of a bus."""
    alone = "clock" not in layout.places and _counts_days(layout, row)
    if alone and text_of(layout.cell(row, "stamp" if "stamp" in layout.places else "date")).isdecimal():
        return False
    return bool(_moment(layout, row, True) or _moment(layout, row, False))


def _counts_days(layout: Layout, row: tuple[Cell, ...]) -> bool:
    return is_serial(layout.cell(row, "stamp" if "stamp" in layout.places else "date"))


def read(sheets: Sequence[Sheet], how: Reading) -> tuple[list[Series], list[str]]:
    """Every series in the sheets, and what was decided while they were read; raises InputError with every problem."""
    series, notes, problems = list[Series](), list[str](), list[Problem]()
    layouts = [(sheet, layout_of(sheet)) for sheet in sheets]
    for sheet, layout in layouts:
        if layout is None:
            continue
        raw, clock = _raw(layout, how, problems)
        ends, said = _ends(raw, layout, how)
        notes += [f"{sheet.name}: {said}"] if said else []
        if any(_counts_days(layout, row) for _, row in islice(layout.rows(), 5)):
            notes.append(f"{sheet.name}: stamps are days as spreadsheets count them (45831.25 is 2025-06-23 06:00)")
        notes += [f"{sheet.name}: columns that hold no number: {', '.join(layout.texts)}"] if layout.texts else []
        if counting := _counting(raw, how):
            notes.append(f"{', '.join(counting)}: only grows, so it was taken for a meter that counts up")
        seconds = dict[int, list[int | None]]()  # those of a table with a column for each meter are the same
        for (meter, role), one in raw.items():
            one.seconds = seconds.setdefault(id(one.moments), []) or seconds_of(one.moments, clock)
            seconds[id(one.moments)] = one.seconds
            made = _series(meter, role, one, replace(how, clock=clock, ends=ends), problems)
            series += [made] if made is not None else []
    if all(layout is None for _, layout in layouts):
        names = tuple(sheet.name for sheet in sheets[:4])
        remedy = "Give a row of column names with a time (time, or date and time) and the values, such as Home 1 kWh"
        problems.append(Problem("file", "", names, "has no columns of times and readings", remedy))
    if problems:
        raise InputError(grouped(problems))
    return series, notes


def _raw(layout: Layout, how: Reading, problems: list[Problem]) -> tuple[dict[tuple[str, Role | None], _Raw], Clock]:
    """The readings by meter and direction, and the clock with the order of day and month of this sheet."""
    clock = replace(how.clock, day_first=_day_first(layout))
    mark, wrong = _mark(layout), _Wrong()
    stamped = list(_stamped(layout, clock.day_first))
    wrong.times = [f"row {number}" for number, _, stamp in stamped if stamp is None]
    dated = [(number, row, stamp) for number, row, stamp in stamped if stamp is not None]
    found = dict[tuple[str, Role | None], _Raw]()
    by_rows = {"meter", "kind", "bus", "unit"} & layout.places.keys()
    rows, moments = [number for number, _, _ in dated], [stamp for _, _, stamp in dated]
    for column in layout.values:
        values = [_value(row, column, mark) for _, row, _ in dated]
        wrong.values[column.header] = [f"row {number}" for number, one in zip(rows, values, strict=True) if one is None]
        numbers = [math.nan if value is None else value for value in values]
        if not by_rows:
            one = _place_of(found, layout, (), column)
            if one.values:
                remedy = "Name the columns apart: consumption, feed-in, generation, net"
                problems.append(Problem(layout.sheet.name, f"column {column.header}", (), "stands twice", remedy))
            one.moments, one.rows, one.values = moments, rows, numbers
            continue
        known = dict[tuple[Cell, ...], _Raw]()  # rows of a meter are alike in all but time and value
        for (number, row, stamp), value in zip(dated, numbers, strict=True):
            says = tuple([layout.cell(row, key) for key in by_rows])
            one = known.get(says) or _place_of(found, layout, row, column)
            known[says] = one
            one.moments.append(stamp)
            one.rows.append(number)
            one.values.append(value)
    problems += wrong.problems(layout.sheet.name)
    return found, clock


def _stamped(layout: Layout, day_first: bool) -> Iterator[tuple[int, tuple[Cell, ...], datetime | None]]:
    """Number, cells and time of every row; a time that stands in many rows is read once."""
    known = dict[tuple[Cell, ...], datetime | None]()
    for number, row in layout.rows():
        says = tuple([layout.cell(row, key) for key in ("stamp", "date", "clock")])
        if says not in known:
            known[says] = _moment(layout, row, day_first)
        yield number, row, known[says]


@dataclass
class _Wrong:
    """Rows with a time that is none, and, by column, with a value that is none."""

    times: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def problems(self, name: str) -> Iterator[Problem]:
        """What is wrong in the file of this name."""
        if self.times:
            remedy = f"Write it like 2025-06-23 00:15 or 23.06.2025 00:15; {len(self.times)} in all"
            yield Problem(name, "time", tuple(self.times[:_MOST_TOLD]), "has no time stamp that is known", remedy)
        for header, rows in self.values.items():
            remedy = f"Correct it, or leave the cell empty; {len(rows)} in all"
            if rows:
                yield Problem(name, f"column {header}", tuple(rows[:_MOST_TOLD]), "is no number", remedy)


def _moment(layout: Layout, row: tuple[Cell, ...], day_first: bool) -> datetime | None:
    if "stamp" in layout.places:
        return moment(layout.cell(row, "stamp"), None, day_first)
    clock = layout.cell(row, "clock")
    return (
        moment(layout.cell(row, "date"), clock, day_first)
        if clock is not None or "clock" not in layout.places
        else None
    )


def _day_first(layout: Layout) -> bool:
    """Whether 5/6 is the 5th of June: that of the two orders in which stamps follow each other more evenly."""
    rows = [row for _, row in layout.rows()][:2000]
    spread = []
    for day_first in (True, False):
        read = [stamp for row in rows if (stamp := _moment(layout, row, day_first)) is not None]
        naive = [stamp.replace(tzinfo=None) for stamp in read]
        length = (max(naive) - min(naive)).total_seconds() if naive else 0.0
        spread.append((len(rows) - len(read), length))
    return spread[0] <= spread[1]


def _mark(layout: Layout) -> str:
    """What stands before decimals in the values of a sheet."""
    texts = (
        cell
        for _, row in layout.rows()
        for column in layout.values
        if column.place < len(row) and isinstance(cell := row[column.place], str)
    )
    return decimal_mark(texts, layout.sheet.delimiter) or ","


def _value(row: tuple[Cell, ...], column: ValueColumn, mark: str) -> float | None:
    """The number in a cell, NaN where it is empty, None where it is none."""
    cell = row[column.place] if column.place < len(row) else None
    if cell is None or (isinstance(cell, str) and cell.lower() in _NONE):
        return float("nan")
    if isinstance(cell, float):
        return cell
    if isinstance(cell, str) and (mark == "." or "." not in cell):
        with suppress(ValueError):  # most numbers are spelled simply
            value = float(cell.replace(",", "x" if mark == "." else "."))
            return value if math.isfinite(value) else None
    return number_of(cell, mark)


def _place_of(
    found: dict[tuple[str, Role | None], _Raw], layout: Layout, row: tuple[Cell, ...], column: ValueColumn
) -> _Raw:
    """Where a value belongs: its meter is named by the row, the column or the file."""
    own = printable(text_of(layout.cell(row, "meter")))[:60]
    meter = " ".join(part for part in (own, column.meter) if part) or PurePath(layout.sheet.name.split(": ")[0]).stem
    kind = text_of(layout.cell(row, "kind"))
    role = role_of(kind) or column.role
    if (meter, role) not in found:
        stated = unit_of(text_of(layout.cell(row, "unit"))) or unit_of(kind) or column.unit
        counter = column.counter or bool(kind and ".8." in kind)
        found[meter, role] = _Raw(unit=stated, counter=counter, bus=printable(text_of(layout.cell(row, "bus")))[:60])
    return found[meter, role]


def _ends(raw: Mapping[tuple[str, Role | None], _Raw], layout: Layout, how: Reading) -> tuple[bool, str]:
    """Whether stamps are those of the ends of steps, and what is said where that was decided."""
    if how.ends is not None:
        return how.ends, ""
    header = layout.sheet.rows[layout.head]
    key = "stamp" if "stamp" in layout.places else "clock" if "clock" in layout.places else "date"
    called = text_of(header[layout.places[key]]).lower()
    if any(word in called for word in ("start", "von", "from", "begin", "ab")) or "end" in layout.places:
        return False, ""
    one = next(iter(raw.values()), None)
    if one is None or len(one.moments) < 2:
        return False, ""
    first, second, last = one.moments[0], one.moments[1], one.moments[-1]
    if first.replace(tzinfo=None) > last.replace(tzinfo=None):  # the newest stands first
        first, second, last = last, one.moments[-2], first
    step = second - first
    if (first - step).time() == datetime.min.time() and last.time() == datetime.min.time():
        return (
            True,
            "stamps were taken as the ends of steps, as the first is one step after midnight and the last at midnight",
        )
    return False, ""


def _series(meter: str, role: Role | None, raw: _Raw, how: Reading, problems: list[Problem]) -> Series | None:
    """A series of one meter; notes what is wrong."""
    called = f"{meter} {role or ''}".strip()
    read = raw.seconds
    gone = [row for row, at, value in zip(raw.rows, read, raw.values, strict=True) if at is None and value == value]
    pairs = {at: value for at, value in zip(read, raw.values, strict=True) if at is not None}
    if gone or len(pairs) + read.count(None) < len(read):
        problems.append(_twice(called, raw, read, gone))
        return None
    begins = np.array(sorted(pairs), dtype=np.int64)
    kw = np.array([pairs[at] for at in begins.tolist()])
    step_s = _step(begins)
    if step_s not in [60 * minutes for minutes in STEPS_MIN]:
        told = f"follow each other in steps of {step_s / 60:g} minutes"
        known = ", ".join(map(str, STEPS_MIN))
        problems.append(Problem("meter", "time", (called,), told, f"Steps may have {known} minutes, always the same"))
        return None
    unit = raw.unit or how.unit
    if unit not in UNITS | ENERGIES:
        remedy = "Write kW or kWh behind the column's name, or say it for all: --unit kWh"
        problems.append(Problem("meter", "unit", (called,), "states no unit", remedy))
        return None
    if raw.counter:
        begins, kw = begins[:-1], _used(begins, kw, step_s)
    elif how.ends:
        begins = begins - step_s
    kw = kw * (UNITS[unit] if unit in UNITS else ENERGIES[unit] * 3600.0 / step_s)
    return Series(meter, role, step_s, begins, kw, raw.bus)


def _twice(called: str, raw: _Raw, read: list[int | None], gone: list[int]) -> Problem:
    """The problem of stamps that stand twice, or that no clock shows."""
    if gone:
        told = f"has readings at a time that the clock leaves out in spring (rows {_few(gone)})"
        return Problem("meter", "time", (called,), told, "Check --zone; without it a clock goes through")
    often = Counter(read)
    rows = [row for row, at in zip(raw.rows, read, strict=True) if at is not None and often[at] > 1]
    remedy = "Keep one of each; where a clock goes back in autumn, say where it stands: --zone Europe/Berlin"
    return Problem("meter", "time", (called,), f"has two readings of the same time (rows {_few(rows)})", remedy)


def _few(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:_MOST_TOLD])) + (" ..." if len(rows) > _MOST_TOLD else "")


def grouped(problems: Sequence[Problem]) -> list[Problem]:
    """The problems, those that say the same of different meters as one."""
    found = dict[Problem, list[str]]()
    for one in problems:
        found.setdefault(replace(one, ids=()), []).extend(one.ids)
    return [
        replace(
            one, ids=tuple(ids[:_MOST_TOLD]) + ((f"{len(ids) - _MOST_TOLD} more",) if len(ids) > _MOST_TOLD else ())
        )
        for one, ids in found.items()
    ]


def _step(begins: Ints) -> int:
    """The step of most readings, in seconds; 0 where there are less than two."""
    return Counter(np.diff(begins).tolist()).most_common(1)[0][0] if len(begins) > 1 else 0


def _counting(raw: Mapping[tuple[str, Role | None], _Raw], how: Reading) -> list[str]:
    """Marks energies that never fall over a day or more as counters, and names them."""
    found = []
    for (meter, role), one in raw.items():
        values = np.array([value for value in one.values if value == value])
        energy = (one.unit or how.unit) in ENERGIES
        long = len(one.moments) > 1 and (max(one.moments) - min(one.moments)) >= timedelta(hours=_DAY_H)
        if energy and long and not one.counter and len(values) > 1 and bool((np.diff(values) >= 0.0).all()):
            one.counter = bool(values[-1] > values[0])
            found += [f"{meter} {role or ''}".strip()] if one.counter else []
    return found[:_MOST_TOLD]


def _used(begins: Ints, counted: Floats, step_s: int) -> Floats:
    """What a counter that stood at ``counted`` used in each step; NaN where it was not read at both ends."""
    used = np.diff(counted)
    return np.where((np.diff(begins) == step_s) & (used >= 0.0), used, np.nan)


def regular(series: Series) -> Iterator[Problem]:
    """What is wrong with the places of readings in time."""
    odd = series.begins[series.begins % series.step_s != 0]
    if len(odd):
        stamps = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" for at in odd[:_MOST_TOLD].tolist()]
        told = f"has stamps that are no whole steps of {series.step_s // 60} minutes ({', '.join(stamps)} UTC)"
        yield Problem("meter", "time", (series.meter,), told, "Round the stamps")
