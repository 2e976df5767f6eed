"""The load of a day from a CSV file: one row per hour, a column of factors for all buses, or columns for single ones.

Columns: ``hour`` (0, 1, 2 ...), then any of ``factor`` (of all buses no other column names), ``bus 5`` (factor of that
bus), ``bus 5 kw`` and ``bus 5 kvar`` (its net withdrawal itself, negative where it feeds in). Factors multiply the
network's own load, active and reactive; a bus without any column keeps its own load.
"""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

import numpy as np

from p2pdnr.errors import Problem, ProfileError
from p2pdnr.network.arrays import Floats, Network

MOST_HOURS = 168
MOST_BYTES = 20_000_000
_COLUMN = re.compile(r"factor|bus (\d{1,6})( kw| kvar)?")


def read_profile(path: Path, network: Network) -> tuple[Floats, Floats]:
    """Net withdrawals (T, n) in kW and kvar of a network over the hours of a file.

    Raises :class:`ProfileError` with every problem, each with its row (the header is row 1) and column.
    """
    rows = _rows(path)
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    problems = _header_problems(header, network)
    if not problems:
        problems = _row_problems(header, rows[1:])
    if problems:
        raise ProfileError([Problem("profile", where, (path.name,), *told) for where, *told in problems])
    values = np.array([[float(cell) for cell in row] for row in rows[1:]])
    return _withdrawals(network, dict(zip(header[1:], values[:, 1:].T, strict=True)), len(values))


def _rows(path: Path) -> list[list[str]]:
    """The cells of the file, empty lines left out."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ProfileError([_unreadable(path, f"has more than {MOST_BYTES // 10**6} MB")])
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        raise ProfileError([_unreadable(path, reason)]) from error
    try:
        return [row for row in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ProfileError([_unreadable(path, f"is no CSV: {error}")]) from error


def _unreadable(path: Path, message: str) -> Problem:
    return Problem("profile", "", (str(path),), message, "Give a CSV file with a row per hour (docs/formats.md)")


def _header_problems(header: list[str], network: Network) -> list[tuple[str, str, str]]:
    """What is wrong with the column names, as (field, message, remedy)."""
    known = "Columns are hour, factor, and bus N, bus N kw, bus N kvar for single buses"
    if not header:
        return [("", "is empty", f"Start with a row of column names. {known}")]
    if len(header) == 1 and ";" in header[0]:
        return [("row 1", "is separated by semicolons", "Separate columns by commas, with a point in numbers")]
    found = [] if header[0] == "hour" else [("row 1, column 1", f"is {header[0]!r}, not 'hour'", known)]
    if len(header) == 1:
        found.append(("row 1", "names no column but hour", known))
    for place, name in enumerate(header[1:], start=2):
        where, match = f"row 1, column {place}", _COLUMN.fullmatch(name)
        if match is None:
            found.append((where, f"is {name[:40]!r}, which is no column", known))
        elif match[1] and not 1 <= int(match[1]) <= network.n_buses:
            found.append((where, f"names bus {match[1]}", f"{network.name} has buses 1 to {network.n_buses}"))
        elif name in header[1 : place - 1]:
            found.append((where, f"names {name} again", "Name every column once"))
        elif f"{name} kw" in header:
            found.append((where, f"and {name} kw both tell the load of a bus", "Keep one of them"))
    return found


def _row_problems(header: list[str], rows: list[list[str]]) -> list[tuple[str, str, str]]:
    """What is wrong with the values."""
    if not 1 <= len(rows) <= MOST_HOURS:
        return [("", f"has {len(rows)} hours", f"Give 1 to {MOST_HOURS} rows below the column names")]
    found = []
    for number, row in enumerate(rows):
        where = f"row {number + 2}"
        if len(row) != len(header):
            found.append((where, f"has {len(row)} cells", f"The first row has {len(header)}"))
            continue
        found += [
            (f"{where}, column {name}", f"is {cell.strip()[:40]!r}, no finite number", "Give a number, as in 0.85")
            for name, cell in zip(header, row, strict=True)
            if not _is_number(cell)
        ]
        if _is_number(row[0]) and float(row[0]) != number:
            found.append((f"{where}, column hour", f"is {row[0].strip()}, not {number}", "Hours count 0, 1, 2"))
    return found


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _withdrawals(network: Network, columns: dict[str, Floats], hours: int) -> tuple[Floats, Floats]:
    """(T, n) kW and kvar."""
    factor = np.ones((hours, network.n_buses)) * columns.get("factor", np.ones(hours))[:, None]
    for bus in range(network.n_buses):
        factor[:, bus] = columns.get(f"bus {bus + 1}", factor[:, bus])
    p_kw, q_kvar = factor * network.p_kw, factor * network.q_kvar
    for bus in range(network.n_buses):
        p_kw[:, bus] = columns.get(f"bus {bus + 1} kw", p_kw[:, bus])
        q_kvar[:, bus] = columns.get(f"bus {bus + 1} kvar", q_kvar[:, bus])
    return p_kw, q_kvar
