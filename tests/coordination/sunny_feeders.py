"""Random feeders with more sun than their lines and voltages can carry."""

from __future__ import annotations

import numpy as np

from tests.coordination.cases import Json

VN_KV = 12.66


def sunny(seed: int) -> Json:
    """A random feeder of 3 to 7 buses with long lines and more sun than it can carry; no trades, one hour."""
    rng = np.random.default_rng(seed)
    buses: list[Json] = [{"vn_kv": VN_KV, "substation_voltage_pu": float(rng.uniform(0.98, 1.03))}]
    lines: list[Json] = []
    for bus in range(2, int(rng.integers(3, 8)) + 1):
        buses.append({"vn_kv": VN_KV, "p_kw": float(rng.uniform(-200, 400)), "q_kvar": float(rng.uniform(-200, 200))})
        ohm = 10 ** rng.uniform(-0.5, 0.9)
        line = {"r_ohm": float(ohm * rng.uniform(0.3, 1.0)), "x_ohm": float(ohm * rng.uniform(0.05, 1.5))}
        lines.append({"from": int(rng.integers(max(1, bus - 3), bus)), "to": bus, **line})
    people = [
        {"id": f"P{k}", "bus": int(rng.integers(2, len(buses) + 1)), "load_kw": float(rng.uniform(0, 300)),
         "power_factor": float(rng.choice([1.0, 0.9])), "pv_kw": float(10 ** rng.uniform(2.5, 4.0))}
        for k in range(int(rng.integers(1, 4)))
    ]  # fmt: skip
    buy = float(rng.uniform(0.15, 0.35))
    return {
        "name": f"sunny {seed}",
        "network": {"source": {"buses": buses, "lines": lines}, "vm_min_pu": 0.9, "vm_max_pu": 1.04},
        "profiles": {"load": [1.0], "pv": [1.0]},
        "tariff": {"buy_eur_per_kwh": [buy], "sell_eur_per_kwh": [float(buy * rng.uniform(0.2, 0.95))]},
        "market": {"partners": "none"},
        "dso": {"loss_price_eur_per_kwh": float(rng.choice([0.004, 0.05, 0.3])), "violation_price_eur_per_kwh": 100.0},
        "prosumers": people,
    }
