"""Tables of text as programs of all kinds write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.errors import InputError
from p2pdnr.sheets.reading import read_sheets
from p2pdnr.sheets.text import read_text

ROWS = "Name;Länge [km]\r\nÄcker;0,5\r\n\r\n;\r\nB;1,5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_encodings_and_line_ends(encoding: str) -> None:
    sheet = read_text(ROWS.encode(encoding), "x.csv")
    assert sheet.rows == (("Name", "Länge [km]"), ("Äcker", "0,5"), ("B", "1,5"))
    assert sheet.numbers == (1, 2, 5) and sheet.delimiter == ";"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("a,b\n1.5,2\n", ","), ("a\tb\n1,5\t2,5\n", "\t"), ("a|b\n1|2\n", "|"), ("sep=;\na;b\n1,0;2,0\n", ";"),
     ('a,b\n"x;y",2\n', ","), ("a;b;c\n1,5;2,5;3,5\n", ";")],
)  # fmt: skip
def test_what_separates_cells(text: str, delimiter: str) -> None:
    assert read_text(text.encode(), "x.csv").delimiter == delimiter


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "is empty"), (b"\n\n", "is empty"), (b"\x00\x01\x02", "is no text"), (b"%PDF-1.7", "is no text"),
     (b"\xd0\xcf\x11\xe0", "old Excel"), (b"PK\x03\x04junk", "is no workbook")],
)  # fmt: skip
def test_what_is_no_table_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_sheets(data, "x.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    try:
        sheets = read_sheets(data, "x.csv")
    except InputError as error:
        assert error.problems[0].remedy
    else:
        assert all(any(cell is not None for cell in row) for sheet in sheets for row in sheet.rows)


@pytest.mark.parametrize(
    "text", ["a" * 200_000, 'a;b\n"' + "c" * 200_000, 'sep="\na;b\n1;2\n', "a;b\n" + ";" * 100_000]
)
def test_odd_texts_are_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert read_text(text.encode(), "x.csv").rows
