"""The tiny scenario over six hours that turn out otherwise."""

from __future__ import annotations

from typing import Any

from p2pdnr.scenario.synthetic import tiny


def rolled_levers_document(**dso: Any) -> dict[str, Any]:
    """The same with a tap changer at the substation that moves, and a capacitor."""
    made = rolled_document()
    made["network"] |= {"bus_taps": {"1": {"min": -2, "max": 2, "step_percent": 2.0}}}
    made["network"] |= {"capacitors": {"3": {"steps": 1, "step_kvar": 50.0}}, "vm_min_pu": 0.97, "vm_max_pu": 1.03}
    made["dso"] |= {"levers": "all", "lever_cost_eur": 0.02} | dso
    return made


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


def cycled_document() -> dict[str, Any]:
    """The same with a battery that returns after every three hours."""
    made = stored_document()
    made["prosumers"][0]["battery"] |= {"cycle_h": 3.0}
    return made


def stored_levers_document(**dso: Any) -> dict[str, Any]:
    """The same as :func:`stored_document` on long lines, with a tap changer and a capacitor that move."""
    made, moving = stored_document(), rolled_levers_document(**dso)
    network = moving["network"] | {"vm_min_pu": 0.98, "vm_max_pu": 1.02}
    for line in network["source"]["lines"]:
        line |= {name: 25.0 * line[name] for name in ("r_ohm", "x_ohm")}
    return made | {"network": network, "dso": moving["dso"]}


def secure_document() -> dict[str, Any]:
    """The same with currents near their limits, and a plan that keeps them on four days of five."""
    made = stored_document()
    made["network"] |= {"line_limits_a": {"1": 42.0, "2": 42.0, "3": 42.0}}
    made["dso"] |= {"security": {"share": 0.8, "days": 60, "test_days": 100}}
    return made


def priced_document() -> dict[str, Any]:
    """The same without limits on currents, with a price on energy that faults leave unsupplied."""
    made = stored_document()
    made["dso"] |= {"outage_price": {"eur_per_kwh": 5.0, "faults_per_line_year": 5.0, "repair_h": 3.0}}
    return made
