"""Files as metering portals and spreadsheets have them, read to scenarios; energies are counted by hand."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import InputError
from p2pdnr.meters.making import Setting, tariff_of
from p2pdnr.meters.period import Choice
from p2pdnr.meters.reading import Asked, Made, from_meters
from p2pdnr.meters.readings import Reading, is_readings
from p2pdnr.meters.times import Clock, zone_of
from p2pdnr.network.readers import from_table
from p2pdnr.scenario.schema import Prosumer
from p2pdnr.sheets.reading import read_sheets
from p2pdnr.sheets.writing import workbook

PROPERTY = settings(deadline=None, derandomize=True, max_examples=8)
NETWORK = from_table(
    {
        "name": "street",
        "buses": [{"vn_kv": 0.4, "substation_voltage_pu": 1.0}]
        + [{"vn_kv": 0.4, "id": f"Box {k}", "p_kw": k} for k in range(4)],
        "lines": [{"from": k, "to": k + 1, "r_ohm": 0.01, "x_ohm": 0.01} for k in range(1, 5)],
    },
    "street",
)
ENERGY = np.array([0.1, 0.2, 0.3, 0.4] * 24)


def read(*texts: str | bytes, zone: str = "", unit: str = "", ends: bool | None = None, **asked: Any) -> Made:
    sheets = []
    for number, text in enumerate(texts):
        data = text if isinstance(text, bytes) else text.encode()
        sheets += read_sheets(data, f"file{number}.csv")
    without, places = asked.pop("without", ()), asked.pop("places", {})
    reading = Reading(Clock(zone_of(zone) if zone else None), unit, ends)
    return from_meters(sheets, NETWORK, Asked(reading, Choice(**asked), without, Setting("x.json", "ours", places)))


def kw(made: Made, home: int = 0, what: str = "load") -> np.ndarray:
    prosumer: Prosumer = made.scenario.prosumers[home]
    peak = getattr(prosumer, f"{what}_kw")
    return peak * np.array(made.scenario.profiles[getattr(prosumer, f"{what}_profile")]) if peak else np.zeros(1)


def stamps(day: str = "2025-06-23", step_min: int = 15, count: int = 96, pattern: str = "%d.%m.%Y %H:%M") -> list[str]:
    start = datetime.fromisoformat(day)
    return [(start + timedelta(minutes=step_min * k)).strftime(pattern) for k in range(count)]


def lines(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def test_a_column_for_each_home_with_decimal_commas() -> None:
    rows = [
        f"{at};{value:.3f};0,000".replace(".", ",", 0).replace("0.", "0,")
        for at, value in zip(stamps(), ENERGY, strict=True)
    ]
    made = read(lines("Zeit;Haus Ä Bezug kWh;Haus Ä Einspeisung kWh", rows))
    (home,) = made.scenario.prosumers
    assert home.id == "Haus Ä" and made.scenario.step_h == 0.25 and home.pv_kw == 0.0
    assert made.scenario.start == "2025-06-23T00:00" and made.scenario.time_zone is None
    assert made.scenario.start == f"{made.period.first}T00:00" if hasattr(made, "period") else made.scenario.start
    np.testing.assert_allclose(kw(made), 4.0 * ENERGY, atol=1e-6)
    assert "24 kWh of load" in made.notes[0]


def test_rows_for_each_meter_with_register_numbers() -> None:
    rows = [f"{at},M1,1-0:1.29.0,{value},kWh" for at, value in zip(stamps(), ENERGY, strict=True)]
    rows += [f"{at},M1,1-0:2.29.0,{2 * value},kWh" for at, value in zip(stamps(), ENERGY, strict=True)]
    rows += [f"{at},M2,1-0:1.29.0,{500},Wh" for at in stamps()]
    made = read(lines("timestamp,meter id,obis,value,unit", rows))
    assert [home.id for home in made.scenario.prosumers] == ["M1", "M2"]
    np.testing.assert_allclose(kw(made, 0), 4.0 * ENERGY, atol=1e-6)
    np.testing.assert_allclose(kw(made, 0, "pv"), 8.0 * ENERGY, atol=1e-6)
    np.testing.assert_allclose(kw(made, 1), 2.0)


def test_a_portal_with_date_from_and_to_and_a_title_above() -> None:
    clocks = stamps(pattern="%H:%M")
    rows = [f"23.06.2025;{at};{to};{value}".replace(".", ",").replace("23,06,2025", "23.06.2025")
            for at, to, value in zip(clocks, [*clocks[1:], "00:00"], ENERGY, strict=True)]  # fmt: skip
    made = read("Lastgang Kunde 4711\n\n" + lines("Datum;von;bis;Wirkarbeit (kWh)", rows))
    np.testing.assert_allclose(kw(made), 4.0 * ENERGY, atol=1e-6)
    assert made.scenario.prosumers[0].id == "file0"


def test_half_hours_with_offsets_and_costs_beside() -> None:
    begin = datetime(2025, 6, 23, tzinfo=ZoneInfo("Europe/London"))
    at = [begin + timedelta(minutes=30 * k) for k in range(49)]
    rows = [f"0.25,4.1,{here.isoformat()},{there.isoformat()}" for here, there in pairwise(at)]
    made = read(lines("Consumption (kwh), Estimated Cost Inc. Tax (p), Start, End", rows), zone="Europe/London")
    np.testing.assert_allclose(kw(made), [0.5] * 48)


def test_a_file_for_each_home_and_stamps_at_the_end_of_steps() -> None:
    rows = [f"{at},{value}" for at, value in zip([*stamps()[1:], "24.06.2025 00:00"], ENERGY, strict=True)]
    made = read(lines("time,consumption kW", rows), lines("time,pv kW", rows))
    assert [home.id for home in made.scenario.prosumers] == ["file0", "file1"]
    np.testing.assert_allclose(kw(made, 0), ENERGY, atol=1e-6)
    assert any("ends of steps" in note for note in made.notes) and made.scenario.prosumers[1].pv_kw > 0


def test_the_newest_reading_may_stand_first() -> None:
    rows = [f"{at},{value}" for at, value in zip(stamps(), ENERGY, strict=True)]
    forwards, backwards = (read(lines("time,consumption kW", order)) for order in (rows, rows[::-1]))
    assert not any("ends of steps" in note for note in backwards.notes)
    np.testing.assert_allclose(kw(backwards), kw(forwards))
    np.testing.assert_allclose(kw(backwards), ENERGY, atol=1e-6)


def test_a_counter_that_grows_and_a_workbook() -> None:
    count = 1000.0 + np.concatenate([[0.0], np.cumsum(ENERGY)])
    table = [
        ["Zeitpunkt", "Zähler 7 1.8.0 [kWh]"],
        *([at, float(value)] for at, value in zip(stamps(count=97), count, strict=True)),
    ]
    made = read(workbook({"Export": table}))
    np.testing.assert_allclose(kw(made), 4.0 * ENERGY, atol=1e-6)


def test_a_signed_column_and_a_generator_behind_the_meter() -> None:
    net = np.sin(np.arange(96)) * 2.0
    text = lines("time,A kW,B load kW,B feed-in kW,B pv kW",
                 [f"{at},{value},1,2,2.5" for at, value in zip(stamps(), net, strict=True)])  # fmt: skip
    made = read(text)
    np.testing.assert_allclose(kw(made, 0) - kw(made, 0, "pv"), net, atol=2e-6)
    np.testing.assert_allclose(kw(made, 1), 1.5)
    np.testing.assert_allclose(kw(made, 1, "pv"), 2.5)
    assert any("A: values below 0" in note for note in made.notes)


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-06-23", 24), ("2025-10-26", 25)])
def test_days_on_which_clocks_change(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp())
    shown = [datetime.fromtimestamp(begin + 900 * k, zone).strftime("%d.%m.%Y %H:%M") for k in range(4 * hours)]
    made = read(lines("time,H kW", [f"{at},{k}" for k, at in enumerate(shown)]), zone="Europe/Berlin")
    assert made.scenario.hours == 4 * hours
    np.testing.assert_allclose(kw(made), np.arange(4 * hours), atol=1e-4)


@PROPERTY
@given(st.sampled_from([5, 10, 15, 30, 60]), st.sampled_from([60, 120, 240]), st.integers(0, 9))
def test_coarser_steps_keep_the_energy(step_min: int, wanted: int, seed: int) -> None:
    values = np.random.default_rng(seed).random(1440 // step_min).round(4)
    rows = [f"{at},{value}" for at, value in zip(stamps(step_min=step_min, count=len(values)), values, strict=True)]
    made = read(lines("time,H kWh", rows), step_min=wanted)
    assert made.scenario.step_h == wanted / 60
    assert kw(made).sum() * wanted / 60 == pytest.approx(values.sum(), abs=1e-3)


def test_gaps_are_filled_or_refused() -> None:
    at = stamps()
    rows = [f"{at[k]},{k}" for k in range(96) if k not in (10, 11)]
    made = read(lines("time,H kW", rows))
    np.testing.assert_allclose(kw(made), np.arange(96), atol=1e-4)
    assert any("H (2)" in note for note in made.notes)
    with pytest.raises(InputError, match=r"2025-06-23 02:30 to 2025-06-23 03:00.*0.25 h.*--fill-gaps"):
        read(lines("time,H kW", rows), longest_gap_h=0.25)


def test_which_day() -> None:
    rows = []
    for day, scale in (("2025-06-01", 1.0), ("2025-06-02", 3.0), ("2025-06-03", -2.0)):
        rows += [f"{at},{scale}" for at in stamps(day)]
    text = lines("time,H net kW", rows[1:])  # the first day lacks a step
    found = {day: read(text, day=day) for day in ("first", "highest", "sunniest", "2025-06-01")}
    assert [made.scenario.name[-2:] for made in found.values()] == ["02", "02", "03", "01"]
    assert read(text, day="2025-06-02", days=2).scenario.hours == 192
    with pytest.raises(InputError, match="Choose one from 2025-06-01 to 2025-06-03"):
        read(text, day="2024-01-01")


def test_places_by_map_by_column_and_spread() -> None:
    rows = [f"{at},1,1,1" for at in stamps()]
    made = read(lines("time,A kW,B kW,C kW", rows), places={"a": "Box 3", "b": "2"})
    assert [home.bus for home in made.scenario.prosumers[:2]] == [5, 2]
    assert any("1 of 3 homes were spread evenly over the 3 buses with a load" in note for note in made.notes)
    long = lines("time,meter,bus,kW", [f"{at},{name},Box 1,1" for name in "AB" for at in stamps()])
    assert {home.bus for home in read(long).scenario.prosumers} == {3}
    with pytest.raises(InputError, match=r"A \(Box 9\).*is at no bus"):
        read(lines("time,A kW", [row[:-4] for row in rows]), places={"a": "Box 9"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (lines("time,H", [f"{at},1" for at in stamps()]), "H.*unit: states no unit.*--unit kWh"),
        (lines("time,H kW", [f"{at},x" for at in stamps()]), r"column H kW: is no number.*96 in all"),
        (lines("time,H kW", ["soon,1", *(f"{at},1" for at in stamps())]), r"row 2.*time: has no time stamp"),
        (
            lines("time,H kW", [f"{at},{1 + k // 96}" for k, at in enumerate([*stamps(), stamps()[3]])]),
            r"two values for the same time, first 2025-06-23 00:45: 1 in row 5 and 2 in row 98.*--zone",
        ),
        (lines("time,H kW", [f"{at},1" for at in stamps(step_min=7)]), "steps of 7 minutes"),
        (lines("time,H export kW", [f"{at},{(-1) ** k}" for k, at in enumerate(stamps())]), "is below 0"),
        (lines("time,H net kW,H load kW", [f"{at},1,1" for at in stamps()]), "has a net value and load besides"),
        (lines("time,H kW", [f"{at},2000000" for at in stamps()]), "Check the unit"),
        (lines("a,b", ["1,2"]), "has no columns of times and readings"),
        (lines("time,H kW,H kW", [f"{at},1,1" for at in stamps()]), "stands twice"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read(text)
    assert all(problem.remedy for problem in caught.value.problems)


def test_prices_by_hour_in_cents() -> None:
    (sheet,) = read_sheets(
        lines(
            "hour;buy ct/kWh;sell ct/kWh", [f"{h};{24 + h / 10:.1f};8,1".replace(".", ",") for h in range(24)]
        ).encode(),
        "t.csv",
    )
    buy, sell = tariff_of(sheet)
    assert buy[23] == pytest.approx(0.263) and sell == pytest.approx([0.081] * 24)
    (short,) = read_sheets(b"hour;buy;sell\n0;1;1\n1;1;1\n", "t.csv")
    with pytest.raises(InputError, match="24 rows"):
        tariff_of(short)


def test_a_meter_can_be_left_out() -> None:
    at = stamps()
    rows = [f"{at[k]},{k if k < 50 else ''},1" for k in range(96)]
    with pytest.raises(InputError, match=r"meter H, .*--without"):
        read(lines("time,H kW,G kW", rows))
    assert [home.id for home in read(lines("time,H kW,G kW", rows), without=("h",)).scenario.prosumers] == ["G"]


def test_a_net_value_beside_the_generation_gives_the_load() -> None:
    made = read(lines("time,H net kW,H pv kW", [f"{at},-1,3" for at in stamps()]))
    home = made.scenario.prosumers[0]
    assert (home.load_kw, home.pv_kw) == (2.0, 3.0)
    assert not any("surplus" in note for note in made.notes)


def test_energies_that_never_fall_over_a_day_are_a_counter_and_that_is_told() -> None:
    rows = [f"{at},{0.5 * step}" for step, at in enumerate([*stamps(), "24.06.2025 00:00"])]
    made = read(lines("time,H consumption kWh", rows))
    assert made.scenario.prosumers[0].load_kw == pytest.approx(2.0), "half a kWh a quarter hour"
    assert any("only grows" in note for note in made.notes)


def test_columns_of_texts_are_left_out_and_that_is_told() -> None:
    made = read(lines("time,plan,H kW", [f"{at},Std,2" for at in stamps()]))
    assert [one.id for one in made.scenario.prosumers] == ["H"]
    assert any("columns that hold no number: plan" in note for note in made.notes)


def test_days_as_spreadsheets_count_them() -> None:
    values = [f"{energy:.1f}" for energy in ENERGY]
    written = read(lines("Zeitstempel;Haus 1 [kWh]", [f"{at};{v}" for at, v in zip(stamps(), values, strict=True)]))
    counted = [45831.0 + step / 96.0 for step in range(96)]
    rows = [f"{at:.5f};{value}".replace(".", ",") for at, value in zip(counted, values, strict=True)]
    comma = read(lines("Zeitstempel;Haus 1 [kWh]", rows))
    book = read(workbook({"Z": [("Zeitstempel", "Haus 1 [kWh]"), *zip(counted, ENERGY.tolist(), strict=True)]}))
    for found in (comma, book):
        np.testing.assert_allclose(kw(found), kw(written))
        assert found.scenario.start == written.scenario.start
        assert any("days as spreadsheets count them" in note for note in found.notes)
    assert not any("days as spreadsheets" in note for note in written.notes)


def test_whole_numbers_alone_are_no_times_of_readings() -> None:
    (sheet,) = read_sheets(b"start;ende;r\n45831;45832;1\n45832;45833;1\n", "lines.csv")
    assert not is_readings(sheet)


@pytest.mark.parametrize("number_format", ["22", "14", "dd.mm.yyyy\\ hh:mm", "[$-407]ddd\\ dd/mm/yyyy\\ hh:mm;@"])
@pytest.mark.parametrize("old", [False, True])
def test_cells_that_a_spreadsheet_program_styled_as_dates(number_format: str, old: bool) -> None:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    number = number_format if number_format.isdecimal() else "164"
    own = f'<numFmts><numFmt numFmtId="164" formatCode="{number_format}"/></numFmts>' if number == "164" else ""
    first = 45831 - (1462 if old else 0)
    rows = "".join(
        f'<row><c s="1"><v>{first + step / 96!r}</v></c><c><v>{energy}</v></c></row>'
        for step, energy in enumerate(ENERGY.tolist())
    )
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("Zeitstempel", "Haus 1 [kWh]"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        properties = '<workbookPr date1904="1"/>' if old else ""
        sheets = '<sheets><sheet name="S" sheetId="1"/></sheets>'
        made.writestr("xl/workbook.xml", f"<workbook {main}>{properties}{sheets}</workbook>")
        styles = f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs>'
        made.writestr("xl/styles.xml", f"<styleSheet {main}>{own}{styles}</styleSheet>")
        cells = f"<sheetData><row>{names}</row>{rows}</sheetData>"
        made.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}>{cells}</worksheet>")
    found = read(stream.getvalue())
    np.testing.assert_allclose(kw(found), 4.0 * ENERGY)
    assert str(found.scenario.start).startswith("2025-06-23")


def test_readings_that_stand_twice_with_the_same_value_are_one_and_that_is_told() -> None:
    rows = [f"{at},{k}" for k, at in enumerate(stamps())]
    made = read(lines("time,H kW", [*rows, *rows[:5]]), zone="Europe/Berlin")
    np.testing.assert_allclose(kw(made), np.arange(96), atol=1e-4)
    assert any("stand twice with the same value count once: H (5)" in note for note in made.notes)
    empty = read(lines("time,H kW", [*rows, f"{stamps()[7]},"]))
    np.testing.assert_allclose(kw(empty), np.arange(96), atol=1e-4)


def test_two_values_for_the_same_time_are_named_and_no_zone_is_asked_for_that_was_given() -> None:
    rows = [f"{at},{k}" for k, at in enumerate(stamps())]
    with pytest.raises(InputError, match=r"2 in row 4 and 9 in row 98; 3 in row 5 and 8 in row 99\b") as caught:
        read(lines("time,H kW", [*rows, f"{stamps()[2]},9", f"{stamps()[3]},8"]), zone="Europe/Berlin")
    (problem,) = caught.value.problems
    assert problem.remedy == "Keep one of each"


def test_rows_written_twice_on_the_day_that_has_an_hour_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = int(datetime(2025, 10, 26, tzinfo=zone).timestamp())
    shown = [datetime.fromtimestamp(begin + 900 * k, zone).strftime("%d.%m.%Y %H:%M") for k in range(100)]
    doubled = [f"{at},{k}" for k, at in enumerate(shown) for _ in range(2)]
    for order in (doubled, doubled[::-1]):
        made = read(lines("time,H kW", order), zone="Europe/Berlin")
        np.testing.assert_allclose(kw(made), np.arange(100), atol=1e-4)
