"""Random small networks with every limit on switching: the plan and its lower bound against all schedules.

    PYTHONPATH=. python benchmarks/bench_schedules.py [--networks 500] [--first 0]

Every network is planned with its lower bound, and the best of all schedules it allows is found by brute force
(``_schedules.py``). Faults are printed: a schedule that is not allowed, a bound above the best, a plan more than 3e-4
of the sum of its cost parts above the best. Five hundred take about three minutes; the table of at least that many goes
to docs/benchmarks/schedules.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import _schedules as schedules
from benchmarks._tables import table
from benchmarks._timing import timed
from p2pdnr.coordination.bound.certificate import lower_bound
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.problem import build_problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

ROUNDING = 1e-5
"""Of the sum of the cost parts: that brute force itself is wrong by, from the accuracy of programmes."""

PLANNED = 3e-4
"""The same by which a plan may be above the best."""

HEAD = (
    "networks",
    "number",
    "schedules",
    "bounds above the best",
    "largest gap",
    "plans above the best",
    "most",
    "CPU s",
)


@dataclass(frozen=True)
class Examined:
    """A network's plan, its bound and the best of its schedules in EUR; ``scale_eur`` the sum of the plan's cost parts
    without their signs."""

    name: str
    plan_eur: float
    bound_eur: float | None
    best_eur: float
    scale_eur: float
    is_allowed: bool
    schedules: int

    @property
    def above(self) -> float:
        """By how much the plan is above the best, as a share of the scale."""
        return (self.plan_eur - self.best_eur) / self.scale_eur

    @property
    def gap(self) -> float:
        """The same of the best above the bound; negative where the bound is false, infinite without one."""
        return np.inf if self.bound_eur is None else (self.best_eur - self.bound_eur) / self.scale_eur

    @property
    def faults(self) -> list[str]:
        """What is wrong, in words."""
        found = {
            "the schedule is not allowed": not self.is_allowed,
            f"the bound {self.bound_eur} is above the best {self.best_eur}": self.gap < -ROUNDING,
            f"the plan {self.plan_eur} is above the best {self.best_eur}": self.above > PLANNED,
        }
        return [f"{self.name}: {text}" for text, wrong in found.items() if wrong]


def examined(scene: schedules.Json, mode: str = "hourly") -> Examined:
    """Plan, bound and brute force of a scenario in a mode."""
    scenario = document.from_dict(scene)
    problem = build_problem(scenario, build_network(scenario))
    trees, journal = all_trees(problem.network), Journal()
    found = plan(Context(problem, journal=journal), trees, mode)[mode]
    bound = lower_bound(problem, trees, mode, found, journal)
    schedule = tuple(frozenset(np.flatnonzero(~row).tolist()) for row in found.closed)
    return Examined(
        name=scene["name"],
        plan_eur=found.total_eur,
        bound_eur=bound.bound_eur,
        best_eur=schedules.best_eur(scene, mode),
        scale_eur=found.scale_eur,
        is_allowed=schedules.allowed(scene, schedule),
        schedules=len(trees) ** problem.hours,
    )


def row(kind: str, found: Sequence[Examined], cpu_s: float) -> list[str]:
    """One line of the table."""
    gaps, above = [item.gap for item in found], [item.above for item in found]
    return [
        kind,
        str(len(found)),
        f"{sum(item.schedules for item in found):,}",
        str(sum(gap < -ROUNDING for gap in gaps)),
        f"{max(gaps):.1e}",
        str(sum(share > PLANNED for share in above)),
        f"{max(above):.1e}",
        f"{cpu_s:.0f}",
    ]


def main() -> None:
    """Examine, print every fault, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    found: dict[str, list[Examined]] = {kind: [] for kind in schedules.KINDS}
    seconds = dict.fromkeys(schedules.KINDS, 0.0)
    for seed in range(arguments.first, arguments.first + arguments.networks):
        scene = schedules.scenario(seed)
        kind = scene["name"].split()[0]
        result = timed(lambda scene=scene: examined(scene))  # type: ignore[misc]
        found[kind].append(result.answer)
        seconds[kind] += result.cpu_s
        print("".join(f"{fault}\n" for fault in result.answer.faults), end="", flush=True)
    rows = [row(kind, found[kind], seconds[kind]) for kind in schedules.KINDS if found[kind]]
    faults = sum(bool(item.faults) for items in found.values() for item in items)
    title = (
        f"All schedules of random small networks, every limit on switching: {faults} of {arguments.networks} at fault"
    )
    table("schedules", title, [HEAD, *rows], ("clarabel",), kept=arguments.networks >= 500)


if __name__ == "__main__":
    main()
