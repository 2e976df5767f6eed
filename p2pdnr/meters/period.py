"""The days that are made into a scenario: which, at which step, and what fills gaps in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.cells import Floats
from p2pdnr.meters.readings import Series
from p2pdnr.meters.times import Clock, Ints

_MOST_TOLD = 12
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """``day``: a date, or of those with the fewest gaps the "first", that with the "highest" consumption or the
    "sunniest" (fed in or generated); how many ``days``; minutes of a step (None: the coarsest of the meters); hours of
    the longest gap that is filled."""

    day: str = "first"
    days: int = 1
    step_min: int | None = None
    longest_gap_h: float = 1.0


@dataclass(frozen=True)
class Period:
    """From a local midnight on: seconds at which steps begin (T,), ``step_s``, and the first day."""

    first: date
    begins: Ints
    step_s: int


@dataclass(frozen=True)
class Filled:
    """Means in kW of a meter in a period (T,), and of how many of its steps they were filled in."""

    series: Series
    kw: Floats
    filled: int


def chosen(series: Sequence[Series], choice: Choice, clock: Clock) -> Period:
    """The period that is asked for; raises InputError where there is none."""
    step_s = _step(series, choice.step_min)
    days = days_of(series, clock)
    if choice.day not in ("first", "highest", "sunniest"):
        try:
            first = date.fromisoformat(choice.day)
        except ValueError:
            remedy = "Write it like 2025-06-23, or first, highest or sunniest"
            raise InputError([Problem("meters", "--day", (choice.day[:40],), "is no date", remedy)]) from None
    else:
        first = _best(series, days, choice, clock)
    begins = _grid(first, choice.days, step_s, clock)
    if not any(_inside(one, begins, step_s).any() for one in series):
        remedy = f"Choose one from {days[0]} to {days[-1]}"
        raise InputError([Problem("meters", "--day", (str(first),), "has no readings", remedy)])
    return Period(first, begins, step_s)


def _step(series: Sequence[Series], step_min: int | None) -> int:
    coarsest = max(one.step_s for one in series)
    wanted = 60 * step_min if step_min else coarsest
    wrong = tuple(sorted({one.meter for one in series if wanted % one.step_s}))
    if wrong:
        told = f"has readings that make no whole step of {wanted // 60} minutes"
        raise InputError([Problem("meter", "--step", wrong[:_MOST_TOLD], told, "Choose a coarser step: --step 60")])
    return wanted


def days_of(series: Sequence[Series], clock: Clock) -> list[date]:
    """All days with readings."""
    first = min(int(one.begins[0]) for one in series)
    last = max(int(one.begins[-1]) for one in series)
    here, there = clock.local(first).date(), clock.local(last).date()
    return [here + timedelta(days=number) for number in range((there - here).days + 1)]


def _grid(first: date, days: int, step_s: int, clock: Clock) -> Ints:
    """Steps from the midnight at which the first day begins to that after the last: 23 or 25 hours where clocks
    change."""
    return np.arange(clock.midnight(first), clock.midnight(first + timedelta(days=days)), step_s, dtype=np.int64)


def _inside(series: Series, begins: Ints, step_s: int) -> Bools:
    return np.asarray((series.begins >= begins[0]) & (series.begins < begins[-1] + step_s))


def _best(series: Sequence[Series], days: list[date], choice: Choice, clock: Clock) -> date:
    """The first day that is complete, or the complete one with most of what is asked for."""
    edges = np.array([clock.midnight(day) for day in [*days, days[-1] + timedelta(days=1)]])
    missing, amount = np.zeros(len(days)), np.zeros(len(days))
    for one in series:
        known = np.isfinite(one.kw)
        held = np.histogram(one.begins[known], edges)[0]
        missing += np.diff(edges) / one.step_s - held
        sign = sign_of(one, choice.day)
        energy = np.clip(sign * one.kw[known], 0.0, None) * one.step_s if sign else np.zeros(int(known.sum()))
        amount += np.histogram(one.begins[known], edges, weights=energy)[0]
    window = np.ones(choice.days)
    if len(days) < choice.days:
        remedy = f"There are readings from {days[0]} to {days[-1]}"
        raise InputError([Problem("meters", "--days", (str(choice.days),), "are more days than there are", remedy)])
    missing, amount = (np.convolve(values, window, "valid") for values in (missing, amount))
    least = missing <= missing.min() + 0.5
    return days[int(np.argmax(np.where(least, amount, -1.0)))] if choice.day != "first" else days[int(np.argmax(least))]


def sign_of(series: Series, what: str) -> float:
    """How a series counts for the highest consumption, or for the sunniest day."""
    if what == "highest":
        return 0.0 if series.role in ("feed", "pv") else 1.0
    return 1.0 if series.role in ("feed", "pv") else -1.0 if series.role in ("net", None) else 0.0


def filled(series: Sequence[Series], period: Period, choice: Choice, clock: Clock) -> list[Filled]:
    """Every series in the period, gaps filled; raises InputError naming those that are longer."""
    problems, found = list[Problem](), list[Filled]()
    for one in series:
        kw, count, longest = _on_grid(one, period)
        if longest * one.step_s > 3600.0 * choice.longest_gap_h + 1e-6:
            problems.append(_gap(one, period, choice, clock))
        found.append(Filled(one, kw, count))
    if problems:
        raise InputError(problems)
    return found


def _on_grid(series: Series, period: Period) -> tuple[Floats, int, int]:
    """Means over the period's steps, how many readings were filled in, and those of the longest gap."""
    fine, known = _own(series, period)
    gaps = _runs(~np.isfinite(known))
    holes = ~np.isfinite(known)
    if holes.all():
        return np.zeros(len(period.begins)), int(holes.sum()), len(known)
    known[holes] = np.interp(fine[holes], fine[~holes], known[~holes])
    means = known.reshape(len(period.begins), -1).mean(axis=1)
    return means, int(holes.sum()), max((stop - start for start, stop in gaps), default=0)


def _own(series: Series, period: Period) -> tuple[Ints, Floats]:
    """The series at its own steps over the period, NaN where nothing was read."""
    last = int(period.begins[-1]) + period.step_s
    fine = np.arange(int(period.begins[0]), last, series.step_s, dtype=np.int64)
    known = np.full(len(fine), np.nan)
    inside = _inside(series, period.begins, period.step_s)
    known[(series.begins[inside] - fine[0]) // series.step_s] = series.kw[inside]
    return fine, known


def _runs(which: Bools) -> list[tuple[int, int]]:
    """Where runs of True begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _gap(series: Series, period: Period, choice: Choice, clock: Clock) -> Problem:
    fine, known = _own(series, period)
    ids = (series.meter, *_spans(series, fine, known, clock))
    told = f"has gaps of more than {choice.longest_gap_h:g} h, the most that is filled"
    remedy = "Choose another day (--day), fill longer ones too (--fill-gaps 6), or leave the meter out (--without)"
    return Problem("meter", series.role or "", ids, told, remedy)


def _spans(series: Series, fine: Ints, known: Floats, clock: Clock) -> Iterator[str]:
    for start, stop in _runs(~np.isfinite(known))[:_MOST_TOLD]:
        end = int(fine[stop - 1]) + series.step_s
        yield f"{clock.local(int(fine[start])):%Y-%m-%d %H:%M} to {clock.local(end):%Y-%m-%d %H:%M}"
