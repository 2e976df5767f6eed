"""The lower bound on the coupled problem: how far below the plan, and what it takes.

    PYTHONPATH=. python benchmarks/bench_bound.py [SCENARIO ...] [--mode hourly|static|fixed]

Every scenario is solved, bounded and the proof repeated from its prices alone, in every mode or the one given; the
default day takes a minute, `data/scenarios/ieee33-quiet.json` beside it another. The table states the gap as a share
of the sum of cost parts, pairs of a tree and an hour, programmes solved for single ones of them, and processor
seconds: of the plan, of the bound (ratio: to the plan), of the proof repeated. It goes to docs/benchmarks/bound.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks._tables import ratio, shown, table
from benchmarks._timing import Timed, timed
from p2pdnr.coordination.bound.certificate import LowerBound, lower_bound, repeated_eur
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.execution import LocalBackend
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario import assembly, document
from p2pdnr.study import warm_up

DEFAULT = Path(__file__).resolve().parent.parent / "data" / "scenarios" / "ieee33-solar.json"
MODES = ("hourly", "static", "fixed")
HEAD = ("day, mode", "plan EUR", "bound EUR", "gap", "pairs", "programmes", "prices kB", "plan CPU s", "bound CPU s",
        "ratio", "wall s", "repeated CPU s")  # fmt: skip


def main() -> None:
    """Solve, bound, repeat the proof."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path, nargs="*", default=[DEFAULT])
    parser.add_argument("--mode", choices=MODES)
    arguments = parser.parse_args()
    modes = [arguments.mode] if arguments.mode else list(MODES)
    warm_up()
    rows = [row for path in arguments.scenario for row in bounded(path, modes)]
    table("bound", "Lower bounds over all plans and schedules, by pricing what joins the hours", [HEAD, *rows],
          ("clarabel",))  # fmt: skip


def bounded(path: Path, modes: list[str]) -> list[list[str]]:
    """A row for every mode of a scenario."""
    scenario = document.load(path)
    network = assembly.build_network(scenario, path.parent)
    with LocalBackend(2) as backend:
        problem = build_problem(scenario, network, backend=backend)
        lower_bound(problem, None, "fixed", _plan(problem, None, "fixed"), Journal())  # compile
        trees = every_tree(problem)
        return [[f"{scenario.name}, {mode}", *_cells(problem, trees, mode)] for mode in modes]


def _cells(problem: CoordinationProblem, trees: TreeSet | None, mode: str) -> list[str]:
    solved = timed(lambda: _plan(problem, trees, mode))
    bound = timed(lambda: lower_bound(problem, trees, mode, solved.answer, Journal()))
    found = bound.answer
    if found.bound_eur is None:
        return list(shown([f"{solved.answer.total_eur:.2f}", found.text, *["-"] * (len(HEAD) - 3)]))
    again = timed(lambda: repeated_eur(problem, trees, mode, found.arrays))
    pairs = (1 if trees is None or mode == "fixed" else len(trees)) * problem.hours
    return list(shown([mode, *told(solved, bound, pairs), f"{again.cpu_s:.1f}"])[1:])


def told(solved: Timed[Dispatch], bound: Timed[LowerBound], pairs: int) -> list[str]:
    """What a plan and its bound are, and what they took."""
    plan_eur, bound_eur, arrays = solved.answer.total_eur, bound.answer.bound_eur, bound.answer.arrays
    assert bound_eur is not None
    gap = (plan_eur - bound_eur) / solved.answer.scale_eur
    kilobytes = sum(np.asarray(part).nbytes for part in arrays.values()) / 1e3
    cells = [f"{plan_eur:.2f}", f"{bound_eur:.2f}", f"{gap:.3%}", f"{pairs:,}", str(len(arrays["bound_tree"]))]
    seconds = [f"{solved.cpu_s:.1f}", f"{bound.cpu_s:.1f}", ratio(bound.cpu_s, solved.cpu_s), f"{bound.wall_s:.1f}"]
    return [*cells, f"{kilobytes:.0f}", *seconds]


def _plan(problem: CoordinationProblem, trees: TreeSet | None, mode: str) -> Dispatch:
    return plan(Context(problem), trees, mode)[mode]


if __name__ == "__main__":
    main()
