"""The tiny scenario over six hours that turn out otherwise."""

from __future__ import annotations

from typing import Any

from p2pdnr.scenario.synthetic import tiny


def rolled_document() -> dict[str, Any]:
    """The tiny scenario over six hours, with losses that matter."""
    made = tiny()
    made["tariff"] = {"buy_eur_per_kwh": 0.3, "sell_eur_per_kwh": 0.1}
    made["profiles"] = {"load": [1.0, 0.2, 0.9, 0.1, 1.0, 0.4], "pv": [0.0, 1.0, 0.2, 1.0, 0.0, 0.6]}
    for prosumer in made["prosumers"]:
        for name in ("pv_kw", "load_kw"):
            prosumer[name] = 40.0 * prosumer.get(name, 0.0)
    made["dso"] = {**made.get("dso", {}), "switching_cost_eur": 0.03, "loss_price_eur_per_kwh": 0.5}
    made["forecast"] = {"sun_sd": 0.5, "load_sd": 0.4}
    return made


def stored_document() -> dict[str, Any]:
    """The same with a battery and load that is shifted."""
    made = rolled_document()
    first, second = made["prosumers"][:2]
    first["battery"] = {"capacity_kwh": 60.0, "power_kw": 25.0, "initial_kwh": 20.0, "min_kwh": 5.0}
    second |= {"flexible_share": 0.2, "discomfort_eur_per_kw2h": 0.0005}
    made["tariff"] = {
        "buy_eur_per_kwh": [0.3, 0.25, 0.3, 0.22, 0.35, 0.4],
        "sell_eur_per_kwh": [0.1, 0.05, 0.1, 0.05, 0.1, 0.1],
    }
    return made
