from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.results import csv_tables
from p2pdnr.results.columns import TABLES
from tests import thorough

finite = st.floats(allow_nan=False, allow_infinity=False)
optional = finite | st.just(math.nan)
CELLS = {"number": finite, "integer": st.integers(1 - 2**53, 2**53 - 1), "text": st.text("AZaz09_ .-", max_size=5)}


@st.composite
def tables(draw: st.DrawFn, name: str) -> pd.DataFrame:
    rows = draw(st.integers(0, 4))
    columns = {}
    for column in TABLES[name]:
        cell = CELLS[column.kind]
        if column.optional:
            cell = optional if column.kind == "number" else cell | st.just(math.nan)
        columns[column.name] = draw(st.lists(cell, min_size=rows, max_size=rows))
    kinds = {column.name: "object" if column.kind == "text" else "float64" for column in TABLES[name]}
    exact = {column.name: "int64" for column in TABLES[name] if column.kind == "integer" and not column.optional}
    return pd.DataFrame(columns).astype(kinds | exact)


@pytest.mark.parametrize("name", TABLES)
@thorough.examples(10, 30)
@given(data=st.data())
def test_what_is_written_is_read_bit_for_bit(name: str, data: st.DataObject) -> None:
    table = data.draw(tables(name))
    again, problems = csv_tables.read(csv_tables.write(table, name), name)
    assert not problems
    pd.testing.assert_frame_equal(table, again, check_exact=True)


def test_blank_text_and_numbers_that_look_like_text() -> None:
    table = pd.DataFrame({"prosumer": ["NA", "nan", "007"], "partner": ["", "None", "1e5"]})
    again, _ = csv_tables.read(csv_tables.write(table, "partners"), "partners")
    pd.testing.assert_frame_equal(table, again)


def test_each_missing_column_is_named() -> None:
    table, problems = csv_tables.read("hour,bus\n0,1\n", "buses")
    assert table is None
    assert [problem.field for problem in problems] == [column.name for column in TABLES["buses"][2:]]


@pytest.mark.parametrize("text", ["", 'a"b\n"', "hour,bus\n1,2,3\n"])
def test_what_is_no_table_is_told(text: str) -> None:
    table, problems = csv_tables.read(text, "buses")
    assert table is None
    assert problems


@pytest.mark.parametrize(
    ("cell", "expected"), [("", "a number"), ("x", "a number"), ("inf", "finite"), ("nan", "finite")]
)
def test_a_cell_that_is_no_number_is_told_with_its_row(cell: str, expected: str) -> None:
    table = pd.DataFrame({"hour": [0, 0], "bus": [1, 2], **dict.fromkeys((c.name for c in TABLES["buses"][2:]), 1.0)})
    text = csv_tables.write(table, "buses").replace("0,2,1.0", f"0,2,{cell}")
    _, problems = csv_tables.read(text, "buses")
    assert [problem.field for problem in problems] == ["vm_pu"]
    assert "row 3" in problems[0].message
    assert expected in problems[0].message
