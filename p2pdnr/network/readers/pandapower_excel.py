"""Workbooks that pandapower's ``to_excel`` wrote, read as data: a sheet for every table."""

from __future__ import annotations

from collections.abc import Sequence

from p2pdnr.network.readers.pandapower_file import Table, Tables
from p2pdnr.sheets.sheet import Cell, Sheet


def is_net(sheets: Sequence[Sheet]) -> bool:
    """Whether sheets are the tables of a pandapower net."""
    titles = {_title(sheet) for sheet in sheets}
    return {"bus", "parameters"} <= titles and bool({"line", "trafo", "ext_grid"} & titles)


def tables(sheets: Sequence[Sheet]) -> Tables:
    """The tables, rows called by their first column, and the settings of the sheet ``parameters``."""
    found = {_title(sheet): _table(sheet) for sheet in sheets if not _title(sheet).startswith(("_", "res_"))}
    settings = _settings(sheets)
    return Tables({name: table for name, table in found.items() if table.columns}, settings)


def _title(sheet: Sheet) -> str:
    return sheet.name.rpartition(": ")[2]


def _table(sheet: Sheet) -> Table:
    head = sheet.rows[0]
    columns = tuple(str(cell) for cell in head[1:] if cell is not None)
    rows = [row + (None,) * (len(columns) + 1 - len(row)) for row in sheet.rows[1:]]
    index = tuple(int(row[0]) if isinstance(row[0], float) and row[0].is_integer() else row[0] for row in rows)
    return Table(columns, index, tuple(row[1 : len(columns) + 1] for row in rows))


def _settings(sheets: Sequence[Sheet]) -> dict[str, Cell]:
    rows = [row for sheet in sheets if _title(sheet) == "parameters" for row in sheet.rows[1:] if len(row) > 1]
    return {str(row[0]): row[1] for row in rows}
