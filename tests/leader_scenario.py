"""Small scenarios of a leader: one whose market answers by formulas, one whose answers hang on all hours together."""

from __future__ import annotations

from typing import Any

from tests.coordination.cases import RING, grid

BUY, SELL, CAP = 0.30, 0.10, 0.40
EVENING_CAP = 0.1


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


def evening() -> dict[str, Any]:
    """Three hours, the last without sun: two prosumers without a retailer live on a battery, and on what a third
    sells; unserved load would spare the operator losses."""
    battery = {"capacity_kwh": 300, "power_kw": 120, "initial_kwh": 100, "efficiency": 0.9, "wear_eur_per_kwh": 0.002}
    alone, elastic = {"import_limit_kw": 0.0, "export_limit_kw": 0.0}, {"max_kw": 60, "utility_eur_per_kwh": 0.34}
    return {
        "name": "evening",
        "network": {"source": grid(RING, 60.0, r_ohm=3.0, x_ohm=2.0), "vm_min_pu": 0.8, "vm_max_pu": 1.2},
        "profiles": {"load": [0.5, 0.6, 1.0], "pv": [1.0, 0.8, 0.0]},
        "tariff": {"buy_eur_per_kwh": [0.3] * 3, "sell_eur_per_kwh": [0.1] * 3},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.001},
        "dso": {"role": "leader", "loss_price_eur_per_kwh": 0.5, "switching_cost_eur": 0.1},
        "prosumers": [
            {"id": "A", "bus": 2, "load_kw": 150.0, "pv_kw": 300.0, "battery": battery} | alone,
            {"id": "B", "bus": 3, "load_kw": 120.0, "flexible_share": 0.2} | alone,
            {"id": "C", "bus": 3, "load_kw": 40.0, "pv_kw": 60.0, "elastic": elastic},
        ],
    }
