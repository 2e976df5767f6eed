"""Time stamps in their spellings, and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import InputError
from p2pdnr.meters.times import Clock, moment, seconds_of, zone_of
from p2pdnr.sheets.sheet import Cell

PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)
NOON = datetime(2025, 6, 5, 12, 15)


@pytest.mark.parametrize(
    ("text", "clock"),
    [("2025-06-05 12:15", None), ("2025-06-05T12:15:00", None), ("05.06.2025 12:15", None), ("5.6.25 12:15:00", None),
     ("05/06/2025 12:15", None), ("5/6/2025 12:15 PM", None), ("05.06.2025", "12:15"), ("2025-06-05", "12:15 - 12:30"),
     (datetime(2025, 6, 5, 12, 14, 59, 999_000), None), (datetime(2025, 6, 5), 0.510416666667),
     (datetime(2025, 6, 5), datetime(1899, 12, 30, 12, 15)), ("5.6.2025, 12:15:00.000", None),
     ("45813.5104", None), ("45813,510416667", None), (45813.510416666664, None), ("45813", "0,51041667"),
     (45813.0, 0.51041667), ("45813", "12:15")],
)  # fmt: skip
def test_a_stamp_in_its_spellings(text: Cell, clock: Cell) -> None:
    assert moment(text, clock) == NOON


def test_stamps_with_a_zone_seconds_and_the_end_of_a_day() -> None:
    utc = NOON.replace(tzinfo=UTC)
    for text in ("2025-06-05T12:15:00Z", "2025-06-05 14:15 CEST", "2025-06-05T14:15:00+02:00", "05.06.2025 13:15 MEZ"):
        assert moment(text) == utc
    assert moment(float(utc.timestamp())) == moment(str(int(utc.timestamp()))) == utc
    assert moment(1000.0 * utc.timestamp()) == utc
    assert moment("05.06.2025 24:00") == datetime(2025, 6, 6) == moment("05.06.2025", "24:00")
    assert moment("06/05/2025 12:15", day_first=False) == NOON


@pytest.mark.parametrize(
    "cell",
    [
        "31.02.2025 00:00",
        "12:15",
        "25:00",
        "2025-06-05 25:00",
        "soon",
        True,
        12.0,
        "12,5",
        25_568.0,
        "25568,9",
        "123456.5",
        None,
        1e300,
        "01.01.0001 00:00",
        "31.12.9999 24:00",
        datetime.max,
    ],
)
def test_what_is_no_stamp(cell: Cell) -> None:
    assert moment(cell) is None


@PROPERTY
@given(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Sydney", "UTC", "+05:30"]), st.integers(0, 364))
def test_rows_in_order_come_back_on_every_day_of_a_year(name: str, day: int) -> None:
    zone = zone_of(name)
    start = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) + 86_400 * day
    true = [start + 900 * step for step in range(96 * 2)]
    shown = [datetime.fromtimestamp(at, zone).replace(tzinfo=None) for at in true]
    assert seconds_of(shown, Clock(zone)) == true
    assert [Clock(zone).local(at) for at in true] == shown


def test_the_hour_that_spring_leaves_out_does_not_exist() -> None:
    clock = Clock(zone_of("Europe/Berlin"))
    assert seconds_of([datetime(2025, 3, 30, 2, 15)], clock) == [None]
    day = datetime(2025, 3, 30).date()
    assert clock.midnight(day + timedelta(days=1)) - clock.midnight(day) == 23 * 3600


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InputError, match="Europe/Berlin"):
        zone_of("Berlin/Mitte")
