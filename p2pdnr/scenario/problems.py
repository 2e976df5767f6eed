"""Pydantic's complaints in the words of the document: which prosumer, which field, what stands there, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from p2pdnr.errors import Problem
from p2pdnr.scenario import network_schema, schema
from p2pdnr.scenario.field_types import is_id
from p2pdnr.scenario.suggestions import Suggestions

MAX_PROBLEMS = 1_000
"""Of one document; what has more is hardly what it claims to be."""


Location = tuple[int | str, ...]

_MODELS: dict[Location, type[BaseModel]] = {
    (): schema.Scenario,
    ("network",): schema.NetworkSettings,
    ("network", "source"): network_schema.NetworkTable,
    ("network", "source", "buses"): network_schema.BusRow,
    ("network", "source", "lines"): network_schema.LineRow,
    ("tariff",): schema.Tariff,
    ("market",): schema.Market,
    ("market", "preferences"): schema.Preference,
    ("dso",): schema.Dso,
    ("prosumers",): schema.Prosumer,
    ("prosumers", "battery"): schema.Battery,
    ("prosumers", "elastic"): schema.Elastic,
    ("prosumers", "generator"): schema.Generator,
    ("prosumers", "tariff"): schema.Tariff,
}

_FORMS = {
    "source": "Give the name of a built-in network, a file next to the scenario, or a table with buses and lines",
    "switchable": 'Give "all" or a list of line numbers, or leave it out',
    "background_profile": 'Give the name of a profile, or profiles with their buses, like {"home": [2, 3]}',
    "partners": 'Give "all", "none", a whole number, or pairs of ids, like [["P1", "P2"]]',
}

_KEYED: tuple[Location, ...] = (
    ("profiles",),
    ("network", "line_limits_a"),
    ("network", "bus_taps"),
    ("network", "line_taps"),
    ("network", "capacitors"),
    ("network", "background_profile", "<object>"),
    ("dso", "line_switching_costs_eur"),
)
"""Objects whose keys are data."""

_UNITS = {
    "_eur_per_kwh": "EUR per kWh",
    "_eur_per_kw2h": "EUR per kW2h",
    "_eur": "EUR",
    "_kwh": "kWh",
    "_kw": "kW",
    "_kvar": "kvar",
    "_kv": "kV",
    "_pu": "p.u.",
    "_ohm": "ohm",
    "_a": "A",
    "_h": "hours",
}


class Place(NamedTuple):
    """Where in the document something stands, in its own words; ``rest`` is the path inside the component."""

    component: str
    ids: tuple[str, ...]
    rest: Location

    @property
    def field(self) -> str:
        """Dotted name; places in lists are left to the message."""
        return ".".join(str(part) for part in self.rest if isinstance(part, str))


def translate(error: ValidationError, document: object) -> list[Problem]:
    """Every complaint as a :class:`Problem`; those about values of one list that are alike become one."""
    if error.error_count() > MAX_PROBLEMS:
        message = f"has {error.error_count():,} problems; this is hardly a scenario"
        return [Problem("document", "", (), message, "Compare it with data/scenario.schema.json")]
    details = [item for item in error.errors(include_url=False) if not _is_echo(item)]
    groups: dict[tuple[Any, ...], list[ErrorDetails]] = {}
    for number, item in enumerate(details):
        *head, last = item["loc"] or ("",)
        alone = not isinstance(last, int) or item["type"] in ("model_type", "missing")
        groups.setdefault((number,) if alone else (*head, item["type"]), []).append(item)
    hints = Suggestions()
    return [_problem(group, document, hints) for group in groups.values()]


def _is_echo(item: ErrorDetails) -> bool:
    """Complaints that only follow from others: a list counts as too short when none of its items is valid."""
    return item["type"] == "default_factory_not_called" or (item["type"] == "too_short" and len(item["input"]) > 0)


def place(location: Iterable[int | str], document: object) -> Place:
    """Turn a path of keys and positions into the component it belongs to."""
    path = _without_tags(tuple(location))
    match path:
        case ("prosumers", int(i), *rest):
            return Place("prosumer", (prosumer_name(document, i),), tuple(rest))
        case ("network", "source", ("buses" | "lines") as kind, int(i), *rest):
            return Place("bus" if kind == "buses" else "line", (str(i + 1),), tuple(rest))
        case ("market", "preferences", int(i), *rest):
            return Place("preference", (f"number {i + 1}",), tuple(rest))
        case ("profiles", name, *rest):
            return Place("profile", (spoken(name),), tuple(rest))
        case (("network" | "tariff" | "market" | "dso") as section, *rest) if rest:
            return Place(str(section), (), tuple(rest))
    return Place("scenario", (), path)


def prosumer_name(document: object, index: int) -> str:
    """The id of a prosumer where it has one that can be said, else its place in the list."""
    rows = document.get("prosumers") if isinstance(document, Mapping) else None
    row = rows[index] if isinstance(rows, Sequence) and index < len(rows) else None
    name = row.get("id") if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return f"number {index + 1}"
    return spoken(name)


def spoken(name: object) -> str:
    """An id or a profile's name as messages carry it: as it is where it is plain, else cut and safe to print."""
    plain = isinstance(name, str) and is_id(name)
    return str(name) if plain else shorten(name).strip('"')


