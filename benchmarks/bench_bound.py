"""The lower bound on the coupled problem: how far below the plan, and what it takes.

    PYTHONPATH=. python benchmarks/bench_bound.py [SCENARIO] [--mode hourly|static|fixed]

One line per step: seconds of wall time and of all cores, pairs of a tree and an hour bounded by weight of a power flow
alone, pairs with a programme of their own, the bound and the gap.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from p2pdnr.coordination import convex
from p2pdnr.coordination.agreement import Rules
from p2pdnr.coordination.bound.certificate import LowerBound, lower_bound, repeated_eur
from p2pdnr.coordination.dispatch import Dispatch
from p2pdnr.coordination.journal import Journal
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.outlook import every_tree
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.execution import LocalBackend
from p2pdnr.reconfiguration.search import TreeSet
from p2pdnr.scenario import assembly, document
from p2pdnr.study import warm_up

Answer = TypeVar("Answer")

DEFAULT = Path(__file__).resolve().parent.parent / "data" / "scenarios" / "ieee33-solar.json"


def main() -> None:
    """Solve, bound, repeat the proof."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), default="hourly")
    arguments = parser.parse_args()
    scenario = document.load(arguments.scenario)
    network = assembly.build_network(scenario, arguments.scenario.parent)
    warm_up()
    with LocalBackend(2) as backend:
        problem = build_problem(scenario, network, backend=backend)
        lower_bound(problem, None, "fixed", _plan(problem, None, "fixed"), Journal())  # compile
        trees = every_tree(problem)
        solved = _plan(problem, trees, arguments.mode)
        bound = _measured("bound", lambda: lower_bound(problem, trees, arguments.mode, solved, Journal()))
        _tell(problem, trees, solved, bound)
        if bound.bound_eur is not None:
            again = _measured("repeated", lambda: repeated_eur(problem, trees, arguments.mode, bound.arrays))
            print(f"repeated from the stored prices: {again:.4f} EUR")


def _plan(problem: Problem, trees: TreeSet | None, mode: str) -> Dispatch:
    rules = Rules()
    return plan(problem, trees, mode, convex.opening(problem, rules), rules, Journal())[mode]


def _measured(label: str, work: Callable[[], Answer]) -> Answer:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    print(f"{label}: {time.perf_counter() - wall:.2f} s, {time.process_time() - cpu:.2f} s of all cores")
    return answer


def _tell(problem: Problem, trees: TreeSet | None, solved: Dispatch, bound: LowerBound) -> None:
    if bound.bound_eur is None:
        print(bound.text)
        return
    pairs = (1 if trees is None else len(trees)) * problem.hours
    own = len(bound.arrays["bound_tree"])
    kilobytes = sum(np.asarray(part).nbytes for part in bound.arrays.values()) / 1e3
    gap = (solved.total_eur - bound.bound_eur) / solved.scale_eur
    print(f"{pairs:,} pairs of a tree and an hour, {own} with a programme of their own; {kilobytes:.0f} kB of prices")
    print(f"plan {solved.total_eur:.3f} EUR, bound {bound.bound_eur:.3f} EUR, gap {gap:.4%} of the sum of cost parts")


if __name__ == "__main__":
    main()
