"""Whether the parts of a scenario document fit each other: what one field alone cannot tell.

Works on the document as read, malformed or not, and looks only at what is well formed, so that one wrong field hides no
other problem. What needs the network is in :mod:`p2pdnr.scenario.checks`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from p2pdnr.errors import Problem
from p2pdnr.scenario.calendar import calendar_problems
from p2pdnr.scenario.field_types import FREE_HOURS, MAX_HOURS
from p2pdnr.scenario.levers import setting_problems
from p2pdnr.scenario.problems import MAX_PROBLEMS, prosumer_name, shorten, spoken
from p2pdnr.scenario.reactive import reactive_problems
from p2pdnr.scenario.suggestions import Suggestions

_People = Sequence[tuple[str, Mapping[str, Any]]]


class _Series(NamedTuple):
    component: str
    ids: tuple[str, ...]
    field: str
    values: Sequence[object]


def find_problems(document: object) -> list[Problem]:
    """Every contradiction between fields of a scenario document (a mapping as JSON gives it); of a document that has
    thousands of them, some more than anybody is told."""
    root = _object(document)
    people, hints = list(_prosumers(root)), Suggestions()
    ids = Counter(row["id"] for _, row in people if isinstance(row.get("id"), str))
    market = _object(root.get("market"))
    return [
        *_length_problems(list(_all_series(root, people)), _number(root.get("step_h")) or 1.0),
        *_duplicate_ids(ids),
        *_profile_problems(root, people, hints),
        *islice(_pair_problems(market, ids, hints), MAX_PROBLEMS + 1),
        *islice(_preference_problems(market, ids, hints), MAX_PROBLEMS + 1),
        *_battery_problems(people),
        *_window_problems(root, people),
        *_tariff_problems(root, people),
        *_network_problems(_object(root.get("network"))),
        *reactive_problems(_object(root.get("dso"))),
        *setting_problems(_object(root.get("dso"))),
        *calendar_problems(root),
    ]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _number(value: object) -> float | None:
    """The value as a number, or None; integers too long for a float count as none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        return None
    return None if math.isnan(value) else float(value)


