"""Rows of text and the scenario: the only translator between the two.

A row is a flat object of texts, one per column, with a hidden row id; settings are a flat object of texts. They are
written onto the document they came from: a cell that still says what the document says changes nothing, so that fields
without a column survive. Nothing that was typed is ever altered; what cannot be read becomes a problem that names its
row and column.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2pdnr.dashboard import cells, preferences, profiles
from p2pdnr.dashboard.cells import CellError
from p2pdnr.dashboard.columns import COLUMNS, HOURS, LIKE, ROW, SETTINGS, Field
from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.outage_price import unpriced
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.secure import insecure

Row = Mapping[str, str]
Document = dict[str, Any]
_PARTS = ("battery", "elastic", "generator", "tariff")
_FIELDS = {part: [field for field in COLUMNS if field.part == part] for part in _PARTS}


@dataclass(frozen=True)
class CellProblem:
    """What is wrong, and where: ``row`` is a row id or None for the settings, ``column`` a field's key or None."""

    row: str | None
    column: str | None
    message: str


@dataclass(frozen=True)
class Reading:
    """What rows and settings say: a scenario, or the problems that stand against it; ``notes`` tell side effects."""

    scenario: Scenario | None
    problems: tuple[CellProblem, ...] = ()
    notes: tuple[str, ...] = ()


def rows_of(scenario: Scenario) -> list[dict[str, str]]:
    """The prosumers of a scenario as rows of text; row ids are p0, p1 ... in their order."""
    people = document.to_dict(scenario)["prosumers"]
    return [{ROW: f"p{index}", LIKE: f"p{index}"} | _texts(person, COLUMNS) for index, person in enumerate(people)]


def settings_of(scenario: Scenario) -> dict[str, str]:
    """The settings of a scenario as texts; what was not given shows its default."""
    return _texts(_complete(scenario) | {HOURS: scenario.hours}, SETTINGS)


def to_scenario(
    base: Scenario,
    rows: Sequence[Row],
    settings: Mapping[str, str],
    curves: Mapping[str, str] | None = None,
    liked: Mapping[str, str] | None = None,
) -> Reading:
    """What rows, settings, profiles (``curves``) and preferences (``liked``) say when written onto ``base``; every
    problem at once. None leaves those of ``base``."""
    given = document.to_dict(base)
    hours = _hours(base, settings)
    people, problems = _people(given, rows, hours)
    edited, more = _with_settings(base, given, settings, hours)
    known, wrong = profiles.read(given["profiles"], profiles.profiles_of(base) if curves is None else curves, hours)
    wanted, unlike, gone = preferences.read(preferences.preferences_of(base) if liked is None else liked, rows)
    problems += more + [CellProblem(None, *item) for item in (wrong | unlike).items()] + _double_ids(rows)
    if problems:
        return Reading(None, tuple(problems))
    edited["prosumers"], edited["profiles"] = people, known
    notes = _follow(edited, given["prosumers"], rows)
    _prefer(edited, wanted)
    notes += _note(gone, "preference", _gone(given["prosumers"], rows) or ["a deleted prosumer"])
    try:
        scenario = document.from_dict(edited)
        return Reading(scenario, tuple(locate([*insecure(scenario), *unpriced(scenario)], rows)), tuple(notes))
    except ScenarioError as error:
        return Reading(None, tuple(locate(error.problems, rows)), tuple(notes))


def _hours(base: Scenario, settings: Mapping[str, str]) -> int:
    """How many steps the settings ask for; those of ``base`` where they cannot be read."""
    try:
        return cells.steps(settings.get(HOURS, str(base.hours)))
    except CellError:
        return base.hours


def _prefer(edited: Document, wanted: list[Document]) -> None:
    """Put preferences into the document; none at all need no place in it."""
    market = edited.get("market") or {}
    if wanted or market.get("preferences"):
        edited["market"] = market | {"preferences": wanted}


def locate(problems: Iterable[Problem], rows: Sequence[Row]) -> list[CellProblem]:
    """Problems of a document or a solve, each with row and column of the cell that holds the field, if there is one."""
    by_id = {row["id"].strip(): row[ROW] for row in rows}
    return [cell for problem in problems for cell in _located(problem, by_id)]


