"""Tables as CSV text and back, exactly: a float is written with the shortest digits that give it again."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from p2pdnr.errors import Problem
from p2pdnr.results.columns import Column, present

_EXACT = 2.0**53
"""From here on floats leave whole numbers out."""

REMEDY = "Solve the scenario again; a result's files are not meant to be edited"


def write(table: pd.DataFrame, name: str) -> str:
    """CSV text of one table in the column order of :data:`COLUMNS`; raises KeyError when a column is missing."""
    columns = present(name, table.columns)
    ordered = table[[column.name for column in columns]].copy()
    for column in columns:
        if column.kind == "integer":
            ordered[column.name] = ordered[column.name].astype("Int64")
    return ordered.to_csv(index=False, lineterminator="\n")


def read(text: str, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The table in CSV ``text``, or None and every problem with its columns and cells.

    Integers come back as int64, optional ones as float64 with NaN where the cell is empty, numbers as float64, text as
    str.
    """
    try:
        cells = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        return None, [problem(name, "", f"is no CSV table ({str(error).strip()})")]
    missing = [column.name for column in present(name, cells.columns) if column.name not in cells.columns]
    if missing:
        return None, [problem(name, column, "the column is missing") for column in missing]
    return _typed(cells, name)


def problem(name: str, column: str, message: str) -> Problem:
    """A problem with one table of a result folder."""
    return Problem("table", column, (f"{name}.csv",), message, REMEDY)


def _typed(cells: pd.DataFrame, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    columns: dict[str, npt.NDArray[Any]] = {}
    problems: list[Problem] = []
    for column in present(name, cells.columns):
        try:
            columns[column.name] = _values(cells[column.name].to_numpy(dtype=object), column)
        except ValueError as error:
            problems.append(problem(name, column.name, str(error)))
    return (None, problems) if problems else (pd.DataFrame(columns), [])


def _values(cells: npt.NDArray[Any], column: Column) -> npt.NDArray[Any]:
    if column.kind == "text":
        return cells
    numbers = _numbers(cells, column)
    if column.kind == "integer":
        whole = (numbers == np.rint(numbers)) & (np.abs(numbers) < _EXACT)
        _expect(cells, np.isnan(numbers) | whole, "a whole number")
        return numbers if column.optional else numbers.astype(np.int64)
    return numbers


def _numbers(cells: npt.NDArray[Any], column: Column) -> npt.NDArray[np.float64]:
    """Cells as floats; raises ValueError that names the first cell that is no finite number."""
    empty = cells == ""
    if not column.optional:
        _expect(cells, ~empty, "a number")
    try:
        numbers = np.where(empty, "nan", cells).astype(np.float64)
    except ValueError:
        _expect(cells, np.array([_is_number(cell) for cell in cells]) | empty, "a number")
        raise
    _expect(cells, empty | np.isfinite(numbers), "a finite number")
    return numbers


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _expect(cells: npt.NDArray[Any], good: npt.NDArray[np.bool_], expected: str) -> None:
    bad = np.flatnonzero(~good)
    if bad.size:
        row = int(bad[0])
        more = f" (and {bad.size - 1} more rows)" if bad.size > 1 else ""
        raise ValueError(f"row {row + 2} holds {cells[row]!r}{more} where {expected} is expected")
