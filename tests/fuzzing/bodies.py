"""Requests as large as the server admits, made by chance to be as much work as they can: seeded, so each can be sent
again. None of them is a scenario that could be solved, so that no worker takes up the machine."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2pdnr.dashboard import drafts, guards, imports, links
from p2pdnr.scenario import document, size
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server.settings import Settings

Json = Any
Request = tuple[str, bytes]
"""Path and body."""

DATA = Path(__file__).resolve().parents[2] / "data"
RUNS = (
    " ", "1", "1 ", "1-", "1 - ", "-", ", ", "1: 1, ", "1:", ": ", ";", "1;2, ", "+", "A + B, ", "a+", '"', "\\", "'",
    "[", "{", "9", "1.", ".1", "e9", "1e", "=", "\uff1d", "\u00e9", "\u2212", "\t", "\x00", "\n", "{}", "[1", "%", "(",
    "24 x ", "home: 1-9; ", "1-10000 ", "\u3000", "/", "x/3", "0.25 ",
)  # fmt: skip
STRANGE: tuple[Json, ...] = (None, True, -1, 1e308, "x", "", [], {}, [[]], {"a": {}}, 10**300, "1,5", "\u202e")


class Chance(random.Random):
    """A seeded source of texts and values."""

    def text(self, length: int) -> str:
        """A run of something, whole, or with another end, or of several."""
        runs = [self.choice(RUNS) for _ in range(self.choice((1, 1, 2, 3)))]
        body = "".join(runs) * (length // max(1, len("".join(runs))))
        return self.choice(("", "1", "x", "1:", "home: ")) + body[:length] + self.choice(("", "1", "x", ":", "-"))

    def words(self, count: int) -> list[str]:
        """Different names that look much alike."""
        stem = self.choice(("Prosumer ", "a" * 30, "Q", "ab" * 15))
        return [f"{stem}{number}" for number in range(count)]

    def value(self) -> Json:
        """What does not belong where it stands."""
        return self.choice((*STRANGE, self.text(50), [self.choice(STRANGE)] * 30))


def scenario(chance: Chance, base: Json) -> Json:
    """A large scenario that is wrong in one or several ways."""
    given = json.loads(json.dumps(base))
    count = chance.choice((20, 500, size.MAX_PROSUMERS, size.MAX_PROSUMERS, 3 * size.MAX_PROSUMERS))
    people = given["prosumers"]
    names = chance.words(count)
    given["prosumers"] = [people[k % len(people)] | {"id": name} for k, name in enumerate(names)]
    given["market"] = {"partners": chance.choice((4, "all", "none"))}
    for damage in chance.sample(DAMAGES, chance.choice((1, 1, 2, 3))):
        damage(chance, given)
    given["prosumers"] = chance.choice((given["prosumers"], [*given["prosumers"][:-1], {"id": "last", "bus": 10**6}]))
    given["name"] = chance.choice(("", [], chance.text(300)))
    if chance.random() < 0.1:
        _nested(chance, given)
    return given


def _pairs(chance: Chance, given: Json) -> None:
    words = chance.words(chance.choice((2_000, size.MAX_PAIRS, 2 * size.MAX_PAIRS)))
    given["market"]["partners"] = [[word, f"{word}?"] for word in words]


def _wishes(chance: Chance, given: Json) -> None:
    given["market"]["preferences"] = [
        {"from": word, "to": word[::-1], "eur_per_kwh": 0.1} for word in chance.words(chance.choice((500, 9_000)))
    ]


def _cells(chance: Chance, given: Json) -> None:
    field, value = chance.choice(("load_kw", "pv_kw", "bus", "battery", "tariff", "id", "load_profile")), chance.value()
    given["prosumers"] = [row | {field: value} for row in given["prosumers"]]


def _fields(chance: Chance, given: Json) -> None:
    names = chance.words(len(given["prosumers"]))
    given["prosumers"] = [row | {name: 1} for row, name in zip(given["prosumers"], names, strict=True)]


def _unknown_profiles(chance: Chance, given: Json) -> None:
    names = chance.words(len(given["prosumers"]))
    given["prosumers"] = [row | {"pv_profile": name} for row, name in zip(given["prosumers"], names, strict=True)]


def _profiles(chance: Chance, given: Json) -> None:
    values = [chance.choice((0.5, -1, "x", None, 1e300))] * chance.choice((1, 24, 168, 5_000))
    given["profiles"] |= dict.fromkeys(chance.words(chance.choice((10, 900, 5_000))), values)


def _own_tariffs(chance: Chance, given: Json) -> None:
    series = [chance.choice((0.1, -5, "x"))] * chance.choice((24, 168))
    tariff = {"buy_eur_per_kwh": series, "sell_eur_per_kwh": series}
    given["prosumers"] = [row | {"tariff": tariff} for row in given["prosumers"]]


def _keys(chance: Chance, given: Json) -> None:
    given |= dict.fromkeys(chance.words(chance.choice((100, 50_000))), chance.value())


def _nested(chance: Chance, given: Json) -> None:
    value: Json = chance.value()
    for _ in range(chance.choice((5, 90, 900))):
        value = chance.choice(([value], {"a": value}))
    given[chance.choice(("network", "prosumers", "dso", "profiles", "market"))] = value


def _texts(chance: Chance, given: Json) -> None:
    given[chance.choice(("name", "description"))] = chance.text(200_000)
    given["network"] |= {chance.choice(("source", "background_profile")): chance.text(chance.choice((190, 100_000)))}


def _table(chance: Chance, given: Json) -> None:
    given["network"] = {"source": table(chance)}


def _settings(chance: Chance, given: Json) -> None:
    numbers = list(range(1, chance.choice((100, 50_000))))
    given["network"] |= {chance.choice(("switchable", "initially_open")): numbers}
    given["network"] |= {"line_limits_a": {str(number): 5 for number in numbers}}


DAMAGES: tuple[Callable[[Chance, Json], None], ...] = (
    _pairs, _wishes, _cells, _fields, _unknown_profiles, _profiles, _own_tariffs, _keys, _texts, _table,
    _settings,
)  # fmt: skip


def table(chance: Chance) -> Json:
    """A large network table, right or wrong."""
    count = chance.choice((500, size.MAX_BUSES, 2 * size.MAX_BUSES))
    lines = [{"from": k, "to": k + 1, "r_ohm": 0.1 + k / 1e6, "x_ohm": 0.1} for k in range(1, count)]
    shape = chance.choice(("chain", "star", "ring", "short", "double", "unknown", "typed", "wild"))
    if shape == "star":
        lines = [line | {"from": 1} for line in lines]
    elif shape == "ring":
        lines.append({"from": count, "to": 1, "r_ohm": 0.1, "x_ohm": 0.1, "closed": chance.choice((True, False))})
    elif shape == "short":
        lines = lines[: count // 2]
    elif shape == "double":
        lines += [line | {"closed": False} for line in lines]
    elif shape == "unknown":
        lines = [line | {f"x{k}": 1} for k, line in enumerate(lines)]
    elif shape == "typed":
        lines = [line | {chance.choice(("opened_at", "r_ohm", "to", "id")): chance.value()} for line in lines]
    elif shape == "wild":
        lines = [line | {"to": chance.randint(1, count)} for line in lines]
    buses = [{"vn_kv": 20, "p_kw": k / 7} for k in range(count)]
    return {"name": chance.text(30), "buses": buses, "lines": lines}


def order(chance: Chance, base: Json) -> Request:
    """POST /jobs"""
    text = json.dumps({"scenario": scenario(chance, base), "mode": "hourly"}).encode()
    if chance.random() < 0.1:
        text = chance.text(Settings().body_limit_bytes - 100).encode("utf8", "replace")
    return "/jobs", text[: Settings().body_limit_bytes]


def case(chance: Chance) -> str:
    """A MATPOWER case that is large or hostile."""
    rows = "".join(f"{k} 1 0.1 0.06 0 0 1 1 0 12.66 1 1.1 0.9;\n" for k in range(2, chance.choice((5, 1_500, 3_000))))
    lines = "".join(f"{k} {k + 1} 0.01 0.02 0 0 0 0 0 0 1 -360 360;\n" for k in range(1, rows.count(";") + 1))
    more = chance.choice(("a = 1;\n", "mpc.bus(:, 3) = mpc.bus(:, 3) / 1e3;\n", "x = mpc.bus * 1 * 1 * 1;\n", "1/2 "))
    return (
        f"function mpc = x\nmpc.version = '2';\nmpc.baseMVA = {chance.choice(('1', '10/3', '10/3' + ' ' * 90_000))};\n"
        f"mpc.bus = [1 3 0 0 0 0 1 1 0 12.66 1 1 1;\n{rows}];\nmpc.gen = [1 0 0 10 -10 1 100 1 10 0];\n"
        f"mpc.branch = [{lines}];\n{more * chance.choice((1, 20_000))}{chance.text(chance.choice((0, 100_000)))}"
    )


def callback(output: str, inputs: dict[str, Json]) -> Request:
    """A request to Dash's update route, as the page sends it."""
    identity, name = output.split(".")
    sent = [{"id": key, "property": "data", "value": value} for key, value in inputs.items()]
    body = {"output": output, "outputs": {"id": identity, "property": name}, "inputs": sent, "changedPropIds": []}
    return "/_dash-update-component", json.dumps(body).encode()[: guards.MAX_BODY]


