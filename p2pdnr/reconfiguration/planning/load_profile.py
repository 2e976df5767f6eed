"""The load of a day from a CSV file: one row per step, a column of factors for all buses, or columns for single ones.

Columns: ``hour`` (0, 1, 2 ... or 1, 2, 3 ..., or ISO time stamps at even steps; it may be called step, time or
timestamp), then any of ``factor`` (of all buses no other column names), ``bus 5`` (factor of that bus), ``bus 5 kw``
and ``bus 5 kvar`` (its net withdrawal itself, negative where it feeds in), and ``bus 5 generator kw`` (what the
generator gives that holds the voltage of that bus); for 5 the id of a bus may stand. Factors multiply the network's own
load, active and reactive, and no generator; a bus without any column keeps its own load. Columns are separated by
commas, or by semicolons or tabs, and then numbers may have a decimal comma. Two columns may be called anything where
what stands in them is clear; the profile then says how it was read.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from p2pdnr.errors import InputError, Problem, ProfileError
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.generators import own_loads
from p2pdnr.network.names import Register
from p2pdnr.sheets.text import decoded

MOST_STEPS = 35_136
"""Rows of a file: a leap year of quarter hours."""
MOST_BYTES = 100_000_000
_TIMES = ("hour", "step", "time", "timestamp", "datetime")
_BUS = re.compile(r"bus (.+?)( kw| kvar| generator kw)?", re.IGNORECASE)
_KNOWN = (
    "Columns are hour, factor, and bus N, bus N kw, bus N kvar, bus N generator kw for single buses, "
    "N a number or an id"
)
_UNEVEN_H = 1e-6
MOST_FACTOR = 10.0
"""A column of no known name with values beyond this, or below zero, is hardly one of factors."""
_POWERS = re.compile(
    r"[kmg]?(w|va|var|wh)(/?h)?|watts?|(wirk)?leistung(en)?|last(en)?|lastgang|verbrauch|power|load|demand|consumption|"
    r"puissance|charge|consommation|potencia|carga|consumo"
)
"""What a column of powers or energies may be called: nobody knows of which buses."""


class _Fault(NamedTuple):
    """What is wrong with a file, where in it, and what to do about it."""

    where: str
    what: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Profile:
    """Net withdrawals ``p_kw``, ``q_kvar`` (T, n); ``step_h``: the length of a row in h, where time stamps tell it;
    ``remarks``: how columns without a known name were read, for people."""

    p_kw: Floats
    q_kvar: Floats
    step_h: float | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    """What a column holds: ``kind`` factor, kw, kvar or generator kw, of a ``bus`` (index) or, None, of all that have
    no other."""

    kind: str
    bus: int | None


def read_profile(path: Path, network: Network, step_h: float | None = None) -> Profile:
    """The load of a network over the rows of a file; ``step_h``: what time stamps must be apart, where that is given.

    Raises :class:`ProfileError` with every problem, each with its row (the header is row 1) and column.
    """
    return profile_of(cells(path), (path.name,), network, step_h)


@dataclass(frozen=True)
class Cells:
    """The cells of a file, the first row being names, and what separates them."""

    rows: list[list[str]]
    delimiter: str


def cells(path: Path) -> Cells:
    """The cells of a file, empty lines left out. Raises :class:`ProfileError` where it is none."""
    text = _text(path)
    return Cells(_rows(path, text), _delimiter(text))


def profile_of(read: Cells, ids: tuple[str, ...], network: Network, step_h: float | None = None) -> Profile:
    """The load of a network over rows of cells, ``ids`` saying of which file; errors as of :func:`read_profile`."""
    rows = read.rows
    header = [" ".join(cell.split()) for cell in rows[0]] if rows else []
    given, header = header, _understood(header, rows[1:], network)
    columns, told = _columns(header, network)
    values, step = np.zeros((0, 0)), None
    if not told:
        told, values = _values(header, rows[1:], "," if read.delimiter == "," else "")
    if not told:
        told, step = _step([row[0].strip() for row in rows[1:]], step_h)
    if told:
        raise ProfileError([Problem("profile", fault.where, ids, fault.what, fault.remedy) for fault in told])
    return Profile(*_withdrawals(network, columns, values), step, _as_read(given, header))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ProfileError([_unreadable(path, f"has more than {MOST_BYTES // 10**6} MB")])
        return decoded(path.read_bytes(), path.name).removeprefix("\ufeff")
    except ProfileError:
        raise
    except OSError as error:
        raise ProfileError([_unreadable(path, f"cannot be read: {error.strerror}")]) from error
    except InputError as error:
        raise ProfileError([_unreadable(path, error.problems[0].message)]) from error


def _delimiter(text: str) -> str:
    """What separates columns: the first row tells."""
    first = next((row for row in text.splitlines() if row.strip()), "")
    return next((mark for mark in (";", "\t") if mark in first), ",")


def _rows(path: Path, text: str) -> list[list[str]]:
    """The cells of the file, empty lines left out."""
    try:
        cells = csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
        return [row for row in cells if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ProfileError([_unreadable(path, f"is no CSV: {error}")]) from error


def _unreadable(path: Path, message: str) -> Problem:
    return Problem("profile", "", (str(path),), message, "Give a CSV file with a row per hour (docs/formats.md)")


def _understood(header: list[str], rows: list[list[str]], network: Network) -> list[str]:
    """The header with names of its own for two columns that are clear from what stands in them: rows that count or time
    stamps, then factors. Names that are known, and all that is not clear, stay as they are."""
    if len(header) != 2 or any(len(row) != 2 for row in rows) or any(map(_is_value, header)):
        return header
    timed, told = header[0].lower() in _TIMES, _is_known(header[1], network)
    counts = all(map(_is_count, (row[0] for row in rows))) or all(_stamp(row[0].strip()) for row in rows)
    if (timed and told) or not rows or not counts or not (told or _are_factors(header[1], [row[1] for row in rows])):
        return header
    return [header[0] if timed else "hour", header[1] if told else "factor"]


def _are_factors(name: str, cells: list[str]) -> bool:
    """Whether a column of no known name can hold nothing else."""
    values = [_number(cell.replace(",", ".")) for cell in cells]
    powers = any(map(_POWERS.fullmatch, re.split(r"[^\w/]+", name.lower())))
    return not powers and all(value is not None and 0.0 <= value <= MOST_FACTOR for value in values)


def _is_count(cell: str) -> bool:
    return _number(cell.replace(",", ".")) is not None


def _is_value(name: str) -> bool:
    """Whether a name is a number or a time: then the file begins without names."""
    return _is_count(name) or _stamp(name) is not None


def _is_known(name: str, network: Network) -> bool:
    """Whether a name says what its column holds, or means to."""
    return name.lower() == "factor" or _BUS.fullmatch(name) is not None or name in network.bus_ids


def _as_read(given: list[str], header: list[str]) -> tuple[str, ...]:
    """How columns were read that are called otherwise."""
    meant = {"hour": "the hours or time stamps", "factor": "factors of all loads"}
    return tuple(
        f"column {place} ({own!r}) as {meant[name]}, by what stands in it"
        for place, (own, name) in enumerate(zip(given, header, strict=True), start=1)
        if own != name
    )


def _columns(header: list[str], network: Network) -> tuple[list[_Column], list[_Fault]]:
    """What the columns after the first hold, and what is wrong with their names."""
    if not header:
        return [], [_Fault("", "is empty", f"Start with a row of column names. {_KNOWN}")]
    told: list[_Fault] = []
    if header[0].lower() not in _TIMES:
        told.append(_Fault("row 1, column 1", f"is {header[0][:40]!r}, not 'hour'", _KNOWN))
    if len(header) == 1:
        told.append(_Fault("row 1", "names no column but hour", _KNOWN))
    register, columns = Register("bus", network.bus_ids, network.n_buses), dict[_Column, str]()
    for place, name in enumerate(header[1:], start=2):
        try:
            column = _column(name, register)
            _refuse_no_generator(column, network)
            _refuse_twice(column, columns, name)
            columns[column] = name
        except ValueError as error:
            told.append(_Fault(f"row 1, column {place}", str(error), _remedy(name, network)))
    return list(columns), told


def _remedy(name: str, network: Network) -> str:
    if any(map(_POWERS.fullmatch, re.split(r"[^\w/]+", name.lower()))) and not name.lower().startswith("bus "):
        return f"Call it factor where its values multiply the network's loads, or give each bus its own. {_KNOWN}"
    return f"{network.name} has buses 1 to {network.n_buses}" if name.lower().startswith("bus ") else _KNOWN


def _column(name: str, register: Register) -> _Column:
    """What a column holds; raises ValueError when that is not clear."""
    if name.lower() == "factor":
        return _Column("factor", None)
    match = _BUS.fullmatch(name)
    if match is None:
        raise ValueError(f"is {name[:40]!r}, which is no column")
    kind = (match[2] or " factor").strip().lower()
    whole = name[: len(name) - len(match[2] or "")]
    for text in (match[1], whole):  # the id of a bus may begin with the word
        try:
            return _Column(kind, register.find(text))
        except ValueError as error:
            if str(error) != "does not exist":
                raise ValueError(f"names {text[:40]}, which {error}") from None
    raise ValueError(f"names bus {match[1][:40]}, which does not exist")


def _refuse_no_generator(column: _Column, network: Network) -> None:
    """Raise ValueError where a bus has no generator that holds its voltage."""
    at = network.generators.bus.tolist() if network.generators is not None else []
    if column.kind == "generator kw" and column.bus not in at:
        raise ValueError(
            f"names {network.bus_label(column.bus or 0)[:44]}, which has no generator that holds a voltage"
        )


def _refuse_twice(column: _Column, before: dict[_Column, str], name: str) -> None:
    """Raise ValueError where a column says what one before it has said."""
    if column in before:
        raise ValueError(f"names {name[:40]} again")
    other = {"factor": "kw", "kw": "factor"}.get(column.kind)
    if other and column.bus is not None and (rival := before.get(_Column(other, column.bus))):
        raise ValueError(f"and {rival[:40]} both tell the load of a bus")


def _values(header: list[str], rows: list[list[str]], comma: str) -> tuple[list[_Fault], Floats]:
    """What is wrong with the values, and (T, columns) numbers of the columns after the first; ``comma`` where commas
    separate columns."""
    if not 1 <= len(rows) <= MOST_STEPS:
        remedy = f"Give 1 to {MOST_STEPS:,} rows below the column names; a longer time in parts, or as typical days"
        return [_Fault("", f"has {len(rows):,} steps", remedy)], np.zeros((0, 0))
    told, numbers = list[_Fault](), np.zeros((len(rows), len(header) - 1))
    points = not comma and any("." in cell for row in rows for cell in row[1:])
    for number, row in enumerate(rows):
        where = f"row {number + 2}"
        if len(row) != len(header):
            told.append(_Fault(where, f"has {len(row)} cells", f"The first row has {len(header)}"))
            continue
        for column, cell in enumerate(row[1:]):
            value = _number(cell if comma or points else cell.replace(",", "."))
            numbers[number, column] = value or 0.0
            if value is None:
                sign = "Give a number, as in 0.85" + ("" if comma else "; all with a point, or all with a comma")
                said = f"is {cell.strip()[:40]!r}, no finite number"
                told.append(_Fault(f"{where}, column {header[column + 1][:60]}", said, sign))
    return told, numbers


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _step(times: list[str], step_h: float | None) -> tuple[list[_Fault], float | None]:
    """What is wrong with the first column, and the length of a step where it holds time stamps."""
    counted = [_number(time.replace(",", ".")) for time in times]
    if counted[0] is not None:
        first = 1.0 if counted[0] == 1.0 else 0.0
        wrong = [number for number, value in enumerate(counted) if value != first + number]
        remedy = "Count 0, 1, 2 or 1, 2, 3, or give a time stamp in every row"
        told = [_Fault(f"row {n + 2}, column hour", f"is {times[n][:40]}, not {first + n:g}", remedy) for n in wrong]
        return told, None
    return _stamped_step(times, step_h)


def _stamped_step(times: list[str], step_h: float | None) -> tuple[list[_Fault], float | None]:
    """The same of time stamps, which must be evenly apart."""
    stamps = [_stamp(time) for time in times]
    remedy = "Give ISO time stamps, as in 2025-06-23 14:00, all with an offset or none"
    aware = stamps[0] is not None and stamps[0].tzinfo is not None
    unread = [n for n, stamp in enumerate(stamps) if stamp is None or (stamp.tzinfo is not None) != aware]
    if unread:
        return [
            _Fault(f"row {n + 2}, column hour", f"is {times[n][:40]!r}, no time stamp", remedy) for n in unread
        ], None
    apart = list(_hours_apart([stamp for stamp in stamps if stamp is not None]))
    step = step_h if step_h is not None or not apart else apart[0]
    if step is None:
        return [], None
    if step <= 0.0:
        return [
            _Fault("row 3, column hour", f"is {times[1][:40]}, not after the row before", "Put the rows in order")
        ], None
    uneven = [n for n, hours in enumerate(apart) if abs(hours - step) > _UNEVEN_H]
    even = f"Rows stand {step:g} h apart; where clocks change give time stamps with their offset"
    told = [_Fault(f"row {n + 3}, column hour", f"comes {apart[n]:g} h after the row before", even) for n in uneven]
    return told, step


def _hours_apart(stamps: list[datetime]) -> Iterator[float]:
    return ((after - before).total_seconds() / 3600.0 for before, after in pairwise(stamps))


def _stamp(text: str) -> datetime | None:
    """An ISO time stamp; digits alone are none."""
    try:
        return datetime.fromisoformat(text) if "-" in text else None
    except ValueError:
        return None


def _withdrawals(network: Network, columns: list[_Column], values: Floats) -> tuple[Floats, Floats]:
    """(T, n) kW and kvar."""
    factor, every = np.ones((len(values), network.n_buses)), slice(None)
    named = sorted(zip(columns, values.T, strict=True), key=lambda pair: pair[0].bus is not None)
    for column, series in named:
        if column.kind == "factor":
            factor[:, every if column.bus is None else [column.bus]] = series[:, None]
    own_kw, own_kvar = own_loads(network)
    drawn = {"kw": factor * own_kw, "kvar": factor * own_kvar}
    for column, series in named:
        if column.kind in drawn:
            drawn[column.kind][:, column.bus] = series
    if network.generators is not None:
        at = network.generators.bus
        given = np.tile(network.generators.p_kw, (len(values), 1))
        for column, series in named:
            if column.kind == "generator kw":
                given[:, at == column.bus] = series[:, None]
        drawn["kw"][:, at] -= given
        drawn["kvar"][:, at] -= network.generators.kvar
    return drawn["kw"], drawn["kvar"]
