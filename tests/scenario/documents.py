"""Scenario documents for tests: a small one that uses every field, and random valid ones."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

HOURS = 3

FULL: dict[str, Any] = {
    "name": "Every field once",
    "description": "Three hours, three prosumers",
    "step_h": 0.5,
    "start": "2026-06-21T06:00",
    "time_zone": "Europe/Berlin",
    "flexible_window_h": 1,
    "network": {
        "source": "case33bw",
        "vm_min_pu": 0.94,
        "vm_max_pu": 1.06,
        "substation_voltage_pu": 1.01,
        "line_limit_a": 400,
        "line_limits_a": {"3": 250},
        "bus_taps": {"1": {"min": -4, "max": 4, "step_percent": 1.25, "neutral": 0, "position": 1}},
        "line_taps": {"5": {"min": -2, "max": 2, "step_percent": 2.5, "neutral": 0, "position": -1, "side": "to"}},
        "capacitors": {"18": {"step_kvar": 100, "steps": 3, "on": 1}},
        "places": {"7": {"x": 2.5, "y": -1}},
        "switchable": "all",
        "initially_open": [33, 34, 35, 36, 37],
        "background_scale": 0.8,
        "background_profile": {"load": [2, 3], "office": [19, 20]},
    },
    "profiles": {"load": [0.5, 0.75, 1], "pv": [0, 0.5, 1], "office": [0.1, 1, 1]},
    "tariff": {"buy_eur_per_kwh": [0.3, 0.3, 0.35], "sell_eur_per_kwh": [0.08, 0.08, 0.08]},
    "market": {
        "partners": 1,
        "trade_fee_eur_per_kwh": 0.002,
        "trade_limit_kw": 80,
        "preferences": [{"from": "P1", "to": "P2", "eur_per_kwh": 0.01}],
    },
    "dso": {
        "loss_price_eur_per_kwh": 0.1,
        "switching_cost_eur": 1,
        "max_switching_per_hour": 4,
        "max_switching_per_day": 12,
        "line_switching_costs_eur": {"7": 5},
        "min_dwell_h": 1,
        "return_to_initial": True,
        "violation_price_eur_per_kwh": 8,
        "role": "validate",
        "curtailment": "proportional",
        "compensation": "lost_revenue",
        "max_charge_eur_per_kwh": 0.5,
        "refund": "equal",
        "reactive": "none",
        "levers": "none",
        "lever_cost_eur": 0.2,
        "max_lever_steps": 8,
        "volt_var": [{"vm_pu": 0.95, "share": 0.4}, {"vm_pu": 1.05, "share": -0.4}],
        "security": {"share": 0.9, "days": 100},
        "outage_price": {"eur_per_kwh": 8, "faults_per_line_year": 0.2, "repair_h": 3, "operation_h": 0.5},
    },
    "forecast": {
        "sun_sd": 0.3,
        "sun_hours": 4,
        "sun_reach": 0.5,
        "load_sd": 0.15,
        "load_classes": {"office": 0.05},
        "load_hours": 2,
        "load_shared": 0.4,
    },
    "prosumers": [
        {
            "id": "P1",
            "bus": 6,
            "load_kw": 60,
            "load_profile": "load",
            "power_factor": 0.95,
            "pv_kw": 150,
            "pv_profile": "pv",
            "inverter_kva": 55,
            "flexible_share": 0.2,
            "discomfort_eur_per_kw2h": 0.002,
            "battery": {
                "capacity_kwh": 100,
                "power_kw": 40,
                "efficiency": 0.9,
                "min_kwh": 10,
                "initial_kwh": 30,
                "cycle_h": 1.5,
                "wear_eur_per_kwh": 0.002,
            },
            "elastic": {"max_kw": 20, "utility_eur_per_kwh": 0.3, "slope_eur_per_kw2h": 0.001},
            "generator": {"max_kw": 50, "cost_eur_per_kwh": 0.15, "slope_eur_per_kw2h": 0.0005},
            "import_limit_kw": 500,
            "export_limit_kw": 0,
        },
        {"id": "P2", "bus": 18, "load_kw": 20, "load_profile": "office", "battery": {"capacity_kwh": 8, "power_kw": 4}},
        {"id": "P 3", "bus": 33, "tariff": {"buy_eur_per_kwh": [0.2, 0.2, 0.2], "sell_eur_per_kwh": [0.2, 0, -0.1]}},
    ],
}

TABLE: dict[str, Any] = {
    "name": "A ring of three",
    "buses": [
        {"id": 1, "vn_kv": 10, "substation_voltage_pu": 1.02, "x": 0, "y": 0},
        {"id": "mill", "vn_kv": 10, "p_kw": 100, "q_kvar": 30, "x": 1, "y": 0},
        {"vn_kv": 10, "p_kw": 50, "x": 1, "y": 1},
    ],
    "lines": [
        {"from": 1, "to": 2, "r_ohm": 0.3, "x_ohm": 0.4, "limit_a": 120},
        {"from": 2, "to": 3, "r_ohm": 0.6, "x_ohm": 0.8, "switchable": False, "transformer": False},
        {"from": 3, "to": 1, "r_ohm": 0.3, "x_ohm": 0.4, "closed": False},
    ],
}


def full() -> dict[str, Any]:
    """A copy of FULL that a test may change."""
    return copy.deepcopy(FULL)


def minimal(**changes: Any) -> dict[str, Any]:
    """Only what has no default."""
    document = {
        "name": "Least",
        "network": {"source": "case33bw"},
        "profiles": {},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
        "prosumers": [{"id": "A", "bus": 2}],
    }
    return copy.deepcopy(document | changes)


def with_value(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of the document with the value at the path; MISSING takes the field away."""
    changed = copy.deepcopy(document)
    node = changed
    for step in path[:-1]:
        node = node[step]
    if value is MISSING:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


