"""Forty small networks with every limit on switching against brute force over all schedules that are allowed, by code
of its own (benchmarks/_schedules.py): the schedule is allowed, and bound <= best <= plan, within little."""

from __future__ import annotations

import pytest

from benchmarks import _schedules as schedules
from benchmarks.bench_schedules import examined

SEEDS = {"loads": range(1000, 1034), "market": range(1000, 1004), "storage": range(1001, 1003)}
SCENES = [(kind, seed) for kind, seeds in SEEDS.items() for seed in seeds]
CLOSE = 2e-3
"""Of the sum of the cost parts: the largest gap between bound and best that is expected where nothing strains."""


@pytest.mark.parametrize(("kind", "seed"), SCENES)
def test_bound_best_and_plan_stand_in_this_order_and_close_together(kind: str, seed: int) -> None:
    found = examined(schedules.scenario(seed, kind), "static" if seed % 7 == 0 else "hourly")
    assert found.faults == []
    assert found.above > -1e-4, "no plan is better than the best"
    assert found.gap < CLOSE


RINGS = ((1, 2), (2, 3), (3, 4), (4, 1), (1, 5), (5, 6), (6, 7), (7, 1))
"""Two rings through bus 1."""
SHIFTING = {
    2: [1.0, 0.1, 0.1], 4: [0.1, 1.0, 1.0], 3: [1.0] * 3,
    5: [1.0, 1.0, 0.1], 7: [0.1, 0.1, 1.0], 6: [1.0] * 3,
}  # fmt: skip
"""Loads by bus: in the first ring they go to the other side in hour 1, in the second in hour 2."""


def staggered(min_dwell_h: float) -> schedules.Json:
    line = {"r_ohm": 2.0, "x_ohm": 1.0, "switchable": True}
    lines = [{"from": a, "to": b, "closed": (a, b) not in ((2, 3), (5, 6)), **line} for a, b in RINGS]
    buses: list[schedules.Json] = [{"vn_kv": 10.0} for _ in range(7)]
    buses[0]["substation_voltage_pu"] = 1.0
    network = {"name": "two rings", "buses": buses, "lines": lines}
    return {
        "name": "loads in two rings",
        "step_h": 1.0,
        "network": {"source": network, "vm_min_pu": 0.5, "vm_max_pu": 1.5},
        "profiles": {f"at{bus}": values for bus, values in SHIFTING.items()},
        "tariff": {"buy_eur_per_kwh": [0.3] * 3, "sell_eur_per_kwh": [0.1] * 3},
        "market": {"partners": "none"},
        "dso": {"loss_price_eur_per_kwh": 1.0, "switching_cost_eur": 0.0, "min_dwell_h": min_dwell_h},
        "prosumers": [{"id": f"B{b}", "bus": b, "load_kw": 1000, "load_profile": f"at{b}"} for b in SHIFTING],
    }


@pytest.mark.parametrize("min_dwell_h", [1.0, 2.0])
def test_each_line_rests_by_itself_in_plan_and_bound(min_dwell_h: float) -> None:
    """The loops are opened elsewhere one hour after the other, which no topology that rests as a whole could do."""
    found = examined(staggered(min_dwell_h))
    assert found.faults == []
    assert found.above == pytest.approx(0.0, abs=1e-6)
    assert found.gap == pytest.approx(0.0, abs=1e-6)
    assert found.best_eur == pytest.approx(schedules.best_eur(staggered(0.0)))
