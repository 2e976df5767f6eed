"""A small day with prosumers on a feeder with generators that hold their voltages."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.coordination.cases import FOUR, grid

HOURS = 3


def held_document(seed: int = 0, generators: int = 1, flexible: bool = False) -> dict[str, Any]:
    """Four buses, two loops, three prosumers who use and feed in what they must, or may shift and store as well."""
    rng = np.random.default_rng(seed)
    network = grid(FOUR, 120.0, r_ohm=1.2, x_ohm=1.0)
    for bus in rng.choice([1, 2, 3], generators, replace=False):
        network["buses"][bus]["generator"] = {
            "vm_pu": float(rng.uniform(0.985, 1.005)),
            "p_kw": float(rng.uniform(0.0, 100.0)),
            "min_kvar": -float(rng.uniform(30.0, 600.0)),
            "max_kvar": float(rng.uniform(30.0, 600.0)),
        }
    return {
        "name": "held",
        "network": {"source": network, "background_profile": "load", "vm_min_pu": 0.8, "vm_max_pu": 1.2},
        "profiles": {"load": rng.uniform(0.3, 1.0, HOURS).tolist(), "pv": rng.uniform(0.0, 1.0, HOURS).tolist()},
        "tariff": {"buy_eur_per_kwh": [0.3] * HOURS, "sell_eur_per_kwh": [0.1] * HOURS},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.002},
        "dso": {"switching_cost_eur": float(rng.uniform(0.0, 0.4)), "loss_price_eur_per_kwh": 0.3},
        "prosumers": [_prosumer(bus, rng, flexible) for bus in (2, 3, 4)],
    }


def _prosumer(bus: int, rng: np.random.Generator, flexible: bool) -> dict[str, Any]:
    row = {"id": f"P{bus}", "bus": bus, "load_kw": float(rng.uniform(50, 400)), "pv_kw": float(rng.uniform(0, 600))}
    if flexible:
        row |= {"flexible_share": 0.2, "battery": {"capacity_kwh": 200.0, "power_kw": 60.0}}
    return row
