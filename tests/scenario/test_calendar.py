"""Time stamps of a scenario's steps: real hours on the clock of a zone, and starts that are none."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.calendar import time_stamps
from tests.scenario.documents import minimal


def stamps(hours: int = 2, **fields: object) -> list[str] | None:
    values = [1.0] * hours
    tariff = {"buy_eur_per_kwh": 0.3, "sell_eur_per_kwh": 0.1}
    return time_stamps(document.from_dict(minimal(profiles={"load": values}, tariff=tariff, **fields)))


def test_a_day_in_particular_is_no_must() -> None:
    assert stamps() is None


def test_a_clock_without_a_zone_goes_through() -> None:
    assert stamps(start="2026-03-29T01:00") == ["2026-03-29T01:00", "2026-03-29T02:00"]
    assert stamps(start="2026-06-21", step_h=0.25) == ["2026-06-21T00:00", "2026-06-21T00:15"]


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-03-29T01:00", ["01:00+01:00", "03:00+02:00", "04:00+02:00"]),
        ("2026-10-25T01:00", ["01:00+02:00", "02:00+02:00", "02:00+01:00"]),
    ],
)
def test_where_clocks_change_steps_stay_of_one_length(day: str, told: list[str]) -> None:
    found = stamps(3, start=day, time_zone="Europe/Berlin")
    assert found is not None and [stamp[11:] for stamp in found] == told
    moments = [datetime.fromisoformat(stamp) for stamp in found]
    assert [(b - a).total_seconds() for a, b in pairwise(moments)] == [3600.0, 3600.0]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"start": "tomorrow"}, "start", "no date and time"),
        ({"start": "2026-02-30T00:00"}, "start", "no date and time"),
        ({"start": "2026-06-21T00:00+02:00"}, "start", "offset of its own"),
        ({"start": "0026-06-21T00:00"}, "start", "nobody plans"),
        ({"start": "2026-03-29T02:30", "time_zone": "Europe/Berlin"}, "start", "does not exist there"),
        ({"start": "2026-06-21T00:00", "time_zone": "Europe/Atlantis"}, "time_zone", "no time zone"),
        ({"start": "2026-06-21T00:00", "time_zone": "../../etc/passwd"}, "time_zone", "no time zone"),
        ({"time_zone": "Europe/Berlin"}, "time_zone", "without a start"),
    ],
)
def test_starts_that_are_none(fields: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        stamps(**fields)
    assert [problem.field for problem in caught.value.problems] == [field]