def _prosumers(root: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each prosumer that is an object, with the name messages give it."""
    for index, row in enumerate(_list(root.get("prosumers"))):
        if isinstance(row, Mapping):
            yield prosumer_name(root, index), row


def _all_series(root: Mapping[str, Any], people: _People) -> Iterator[_Series]:
    for name, values in _object(root.get("profiles")).items():
        yield _Series("profile", (spoken(name),), "", _as_series(values))
    yield from _tariff_series(root, "tariff", (), "")
    for name, row in people:
        yield from _tariff_series(row, "prosumer", (name,), "tariff.")


def _tariff_series(owner: Mapping[str, Any], component: str, ids: tuple[str, ...], prefix: str) -> Iterator[_Series]:
    for field, values in _object(owner.get("tariff")).items():
        if field in ("buy_eur_per_kwh", "sell_eur_per_kwh"):
            yield _Series(component, ids, prefix + field, _as_series(values))


def _as_series(values: object) -> Sequence[object]:
    return values if isinstance(values, list | tuple) else "not a list"


def _length_problems(series: list[_Series], step_h: float) -> list[Problem]:
    """The length most series have is taken to be meant; the first of equals wins."""
    series = [item for item in series if not isinstance(item.values, str)]
    if not series:
        return []
    hours = Counter(len(item.values) for item in series).most_common(1)[0][0]
    problems = [_length_problem(item, hours) for item in series if len(item.values) != hours]
    if not 1 <= hours <= MAX_HOURS:
        message = f"its profiles and tariffs have {hours:,} values"
        remedy = f"Give 1 to {MAX_HOURS} steps; {FREE_HOURS} at most where they are longer than a week together"
        problems.insert(0, Problem("scenario", "", (), message, remedy))
    elif hours > FREE_HOURS and step_h * hours > FREE_HOURS:
        message = f"its {hours:,} steps of {step_h:g} h are {step_h * hours / 24:g} days together"
        remedy = f"Say step_h: 0.25 where they are quarter hours; more than {FREE_HOURS} steps must lie within a week"
        problems.insert(0, Problem("scenario", "step_h", (), message, remedy))
    return problems


def _length_problem(item: _Series, hours: int) -> Problem:
    message = f"has {len(item.values):,} values where the others have {hours:,}"
    return Problem(item.component, item.field, item.ids, message, f"Give one value per step, {hours:,} in all")


def _duplicate_ids(ids: Mapping[str, int]) -> list[Problem]:
    return [
        Problem("prosumer", "id", (spoken(name),), f"is used {count} times", "Give every prosumer an id of its own")
        for name, count in ids.items()
        if count > 1
    ]


def _profile_problems(root: Mapping[str, Any], people: _People, hints: Suggestions) -> list[Problem]:
    profiles = _object(root.get("profiles"))
    users = _profile_users(root, people)
    unknown = [
        Problem(
            component,
            field,
            tuple(ids),
            f"profile {shorten(name)} does not exist",
            _known_profiles(name, profiles, hints),
        )
        for (component, field, name), ids in users.items()
        if name not in profiles and isinstance(root.get("profiles"), Mapping)
    ]
    negative = [
        Problem(
            "profile", "", (spoken(name),), f"{least} below 0, yet it is the {field} of {ids[0]}", "Give values from 0"
        )
        for (component, field, name), ids in users.items()
        if component == "prosumer" and (least := _negative(profiles.get(name)))
    ]
    return unknown + negative


def _known_profiles(name: str, profiles: Mapping[str, Any], hints: Suggestions) -> str:
    if not profiles:
        return "Add it to the profiles; there are none yet"
    known = ", ".join(map(spoken, islice(profiles, 12)))
    return f"{hints.similar(name, map(str, profiles))} Name one of the profiles ({known}) or add it to them".strip()


def _negative(values: object) -> str:
    hours = [hour for hour, value in enumerate(_list(values)) if (number := _number(value)) is not None and number < 0]
    return f"{shorten(_list(values)[hours[0]])} at step {hours[0]} is" if hours else ""


def _profile_users(root: Mapping[str, Any], people: _People) -> dict[tuple[str, str, str], list[str]]:
    """Who names which profile: (component, field, profile) -> ids. A default counts where it scales something."""
    users: dict[tuple[str, str, str], list[str]] = {}
    background = _object(root.get("network")).get("background_profile")
    for name in [background] if isinstance(background, str) else _object(background):
        users["network", "background_profile", str(name)] = []
    for prosumer, row in people:
        for field, scale, default in (("load_profile", "load_kw", "load"), ("pv_profile", "pv_kw", "pv")):
            name = row.get(field, default if (_number(row.get(scale)) or 0.0) > 0.0 else None)
            if isinstance(name, str):
                users.setdefault(("prosumer", field, name), []).append(prosumer)
    return users


def _pair_problems(market: Mapping[str, Any], known: Mapping[str, int], hints: Suggestions) -> Iterator[Problem]:
    for pair in _list(market.get("partners")):
        yield from _partner_problems(_list(pair), known, "partners", hints)


def _preference_problems(market: Mapping[str, Any], known: Mapping[str, int], hints: Suggestions) -> Iterator[Problem]:
    rows = [_object(row) for row in _list(market.get("preferences"))]
    pairs = [(row.get("from"), row.get("to")) for row in rows]
    for pair in pairs:
        yield from _partner_problems(pair, known, "preferences", hints)
    for pair, count in Counter(pair for pair in pairs if all(isinstance(end, str) for end in pair)).items():
        if count > 1:
            ids = tuple(map(spoken, pair))
            yield Problem("market", "preferences", ids, f"stands {count} times", "Keep one of them")


def _partner_problems(
    pair: Sequence[object], known: Mapping[str, int], field: str, hints: Suggestions
) -> Iterator[Problem]:
    names = [name for name in pair if isinstance(name, str)]
    for name in names:
        if name not in known:
            remedy = f"{hints.similar(name, known)} Name prosumers by their ids".strip()
            yield Problem("market", field, (spoken(name),), "there is no prosumer with this id", remedy)
    if len(names) == 2 and names[0] == names[1]:
        yield Problem("market", field, (spoken(names[0]),), "is paired with itself", "Name two different prosumers")


def _battery_problems(people: _People) -> list[Problem]:
    rows = [(name, _object(row.get("battery"))) for name, row in people]
    levels = [(name, _number(row.get("initial_kwh")), _number(row.get("capacity_kwh"))) for name, row in rows]
    above = [
        Problem(
            "prosumer",
            "battery.initial_kwh",
            (name,),
            f"{initial:g} is above the capacity of {capacity:g} kWh",
            f"Give a number from 0 to {capacity:g} (in kWh), or leave it out for half the capacity",
        )
        for name, initial, capacity in levels
        if initial is not None and capacity is not None and initial > capacity >= 0
    ]
    return above + [problem for name, row in rows for problem in _least_energy_problems(name, row)]


def _least_energy_problems(name: str, battery: Mapping[str, Any]) -> Iterator[Problem]:
    least, most, first = (_number(battery.get(field)) for field in ("min_kwh", "capacity_kwh", "initial_kwh"))
    if least is None or least < 0.0:
        return
    if most is not None and least > most >= 0.0:
        message, remedy = (
            f"{least:g} is above the capacity of {most:g} kWh",
            f"Give a number from 0 to {most:g} (in kWh)",
        )
        yield Problem("prosumer", "battery.min_kwh", (name,), message, remedy)
    elif first is not None and 0.0 <= first < least:
        message = f"{first:g} is below the least energy (min_kwh), which is {least:g} kWh"
        yield Problem("prosumer", "battery.initial_kwh", (name,), message, f"Give {least:g} or more, or leave it out")


def _window_problems(root: Mapping[str, Any], people: _People) -> list[Problem]:
    """Times after which sums and energies count anew: whole steps."""
    step_h = 1.0 if "step_h" not in root else _number(root["step_h"])
    batteries = [("prosumer", "battery.cycle_h", (name,), _object(row.get("battery"))) for name, row in people]
    times = [("scenario", "flexible_window_h", (), root), *batteries]
    return [
        Problem(component, field, ids, f"{time:g} h are no whole number of steps of {step_h:g} h", "Give a multiple")
        for component, field, ids, owner in times
        if (time := _number(owner.get(field.rpartition(".")[2]))) and step_h and not _is_multiple(time, step_h)
    ]


def _is_multiple(time_h: float, step_h: float) -> bool:
    steps = time_h / step_h if time_h > 0.0 < step_h else 1.0
    return steps > 0.5 and abs(steps - round(steps)) <= 1e-9 * steps


def _tariff_problems(root: Mapping[str, Any], people: _People) -> list[Problem]:
    owners = [("tariff", "", (), root)] + [("prosumer", "tariff.", (name,), row) for name, row in people]
    return [
        Problem(component, f"{prefix}sell_eur_per_kwh", ids, message, "Lower it: buying to sell would have no end")
        for component, prefix, ids, owner in owners
        if (message := _dear(_object(owner.get("tariff"))))
    ]


def _dear(tariff: Mapping[str, Any]) -> str:
    buys, sells = _list(tariff.get("buy_eur_per_kwh")), _list(tariff.get("sell_eur_per_kwh"))
    pairs = [(_number(buy), _number(sell)) for buy, sell in zip(buys, sells, strict=False)]
    hours = [hour for hour, (buy, sell) in enumerate(pairs) if buy is not None and sell is not None and sell > buy]
    if not hours:
        return ""
    buy, sell = pairs[hours[0]]
    others = f" ({len(hours) - 1} more like it)" if len(hours) > 1 else ""
    return f"{sell:g} at step {hours[0]} is above the buying price {buy:g}{others}"


def _network_problems(network: Mapping[str, Any]) -> list[Problem]:
    buses = [bus for group in _object(network.get("background_profile")).values() for bus in _list(group)]
    low, high = _number(network.get("vm_min_pu")), _number(network.get("vm_max_pu"))
    problems = [
        *_repeated("switchable", _list(network.get("switchable"))),
        *_repeated("initially_open", _list(network.get("initially_open"))),
        *_repeated("background_profile", buses),
        *_table_problems(_object(network.get("source"))),
    ]
    if low is not None and high is not None and low >= high:
        message = f"{low:g} must be below the highest voltage (vm_max_pu), which is {high:g}"
        problems.append(Problem("network", "vm_min_pu", (), message, "Give a lower limit that is below the upper one"))
    return problems


def _repeated(field: str, values: Sequence[Any]) -> list[Problem]:
    numbers = [int(value) for value in map(_number, values) if value is not None and abs(value) < 1e9]
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    what = "bus" if field == "background_profile" else "line"
    message = f"{what} {', '.join(map(str, twice[:12]))} stands there more than once"
    return [Problem("network", field, (), message, f"Name every {what} once")] if twice else []


def _table_problems(table: Mapping[str, Any]) -> list[Problem]:
    buses, lines = _list(table.get("buses")), _list(table.get("lines"))
    ends = [
        Problem("line", end, (str(number),), f"bus {bus:g} does not exist", f"There are buses 1 to {len(buses)}")
        for number, row in enumerate(lines, 1)
        for end in ("from", "to")
        if (bus := _number(_object(row).get(end))) is not None and bus > len(buses) > 0
    ]
    labels = [
        Problem(kind, "id", (str(number),), f"{label:g} is not its place", "Give its place in the list, from 1")
        for kind, rows in (("bus", buses), ("line", lines))
        for number, row in enumerate(rows, 1)
        if (label := _number(_object(row).get("id"))) is not None and label != number
    ]
    return ends + labels
