"""Tables of readings as programs and people leave them: the right energy, or a refusal by row and column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2pdnr.errors import InputError
from p2pdnr.meters import readings
from p2pdnr.meters.making import Setting
from p2pdnr.meters.period import Choice
from p2pdnr.meters.reading import Asked, Made, from_meters
from p2pdnr.meters.readings import Reading
from p2pdnr.meters.times import Clock, zone_of
from p2pdnr.network.readers import from_table
from p2pdnr.sheets.reading import read_sheets
from p2pdnr.sheets.writing import workbook

BERLIN = ZoneInfo("Europe/Berlin")
NETWORK = from_table(
    {
        "name": "street",
        "buses": [{"vn_kv": 0.4, "substation_voltage_pu": 1.0}, *({"vn_kv": 0.4, "p_kw": 1} for _ in range(3))],
        "lines": [{"from": k, "to": k + 1, "r_ohm": 0.01, "x_ohm": 0.01} for k in range(1, 4)],
    },
    "street",
)
KWH = [0.1, 0.2, 0.3, 0.4] * 24
"""Of quarter hours: 24 kWh a day."""


def read(data: str | bytes) -> Made:
    """The day in a file, read by the clock of Berlin."""
    sheets = read_sheets(data if isinstance(data, bytes) else data.encode(), "file.csv")
    return from_meters(sheets, NETWORK, Asked(Reading(Clock(BERLIN)), Choice(), (), Setting("x.json", "ours", {})))


def energies(made: Made) -> dict[str, tuple[float, float]]:
    """kWh of load and of PV or feed-in by home."""
    step, shapes = made.scenario.step_h, made.scenario.profiles

    def kwh(peak_kw: float, profile: str | None) -> float:
        return round(step * peak_kw * sum(shapes[profile]), 3) if peak_kw and profile else 0.0

    return {
        home.id: (kwh(home.load_kw, home.load_profile), kwh(home.pv_kw, home.pv_profile))
        for home in made.scenario.prosumers
    }


def stamps(pattern: str = "%d.%m.%Y %H:%M", first: str = "2025-06-23", count: int = 96) -> list[str]:
    begin = datetime.fromisoformat(first)
    return [(begin + timedelta(minutes=15 * step)).strftime(pattern) for step in range(count)]


def german(value: float, decimals: int = 3) -> str:
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def lines(*parts: str | list[str]) -> str:
    return "".join(f"{row}\n" for part in parts for row in ([part] if isinstance(part, str) else part))


def columns(row: str, pattern: str = "%d.%m.%Y %H:%M", values: list[float] | None = None) -> list[str]:
    """A row for each quarter hour; ``row`` has places for the time {t} and the value, as {v} or in German as {g}."""
    values = KWH if values is None else values
    times = stamps(pattern, count=len(values))
    return [row.format(t=at, v=round(value, 6), g=german(value)) for at, value in zip(times, values, strict=True)]


def clock_rows(day: str, hours: int) -> Iterator[str]:
    """A quarter of a kWh in each quarter hour of a day by the wall clock."""
    begin = int(datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp())
    for step in range(4 * hours):
        yield f"{datetime.fromtimestamp(begin + 900 * step, BERLIN):%d.%m.%Y %H:%M};0,25"


COUNT = (10_000.0 + np.concatenate([[0.0], np.cumsum(KWH)])).tolist()
MERGED = [[at, energy, 0.0, 2 * energy, 0.1] for at, energy in zip(stamps(), KWH, strict=True)]
PARTS = ["Bezug kWh", "Einspeisung kWh"] * 2
READ: dict[str, tuple[str | bytes, dict[str, tuple[float, float]]]] = {
    "date and time apart": (
        lines("Datum;Uhrzeit;Lastgang [kWh]", [row.replace(" ", ";", 1) for row in columns("{t};{g}")]),
        {"file": (24, 0)},
    ),
    "draw and feed-in": (
        lines("Zeitstempel;Bezug (kWh);Einspeisung (kWh)", columns("{t};{g};0,05")),
        {"file": (24, 4.8)},
    ),
    "names in merged cells above": (
        workbook({"S": [[None, "Haus 1", None, "Haus 2", None], ["Zeit", *PARTS], *MERGED]}),
        {"Haus 1": (24, 0), "Haus 2": (48, 9.6)},
    ),
    "directions below merged cells": (
        workbook({"S": [["Zeit", "Haus 1", None, "Haus 2", None], [None, *PARTS], *MERGED]}),
        {"Haus 1": (24, 0), "Haus 2": (48, 9.6)},
    ),
    "a row of units": (
        lines("Zeit;Haus 1;Haus 2", ";[kWh];[Wh]", columns("{t};{g};1000")),
        {"Haus 1": (24, 0), "Haus 2": (96, 0)},
    ),
    "a row of units with the form of the time": (
        lines("Zeit;Haus 1", "tt.mm.jjjj hh:mm;kWh", columns("{t};{g}")),
        {"Haus 1": (24, 0)},
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + lines("Zeit;H kWh", columns("{t};{g}")).encode(), {"H": (24, 0)}),
    "UTF-16 and tabs": (lines("Zeit\tH kWh", columns("{t}\t{g}")).encode("utf-16"), {"H": (24, 0)}),
    "UTF-16 without a mark": (lines("Zeit\tHaus kWh", columns("{t}\t{g}")).encode("utf-16-le"), {"Haus": (24, 0)}),
    "an old Windows program": (
        lines("Zeit;Häuser Verbrauch Wh", columns("{t};250")).encode("cp1252"),
        {"Häuser": (24, 0)},
    ),
    "thousands with a point": (
        lines("Zeit;H Wh", [f"{at};{german(1000 * v + 1500, 1)}" for at, v in zip(stamps(), KWH, strict=True)]),
        {"H": (168, 0)},
    ),
    "thousands with a comma": (
        lines("time,H Wh", [f'{at},"{1000 * v + 1500:,.0f}"' for at, v in zip(stamps(), KWH, strict=True)]),
        {"H": (168, 0)},
    ),
    "thousands with an apostrophe": (lines("Zeit;H Wh", columns("{t};1'000")), {"H": (96, 0)}),
    "percents beside": (lines("Zeit;Auslastung %;H kW", columns("{t};50 %;{g}")), {"H": (6, 0)}),
    "empty rows": (
        lines("Zeit;H kWh", [part for row in columns("{t};{g}") for part in (row, ";", "")]),
        {"H": (24, 0)},
    ),
    "a sum and notes below": (
        lines("Zeit;H kWh", columns("{t};{g}"), "Summe;24,0", "", "Hinweis: vorläufige Werte", "Stand 31.12.2025"),
        {"H": (24, 0)},
    ),
    "a sum without a name below": (lines("Zeit;H kWh", columns("{t};{g}"), ";24,0"), {"H": (24, 0)}),
    "sums between": (lines("Zeit;H kWh", "Tagessumme;24,0", columns("{t};{g}")), {"H": (24, 0)}),
    "a column of sums": (lines("Zeit;A kWh;B kWh;Summe kWh", columns("{t};{g};1;2")), {"A": (24, 0), "B": (96, 0)}),
    "rows of a sum": (
        lines("time,meter,kWh", columns("{t},A,{v}"), columns("{t},B,1"), columns("{t},Total,2")),
        {"A": (24, 0), "B": (96, 0)},
    ),
    "UTC": (
        lines("time,H kWh", [f"{at},0.25" for at in stamps("%Y-%m-%dT%H:%M:%SZ", "2025-06-22T22:00")]),
        {"H": (24, 0)},
    ),
    "ends of steps on New Year's Eve": (
        lines("Zeit;H kWh", [f"{at};0,25" for at in stamps(first="2025-12-31T00:15")]),
        {"H": (24, 0)},
    ),
    "24:00": (lines("Zeit;H kWh", [f"{at};0,25" for at in [*stamps()[1:], "23.06.2025 24:00"]]), {"H": (24, 0)}),
    "months first and halves of days": (lines("time,H kWh", columns("{t},{v}", "%m/%d/%Y %I:%M %p")), {"H": (24, 0)}),
    "weekdays": (lines("Zeit;H kWh", columns("Mo, {t};{g}")), {"H": (24, 0)}),
    "months by name": (lines("time,H kWh", columns("{t},{v}", "%d-%b-%Y %H:%M")), {"H": (24, 0)}),
    "months by German name": (lines("Zeit;H kWh", columns("{t};{g}", "%d. Juni %Y %H:%M")), {"H": (24, 0)}),
    "stamps of digits": (lines("time,H kWh", columns("{t},{v}", "%Y%m%d%H%M")), {"H": (24, 0)}),
    "dates of digits": (lines("Datum;Zeit;H kWh", columns("{t};{g}", "%Y%m%d;%H:%M")), {"H": (24, 0)}),
    "units behind numbers": (lines("Zeit;H", columns("{t};{g} kWh")), {"H": (24, 0)}),
    "feed-in below zero": (lines("Zeit;Bezug kWh;Einspeisung kWh", columns("{t};{g};-{g}")), {"file": (24, 24)}),
    "net values": (lines("Zeit;H Saldo kWh", columns("{t};{g}", values=[0.5, -0.25] * 48)), {"H": (24, 12)}),
    "a counter": (lines("Zeit;1.8.0 [kWh]", columns("{t};{g}", values=COUNT)), {"file": (24, 0)}),
    "a counter, the newest first": (lines("Zeit;H kWh", columns("{t};{g}", values=COUNT)[::-1]), {"H": (24, 0)}),
    "a day of 23 hours": (lines("Zeit;H kWh", list(clock_rows("2025-03-30", 23))), {"H": (23, 0)}),
    "a day of 25 hours": (lines("Zeit;H kWh", list(clock_rows("2025-10-26", 25))), {"H": (25, 0)}),
    "a day of 25 hours with letters": (
        lines(
            "Zeit;H kWh",
            [row.replace(" 02:", f" 2{'AB'[place >= 12]}:") for place, row in enumerate(clock_rows("2025-10-26", 25))],
        ),
        {"H": (25, 0)},
    ),
    "a day of 25 hours, the newest first": (
        lines("Zeit;H kWh", list(clock_rows("2025-10-26", 25))[::-1]),
        {"H": (25, 0)},
    ),
    "a network operator's export": (
        lines(
            "Zählpunkt;OBIS;Von;Bis;Wert;Einheit",
            columns("DE1;1-1:1.29.0;{t};;{g};kWh"),
            columns("DE1;1-1:2.29.0;{t};;50;Wh"),
        ),
        {"DE1": (24, 4.8)},
    ),
}
REFUSED: dict[str, tuple[str, str]] = {
    "thousands or decimals": (
        lines("Zeit;H Wh", columns("{t};2.000")),
        r"file.csv row 2 column H Wh: .* 2.000 is 2000 or a thousandth",
    ),
    "percents": (lines("Zeit;H", columns("{t};50 %")), r"row 2 column H: has the unit '%'"),
    "another unit behind numbers": (
        lines("Zeit;H kWh", columns("{t};250 Wh")),
        r"row 2 column H kWh: has the unit 'Wh'",
    ),
    "two units of a meter": (
        lines(
            "time;meter;value;unit",
            columns("{t};M;{g};kWh", values=KWH[:48]),
            columns("{t};M;9;Wh", "%d.%m.2026 %H:%M"),
        ),
        "meter M unit: has readings in kwh and wh",
    ),
    "two columns alike": (lines("Zeit;H kWh;H kWh", columns("{t};{g};{g}")), "column H kWh: stands twice"),
    "both signs in feed-in": (
        lines("Zeit;H Einspeisung kWh", columns("{t};{g}", values=[0.5, -0.25] * 48)),
        "is below 0",
    ),
    "hours with letters": (
        lines("Zeit;H kWh", "26.10.2025 5A:00;0,1", columns("{t};{g}")),
        r"row 2 time: has no time stamp",
    ),
    "a row of names alone": (lines("time,H kWh", []), r"has no readings. Give those of a whole day"),
    "one reading": (lines("time,H kWh", "2025-06-23 00:00,1"), "has 1 reading. Give"),
    "letters in an odd hour": (
        lines("Zeit;H kWh", "26.10.2025 2C:00;0,1", columns("{t};{g}")),
        r"row 2 time: has no time stamp",
    ),
    "seconds beside steps": (lines("Zeit;H kWh", columns("{t};{g}", "%d.%m.%Y %H:%M:07")), r"2025-06-22 22:00:07"),
    "a word among numbers": (
        lines("Zeit;H kWh", columns("{t};{g}"), "24.06.2025 00:00;defekt"),
        r"row 98 column H kWh: is no number",
    ),
    "truths among numbers": (
        str(columns("{t}")[0]).join(["Zeit;H kWh\n", ";wahr\n", ";1\n"]),
        r"column H kWh",
    ),
}


@pytest.mark.parametrize("case", READ)
def test_a_table_is_read_with_its_energy(case: str) -> None:
    data, wanted = READ[case]
    found = energies(read(data))
    assert found.keys() == wanted.keys()
    for home, (load, fed) in wanted.items():
        assert found[home] == pytest.approx((load, fed), abs=2e-3)


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_is_refused_by_place_with_a_remedy(case: str) -> None:
    data, told = REFUSED[case]
    with pytest.raises(InputError, match=told) as caught:
        read(data)
    assert all(problem.remedy for problem in caught.value.problems)


def test_what_was_left_out_is_told() -> None:
    for case, told in (("a sum and notes below", "row 98 (Summe)"), ("a column of sums", "sums of the others: Summe"),
                       ("feed-in below zero", "all values stand below 0")):  # fmt: skip
        assert any(told in note for note in read(READ[case][0]).notes)


@pytest.mark.parametrize(("zone", "refused"), [("Europe/Berlin", False), ("America/Chicago", True), ("", True)])
def test_dates_that_read_both_ways_are_told_or_refused(zone: str, refused: bool) -> None:
    rows = lines("time,H kWh", columns("06/07/2025 {t},{v}", "%H:%M"))
    sheets = read_sheets(rows.encode(), "file.csv")
    how = Reading(Clock(zone_of(zone) if zone else None))
    if refused:
        with pytest.raises(InputError, match="has dates that are 2025-07-06 or 2025-06-07"):
            readings.read(sheets, how)
    else:
        assert any("taken day first: 2025-07-06 and not 2025-06-07" in note for note in readings.read(sheets, how)[1])
