"""Small networks with random limits on switching, and the best of all their schedules by brute force.

Everything that decides is written here once more: which lines leave a radial topology, which sequences of topologies a
scenario allows, what their operations cost, and on fixed loads the losses. Where prosumers decide something, what a
schedule costs is its centralised optimum, hour by hour where nothing is stored, else schedule by schedule.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np

from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.problem import build_problem
from p2pdnr.network.topology import is_radial
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

Json = dict[str, Any]
Rng = np.random.Generator
Tree = frozenset[int]
Schedule = tuple[Tree, ...]

KINDS = ("loads", "market", "storage")
"""Loads that nobody moves; prosumers whose hours stand alone; prosumers with batteries and load to shift."""
SHARES = (0.7, 0.22, 0.08)
MOST = {"loads": 1500, "market": 400, "storage": 40}
"""Schedules of a scenario."""


def scenario(seed: int, kind: str | None = None) -> Json:
    """A scenario of a seed, one whose schedules are few enough."""
    rng = np.random.default_rng([20, seed])
    kind = kind or str(rng.choice(KINDS, p=SHARES))
    while True:
        scene = _drawn(rng, kind) | {"name": f"{kind} {seed}"}
        hours, trees = len(scene["tariff"]["buy_eur_per_kwh"]), len(radial(scene))
        if 2 <= trees and trees**hours <= MOST[kind]:
            return scene


def _drawn(rng: Rng, kind: str) -> Json:
    hours = int(rng.integers(2, 5 if kind == "loads" else 4))
    prosumers = [_prosumer(rng, kind, name) for name in ("P", "Q", "R")[: int(rng.integers(2, 4))]]
    lines = _lines(rng)
    buses = max(max(line["from"], line["to"]) for line in lines)
    for row in prosumers:
        row["bus"] = int(rng.integers(2, buses + 1))
    buy = rng.uniform(0.2, 0.4, hours)
    names = {"pv", *(row["load_profile"] for row in prosumers)}
    dso = _limits(rng, len(lines)) | {"loss_price_eur_per_kwh": float(rng.choice([0.1, 1.0]))}
    step_h = float(rng.choice([0.5, 1.0, 1.0, 6.0, 12.0]))
    if "min_dwell_h" in dso:
        dso["min_dwell_h"] *= step_h
    return {
        "step_h": step_h,
        "network": {"source": _network(lines, buses), "vm_min_pu": 0.5, "vm_max_pu": 1.5},
        "profiles": {name: np.round(rng.uniform(0.0, 1.0, hours), 3).tolist() for name in sorted(names)},
        "tariff": {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (0.4 * buy).tolist()},
        "market": {"partners": "none" if kind == "loads" else "all"},
        "dso": dso,
        "prosumers": prosumers,
    }


def _network(lines: list[Json], buses: int) -> Json:
    rows: list[Json] = [{"vn_kv": 10.0} for _ in range(buses)]
    rows[0]["substation_voltage_pu"] = 1.0
    return {"name": "rings", "buses": rows, "lines": lines}


def _lines(rng: Rng) -> list[Json]:
    """Lines of 3 to 6 buses with one to three loops, in a random radial state, some of them locked."""
    buses, loops = int(rng.integers(3, 7)), int(rng.integers(1, 4))
    ends = [(int(rng.integers(1, bus)), bus) for bus in range(2, buses + 1)]
    every = [pair for pair in combinations(range(1, buses + 1), 2) if pair not in ends]
    more = rng.permutation(len(every))[:loops].tolist()
    ends += [every[index] for index in more]
    rows: list[Json] = [
        {"from": a, "to": b, "r_ohm": float(rng.uniform(0.3, 2.0)), "x_ohm": float(rng.uniform(0.2, 1.0))}
        for a, b in ends
    ]
    trees = [tree for tree in combinations(range(len(rows)), len(more)) if _connects(rows, frozenset(tree))]
    opened = trees[int(rng.integers(len(trees)))]
    for number, row in enumerate(rows):
        row["closed"] = number not in opened
        row["switchable"] = bool(rng.random() > 0.15)
    return rows


def _limits(rng: Rng, lines: int) -> Json:
    """Every limit on switching with some chance; the dwell in steps."""
    found: Json = {"switching_cost_eur": float(rng.choice([0.0, 0.05, 0.5, 3.0]))}
    chances: dict[str, Any] = {
        "max_switching_per_hour": (0.4, [1, 2, 3, 4]),
        "max_switching_per_day": (0.4, [2, 3, 4, 6]),
        "min_dwell_h": (0.5, [1, 1.5, 2, 3]),
        "return_to_initial": (0.35, [True]),
    }
    for name, (chance, values) in chances.items():
        if rng.random() < chance:
            found[name] = values[int(rng.integers(len(values)))]
    if rng.random() < 0.4:
        some = rng.permutation(lines)[:2] + 1
        found["line_switching_costs_eur"] = {str(line): float(rng.choice([0.0, 0.2, 2.0])) for line in some.tolist()}
    return found


def _prosumer(rng: Rng, kind: str, name: str) -> Json:
    row: Json = {"id": name, "load_kw": float(rng.uniform(300, 1500)), "load_profile": name}
    if kind == "loads":
        return row
    row |= {"pv_kw": float(rng.uniform(0, 1500)), "pv_profile": "pv"}
    if rng.random() < 0.5:
        row["elastic"] = {"max_kw": 200.0, "utility_eur_per_kwh": 0.3, "slope_eur_per_kw2h": 0.001}
    if rng.random() < 0.5:
        row["generator"] = {"max_kw": 300.0, "cost_eur_per_kwh": 0.25, "slope_eur_per_kw2h": 0.0005}
    if kind == "storage":
        row["battery"] = {"capacity_kwh": float(rng.uniform(100, 900)), "power_kw": float(rng.uniform(50, 400))}
        row |= {"flexible_share": 0.2, "discomfort_eur_per_kw2h": 0.0005}
    return row


def radial(scene: Json) -> list[Tree]:
    """All sets of open lines (from 0) that leave a radial topology and keep locked lines as they are."""
    rows = scene["network"]["source"]["lines"]
    initial = opened(scene)
    locked = {k for k, row in enumerate(rows) if not row["switchable"]}
    sets = (frozenset(some) for some in combinations(range(len(rows)), len(initial)))
    return [some for some in sets if not (some ^ initial) & locked and _connects(rows, some)]


def opened(scene: Json) -> Tree:
    """The lines (from 0) that are open at the start."""
    return frozenset(k for k, row in enumerate(scene["network"]["source"]["lines"]) if not row["closed"])


def _connects(rows: list[Json], some: Tree) -> bool:
    """Whether every bus is reached from bus 1 when some lines are open, over as many lines as that needs."""
    buses = {end for row in rows for end in (row["from"], row["to"])}
    reached, grown = {1}, True
    while grown:
        near = {
            end
            for k, row in enumerate(rows)
            if k not in some and (row["from"] in reached or row["to"] in reached)
            for end in (row["from"], row["to"])
        }
        grown, reached = not near <= reached, reached | near
    return reached == buses and len(rows) - len(some) == len(buses) - 1


def allowed(scene: Json, schedule: Schedule) -> bool:
    """Whether the scenario allows a schedule.

    The return to the initial state is one more instant of switching after the last step: the limit of an hour holds for
    it by itself, the dwell up to it, and its operations count for the last day.
    """
    dso, step_h, first = scene["dso"], scene["step_h"], opened(scene)
    states = [first, *schedule, *([first] if dso.get("return_to_initial") else [])]
    moved = [before ^ after for before, after in pairwise(states)]
    counts = [len(lines) for lines in moved]
    if max(counts) > dso.get("max_switching_per_hour", np.inf):
        return False
    steps_per_day, daily = max(1, round(24 / step_h)), dict[int, int]()
    for step, count in enumerate(counts):
        day = min(step, len(schedule) - 1) // steps_per_day
        daily[day] = daily.get(day, 0) + count
    if max(daily.values()) > dso.get("max_switching_per_day", np.inf):
        return False
    last: dict[int, int] = {}
    for step, lines in enumerate(moved):
        for line in lines:
            if line in last and (step - last[line]) * step_h < dso.get("min_dwell_h", 0.0) - 1e-9:
                return False
            last[line] = step
    return True


def switching_eur(scene: Json, schedule: Schedule) -> float:
    """What the operations of a schedule cost."""
    dso, first = scene["dso"], opened(scene)
    states = [first, *schedule, *([first] if dso.get("return_to_initial") else [])]
    own = dso.get("line_switching_costs_eur", {})
    return sum(float(own.get(str(line + 1), dso["switching_cost_eur"])) for a, b in pairwise(states) for line in a ^ b)


def best_eur(scene: Json, mode: str = "hourly") -> float:
    """The least that any schedule the scenario and the mode allow costs together with all that prosumers do."""
    trees, hours = radial(scene), len(scene["tariff"]["buy_eur_per_kwh"])
    every = product(trees, repeat=hours) if mode == "hourly" else ((tree,) * hours for tree in trees)
    schedules = [schedule for schedule in every if allowed(scene, schedule)]
    if scene["name"].startswith("storage"):
        return min(_together_eur(scene, schedule) + switching_eur(scene, schedule) for schedule in schedules)
    stage = dict(_stages(scene, trees))
    return min(
        sum(stage[tree, hour] for hour, tree in enumerate(schedule)) + switching_eur(scene, schedule)
        for schedule in schedules
    )


def _stages(scene: Json, trees: list[Tree]) -> Iterator[tuple[tuple[Tree, int], float]]:
    """What every tree costs in every hour, switching left out."""
    loads = scene["name"].startswith("loads")
    for tree in trees:
        for hour in range(len(scene["tariff"]["buy_eur_per_kwh"])):
            yield (tree, hour), _loads_eur(scene, tree, hour) if loads else _together_eur(_hour(scene, hour), (tree,))


def _hour(scene: Json, hour: int) -> Json:
    """One hour of a scenario."""
    parts = {name: {key: row[hour : hour + 1] for key, row in scene[name].items()} for name in ("profiles", "tariff")}
    return scene | parts


def _together_eur(scene: Json, schedule: Schedule) -> float:
    """The centralised optimum of a schedule, switching left out."""
    scenario_now = document.from_dict(scene)
    network = build_network(scenario_now)
    closed = np.array([[line not in tree for line in range(network.n_lines)] for tree in schedule])
    assert all(is_radial(network, row) for row in closed)
    return central.solve_problem(build_problem(scenario_now, network), closed).objective_eur


def _loads_eur(scene: Json, tree: Tree, hour: int) -> float:
    """What loads and their losses cost: per unit of 1 MVA and 10 kV, currents and voltages in turn until they rest."""
    rows = scene["network"]["source"]["lines"]
    buses = len(scene["network"]["source"]["buses"])
    load = np.zeros(buses + 1)
    for row in scene["prosumers"]:
        load[row["bus"]] += row["load_kw"] * scene["profiles"][row["load_profile"]][hour] / 1000.0
    impedance, order, parent = _walk(rows, tree)
    voltage = np.ones(buses + 1, dtype=complex)
    for _ in range(200):
        current = load / voltage.conj()
        for bus in reversed(order):
            current[parent[bus]] += current[bus]
        for bus in order:
            voltage[bus] = voltage[parent[bus]] - impedance[bus] * current[bus]
    loss_kw = sum(1000.0 * impedance[bus].real * abs(current[bus]) ** 2 for bus in order)
    buy = scene["tariff"]["buy_eur_per_kwh"][hour]
    return float(scene["step_h"] * (buy * 1000.0 * load.sum() + scene["dso"]["loss_price_eur_per_kwh"] * loss_kw))


def _walk(rows: list[Json], tree: Tree) -> tuple[dict[int, complex], list[int], dict[int, int]]:
    """Impedance of the line (per unit of 100 ohm) and the bus that feed each bus, and the buses from bus 1 outwards."""
    impedance: dict[int, complex] = {}
    order: list[int] = []
    parent: dict[int, int] = {}
    reached = [1]
    while reached:
        bus = reached.pop()
        for k, row in enumerate(rows):
            other = {row["from"]: row["to"], row["to"]: row["from"]}.get(bus)
            if k not in tree and other is not None and other != parent.get(bus):
                impedance[other], parent[other] = complex(row["r_ohm"], row["x_ohm"]) / 100.0, bus
                order.append(other)
                reached.append(other)
    return impedance, order, parent
