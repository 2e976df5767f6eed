"""Columns by what people call them: ``Length [m]``, ``length_km``, ``Länge (km)`` are one kind, each with its unit.

A column is found by its name, whatever its case, accents, blanks and underscores are; what stands behind the name, in
brackets, in a row of units below or behind every number is its unit. A number without a unit is refused where it could
be in several.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from p2pdnr.sheets.numbers import decimal_mark, number_of, unit_behind
from p2pdnr.sheets.sheet import Cell, Sheet, printable

_HEADER_WITHIN, _MOST_COLUMNS, _LONGEST_NAME = 30, 300, 120
"""Rows and columns in which the column names have to stand, and the characters of the longest one."""
_LETTERS = str.maketrans(
    {"\u2126": "ohm", "\u03a9": "ohm", "\u03c9": "ohm", "\u00b5": "u", "\u03bc": "u", "\u03c6": "phi", "\u03d5": "phi"}
    | {"\u00df": "ss", "\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00b2": "2"}
)
"""Greek letters of units, and German ones."""


@dataclass(frozen=True)
class Kind:
    """A column that a table may have: the ``names`` it goes by (folded), the ``units`` it may be in (folded) with what
    one of them is in ours, and the ``unit`` of a column that states none ("" where that could be several)."""

    key: str
    names: tuple[str, ...]
    units: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class Column:
    """A column that was found: its kind, its place, what it is called in the file, and its unit, if any."""

    kind: Kind
    place: int
    header: str
    unit: str


@dataclass(frozen=True)
class Table:
    """The rows of a sheet below its column names; ``mark`` stands before decimals."""

    sheet: Sheet
    columns: Mapping[str, Column]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]
    mark: str
    unknown: tuple[str, ...] = ()
    """Column names that are no known ones."""
    doubtful: bool = False
    """Whether a mark could be before decimals as well as between thousands."""

    def doubtful_cell(self) -> tuple[str, str, str]:
        """Row, column and text of a number that could be either."""
        for row in range(len(self.rows)):
            for key, column in self.columns.items():
                text = self.text(row, key)
                if column.kind.units and re.fullmatch(r"[-+]?[1-9]\d{0,2}([.,]\d{3})+", text):
                    return self.row(row), self.column(key), text
        return "", "", ""

    def cell(self, row: int, key: str) -> Cell:
        """The cell of a row in a column, None where there is none."""
        column = self.columns.get(key)
        if column is None or column.place >= len(self.rows[row]):
            return None
        return self.rows[row][column.place]

    def text(self, row: int, key: str) -> str:
        """The same as a text."""
        return text_of(self.cell(row, key))

    def column(self, key: str) -> str:
        """What messages call a column."""
        column = self.columns.get(key)
        return f"column {printable(column.header)}" if column else ""

    def row(self, row: int, called: str = "") -> str:
        """What messages call a row, with what its owner calls it."""
        return f"row {self.numbers[row]}" + (f" ({printable(called)[:120]})" if called else "")

    def number(self, row: int, key: str) -> float | None:
        """The number in a cell in our unit; raises ValueError with what is wrong, None where the cell is empty."""
        cell = self.cell(row, key)
        if cell is None:
            return None
        value = number_of(cell, self.mark)
        if value is None:
            raise ValueError(f"is no number ({text_of(cell)[:40]!r})")
        return value * self._factor(cell, self.columns[key])

    def _factor(self, cell: Cell, column: Column) -> float:
        if not column.kind.units:
            return 1.0
        behind = fold(unit_behind(cell)) if isinstance(cell, str) else ""
        unit = behind or column.unit or column.kind.unit
        if unit in column.kind.units:
            return column.kind.units[unit]
        known = ", ".join(column.kind.units)
        raise ValueError(f"is in the unit {unit!r}, which is none of {known}" if unit else f"states no unit of {known}")


def fold(text: str) -> str:
    """A name or a unit without case, accents, blanks and signs: ``R' [Ω/km]`` is ``rohmkm``."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold().translate(_LETTERS))
    return re.sub(r"[^a-z0-9%]", "", plain.translate(_LETTERS))


