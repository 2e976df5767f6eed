"""Scenarios of loads from a CSV file: a load profile with a first column ``scenario``.

Rows with the same name of a scenario belong together, in the order of the file; each scenario has the columns and the
number of steps of the others (:mod:`.load_profile`), and all are equally likely.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from p2pdnr.errors import Problem, ProfileError
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.planning.load_profile import Cells, Profile, cells, profile_of

MOST_SCENARIOS = 1_000
MOST_CELLS = 20_000_000
"""Scenarios times steps times buses."""


def read_scenarios(path: Path, network: Network, step_h: float | None = None) -> list[Profile]:
    """The load of a network in every scenario of a file.

    Raises :class:`ProfileError` with every problem, each with its scenario, row (that of names is row 1) and column.
    """
    read = cells(path)
    if not read.rows or not read.rows[0] or read.rows[0][0].strip().lower() != "scenario":
        raise ProfileError([_problem(path, "row 1, column 1", "is not 'scenario'", _REMEDY)])
    parts: dict[str, list[list[str]]] = {}
    for row in read.rows[1:]:
        parts.setdefault(row[0].strip(), []).append(row[1:])
    if not 1 <= len(parts) <= MOST_SCENARIOS:
        raise ProfileError([_problem(path, "", f"has {len(parts):,} scenarios", f"Give 1 to {MOST_SCENARIOS:,}")])
    found, problems = list[Profile](), list[Problem]()
    for name, rows in parts.items():
        ids = (path.name, f"scenario {name[:40]}")
        try:
            found.append(profile_of(Cells([read.rows[0][1:], *rows], read.delimiter), ids, network, step_h))
        except ProfileError as error:
            problems += error.problems
    if problems:
        raise ProfileError(problems)
    _refuse_unlike(path, list(parts), found)
    return found


_REMEDY = "Begin every row with the name of its scenario, then the columns of a load profile: scenario, hour, factor"


def _refuse_unlike(path: Path, names: list[str], found: list[Profile]) -> None:
    """Raise ProfileError where scenarios have other steps than the first, or all together are too many."""
    steps = [len(profile.p_kw) for profile in found]
    told = [
        Problem("profile", "", (path.name, f"scenario {name[:40]}"), f"has {count} steps, the first {steps[0]}", _EVEN)
        for name, count, profile in zip(names, steps, found, strict=True)
        if count != steps[0] or profile.step_h != found[0].step_h
    ]
    if np.sum([profile.p_kw.size for profile in found]) > MOST_CELLS:
        told.append(_problem(path, "", "has too many scenarios, steps and buses together", "Give fewer scenarios"))
    if told:
        raise ProfileError(told)


_EVEN = "Give every scenario the same steps"


def _problem(path: Path, where: str, message: str, remedy: str) -> Problem:
    return Problem("profile", where, (path.name,), message, remedy)
