"""Which column of a table of readings is what."""

from __future__ import annotations

import pytest

from p2pdnr.meters.columns import Layout, layout_of
from p2pdnr.sheets.text import read_text


def layout(*names: str) -> Layout:
    found = layout_of(read_text((";".join(names) + "\n" + ";".join("1" for _ in names)).encode(), "x.csv"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("header", "meter", "role", "unit", "counter"),
    [
        ("Home 03 export kWh", "Home 03", "feed", "kwh", False),
        ("Haus 12 Bezug [kW]", "Haus 12", "load", "kw", False),
        ("net_W_house7", "house7", "net", "w", False),
        ("1EMH0011 1-0:1.29.0 kWh", "1EMH0011", "load", "kwh", False),
        ("1EMH0011 2.8.0 (kWh)", "1EMH0011", "feed", "kwh", True),
        ("Consumption (kwh)", "", "load", "kwh", False),
        ("Gemessener Verbrauch (kWh)", "Gemessener", "load", "kwh", False),
        ("Zählerstand [kWh]", "", None, "kwh", True),
        ("Value", "", None, "", False),
        ("Bäckerei PV-Erzeugung kW", "Bäckerei", "pv", "kw", False),
        ("H1", "H1", None, "", False),
    ],
)
def test_names_of_value_columns(header: str, meter: str, role: str | None, unit: str, counter: bool) -> None:
    (column,) = layout("Zeitstempel", header).values
    assert (column.meter, column.role, column.unit, column.counter) == (meter, role, unit, counter)


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("Datum", "Uhrzeit", "kWh"), {"date", "clock"}),
        (("Datum", "von", "bis", "Verbrauch kWh"), {"date", "clock", "end"}),
        (("date", "time", "load kW"), {"date", "clock"}),
        (("timestamp", "meter id", "obis", "value", "unit"), {"stamp", "meter", "kind", "unit"}),
        (("Consumption (kwh)", "Start", "End"), {"stamp", "end"}),
        (("DATE", "START TIME", "END TIME", "USAGE", "UNITS", "COST", "NOTES"), {"date", "clock", "end", "unit"}),
    ],
)
def test_columns_that_are_no_values(names: tuple[str, ...], places: set[str]) -> None:
    found = layout(*names)
    assert found.places.keys() == places and len(found.values) == 1


def test_a_table_without_a_time_is_none() -> None:
    assert layout_of(read_text(b"a;b\n1;2\n", "x.csv")) is None
