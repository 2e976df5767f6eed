"""Columns of cells as numbers: each spelling is read once, as a year of readings repeats most of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.sheets.numbers import decimal_mark, may_be_thousands, number_of, unit_behind
from p2pdnr.sheets.sheet import Cell

Floats = npt.NDArray[np.float64]
Row = tuple[Cell, ...]
_NONE = {"", "-", "--", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "fehlt"}


@dataclass(frozen=True)
class Numbers:
    """``values`` (n,), NaN where a cell is empty or no number; ``wrong`` are the places of those that are no number;
    ``units`` what stands behind numbers, each with its first place."""

    values: Floats
    wrong: tuple[int, ...]
    units: dict[str, int]


def column(rows: Sequence[Row], place: int) -> list[Cell]:
    """The cells of one column, None in rows that end before it."""
    return [row[place] if place < len(row) else None for row in rows]


def mark_of(columns: Iterable[Sequence[Cell]], delimiter: str) -> tuple[str, str]:
    """What stands before decimals in the values of a sheet; and one of them where that cannot be told, else ""."""
    texts = sorted(cell for cell in set[Cell]().union(*columns) if isinstance(cell, str))
    mark: str | None = ","
    if _floats(texts, ".") is not None:
        mark = None if delimiter in (";", "\t") and may_be_thousands(texts, ".") else "."
    elif _floats(texts, ",") is None or may_be_thousands(texts, ","):
        mark = decimal_mark(texts, delimiter)
    return mark or ",", next((text for text in texts if "." in text or "," in text), "") if mark is None else ""


def numbers_of(cells: Sequence[Cell], mark: str) -> Numbers:
    """The numbers in the cells of a column with ``mark`` before decimals."""
    if bool in set(map(type, cells)):  # True is no 1 in a column of numbers
        cells = [str(cell) if isinstance(cell, bool) else cell for cell in cells]
    spelled = dict.fromkeys(cells)
    spelled.pop(None, None)
    quick = _floats(list(spelled), mark)
    if quick is None:
        return _with_care(cells, {cell: value_of(cell, mark) for cell in (None, *spelled)})
    read: dict[Cell, float] = {None: math.nan}
    read.update(zip(spelled, quick, strict=True))
    return Numbers(np.array(list(map(read.__getitem__, cells))), (), {})


def _with_care(cells: Sequence[Cell], read: dict[Cell, float | None]) -> Numbers:
    behind = {cell: unit for cell in read if isinstance(cell, str) and (unit := unit_behind(cell))}
    wrong = {cell for cell, value in read.items() if value is None}
    numbers = {cell: math.nan if value is None else value for cell, value in read.items()}
    odd = (
        [(place, cell) for place, cell in enumerate(cells) if cell in wrong or cell in behind]
        if wrong or behind
        else []
    )
    units = dict[str, int]()
    for place, cell in odd:
        if isinstance(cell, str) and cell in behind and cell not in wrong:
            units.setdefault(behind[cell], place)
    places = tuple(place for place, cell in odd if cell in wrong)
    return Numbers(np.array(list(map(numbers.__getitem__, cells))), places, units)


def _floats(cells: Sequence[Cell], mark: str) -> list[float] | None:
    """The numbers of cells that all are spelled as programs do, but for ``mark``; None where one is not."""
    other = "," if mark == "." else "."
    if any(other in cell or "_" in cell for cell in cells if isinstance(cell, str)):
        return None
    try:
        if mark == ",":
            found = [float(cell.replace(",", ".") if isinstance(cell, str) else cell) for cell in cells]  # type: ignore[arg-type]
        else:
            found = list(map(float, cells))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if all(map(math.isfinite, found)) else None


def value_of(cell: Cell, mark: str) -> float | None:
    """The number in a cell, NaN where it is empty, None where it is none."""
    if cell is None or (isinstance(cell, str) and cell.lower() in _NONE):
        return math.nan
    return number_of(cell, mark)
