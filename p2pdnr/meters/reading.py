"""From files of readings to a scenario: everything in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters import homes, making, period, readings
from p2pdnr.meters.typical import TypicalDay, typical_days
from p2pdnr.network.arrays import Network
from p2pdnr.scenario.schema import Scenario
from p2pdnr.sheets.columns import fold
from p2pdnr.sheets.sheet import Sheet


@dataclass(frozen=True)
class Asked:
    """How files are read, which days are taken, which meters are left out, and what readings do not say."""

    reading: readings.Reading
    choice: period.Choice
    without: tuple[str, ...]
    setting: making.Setting


@dataclass(frozen=True)
class Made:
    """A scenario, and in words what became of the readings."""

    scenario: Scenario
    notes: tuple[str, ...]


def typical(sheets: Sequence[Sheet], asked: Asked, count: int) -> tuple[TypicalDay, ...]:
    """Typical days of tables of readings; raises InputError with every problem of the first stage that has any."""
    series, _ = _series(sheets, asked)
    return typical_days(series, count, asked.reading.clock)


def from_meters(sheets: Sequence[Sheet], network: Network, asked: Asked) -> Made:
    """The scenario of tables of readings on a network; raises InputError with every problem of the first stage that
    has any."""
    clock = asked.reading.clock
    series, read_notes = _series(sheets, asked)
    days = period.chosen(series, asked.choice, clock)
    found, home_notes = homes.homes_of(period.filled(series, days, asked.choice, clock))
    scenario, place_notes = making.scenario_of(found, days, clock, network, asked.setting)
    homes_read = f"{len(found)} home{'s' if len(found) != 1 else ''}"
    steps = f"{homes_read}, {len(days.begins)} steps of {days.step_s // 60} minutes from {days.first}"
    used = sum(float(home.load_kw.sum()) for home in found) * days.step_s / 3600.0
    given = sum(float(home.pv_kw.sum()) for home in found) * days.step_s / 3600.0
    said = f"{steps}; {used:,.6g} kWh of load, {given:,.6g} kWh of PV or feed-in"
    notes = (said, *read_notes, *home_notes, *place_notes)
    return Made(scenario.model_copy(update={"description": ". ".join(notes)[:9_000] + "."}), notes)


def _series(sheets: Sequence[Sheet], asked: Asked) -> tuple[list[readings.Series], Sequence[str]]:
    """Every meter's readings but those left out, and what was decided while they were read."""
    series, notes = readings.read(sheets, asked.reading)
    series = [one for one in series if fold(one.meter) not in {fold(name) for name in asked.without}]
    if problems := [problem for one in series for problem in readings.regular(one)]:
        raise InputError(readings.grouped(problems))
    if not series:
        raise InputError([Problem("meters", "", (), "are none that could be read", "Give a table of readings")])
    return series, notes
