"""All tables of a result in one file for other programmes: an Excel workbook, or an archive of Parquet files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.errors import Problem, ResultError
from p2pdnr.results.exports import all_tables
from p2pdnr.results.study_result import StudyResult
from p2pdnr.sheets.writing import Value, workbook

_MOST_ROWS = 1_048_576
"""Of a sheet."""


def write_excel(result: StudyResult, path: Path) -> None:
    """A workbook: an overview with figures and certificates, then a sheet for each table, with time stamps where the
    scenario has a start. Raises ResultError where a table has more rows than a sheet may have."""
    tables = all_tables(result)
    long = tuple(name for name, table in tables.items() if len(table) >= _MOST_ROWS)
    if long:
        told = f"has more than the {_MOST_ROWS:,} rows of a sheet"
        raise ResultError([Problem("table", "", long, told, "Use --csv or --parquet")])
    sheets = {"overview": list(_overview(result))} | {name: list(_rows(table)) for name, table in tables.items()}
    path.write_bytes(workbook(sheets))


def write_parquet(result: StudyResult, path: Path) -> None:
    """An archive with a Parquet file for each table. Needs pyarrow; raises ResultError where it is not installed."""
    if find_spec("pyarrow") is None:
        remedy = "Install it: pip install 'p2pdnr[parquet]', or use --csv"
        raise ResultError([Problem("option", "--parquet", (), "needs pyarrow, which is not there", remedy)])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # Parquet is compressed itself
        for name, table in all_tables(result).items():
            stream = io.BytesIO()
            table.to_parquet(stream, engine="pyarrow", index=False)
            archive.writestr(f"{name}.parquet", stream.getvalue())


def _overview(result: StudyResult) -> Iterator[list[Value]]:
    """What the result is of, its figures, and what its certificates say."""
    summary = result.summary
    yield ["figure", "value", "limit", "state", "reason"]
    for name, value in summary.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield [name, value]
    for name, value in summary.get("costs_eur", {}).items():
        yield [f"costs_eur {name}", value]
    for name, found in summary["certificates"].items():
        yield [f"certificate {name}", found.get("value"), found.get("limit"), found["state"], found.get("reason", "")]


def _rows(table: pd.DataFrame) -> Iterator[list[Value]]:
    yield [str(column) for column in table.columns]
    for row in table.astype(object).itertuples(index=False):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Value:
    """A number or a text as Python's own; nothing where the cell is empty."""
    plain: Value = None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value
    return plain