def _located(problem: Problem, by_id: Mapping[str, str]) -> list[CellProblem]:
    text = f"{problem.message[:1].upper()}{problem.message[1:]}. {problem.remedy}"
    rows = [by_id[name] for name in problem.ids if name in by_id]
    if problem.component == "prosumer" and rows:
        column = _key(problem.field, COLUMNS)
        return [CellProblem(row, column, text) for row in rows]
    sections = ("tariff", "market", "dso", "network", "scenario")
    setting = _key(problem.field, SETTINGS) if problem.component in sections else None
    named = ", ".join(name for name in problem.ids if name not in text)
    told = f"{named}: {text}" if named else text
    return [CellProblem(None, setting, told if setting else str(problem))]


def _key(field: str, fields: Sequence[Field]) -> str | None:
    """Key of the column that holds a dotted field; the ending decides, as some name the field without its part; a
    part of the settings stands at its first field."""
    path = tuple(part for part in field.split(".") if not part.isdigit())
    return next(
        (
            item.key
            for item in fields
            if (path and item.path[-len(path) :] == path)
            or item.path == path[: len(item.path)]
            or (path and fields is SETTINGS and item.path[-len(path) - 1 : -1] == path)
            or (len(path) > 1 and item.path[-1] == path[0])  # inside the value of one field
        ),
        None,
    )


def _texts(values: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, str]:
    return {field.key: field.write(_at(values, field.path)) for field in fields}


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _complete(scenario: Scenario) -> Document:
    return scenario.model_dump(mode="json", by_alias=True)


def _people(given: Document, rows: Sequence[Row], hours: int) -> tuple[list[Document], list[CellProblem]]:
    known = {f"p{index}": person for index, person in enumerate(given["prosumers"])}
    before = {key: _texts(person, COLUMNS) for key, person in known.items()}
    people, problems = [], []
    for row in rows:
        like = row.get(LIKE, "")
        person, wrong = _person(known.get(like, {}), before.get(like, _NOBODY), row, hours)
        people.append(person)
        problems += wrong
    if not rows:
        problems.append(CellProblem(None, None, "There is no prosumer. Add one."))
    return people, problems


_NOBODY = {field.key: field.write(None) for field in COLUMNS}


def _person(given: Document, before: Row, row: Row, hours: int) -> tuple[Document, list[CellProblem]]:
    """The document of one prosumer with a row's texts written onto it; ``before`` are the texts of what is given."""
    person, problems = copy.copy(given), []
    for part in _PARTS:
        problems += _part_problems(part, row)
    for field in COLUMNS:
        text = row.get(field.key, "")
        if text == before[field.key] and given and (field.parse is not cells.series or not text):
            continue
        try:
            _write(person, field, row.get(field.key, ""), hours)
        except CellError as error:
            problems.append(CellProblem(row[ROW], field.key, str(error)))
    return person, problems


def _part_problems(part: str, row: Row) -> list[CellProblem]:
    """A battery, an elastic load or a generator is there as a whole or not at all."""
    fields = _FIELDS[part]
    filled = [field for field in fields if row.get(field.key, "").strip()]
    if not filled:
        return []
    name = fields[0].group.lower()
    article = "An" if name[0] in "aeiou" else "A"
    return [
        CellProblem(row[ROW], field.key, f"{article} {name} needs this too; leave all its cells empty for none.")
        for field in fields
        if field.required and field not in filled
    ]


def _write(person: Document, field: Field, text: str, hours: int) -> None:
    """Set or clear one field; the last cell of a part that is cleared clears the part."""
    if field.part is None:
        _set(person, field, text, hours)
        return
    part = dict(person.get(field.part) or {})
    _set(part, field, text, hours)
    columns = {other.path[-1] for other in _FIELDS[field.part]}
    person[field.part] = part
    if not columns & part.keys():
        del person[field.part]


