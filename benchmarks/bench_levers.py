"""Taps and capacitors: what is left to decide of them, how long exact schedules take, and bounds against plans.

Usage: PYTHONPATH=. python benchmarks/bench_levers.py [--repeats 3] [--binaries] [--day] [--held]
           [--checks 2000] [--first 0]

- The exact schedule of case33bw with nine taps at its substation over 24 hours: processor time of ranking and schedule
  (docs/benchmarks/levers.md).
- ``--binaries``: binaries that are left to decide on that day and on one with capacitors beside the taps, stage by
  stage of the reduction (docs/benchmarks/lever_binaries.md). A position is a binary, as long as its lever has several.
- ``--checks``: small scenarios with taps, capacitors and inverters at random; the lower bound of each against the plan
  that is found, and what its prices prove when they are altered, as `check` repeats a bound
  (docs/benchmarks/lever_bounds.md). One above the plan by more than rounding is a fault, and the exit status is 1.
- ``--day``: the default day with all levers, certified (docs/benchmarks/lever_day.md).
- ``--held``: the default day without levers, beside the same with a tap changer and a capacitor that stay
  (docs/benchmarks/lever_held.md). Another answer is a fault, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._tables import shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.coordination.bound.certificate import lower_bound, repeated_eur
from p2pdnr.coordination.lever_modes import planned
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import at_positions
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network import readers
from p2pdnr.network.arrays import Lever
from p2pdnr.network.levers import with_levers
from p2pdnr.reconfiguration.planning import lever_day
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme
from p2pdnr.reconfiguration.schedule.joint_reduction import FreeIntegers, free_within, undecided
from p2pdnr.reconfiguration.schedule.joint_search import cheapest_together
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.graph_reduction import reduce_network
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.scenario import document
from tests.coordination.cases import problem_of, strained

TAP = Lever("substation tap", 0, -4, 4, 0.0125)
CAPACITOR = Lever("capacitor", 32, 0, 2, 300.0)
SUN_KW = {17: 1400.0, 24: 1400.0, 32: 1400.0}
BLOCK = 10_000
MARGINS = (0.01, 0.001, 0.0)
ALTERED, SIZES = 18, (1e-2, 1.0, 100.0)
KEYS = ("bound_tree", "bound_hour", "bound_turn")
ROUNDING = 1e-4
DAY = Path(__file__).resolve().parent.parent / "data" / "scenarios" / "ieee33-solar.json"


def case_with(levers: Sequence[Lever]) -> LoadCase:
    """case33bw over a day with sun on three buses, operations at 1 EUR."""
    network = readers.read("case33bw", None).in_base(1.0)
    network = with_levers(network, list(levers), [0] * len(levers))
    hours = np.arange(24)
    load = 0.5 + 0.4 * np.exp(-(((hours - 19) / 4.0) ** 2)) + 0.2 * np.exp(-(((hours - 8) / 2.5) ** 2))
    sun = np.clip(np.sin((hours - 6) / 12 * np.pi), 0.0, None)
    p_kw, q_kvar = np.outer(load, network.p_kw), np.outer(load, network.q_kvar)
    for bus, peak in SUN_KW.items():
        p_kw[:, bus] -= peak * sun
    return LoadCase(network, p_kw, q_kvar, OperatorTerms(np.full(network.n_lines, 1.0)))


@dataclass(frozen=True, eq=False)
class Scheduled:
    """A programme, its cheapest schedule, that with levers held, and processor times of ranking and schedule."""

    programme: JointProgramme
    cost_eur: float
    held_eur: float
    ranking_s: float
    schedule_s: float


def scheduled(case: LoadCase) -> Scheduled:
    """The exact schedule of topologies and positions."""
    trees, terms = all_trees(case.network), LeverTerms(0.2)
    among = timed(lambda: pool_growth.staged(case, trees))
    ranked = timed(lambda: lever_day.together(case, among.answer, terms, Watch(), BLOCK)[0])
    found = timed(lambda: cheapest_together(ranked.answer))
    held = cheapest(among.answer.stage_eur, trees, case.terms, case.network.closed, ScheduleSettings())[0]
    ranking_s = among.cpu_s + ranked.cpu_s
    return Scheduled(ranked.answer, found.answer[0].cost_eur, held.cost_eur, ranking_s, found.cpu_s)


def times(repeats: int) -> None:
    """The table of processor times."""
    case = case_with([TAP])
    scheduled(replace(case, load_kw=case.load_kw[:2], load_kvar=case.load_kvar[:2]))  # kernels
    runs = [scheduled(case) for _ in range(repeats)]
    best = min(runs, key=lambda run: run.ranking_s + run.schedule_s)
    trees = f"{len(best.programme.trees):,}"
    head = ("topologies", "taps", "hours", "ranking, CPU s", "schedule, CPU s", "both", "cost, EUR", "levers held, EUR")
    sums = (f"{best.ranking_s:.2f}", f"{best.schedule_s:.2f}", f"{best.ranking_s + best.schedule_s:.2f}")
    row = (trees, "9", "24", *sums, f"{best.cost_eur:.2f}", f"{best.held_eur:.2f}")
    table("levers", "Exact schedules of topologies and taps", [head, row], note=f"The least of {repeats} runs.")


def binaries() -> None:
    """The table of what is left to decide."""
    head = ("24 hours of case33bw", "stage", "lines", "positions", "binaries")
    rows: list[Sequence[str]] = [head]
    for name, levers in (("nine taps", [TAP]), ("nine taps, a capacitor of two steps", [TAP, CAPACITOR])):
        case = case_with(levers)
        found = scheduled(case)
        programme = found.programme
        reduced = reduce_network(case.network)
        rows.append(shown(_row(name, "without reduction", undecided(programme, reduced.binaries_before))))
        rows.append(shown(_row(name, "graph reduction", undecided(programme, reduced.binaries_after))))
        through = programme.through()
        first = free_within(programme, through, found.held_eur)
        rows.append(shown(_row(name, "no dearer than with levers held", first)))
        for margin in MARGINS:
            left = free_within(programme, through, found.cost_eur * (1.0 + margin) + 1e-9)
            said = (
                f"within {100 * margin:g} % of the cheapest" if margin else "the cheapest, and those that cost as much"
            )
            rows.append(shown(_row(name, said, left)))
    note = (
        "What a schedule within a cost may still use, by a dynamic programme forward and backward over all topologies "
        "and positions: lines on which the topologies that are left in an hour differ, and positions of levers that "
        "still have several."
    )
    table("lever_binaries", "Binaries that are left to decide, taps and capacitors among them", rows, note=note)


def _row(name: str, stage: str, free: FreeIntegers) -> Sequence[str]:
    return name, stage, f"{free.lines:,}", f"{free.positions:,}", f"{free.total:,}"


def day() -> None:
    """The default day with all levers, certified."""
    told = document.to_dict(document.load(DAY))
    told["network"] |= {"bus_taps": {"1": {"min": -4, "max": 4, "step_percent": 1.25}}}
    told["network"] |= {"capacitors": {"18": {"steps": 2, "step_kvar": 150.0}, "33": {"steps": 1, "step_kvar": 300.0}}}
    for prosumer in told["prosumers"]:
        if prosumer.get("pv_kw"):
            prosumer["inverter_kva"] = 1.1 * prosumer["pv_kw"]
    told["dso"] |= {"levers": "all", "lever_cost_eur": 0.2, "reactive": "dispatch"}
    run = timed(lambda: study.run(document.from_dict(told), study.Options(mode="hourly", certify=True)))
    summary = run.answer.summary
    gap = summary["certificates"]["lower_bound"]["value"]
    told_row = (f"{summary['objective_eur']:,.2f}", f"{summary['lower_bound_eur']:,.2f}", f"{100.0 * gap:.3f}")
    rows = [
        ("cost, EUR", "bound, EUR", "gap, %", "CPU s", "status"),
        (*told_row, f"{run.cpu_s:.0f}", summary["status"]),
    ]
    table("lever_day", "The default day with taps, capacitors and inverters, certified", rows)


def held(repeats: int) -> int:
    """The table of the default day with levers that stay; 1 where they change its answer."""
    plain = document.load(DAY)
    told = document.to_dict(plain)
    told["network"] |= {"bus_taps": {"1": {"min": -4, "max": 4, "step_percent": 1.25}}}
    told["network"] |= {"capacitors": {"18": {"steps": 2, "step_kvar": 150.0}}}
    study.warm_up()
    days = {"without levers": plain, "a tap changer and a capacitor that stay": document.from_dict(told)}
    runs = {name: [timed(partial(study.run, day)) for _ in range(repeats)] for name, day in days.items()}
    first, other = (found[0].answer for found in runs.values())
    pairs = ((table, other.tables.there[name]) for name, table in first.tables.there.items() if name != "convergence")
    same = all(one.equals(two) for one, two in pairs)
    spent = {name: min(run.cpu_s for run in found) for name, found in runs.items()}
    rows = [("default day", "CPU s", "ratio", "cost, EUR")]
    for name, found in runs.items():
        ratio = spent[name] / next(iter(spent.values()))
        cost = f"{found[0].answer.summary['objective_eur']:,.2f}"
        rows.append((name, f"{spent[name]:.1f}", f"{ratio:.2f}", cost))
    said = "the same to the last digit" if same else "NOT the same"
    count = "One run each" if repeats == 1 else f"The least of {repeats} runs each"
    note = f"{count}. Tables of both are {said}."
    table("lever_held", "A day in which taps and capacitors stay", rows, note=note)
    return int(not same)


def scene(seed: int) -> dict[str, Any]:
    """A small scenario at random with a tap changer, a capacitor and mostly inverters."""
    rng = np.random.default_rng(seed)
    told = strained(seed, int(rng.integers(1, 4)))
    told["network"] |= {"bus_taps": {"1": {"min": -1, "max": 1, "step_percent": 1.0}}}
    told["network"] |= {"capacitors": {"3": {"steps": 2, "step_kvar": float(rng.uniform(20, 200))}}}
    told["dso"] |= {"levers": "all", "lever_cost_eur": float(rng.choice([0.0, 0.1, 1.0]))}
    told["dso"] |= {"return_to_initial": bool(rng.random() < 0.5)}
    told["dso"] |= {"max_lever_steps": int(rng.integers(1, 4))} if rng.random() < 0.5 else {}
    if rng.random() < 0.6:
        for row in told["prosumers"]:
            row["inverter_kva"] = 0.95 * row.get("pv_kw", 0.0) + 20.0
        told["dso"]["reactive"] = str(rng.choice(["dispatch", "volt_var"]))
    return told


@dataclass
class Tally:
    """Bounds and those of altered prices against plans: how many, how many above, and how near they came."""

    bounds: int = 0
    altered: int = 0
    above: int = 0
    nearest: float = np.inf
    gaps: list[float] = field(default_factory=list)
    refused: int = 0

    def note(self, bound_eur: float, plan: Dispatch, own: bool) -> None:
        """One bound beside a plan."""
        gap = (plan.total_eur - bound_eur) / plan.scale_eur
        self.bounds, self.altered = self.bounds + own, self.altered + (not own)
        self.above += gap < -ROUNDING
        self.nearest = min(self.nearest, gap)
        if own:
            self.gaps.append(gap)


def checks(count: int, first: int) -> Tally:
    """Bounds of scenarios at random, and what their prices prove when they are altered, against the plan found."""
    tally, seed = Tally(), first
    while tally.bounds + tally.altered < count:
        _check(seed, tally)
        seed += 1
    return tally


def _check(seed: int, tally: Tally) -> None:
    rng, problem = np.random.default_rng(seed), problem_of(scene(seed))
    trees, mode = all_trees(problem.network), str(np.random.default_rng(seed).choice(["hourly", "static", "fixed"]))
    plan = planned(Context(problem), trees, None, mode)[mode]
    found = lower_bound(at_positions(problem, plan.positions), trees, mode, plan, Journal())
    if found.bound_eur is None:
        tally.refused += 1
        return
    tally.note(found.bound_eur, plan, own=True)
    names = [name for name in found.arrays if name not in KEYS]
    for size in np.repeat(SIZES, ALTERED // len(SIZES)):
        arrays = dict(found.arrays)
        for name in rng.choice(names, 3):
            arrays[name] = arrays[name] + size * rng.normal(size=arrays[name].shape)
        tally.note(repeated_eur(problem, trees, mode, arrays), plan, own=False)


def fuzz(count: int, first: int) -> int:
    """The table of checks; 1 where a bound is above a plan."""
    run = timed(lambda: checks(count, first))
    tally = run.answer
    head = (
        "bounds",
        "of altered prices",
        "above a plan",
        "nearest to it",
        "gap %, median",
        "largest",
        "none stated",
        "CPU s",
    )
    gaps = 100.0 * np.array(tally.gaps)
    row = (
        f"{tally.bounds:,}", f"{tally.altered:,}", str(tally.above), f"{tally.nearest:.1e}",
        f"{np.median(gaps):.3f}", f"{gaps.max():.2f}", str(tally.refused), f"{run.cpu_s:.0f}",
    )  # fmt: skip
    note = "Shares of the sum of a plan's cost parts; above is what exceeds it by more than rounding, 1e-4."
    table(
        "lever_bounds", "Lower bounds where taps, capacitors and inverters move, against plans", [head, row], note=note
    )
    return int(tally.above > 0)


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--checks", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--day", action="store_true")
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--binaries", action="store_true")
    arguments = parser.parse_args()
    if arguments.repeats:
        times(arguments.repeats)
    if arguments.binaries:
        binaries()
    if arguments.day:
        day()
    if arguments.held and held(max(arguments.repeats, 1)):
        return 1
    return fuzz(arguments.checks, arguments.first) if arguments.checks else 0


if __name__ == "__main__":
    sys.exit(main())
