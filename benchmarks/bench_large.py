"""The full problem on feeders with too many topologies: what another schedule would save at the plan's injections.

Usage: PYTHONPATH=. python benchmarks/bench_large.py [--scenarios 1] [--first 0] [--feeders case70da,case136ma]
       [--again] [--at-most 600]

Random days of a feeder with prosumers. Every even seed has limits on operations. ``left`` is ``reschedule_eur`` of
``solve --certify``: what ``reconfigure --hours`` with another seed saves at the plan's own injections within the same
limits; ``threshold`` is what a schedule has to gain to be accepted. Days are kept one by one, and
one that is kept is not solved again unless with --again: the work can be done piece by piece and broken off at any
time. No day begins after --at-most processor seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import product

import numpy as np

from benchmarks import _random_scenarios as drawn
from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.summary import costs_eur, scale_eur
from p2pdnr.scenario import document
from p2pdnr.verification.rescheduling import rescheduled

FEEDERS = "case70da,case118zh,case136ma"
HEAD = ("feeder, seed", "limits", "W EUR", "status", "left EUR", "threshold EUR", "below", "CPU s", "wall s")
TITLE = "Random days of large feeders: what another schedule saves at the plan's injections"


def scenario(feeder: str, seed: int) -> drawn.Json:
    """A day of 24 hours with 10 to 25 prosumers; in even seeds with limits on operations."""
    rng = np.random.default_rng([18, len(feeder), int(feeder[4:7].strip("dmz")), seed])
    scene = drawn.feeder_day(rng, int(rng.integers(10, 26)), source=feeder)
    scene["dso"]["switching_cost_eur"] = float(rng.choice([0.05, 0.2, 1.0, 3.0]))
    scene["network"]["line_limit_a"] = None
    if seed % 2 == 0:
        scene["dso"] |= {
            "max_switching_per_hour": int(rng.choice([2, 4, 6])),
            "max_switching_per_day": int(rng.choice([4, 8, 12, 20])),
        }
    return scene | {"name": f"{feeder}, seed {seed}"}


def row(feeder: str, seed: int) -> list[str]:
    """One line of the table."""
    scene = scenario(feeder, seed)
    hour, most = (scene["dso"].get(f"max_switching_per_{span}") for span in ("hour", "day"))
    head = [f"{feeder}, {seed}", "none" if hour is None else f"{hour} an hour, {most} a day"]
    try:
        solved = timed(lambda: study.run(document.from_dict(scene), study.Options()))
        left = rescheduled(solved.answer)["reschedule_eur"]
    except P2pdnrError as error:
        return [*head, "-", f"no plan: {error}", *["-"] * 5]
    result = solved.answer
    limit = SearchSettings.threshold_share * scale_eur(costs_eur(result.scenario, result.network, result.tables))
    figures = [f"{result.summary['objective_eur']:.2f}", str(result.summary["status"]), f"{left:.3f}", f"{limit:.3f}"]
    return [*head, *figures, "yes" if left <= limit else "no", f"{solved.cpu_s:.0f}", f"{solved.wall_s:.0f}"]


def main() -> None:
    """Solve, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--feeders", default=FEEDERS)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--at-most", type=float, default=np.inf, help="processor seconds after which no day begins")
    arguments = parser.parse_args()
    rows = {kept[0]: kept for kept in kept_rows("large", TITLE)}
    seeds = range(arguments.first, arguments.first + arguments.scenarios)
    days = [(seed, feeder) for seed, feeder in product(seeds, arguments.feeders.split(","))]
    left = [day for day in days if arguments.again or f"{day[1]}, {day[0]}" not in rows]
    if left:
        study.warm_up()
    for seed, feeder in left:
        if time.process_time() > arguments.at_most:
            break
        found = row(feeder, seed)
        rows[found[0]] = [*shown(found)]
        keep([*rows.values()])
    keep([*rows.values()])


def keep(rows: Sequence[Sequence[str]]) -> None:
    """The table of all days that are done."""
    ordered = sorted(rows, key=lambda cells: (cells[0].split(",")[0], int(cells[0].split(",")[1])))
    below = sum(cells[6] == "yes" for cells in ordered)
    note = f"{below} of {len(ordered)} are below the threshold."
    table("large", TITLE, [HEAD, *ordered], ("clarabel",), note=note)


if __name__ == "__main__":
    main()