def text_of(cell: Cell) -> str:
    """A cell as a text: whole numbers without decimals, "" where it is empty."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def find(header: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
    """The kind that a column name says, and its unit; None where it says none. Kinds that come first go first."""
    whole = fold(header)  # as in in_service, which is a state and no unit
    for kind in kinds:
        if whole in kind.names and whole not in kind.units:
            return kind, ""
    parts = [part for part in map(fold, re.split(r"[^\w'%²ΩµμΩφϕ]+|_", header)) if part and part not in ("per", "in")]
    for count in range(len(parts), 0, -1):
        name, unit = "".join(parts[:count]), "".join(parts[count:])
        for kind in kinds:
            if name in kind.names and (not unit or unit in kind.units):
                return kind, unit or (name if name in kind.units else "")
    return _joined("".join(parts), kinds)


def _joined(text: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
    """The same where nothing stands between name and unit: ``rohmkm``, ``lengthm``."""
    for kind in kinds:
        for name in kind.names:
            if text.startswith(name) and text[len(name) :] in kind.units:
                return kind, text[len(name) :]
    return None


def table(sheet: Sheet, kinds: Sequence[Kind], least: int = 2) -> Table | None:
    """The rows below the column names, which are the row with most known ones in it; None where no row has as many as
    ``least``. Of two columns of the same kind the first counts."""
    best, known = -1, dict[str, Column]()
    for number, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        found = _columns(row, kinds)
        if len(found) > len(known):
            best, known = number, found
    if len(known) < least:
        return None
    best, known = _in_two_rows(sheet, best, known, kinds)
    first, known = _with_units(sheet, best + 1, known)
    rows, numbers = sheet.rows[first:], sheet.numbers[first:]
    taken = {column.place for column in known.values()}
    unknown = [text_of(cell) for place, cell in enumerate(sheet.rows[best]) if cell is not None and place not in taken]
    texts = [row[column.place] for column in known.values() if column.kind.units for row in rows
             if column.place < len(row)]  # fmt: skip
    mark = decimal_mark((text for text in texts if isinstance(text, str)), sheet.delimiter)
    return Table(sheet, known, rows, numbers, mark or ".", tuple(unknown), doubtful=mark is None)


def _columns(row: tuple[Cell, ...], kinds: Sequence[Kind]) -> dict[str, Column]:
    found = dict[str, Column]()
    for place, cell in enumerate(row[:_MOST_COLUMNS]):
        read = find(cell, kinds) if isinstance(cell, str) and len(cell) <= _LONGEST_NAME else None
        if read is not None and read[0].key not in found:
            found[read[0].key] = Column(read[0], place, str(cell)[:60], read[1])
    return found


def _in_two_rows(
    sheet: Sheet, best: int, known: dict[str, Column], kinds: Sequence[Kind]
) -> tuple[int, dict[str, Column]]:
    """The last row of column names, and the columns with those that a row above names where this one holds nothing,
    as merged cells leave them; below a merged name stands each part, as in R and X below an impedance."""
    row = sheet.rows[best]
    above = sheet.rows[best - 1] if best else ()
    free = tuple(cell if place >= len(row) or row[place] is None else None for place, cell in enumerate(above))
    told = {key: column for key, column in _columns(free, kinds).items() if key not in known}
    for key, column in list(known.items()):
        name = above[column.place] if column.place < len(above) else None
        if not column.unit and isinstance(name, str) and (both := find(f"{name} {column.header}", kinds)):
            known[key] = Column(column.kind, column.place, column.header, both[1] or column.unit)
    for place, cell in enumerate(row[:_MOST_COLUMNS]):  # a unit below a name: Länge, and [km] below it
        name = above[place] if place < len(above) else None
        if isinstance(name, str) and isinstance(cell, str) and (both := find(f"{name} {cell}", kinds)):
            told.setdefault(both[0].key, Column(both[0], place, f"{name} {cell}"[:60], both[1]))
    return best, known | {key: column for key, column in told.items() if key not in known}


def _with_units(sheet: Sheet, first: int, known: dict[str, Column]) -> tuple[int, dict[str, Column]]:
    """The place of the first row of data, and the columns with the units of a row of units before it."""
    if first >= len(sheet.rows):
        return first, known
    row = sheet.rows[first]
    units = {key: fold(text_of(row[column.place]).strip("[]() ")) for key, column in known.items()
             if column.place < len(row) and row[column.place] is not None}  # fmt: skip
    every = set().union(*(column.kind.units for column in known.values()))
    if not units or any(unit and unit not in every for unit in units.values()) or not any(units.values()):
        return first, known
    told = {key: Column(column.kind, column.place, column.header, units.get(key) or column.unit)
            for key, column in known.items()}  # fmt: skip
    return first + 1, told


def twice(texts: Sequence[str]) -> Iterator[str]:
    """Texts that stand more than once."""
    seen = set[str]()
    for text in texts:
        if text in seen:
            yield text
        seen.add(text)
