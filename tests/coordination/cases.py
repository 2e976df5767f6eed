"""Small scenarios for tests: one to write by hand, and random ones with every device."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import plan, refine
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.network.arrays import Bools
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.schema import Scenario

Json = dict[str, Any]

RING = ((1, 2, True), (2, 3, True), (3, 1, False))
"""Three buses in a ring, bus 1 the substation, the line from bus 3 back to it open: three trees."""

FIVE = ((1, 2, True), (2, 3, True), (3, 4, True), (1, 5, True), (4, 5, False), (2, 5, False))
"""Five buses and two tie lines."""


def grid(ends: tuple[tuple[int, int, bool], ...], p_kw: float = 0.0, **line: float) -> Json:
    """A 10 kV network: ``p_kw`` background at every bus but the first, all lines alike."""
    impedance = {"r_ohm": 0.5, "x_ohm": 0.5, **line}
    count = max(max(a, b) for a, b, _ in ends)
    buses = [{"vn_kv": 10.0, "p_kw": 0.0 if bus == 0 else p_kw} for bus in range(count)]
    buses[0]["substation_voltage_pu"] = 1.0
    return {"buses": buses, "lines": [{"from": a, "to": b, "closed": closed, **impedance} for a, b, closed in ends]}


def market_document(*prosumers: Json, hours: int = 1, **changes: Any) -> Json:
    """Prosumers at the end of a short line whose losses cost nothing: what is left is the market.

    Retailer: 0.30 EUR/kWh to buy, 0.10 to sell. No trade fee. ``changes`` replace top-level parts of the document.
    """
    network = grid(((1, 2, True),), r_ohm=0.001, x_ohm=0.001)
    return {
        "name": "market",
        "network": {"source": network},
        "profiles": {"load": [1.0] * hours, "pv": [1.0] * hours},
        "tariff": {"buy_eur_per_kwh": [0.30] * hours, "sell_eur_per_kwh": [0.10] * hours},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.0},
        "dso": {"loss_price_eur_per_kwh": 0.0},
        "prosumers": [{"bus": 2, **item} for item in prosumers],
    } | changes


def problem_of(scenario: Scenario | Json, p2p: bool = True) -> CoordinationProblem:
    """Both levels of a scenario."""
    scenario = document.from_dict(scenario) if isinstance(scenario, dict) else scenario
    return build_problem(scenario, build_network(scenario), p2p)


def initial(problem: CoordinationProblem) -> Bools:
    """(T, m) the initial topology all the time."""
    return np.tile(problem.network.closed, (problem.hours, 1))


def agreed(problem: CoordinationProblem, closed: Bools | None = None, **rules: float) -> Dispatch:
    """Tier 1 to its tolerance and the plan that runs, on the initial topology unless another is given."""
    chosen = AdmmSettings(**rules)  # type: ignore[arg-type]
    schedule = initial(problem) if closed is None else closed
    return convex_phase(Context(problem, Settings(chosen)), schedule, iterations.opening(problem, chosen))


def random_document(
    seed: int, hours: int = 4, prosumers: int = 4, ends: tuple[tuple[int, int, bool], ...] = FIVE
) -> Json:
    """Everything a scenario may hold, drawn from a seed: every device, own tariffs, fees, preferences, limits."""
    rng = np.random.default_rng(seed)
    buy = rng.uniform(0.2, 0.4, hours)
    names = [f"P{number}" for number in range(1, prosumers + 1)]
    network = grid(
        ends, float(rng.uniform(0, 150)), r_ohm=float(rng.uniform(0.3, 1.5)), x_ohm=float(rng.uniform(0.2, 1))
    )
    for line in network["lines"]:
        if rng.random() < 0.5:
            line["limit_a"] = float(rng.uniform(15, 60))
        line["r_ohm"] *= float(rng.uniform(0.5, 1.5))
    return {
        "name": f"random {seed}",
        "step_h": float(rng.choice([0.5, 1.0])),
        "network": {"source": network, "background_profile": "load", "vm_min_pu": 0.97, "vm_max_pu": 1.02},
        "profiles": {"load": rng.uniform(0.4, 1.0, hours).tolist(), "pv": rng.uniform(0.0, 1.0, hours).tolist()},
        "tariff": {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy * rng.uniform(0.1, 0.9)).tolist()},
        "market": {
            "partners": "all",
            "trade_fee_eur_per_kwh": float(rng.uniform(0.0005, 0.005)),
            "preferences": [{"from": names[0], "to": names[-1], "eur_per_kwh": 0.01}] if prosumers > 1 else [],
        },
        "dso": {
            "switching_cost_eur": float(rng.uniform(0, 0.5)),
            "loss_price_eur_per_kwh": float(rng.uniform(0.05, 0.3)),
        },
        "prosumers": [_random_prosumer(name, rng, len(network["buses"])) for name in names],
    }


def _random_prosumer(name: str, rng: np.random.Generator, n_buses: int) -> Json:
    row: Json = {"id": name, "bus": int(rng.integers(1, n_buses + 1)), "load_kw": float(rng.uniform(0, 150))}
    if rng.random() < 0.7:
        row |= {"pv_kw": float(rng.uniform(0, 500))}
    if rng.random() < 0.5:
        row |= {"flexible_share": 0.2, "discomfort_eur_per_kw2h": float(rng.choice([0.0, 0.002]))}
    if rng.random() < 0.5:
        row["battery"] = {"capacity_kwh": float(rng.uniform(20, 300)), "power_kw": float(rng.uniform(10, 80))}
    if rng.random() < 0.4:
        row["elastic"] = {
            "max_kw": 40.0,
            "utility_eur_per_kwh": 0.25,
            "slope_eur_per_kw2h": float(rng.choice([0, 0.002])),
        }
    if rng.random() < 0.4:
        row["generator"] = {
            "max_kw": 60.0,
            "cost_eur_per_kwh": 0.15,
            "slope_eur_per_kw2h": float(rng.choice([0, 0.001])),
        }
    if rng.random() < 0.3:
        row |= {"import_limit_kw": float(rng.uniform(0, 100)), "export_limit_kw": float(rng.uniform(0, 100))}
    return row


FOUR = ((1, 2, True), (2, 3, True), (3, 4, True), (4, 1, False), (2, 4, False))
"""Four buses, two loops: eight trees."""


def strained(seed: int, hours: int, ends: tuple[tuple[int, int, bool], ...] = FOUR) -> Json:
    """A random scenario whose prosumers are too large for its lines, so that the topology matters."""
    scene = random_document(seed, hours, 3, ends)
    for row in scene["prosumers"]:
        row |= {"load_kw": 4 * row["load_kw"], "pv_kw": 7 * row.get("pv_kw", 0.0)}
    scene["network"] |= {"vm_min_pu": 0.985, "vm_max_pu": 1.01}
    scene["dso"]["switching_cost_eur"] = 0.2
    return scene


def solved(problem: CoordinationProblem) -> dict[str, Dispatch]:
    context = Context(problem)
    return refine(context, plan(context, all_trees(problem.network), "hourly"))
