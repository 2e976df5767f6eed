"""Readings of every meter as means in kW, from tables of any of the usual layouts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.cells import Floats
from p2pdnr.meters.columns import ENERGIES, UNITS, Layout, Role, layout_of
from p2pdnr.meters.table_rows import Run, Runs, counts_days, runs_of, time_of, times_in
from p2pdnr.meters.times import LEFT_OUT, Clock, Ints, both_readings, in_order
from p2pdnr.sheets.columns import fold, text_of
from p2pdnr.sheets.sheet import Cell, Sheet

STEPS_MIN = (5, 10, 15, 20, 30, 60)
"""Minutes that a step may have."""
_MOST_TOLD = 12
_SUM = re.compile(r"(gesamt)?summen?|gesamt|insgesamt|(grand)?total|sum|overall|all(e|homes|haeuser|haushalte)?")
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


def is_readings(sheet: Sheet) -> bool:
    """Whether a sheet has columns of times and values, and a time in one of its first rows."""
    layout = layout_of(sheet)
    first = [row for _, row in islice(layout.rows(), 5)] if layout is not None else []
    return layout is not None and any(_is_timed(layout, row) for row in first)


def _is_timed(layout: Layout, row: tuple[Cell, ...]) -> bool:
    """Whether a row has a time; a whole number alone may as well be that of a bus."""
    alone = "clock" not in layout.places and counts_days(layout, row)
    if alone and text_of(layout.cell(row, "stamp" if "stamp" in layout.places else "date")).isdecimal():
        return False
    key = times_in(layout, row)
    return bool(time_of(layout, key, True) or time_of(layout, key, False))


def read(sheets: Sequence[Sheet], how: Reading) -> tuple[list[Series], list[str]]:
    """Every series in the sheets, and what was decided while they were read; raises InputError with every problem."""
    series, notes, problems = list[Series](), list[str](), list[Problem]()
    layouts = [layout for sheet in sheets if (layout := layout_of(sheet)) is not None]
    for layout in layouts:
        series += _of_sheet(layout, how, notes, problems)
    if not layouts:
        names = tuple(sheet.name for sheet in sheets[:4])
        remedy = "Give a row of column names with a time (time, or date and time) and the values, such as Home 1 kWh"
        problems.append(Problem("file", "", names, "has no columns of times and readings", remedy))
    if problems:
        raise InputError(grouped(problems))
    return series, notes


def _of_sheet(layout: Layout, how: Reading, notes: list[str], problems: list[Problem]) -> list[Series]:
    name = layout.sheet.name
    found = runs_of(layout, how.clock, problems)
    notes += (*found.notes, *_without_sums(found, name))
    ends, said = _ends(found, layout, how)
    notes += [f"{name}: {said}"] if said else []
    if any(counts_days(layout, row) for _, row in islice(layout.rows(), 5)):
        notes.append(f"{name}: stamps are days as spreadsheets count them (45831.25 is 2025-06-23 06:00)")
    notes += [f"{name}: columns that hold no number: {', '.join(layout.texts)}"] if layout.texts else []
    if counting := _counting(found, how):
        notes.append(f"{', '.join(counting)}: only grows, so it was taken for a meter that counts up")
    first, second = both_readings(found.moments, found.clock)
    making = _Making(replace(how, clock=found.clock, ends=ends), problems)
    made = [
        making.series(meter, role, run, in_order(first[run.stamps], second[run.stamps]))
        for (meter, role), run in found.runs.items()
    ]
    notes += making.told_doubles(name)
    return [one for one in made if one is not None]


def _without_sums(found: Runs, name: str) -> Iterator[str]:
    """Leaves out columns of sums beside two homes or more, and says so."""
    sums = [meter for meter, _ in found.runs if _SUM.fullmatch(fold(meter))]
    if sums and len({meter for meter, _ in found.runs} - set(sums)) > 1:
        for key in [key for key in found.runs if key[0] in sums]:
            del found.runs[key]
        yield f"{name}: left out, as they are sums of the others: {', '.join(dict.fromkeys(sums))}"


def _ends(found: Runs, layout: Layout, how: Reading) -> tuple[bool, str]:
    """Whether stamps are those of the ends of steps, and what is said where that was decided."""
    if how.ends is not None:
        return how.ends, ""
    header = layout.sheet.rows[layout.head]
    key = "stamp" if "stamp" in layout.places else "clock" if "clock" in layout.places else "date"
    called = text_of(header[layout.places[key]]).lower()
    if any(word in called for word in ("start", "von", "from", "begin", "ab")) or "end" in layout.places:
        return False, ""
    one = next(iter(found.runs.values()), None)
    if one is None or len(one.stamps) < 2:
        return False, ""
    first, second, before, last = (found.moments[one.stamps[place]] for place in (0, 1, -2, -1))
    if first.replace(tzinfo=None) > last.replace(tzinfo=None):  # the newest stands first
        first, second, last = last, before, first
    step = second - first
    if (first - step).time() == datetime.min.time() and last.time() == datetime.min.time():
        return (
            True,
            "stamps were taken as the ends of steps, as the first is one step after midnight and the last at midnight",
        )
    return False, ""


@dataclass
class _Making:
    """Series of the runs of a sheet; notes what is wrong, and which readings stood twice."""

    how: Reading
    problems: list[Problem]
    doubles: list[tuple[str, int]] = field(default_factory=list)

    def series(self, meter: str, role: Role | None, run: Run, at: Ints) -> Series | None:
        """A series of one meter with its seconds (n,); notes what is wrong."""
        called = f"{meter} {role or ''}".strip()
        once = self._once(called, run, at)
        if once is None:
            return None
        begins, kw = once
        if len(begins) < 2 and self.problems:  # its rows are told
            return None
        if len(begins) < 2:
            told = f"has {len(begins) or 'no'} reading{'s' if not len(begins) else ''}"
            self.problems.append(Problem("meter", "time", (called,), told, "Give those of a whole day at least"))
            return None
        step_s = _step(begins)
        if step_s not in [60 * minutes for minutes in STEPS_MIN]:
            told = f"follow each other in steps of {step_s / 60:g} minutes"
            known = ", ".join(map(str, STEPS_MIN))
            remedy = f"Steps may have {known} minutes, always the same"
            self.problems.append(Problem("meter", "time", (called,), told, remedy))
            return None
        unit = run.unit or self.how.unit
        if " and " in unit:  # told before
            return None
        if unit not in UNITS | ENERGIES:
            remedy = "Write kW or kWh behind the column's name, or say it for all: --unit kWh"
            self.problems.append(Problem("meter", "unit", (called,), "states no unit", remedy))
            return None
        if run.counter:
            begins, kw = begins[:-1], _used(begins, kw, step_s)
        elif self.how.ends:
            begins = begins - step_s
        kw = kw * (UNITS[unit] if unit in UNITS else ENERGIES[unit] * 3600.0 / step_s)
        return Series(meter, role, step_s, begins, kw, run.bus)

    def _once(self, called: str, run: Run, at: Ints) -> tuple[Ints, Floats] | None:
        """Each time once, ascending, with its value; None where a time does not exist or has two values."""
        gone = run.rows[(at == LEFT_OUT) & ~np.isnan(run.values)].tolist()
        if gone:
            told = f"has readings at a time that the clock leaves out in spring (rows {_few(gone)})"
            self.problems.append(
                Problem("meter", "time", (called,), told, "Check --zone; without it a clock goes through")
            )
            return None
        order = np.argsort(at, kind="stable")
        order = order[at[order] != LEFT_OUT]
        begins, values, rows = at[order], run.values[order], run.rows[order]
        same = np.flatnonzero(begins[1:] == begins[:-1])
        if not len(same):
            return begins, values
        said = ~np.isnan(values)
        firsts = np.concatenate([[True], np.diff(begins) != 0])
        kept = np.maximum.accumulate(np.where(firsts | said, np.arange(len(begins)), 0))  # the last that says a value
        known = values[np.maximum(kept[:-1], 0)]
        unequal = [place for place in same.tolist() if said[place + 1] and not np.isnan(known[place])
                   and values[place + 1] != known[place]]  # fmt: skip
        if unequal:
            self.problems.append(_unequal(called, self._moment(begins[unequal[0]]), [
                (int(rows[kept[place]]), float(known[place]), int(rows[place + 1]), float(values[place + 1]))
                for place in unequal], zoned=self.how.clock.zone is not None))  # fmt: skip
            return None
        self.doubles.append((called, len(same)))
        lasts = np.concatenate([np.diff(begins) != 0, [True]])
        return begins[firsts], values[kept[lasts]]

    def _moment(self, at: np.int64) -> str:
        return f"{self.how.clock.local(int(at)):%Y-%m-%d %H:%M}"

    def told_doubles(self, name: str) -> Iterator[str]:
        """What is said about readings that stood twice with the same value."""
        if self.doubles:
            meters = ", ".join(f"{called} ({count})" for called, count in self.doubles[:_MOST_TOLD])
            more = f" and {len(self.doubles) - _MOST_TOLD} more" if len(self.doubles) > _MOST_TOLD else ""
            yield f"{name}: readings that stand twice with the same value count once: {meters}{more}"


def _unequal(called: str, when: str, pairs: Sequence[tuple[int, float, int, float]], zoned: bool) -> Problem:
    """The problem of times with two values; ``pairs`` of rows and values."""
    told = "; ".join(f"{one:g} in row {row} and {other:g} in row {again}" for row, one, again, other in pairs[:4])
    more = f"; {len(pairs)} in all" if len(pairs) > 4 else ""
    message = f"has two values for the same time, first {when}: {told}{more}"
    remedy = "Keep one of each; where a clock goes back in autumn, say where it stands: --zone Europe/Berlin"
    return Problem("meter", "time", (called,), message, "Keep one of each" if zoned else remedy)


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
    steps, often = np.unique(np.diff(begins), return_counts=True)
    return int(steps[np.argmax(often)]) if len(steps) else 0


def _counting(found: Runs, how: Reading) -> list[str]:
    """Marks energies that never fall over a day or more as counters, and names them."""
    naive = [one.replace(tzinfo=None) for one in found.moments]
    counting = []
    for (meter, role), run in found.runs.items():
        if (run.unit or how.unit) not in ENERGIES or run.counter:
            continue
        known = ~np.isnan(run.values)
        values = run.values[known]
        own = [naive[place] for place in run.stamps[known].tolist()]
        if len(values) > 1 and own[0] > own[-1]:  # the newest stands first
            values = values[::-1]
        if len(values) < 2 or not (np.diff(values) >= 0.0).all() or values[-1] <= values[0]:
            continue
        if max(own) - min(own) >= timedelta(hours=_DAY_H):
            run.counter = True
            counting.append(f"{meter} {role or ''}".strip())
    return counting[:_MOST_TOLD]


def _used(begins: Ints, counted: Floats, step_s: int) -> Floats:
    """What a counter that stood at ``counted`` used in each step; NaN where it was not read at both ends."""
    used = np.diff(counted)
    return np.where((np.diff(begins) == step_s) & (used >= 0.0), used, np.nan)


def regular(series: Series) -> Iterator[Problem]:
    """What is wrong with the places of readings in time."""
    odd = series.begins[series.begins % series.step_s != 0]
    if len(odd):
        stamps = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}" for at in odd[:_MOST_TOLD].tolist()]
        told = f"has stamps that are no whole steps of {series.step_s // 60} minutes ({', '.join(stamps)} UTC)"
        yield Problem("meter", "time", (series.meter,), told, "Round the stamps")
