"""Ten families of random scenarios, each from a seed: what the engine must stand up to.

A family states one thing to the extreme and draws the rest: prosumers, profiles, sizes, prices. Used by
``bench_robustness.py`` for a table and by the tests for a few small ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from p2pdnr.network import readers
from p2pdnr.scenario import document
from p2pdnr.scenario.synthetic import synthetic

Json = dict[str, Any]
Rng = np.random.Generator


def feeder_day(rng: Rng, prosumers: int, hours: int = 24, source: str = "case33bw") -> Json:
    """A synthetic day on a feeder; fewer than 24 hours are those around noon and dusk."""
    scenario = synthetic(readers.read(source, None), source, prosumers, int(rng.integers(1 << 30)))
    scene: Json = document.to_dict(scenario)
    kept = slice(None) if hours == 24 else slice(max(0, 19 - hours), 19)
    scene["profiles"] = {name: values[kept] for name, values in scene["profiles"].items()}
    scene["tariff"] = {name: values[kept] for name, values in scene["tariff"].items()}
    scene["market"] = {"partners": int(rng.integers(3, 8)), "trade_fee_eur_per_kwh": float(rng.uniform(2e-4, 4e-3))}
    scene["network"] |= {"vm_min_pu": 0.92, "vm_max_pu": 1.06, "line_limit_a": float(rng.uniform(250, 400))}
    scene["dso"] |= {"loss_price_eur_per_kwh": float(rng.uniform(0.08, 0.25))}
    return scene


def limits_binding(rng: Rng) -> Json:
    """Narrow voltages and lines that cannot carry the sun."""
    scene = feeder_day(rng, 14)
    limits = {"vm_min_pu": 0.955, "vm_max_pu": 1.03, "line_limit_a": float(rng.uniform(90, 140))}
    scene["network"] |= limits | {"line_limits_a": {"1": 300.0, "2": 250.0}}
    for row in scene["prosumers"]:
        row["pv_kw"] = 2.0 * row.get("pv_kw", 0.0)
    return scene


def pv_rich(rng: Rng) -> Json:
    """More sun than the feeder uses by far."""
    scene = feeder_day(rng, 16)
    for row in scene["prosumers"]:
        row["pv_kw"] = float(rng.uniform(100, 700))
    return scene


def battery_rich(rng: Rng) -> Json:
    """A battery at everybody's, up to days of storage, prices that differ by the hour."""
    scene = feeder_day(rng, 12)
    buy = rng.uniform(0.15, 0.45, 24)
    scene["tariff"] = {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy * rng.uniform(0.2, 0.9)).tolist()}
    for row in scene["prosumers"]:
        power_kw = float(rng.uniform(20, 150))
        row["battery"] = {
            "capacity_kwh": power_kw * float(rng.uniform(0.5, 12)),
            "power_kw": power_kw,
            "efficiency": float(rng.uniform(0.85, 1.0)),
            "wear_eur_per_kwh": float(rng.choice([0.0, 0.002])),
        }
    return scene


def no_battery(rng: Rng) -> Json:
    """Nothing ties the hours together but switching."""
    scene = feeder_day(rng, 15)
    for row in scene["prosumers"]:
        row.pop("battery", None)
        row["flexible_share"] = 0.0
    return scene


def one_hour(rng: Rng) -> Json:
    """A single hour on the feeder."""
    return feeder_day(rng, 20, hours=1)


def week(rng: Rng) -> Json:
    """168 hours of a small ring network."""
    scene = small_grid(rng, hours=168, prosumers=5)
    day = np.arange(168) % 24
    scene["profiles"] = {
        "load": (0.4 + 0.4 * (day > 16) + 0.1 * rng.random(168)).tolist(),
        "pv": (np.maximum(0.0, np.sin((day - 5.5) / 13 * np.pi)) * rng.uniform(0.4, 1.0, 168)).tolist(),
    }
    return scene


def no_trading(rng: Rng) -> Json:
    """A market without pairs."""
    scene = feeder_day(rng, 15)
    scene["market"]["partners"] = "none"
    return scene


