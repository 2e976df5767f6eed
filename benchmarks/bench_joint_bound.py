"""Bounds of the whole problem without listing topologies: forged proofs on small networks, and gaps of large feeders.

Usage: PYTHONPATH=. python benchmarks/bench_joint_bound.py [--networks 200] [--first 0] [--forged 9]
       [--feeders case118zh,case136ma] [--scenarios 1] [--seconds 600] [--at-most 200]

Small networks, their limits on switching and the best of all their schedules by brute force are those of
``benchmarks/_schedules.py``. Each is bounded once as it is, and again from proofs in which prices, multipliers, cutoffs
or flags are altered at random; a bound above the best schedule is a fault. They are kept in
slices of twenty networks; a slice that is kept is not tried again. Days of feeders are those of
``benchmarks/bench_large.py``. ``--networks 0`` leaves the first part out, ``--feeders ""`` the second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks import _schedules as schedules
from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from benchmarks.bench_large import scenario
from p2pdnr import study
from p2pdnr.coordination.bound.certificate import lower_bound, repeated_eur
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.problem import build_problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.errors import P2pdnrError
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.results.summary import costs_eur, scale_eur
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.verification.bound import lower_bound as checked

ROUNDING = 1e-5
"""Of the sum of the cost parts: what brute force itself is wrong by, from the accuracy of programmes."""
ALTERED = ("_eur", "_multipliers", "watched_low", "watched_high", "watched_current")
FEEDERS = "case118zh,case136ma"
HEAD = (
    "feeder, seed",
    "limits",
    "plan EUR",
    "no plan below EUR",
    "gap %",
    "bound, wall s",
    "all, CPU s",
    "repeated, CPU s",
)
TITLE = "Days of large feeders: the plan and a bound on all plans"
FORGED_TITLE = "Bounds of the whole problem from forged proofs, beside the best of all schedules"
FORGED_HEAD = (
    "seeds",
    "networks with a bound",
    "bounds",
    "above the best",
    "nearest",
    "gap %, median",
    "largest",
    "CPU s",
)
SLICE = 20
"""Networks that are tried and kept together."""


@dataclass(frozen=True)
class Trial:
    """The share of the sum of the cost parts by which bounds are below the best of all schedules, negative above it: of
    the proof that was found, and the least of forged ones; how many of these proved anything."""

    name: str
    found: float
    nearest: float
    bounds: int


def tried(seed: int, forged: int) -> Trial:
    """Bounds of a seed, as found and forged."""
    rng = np.random.default_rng([41, seed])
    scene = schedules.scenario(seed)
    text = document.from_dict(scene)
    problem = build_problem(text, build_network(text))
    best_eur = schedules.best_eur(scene)
    known = plan(Context(problem), all_trees(problem.network), "hourly")["hourly"]
    found = lower_bound(problem, None, "hourly", known, Journal())
    if found.bound_eur is None:
        return Trial(scene["name"], np.inf, np.inf, 0)
    gaps = [(best_eur - found.bound_eur) / known.scale_eur]
    for _ in range(forged):
        try:
            proved = repeated_eur(problem, None, "hourly", forgery(found.arrays, rng))
        except ValueError:
            continue
        gaps.append((best_eur - proved) / known.scale_eur)
    return Trial(scene["name"], gaps[0], min(gaps), len(gaps))


def forgery(arrays: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A proof with one or all kinds of numbers altered by noise of any size."""
    names = [name for name in arrays if name.endswith(ALTERED)]
    chosen = names if rng.random() < 0.3 else [str(rng.choice(names))]
    size = 10.0 ** rng.uniform(-4.0, 3.0)
    noise = {
        name: size * rng.normal(size=arrays[name].shape) * (rng.random(arrays[name].shape) < 0.3) for name in chosen
    }
    return arrays | {name: arrays[name] + noise[name] for name in chosen}


def adversarial(seeds: range, forged: int, at_most_s: float) -> None:
    """Try slice by slice, print every fault, and keep the table; slices that are kept are not tried again, and none
    begins after so many processor seconds."""
    rows = {kept[0]: kept for kept in kept_rows("joint_bound_forged", FORGED_TITLE)}
    for first in range(seeds.start, seeds.stop, SLICE):
        part = range(first, min(first + SLICE, seeds.stop))
        name = f"{part.start} to {part.stop - 1}, {forged} each"
        if name in rows or time.process_time() > at_most_s:
            continue
        rows[name] = [*shown(slice_row(name, part, forged))]
        keep_forged([*rows.values()])
    keep_forged([*rows.values()])


