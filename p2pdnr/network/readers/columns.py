"""Columns out of rows that may hold anything: every wrong value is noted, and a placeholder keeps the reading going."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Bools, Floats, Ints


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
    """The rows of one list in a document, being read column by column; ``problems`` collects what is wrong."""

    component: str
    rows: Any
    fields: set[str]
    problems: list[Problem] = field(repr=False)

    def __post_init__(self) -> None:
        given, self.rows = self.rows, list(self.rows) if isinstance(self.rows, list | tuple) else []
        if given is not None and not isinstance(given, list | tuple):
            self.problems.append(problem(f"{self.component} rows", "are not a list", "Put the rows in [ ]"))
        wrong = [index for index, row in enumerate(self.rows) if not isinstance(row, Mapping)]
        self.note("", wrong, "is not an object", "Write each row as {field: value, ...}")
        self.rows = [row if isinstance(row, Mapping) else {} for row in self.rows]
        known, unknown = f"Known are {', '.join(sorted(self.fields))}", dict[str, list[int]]()
        for index, row in enumerate(self.rows):
            for name in row.keys() - self.fields:
                unknown.setdefault(str(name), []).append(index)
        for name in sorted(unknown):
            self.note(name[:40], unknown[name], "is not known", known)
        misplaced = [i for i, row in enumerate(self.rows) if _is_number(row.get("id")) and row["id"] != i + 1]
        self.note("id", misplaced, "is not the place in the list", "Number the rows 1, 2, 3 ... or leave id out")

    def note(self, where: str, indices: Iterable[int], message: str, remedy: str) -> None:
        """Note one problem that the rows at these indices share."""
        ids = tuple(str(int(index) + 1) for index in indices)
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

    def indices(self, name: str, count: int) -> Ints:
        """(rows,) indices from 0 out of numbers from 1 to ``count``."""
        values = [row.get(name) for row in self.rows]
        fine = [_is_number(value) and float(value).is_integer() and 1 <= value <= count for value in values]
        self.note(
            name, [i for i, ok in enumerate(fine) if not ok], "is no bus number", f"Buses are numbered 1 to {count}"
        )
        return np.array([int(v) - 1 if ok else 0 for v, ok in zip(values, fine, strict=True)], dtype=np.int64)


def _is_number(value: Any) -> bool:
    """Whether a value is a finite number; true and false are none, nor is an integer too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