def _set(place: Document, field: Field, text: str, hours: int) -> None:
    name = field.path[-1]
    if text.strip():
        place[name] = _value(field, text, hours)
    elif field.required and field.part is None:
        raise CellError("This cannot be empty.")
    else:
        place.pop(name, None)


def _double_ids(rows: Sequence[Row]) -> list[CellProblem]:
    ids = [row["id"].strip() for row in rows]
    times = Counter(ids)
    return [
        CellProblem(row[ROW], "id", "Another prosumer has this name.")
        for row, name in zip(rows, ids, strict=True)
        if name and times[name] > 1
    ]


def _with_settings(
    base: Scenario, given: Document, settings: Mapping[str, str], hours: int
) -> tuple[Document, list[CellProblem]]:
    edited, before, problems = copy.deepcopy(given), settings_of(base), []
    for field in SETTINGS:
        text = settings.get(field.key, before[field.key])
        if text == before[field.key] and (hours == base.hours or field.parse is not cells.series):
            continue
        *sections, name = field.path
        try:
            _set_setting(_section(edited, sections), name, field, text, hours)
        except CellError as error:
            problems.append(CellProblem(None, field.key, str(error)))
    edited.pop(HOURS, None)
    return edited, problems + [found for part in _OPTIONAL for found in _without(edited, part, settings, before)]


def _section(edited: Document, sections: Sequence[str]) -> Document:
    """The part of a document that holds a setting, made where it is missing or null."""
    for name in sections:
        edited[name] = edited.get(name) or {}
        edited = edited[name]
    return edited


def _without(edited: Document, part: str, settings: Mapping[str, str], before: Mapping[str, str]) -> list[CellProblem]:
    """Without its first setting (a share of days, a price) an optional part of the operator's settings is not there;
    whoever types anything else about it has forgotten that."""
    dso, (first, message) = edited.get("dso") or {}, _OPTIONAL[part]
    if part not in dso or settings.get(first, before[first]).strip():
        return []
    del dso[part]
    others = [field.key for field in SETTINGS if field.path[:2] == ("dso", part) and field.key != first]
    typed = [key for key in others if settings.get(key, before[key]).strip() not in ("", before[key])]
    return [CellProblem(None, key, message) for key in typed]


_OPTIONAL = {
    "security": (
        "security_share",
        "This counts where limits are to hold on other days: give the share of days above.",
    ),
    "outage_price": (
        "outage_price",
        "This counts where energy not supplied has a price: give the price above.",
    ),
}


def _set_setting(place: Document, name: str, field: Field, text: str, hours: int) -> None:
    if not text.strip():
        if field.required:
            raise CellError("This cannot be empty.")
        place.pop(name, None)
        return
    place[name] = _value(field, text, hours)


def _value(field: Field, text: str, hours: int) -> Any:
    value = cells.read(field.parse, text)
    return profiles.of_all_hours(value, hours) if field.parse is cells.series else value


def _follow(edited: Document, people: Sequence[Document], rows: Sequence[Row]) -> list[str]:
    """Let pairs follow renamed prosumers, and drop those of deleted ones; says what was dropped."""
    kept = {row[ROW]: row["id"].strip() for row in rows}
    names = {person["id"]: kept.get(f"p{index}") for index, person in enumerate(people)}
    market, notes = edited.get("market") or {}, []
    gone = _gone(people, rows)
    if isinstance(market.get("partners"), list):
        pairs = [[names.get(name, name) for name in pair] for pair in market["partners"]]
        market["partners"] = [pair for pair in pairs if None not in pair]
        notes += _note(len(pairs) - len(market["partners"]), "partner pair", gone)
    return notes


def _gone(people: Sequence[Document], rows: Sequence[Row]) -> list[str]:
    """Ids of those whose row is no longer there."""
    kept = {row[ROW] for row in rows}
    return [person["id"] for index, person in enumerate(people) if f"p{index}" not in kept]


def _note(count: int, what: str, gone: Sequence[str]) -> list[str]:
    return [f"{count} {what}{'s' if count > 1 else ''} of {', '.join(gone)} went with it."] if count else []
