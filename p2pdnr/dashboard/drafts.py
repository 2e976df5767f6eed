"""Drafts: what stands in the table and the settings, as the page holds it, and the verdict on it.

A draft is JSON: ``base`` (the document it is written onto), ``rows``, ``settings``, ``mode`` (to solve), and
``solved`` (rows and settings of the result on show, against which changes count). A ``stamp`` that the page gives it
comes back with the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from p2pdnr.dashboard import tables
from p2pdnr.dashboard.columns import COLUMNS, ROW
from p2pdnr.dashboard.tables import CellProblem
from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario


def opened(scenario: Scenario) -> dict[str, Any]:
    """A fresh draft of a scenario."""
    rows, settings = tables.rows_of(scenario), tables.settings_of(scenario)
    return {
        "base": document.to_dict(scenario),
        "rows": rows,
        "settings": settings,
        "mode": "hourly",
        "next": len(rows),
        "solved": {"rows": rows, "settings": settings},
        "profiles": sorted(scenario.profiles),
        "name": scenario.name,
    }


def imported(text: str) -> dict[str, Any]:
    """A draft of a file's text; raises ScenarioError with every problem."""
    return unsolved(document.parse(text))


def unsolved(scenario: Scenario) -> dict[str, Any]:
    """A fresh draft of a scenario that no result belongs to."""
    return opened(scenario) | {"solved": {"rows": [], "settings": {}}, "imported": True}


def verdict(draft: Mapping[str, Any], told: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """What the page needs to know of a draft; ``told`` are problems that a solve reported.

    ``scenario`` is the document's text or None, ``problems`` name row and column, ``changes`` counts what differs from
    the result on show.
    """
    try:
        base = document.from_dict(draft["base"])
        reading = tables.to_scenario(base, draft["rows"], draft["settings"])
    except ScenarioError as error:
        reading = tables.Reading(None, tuple(tables.locate(error.problems, draft["rows"])))
    problems = [*reading.problems, *tables.locate(told, draft["rows"])]
    return {
        "scenario": document.dumps(reading.scenario) if reading.scenario and not problems else None,
        "problems": [asdict(problem) | {"where": _where(problem, draft["rows"])} for problem in problems],
        "notes": list(reading.notes),
        "changes": changes(draft),
        "mode": draft["mode"],
        "stamp": draft.get("stamp"),
        "edited": bool(draft.get("imported")) or changes(draft) > 0,
    }


def changes(draft: Mapping[str, Any]) -> int:
    """How many cells, rows and settings differ from the result on show."""
    solved, now = ({row[ROW]: row for row in rows} for rows in (draft["solved"]["rows"], draft["rows"]))
    moved = len(solved.keys() ^ now.keys())
    cells = sum(
        solved[key][field.key] != now[key][field.key] for key in solved.keys() & now.keys() for field in COLUMNS
    )
    before = draft["solved"]["settings"]
    settings = sum(before.get(key) != text for key, text in draft["settings"].items())
    return int(moved + cells + settings)


def _where(problem: CellProblem, rows: list[dict[str, str]]) -> str:
    """The place of a problem in words."""
    row = next((row for row in rows if row[ROW] == problem.row), None)
    column = next((field for field in COLUMNS if field.key == problem.column), None)
    prefix = f"{column.group} " if column and column.group != "Prosumer" else ""
    parts = [row["id"] or "a prosumer without name" if row else "", f"{prefix}{column.header}" if column else ""]
    return ", ".join(part for part in parts if part)
