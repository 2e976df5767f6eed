"""Scenarios made to break the engine: one property each, taken to its end on a small random network.

Each is drawn from a seed like those of ``_random_scenarios.py``; ``bench_robustness.py --adversarial`` solves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._random_scenarios import Json, Rng, feeder_day, small_grid

Change = Callable[[Json, Rng], None]

HOURS = 12


def _prosumers(**values: Any) -> Change:
    """Every prosumer gets these fields; None takes one away."""

    def change(scene: Json, _: Rng) -> None:
        for row in scene["prosumers"]:
            row |= values
            for name in [name for name, value in values.items() if value is None]:
                del row[name]

    return change


def _part(part: str, **values: Any) -> Change:
    """These fields of a part of the document."""

    def change(scene: Json, _: Rng) -> None:
        scene.setdefault(part, {})
        scene[part] |= values

    return change


def _steps(step_h: float) -> Change:
    def change(scene: Json, _: Rng) -> None:
        scene["step_h"] = step_h

    return change


def _scaled(name: str, factor: float) -> Change:
    """A quantity of every prosumer, times a factor."""

    def change(scene: Json, _: Rng) -> None:
        for row in scene["prosumers"]:
            row[name] = factor * row.get(name, 0.0)

    return change


def _line_limits(factor: float) -> Change:
    def change(scene: Json, _: Rng) -> None:
        for line in scene["network"]["source"]["lines"]:
            line["limit_a"] *= factor

    return change


def _negative_prices(scene: Json, rng: Rng) -> None:
    buy = rng.uniform(-0.3, 0.3, HOURS)
    scene["tariff"] = {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy - rng.uniform(0, 0.2, HOURS)).tolist()}


def _no_spread(scene: Json, _: Rng) -> None:
    scene["tariff"]["sell_eur_per_kwh"] = scene["tariff"]["buy_eur_per_kwh"]


def _all_at_one_bus(scene: Json, _: Rng) -> None:
    for row in scene["prosumers"]:
        row["bus"] = 3


def _at_the_substation(scene: Json, _: Rng) -> None:
    for row in scene["prosumers"][::2]:
        row["bus"] = 1


def _own_tariffs(scene: Json, rng: Rng) -> None:
    for row in scene["prosumers"][::2]:
        buy = rng.uniform(0.05, 0.6, HOURS)
        row["tariff"] = {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (0.8 * buy).tolist()}


def _preferences(scene: Json, rng: Rng) -> None:
    names = [row["id"] for row in scene["prosumers"]]
    pairs = [(a, b) for a in names for b in names if a != b]
    chosen = [{"from": a, "to": b, "eur_per_kwh": float(rng.choice([0.0, 0.01, 0.5]))} for a, b in pairs]
    scene["market"]["preferences"] = chosen


def _list_of_partners(scene: Json, _: Rng) -> None:
    names = [row["id"] for row in scene["prosumers"]]
    scene["market"]["partners"] = [[names[0], names[1]], [names[1], names[2]], [names[4], names[3]]]


def _one_prosumer(scene: Json, _: Rng) -> None:
    scene["prosumers"] = scene["prosumers"][:1]


def _zero_loads(scene: Json, _: Rng) -> None:
    scene["prosumers"][0] = {"id": "Nothing", "bus": 2}
    scene["prosumers"][1] = {"id": "Sun", "bus": 3, "pv_kw": 50.0}


def _tiny_batteries(scene: Json, rng: Rng) -> None:
    for row in scene["prosumers"]:
        capacity_kwh = float(rng.choice([0.0, 1e-9, 1e-6, 1e-3]))
        row["battery"] = {"capacity_kwh": capacity_kwh, "power_kw": float(rng.choice([0.0, 1e-6, 100.0]))}


def _batteries_at_the_edge(scene: Json, rng: Rng) -> None:
    for row in scene["prosumers"]:
        full = bool(rng.random() < 0.5)
        row["battery"] = {"capacity_kwh": 80.0, "power_kw": 50.0, "initial_kwh": 80.0 * full, "wear_eur_per_kwh": 0.0}
        row["battery"]["efficiency"] = float(rng.choice([0.3, 1.0]))


def _free_of_cost(scene: Json, _: Rng) -> None:
    scene["market"]["trade_fee_eur_per_kwh"] = 0.0
    scene["dso"] |= {"loss_price_eur_per_kwh": 0.0, "switching_cost_eur": 0.0}
    for row in scene["prosumers"]:
        row |= {"discomfort_eur_per_kw2h": 0.0, "flexible_share": 1.0}
        row["battery"] = {"capacity_kwh": 50.0, "power_kw": 25.0, "efficiency": 1.0, "wear_eur_per_kwh": 0.0}


def _all_islanded(scene: Json, _: Rng) -> None:
    _prosumers(import_limit_kw=0.0, export_limit_kw=0.0)(scene, _)


def _devices_at_odd_prices(scene: Json, rng: Rng) -> None:
    for row in scene["prosumers"]:
        row["generator"] = {"max_kw": 80.0, "cost_eur_per_kwh": float(rng.uniform(-0.1, 1.0))}
        row["elastic"] = {"max_kw": 80.0, "utility_eur_per_kwh": float(rng.uniform(-0.2, 1.0))}


def _very_different_sizes(scene: Json, rng: Rng) -> None:
    for row in scene["prosumers"]:
        factor = float(10.0 ** rng.uniform(-4, 0.5))
        row |= {"load_kw": row["load_kw"] * factor, "pv_kw": row["pv_kw"] * factor}
        for name in ("battery", "generator", "elastic"):
            row.pop(name, None)


def _locked(scene: Json, _: Rng) -> None:
    scene["network"]["switchable"] = [1, 2, 3]


CHANGES: dict[str, tuple[Change, ...]] = {
    "as drawn": (),
    "no battery, no shifting": (_prosumers(flexible_share=0.0, battery=None),),
    "one prosumer": (_one_prosumer,),
    "no partners": (_part("market", partners="none"),),
    "one partner each": (_part("market", partners=1),),
    "list of partners": (_list_of_partners,),
    "trade limit 0": (_part("market", trade_limit_kw=0.0),),
    "trade limit 3 kW": (_part("market", trade_limit_kw=3.0),),
    "fee 0": (_part("market", trade_fee_eur_per_kwh=0.0),),
    "fee 1 EUR": (_part("market", trade_fee_eur_per_kwh=1.0),),
    "preferences": (_preferences,),
    "own tariffs": (_own_tariffs,),
    "negative prices": (_negative_prices,),
    "sell is buy": (_no_spread,),
    "sell is buy, no fee": (_no_spread, _part("market", trade_fee_eur_per_kwh=0.0)),
    "all islanded": (_all_islanded,),
    "all islanded, no PV": (_all_islanded, _prosumers(pv_kw=0.0)),
    "import limit 5 kW": (_prosumers(import_limit_kw=5.0),),
    "export limit 0": (_prosumers(export_limit_kw=0.0),),
    "zero loads": (_zero_loads,),
    "all at one bus": (_all_at_one_bus,),
    "at the substation": (_at_the_substation,),
    "line limits / 10": (_line_limits(0.1),),
    "line limits / 1000": (_line_limits(1e-3),),
    "strict voltages": (_part("network", vm_min_pu=0.995, vm_max_pu=1.005),),
    "no voltage possible": (_part("network", vm_min_pu=1.01, vm_max_pu=1.02),),
    "quarter hours": (_steps(0.25),),
    "two hours": (_steps(2.0),),
    "violation price 1e5": (_part("dso", violation_price_eur_per_kwh=1e5), _line_limits(0.3)),
    "violation price 1e3": (_part("dso", violation_price_eur_per_kwh=1e3), _line_limits(0.3)),
    "violation price 0.01": (_part("dso", violation_price_eur_per_kwh=1e-2), _line_limits(0.3)),
    "loss price 0": (_part("dso", loss_price_eur_per_kwh=0.0),),
    "loss price 5": (_part("dso", loss_price_eur_per_kwh=5.0),),
    "free of cost": (_free_of_cost,),
    "power factor 0.5": (_prosumers(power_factor=0.5),),
    "no switching in an hour": (_part("dso", max_switching_per_hour=0),),
    "no switching in a day": (_part("dso", max_switching_per_day=0),),
    "few switchings": (_part("dso", max_switching_per_hour=2, max_switching_per_day=4, switching_cost_eur=0.0),),
    "dwell": (_part("dso", min_dwell_h=3.0, switching_cost_eur=0.0),),
    "return": (_part("dso", return_to_initial=True, switching_cost_eur=0.01),),
    "dear switching": (_part("dso", switching_cost_eur=1e4),),
    "locked lines": (_locked,),
    "tiny batteries": (_tiny_batteries,),
    "batteries at the edge": (_batteries_at_the_edge,),
    "PV x 5": (_scaled("pv_kw", 5.0),),
    "PV x 50": (_scaled("pv_kw", 50.0),),
    "loads x 5": (_scaled("load_kw", 5.0),),
    "odd prices": (_devices_at_odd_prices,),
    "sizes from W to MW": (_very_different_sizes,),
}
"""Name -> what is changed in a small random scenario."""

NETWORKS = ("case33bw", "case70da", "case118zh", "cigre_mv", "mv_oberrhein")


def scenario(name: str, seed: int) -> Json:
    """The adversarial scenario of a name and a seed."""
    rng = np.random.default_rng([len(name), sum(map(ord, name)), seed])
    if name in NETWORKS:
        scene = feeder_day(rng, 10, hours=3, source=name)
    else:
        scene = small_grid(rng, hours=HOURS, prosumers=6)
        for change in CHANGES[name]:
            change(scene, rng)
    return scene | {"name": f"{name}, seed {seed}"}
