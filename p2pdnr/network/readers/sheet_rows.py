"""Rows of a sheet of lines that are no lines: sums, headings of sections, notes below the table."""

from __future__ import annotations

from dataclasses import replace

from p2pdnr.network.readers.report import Note
from p2pdnr.sheets.columns import Table, text_of
from p2pdnr.sheets.sheet import printable
from p2pdnr.sheets.summary import is_summary

_MOST_TOLD = 12


def without_notes(lines: Table) -> tuple[Table, tuple[Note, ...]]:
    """The table without rows that hold a single text, or a sum without both ends, and what is said of them."""
    kept, told = list[int](), list[str]()
    for row, cells in enumerate(lines.rows):
        held = [text_of(cell) for cell in cells if cell is not None]
        if len(held) == 1 or (is_summary(held[0]) and not (lines.text(row, "from") and lines.text(row, "to"))):
            told.append(f"{lines.row(row)}, {printable(held[0])[:40]}")
        else:
            kept.append(row)
    if not told:
        return lines, ()
    rows, numbers = tuple(lines.rows[row] for row in kept), tuple(lines.numbers[row] for row in kept)
    more = (f"and {len(told) - _MOST_TOLD} more",) if len(told) > _MOST_TOLD else ()
    said = f"rows of {printable(lines.sheet.name)} that are sums, headings or notes and no lines"
    return replace(lines, rows=rows, numbers=numbers), (Note("left out", "row", (*told[:_MOST_TOLD], *more), said),)