def shorten(value: object) -> str:
    """A value as the document has it, cut to what fits into a message and safe to print."""
    if isinstance(value, Mapping):
        return f"an object with {len(value)} fields" if value else "an empty object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} values" if len(value) > 4 or not _flat(value) else _json(list(value))
    return _json(value)


def _flat(values: Sequence[object]) -> bool:
    return all(isinstance(item, str | int | float | None) for item in values)


def _json(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return (
            f"a number of {int(abs(value).bit_length() * 0.30103) + 1} digits"
            if abs(value) >= 2**1024
            else f"{float(value):g}"
        )
    value = value[:41] if isinstance(value, str) else value
    text = json.dumps(value, ensure_ascii=False) if _flat([value]) or isinstance(value, list) else type(value).__name__
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 42 else text[:38] + "..." + (text[-1] if text[0] in '"[' else "")


def _without_tags(location: Location) -> Location:
    """The path without what pydantic adds: which form of a field it tried, and that a key is meant, not its value."""
    steps = location[:-1] if _is_about_key(location) else location
    return tuple(part for before, part in zip((None, *steps), steps, strict=False) if not _is_tag(before, part))


def _is_tag(before: int | str | None, part: int | str) -> bool:
    return before in (*_FORMS, "id") and isinstance(part, str) and part.startswith("<")


def _is_about_key(location: Location) -> bool:
    return location[-1:] == ("[key]",) and location[:-2] in _KEYED


def _problem(group: Sequence[ErrorDetails], document: object, hints: Suggestions) -> Problem:
    """The first of complaints that are alike, with the number of the others."""
    item, more = group[0], len(group) - 1
    where = place(item["loc"], document)
    if _is_about_key(item["loc"]):
        return _key_problem(item, where)
    if where.rest[:1] == ("partners",) and len(where.rest) > 1 and item["type"] != "string_pattern_mismatch":
        return Problem(where.component, "partners", (), f"{_nth(where)} is not a pair of ids", _FORMS["partners"])
    said, remedy = _words(item, where, hints)
    spot = _spot(where)
    others = f" ({more} more like it)" if more else ""
    return Problem(where.component, where.field, where.ids, f"{said}{spot}{others}", remedy)


def _key_problem(item: ErrorDetails, where: Place) -> Problem:
    key = where.rest[-1] if where.rest else where.ids[0]
    if where.component == "profile" or "background_profile" in where.rest:
        return Problem("profile", "", (), f"{shorten(key)} is no name", "Use a text of 1 to 200 characters as name")
    field = ".".join(map(str, where.rest[:-1]))
    said, remedy = f"{shorten(key)} is no line number", 'Use line numbers as keys: "1", "2", ...'
    return Problem(where.component, field, where.ids, said, remedy)


def _nth(where: Place) -> str:
    return f"item {int(where.rest[1]) + 1}" if isinstance(where.rest[1], int) else "the value"


def _spot(where: Place) -> str:
    """Which value of a list is meant: steps count from 0, all else from 1."""
    last = where.rest[-1] if where.rest else None
    if not isinstance(last, int):
        return ""
    hourly = where.component in ("profile", "tariff") or "tariff" in where.rest
    return f" at step {last}" if hourly else f" in place {last + 1}"


def _words(item: ErrorDetails, where: Place, hints: Suggestions) -> tuple[str, str]:
    """What is wrong and what to do, by kind of complaint."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    name = next((part for part in reversed(where.rest) if isinstance(part, str)), "")
    if kind.startswith("union_tag") or kind == "literal_error":
        return f"{shorten(value)} is none of its forms", _FORMS.get(name, "See docs/formats.md")
    if kind == "missing":
        return "is missing", f'Add "{name}"{_unit(name)}'
    if kind in ("extra_forbidden", "invalid_key"):
        return "is not a known field", _known_fields(item["loc"], hints)
    if kind in ("float_type", "int_type", "int_from_float", "finite_number"):
        return _number_words(value, name, whole=kind.startswith("int"))
    if kind in _BOUNDS:
        return _bound_words(kind, value, context, name)
    return _shape_words(kind, value, name)


_BOUNDS = {
    "greater_than_equal": ("ge", "{0} is below {1}", "Give a number at least {0}{1}{2}"),
    "greater_than": ("gt", "{0} is not above {1}", "Give a number above {0}{1}{2}"),
    "less_than_equal": ("le", "{0} is above {1}", "Give a number at most {0}{1}{2}"),
    "less_than": ("lt", "{0} is not below {1}", "Give a number below {0}{1}{2}"),
}


def _bound_words(kind: str, value: object, context: Mapping[str, Any], name: str) -> tuple[str, str]:
    key, said, remedy = _BOUNDS[kind]
    bound = f"{context[key]:,g}"
    hint = "; leave it out for no limit" if key == "le" and "limit" in name else ""
    return said.format(shorten(value), bound), remedy.format(bound, _unit(name), hint)


def _number_words(value: object, name: str, whole: bool) -> tuple[str, str]:
    wanted = "a whole number" if whole else "a number"
    if isinstance(value, str):
        said = f"{shorten(value)} is a text, not {wanted}"
        bare = value.strip().replace(",", ".")
        return said, f"Write {bare} without quotes" if _reads(bare) else f"Give {wanted}{_unit(name)}"
    if isinstance(value, float) and not whole:
        return f"{shorten(value)} is not finite", f"Give {wanted} that is finite{_unit(name)}"
    optional = " or leave the field out" if value is None and name else ""
    return f"{shorten(value)} is not {wanted}", f"Give {wanted}{_unit(name)}{optional}"


def _reads(text: str) -> bool:
    try:
        return len(text) < 30 and float(text) - float(text) == 0.0
    except ValueError:
        return False


_SHAPES = {
    "model_type": ("an object", "Write it as an object: {...}"),
    "dict_type": ("an object", "Write it as an object: {...}"),
    "mapping_type": ("an object", "Write it as an object: {...}"),
    "tuple_type": ("a list", "Write it as a list: [...]"),
    "string_type": ("a text", "Put it in quotes"),
    "string_unicode": ("a well-formed text", "Remove what is half a character (an unpaired \\ud800 to \\udfff)"),
    "bool_type": ("true or false", "Write true or false, without quotes"),
}


def _shape_words(kind: str, value: object, name: str) -> tuple[str, str]:
    if kind in _SHAPES:
        wanted, remedy = _SHAPES[kind]
        return f"{shorten(value)} is not {wanted}", remedy
    if kind == "string_pattern_mismatch":
        return f"{shorten(value)} is not a valid id", "Use 1 to 40 of: letters, digits, blank, _ . -"
    if kind in ("too_short", "string_too_short"):
        return "is empty", f"Give at least one of the {name}" if kind == "too_short" else "Give a text"
    if kind == "string_too_long":
        return f"{shorten(value)} is too long ({len(str(value))} characters)", "Shorten it"
    return f"{shorten(value)} does not fit ({kind.replace('_', ' ')})", "Compare it with data/scenario.schema.json"


def _known_fields(location: Location, hints: Suggestions) -> str:
    *parent, key = location
    path = tuple(part for part in _without_tags(tuple(parent)) if isinstance(part, str))
    model = _MODELS.get(path)
    fields = [info.alias or name for name, info in model.model_fields.items()] if model else []
    return hints.similar(key, fields) or f"Remove it; known here: {', '.join(fields) or 'nothing'}"


def _unit(name: str) -> str:
    return next((f" (in {unit})" for suffix, unit in _UNITS.items() if f"_{name}".endswith(suffix)), "")
