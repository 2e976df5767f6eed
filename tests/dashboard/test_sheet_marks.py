"""Rows of sheets that do not fit, with the cells that are wrong."""

from __future__ import annotations

from base64 import b64encode

from p2pdnr.dashboard import sheet_marks
from p2pdnr.dashboard.callbacks import read_import
from p2pdnr.errors import Problem
from p2pdnr.sheets.sheet import Sheet

LINES = """Grid of our village
id;from;to;length_km;type
K1;UW;A;1,5;NAYY 4x150 SE
K2;A;;0,5;NAYY 4x150 SE
K3;A;B;long;NAYY 9
"""


def test_rows_are_shown_as_they_stand_with_what_is_wrong() -> None:
    files = [{"name": "lines.csv", "base64": b64encode(LINES.encode()).decode()}]
    answer = read_import({"name": "lines.csv", "text": "", "files": files, "at": 1})
    (sheet,) = answer["sheets"]
    assert sheet["head"] == ["id", "from", "to", "length_km", "type"] and sheet["more"] == 0
    assert [row["number"] for row in sheet["rows"]] == [4, 5]
    second, third = sheet["rows"]
    assert second["cells"][:3] == ["K2", "A", ""] and second["wrong"] == [2]
    assert second["told"] == ["column to: is missing. Name the bus"]
    assert third["wrong"] == [3, 4] and "is no number ('long')" in third["told"][0]
    assert "is a type that is not known" in third["told"][1]
    assert answer["draft"] is None and len(answer["problems"]) >= 3


def test_many_rows_are_counted_and_others_left_out() -> None:
    rows = (("a", "b"), *((str(number), "x") for number in range(200)))
    sheet = Sheet("s.csv", rows, tuple(range(1, 202)), ";")
    ids = tuple(f"row {number} (K{number})" for number in range(2, 102))
    wrong = Problem("s.csv", "column b", ids, "is no number", "Correct it")
    (shown,) = sheet_marks.marked([sheet], [wrong, Problem("bus", "vn_kv", ("A",), "has none", "Give it")])
    assert len(shown["rows"]) == sheet_marks.MOST_ROWS and shown["more"] == 50
    assert shown["rows"][0] == {
        "number": 2,
        "cells": ["0", "x"],
        "wrong": [1],
        "told": ["column b: is no number. Correct it"],
    }
    assert sheet_marks.marked([sheet], []) == []


def test_a_file_that_is_no_table_has_no_rows_to_show() -> None:
    files = [{"name": "lines.xlsx", "base64": b64encode(b"no workbook").decode()}]
    answer = read_import({"name": "lines.xlsx", "text": "", "files": files, "at": 1})
    assert answer["problems"] and answer["sheets"] == []
    assert read_import({"name": "x.json", "text": "{", "at": 1})["sheets"] == []
