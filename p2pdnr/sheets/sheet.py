"""A table as somebody wrote it: rows of cells, each row with the number it has in its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from p2pdnr.errors import InputError, Problem

Cell = str | float | bool | datetime | None
"""What a cell holds; texts are stripped, empty ones None."""

MOST_CELLS = 20_000_000
"""Of a file: twenty years of quarter hours of thirty homes."""


@dataclass(frozen=True)
class Sheet:
    """``rows`` of cells (which may differ in length), the ``numbers`` these rows have in the file, and by what cells
    were told apart (``delimiter``, "" in a workbook); ``name`` is that of the file, or of the file and its sheet."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]
    delimiter: str = ""

    @property
    def width(self) -> int:
        """Cells of the longest row."""
        return max(map(len, self.rows), default=0)


def refused(name: str, message: str, remedy: str, field: str = "") -> InputError:
    """The error of a file that cannot be used."""
    return InputError([Problem("file", field, (name[:100],), message, remedy)])


def is_empty(row: tuple[Cell, ...]) -> bool:
    """Whether a row holds nothing."""
    return all(cell is None for cell in row)


def printable(text: str) -> str:
    """A text of somebody else's as messages may show it: one line, nothing that steers a terminal."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