def imported(chance: Chance, base: Json) -> Request:
    """A file that is opened."""
    kind = chance.choice(("scenario", "table", "case", "text"))
    if kind == "case":
        return callback("import-answer.data", {"import-text": {"text": case(chance)[:300_000], "name": "x.m"}})
    made = {
        "scenario": lambda: json.dumps(scenario(chance, base)),
        "table": lambda: json.dumps(table(chance)),
        "text": lambda: chance.text(imports.MAX_CHARACTERS - 20),
    }[kind]()
    return callback("import-answer.data", {"import-text": {"text": made[: imports.MAX_CHARACTERS], "name": "x.json"}})


def draft(chance: Chance, opened: Json) -> Json:
    """A large draft with hostile cells."""
    rows = opened["rows"]
    count = chance.choice((15, 400, drafts.MAX_ROWS))
    names = chance.words(count)
    many = [rows[k % len(rows)] | {"row": f"r{k}", "id": names[k]} for k in range(count)]
    column = chance.choice([*rows[0]])
    length = chance.choice((3, 20, max(3, 1_500_000 // count)))
    cell = chance.text(min(length, 400_000))
    hit = {"id": names[0]} if chance.random() < 0.1 else {column: cell}
    made = opened | {"rows": [row | hit for row in many], "solved": opened["solved"] | {"rows": many[: count // 3]}}
    part = chance.choice(("settings", "profiles", "preferences", "none", "base", "told"))
    if part == "settings":
        key = chance.choice([*opened["settings"]])
        made["settings"] = opened["settings"] | {key: chance.text(chance.choice((2_000, 99_000, 900_000)))}
    elif part == "profiles":
        series = chance.choice(("1 " * 24, "0.25 " * 168, chance.text(100)))
        made["profiles"] = dict.fromkeys(chance.words(chance.choice((50, 999, 9_000))), series)
    elif part == "preferences":
        made["preferences"] = {f"@{word}>{word}": "0.1" for word in chance.words(chance.choice((50, 9_000, 20_000)))}
    elif part == "base":
        made["base"] = scenario(chance, opened["base"])
    return made


def judged(chance: Chance, opened: Json) -> Request:
    """A draft to be judged, with what a solve reported."""
    said = {"component": "prosumer", "field": chance.text(50), "ids": chance.words(900), "message": "x", "remedy": "y"}
    told = [said] * chance.choice((0, 0, 5, 500))
    return callback("verdict.data", {"draft": draft(chance, opened), "told": told})


def shared(chance: Chance, opened: Json) -> Request:
    """A link to be read, or a draft to make one of."""
    if chance.random() < 0.5:
        return callback("share-answer.data", {"share-ask": {"draft": draft(chance, opened)}})
    content = {"v": 1, "case": "ieee33-solar", "hash": "x", "patch": {"prosumers": {"P1": chance.text(200_000)}}}
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode(), 9)).decode().rstrip("=")
    link = chance.choice((packed, chance.text(links.MAX_LINK)))
    return callback("share-answer.data", {"share-ask": {"open": link[: links.MAX_LINK]}})


def doors(day: Scenario) -> dict[str, Callable[[int], Request]]:
    """What makes requests of a kind from a seed, by its name."""
    base, opened = document.to_dict(day), json.loads(json.dumps(drafts.opened(day)))
    return {
        "order to solve": lambda seed: order(Chance(seed), base),
        "draft to judge": lambda seed: judged(Chance(seed), opened),
        "file to open": lambda seed: imported(Chance(seed), base),
        "link to read or make": lambda seed: shared(Chance(seed), opened),
    }
