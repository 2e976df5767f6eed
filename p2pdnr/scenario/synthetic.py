"""Made-up scenarios of any size for a network, from a seed: for benchmarks, tests and a first look at one's own feeder.

The shapes are simple curves, not measurements: homes with a morning and an evening peak, offices by day, a flat
industry, a clear sky with passing clouds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

HOURS = 24
KINDS = {"home": 0.45, "office": 0.25, "industry": 0.2, "plant": 0.1}
"""Kind of prosumer -> its share; a plant produces and uses next to nothing."""

LOAD_SHARE, PV_SHARE = 0.35, 0.6
"""All prosumers' load and PV together, as shares of the network's own load."""

Json = dict[str, Any]


def synthetic(network: Network, source: str, prosumers: int, seed: int) -> Scenario:
    """A day of ``prosumers`` prosumers on ``network``, which the scenario names ``source``; the seed decides it all.

    Raises ScenarioError when the numbers make no scenario, such as none or too many prosumers.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.choice(list(KINDS), size=max(prosumers, 0), p=list(KINDS.values()))
    buses = _buses(network, prosumers, rng)
    size_kw = max(float(network.p_kw.sum()), 100.0) / max(prosumers, 1)
    rows = [
        _prosumer(number, str(kind), int(bus), size_kw, rng)
        for number, (kind, bus) in enumerate(zip(kinds, buses, strict=True), 1)
    ]
    buy = np.where((np.arange(HOURS) >= 7) & (np.arange(HOURS) < 22), 0.3, 0.22)
    return document.from_dict(
        {
            "name": f"Synthetic day, {prosumers} prosumers, seed {seed}",
            "flexible_window_h": HOURS,
            "network": {"source": source, "background_scale": 0.6, "background_profile": "home"},
            "profiles": {name: np.round(shape, 4).tolist() for name, shape in _profiles(rng).items()},
            "tariff": {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": [0.06] * HOURS},
            "dso": {"switching_cost_eur": 1.0},
            "prosumers": rows,
        }
    )


def _buses(network: Network, prosumers: int, rng: np.random.Generator) -> Floats:
    """Bus numbers, each bus once before any stands twice; substations carry none."""
    usable = np.setdiff1d(np.arange(network.n_buses), network.substations) + 1
    if not len(usable):
        usable = network.substations + 1
    rounds = [rng.permutation(usable) for _ in range(max(prosumers, 0) // len(usable) + 1)]
    return np.concatenate(rounds)[: max(prosumers, 0)]


def _profiles(rng: np.random.Generator) -> dict[str, Floats]:
    """(T,) factors with a largest value of about one."""
    t = np.arange(HOURS) + 0.5
    sun = np.maximum(0.0, np.sin((t - 5.5) / 13 * np.pi)) ** 1.3
    clouds = 1.0 - 0.35 * rng.random(HOURS) * (rng.random(HOURS) < 0.4)
    return {
        "home": 0.3 + 0.35 * np.exp(-(((t - 7.5) / 1.5) ** 2)) + 0.65 * np.exp(-(((t - 19.5) / 2.5) ** 2)),
        "office": 0.2 + 0.75 / (1 + np.exp(-(t - 8) * 2)) / (1 + np.exp((t - 17.5) * 2)),
        "industry": 0.8 + 0.15 * np.sin((t - 7) / 24 * 2 * np.pi),
        "plant": np.full(HOURS, 1.0),
        "pv": sun * clouds,
    }


def _prosumer(number: int, kind: str, bus: int, size_kw: float, rng: np.random.Generator) -> Json:
    """One prosumer of about ``size_kw`` network load per prosumer."""
    load_kw = LOAD_SHARE * size_kw * rng.uniform(0.4, 1.8) * (0.1 if kind == "plant" else 1.0)
    pv_kw = PV_SHARE * size_kw * rng.uniform(0.0, 2.0) * (3.0 if kind == "plant" else 1.0)
    row: Json = {
        "id": f"{kind.capitalize()} {number}",
        "bus": bus,
        "load_kw": round(load_kw, 2),
        "load_profile": kind,
        "power_factor": round(rng.uniform(0.9, 1.0), 3),
    }
    if rng.random() < 0.6 or kind == "plant":
        row["pv_kw"] = round(pv_kw, 2)
    if rng.random() < 0.4:
        power_kw = round(0.4 * size_kw * rng.uniform(0.3, 1.0), 2)
        row["battery"] = {"capacity_kwh": round(power_kw * rng.uniform(2.0, 4.0), 2), "power_kw": power_kw}
    return row | _flexibility(kind, load_kw, rng)


def _flexibility(kind: str, load_kw: float, rng: np.random.Generator) -> Json:
    """Homes and offices shift load, industry uses more when power is cheap or makes some of its own."""
    if kind in ("home", "office") and rng.random() < 0.5:
        return {"flexible_share": round(rng.uniform(0.1, 0.3), 2), "discomfort_eur_per_kw2h": 0.002}
    if kind == "industry" and rng.random() < 0.5:
        return {"elastic": {"max_kw": round(0.3 * load_kw, 2), "utility_eur_per_kwh": 0.2, "slope_eur_per_kw2h": 0.001}}
    if kind == "industry":
        return {
            "generator": {"max_kw": round(0.4 * load_kw, 2), "cost_eur_per_kwh": 0.18, "slope_eur_per_kw2h": 0.0005}
        }
    return {}


def tiny() -> dict[str, Any]:
    """Two prosumers on a ring of three buses, two hours: every kernel once."""
    line = {"r_ohm": 0.1, "x_ohm": 0.1}
    ends = ((1, 2, True), (2, 3, True), (3, 1, False))
    return {
        "name": "warm-up",
        "network": {
            "source": {
                "buses": [{"vn_kv": 10.0, "p_kw": 10.0, "q_kvar": 1.0}] * 3,
                "lines": [{"from": a, "to": b, "closed": closed, **line} for a, b, closed in ends],
            }
        },
        "profiles": {"load": [1.0, 0.5], "pv": [0.0, 1.0]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
        "prosumers": [{"id": "A", "bus": 2, "load_kw": 10.0}, {"id": "B", "bus": 3, "pv_kw": 20.0}],
    }
