"""Texts of cells: what is read, what is refused, and that a number survives being written and read."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.dashboard import cells
from p2pdnr.dashboard.cells import CellError

quick = settings(deadline=None, derandomize=True)


@quick
@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_a_number_survives_writing_and_reading(value: float) -> None:
    assert cells.number(cells.write(value)) == value


@quick
@given(st.lists(st.floats(-1e3, 1e3, allow_nan=False), min_size=1, max_size=30))
def test_a_series_survives_writing_and_reading(values: list[float]) -> None:
    assert cells.series(cells.write(values)) == values


@quick
@given(st.text(max_size=12))
def test_any_text_is_read_as_a_finite_number_or_refused(text: str) -> None:
    try:
        assert math.isfinite(cells.number(text))
    except CellError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("text", ["abc", "", "1 2", "nan", "inf", "0x10", "1e", "--1", "1_000", "١٢"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        cells.number(text)


@pytest.mark.parametrize(("text", "value"), [("1,5", 1.5), ("-0,25", -0.25), (",5", 0.5), ("1234,5", 1234.5)])
def test_a_comma_that_can_only_stand_before_decimals_is_read(text: str, value: float) -> None:
    assert cells.number(text) == value


@pytest.mark.parametrize(("text", "either"), [("1,500", "1500 or 1.500"), ("-12,000", "-12000 or -12.000")])
def test_a_comma_that_can_be_read_twice_is_explained(text: str, either: str) -> None:
    with pytest.raises(CellError, match=re.escape(either)):
        cells.number(text)


@pytest.mark.parametrize("text", ["1,5,2", "1,234.5", "1.234,5", "1,", ","])
def test_other_commas_are_no_number(text: str) -> None:
    with pytest.raises(CellError):
        cells.number(text)


SERIES: list[tuple[str, list[float] | None]] = [
    ("1,5 2 3", [1.5, 2, 3]),
    ("0,125\t0,250;1,000", [0.125, 0.25, 1.0]),
    ("0.1,0.2,0.3", [0.1, 0.2, 0.3]),
    ("1,5 2.5", [1.5, 2.5]),
    ("3 x 0,5", [0.5] * 3),
    ("1, 2, 3", [1, 2, 3]),
    ("1,5", None),
    ("1,2,3", None),
    ("1,500 2", None),
    ("1,500 0.5", None),
]
"""Texts with commas and what they say; None for those that could say two things."""


@pytest.mark.parametrize(("text", "values"), SERIES)
def test_commas_between_or_in_numbers(text: str, values: list[float] | None) -> None:
    if values is not None:
        assert cells.series(text) == values
        return
    with pytest.raises(CellError, match=r"a comma can|can be read as both"):
        cells.series(text)


@pytest.mark.parametrize(("text", "value"), [(" 12 ", 12), ("−3", -3), ("+.5", 0.5), ("1e3", 1000.0), ("2.", 2.0)])
def test_usual_ways_of_writing_are_read(text: str, value: float) -> None:
    assert cells.number(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (cells.not_negative, "-1"),
        (cells.positive, "0"),
        (cells.whole, "1.5"),
        (cells.bus, "0"),
        (cells.share, "1.2"),
        (cells.share, "120 %"),
        (cells.positive_share, "0 %"),
        (cells.number, "1e10"),
        (cells.prosumer_id, "a/b"),
        (cells.prosumer_id, " "),
        (cells.prosumer_id, "x" * 41),
        (cells.partners, "most"),
        (cells.series, "1 2 x"),
    ],
)
def test_what_is_out_of_range_is_refused(parse: cells.Parse, text: str) -> None:
    with pytest.raises(CellError):
        parse(text)


def test_shares_may_be_percent() -> None:
    assert cells.share("20 %") == 0.2
    assert cells.share("0.2") == 0.2


def test_partners_are_words_or_a_number() -> None:
    assert [cells.partners(text) for text in ("All", "none", "4")] == ["all", "none", 4]


def test_a_repeated_value_is_written_short() -> None:
    assert cells.write([0.3] * 24) == "24 x 0.3"
    assert cells.series("24 x 0.3") == [0.3] * 24
    assert cells.series("0.1; 0.2, 0.3") == [0.1, 0.2, 0.3]
    assert cells.write(None) == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("none", []), ("33-37", [33, 34, 35, 36, 37]), ("4, 2 7;9", [2, 4, 7, 9]), ("5 - 6 – 6", None), ("3 – 4", [3, 4])],
)
def test_lines_are_numbers_and_ranges(text: str, numbers: list[int] | None) -> None:
    if numbers is None:
        with pytest.raises(CellError):
            cells.lines(text)
        return
    assert cells.lines(text) == numbers
    assert cells.lines(cells.write_lines(numbers)) == numbers


@pytest.mark.parametrize("text", ["0", "7-3", "a", "1.5", "-3", "1-999999", "33,,x"])
def test_what_is_no_line_says_so(text: str) -> None:
    with pytest.raises(CellError):
        cells.lines(text)


@given(st.dictionaries(st.integers(1, 60), st.sampled_from([0, 5, 2.5, 100]), min_size=1))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_values_of_lines_read_back(values: dict[int, float]) -> None:
    keyed = {str(line): value for line, value in values.items()}
    assert cells.line_values(cells.write(keyed)) == keyed


@pytest.mark.parametrize(
    ("text", "told"), [("3: 2,500", "can be read as both"), ("3 250", "line: value"), ("3: -1", "negative")]
)
def test_wrong_values_of_lines(text: str, told: str) -> None:
    with pytest.raises(CellError, match=told):
        cells.line_values(text)


def test_yes_and_no() -> None:
    assert (cells.yes_no(" Yes "), cells.yes_no("no")) == (True, False)
    with pytest.raises(CellError):
        cells.yes_no("maybe")


@pytest.mark.parametrize("value", ["all", "none", 4, [["Villa 1", "B-2"], ["B-2", "C.3"]]])
def test_partners_read_back(value: Any) -> None:
    assert cells.partners(cells.write_partners(value)) == value


@pytest.mark.parametrize("text", ["A + B + C", "A +", "few", "1.5", "A + ;"])
def test_what_says_no_partners(text: str) -> None:
    with pytest.raises(CellError):
        cells.partners(text)
