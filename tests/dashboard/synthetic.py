"""A plausible solved day of a 33-bus feeder in the shape of the page's payload, made without any solver.

Flows are summed along the tree, voltages drop with them: enough to draw and to test the page, not a power flow.
"""

from __future__ import annotations

import math
import random
from typing import Any

from p2pdnr.network import drawing, readers

FROM = [*range(1, 18), 2, 19, 20, 21, 3, 23, 24, 6, *range(26, 33), 8, 9, 12, 18, 25]
TO = [*range(2, 19), 19, 20, 21, 22, 23, 24, 25, 26, *range(27, 34), 21, 15, 22, 33, 29]
INITIAL = (33, 34, 35, 36, 37)
STATIC = (7, 9, 14, 32, 37)
DAY = (
    [INITIAL] * 6
    + [(7, 9, 14, 32, 37)] * 4
    + [(7, 10, 14, 28, 36)] * 5
    + [(7, 9, 14, 28, 32)] * 5
    + [(7, 9, 14, 32, 37)] * 4
)
PROSUMERS = {
    "Bakery": (6, 45, 120),
    "School": (12, 80, 310),
    "Mill yard": (16, 25, 400),
    "Row houses N": (21, 110, 60),
    "Cold store": (25, 160, 0),
    "Depot": (29, 60, 350),
    "Farm": (18, 20, 420),
    "Clinic": (10, 90, 40),
    "Offices": (20, 140, 80),
    "Garage": (32, 45, 20),
    "Pool": (24, 120, 90),
    "Row houses S": (27, 95, 45),
}


def payload(mode: str = "hourly", hours: int = 24, seed: int = 3) -> dict[str, Any]:
    """A payload for ``mode``; the same seed gives the same day."""
    rng = random.Random(seed)
    opened = [list({"hourly": DAY[h % 24], "static": STATIC, "fixed": INITIAL}[mode]) for h in range(hours)]
    solar = [
        max(0.0, math.cos((h % 24 - 12.5) / 6.2 * math.pi / 2)) ** 1.3 if 6 < h % 24 < 19 else 0.0 for h in range(hours)
    ]
    demand = [
        0.45 + 0.25 * math.exp(-(((h % 24) - 8) ** 2) / 4) + 0.5 * math.exp(-(((h % 24) - 19) ** 2) / 6)
        for h in range(hours)
    ]
    background = [0.0, *[rng.uniform(40, 120) for _ in range(32)]]
    grid = [_hour(opened[h], solar[h], demand[h], background) for h in range(hours)]
    switched = [sorted(set(old) ^ set(new)) for old, new in zip([list(INITIAL), *opened[:-1]], opened, strict=True)]
    return {
        "format": 1,
        "name": "Synthetic day",
        "mode": mode,
        "p2p": True,
        "hours": hours,
        "step_h": 1.0,
        "times": None,
        "worst_hour": 13 % hours,
        "summary": _summary(mode, grid, switched),
        "network": {
            "name": "case33bw",
            "buses": 33,
            "lines": 37,
            "from": FROM,
            "to": TO,
            "limit_a": [400.0] * 25 + [None] * 7 + [300.0] * 5,
            "r_pu": [0.003] * 37,
            "x_pu": [0.002] * 37,
            "base_current_a": [45.6] * 37,
            "base_kw": 1000.0,
            "substation_vm_pu": [1.0],
            "earth": None,
            "switchable": [1] * 37,
            "initially_open": list(INITIAL),
            "bus_ids": None,
            "line_ids": None,
            "substations": [1],
            "vm_min_pu": 0.94,
            "vm_max_pu": 1.05,
        },
        "diagram": _diagram(),
        "series": {
            "loss_kw": [g["loss"] for g in grid],
            "vm_min_pu": [min(g["vm"]) for g in grid],
            "vm_max_pu": [max(g["vm"]) for g in grid],
            "max_loading_percent": [max(v for v in g["loading"] if v is not None) for g in grid],
            "operations": [len(lines) for lines in switched],
            "rank": [1 + (7 * h) % 53 for h in range(hours)],
            "open_lines": opened,
            "switched": switched,
        },
        "lines": {
            "closed": [[0 if line + 1 in opened[h] else 1 for line in range(37)] for h in range(hours)],
            **{key: [g[key] for g in grid] for key in ("p_kw", "q_kvar", "i_a")},
            "loading_percent": [g["loading"] for g in grid],
            "loss_kw": [[0.01 * abs(p) for p in g["p_kw"]] for g in grid],
        },
        "buses": {
            "vm_pu": [g["vm"] for g in grid],
            **{
                key: [[scale * (1 - v) for v in g["vm"]] for g in grid]
                for key, scale in (
                    ("charge_eur_per_kwh", 0.5),
                    ("charge_loss", 0.3),
                    ("charge_congestion", 0.0),
                    ("charge_voltage", 0.2),
                )
            },
        },
        "role": None,
        "secure": None,
        "dso": {
            "loss_price_eur_per_kwh": 0.12,
            "switching_cost_eur": 1.0,
            "max_switching_per_hour": None,
            "max_switching_per_day": None,
            "line_switching_costs_eur": {},
            "min_dwell_h": None,
            "return_to_initial": False,
            "violation_price_eur_per_kwh": 10.0,
            "role": "welfare",
            "curtailment": "cost",
            "compensation": "none",
            "max_charge_eur_per_kwh": None,
            "refund": "none",
            "security": None,
            "outage_price": None,
            "reactive": "none",
            "volt_var": None,
            "levers": "none",
            "lever_cost_eur": 0.0,
            "max_lever_steps": None,
        },
        "tariff": {"buy_eur_per_kwh": [0.3] * hours, "sell_eur_per_kwh": [0.08] * hours},
        **_market(hours, solar, demand, rng),
        "levers": None,
        "convergence": _convergence(),
        "operations": {
            "hour": [h for h in range(hours) for _ in switched[h]],
            "step": [s for h in range(hours) for s in range(len(switched[h]))],
            "line": [line for h in range(hours) for line in switched[h]],
            "action": ["open" if line in opened[h] else "close" for h in range(hours) for line in switched[h]],
        },
    }


