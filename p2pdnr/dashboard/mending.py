"""Problems that hide one another: a draft with a wrong cell is read once more as if that cell were right.

A cell that cannot be read keeps the document from being judged, and a document that contradicts itself keeps its
network from being looked at. So wherever something is wrong, the base's own text stands in its place, and what the
reading says then is told as well. A place is told once: what hangs on what stands in for it is not told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from p2pdnr.dashboard import cells, preferences, profiles, tables
from p2pdnr.dashboard.columns import COLUMNS, HOURS, LIKE, ROW, SETTINGS
from p2pdnr.dashboard.tables import CellProblem, Reading
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

ROUNDS = 4
"""Readings of a draft: its cells, its document and its network may each be in the way of the next."""

_STAND_IN = {"id": "row {0}", "bus": "1"}
"""Texts of cells that cannot be empty, in a row that no prosumer of the base stands behind."""

_CURVES = {field.key for field in (*COLUMNS, *SETTINGS) if field.parse is cells.series}
"""Columns and settings with a value for each hour."""

_TOGETHER = (("tariff",), ("vm_min_pu", "vm_max_pu"))
"""Settings of which one limits the other: where one is wrong, nothing is said of the other."""


def every_problem(draft: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Reading]) -> Reading:
    """What ``read`` says of a draft, with every problem that another one hides."""
    first = reading = read(draft)
    told = list(first.problems)
    for _ in range(1, ROUNDS):
        if not reading.problems:
            break
        draft = mended(draft, reading.problems)
        reading = read(draft)
        places = {(problem.row, problem.column) for problem in told}
        new = [problem for problem in reading.problems if (problem.row, problem.column) not in places]
        if reading.problems and not new:
            break
        told += new
    return Reading(first.scenario, tuple(told), first.notes)


def mended(draft: Mapping[str, Any], problems: Iterable[CellProblem]) -> dict[str, Any]:
    """The draft where every place of a problem says what its base says, or what is sure to be allowed."""
    found = [problem for problem in problems if problem.column is not None]
    alone = {str(problem.column) for problem in found if problem.row is None}
    changed = dict(draft) | {"rows": _rows(draft, found)}
    changed["settings"] = dict(draft["settings"]) | _settings(draft, alone)
    curves = {column.removeprefix(profiles.PREFIX) for column in alone if column.startswith(profiles.PREFIX)}
    changed["profiles"] = {
        name: "1" if name in curves else text for name, text in (draft.get("profiles") or {}).items()
    }
    liked = draft.get("preferences") or {}
    changed["preferences"] = {key: text for key, text in liked.items() if f"{preferences.PREFIX}{key}" not in alone}
    return changed


def _rows(draft: Mapping[str, Any], found: Sequence[CellProblem]) -> list[dict[str, str]]:
    known = _base_rows(draft)
    wrong: dict[str, set[str]] = {}
    for problem in found:
        if problem.row is not None:
            wrong.setdefault(problem.row, set()).add(str(problem.column))
    taken = {row["id"].strip() for row in draft["rows"] if "id" not in wrong.get(row[ROW], ())}
    return [_row(row, known.get(row.get(LIKE, ""), {}), wrong.get(row[ROW], set()), taken) for row in draft["rows"]]


def _row(row: Mapping[str, str], base: Mapping[str, str], wrong: set[str], taken: set[str]) -> dict[str, str]:
    """A row with its wrong cells as in the base; a part of it (a battery, a tariff) goes back as a whole."""
    parts = {field.part for field in COLUMNS if field.key in wrong and field.part}
    back = [field.key for field in COLUMNS if field.key in wrong or field.part in parts]
    changed = dict(row) | {key: base.get(key, "") or _STAND_IN.get(key, "").format(row[ROW]) for key in back}
    if "id" in wrong:
        changed["id"] = changed["id"] if changed["id"] not in taken else _STAND_IN["id"].format(row[ROW])
        taken.add(changed["id"])
    return changed


def _base_rows(draft: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The base's prosumers as rows, by the keys that rows of the draft were made from."""
    base = document.from_dict(draft["base"])
    return {row[ROW]: _of_hours(row, draft, base) for row in tables.rows_of(base)}


def _of_hours(texts: dict[str, str], draft: Mapping[str, Any], base: Scenario) -> dict[str, str]:
    """Texts of a base, curves by their first value where the draft has another number of hours."""
    if draft["settings"].get(HOURS, "").strip() == str(base.hours):
        return texts
    curves = [key for key in _CURVES & texts.keys() if texts[key]]
    return texts | {key: cells.write(cells.series(texts[key])[0]) for key in curves}


def _settings(draft: Mapping[str, Any], alone: set[str]) -> dict[str, str]:
    scenario = document.from_dict(draft["base"])
    base = _of_hours(tables.settings_of(scenario), draft, scenario)
    wrong = [field for field in SETTINGS if field.key in alone]
    groups = [group for group in _TOGETHER if any(set(group) & set(field.path) for field in wrong)]
    bound = {field.key for field in SETTINGS if any(set(group) & set(field.path) for group in groups)}
    return {field.key: base[field.key] for field in SETTINGS if field.key in alone | bound}
