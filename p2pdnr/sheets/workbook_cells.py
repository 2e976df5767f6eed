"""Cells of a sheet of a workbook, from the elements of its XML."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2pdnr.sheets.sheet import MOST_CELLS, Cell, refused
from p2pdnr.sheets.workbook_xml import Attributes, Reader

_COLUMN = re.compile(r"([A-Z]{1,3})\d")
_MOST_COLUMNS = 16_384
_LONGEST = 32_767
"""Characters of a cell that Excel takes."""
_LAST_DAY = 2_950_000.0
WITHOUT_VALUE = "(a formula without a stored value)"
"""Of a cell that only a spreadsheet program could calculate."""


@dataclass(frozen=True)
class Style:
    """What cells point to: shared ``texts``, whether each style is a date, and the day that counts as 0."""

    texts: tuple[str, ...]
    dates: tuple[bool, ...]
    day_zero: datetime


class Texts(Reader):
    """The texts of ``sharedStrings.xml``, without phonetic readings (rPh)."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._spoken = False

    def begin(self, name: str, attributes: Attributes) -> None:
        """A text begins, or the reading of one."""
        if name == "si":
            self._parts.clear()
        self._spoken |= name == "rPh"

    def finish(self, name: str, text: str) -> None:
        """A part of a text ends, or all of it."""
        if name == "t" and not self._spoken:
            self._parts.append(text)
        elif name == "rPh":
            self._spoken = False
        elif name == "si":
            self.found.append("".join(self._parts)[:_LONGEST])
            if len(self.found) > MOST_CELLS:
                raise ValueError("more texts than cells are read")


class Cells(Reader):
    """Rows that hold anything and the numbers they have; ``count`` cells, with those of the sheets before."""

    def __init__(self, style: Style, name: str, count: int) -> None:
        self.rows: list[tuple[Cell, ...]] = []
        self.numbers: list[int] = []
        self.count = count
        self._style, self._name = style, name
        self._row: dict[int, Cell] = {}
        self._number, self._column, self._kind, self._format = 0, 0, "", ""
        self._text, self._formula = "", False

    def begin(self, name: str, attributes: Attributes) -> None:
        """A row or a cell begins."""
        if name == "row":
            stated = attributes.get("r", "")
            self._number = int(stated) if stated.isdecimal() and len(stated) < 9 else self._number + 1
            self._row, self._column = {}, -1
        elif name == "c":
            place = _COLUMN.match(attributes.get("r", ""))
            self._column = _index(place[1]) if place else self._column + 1
            self._kind, self._format = attributes.get("t", ""), attributes.get("s", "")
            self._text, self._formula = "", False

    def finish(self, name: str, text: str) -> None:
        """What a cell holds, or a cell, or a row ends."""
        if name == "v":
            self._text = text
        elif name == "t" and self._kind == "inlineStr":
            self._text += text
        elif name == "f":
            self._formula = True
        elif name == "c":
            value = self._value(self._text[:_LONGEST])
            if value is not None and self._column < _MOST_COLUMNS:
                self._row[self._column] = value
        elif name == "row" and self._row:
            self._keep()

    def _keep(self) -> None:
        width = max(self._row) + 1
        self.count += width
        if self.count > MOST_CELLS:
            raise refused(self._name, f"has more than {MOST_CELLS:,} cells", "Give a part of it")
        get = self._row.get
        self.rows.append(tuple([get(column) for column in range(width)]))
        self.numbers.append(self._number)

    def _value(self, text: str) -> Cell:
        if self._kind == "s":
            text = self._style.texts[int(text)] if text.isdecimal() and int(text) < len(self._style.texts) else ""
        if self._kind in ("s", "str", "inlineStr", "e"):
            return text.strip() or None
        if not text:
            return WITHOUT_VALUE if self._formula else None
        if self._kind == "b":
            return text.strip() == "1"
        return self._number_or_date(text)

    def _number_or_date(self, text: str) -> Cell:
        try:
            value = float(text)
        except ValueError:
            return _stamp(text)
        if not math.isfinite(value):
            return text.strip()
        style, dates = self._format, self._style.dates
        is_date = style.isdecimal() and len(style) < 7 and int(style) < len(dates) and dates[int(style)]
        if not is_date or not 0.0 <= value < _LAST_DAY:
            return value
        # whole milliseconds: a quarter of an hour is no finite fraction of a day
        return self._style.day_zero + timedelta(milliseconds=round(value * 86_400_000.0))


def _stamp(text: str) -> Cell:
    """A cell of the type "d"."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text.strip() or None


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
