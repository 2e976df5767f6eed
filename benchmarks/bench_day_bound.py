"""Bounds on a day: at random prices against every schedule of small networks, and what they leave open on feeders.

Usage: PYTHONPATH=. python benchmarks/bench_day_bound.py [--networks 400] [--first 0] [--prices 5]
       [--feeders case70da,case118zh] [--gap 1.0] [--seconds 100]

Networks, limits on switching, and the cheapest of all schedules are those of ``benchmarks/_schedules.py``, which shares
no code with the planner. The search is told some trees only, and a schedule that is not the best. A bound above the
cheapest schedule by more than rounding is a fault. ``--networks 0`` leaves this out, ``--feeders ""`` the feeders.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import _schedules as schedules
from benchmarks._day_prices import random_prices
from benchmarks._tables import shown, table
from benchmarks._timing import timed
from p2pdnr.network import readers
from p2pdnr.reconfiguration import terms as operator_terms
from p2pdnr.reconfiguration.day_bound.coupled import coupled_prices
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.proof import Goal, bound_at, hours_of
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import evaluate_trees
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

ROUNDING = 1e-7
"""Of the cost of the cheapest schedule: a bound that far above it is rounding."""
LIMITS = (("switching 1 EUR", {}), ("and 6 operations a day", {"max_per_day": 6}))
FEEDERS = "case70da,case118zh,case136ma"


@dataclass(frozen=True)
class Trial:
    """The share of the least cost by which a bound is below the cheapest schedule, negative where it is above; at the
    prices found, and the least and the mean at random ones."""

    name: str
    found: float
    nearest: float
    mean: float
    prices: int


def load_case(scene: schedules.Json) -> LoadCase:
    """Loads of a scene that has no market."""
    scenario = document.from_dict(scene)
    network = build_network(scenario)
    load = np.zeros((len(scene["tariff"]["buy_eur_per_kwh"]), network.n_buses))
    for row in scene["prosumers"]:
        load[:, row["bus"] - 1] += row["load_kw"] * np.array(scene["profiles"][row["load_profile"]])
    return LoadCase(network, load, np.zeros_like(load), operator_terms.from_scenario(scenario, network))


def least_eur(scene: schedules.Json, case: LoadCase) -> float:
    """What the cheapest of all schedules costs the operator, by brute force."""
    buy = np.array(scene["tariff"]["buy_eur_per_kwh"])
    return schedules.best_eur(scene) - float(scene["step_h"] * buy @ case.load_kw.sum(axis=1))


def tried(seed: int, prices: int) -> Trial:
    """Bounds of a seed at the prices found and at random ones."""
    scene, rng = schedules.scenario(seed, "loads"), np.random.default_rng([17, seed])
    case = load_case(scene)
    least = least_eur(scene, case)
    trees = all_trees(case.network)
    rows = np.union1d(np.flatnonzero(rng.random(len(trees)) < 0.5), rng.integers(len(trees)))
    stage = evaluate_trees(case.network, trees.subset(rows), case.load_kw, case.load_kvar, case.terms)
    known = KnownSchedule(least * float(rng.uniform(1.0, 3.0)), trees.subset(rows), stage.stage_cost(case.terms))
    hours = hours_of(case, known)
    assert hours is not None
    first = coupled_prices(hours.priced, case.terms)
    gaps = []
    for number in range(prices + 1):
        bound = bound_at(hours, random_prices(case, first, rng, least, 0.95) if number else first, known, Goal(0.0))
        gaps.append(1.0 - (bound.hours_eur.sum() + bound.lines_eur) / least)
    return Trial(scene["name"], gaps[0], min(gaps), float(np.mean(gaps[1:])), len(gaps))


def adversarial(seeds: range, prices: int) -> None:
    """Try, print every fault, and keep the table."""
    work = timed(lambda: [tried(seed, prices) for seed in seeds])
    found = work.answer
    faults = [trial for trial in found if trial.nearest < -ROUNDING]
    for trial in faults:
        print(f"{trial.name}: a bound is {-trial.nearest:.1e} above the cheapest schedule")
    bounds = sum(trial.prices for trial in found)
    row = (
        str(len(found)),
        f"{bounds:,}",
        str(len(faults)),
        f"{min(trial.nearest for trial in found):.1e}",
        f"{100 * np.median([trial.found for trial in found]):.2f}",
        f"{100 * max(trial.found for trial in found):.2f}",
        f"{100 * np.mean([trial.mean for trial in found]):.0f}",
        f"{work.cpu_s:.0f}",
    )
    head = ("networks", "bounds", "above the best", "nearest", "gap %, median", "largest", "at random prices", "CPU s")
    title = f"Bounds on a day at random prices: {len(faults)} of {bounds:,} above the cheapest schedule"
    table("day_bound_random", title, [head, row], ("clarabel",), kept=bounds >= 2000)


def day(name: str, limits: dict[str, int]) -> LoadCase:
    """24 hours of homes, businesses and works, spread over the buses at random."""
    network, rng, hour = readers.read(name, None), np.random.default_rng(1), np.arange(24.0)
    evening, morning, noon = (np.exp(-(((hour - at) / width) ** 2)) for at, width in ((19, 3), (8, 2), (13, 4)))
    shapes = np.array([0.45 + 0.35 * evening + 0.2 * morning, 0.35 + 0.6 * noon, 0.7 + 0.1 * np.sin(np.pi * hour / 12)])
    factor = shapes[rng.integers(0, 3, network.n_buses)].T * rng.uniform(0.9, 1.1, (24, network.n_buses))
    terms = OperatorTerms(np.ones(network.n_lines), **limits)  # type: ignore[arg-type]
    return LoadCase(network, factor * network.p_kw, factor * network.q_kvar, terms)


def feeders(names: Sequence[str], gap: float, seconds: float) -> None:
    """Plan and bound, and keep the table."""
    rows = [("feeder", "limits", "schedule EUR", "no schedule below EUR", "gap %", "ended", "CPU s", "wall s")]
    for name in names:
        for told, limits in LIMITS:
            case = day(name, limits)
            work = timed(lambda case=case: plan_day(case, PlanningSettings(bound_gap=gap), Watch(seconds)))  # type: ignore[misc]
            found = work.answer
            bound = "-" if found.bound_eur is None else f"{found.bound_eur:.2f}"
            share = "-" if found.gap is None else f"{100 * found.gap:.2f}"
            figures = (f"{found.hourly.cost_eur:.2f}", bound, share, found.ended)
            rows.append((name, told, *figures, f"{work.cpu_s:.0f}", f"{work.wall_s:.0f}"))
            shown(rows[-1])
    title = f"A day of 24 hours bounded to {100 * gap:g} % or for {seconds:g} s"
    table("day_bound", title, rows, ("clarabel",), kept=",".join(names) == FEEDERS)


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=400)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--prices", type=int, default=5)
    parser.add_argument("--feeders", default="case70da")
    parser.add_argument("--gap", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=100.0)
    arguments = parser.parse_args()
    if arguments.networks:
        adversarial(range(arguments.first, arguments.first + arguments.networks), arguments.prices)
    if arguments.feeders:
        feeders(arguments.feeders.split(","), arguments.gap / 100.0, arguments.seconds)


if __name__ == "__main__":
    main()
