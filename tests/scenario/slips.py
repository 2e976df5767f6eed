"""Wrong values, one at a time, and the messages they deserve."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.scenario.documents import MISSING, TABLE


class Slip(NamedTuple):
    """One wrong value and the message it deserves."""

    path: tuple[str | int, ...]
    value: Any
    who: str
    what: str
    remedy: str


SLIPS = [
    Slip(("prosumers", 0, "<text>"), 1, "prosumer P1 <text>", "not a known field", "Remove it"),
    Slip(("prosumers", 0, "id"), "a\nb", "prosumer a\\nb id", "is not a valid id", "1 to 40"),
    Slip(("[key]",), 1, "scenario [key]", "not a known field", "Remove it"),
    Slip(("profiles", "[key]"), 5, "profile [key]", "5 is not a list", "[...]"),
    Slip(
        ("prosumers", 0, "battery", "capacity_kwh"),
        -5,
        "prosumer P1 battery.capacity_kwh",
        "-5 is below 0",
        "at least 0 (in kWh)",
    ),
    Slip(
        ("prosumers", 0, "battery", "initial_kwh"),
        101,
        "prosumer P1 battery.initial_kwh",
        "101 is above the capacity of 100",
        "from 0 to 100",
    ),
    Slip(
        ("prosumers", 0, "battery", "initial_kwh"),
        9,
        "prosumer P1 battery.initial_kwh",
        "9 is below the least energy (min_kwh), which is 10 kWh",
        "10 or more",
    ),
    Slip(
        ("prosumers", 0, "battery", "min_kwh"),
        101,
        "prosumer P1 battery.min_kwh",
        "101 is above the capacity of 100",
        "from 0 to 100",
    ),
    Slip(
        ("prosumers", 0, "battery", "cycle_h"),
        0.7,
        "prosumer P1 battery.cycle_h",
        "0.7 h are no whole number of steps of 0.5 h",
        "multiple",
    ),
    Slip(("flexible_window_h",), 0.3, "scenario flexible_window_h", "no whole number of steps of 0.5 h", "multiple"),
    Slip(("flexible_window_h",), 0, "scenario flexible_window_h", "0 is not above 0", "above 0"),
    Slip(
        ("prosumers", 0, "battery", "efficiency"), 1.2, "prosumer P1 battery.efficiency", "1.2 is above 1", "at most 1"
    ),
    Slip(("prosumers", 0, "battery", "efficiency"), 0, "prosumer P1 battery.efficiency", "0 is not above 0", "above 0"),
    Slip(("prosumers", 0, "battery", "power_kw"), MISSING, "prosumer P1 battery.power_kw", "is missing", "in kW"),
    Slip(("prosumers", 0, "battery"), 7, "prosumer P1 battery", "7 is not an object", "{...}"),
    Slip(("prosumers", 0, "load_kw"), "1,5", "prosumer P1 load_kw", '"1,5" is a text', "Write 1.5 without quotes"),
    Slip(("prosumers", 0, "load_kw"), True, "prosumer P1 load_kw", "true is not a number", "Give a number (in kW)"),
    Slip(("prosumers", 0, "load_kw"), None, "prosumer P1 load_kw", "null is not a number", "leave the field out"),
    Slip(("prosumers", 0, "load_kw"), float("nan"), "prosumer P1 load_kw", "NaN is not finite", "finite"),
    Slip(("prosumers", 0, "load_kw"), float("inf"), "prosumer P1 load_kw", "Infinity is not finite", "finite"),
    Slip(
        ("prosumers", 0, "import_limit_kw"),
        1e300,
        "prosumer P1 import_limit_kw",
        "is above 1e+09",
        "leave it out for no limit",
    ),
    Slip(("prosumers", 0, "bus"), 6.5, "prosumer P1 bus", "6.5 is not a whole number", "whole number"),
    Slip(("prosumers", 0, "bus"), 0, "prosumer P1 bus", "0 is below 1", "at least 1"),
    Slip(("prosumers", 0, "pv_kv"), 3, "prosumer P1 pv_kv", "not a known field", "Did you mean pv_kw?"),
    Slip(("prosumers", 0, "zzz"), 3, "prosumer P1 zzz", "not a known field", "known here: id, bus, load_kw"),
    Slip(
        ("prosumers", 0, "load_profile"),
        "lod",
        "prosumer P1 load_profile",
        'profile "lod" does not exist',
        "Did you mean load?",
    ),
    Slip(("prosumers", 0, "flexible_share"), 1.5, "prosumer P1 flexible_share", "1.5 is above 1", "at most 1"),
    Slip(
        ("prosumers", 0, "discomfort_eur_per_kw2h"),
        -1,
        "prosumer P1 discomfort_eur_per_kw2h",
        "below 0",
        "EUR per kW2h",
    ),
    Slip(("prosumers", 0, "id"), "a/b", "prosumer a/b id", '"a/b" is not a valid id', "1 to 40"),
    Slip(("prosumers", 0, "id"), MISSING, "prosumer number 1 id", "is missing", 'Add "id"'),
    Slip(("prosumers", 1, "id"), "P1", "prosumer P1 id", "used 2 times", "an id of its own"),
    Slip(("prosumers", 1), [], "prosumer number 2", "[] is not an object", "{...}"),
    Slip(
        ("prosumers", 2, "tariff", "buy_eur_per_kwh"),
        [1, 2],
        "prosumer P 3 tariff.buy_eur_per_kwh",
        "has 2 values where the others have 3",
        "3 in all",
    ),
    Slip(
        ("prosumers", 2, "tariff", "sell_eur_per_kwh"),
        [0.3, 0, 0.3],
        "prosumer P 3 tariff.sell_eur_per_kwh",
        "0.3 at step 0 is above the buying price 0.2 (1 more like it)",
        "Lower it",
    ),
    Slip(("prosumers",), [], "scenario prosumers", "is empty", "at least one"),
    Slip(("prosumers",), {"P1": {}}, "scenario prosumers", "an object with 1 fields is not a list", "[...]"),
    Slip(("profiles", "pv"), [0, 1], "profile pv", "has 2 values where the others have 3", "3 in all"),
    Slip(
        ("profiles", "pv"),
        [0, "a", "b"],
        "profile pv",
        '"a" is a text, not a number at step 1 (1 more like it)',
        "Give a number",
    ),
    Slip(
        ("profiles", "pv"),
        [0, -0.5, 1],
        "profile pv",
        "-0.5 at step 1 is below 0, yet it is the pv_profile of P1",
        "from 0",
    ),
    Slip(
        ("profiles", "pv"), MISSING, "prosumer P1 pv_profile", 'profile "pv" does not exist', "Name one of the profiles"
    ),
    Slip(("profiles", "pv"), 1, "profile pv", "1 is not a list", "[...]"),
    Slip(("profiles", ""), [1, 1, 1], "profile", '"" is no name', "1 to 200"),
    Slip(
        ("tariff", "sell_eur_per_kwh"),
        [0.08, 0.4, 0.08],
        "tariff sell_eur_per_kwh",
        "0.4 at step 1 is above the buying price 0.3",
        "Lower it",
    ),
    Slip(("tariff",), MISSING, "scenario tariff", "is missing", 'Add "tariff"'),
    Slip(("name",), 33, "scenario name", "33 is not a text", "quotes"),
    Slip(("step_h",), 0, "scenario step_h", "0 is not above 0", "above 0 (in hours)"),
    Slip(("network", "source"), 33, "network source", "33 is none of its forms", "built-in"),
    Slip(
        ("network", "source"),
        TABLE | {"lines": [{"from": 1, "to": 9, "r_ohm": 1, "x_ohm": 1}]},
        "line 1 to",
        "bus 9 does not exist",
        "buses 1 to 3",
    ),
    Slip(
        ("network", "source"),
        TABLE | {"lines": [{"from": 1, "to": 2, "x_ohm": -1}]},
        "line 1 r_ohm",
        "is missing",
        "in ohm",
    ),
    Slip(
        ("network", "source"),
        TABLE | {"buses": [{"vn_kv": 10}, {"vn_kv": 10, "id": 3}, {"vn_kv": 10}]},
        "bus 2 id",
        "3 is not its place",
        "place in the list",
    ),
    Slip(
        ("network", "vm_min_pu"),
        1.2,
        "network vm_min_pu",
        "1.2 must be below the highest voltage",
        "below the upper one",
    ),
    Slip(("network", "line_limits_a"), {"x": 1}, "network line_limits_a", '"x" is no line number', 'keys: "1"'),
    Slip(("network", "switchable"), "some", "network switchable", '"some" is none of its forms', '"all" or a list'),
    Slip(
        ("network", "initially_open"), [33, 33], "network initially_open", "line 33 stands there more than once", "once"
    ),
    Slip(
        ("network", "initially_open"),
        [33, 34, "x"],
        "network initially_open",
        '"x" is a text, not a whole number in place 3',
        "whole number",
    ),
    Slip(
        ("network", "background_profile"),
        {"lod": [2]},
        "network background_profile",
        'profile "lod" does not exist',
        "Did you mean load?",
    ),
    Slip(
        ("network", "background_profile"),
        {"load": [2, 3], "pv": [3]},
        "network background_profile",
        "bus 3 stands there more than once",
        "once",
    ),
    Slip(
        ("network", "background_profile"),
        [2],
        "network background_profile",
        "[2] is none of its forms",
        "name of a profile",
    ),
    Slip(("market", "partners"), [["P1", "P2"], ["P1"]], "market partners", "item 2 is not a pair", "[["),
    Slip(
        ("market", "partners"),
        [["P1", "P9"]],
        "market P9 partners",
        "there is no prosumer with this id",
        "by their ids",
    ),
    Slip(("market", "partners"), [["P2", "P2"]], "market P2 partners", "is paired with itself", "two different"),
    Slip(("market", "partners"), "everybody", "market partners", '"everybody" is none of its forms', '"all", "none"'),
    Slip(("market", "partners"), -1, "market partners", "-1 is below 0", "at least 0"),
    Slip(("market", "preferences", 0, "to"), "P1", "market P1 preferences", "is paired with itself", "two different"),
    Slip(
        ("market", "preferences", 0, "eur_per_kwh"),
        -0.01,
        "preference number 1 eur_per_kwh",
        "-0.01 is below 0",
        "EUR per kWh",
    ),
    Slip(("market", "trade_fee_eur_per_kwh"), -0.01, "market trade_fee_eur_per_kwh", "-0.01 is below 0", "at least 0"),
    Slip(("dso", "switching_cost"), 1, "dso switching_cost", "not a known field", "Did you mean switching_cost_eur?"),
    Slip(("dso", "return_to_initial"), 1, "dso return_to_initial", "1 is not true or false", "true or false"),
    Slip(
        ("dso", "max_switching_per_hour"),
        1.5,
        "dso max_switching_per_hour",
        "1.5 is not a whole number",
        "whole number",
    ),
]
