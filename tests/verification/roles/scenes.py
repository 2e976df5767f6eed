"""Days on which the operator's role has something to do."""

from __future__ import annotations

import copy
from typing import Any

from tests.small_scenario import small_document


def sunny(**dso: Any) -> dict[str, Any]:
    """The small scenario with more sun than its feeder can take."""
    told = copy.deepcopy(small_document())
    told["network"] |= {"vm_max_pu": 1.006, "vm_min_pu": 0.9}
    told["prosumers"][0] |= {"pv_kw": 1200.0}
    told["prosumers"][1] |= {"pv_kw": 2600.0}
    told["dso"] |= {"role": "validate"} | dso
    return told


def tight_document(**changes: Any) -> dict[str, Any]:
    """Two hours, two prosumers with more PV than the end of the feeder carries, one that consumes."""
    buses = [{"vn_kv": 10.0, "substation_voltage_pu": 1.0}, *({"vn_kv": 10.0, "p_kw": 20.0} for _ in range(3))]
    lines = [{"from": k, "to": k + 1, "r_ohm": 1.5, "x_ohm": 0.8, "limit_a": 30.0} for k in (1, 2, 3)]
    return {
        "name": "tight",
        "network": {"source": {"buses": buses, "lines": lines}, "vm_min_pu": 0.97, "vm_max_pu": 1.02},
        "profiles": {"load": [0.5, 1.0], "pv": [1.0, 0.3]},
        "tariff": {"buy_eur_per_kwh": [0.30, 0.25], "sell_eur_per_kwh": [0.10, 0.10]},
        "market": {"partners": "all"},
        "prosumers": [
            {"id": "Roof", "bus": 4, "pv_kw": 500, "load_kw": 30},
            {"id": "Barn", "bus": 3, "pv_kw": 400, "battery": {"capacity_kwh": 80, "power_kw": 40}},
            {"id": "Mill", "bus": 2, "load_kw": 150, "flexible_share": 0.2},
        ],
    } | changes