def secured(mode: str = "hourly", hours: int = 24, loaded: bool = True) -> dict[str, Any]:
    """The same day as a plan that was made for other days, which break a limit at hour 12 on 30 of 1,000; ``loaded``:
    lines have limits."""
    day = payload(mode, hours)
    middles = {"vm_min_pu": 0.97, "vm_max_pu": 1.02, "max_loading_percent": 80.0}
    steps = {"p05": -2.0, "p25": -1.0, "p50": 0.0, "p75": 1.0, "p95": 2.0, "worst1": 3.5, "worst2": 3.0, "worst3": 2.5}
    fans = {
        name: {
            label: [
                middle * (1.0 + 0.01 * step * math.sin(h / 4)) if loaded or middle < 2.0 else None for h in range(hours)
            ]
            for label, step in steps.items()
        }
        for name, middle in middles.items()
    }
    broken = [30 if h == 12 else 0 for h in range(hours)]
    day["secure"] = {"fans": fans, "limited": [0] * hours, "days_violated": broken}
    worst = {"day": 126, "hour": min(12, hours - 1), "hours": 1, "limit": "line", "at": 3, "value": 107.8}
    day["summary"]["secure"] = {
        "share": 0.95,
        "price_eur": 16.4,
        "limits": {"vm_min_pu": 0.94, "vm_max_pu": 1.05, "limit_a": day["network"]["limit_a"]},
        "nominal": {"objective_eur": 900.0, "violated": 250},
        "plan": {"days": 300, "violated": 6, "expected_eur": 920.0, "nominal_expected_eur": 1200.0},
        "test": {"days": 1000, "seed": 1, "violated": 30, "low": 0, "high": 4, "lines": {"3": 28}}
        | {"worst_days": [126], "worst": [worst], "forgone_kwh": 350.0, "forgone_eur": 28.0},
    }
    return day


