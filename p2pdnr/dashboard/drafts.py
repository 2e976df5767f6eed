"""Drafts: what stands in the table, the profiles and the settings, as the page holds it, and the verdict on it.

A draft is JSON: ``base`` (the document it is written onto), ``rows``, ``settings``, ``profiles`` and ``preferences``
(texts), ``mode`` and ``trading`` ("on", "off") to solve, ``case`` (the named case it began with, or None), and
``solved`` (rows, texts and trading of the result on show, against which changes count). A ``stamp`` that the page gives
it comes back with the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from p2pdnr.dashboard import mending, preferences, profiles, tables, wording
from p2pdnr.dashboard.columns import COLUMNS, LIKE, ROW, SETTINGS
from p2pdnr.dashboard.tables import CellProblem, Reading
from p2pdnr.errors import InputError, Problem
from p2pdnr.network import readers
from p2pdnr.scenario import assembly, document, size
from p2pdnr.scenario.schema import Scenario

ON, OFF = "on", "off"
"""Texts of the market's switch."""

MAX_ROWS = size.MAX_PROSUMERS
"""Prosumers of a draft: these are judged in a third of a second."""

PARTS = ("settings", "profiles", "preferences")
"""Parts of a draft that are texts by name."""

MODES = ("hourly", "static", "fixed")
"""Modes that a draft may ask for, the usual one first."""


def opened(scenario: Scenario) -> dict[str, Any]:
    """A fresh draft of a scenario."""
    texts = {
        "rows": tables.rows_of(scenario),
        "settings": tables.settings_of(scenario),
        "profiles": profiles.profiles_of(scenario),
        "preferences": preferences.preferences_of(scenario),
        "trading": ON,
    }
    return texts | {
        "base": document.to_dict(scenario),
        "places": _places(scenario),
        "mode": MODES[0],
        "next": len(texts["rows"]),
        "solved": dict(texts),
        "hours": scenario.hours,
        "step_h": scenario.step_h,
        "name": scenario.name,
        "case": None,
    }


def unsolved(scenario: Scenario) -> dict[str, Any]:
    """A fresh draft of a scenario that no result belongs to."""
    nothing = {"rows": [], "settings": {}, "profiles": {}, "preferences": {}, "trading": ON}
    return opened(scenario) | {"solved": nothing, "imported": True}


def edited(before: Scenario, after: Scenario) -> dict[str, Any]:
    """A draft of ``after`` whose changes count against ``before``, prosumers of one id being the same."""
    draft, solved = opened(after), opened(before)["solved"]
    keys = {row["id"]: {ROW: row[ROW], LIKE: row[LIKE]} for row in draft["rows"]}
    gone = {row["id"]: {ROW: f"gone {row[ROW]}"} for row in solved["rows"]}
    rows = [row | keys.get(row["id"], gone[row["id"]]) for row in solved["rows"]]
    liked = preferences.rekeyed(
        solved["preferences"], {old[ROW]: new[ROW] for old, new in zip(solved["rows"], rows, strict=True)}
    )
    return draft | {"solved": solved | {"rows": rows, "preferences": liked}}


def verdict(draft: Mapping[str, Any], told: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """What the page needs to know of a draft; ``told`` are problems that a solve reported.

    ``scenario`` is the document's text or None, ``sha256`` its hash, ``problems`` name row and column, ``changes``
    counts what differs from the result on show.
    """
    reading = read(draft)
    problems = list(dict.fromkeys([*reading.problems, *tables.locate(told, draft["rows"])]))
    right = reading.scenario if not problems else None
    changed, rows = changes(draft), {row[ROW]: row for row in reversed(draft["rows"])}
    return {
        "scenario": document.dumps(right) if right else None,
        "sha256": document.sha256(right) if right else None,
        "problems": [asdict(problem) | {"where": _where(problem, rows)} for problem in problems],
        "notes": list(reading.notes),
        "changes": changed,
        "mode": draft["mode"],
        "p2p": draft.get("trading", ON) != OFF,
        "stamp": draft.get("stamp"),
        "edited": bool(draft.get("imported")) or changed > 0,
        "moved": _placed(draft) != draft["base"],
    }


def _places(scenario: Scenario) -> dict[str, list[float]]:
    """Buses that somebody has moved in the drawing: number -> x, y."""
    return {str(bus): [place.x, place.y] for bus, place in scenario.network.places.items()}


def _placed(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a draft with the places of its buses; they are no change of what is solved."""
    base = dict(draft["base"])
    network, places = base.get("network"), draft.get("places")
    if places is None or not isinstance(network, dict):
        return base
    given = {key: value for key, value in network.items() if key != "places"}
    moved = {bus: {"x": x, "y": y} for bus, (x, y) in places.items()}
    return base | {"network": given | ({"places": moved} if moved else {})}


def read(draft: Mapping[str, Any]) -> Reading:
    """The scenario of a draft, seen to fit its network, or every problem, none of which hides another."""
    try:
        size.limit(draft["base"])
        document.from_dict(_placed(draft))
    except InputError:
        return _read(draft)
    return mending.every_problem(draft, _read)


def _read(draft: Mapping[str, Any]) -> Reading:
    """What a draft says, judged up to its first fault: its cells, then its document, then its network; one that takes
    seconds to read is looked at when it is solved."""
    notes: tuple[str, ...] = ()
    try:
        size.limit(draft["base"])
        base = document.from_dict(_placed(draft))
        reading = tables.to_scenario(
            base, draft["rows"], draft["settings"], draft.get("profiles"), draft.get("preferences")
        )
        notes = reading.notes
        if reading.scenario is not None and readers.is_quick(reading.scenario.network.source):
            assembly.build_network(reading.scenario, None, parsed=True)
        return reading
    except InputError as error:
        return Reading(None, tuple(tables.locate(error.problems, draft["rows"])), notes)


def changes(draft: Mapping[str, Any]) -> int:
    """How many cells, rows, settings, profiles and preferences differ from the result on show."""
    solved, now = ({row[ROW]: row for row in rows} for rows in (draft["solved"]["rows"], draft["rows"]))
    moved = len(solved.keys() ^ now.keys())
    cells = sum(
        solved[key][field.key] != now[key][field.key] for key in solved.keys() & now.keys() for field in COLUMNS
    )
    others = sum(_differing(draft["solved"].get(part), draft.get(part)) for part in PARTS)
    return int(moved + cells + others + (draft["solved"].get("trading", ON) != draft.get("trading", ON)))


def _differing(before: Mapping[str, str] | None, now: Mapping[str, str] | None) -> int:
    before, now = before or {}, now or {}
    return sum(before.get(key) != now.get(key) for key in before.keys() | now.keys())


def _where(problem: CellProblem, rows: Mapping[str | None, Mapping[str, str]]) -> str:
    """The place of a problem in words of the page's language; ``rows`` by their ids."""
    say = wording.of_request()
    if problem.column and problem.column.startswith(profiles.PREFIX):
        return say("Profile {0}", problem.column.removeprefix(profiles.PREFIX))
    if problem.column and problem.column.startswith(preferences.PREFIX):
        return say("Preference")
    row = rows.get(problem.row)
    if row is None:
        return next((say(field.header) for field in SETTINGS if field.key == problem.column), "")
    column = next((field for field in COLUMNS if field.key == problem.column), None)
    prefix = f"{say(column.group)} " if column and column.group != "Prosumer" else ""
    parts = [row["id"] or say("a prosumer without name"), f"{prefix}{say(column.header)}" if column else ""]
    return ", ".join(part for part in parts if part)