def islanded(rng: Rng) -> Json:
    """Half of the prosumers have no retailer, neither to buy from nor to sell to."""
    scene = feeder_day(rng, 12, hours=12)
    scene["market"]["partners"] = "all"
    for row in scene["prosumers"][::2]:
        row |= {"import_limit_kw": 0.0, "export_limit_kw": 0.0}
    return scene


def substations(rng: Rng) -> Json:
    """A meshed random network fed from three substations of different voltage."""
    return small_grid(rng, hours=12, prosumers=8, n_buses=14, n_substations=3)


def large(rng: Rng) -> Json:
    """A network whose topologies are too many to be enumerated."""
    return feeder_day(rng, 12, hours=4, source="case70da")


FAMILIES: dict[str, Callable[[Rng], Json]] = {
    "limits binding": limits_binding,
    "PV-rich": pv_rich,
    "battery-rich": battery_rich,
    "no battery": no_battery,
    "one hour": one_hour,
    "168 hours": week,
    "no trading": no_trading,
    "islanded prosumers": islanded,
    "three substations": substations,
    "not enumerable": large,
}
"""Name -> scenario from a random generator."""


def scenario(family: str, seed: int) -> Json:
    """The scenario of a family and a seed; families do not share their random numbers."""
    rng = np.random.default_rng([list(FAMILIES).index(family), seed])
    return FAMILIES[family](rng) | {"name": f"{family}, seed {seed}"}


def small_grid(rng: Rng, hours: int, prosumers: int, n_buses: int = 9, n_substations: int = 1) -> Json:
    """A random meshed 10 kV network with all kinds of prosumers."""
    buses: list[Json] = [{"vn_kv": 10.0, "p_kw": float(rng.uniform(0, 120)), "q_kvar": 20.0} for _ in range(n_buses)]
    for bus in range(n_substations):
        buses[bus] = {"vn_kv": 10.0, "substation_voltage_pu": 1.0 + 0.01 * bus}
    tree = [(int(rng.integers(0, bus)), bus, True) for bus in range(n_substations, n_buses)]
    ties = [(int(a), int(b), False) for a, b in (rng.choice(n_buses, 2, replace=False) for _ in range(4))]
    lines = [
        {"from": a + 1, "to": b + 1, "closed": closed, "r_ohm": float(rng.uniform(0.3, 1.5)), "x_ohm": 0.4}
        | {"limit_a": float(rng.uniform(20, 120))}
        for a, b, closed in tree + ties
        if max(a, b) >= n_substations
    ]
    buy = rng.uniform(0.2, 0.4, hours)
    return {
        "name": "small",
        "network": {"source": {"buses": buses, "lines": lines}, "vm_min_pu": 0.96, "vm_max_pu": 1.04},
        "profiles": {"load": rng.uniform(0.3, 1, hours).tolist(), "pv": rng.uniform(0, 1, hours).tolist()},
        "tariff": {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy * 0.3).tolist()},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.002},
        "dso": {"switching_cost_eur": float(rng.uniform(0, 0.5))},
        "prosumers": [_prosumer(f"P{k}", rng, n_buses) for k in range(prosumers)],
    }


def _prosumer(name: str, rng: Rng, n_buses: int) -> Json:
    row: Json = {"id": name, "bus": int(rng.integers(1, n_buses + 1)), "load_kw": float(rng.uniform(10, 150))}
    row |= {"pv_kw": float(rng.uniform(0, 300)), "power_factor": 0.95}
    if rng.random() < 0.5:
        row |= {"flexible_share": 0.2, "discomfort_eur_per_kw2h": 0.002}
    if rng.random() < 0.5:
        row["battery"] = {"capacity_kwh": float(rng.uniform(20, 300)), "power_kw": float(rng.uniform(10, 80))}
    if rng.random() < 0.3:
        row["generator"] = {"max_kw": 60.0, "cost_eur_per_kwh": 0.15, "slope_eur_per_kw2h": 0.001}
    if rng.random() < 0.3:
        row["elastic"] = {"max_kw": 40.0, "utility_eur_per_kwh": 0.3, "slope_eur_per_kw2h": 0.002}
    return row
