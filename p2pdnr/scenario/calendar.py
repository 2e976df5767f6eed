"""When the steps of a scenario begin, where it says when it starts: real hours, on the clock of its zone.

Where clocks change within the horizon, steps stay of one length: an hour is told twice in autumn and left out in
spring, told apart by their offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from p2pdnr.errors import Problem
from p2pdnr.scenario.schema import Scenario

_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def time_stamps(scenario: Scenario) -> list[str] | None:
    """ISO 8601 stamps (T,) of the steps' beginnings, with the offset where the scenario has a zone; None where it says
    no start."""
    if scenario.start is None:
        return None
    zone = None if scenario.time_zone is None else ZoneInfo(scenario.time_zone)
    start = datetime.fromisoformat(scenario.start).replace(tzinfo=zone)
    return [_later(start, step * scenario.step_h).isoformat(timespec="minutes") for step in range(scenario.hours)]


def _later(start: datetime, hours: float) -> datetime:
    """``hours`` of real time later, on the same clock."""
    gone = timedelta(seconds=round(3600 * hours))
    return start + gone if start.tzinfo is None else (start.astimezone(UTC) + gone).astimezone(start.tzinfo)


def calendar_problems(root: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with ``start`` and ``time_zone`` of a scenario document."""
    start, name = root.get("start"), root.get("time_zone")
    problems, zone = list[Problem](), None
    if isinstance(name, str) and name:
        zone = _zone(name)
        if zone is None:
            remedy = "Write a name such as Europe/Berlin or UTC"
            problems.append(Problem("scenario", "time_zone", (name[:60],), "is no time zone known here", remedy))
        if start is None:
            remedy = "Give start as well, such as 2026-06-21T00:00, or leave the zone out"
            problems.append(Problem("scenario", "time_zone", (name[:60],), "stands without a start", remedy))
    if isinstance(start, str):
        problems += _start_problems(start, zone)
    return problems


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _start_problems(text: str, zone: tzinfo | None) -> list[Problem]:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        remedy = "Write it like 2026-06-21T00:00"
        return [Problem("scenario", "start", (text[:60],), "is no date and time", remedy)]
    if start.tzinfo is not None:
        remedy = "Leave the offset out, and name the place's zone in time_zone, such as Europe/Berlin"
        return [Problem("scenario", "start", (text[:60],), "has an offset of its own", remedy)]
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        remedy = f"Give a date from {_FIRST_YEAR} to {_LAST_YEAR}"
        return [Problem("scenario", "start", (text[:60],), "is a year that nobody plans for", remedy)]
    if zone is not None and start.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != start:
        remedy = "Start an hour later"
        return [Problem("scenario", "start", (text[:60],), "does not exist there: clocks go forward", remedy)]
    return []
