"""Three prosumers on five buses with two tie lines for four hours: every device, solved in a moment."""

from __future__ import annotations

from typing import Any


def small_document() -> dict[str, Any]:
    """The scenario as JSON values; its network stands in it."""
    buses = [{"vn_kv": 12.66, "p_kw": 0, "substation_voltage_pu": 1.0}]
    buses += [{"vn_kv": 12.66, "p_kw": p_kw, "q_kvar": p_kw / 2} for p_kw in (300, 500, 400, 600)]
    pairs = [(1, 2), (2, 3), (3, 4), (1, 5), (4, 5), (2, 5)]
    lines = [
        {"from": i, "to": j, "r_ohm": 0.6 + 0.1 * k, "x_ohm": 0.4, "limit_a": 150, "closed": k < 4}
        for k, (i, j) in enumerate(pairs)
    ]
    return {
        "name": "Small",
        "network": {"source": {"name": "five", "buses": buses, "lines": lines}, "background_profile": "load"},
        "profiles": {"load": [0.6, 0.8, 1.0, 0.7], "pv": [0.0, 1.0, 0.6, 0.0]},
        "tariff": {"buy_eur_per_kwh": [0.2, 0.3, 0.3, 0.2], "sell_eur_per_kwh": [0.05, 0.05, 0.05, 0.05]},
        "market": {"partners": "all", "preferences": [{"from": "Home", "to": "Sun", "eur_per_kwh": 0.001}]},
        "dso": {"switching_cost_eur": 0.05},
        "prosumers": [
            {"id": "Home", "bus": 3, "load_kw": 80, "power_factor": 0.95, "flexible_share": 0.2},
            {"id": "Sun", "bus": 4, "pv_kw": 300, "battery": {"capacity_kwh": 100, "power_kw": 50}},
            {
                "id": "Works",
                "bus": 5,
                "load_kw": 150,
                "generator": {"max_kw": 40, "cost_eur_per_kwh": 0.22, "slope_eur_per_kw2h": 0.0005},
                "elastic": {"max_kw": 30, "utility_eur_per_kwh": 0.26, "slope_eur_per_kw2h": 0.001},
            },
        ],
    }