MISSING = object()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

_IDS = ["P1", "P2", "10", "9", "a b", "x.y-z", "_"]
_amounts = st.floats(0, 1000).map(lambda value: round(value, 3))
_shares = st.floats(0.01, 1).map(lambda value: round(value, 4))


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _tariffs(hours: int) -> st.SearchStrategy[dict[str, Any]]:
    prices = st.lists(st.integers(0, 40), min_size=hours, max_size=hours)
    return st.builds(
        lambda sell, margin: {
            "buy_eur_per_kwh": [(a + b) / 100 for a, b in zip(sell, margin, strict=True)],
            "sell_eur_per_kwh": [a / 100 for a in sell],
        },
        prices,
        prices,
    )


_batteries = st.builds(
    lambda given, level: given | ({} if level is None else {"initial_kwh": given["capacity_kwh"] * level}),
    st.fixed_dictionaries(
        {"capacity_kwh": _amounts, "power_kw": _amounts}, optional={"efficiency": _shares, "wear_eur_per_kwh": _shares}
    ),
    st.none() | st.sampled_from([0.0, 0.25, 1.0]),
)


def _prosumers(name: str, hours: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"id": st.just(name), "bus": st.integers(1, 33)},
        optional={
            "load_kw": _amounts,
            "load_profile": st.sampled_from(["load", "pv", "home"]),
            "pv_kw": _amounts,
            "power_factor": _shares,
            "flexible_share": st.floats(0, 1),
            "battery": st.none() | _batteries,
            "generator": st.fixed_dictionaries({"max_kw": _amounts, "cost_eur_per_kwh": _shares}),
            "import_limit_kw": st.none() | _amounts,
            "tariff": st.none() | _tariffs(hours),
        },
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Valid documents on case33bw with up to 4 hours and 4 prosumers, every optional field now and then."""
    hours = draw(st.integers(1, 4))
    factors = st.lists(st.floats(0, 2), min_size=hours, max_size=hours)
    names = draw(st.lists(st.sampled_from(_IDS), min_size=1, max_size=4, unique=True))
    pairs = st.lists(st.sampled_from([[a, b] for a in names for b in names if a != b] or [["", ""]]), max_size=3)
    partners = st.sampled_from(["all", "none", 0, 2]) | (pairs if len(names) > 1 else st.just([]))
    background = st.none() | st.just("home") | st.just({}) | st.just({"home": [2, 3], "load": [7]})
    return {
        "name": draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)),
        "network": {"source": "case33bw"}
        | draw(
            _optional(
                vm_min_pu=st.none() | st.just(0.95),
                line_limit_a=st.none() | st.floats(1, 500),
                line_limits_a=st.dictionaries(st.integers(1, 37).map(str), st.floats(1, 500), max_size=3),
                background_profile=background,
            )
        ),
        "profiles": {name: draw(factors) for name in draw(st.permutations(["load", "pv", "home"]))},
        "tariff": draw(_tariffs(hours)),
        "prosumers": [draw(_prosumers(name, hours)) for name in names],
    } | draw(
        _optional(
            description=st.text(st.characters(codec="utf-8"), max_size=9),
            step_h=st.sampled_from([0.25, 1, 1.0]),
            market=_optional(partners=partners, trade_fee_eur_per_kwh=_amounts, trade_limit_kw=st.none() | _amounts),
            dso=_optional(
                switching_cost_eur=_amounts, return_to_initial=st.booleans(), min_dwell_h=st.none() | _amounts
            ),
        )
    )


def village(**changes: Any) -> dict[str, Any]:
    """A network with ids, in which buses and lines are named by them, and flat prices."""
    buses = [{"id": name, "vn_kv": 10.0} for name in ("UW", "Mühle", "ST2")]
    ends = [("UW", "Mühle"), ("Mühle", "ST2"), ("UW", "ST2")]
    lines = [
        {"id": f"K{place}", "from": here, "to": there, "r_ohm": 0.2, "x_ohm": 0.1}
        for place, (here, there) in enumerate(ends)
    ]
    return {
        "name": "village",
        "network": {"source": {"buses": buses, "lines": lines}, "initially_open": ["K2"]},
        "profiles": {"load": [1.0, 0.5, 0.2]},
        "tariff": {"buy_eur_per_kwh": 0.3, "sell_eur_per_kwh": [0.1, 0.1, 0.2]},
        "prosumers": [
            {"id": "Bäcker Öz", "bus": "Mu\u0308hle", "load_kw": 5},
            {"id": "Дом 7", "bus": 3, "load_kw": 5, "tariff": {"buy_eur_per_kwh": 0.25, "sell_eur_per_kwh": 0}},
        ],
        **changes,
    }
