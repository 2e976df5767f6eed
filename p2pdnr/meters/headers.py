"""Column names in two rows, as merged cells and rows of units leave them, as one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from p2pdnr.sheets.sheet import Cell, Sheet

_DIGIT = re.compile(r"\d")


def in_one_row(sheet: Sheet, head: int, times: Collection[int], says: Callable[[str], bool]) -> tuple[Sheet, int]:
    """The sheet with one row of names, and its place; ``times`` are columns of times, ``says`` whether a text is a unit
    or a direction.

    A row above counts where the names alone repeat and are told apart by it; a row below where it holds nothing but
    units and directions. A name without a cell of its own is that of the merged cell to its left.
    """
    sheet, head = _with_above(sheet, head, times)
    below = sheet.rows[head + 1] if head + 1 < len(sheet.rows) else ()
    if not _is_second(below, times, says):
        return sheet, head
    names = sheet.rows[head]
    merged = any(_at(names, place) is None and _at(below, place) is not None for place in range(1, len(below)))
    first = _spread(names) if merged else names
    joined = [_joined(_at(first, place), _at(below, place)) if place not in times else _at(names, place)
              for place in range(max(len(names), len(below)))]  # fmt: skip
    return _replaced(sheet, head, head + 1, tuple(joined)), head


def _with_above(sheet: Sheet, head: int, times: Collection[int]) -> tuple[Sheet, int]:
    names, above = sheet.rows[head], sheet.rows[head - 1] if head else ()
    values = [place for place, name in enumerate(names) if name is not None and place not in times]
    if not above or len({names[place] for place in values}) == len(values):
        return sheet, head
    spread = _spread(above)
    joined = {place: _joined(_at(spread, place), names[place]) for place in values}
    if len(set(joined.values())) < len(values):
        return sheet, head
    row = tuple(joined.get(place, name) for place, name in enumerate(names))
    return _replaced(sheet, head - 1, head, row), head - 1


def _is_second(row: tuple[Cell, ...], times: Collection[int], says: Callable[[str], bool]) -> bool:
    """Whether a row below the names goes on with them."""
    cells = [cell for place, cell in enumerate(row) if place not in times and cell is not None]
    timed = [cell for place, cell in enumerate(row) if place in times and cell is not None]
    if any(not isinstance(cell, str) or _DIGIT.search(cell) for cell in timed):
        return False
    return bool(cells) and all(isinstance(cell, str) and says(cell) for cell in cells)


def _spread(row: tuple[Cell, ...]) -> list[Cell]:
    """The row with every cell that is empty as the one to its left, as merged cells show it."""
    found, last = list[Cell](), None
    for cell in row:
        last = cell if cell is not None else last
        found.append(last)
    return found + [last] * 300


def _joined(first: Cell, second: Cell) -> Cell:
    return " ".join(str(one) for one in (first, second) if one is not None) or None


def _at(row: list[Cell] | tuple[Cell, ...], place: int) -> Cell:
    return row[place] if place < len(row) else None


def _replaced(sheet: Sheet, first: int, last: int, names: tuple[Cell, ...]) -> Sheet:
    """The sheet with these names in place of its rows from the first to the last."""
    rows, numbers = sheet.rows, sheet.numbers
    return replace(
        sheet,
        rows=(*rows[:first], names, *rows[last + 1 :]),
        numbers=(*numbers[:first], numbers[last], *numbers[last + 1 :]),
    )
