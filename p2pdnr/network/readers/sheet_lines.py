"""Rows of a sheet of lines as rows of a network table."""

from __future__ import annotations

import math
from typing import Any

from p2pdnr.errors import Problem
from p2pdnr.network.names import tidy
from p2pdnr.network.readers.sheet_cables import CableType, TransformerType, Types, microsiemens
from p2pdnr.network.readers.sheet_kinds import CLOSED, LINES_OF_CABLES, OHM, OPENED
from p2pdnr.sheets.columns import Table, fold, table, text_of

Row = dict[str, Any]


def line_rows(lines: Table, types: Types, problems: list[Problem]) -> list[Row]:
    """A row for every line, with "row" (its number in the sheet) and, of transformers, "levels" in kV; notes what is
    wrong. Names of buses stand in "from" and "to"."""
    rows = []
    for number in range(len(lines.rows)):
        row = _LineReader(lines, number, types, problems).read()
        rows.append(row | {"row": lines.numbers[number]})
    return rows


def with_names(lines: Table, types: Types) -> Table:
    """The table, with a column such as "Kabel" as names of the lines instead of their types where no type is called as
    any of its cells, no two of them are alike, and resistance and reactance come from other columns."""
    if "type" not in lines.columns:
        return lines
    again = table(lines.sheet, LINES_OF_CABLES)
    if again is None or not ({"r", "x"} <= again.columns.keys() or "type" in again.columns):
        return lines
    place = lines.columns["type"].place
    if any(column.place == place for key, column in again.columns.items() if key != "id"):
        return lines
    cells = [lines.text(row, "type") for row in range(len(lines.rows))]
    return lines if len(set(cells)) < len(cells) or any(map(types.find, filter(None, cells))) else again


class _LineReader:
    """One row while it is read."""

    def __init__(self, table: Table, number: int, types: Types, problems: list[Problem]) -> None:
        self._table, self._number, self._types, self._problems = table, number, types, problems
        self._id = tidy(table.text(number, "id"))
        self._called = self._id or f"{table.text(number, 'from')} - {table.text(number, 'to')}"

    def read(self) -> Row:
        """The row, with placeholders where something is wrong."""
        row: Row = {"id": self._id} if self._id else {}
        for end in ("from", "to"):
            row[end] = tidy(self._table.text(self._number, end))
            if not row[end]:
                self._wrong(end, "is missing", "Name the bus")
        row["closed"] = self._closed()
        switchable = self._flag("switchable", default=None)
        if switchable is not None:
            row["switchable"] = switchable
        return row | self._electrical()

    def _wrong(self, key: str, message: str, remedy: str) -> None:
        ids = (self._table.row(self._number, self._called),)
        self._problems.append(Problem(self._table.sheet.name, self._table.column(key), ids, message, remedy))

    def _value(self, key: str) -> float | None:
        try:
            value = self._table.number(self._number, key)
        except ValueError as error:
            unit = "unit" in str(error)
            self._wrong(key, str(error), "Write the unit behind the column's name" if unit else "Correct it")
            return math.nan
        if value is not None and value < 0.0:
            self._wrong(key, f"is below 0 ({value:g})", "Correct it")
            return math.nan
        return value

    def _flag(self, key: str, default: bool | None) -> bool | None:
        cell = self._table.cell(self._number, key)
        if cell is None:
            return default
        if isinstance(cell, bool):
            return cell
        word = fold(text_of(cell))
        if word in CLOSED or word in OPENED:
            return word in CLOSED
        self._wrong(key, f"is no state known here ({text_of(cell)[:40]!r})", "Write closed or open, 1 or 0, yes or no")
        return default

    def _closed(self) -> bool:
        opened = self._open_flag()
        return not opened if opened is not None else self._flag("status", default=True) is not False

    def _open_flag(self) -> bool | None:
        """A column of its own for what is open: "open" in it means so, as "yes" does."""
        word = fold(self._table.text(self._number, "open"))
        if "open" in self._table.columns and not word:
            return None if "status" in self._table.columns else False
        if word in ("open", "offen", "opened", "no", "normallyopen", "trennstelle") and word != "no":
            return True
        if word in ("closed", "geschlossen", "zu"):
            return False
        return self._flag("open", default=None)

    def _electrical(self) -> Row:
        """Impedance, charging and limit: what stands in the row goes before what its type says."""
        length, count = self._value("length"), self._value("parallel")
        count = count if count and math.isfinite(count) else 1.0
        name = self._table.text(self._number, "type")
        kind = self._types.find(name) if name else None
        if isinstance(kind, TransformerType):
            return kind.row() | {"levels": (kind.vn_hv_kv, kind.vn_lv_kv)}
        r, x = (self._impedance(key, length, kind) for key in ("r", "x"))
        row: Row = {"r_ohm": r / count, "x_ohm": x / count}
        charging = self._charging(length, kind)
        if charging:
            row["b_us"] = charging * count
        limit = self._value("limit")
        limit = kind.limit_a if limit is None and kind is not None else limit
        if limit is not None and math.isfinite(limit) and limit > 0.0:
            row["limit_a"] = limit * count
        if name and kind is None and not (self._stands("r") and self._stands("x")):
            self._wrong("type", f"is a type that is not known ({name[:60]!r})", self._types.similar(name))
        return row

    def _stands(self, key: str) -> bool:
        return self._table.cell(self._number, key) is not None

    def _per_km(self, key: str) -> bool:
        return self._table.columns[key].unit not in OHM

    def _impedance(self, key: str, length: float | None, kind: CableType | None) -> float:
        value = self._value(key)
        if value is not None and not self._per_km(key):
            return value if math.isfinite(value) else 1.0
        each = value if value is not None else None if kind is None else getattr(kind, f"{key}_ohm")
        if each is None:
            if not self._table.text(self._number, "type") and (key == "r" or self._stands("r")):
                said = "is missing, as is a type" if key in self._table.columns else f"has no {key}, and no type"
                self._wrong(key, said, "Give r and x, or a type and a length")
            return 1.0
        if length is None:
            if key == "r" or (self._stands("r") and not self._per_km("r")):
                self._wrong("length", "is missing", "Give it, with its unit (length_km, or length_m)")
            return 1.0
        return each * length if math.isfinite(each * length) else 1.0

    def _charging(self, length: float | None, kind: CableType | None) -> float:
        value, unit = self._value("c"), ""
        if value is not None and math.isfinite(value):
            unit = self._table.columns["c"].unit
            whole = microsiemens(value if unit != "uskm" else self._raw("c"), unit)
            return whole * (length or 0.0) if unit.endswith("km") else whole
        return kind.b_us * (length or 0.0) if kind is not None and math.isfinite(length or 0.0) else 0.0

    def _raw(self, key: str) -> float:
        """A number without its unit."""
        from p2pdnr.sheets.numbers import number_of

        return number_of(self._table.cell(self._number, key), self._table.mark) or 0.0
