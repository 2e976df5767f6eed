"""A feeder with two PV plants behind inverters, and what a test changes about it."""

from __future__ import annotations

from typing import Any

from tests.coordination.cases import Json, grid

LATERAL = ((1, 2, True), (2, 3, True), (3, 4, True))
"""Four buses in a row, bus 1 the substation."""


def inverter_document(reactive: str = "dispatch", *, most_pu: float = 1.02, share: float = 1.1, **dso: Any) -> Json:
    """Three hours; plants of 800 and 1,200 kW at buses 3 and 4, whose inverters have ``share`` of that in kVA, and a
    load at bus 4; no voltage above ``most_pu``. ``dso`` are more settings of the operator."""
    network = grid(LATERAL, p_kw=30.0, r_ohm=1.0, x_ohm=0.8) | {"vm_max_pu": most_pu}
    for row in network["buses"][1:]:
        row["q_kvar"] = 10.0
    plants = [("A", 3, 50.0, 800.0), ("B", 4, 80.0, 1200.0)]
    return {
        "name": "two plants",
        "network": {"source": network},
        "profiles": {"load": [1.0, 0.9, 1.1], "pv": [0.3, 1.0, 0.8]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.25, 0.3], "sell_eur_per_kwh": 0.08},
        "market": {"partners": "all"},
        "dso": {"reactive": reactive, **dso},
        "prosumers": [
            *(
                {"id": name, "bus": bus, "load_kw": load_kw, "pv_kw": pv_kw, "inverter_kva": share * pv_kw}
                for name, bus, load_kw, pv_kw in plants
            ),
            {"id": "C", "bus": 4, "load_kw": 100.0},
        ],
    }
