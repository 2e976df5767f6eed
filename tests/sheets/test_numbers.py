"""Numbers in the spellings of different countries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.sheets.numbers import decimal_mark, read_number, unit_behind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,206", 0.206),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1 234,5", 1234.5),
        ("1'234.5", 1234.5),
        ("-3,5 kW", -3.5),
        ("\u22125,2", -5.2),
        ("5e-3", 0.005),
        ("1,5e3", 1500.0),
        (".5", 0.5),
        ("12.05.2024", None),
        ("12 5", None),
        ("abc", None),
        ("", None),
        ("1e400", None),
    ],
)
def test_a_number_alone(text: str, value: float | None) -> None:
    assert read_number(text, decimal_mark([text], ";") or ".") == value


def test_the_mark_is_decided_for_a_whole_column() -> None:
    assert decimal_mark(["1,234", "0,5"], ",") == ","
    assert decimal_mark(["1,234", "1,234.5"], ";") == "."
    assert decimal_mark(["1,234", "2,345"], ";") == ","
    assert decimal_mark(["1,234", "2,345"], ",") == "."
    assert decimal_mark(["1,234"]) is None
    assert decimal_mark(["12", "x"], ";") == "."


def test_a_unit_behind_a_number() -> None:
    assert unit_behind("529 m") == "m" and unit_behind("3") == "" and unit_behind("m") == ""


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 3)))
def test_what_germans_write_comes_back(value: float) -> None:
    text = f"{value:,.3f}".translate(str.maketrans(",.", ".,"))
    assert read_number(text, ",") == pytest.approx(value, abs=1e-9)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_none(text: str) -> None:
    assert read_number(text, decimal_mark([text], ";") or ".") is None or any(one.isdigit() for one in text)
