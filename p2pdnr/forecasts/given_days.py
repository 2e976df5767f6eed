"""Days from a file instead of a model of errors: factors on sun and loads by the hour (docs/forecasts.md).

A column holds for everything of its kind ("sun", "load"), for one bus's sun ("sun 18"), for the loads of a class, that
is of a profile ("load home", "load network"), for one prosumer's fixed load ("prosumer Dairy") or for one bus's own
load ("bus 7"). What is said more closely goes before what is said of all; what nothing is said of is as forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.forecasts.error_model import DayFactors, background_classes, drawn, error_model
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.scenario.schema import Scenario
from p2pdnr.sheets.numbers import decimal_mark, number_of
from p2pdnr.sheets.reading import read_file
from p2pdnr.sheets.sheet import Sheet

Draw = Callable[[int, range], DayFactors]
"""From a seed and numbers of days to what these days make of the forecast."""

LEAST_DAYS = 100
"""Of a file: every other one is to plan with, the others are to test, at least 50 each."""

MOST_FACTOR = 1_000.0
_TOLD = 12
_KINDS = ("sun", "load", "prosumer", "bus")


@dataclass(frozen=True, eq=False)
class GivenDays:
    """N days of T hours: ``columns`` (C,) say what each of ``factors`` (N, T, C) is a factor on; ``name`` of the
    file."""

    name: str
    columns: tuple[str, ...]
    factors: Floats

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def counts(self) -> tuple[int, int]:
        """How many there are to plan with, and to test."""
        return (len(self) + 1) // 2, len(self) // 2


def draw_of(scenario: Scenario, network: Network, given: GivenDays | None) -> Draw:
    """Where days come from: the model of errors, or a file. Of a file even seeds stand for its first, third, ... day,
    which are to plan with, odd ones for the others, which are to test."""
    if given is None:
        model = error_model(scenario, network)
        return lambda seed, days: drawn(model, seed, days)
    about = _Columns(scenario, network, given.columns)
    return lambda seed, days: about.day_factors(given.factors[[seed % 2 + 2 * day for day in days]])


def read_days(path: Path, scenario: Scenario, network: Network) -> GivenDays:
    """The days in a file; raises InputError with every problem of its names, numbers and lengths."""
    (sheet, *_) = read_file(path)
    head = [str(cell or "").strip() for cell in sheet.rows[0]]
    if head[0].lower() != "scenario" or len(head) < 2:
        remedy = "Give columns such as scenario, hour, sun, load; every row begins with the name of its day"
        raise InputError([_problem(path.name, "", "does not begin with a column 'scenario'", remedy)])
    first = 2 if len(head) > 2 and head[1].lower() == "hour" else 1
    columns = tuple(head[first:])
    problems = column_problems(path.name, scenario, network, columns)
    values, names = _numbers(sheet, first, len(columns), problems)
    days = _by_day(path.name, names, values, scenario.hours, problems)
    if problems:
        raise InputError(problems[:_TOLD])
    return GivenDays(path.name, columns, days)


def column_problems(name: str, scenario: Scenario, network: Network, columns: Sequence[str]) -> list[Problem]:
    """What is wrong with the names of columns."""
    about = _Columns(scenario, network, ())
    remedy = "Name sun, load, sun BUS, load PROFILE, prosumer ID or bus BUS"
    unknown = [column for column in columns if about.place(column) is None]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    found = [_problem(name, column[:60], "is no column of days of this scenario", remedy) for column in unknown]
    return found + [_problem(name, column[:60], "stands there more than once", "Keep one") for column in twice]


def _problem(name: str, field: str, message: str, remedy: str) -> Problem:
    return Problem("days", field, (name,), message, remedy)


def _numbers(sheet: Sheet, first: int, count: int, problems: list[Problem]) -> tuple[Floats, list[str]]:
    """(rows, C) factors, and the name of each row's day."""
    rows = sheet.rows[1:]
    mark = decimal_mark((cell for row in rows for cell in row[first:] if isinstance(cell, str)), sheet.delimiter) or "."
    values = np.full((len(rows), count), np.nan)
    for at, row in enumerate(rows):
        found = [number_of(cell, mark) for cell in row[first : first + count]]
        values[at, : len(found)] = [np.nan if value is None else value for value in found]
    wrong = ~((values >= 0.0) & (values <= MOST_FACTOR))
    for at, column in np.argwhere(wrong)[:_TOLD]:
        message = f"row {sheet.numbers[at + 1]}, column {first + column + 1} is no factor from 0 to {MOST_FACTOR:g}"
        problems.append(_problem(sheet.name, "", message, "Give 1 where something is as forecast"))
    return values, [str(row[0] if row[0] is not None else "") for row in rows]


