"""A small scenario of a leader, whose market answers by formulas."""

from __future__ import annotations

from typing import Any

from tests.coordination.cases import RING, grid

BUY, SELL, CAP = 0.30, 0.10, 0.40


def duo(loss_price: float = 2.0, **load: Any) -> dict[str, Any]:
    """A ring with an elastic load at bus 2 and a generator at bus 3, who do not trade: their answers are formulas."""
    device = {"max_kw": 400, "utility_eur_per_kwh": 0.6, "slope_eur_per_kw2h": 0.001}
    return {
        "name": "duo",
        "network": {"source": grid(RING, 150.0, r_ohm=6.0, x_ohm=4.0), "vm_min_pu": 0.9, "vm_max_pu": 1.1},
        "profiles": {"load": [1.0]},
        "tariff": {"buy_eur_per_kwh": [BUY], "sell_eur_per_kwh": [SELL]},
        "market": {"partners": "none"},
        "dso": {"loss_price_eur_per_kwh": loss_price, "max_charge_eur_per_kwh": CAP, "role": "leader"},
        "prosumers": [
            {"id": "L", "bus": 2, "elastic": device, **load},
            {"id": "G", "bus": 3, "generator": {"max_kw": 500, "cost_eur_per_kwh": 0.12, "slope_eur_per_kw2h": 0.001}},
        ],
    }