def slice_row(name: str, seeds: range, forged: int) -> list[str]:
    """One line of the table of forged proofs."""
    work = timed(lambda: [tried(seed, forged) for seed in seeds])
    found = work.answer
    faults = [trial for trial in found if trial.nearest < -ROUNDING]
    for trial in faults:
        print(f"{trial.name}: a bound is {-trial.nearest:.1e} above the best schedule")
    bounds, gaps = sum(trial.bounds for trial in found), [trial.found for trial in found if trial.bounds]
    return [
        name,
        f"{len(gaps)} of {len(found)}",
        f"{bounds:,}",
        str(len(faults)),
        f"{min(trial.nearest for trial in found):.1e}",
        f"{100 * np.median(gaps):.3f}" if gaps else "-",
        f"{100 * max(gaps):.2f}" if gaps else "-",
        f"{work.cpu_s:.0f}",
    ]


def keep_forged(rows: Sequence[Sequence[str]]) -> None:
    """The table of all slices that are tried, and their sums."""
    if not rows:
        return
    ordered = sorted(rows, key=lambda cells: (int(cells[0].split(" ")[0]), cells[0]))
    bounds, faults = (sum(int(cells[place].replace(",", "")) for cells in ordered) for place in (2, 3))
    note = f"{faults} of {bounds:,} bounds, most of them from forged proofs, are above the best schedule."
    table("joint_bound_forged", FORGED_TITLE, [FORGED_HEAD, *ordered], ("clarabel",), note=note)


def day(feeder: str, seed: int, seconds: float) -> list[str]:
    """One line of the table of feeders."""
    scene = scenario(feeder, seed)
    hour, most = (scene["dso"].get(f"max_switching_per_{span}") for span in ("hour", "day"))
    head = [f"{feeder}, {seed}", "none" if hour is None else f"{hour} an hour, {most} a day"]
    options = study.Options(certify=True, time_limit_s=seconds)
    try:
        solved = timed(lambda: study.run(document.from_dict(scene), options))
    except P2pdnrError as error:
        return [*head, "-", f"no plan: {error}", *["-"] * 4]
    result, costs = solved.answer, costs_eur(solved.answer.scenario, solved.answer.network, solved.answer.tables)
    bound_eur, plan_eur = result.summary["lower_bound_eur"], sum(costs.values())
    if bound_eur is None:
        return [*head, f"{plan_eur:.2f}", str(result.summary["proved"]), *["-"] * 4]
    again = timed(lambda: checked(result))
    repeated = f"{again.cpu_s:.0f}" if again.answer.holds else "does not hold"
    taken = float(result.summary["seconds"]["bound"])
    gap = f"{100 * (plan_eur - bound_eur) / scale_eur(costs):.2f}"
    return [*head, f"{plan_eur:.2f}", f"{bound_eur:.2f}", gap, f"{taken:.0f}", f"{solved.cpu_s:.0f}", repeated]


def feeders(names: Sequence[str], seeds: range, seconds: float) -> None:
    """Solve and bound, and keep the table; rows of other seeds stay in it."""
    rows = {kept[0]: kept for kept in kept_rows("joint_bound", TITLE)}
    for feeder, seed in product(names, seeds):
        found = day(feeder, seed, seconds)
        rows[found[0]] = [*shown(found)]
        ordered = sorted(rows.values(), key=lambda cells: (cells[0].split(",")[0], int(cells[0].split(",")[1])))
        table("joint_bound", TITLE, [HEAD, *ordered], ("clarabel",))


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--forged", type=int, default=9)
    parser.add_argument("--feeders", default="")
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--at-most", type=float, default=np.inf, help="processor seconds after which nothing begins")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + max(arguments.networks, 1))
    if arguments.networks:
        adversarial(seeds, arguments.forged, arguments.at_most)
    if arguments.feeders:
        study.warm_up()
        chosen = range(arguments.first, arguments.first + arguments.scenarios)
        feeders(arguments.feeders.split(","), chosen, arguments.seconds)


if __name__ == "__main__":
    main()
