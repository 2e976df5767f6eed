"""Columns found by what people call them."""

from __future__ import annotations

import pytest

from p2pdnr.sheets.columns import Kind, Table, find, table, twice
from p2pdnr.sheets.text import read_text

KINDS = (
    Kind("r", ("r", "resistance"), {"ohm": 1.0, "ohmkm": 1.0}),
    Kind("length", ("length", "laenge", "km"), {"km": 1.0, "m": 0.001}),
    Kind("name", ("name", "id")),
)


@pytest.mark.parametrize(
    ("header", "key", "unit"),
    [("R [\u03a9/km]", "r", "ohmkm"), ("R_ohm_per_km", "r", "ohmkm"), ("r in Ohm", "r", "ohm"), ("km", "length", "km"),
     ("L\u00e4nge (m)", "length", "m"), ("lengthm", "length", "m"), ("Length", "length", ""), ("ID", "name", "")],
)  # fmt: skip
def test_names_and_units(header: str, key: str, unit: str) -> None:
    found = find(header, KINDS)
    assert found is not None and (found[0].key, found[1]) == (key, unit)


def test_what_is_no_known_name() -> None:
    assert find("Colour", KINDS) is None and find("Length (furlong)", KINDS) is None


def read(text: str) -> Table:
    found = table(read_text(text.encode(), "x.csv"), KINDS)
    assert found is not None
    return found


def test_titles_above_units_below_and_units_behind() -> None:
    found = read("Our grid;;\nName;Length;R\n;[m];[Ohm/km]\nA;500;0,5\nB;1,5 km;0,25\n")
    assert [found.number(row, "length") for row in (0, 1)] == pytest.approx([0.5, 1.5])
    assert [found.number(row, "r") for row in (0, 1)] == [0.5, 0.25] and found.numbers == (4, 5)


def test_a_number_without_a_unit_is_refused() -> None:
    found = read("name,length\nA,5\nB,6 furlong\nC,x\nD,\n")
    for row, told in ((0, "states no unit"), (1, "furlong"), (2, "is no number")):
        with pytest.raises(ValueError, match=told):
            found.number(row, "length")
    assert found.number(3, "length") is None and found.row(0, "A") == "row 2 (A)"


def test_columns_nobody_knows_are_told() -> None:
    assert read("name,length_m,colour\nA,5,red\n").unknown == ("colour",)
    assert [*twice(["a", "b", "a"])] == ["a"]
