"""Many prosumers: a whole `solve` with all certificates by number of prosumers, on threads and on a Dask cluster.

Synthetic days on the 33-bus feeder, initial topology, as `solve --mode fixed --tolerance 0.1%` does it; each size in a
process of its own, whose peak memory is told. Rows that are kept from earlier runs stay, so that large sizes can be
measured alone. With ``--dask 2`` the prosumers live on so many worker processes: seconds and bytes of a turn beside
those on threads; CPU seconds are those of the coordinating process then. The table goes to docs/benchmarks/scaling.md.
With ``--turns 5`` so many turns of the negotiation alone, after two that do not count, for sizes whose whole solve is
too long for it; that table goes to docs/benchmarks/turns.md.

    PYTHONPATH=. python benchmarks/bench_scaling.py [--sizes 300 1000] [--dask WORKERS] [--turns COUNT]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks._tables import kept_rows, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.problem import build_problem
from p2pdnr.execution import Backend, DaskBackend, LocalBackend
from p2pdnr.network import readers
from p2pdnr.results.claims import HOLDS
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.synthetic import synthetic

NETWORK, SHARE, SEED = "case33bw", 1e-3, 1
TITLE = "A whole solve by number of prosumers: 24 h, 33 buses, initial topology, tolerance 0.1 %"
HEAD = ("prosumers", "where", "pairs", "turns", "CPU s", "wall s", "ms a turn, wall", "MB a turn", "peak MB", "gap",
        "regret EUR", "its limit", "certificates that hold")  # fmt: skip

WARM_TURNS = 2
TURNS_TITLE = "Turns of a negotiation by number of prosumers: 24 h, 33 buses, initial topology"
TURNS_HEAD = ("prosumers", "where", "pairs", "turns", "CPU s a turn", "wall s a turn", "MB a turn", "peak MB")


def measured(size: int, workers: int) -> list[str]:
    """One row: solved in this process, on ``workers`` processes of a Dask cluster where there are some."""
    scenario = synthetic(readers.read(NETWORK, None), NETWORK, size, SEED)
    how = study.Options(mode="fixed", tolerance_share=SHARE)
    study.warm_up()
    with _backend(workers) as backend:
        run = timed(lambda: study.run(scenario, how, backend=backend))
    return [f"{size:,}", _where(workers), *_cells(run.answer, run.cpu_s, run.wall_s)]


def of_turns(size: int, workers: int, count: int) -> list[str]:
    """One row of some turns, in this process or on a Dask cluster."""
    scenario = synthetic(readers.read(NETWORK, None), NETWORK, size, SEED)
    study.warm_up()
    with _backend(workers) as backend:
        problem = build_problem(scenario, build_network(scenario), backend=backend)
        closed, rules = np.tile(problem.network.closed, (problem.hours, 1)), AdmmSettings(max_iterations=WARM_TURNS)
        state = iterations.negotiate(problem, closed, iterations.opening(problem, rules), rules)
        before, rules = problem.blocks.traffic, replace(rules, max_iterations=count)
        run = timed(lambda: iterations.negotiate(problem, closed, state, rules))
        crossed = problem.blocks.traffic.bytes - before.bytes
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = [
        f"{run.cpu_s / count:.2f}",
        f"{run.wall_s / count:.2f}",
        f"{crossed / count / 1e6:.1f}",
        f"{peak_mb:.0f}",
    ]
    return [f"{size:,}", _where(workers), f"{problem.trades.n_pairs:,}", f"{count}", *figures]


def _where(workers: int) -> str:
    return f"Dask, {workers} processes" if workers else f"{study.WORKERS} threads"


def _backend(workers: int) -> AbstractContextManager[Backend]:
    return DaskBackend(workers=workers) if workers else LocalBackend(study.WORKERS)


def _cells(result: StudyResult, cpu_s: float, wall_s: float) -> list[str]:
    """The figures of a solve."""
    told = result.summary
    turns, claims = told["iterations"], told["certificates"]
    asked = [claim for claim in claims.values() if claim["state"]]
    holds = sum(claim["state"] == HOLDS for claim in asked)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        f"{len(result.tables.partners):,}", f"{turns}", f"{cpu_s:.1f}", f"{wall_s:.1f}",
        f"{1e3 * told['seconds']['convex'] / turns:.0f}", f"{told['bytes'] / turns / 1e6:.1f}", f"{peak_mb:.0f}",
        f"{claims['gap_central']['value']:.0e}", f"{claims['regret']['value']:.4f}", f"{claims['regret']['limit']:.4f}",
        f"{holds} of {len(asked)}",
    ]  # fmt: skip


def apart(size: int, workers: int, turns: int = 0) -> list[str]:
    """The row, measured in a process of its own."""
    command = [sys.executable, __file__, "--one", str(size), "--dask", str(workers), "--turns", str(turns)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    row: list[str] = json.loads(told.stdout.splitlines()[-1])
    return row


def joined(rows: Sequence[Sequence[str]], fresh: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Kept rows and new ones, which take the place of old ones, by size."""
    every = {tuple(row[:2]): row for row in [*rows, *fresh]}
    return sorted(every.values(), key=lambda row: (int(row[0].replace(",", "")), row[1]))


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--dask", type=int, default=0, metavar="WORKERS")
    parser.add_argument("--turns", type=int, default=0, metavar="COUNT")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        row = of_turns(options.one, options.dask, options.turns) if options.turns else None
        print(json.dumps(row or measured(options.one, options.dask)))
        return
    name, title, head = ("turns", TURNS_TITLE, TURNS_HEAD) if options.turns else ("scaling", TITLE, HEAD)
    for size in options.sizes:
        row = apart(size, options.dask, options.turns)
        table(name, title, [head, *joined(kept_rows(name, title), [row])])


if __name__ == "__main__":
    main()