def levered(mode: str = "hourly", hours: int = 24, inverters: int = 2) -> dict[str, Any]:
    """The same day as one made for other days, with a tap changer at the substation and on line 6, a capacitor at bus
    30, and so many inverters that give reactive power around noon and take it in the morning."""
    day = secured(mode, hours)
    position = [[1 if h % 24 < 10 else -1, 2 * (h % 24 > 17), min(3, h % 24 // 6)] for h in range(hours)]
    before = [[0, 0, 0], *position[:-1]]
    steps = [[abs(a - b) for a, b in zip(new, old, strict=True)] for new, old in zip(position, before, strict=True)]
    names = ("r_pu", "x_pu", "substation_vm_pu", "earth")
    day["levers"] = {
        "kind": ["substation tap", "line tap", "capacitor"],
        "number": [1, 6, 30],
        "min": [-4, -8, 0],
        "max": [4, 8, 3],
        "position": position,
        "steps": steps,
        "which": [0] * hours,
        "networks": [{name: day["network"][name] for name in names}],
    }
    day["summary"]["lever_steps"] = sum(map(sum, steps))
    day["summary"]["costs_eur"]["levers"] = 0.2 * day["summary"]["lever_steps"]
    kvar = [40.0 if h % 24 == 12 else -10.0 if h % 24 == 7 else 0.0 for h in range(hours)]
    idle = [0.0] * hours
    day["prosumers"]["day"]["reactive_kvar"] = [kvar if k < inverters else idle for k in range(len(PROSUMERS))]
    return day


def _hour(opened: list[int], solar: float, demand: float, background: list[float]) -> dict[str, Any]:
    net = [value * demand for value in background]
    for bus, load, pv in PROSUMERS.values():
        net[bus - 1] += load * demand - 1.1 * pv * solar
    parent: dict[int, tuple[int, int]] = {1: (0, 0)}
    order = [1]
    for bus in order:
        for line in range(37):
            if line + 1 in opened or bus not in (FROM[line], TO[line]):
                continue
            other = TO[line] if FROM[line] == bus else FROM[line]
            if other not in parent:
                parent[other] = (bus, line)
                order.append(other)
    flow, vm = [0.0] * 37, [1.0] * 33
    total = list(net)
    for bus in reversed(order[1:]):
        up, line = parent[bus]
        total[up - 1] += total[bus - 1]
        flow[line] = round(total[bus - 1] if FROM[line] == up else -total[bus - 1], 3)
    for bus in order[1:]:
        up, line = parent[bus]
        vm[bus - 1] = round(vm[up - 1] - 0.0000058 * total[bus - 1] - 0.0000002 * abs(total[bus - 1]), 5)
    current = [round(abs(p) / (math.sqrt(3) * 12.66), 2) for p in flow]
    limit = [130.0] * 25 + [None] * 7 + [110.0] * 5
    loading = [None if cap is None else round(100 * amps / cap, 2) for amps, cap in zip(current, limit, strict=True)]
    return {
        "p_kw": flow,
        "q_kvar": [0.3 * p for p in flow],
        "i_a": current,
        "loading": loading,
        "vm": vm,
        "loss": round(sum(p * p for p in flow) * 3.2e-6, 3),
    }


def _diagram() -> dict[str, Any]:
    network = readers.read("case33bw", None)
    drawn = drawing.draw(network)
    place = drawn.places
    top = place[:, 1].max()
    routes = [route.sampled() for route in drawn.routes]
    return {
        "x": place[:, 0].tolist(),
        "y": (top - place[:, 1]).tolist(),
        "routes": [[[x, top - y] for x, y in route.tolist()] for route in routes],
        "plan": False,
        "places": {},
        "prosumer_buses": sorted(bus for bus, _, _ in PROSUMERS.values()),
    }


def _market(hours: int, solar: list[float], demand: list[float], rng: random.Random) -> dict[str, Any]:
    names = list(PROSUMERS)
    load = [[PROSUMERS[name][1] * d for d in demand] for name in names]
    sun = [[PROSUMERS[name][2] * s for s in solar] for name in names]
    zeros = [[0.0] * hours for _ in names]
    net = [[g - d for g, d in zip(up, down, strict=True)] for up, down in zip(sun, load, strict=True)]
    charge = [[min(20.0, max(0.0, p / 4)) for p in row] for row in net]
    discharge = [[min(15.0, max(0.0, -p / 6)) for p in row] for row in net]
    energy = [[60 + 40 * math.sin((h - 9) / 24 * 2 * math.pi) for h in range(hours)] for _ in names]
    pairs = sorted({tuple(sorted((k, (k + step) % len(names)))) for k in range(len(names)) for step in (1, 3, 5)})
    trades = []
    for h in range(hours):
        rows = []
        for first, second in pairs:
            power = (net[first][h] - net[second][h]) * rng.uniform(0, 0.3)
            if abs(power) > 1.5:
                seller, buyer = (first, second) if power > 0 else (second, first)
                rows.append((round(abs(power), 3), seller, buyer, round(rng.uniform(0.11, 0.19), 4)))
        rows.sort(reverse=True)
        trades.append(
            {
                "seller": [r[1] for r in rows],
                "buyer": [r[2] for r in rows],
                "power_kw": [r[0] for r in rows],
                "price_eur_per_kwh": [r[3] for r in rows],
            }
        )
    bills = {
        key: [rng.uniform(low, high) for _ in names]
        for key, low, high in (
            ("retail_eur", 20, 80),
            ("trades_eur", -30, 30),
            ("fees_eur", 0, 1),
            ("network_eur", -4, 6),
            ("own_costs_eur", 0, 2),
        )
    }
    bills["total_eur"] = [sum(bills[key][k] for key in bills) for k in range(len(names))]
    bills["retail_only_eur"] = [value + rng.uniform(0, 30) for value in bills["total_eur"]]
    bills["retail_only_uncharged_eur"] = [value - 2 for value in bills["retail_only_eur"]]
    day = {
        "load_kw": load,
        "pv_available_kw": sun,
        "injection_kw": net,
        "pv_kw": sun,
        "charge_kw": charge,
        "discharge_kw": discharge,
        "energy_kwh": energy,
        "flexible_kw": zeros,
        "elastic_kw": zeros,
        "generator_kw": zeros,
        "import_kw": [[max(0.0, -p) * 0.6 for p in row] for row in net],
        "export_kw": [[max(0.0, p) * 0.5 for p in row] for row in net],
        "unserved_kw": zeros,
        "net_trade_kw": [[p * 0.4 for p in row] for row in net],
    }
    return {
        "prosumers": {"id": names, "bus": [bus for bus, _, _ in PROSUMERS.values()], "day": day},
        "partners": [list(pair) for pair in pairs],
        "trades": trades,
        "bills": bills,
    }


def _convergence() -> dict[str, Any]:
    phase = ["binary"] * 14 + ["convex"] * 18 + ["polish"] * 8
    n = len(phase)
    return {
        "iteration": list(range(1, n + 1)),
        "phase": phase,
        "primal": [80 * math.exp(-0.19 * i) * (1 + 0.3 * math.sin(i)) for i in range(n)],
        "dual": [9 * math.exp(-0.21 * i) for i in range(n)],
        "rho": [0.1] * n,
        "objective_eur": [900 - 40 * math.exp(-i / 5) for i in range(n)],
        "free_binaries": [max(0, 480 - 36 * i) for i in range(n)],
        "seconds": [0.07 * (i + 1) for i in range(n)],
    }


def _summary(mode: str, grid: list[dict[str, Any]], switched: list[list[int]]) -> dict[str, Any]:
    loss = sum(g["loss"] for g in grid)
    certificates = {
        "radial": (0, 0),
        "ac_voltage_pu": (3.1e-9, 1e-6),
        "ac_loss_kw": (2.2e-7, 1e-3),
        "balance_kw": (4.1e-5, 1e-3),
        "reciprocity_kw": (0, 1e-3),
        "primal_kw": (0.041, 0.05),
        "dual": (6e-6, 1e-5),
        "gap_central": (3.2e-5, 1e-4),
        "cone_gap": (1.1e-6, 1e-4),
        "regret": (2e-4, 1e-3),
        "budget_eur": (0, 1e-6),
        "rationality_eur": (0.31, 0.0),
        "rank": (4, None),
        "violations": (0.2, 0.0),
        "charges": (4e-6, 1e-3),
    }
    return {
        "name": "Synthetic day",
        "mode": mode,
        "p2p": True,
        "status": "converged",
        "objective_eur": 874.2 + loss / 10,
        "costs_eur": {
            "retail": 700.1,
            "own": 12.0,
            "fees": 4.0,
            "losses": 0.12 * loss,
            "violations": 3.0,
            "switching": 12.0,
            "unserved": 0.0,
        },
        "losses_kwh": loss,
        "vm_min_pu": min(min(g["vm"]) for g in grid),
        "vm_max_pu": max(max(g["vm"]) for g in grid),
        "operations": sum(len(lines) for lines in switched),
        "curtailed_kwh": 31.0,
        "community_saving_eur": 112.4 if mode == "hourly" else 96.2,
        "operator_surplus_eur": 8.1,
        "charges_collected_eur": 12.5,
        "above_tariff": 0,
        "prosumers": len(PROSUMERS),
        "above_tariff_ids": [],
        "above_tariff_eur": [],
        "above_tariff_most_eur": 0.0,
        "lower_bound_eur": None,
        "proved": "",
        "topologies": 50751,
        "iterations": 40,
        "messages": 1200,
        "bytes": 9e5,
        "certificates": {
            name: {"value": value, "limit": limit, "holds": name != "violations"}
            for name, (value, limit) in certificates.items()
        },
        "seconds": {"total": 2.81},
        "versions": {},
        "scenario_sha256": "0" * 64,
    }
