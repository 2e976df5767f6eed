"""Three hours on five buses with a tap changer at the substation and a capacitor: too much sun at noon for the upper
limit, too much load in the evening for the lower one."""

from __future__ import annotations

from typing import Any

from tests.small_scenario import small_document


def lever_document(**dso: Any) -> dict[str, Any]:
    """The scenario as JSON values, with settings of the operator."""
    told = small_document()
    told["profiles"] = {"load": [0.2, 0.3, 1.6], "pv": [0.5, 1.0, 0.0]}
    told["tariff"] = {"buy_eur_per_kwh": [0.2, 0.3, 0.3], "sell_eur_per_kwh": [0.05, 0.05, 0.05]}
    told["network"] |= {
        "vm_min_pu": 0.985,
        "vm_max_pu": 1.015,
        "bus_taps": {"1": {"min": -1, "max": 1, "step_percent": 1.5}},
        "capacitors": {"5": {"steps": 1, "step_kvar": 300}},
    }
    told["prosumers"][1]["pv_kw"] = 2500
    told["dso"] |= {"levers": "all", "lever_cost_eur": 0.1, "return_to_initial": True} | dso
    return told