def _by_day(name: str, names: list[str], values: Floats, hours: int, problems: list[Problem]) -> Floats:
    """(N, T, C), days in the order in which their names come first."""
    places: dict[str, list[int]] = {}
    for at, day in enumerate(names):
        places.setdefault(day, []).append(at)
    unlike = [(day, len(rows)) for day, rows in places.items() if len(rows) != hours]
    for day, count in unlike[:_TOLD]:
        message = f"scenario {day[:40]} has {count} rows, the scenario {hours} steps"
        problems.append(_problem(name, "", message, "Give every day one row a step"))
    if len(places) < LEAST_DAYS:
        message = f"has {len(places)} days"
        remedy = f"Give at least {LEAST_DAYS}: every other one is to plan with, the others test the plan"
        problems.append(_problem(name, "", message, remedy))
    if unlike or problems:
        return np.zeros((0, hours, values.shape[1]))
    return np.array([values[rows] for rows in places.values()])


class _Columns:
    """What the columns of days say of the parts of a scenario."""

    def __init__(self, scenario: Scenario, network: Network, columns: Iterable[str]) -> None:
        self.classes = [item.load_profile for item in scenario.prosumers]
        self.own_classes = background_classes(scenario, network)
        self.prosumers = [item.id for item in scenario.prosumers]
        self.buses = {str(bus + 1): bus for bus in range(network.n_buses)}
        self.buses |= {name: bus for bus, name in enumerate(network.bus_ids) if name and name not in self.buses}
        places = [(place, at) for at, column in enumerate(columns) if (place := self.place(column))]
        self.places = sorted(places, key=lambda item: item[0][0])

    def place(self, column: str) -> tuple[int, Bools, Bools, Bools] | None:
        """How closely a column says it, and which buses' sun, prosumers' loads and buses' own loads it holds for; None
        where it says nothing of the scenario."""
        kind, _, what = column.partition(" ")
        sun, load, own = (np.zeros(count, dtype=np.bool_) for count in self._sizes)
        if kind not in _KINDS or (not what and kind in ("prosumer", "bus")):
            return None
        if kind == "sun" or kind == "bus":
            bus = self.buses.get(what)
            (sun if kind == "sun" else own)[:] = (np.arange(len(own)) == bus) if what else True
        else:
            load[:] = [what in (("", group) if kind == "load" else (name,)) for name, group in self._loads]
            own[:] = [kind == "load" and what in ("", group) for group in self.own_classes]
        closeness = 0 if not what else 1 if kind == "load" else 2
        return (closeness, sun, load, own) if sun.any() or load.any() or own.any() else None

    @property
    def _sizes(self) -> tuple[int, int, int]:
        return len(self.own_classes), len(self.classes), len(self.own_classes)

    @property
    def _loads(self) -> list[tuple[str, str]]:
        """(name, class) of every prosumer's fixed load."""
        return list(zip(self.prosumers, self.classes, strict=True))

    def day_factors(self, factors: Floats) -> DayFactors:
        """The days (N, T, C) as factors on every part."""
        parts = tuple(np.ones((*factors.shape[:2], size)) for size in self._sizes)
        for (_, *holds), at in self.places:
            for part, held in zip(parts, holds, strict=True):
                part[:, :, held] = factors[:, :, at, None]
        return DayFactors(*parts)
