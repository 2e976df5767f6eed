"""What people may write in a scenario in more than one way, put into the one form that the schema has.

A price that is one number holds in every step. Ids are composed characters (NFC), so that an umlaut is the same however
a keyboard made it. The bus of a prosumer, and the lines in lists of the network, may be ids of an inline table, or of a
file where one may be read.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from p2pdnr.errors import Problem
from p2pdnr.network.names import Register
from p2pdnr.scenario.field_types import MAX_HOURS
from p2pdnr.scenario.problems import prosumer_name, spoken

PRICES = ("buy_eur_per_kwh", "sell_eur_per_kwh")
Ids = tuple[tuple[str, ...], tuple[str, ...]]
"""What the buses and the lines of a network are called, "" for those without an id."""


def prepared(document: object, ids: Callable[[str], Ids | None]) -> tuple[object, list[Problem]]:
    """The document in one form, and what is wrong with ids of buses and lines in it; ``ids`` gives those of a network
    by its source, None where that may not be read."""
    if not isinstance(document, Mapping):
        return document, []
    root = dict(document)
    steps = _steps(root)
    root["tariff"] = _spread(root.get("tariff"), steps)
    if isinstance(root.get("market"), Mapping):
        root["market"] = _composed(root["market"])
    if isinstance(root.get("prosumers"), list):
        root["prosumers"] = [_prosumer(row, steps) for row in root["prosumers"]]
    problems = _numbered(root, ids)
    return {key: value for key, value in root.items() if key in document}, problems


def _steps(root: Mapping[str, Any]) -> int:
    """The length that most series have; 0 where there is none that can be meant."""
    profiles, tariff = root.get("profiles"), root.get("tariff")
    series = [*profiles.values()] if isinstance(profiles, Mapping) else []
    series += [tariff.get(name) for name in PRICES] if isinstance(tariff, Mapping) else []
    lengths = Counter(len(values) for values in series if isinstance(values, list | tuple))
    steps = lengths.most_common(1)[0][0] if lengths else 0
    return steps if steps <= MAX_HOURS else 0


def _spread(tariff: object, steps: int) -> object:
    """The tariff with a price that is one number in every step."""
    if not isinstance(tariff, Mapping) or not steps:
        return tariff
    return {key: [value] * steps if key in PRICES and _is_number(value) else value for key, value in tariff.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _nfc(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) and len(value) < 1000 else value


def _composed(market: Mapping[str, Any]) -> dict[str, Any]:
    """The market with ids in composed characters."""
    found = dict(market)
    if isinstance(found.get("partners"), list):
        found["partners"] = [
            [_nfc(end) for end in pair] if isinstance(pair, list) else pair for pair in found["partners"]
        ]
    if isinstance(found.get("preferences"), list):
        rows = found["preferences"]
        ends = ("from", "to")
        found["preferences"] = [
            {key: _nfc(value) if key in ends else value for key, value in row.items()}
            if isinstance(row, Mapping)
            else row
            for row in rows
        ]
    return found


def _prosumer(row: object, steps: int) -> object:
    if not isinstance(row, Mapping):
        return row
    changes = {"id": _nfc(row["id"])} if "id" in row else {}
    return {**row, **changes, **({"tariff": _spread(row["tariff"], steps)} if "tariff" in row else {})}


def _numbered(root: dict[str, Any], ids: Callable[[str], Ids | None]) -> list[Problem]:
    """Put numbers where ids of buses and lines stand, as far as they are known; what is wrong with them."""
    rows, network = root.get("prosumers"), root.get("network")
    rows = rows if isinstance(rows, list) else []
    settings = dict(network) if isinstance(network, Mapping) else {}
    wanted = [row for row in rows if isinstance(row, Mapping) and _is_id(row.get("bus"))]
    lists = [name for name in ("switchable", "initially_open") if any(map(_is_id, _list(settings.get(name))))]
    known = _known(settings.get("source"), ids) if wanted or lists else None
    if known is None:
        return []
    buses, lines = (Register(kind, own, len(own)) for kind, own in zip(("bus", "line"), known, strict=True))
    problems: list[Problem] = []
    for place, row in enumerate(rows):
        if isinstance(row, Mapping) and _is_id(row.get("bus")):
            where = ("prosumer", "bus", prosumer_name(root, place))
            rows[place] = {**row, "bus": _found(buses, row["bus"], where, problems)}
    for name in lists:
        where = ("network", name, "")
        settings[name] = [_found(lines, x, where, problems) if _is_id(x) else x for x in settings[name]]
    if lists:
        root["network"] = settings
    return problems


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_id(value: object) -> bool:
    """Whether a text stands where a number would; one of digits is taken for a number in quotes."""
    return isinstance(value, str) and bool(value.strip()) and not value.strip().replace(".", "").isdigit()


def _known(source: object, ids: Callable[[str], Ids | None]) -> Ids | None:
    if isinstance(source, str):
        return ids(source)
    if not isinstance(source, Mapping):
        return None
    rows = [_list(source.get(kind)) for kind in ("buses", "lines")]
    called = [tuple(row.get("id") if isinstance(row, Mapping) else "" for row in part) for part in rows]
    buses, lines = (tuple(own if isinstance(own, str) else "" for own in part) for part in called)
    return buses, lines


def _found(register: Register, text: str, where: tuple[str, str, str], problems: list[Problem]) -> int:
    """The number (from 1) of a bus or line; 1 where there is none, with a problem."""
    try:
        place = register.by_id(text)
        said = "is no id of the network"
    except ValueError as error:
        place, said = None, str(error)
    if place is None:
        component, field, own = where
        remedy = "Give a number, or an id as the network has it"
        problems.append(Problem(component, field, (own,) if own else (), f"{spoken(text)} {said}", remedy))
    return 1 if place is None else place + 1
