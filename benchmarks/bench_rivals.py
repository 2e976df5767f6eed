"""A day's schedule by other methods, on the same power flow and the same clock: gaps over processor seconds.

Usage: PYTHONPATH=. python benchmarks/bench_rivals.py [--feeders case33bw,case70da,case118zh] [--methods genetic,swarm]
       [--seeds 10] [--seconds 10] [--again] [--bound-seconds 120] [--at-most 300]

The day: homes, offices and works on a third of the buses each (data/profiles/summer_day.csv), much PV on the roofs of
the offices, one EUR for an operation. Runs are kept in docs/benchmarks/rivals.csv; one that is there is not done again
unless with --again, so that the work can be done piece by piece. The table and the curves are written from what is
kept. The genetic algorithm and the swarm need requirements-rivals.txt; without it they are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable

import numpy as np

from benchmarks._rivals import admm, exchange, population
from benchmarks._rivals.cones import hour_cones
from benchmarks._rivals.judge import Judge, Workbench, workbench
from benchmarks._rivals.runs import Run, gap_percent, median_curve, read, seconds_to, thinned, write
from benchmarks._tables import FOLDER, table
from benchmarks._timing import timed
from p2pdnr.network import readers
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from scripts.docs.charts import steps
from scripts.docs.losses import working_day

FEEDERS = ("case33bw", "case70da", "case118zh")
OURS, BOUND = "this package", "bound"
EXCHANGE, GENETIC, SWARM = "branch exchange", "genetic algorithm", "particle swarm"
ADMM, SCIP = "ADMM rounded", "SCIP"
METHODS = (OURS, EXCHANGE, GENETIC, SWARM, ADMM, SCIP)
DRAWN = {EXCHANGE: EXCHANGE, OURS: OURS, GENETIC: "genetic", SWARM: "swarm", ADMM: "ADMM", SCIP: SCIP}
"""What they are called beside their colours."""
NEEDS_PYMOO = (GENETIC, SWARM)
HAS_PYMOO = importlib.util.find_spec("pymoo") is not None
RUNS = FOLDER / "rivals.csv"
RANDOM = {OURS: 10, GENETIC: 10, SWARM: 10, ADMM: 3}
"""Seeds of the methods in which something is random."""
SECONDS = {GENETIC: (2, 4, 6), SWARM: (2, 4, 6), ADMM: (15, 18, 18)}
USUAL_SECONDS = (18, 18, 18)
"""Processor seconds of a run on each feeder."""
PV_SHARE = 4.0
"""Of the load that the feeder states for the buses of offices, at noon."""
GOAL = 0.005
LEAST_GAP = 0.01
"""Percent: what is drawn on the lowest line."""
NEAR_PERCENT, EXACT_PERCENT = 2.0, 1e-3
HEAD = ("feeder, method", "runs", "CPU s", "gap % at 1 s", "at 5 s", "end, best", "median", "worst", "CPU s to 2 %")
AXES = ("cost above the cheapest schedule known, %, median over the runs", "processor seconds")
TITLE = "A day's schedule by other methods, on the same power flow and clock"
NOTE = (
    "Gaps are above the cheapest schedule that any of them found, medians over runs; what is proved about it stands "
    "with each feeder. All start from the initial topology and are judged by the same exact power flow. "
    "This package has its answer at the end, so that its curve is a point; gaps below 0.01 % are drawn there. "
    "How each was set, and what was made easier for it than papers do: the heads of the files in `benchmarks/_rivals/`."
)


def day(name: str) -> LoadCase:
    """24 hours of a feeder."""
    network = readers.read(name, None)
    network = network.with_(switchable=network.switchable | ~network.is_transformer)
    load_kw, load_kvar = working_day(network)
    offices = np.arange(network.n_buses) * 3 // network.n_buses == 1
    sun = np.exp(-(((np.arange(24.0) - 13.0) / 3.0) ** 2))
    load_kw = load_kw - PV_SHARE * sun[:, None] * np.where(offices, network.p_kw, 0.0)
    return LoadCase(network, load_kw, load_kvar, OperatorTerms(np.ones(network.n_lines)))


def own(judge: Judge, seed: int) -> None:
    """This package, whose answer comes at the end."""
    found = plan_day(judge.bench.case, PlanningSettings(seed=seed))
    judge.note(found.hourly.cost_eur, np.array([np.flatnonzero(~row) for row in found.hourly.closed]))


def method(name: str, bench: Workbench) -> Callable[[Judge, int], object]:
    """A method by its name, with what it prepares before the clock starts."""
    if name == ADMM:
        cones = hour_cones(bench)
        return lambda judge, seed: admm.rounded(judge, cones, seed)
    if name == SCIP:
        from benchmarks._rivals.scip import full_horizon

        cones = hour_cones(bench)
        return lambda judge, _: full_horizon(judge, cones)
    plain = {
        OURS: own,
        EXCHANGE: exchange.branch_exchange,
        GENETIC: population.genetic,
        SWARM: population.swarm,
    }
    return plain[name]


def bounded(name: str, case: LoadCase, seconds: float) -> Run:
    """What no schedule costs less than, as a run of its own."""
    work = timed(lambda: plan_day(case, PlanningSettings(bound_gap=GOAL), Watch(seconds)))
    assert work.answer.bound_eur is not None
    return Run(name, BOUND, 0, ((round(work.cpu_s, 3), round(work.answer.bound_eur, 4)),))


def measured(feeder: str, what: str, arguments: argparse.Namespace) -> None:
    """What is missing of one feeder and method, kept run by run."""
    seeds = range(min(arguments.seeds, RANDOM.get(what, 1)))
    done = {run.seed for run in read(RUNS) if (run.feeder, run.method) == (feeder, what)}
    left = [seed for seed in seeds if arguments.again or seed not in done]
    if not left or time.process_time() > arguments.at_most:
        return
    if what == BOUND:
        keep(bounded(feeder, day(feeder), arguments.bound_seconds))
        return
    bench = workbench(day(feeder))
    work = method(what, bench)
    seconds = arguments.seconds or SECONDS.get(what, USUAL_SECONDS)[FEEDERS.index(feeder)]
    if what != SCIP:
        work(Judge(bench, 0.5), 0)  # so that everything is compiled
    for seed in left:
        if time.process_time() > arguments.at_most:
            return
        judge = Judge(bench, seconds)
        work(judge, seed)
        run = Run(feeder, what, seed, thinned(judge.history, judge.spent_s))
        print(feeder, what, seed, f"{run.history[-1][1]:.2f} EUR, {run.seconds:.1f} s", flush=True)
        keep(run)


def keep(run: Run) -> None:
    """Among the others, in the place of one before."""
    name = (run.feeder, run.method, run.seed)
    write(RUNS, [*(other for other in read(RUNS) if (other.feeder, other.method, other.seed) != name), run])


def told(runs: list[Run]) -> None:
    """The table and the curves of what is kept."""
    rows, pictures = [HEAD], []
    for feeder in FEEDERS:
        bound = [run.history[-1][1] for run in runs if (run.feeder, run.method) == (feeder, BOUND)]
        of = {what: [run for run in runs if (run.feeder, run.method) == (feeder, what)] for what in METHODS}
        if any(of.values()):
            least = min(run.history[-1][1] for some in of.values() for run in some)
            rows += [row(feeder, what, of[what], least) for what in METHODS if of[what]]
            curves = {name: median_curve(of[what], least, LEAST_GAP) for what, name in DRAWN.items() if of[what]}
            (FOLDER / f"rivals-{feeder}.svg").write_text(steps(curves, *AXES), encoding="utf8")
            known = f"**{feeder}**, cheapest known {least:,.2f} EUR: {proved(least, bound)}"
            pictures.append(f"{known}\n\n![{feeder}](rivals-{feeder}.svg)")
    table("rivals", TITLE, rows, ("pymoo", "pyscipopt", "clarabel"), note="\n\n".join([NOTE, *pictures]))


def proved(least_eur: float, bound: list[float]) -> str:
    """What is proved about the cheapest schedule known."""
    if not bound:
        return "no lower bound here"
    left = 100.0 * (1.0 - bound[0] / least_eur)
    return "no schedule is cheaper" if left < EXACT_PERCENT else f"{left:.1f} % of it may be too much"


def row(feeder: str, what: str, runs: list[Run], least_eur: float) -> tuple[str, ...]:
    """One line of the table: gaps above a cost."""
    last = sorted(gap_percent(run.history[-1][1], least_eur) for run in runs)
    near = sorted(seconds_to(run, lambda eur: gap_percent(eur, least_eur) <= NEAR_PERCENT) for run in runs)
    middle = near[len(near) // 2]
    early = [gap_percent(sorted(run.eur(at_s) for run in runs)[len(runs) // 2], least_eur) for at_s in (1.0, 5.0)]
    return (
        f"{feeder}, {what}",
        str(len(runs)),
        f"{np.median([run.seconds for run in runs]):.1f}",
        *("-" if np.isinf(gap) else f"{gap:.2f}" for gap in early),
        *(f"{gap:.2f}" for gap in (last[0], last[len(last) // 2], last[-1])),
        "-" if np.isinf(middle) else f"{middle:.1f}",
    )


def main() -> None:
    """Do what is missing and tell what is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeders", default=",".join(FEEDERS))
    parser.add_argument("--methods", default=",".join((BOUND, *METHODS)))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--bound-seconds", type=float, default=120.0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--at-most", type=float, default=np.inf, help="processor seconds after which no run begins")
    arguments = parser.parse_args()
    wanted = [what for what in arguments.methods.split(",") if what not in NEEDS_PYMOO or HAS_PYMOO]
    for what in wanted:
        for feeder in arguments.feeders.split(","):
            measured(feeder, what, arguments)
    told(read(RUNS))


if __name__ == "__main__":
    main()
