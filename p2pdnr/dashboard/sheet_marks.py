"""Rows of sheets that do not fit, as the page shows them: the row as it stands in the file, its faulty cells, what is
wrong with them and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from p2pdnr.errors import Problem
from p2pdnr.sheets.columns import text_of
from p2pdnr.sheets.sheet import Sheet, printable

MOST_ROWS, MOST_COLUMNS, _MOST_TEXT = 50, 20, 60
_HEADER_WITHIN = 30
_ROW = re.compile(r"\brow (\d+)")


def marked(sheets: Sequence[Sheet], problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """For every sheet with rows that problems name: its ``name``, the texts of its column names as ``head``, its
    ``rows`` (the ``number`` in the file, the ``cells``, which of them are ``wrong``, and what is ``told``), and how
    many ``more`` there are."""
    given = list(problems)
    found = (_sheet(sheet, [one for one in given if one.component == sheet.name]) for sheet in sheets)
    return [sheet for sheet in found if sheet["rows"]]


def _sheet(sheet: Sheet, problems: list[Problem]) -> dict[str, Any]:
    head = _head(sheet, {_column(problem) for problem in problems})
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        for number in {int(said) for own in problem.ids for said in _ROW.findall(own)}:
            by_row.setdefault(number, []).append(problem)
    places = {number: place for place, number in enumerate(sheet.numbers)}
    numbers = sorted(by_row.keys() & places.keys())
    rows = [_row(sheet, places[number], head, by_row[number]) for number in numbers[:MOST_ROWS]]
    return {"name": sheet.name, "head": head, "rows": rows, "more": max(0, len(numbers) - MOST_ROWS)}


def _head(sheet: Sheet, wanted: set[str]) -> list[str]:
    """The row of column names: the first of those with most of the columns that problems speak of."""
    rows = [_texts(sheet, place) for place in range(min(_HEADER_WITHIN, len(sheet.rows)))]
    return max(rows, key=lambda row: len(wanted.intersection(row)), default=[])


def _row(sheet: Sheet, place: int, head: list[str], problems: list[Problem]) -> dict[str, Any]:
    columns = {_column(problem) for problem in problems}
    wrong = [index for index, name in enumerate(head) if name and name in columns]
    told = [f"{problem.field}: {problem.message}. {problem.remedy}".removeprefix(": ") for problem in problems]
    return {"number": sheet.numbers[place], "cells": _texts(sheet, place), "wrong": wrong, "told": told}


def _texts(sheet: Sheet, place: int) -> list[str]:
    return [printable(text_of(cell))[:_MOST_TEXT] for cell in sheet.rows[place][:MOST_COLUMNS]]


def _column(problem: Problem) -> str:
    return problem.field.removeprefix("column ")[:_MOST_TEXT]
