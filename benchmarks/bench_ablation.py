"""What each heuristic of the loop is worth: the same scenarios with one of them off at a time.

    PYTHONPATH=. python benchmarks/bench_ablation.py [--day] [--quick] [--seeds 1] [--only "no means of states" ...]

Every setting is solved with hourly topologies on families of ``_random_scenarios.py`` and properties of
``_adversarial_scenarios.py``, with ``--day`` on the default day as well, with ``--quick`` without those on the 33-bus
feeder, a tenth of the work. With ``--only`` some settings are solved, beside the usual ones; the kept table of the same
scenarios keeps its other rows as long as the usual settings take as many iterations as they did. The CPU time counts
all threads of planning alone. Costs are changes against the settings as they are, in shares of the sum of a plan's cost
parts; the gap is the distance to a bound by weak duality on the plan's own schedule, where that says something. A plan
stands when its negotiation converged and :mod:`p2pdnr.coordination.plans.acceptance` finds nothing wrong with it.
Tables: docs/benchmarks/ablation.md, with ``--quick`` ablation_quick.md, and ablation_looks.md for which looks of the
local search found what it accepted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import _adversarial_scenarios as adversarial
from benchmarks import _random_scenarios as drawn
from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.optimality import duality
from p2pdnr.coordination.plans.acceptance import checked
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import Tightening
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.schedule.local_search import LOOKS
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.errors import P2pdnrError
from p2pdnr.execution import LocalBackend
from p2pdnr.reconfiguration.schedule.settings import PoolSettings, ScheduleSettings
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.schema import Scenario

DAY = Path(__file__).resolve().parent.parent / "data" / "scenarios" / "ieee33-solar.json"
RANDOM = ("limits binding", "no battery", "islanded prosumers", "three substations", "not enumerable", "one hour")
QUICK = ("three substations",)
ADVERSARIAL = (
    "violation price 1e5",
    "violation price 1e3",
    "strict voltages",
    "line limits / 10",
    "PV x 5",
    "few switchings",
    "odd prices",
    "loads x 5",
)
HEAD = ("setting", "plans that stand", "iterations", "CPU s", "time", "cost, mean", "cost, worst", "largest gap")
ITERATIONS = HEAD.index("iterations")
NO_LIMIT = 10**9
NEVER = range(0)


def admm(**changes: object) -> Settings:
    """The settings with some of tier 1 changed."""
    usual = Settings()
    return replace(usual, admm=replace(usual.admm, **changes))  # type: ignore[arg-type]


def search(**changes: object) -> Settings:
    """The settings with some of tier 2 changed."""
    usual = Settings()
    return replace(usual, search=replace(usual.search, **changes))  # type: ignore[arg-type]


def acceptance(**changes: object) -> Settings:
    """The settings with some of what lies between changed."""
    usual = Settings()
    return replace(usual, acceptance=replace(usual.acceptance, **changes))  # type: ignore[arg-type]


def pools(**changes: object) -> ScheduleSettings:
    """The settings of schedules with some of their pools changed."""
    return ScheduleSettings(pool=replace(PoolSettings(), **changes))  # type: ignore[arg-type]


UNRESTED = tuple(Tightening(times, np.inf) for times in (1.0, 0.2, 0.04))
UNREFINED = tuple(attempt for attempt in Settings().acceptance.attempts if not attempt.is_finer)
AS_IT_IS = "as it is"
PROGRAMMES = "mixed-integer programmes"
NOTE = (
    "Iterations are exact; on a shared machine the CPU time of the same work differs by up to a third. Not "
    f"among these settings: {PROGRAMMES}, which may take 5 s for every hour and round ([bounds](../bounds.md))."
)
SETTINGS = {
    AS_IT_IS: Settings(),
    "no means of states": admm(mean_iterations=NEVER),
    "no firmer weights": admm(firm_iterations=NEVER),
    "neither means nor firmer weights": admm(mean_iterations=NEVER, firm_iterations=NEVER),
    "no stiffer weights": admm(stiff_iterations=NEVER),
    "no rest of prices": acceptance(attempts=UNRESTED),
    "no finer attempts": acceptance(attempts=UNREFINED),
    "no limits held back": acceptance(held_back_times=0.0),
    "every tree for the single one": search(short_list=NO_LIMIT),
    "narrower modes in full": search(glimpse_iterations=0),
    "every tree in every hour": search(screen_together=NO_LIMIT),
    "every tree with less feed-in": search(near_best_share=1e9),
    "softer look, 3e-4 EUR/kW2": search(resistance_eur_per_kw2=3e-4),
    "pools without descent": search(schedule=pools(descent_exchanges=0)),
    "pools without neighbours": search(schedule=pools(rounds=0)),
    "pools filled once": search(renewals=0),
    "no local search": search(most_improvements=0),
    PROGRAMMES: search(topology="misocp"),
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scenario with its radial trees, None where they are too many."""

    scenario: Scenario
    trees: TreeSet | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a case: the cost and what it is measured by, its gap, NaN where nothing is known, and whether the
    plan stands."""

    total_eur: float
    scale_eur: float
    gap: float
    stands: bool
    iterations: int
    cpu_s: float
    looks: tuple[str, ...]


def cases(seeds: int, day: bool, quick: bool) -> list[Prepared]:
    """All scenarios."""
    scenes = [(drawn.scenario, name, seed) for name in (QUICK if quick else RANDOM) for seed in range(seeds)]
    scenes += [(adversarial.scenario, name, seed) for name in ADVERSARIAL for seed in range(seeds)]
    scenarios = [document.from_dict(make(name, seed)) for make, name, seed in scenes]
    scenarios += [document.load(DAY)] if day else []
    problems = [build_problem(item, build_network(item, DAY.parent)) for item in scenarios]
    return [Prepared(item, every_tree(problem)) for item, problem in zip(scenarios, problems, strict=True)]


def solved(case: Prepared, settings: Settings) -> Outcome | None:
    """A case with some settings; None where there is no plan."""
    journal = Journal()
    with LocalBackend(study.WORKERS) as backend:
        problem = build_problem(case.scenario, build_network(case.scenario, DAY.parent), backend=backend)
        context = Context(problem, settings, journal)
        try:
            run = timed(lambda: plan(context, case.trees, "hourly")["hourly"])
        except P2pdnrError:
            return None
        found = run.answer
        failure = checked(problem, found, settings.admm.primal_kw, Settings().acceptance).failure
        return Outcome(
            total_eur=found.total_eur,
            scale_eur=found.scale_eur,
            gap=gap(problem, found),
            stands=found.agreement.converged and failure is None,
            iterations=len(journal.records),
            cpu_s=run.cpu_s,
            looks=tuple(journal.improvements),
        )


def gap(problem: CoordinationProblem, found: Dispatch) -> float:
    """How far a plan is above the bound at its own prices, in shares of the sum of its cost parts."""
    charge_eur_per_kw = np.ascontiguousarray(problem.step_h * found.charge_eur_per_kwh.sum(axis=0).T)
    reached_eur = found.total_eur - found.costs_eur["switching"]
    stand = duality.Stand(
        found.agreement.trading.price_eur_per_kw, charge_eur_per_kw, found.response.injection_kw, reached_eur
    )
    try:
        least_eur = duality.near(problem, found.closed, stand).total_eur
    except P2pdnrError:
        return np.nan
    return (reached_eur - least_eur) / found.scale_eur if np.isfinite(least_eur) else np.nan


def row(name: str, outcomes: Sequence[Outcome | None], usual: Sequence[Outcome | None]) -> Sequence[str]:
    """One line of the table; costs and times of the cases that have a plan both ways."""
    both = [(now, then) for now, then in zip(outcomes, usual, strict=True) if now is not None and then is not None]
    cpu_s, cpu_then_s = (sum(pair[side].cpu_s for pair in both) for side in (0, 1))
    changes = [(now.total_eur - then.total_eur) / then.scale_eur for now, then in both]
    gaps = [now.gap for now, _ in both if np.isfinite(now.gap)]
    return (
        name,
        f"{sum(item is not None and item.stands for item in outcomes)} of {len(outcomes)}",
        f"{sum(now.iterations for now, _ in both):,}",
        f"{cpu_s:.1f}",
        f"{cpu_s / cpu_then_s - 1.0:+.0%}",
        f"{np.mean(changes):+.1e}",
        f"{max(changes):+.1e}",
        f"{max(gaps, default=np.nan):.0e}",
    )


def looks(outcomes: Sequence[Outcome | None]) -> list[Sequence[str]]:
    """How many accepted schedules each look of the local search found first."""
    count = Counter(look for item in outcomes if item is not None for look in item.looks)
    return [("look", "accepted schedules"), *((name, str(count[name])) for name in LOOKS)]


def main() -> None:
    """Solve, and keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--day", action="store_true", help="the default day as well")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without the 33-bus feeder")
    parser.add_argument("--only", choices=SETTINGS, nargs="+", help="only some settings")
    arguments = parser.parse_args()
    study.warm_up()
    every = cases(arguments.seeds, arguments.day, arguments.quick)
    names = list(dict.fromkeys([AS_IT_IS, *(arguments.only or (name for name in SETTINGS if name != PROGRAMMES))]))
    print(f"{len(every)} scenarios", flush=True)
    usual: list[Outcome | None] = [solved(case, SETTINGS[AS_IT_IS]) for case in every]
    day = " and the default day" if arguments.day else ""
    title = f"One heuristic off at a time: {len(every)} random and adversarial scenarios{day}"
    page = "ablation_quick" if arguments.quick else "ablation"
    base = shown(row(AS_IT_IS, usual, usual))
    rows: dict[str, Sequence[str]] = {cells[0]: cells for cells in kept_rows(page, title)}
    if AS_IT_IS in rows and rows[AS_IT_IS][ITERATIONS] != base[ITERATIONS]:
        rows = {}
    rows[AS_IT_IS] = base
    for name in names[1:]:
        rows[name] = shown(row(name, [solved(case, SETTINGS[name]) for case in every], usual))
        table(page, title, [HEAD, *rows.values()], note=NOTE)
    if not arguments.quick:
        title = "Which look of the local search found what was accepted, all settings as they are"
        table("ablation_looks", title, looks(usual))


if __name__ == "__main__":
    main()
