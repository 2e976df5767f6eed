"""Columns out of rows that may hold anything: every wrong value is noted, and a placeholder keeps the reading going."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.names import MOST_CHARACTERS, Register, unprintable


def problem(where: str, message: str, remedy: str, *ids: str) -> Problem:
    """A problem of the network document itself."""
    return Problem("network", where, ids, message, remedy)


def scalar(document: Mapping[str, Any], name: str, default: float, problems: list[Problem]) -> float:
    """A positive number of the document; ``default`` where it is absent or null, or wrong (then noted)."""
    value = document.get(name)
    if value is None:
        return default
    if _is_number(value) and value > 0:
        return float(value)
    problems.append(problem(name, f"is not a positive number ({value!r:.40})", "Correct it or leave it out"))
    return default


@dataclass
class Rows:
    """The rows of one list in a document, being read column by column; ``problems`` collects what is wrong, ``ids`` are
    the texts that rows are called by, ``alone`` those that one row alone has."""

    component: str
    rows: Any
    fields: set[str]
    problems: list[Problem] = field(repr=False)

    ids: tuple[str, ...] = ()
    alone: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        given, self.rows = self.rows, list(self.rows) if isinstance(self.rows, list | tuple) else []
        if given is not None and not isinstance(given, list | tuple):
            self.problems.append(problem(f"{self.component} rows", "are not a list", "Put the rows in [ ]"))
        wrong = [index for index, row in enumerate(self.rows) if not isinstance(row, Mapping)]
        self.note("", wrong, "is not an object", "Write each row as {field: value, ...}")
        self.rows = [row if isinstance(row, Mapping) else {} for row in self.rows]
        self.ids = self._ids()
        self.alone = frozenset(own for own, count in Counter(self.ids).items() if own and count == 1)
        known, unknown = f"Known are {', '.join(sorted(self.fields))}", dict[str, list[int]]()
        for index, row in enumerate(self.rows):
            for name in row.keys() - self.fields:
                unknown.setdefault(str(name), []).append(index)
        for name in sorted(unknown):
            self.note(name[:40], unknown[name], "is not known", known)
        misplaced = [i for i, row in enumerate(self.rows) if _is_number(row.get("id")) and row["id"] != i + 1]
        self.note("id", misplaced, "is not the place in the list", "Number the rows 1, 2, 3 ... or leave id out")

    def _ids(self) -> tuple[str, ...]:
        """The text that every row has as its id, "" where it has none; () where none has one."""
        given = [row.get("id") for row in self.rows]
        wrong = [i for i, value in enumerate(given) if value is not None and not (_is_text(value) or _is_number(value))]
        remedy = f"Give a text of 1 to {MOST_CHARACTERS} characters, all of them to be seen, or leave it out"
        self.note("id", wrong, "is no name", remedy)
        ids = tuple(value.strip() if _is_text(value) else "" for value in given)
        return ids if any(ids) else ()

    def name(self, index: int) -> str:
        """What messages call a row: its id where it alone has it, else its number."""
        own = self.ids[index] if self.ids else ""
        return own if own in self.alone else str(index + 1)

    def register(self) -> Register:
        """The ids, to look texts up in."""
        return Register(self.component, self.ids, len(self.rows))

    def note(self, where: str, indices: Iterable[int], message: str, remedy: str) -> None:
        """Note one problem that the rows at these indices share."""
        ids = tuple(self.name(int(index)) for index in indices)
        if ids:
            self.problems.append(Problem(self.component, where, ids, message, remedy))

    def numbers(
        self, name: str, default: float | None = None, least: float = -math.inf, above: float = -math.inf
    ) -> Floats:
        """(rows,) finite numbers, at least ``least`` and greater than ``above``; ``default`` where absent or null."""
        values = [row.get(name) for row in self.rows]
        placeholder = 1.0 if default is None else default
        absent = [index for index, value in enumerate(values) if value is None and default is None]
        self.note(name, absent, "is missing", "Give a number")
        wrong = [index for index, value in enumerate(values) if value is not None and not _is_number(value)]
        self.note(name, wrong, "is not a finite number", "Give a number, with a point before the decimals")
        fine = [value is not None and _is_number(value) for value in values]
        low = {i for i, ok in enumerate(fine) if ok and (values[i] < least or values[i] <= above)}
        bound = f"below {least:g}" if math.isfinite(least) else f"not above {above:g}"
        self.note(name, sorted(low), f"is {bound}", "Correct the sign or the value")
        usable = [float(value) if fine[i] and i not in low else placeholder for i, value in enumerate(values)]
        return np.array(usable, dtype=np.float64)

    def booleans(self, name: str, default: bool) -> Bools:
        """(rows,) true or false; ``default`` where absent or null."""
        values = [default if row.get(name) is None else row[name] for row in self.rows]
        wrong = [index for index, value in enumerate(values) if not isinstance(value, bool | np.bool_)]
        self.note(name, wrong, "is neither true nor false", "Write true or false")
        return np.array([value is True or value is np.True_ for value in values], dtype=np.bool_)

    def indices(self, name: str, buses: Register, count: int) -> Ints:
        """(rows,) indices from 0 of buses, out of numbers from 1 to ``count`` and ids."""
        found, wrong = [], dict[str, list[int]]()
        for index, row in enumerate(self.rows):
            value, said = row.get(name), "is no bus number"
            fine = _is_number(value) and float(value).is_integer() and 1 <= value <= count
            place = int(value) - 1 if fine else None
            if isinstance(value, str):
                place, said = _by_id(buses, value)
            if place is None:
                wrong.setdefault(said, []).append(index)
            found.append(place or 0)
        for said, rows in wrong.items():
            self.note(name, rows, said, f"Buses are numbered 1 to {count}; a text is the id of one")
        return np.array(found, dtype=np.int64)


def _by_id(buses: Register, text: str) -> tuple[int | None, str]:
    """The bus with an id, or what is wrong with it."""
    try:
        return buses.by_id(text), f"is {text[:40]!r}, and no bus has this id"
    except ValueError as error:
        return None, f"is {text[:40]!r}, which {error}"


def _is_text(value: Any) -> bool:
    """Whether a value can be an id."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= MOST_CHARACTERS:
        return False
    return not unprintable(value.strip())


def _is_number(value: Any) -> bool:
    """Whether a value is a finite number; true and false are none, nor is an integer too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
