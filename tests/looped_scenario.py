"""Small days with prosumers beside loops that nothing can open."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.coordination.cases import grid

HOURS = 3

DOUBLED = ((1, 2, True), (2, 3, True), (1, 4, True), (4, 3, True), (3, 5, True), (5, 6, True), (2, 6, False))
"""A double circuit from bus 1 to bus 3, over bus 2 and over bus 4, whose four lines nothing can open; behind it a ring
that may be opened."""

FIXED = 4
"""So many lines of it, the first, have no switch."""


def looped_document(seed: int = 0, flexible: bool = False, limit_a: float | None = None) -> dict[str, Any]:
    """Six buses, one closed loop, one that may be opened anywhere, four prosumers who use and feed in what they must,
    or may shift and store as well."""
    rng = np.random.default_rng(seed)
    network = grid(DOUBLED, 120.0)
    for place, line in enumerate(network["lines"]):
        line |= {"r_ohm": float(rng.uniform(0.6, 2.0)), "x_ohm": float(rng.uniform(0.3, 2.0))}
        line |= {"switchable": place >= FIXED}
    return {
        "name": "looped",
        "network": {
            "source": network,
            "background_profile": "load",
            "vm_min_pu": 0.8,
            "vm_max_pu": 1.2,
            **({} if limit_a is None else {"line_limit_a": limit_a}),
        },
        "profiles": {"load": rng.uniform(0.3, 1.0, HOURS).tolist(), "pv": rng.uniform(0.0, 1.0, HOURS).tolist()},
        "tariff": {"buy_eur_per_kwh": [0.3] * HOURS, "sell_eur_per_kwh": [0.1] * HOURS},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.002},
        "dso": {"switching_cost_eur": float(rng.uniform(0.0, 0.4)), "loss_price_eur_per_kwh": 0.3},
        "prosumers": [_prosumer(bus, rng, flexible) for bus in (3, 4, 5, 6)],
    }


def _prosumer(bus: int, rng: np.random.Generator, flexible: bool) -> dict[str, Any]:
    row = {"id": f"P{bus}", "bus": bus, "load_kw": float(rng.uniform(50, 400)), "pv_kw": float(rng.uniform(0, 900))}
    if flexible:
        row |= {"flexible_share": 0.2, "battery": {"capacity_kwh": 200.0, "power_kw": 60.0}}
    return row
