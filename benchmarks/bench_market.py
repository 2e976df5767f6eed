"""How the negotiation grows with the market: seconds and bytes per turn, turns, memory, and what surrounds it.

Synthetic days on the 33-bus feeder, fixed topology, as `solve --tolerance 0.1%` negotiates. The centralised optimum
stands beside it as the peer: one cone programme that knows everybody's data. The default takes two minutes, `--sizes
10000 --central` (no peer) ten. The table goes to docs/benchmarks/market.md; memory is the peak of the process so far.

Usage: PYTHONPATH=. python benchmarks/bench_market.py [--sizes 100 300 1000] [--central 100 300 1000] [--seed 1]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks._tables import ratio, shown, table
from benchmarks._timing import Timed, timed
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.optimality import central, duality
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.execution import LocalBackend
from p2pdnr.network import readers
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.synthetic import synthetic
from p2pdnr.study import SHARE_BETTERED

SHARE = SHARE_BETTERED * 1e-3
NETWORK = "case33bw"
HEAD = ("prosumers", "pairs", "turns", "wall s", "CPU s", "ms a turn", "us a pair", "MB a turn", "peak MB", "gap <=",
        "one programme, CPU s", "ratio", "peak MB", "gap to it")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Negotiated:
    """Where the negotiation of a problem ended, after how many turns and seconds, and megabytes that crossed a turn."""

    problem: CoordinationProblem
    run: Timed[Agreement]
    turns: int
    mb_a_turn: float

    def cells(self) -> list[str]:
        """Its figures."""
        pairs, cpu_s = self.problem.trades.n_pairs, self.run.cpu_s
        turns = f"{self.turns}" + ("" if self.run.answer.converged else ", stopped")
        each = [f"{1e3 * cpu_s / self.turns:.1f}", f"{1e6 * cpu_s / self.turns / max(pairs, 1):.1f}"]
        return [str(pairs), turns, f"{self.run.wall_s:.1f}", f"{cpu_s:.1f}", *each, f"{self.mb_a_turn:.2f}"]


def negotiated(size: int, seed: int) -> Negotiated:
    """Negotiate a synthetic day."""
    scenario = synthetic(readers.read(NETWORK, None), NETWORK, size, seed)
    with LocalBackend(2) as backend:
        problem = build_problem(scenario, build_network(scenario), backend=backend)
        alone = problem.block.respond(problem.block.no_pull(), trading=False)
        rules = AdmmSettings(primal_kw=SHARE * float(np.abs(alone.injection_kw).max()))
        start, turns, closed = iterations.opening(problem, rules), [0], schedule(problem)

        def count(_: Agreement) -> None:
            turns[0] += 1

        run = timed(lambda: iterations.negotiate(problem, closed, start, rules, count))
        return Negotiated(problem, run, turns[0], problem.blocks.traffic.bytes / turns[0] / 1e6)


def schedule(problem: CoordinationProblem) -> np.ndarray:
    """The initial topology in every hour."""
    return np.tile(problem.network.closed, (problem.hours, 1))


def row(size: int, seed: int, with_central: bool) -> Sequence[str]:
    """Measure one size, and the peer."""
    found = negotiated(size, seed)
    problem, closed = found.problem, schedule(found.problem)
    plan = dispatch(problem, closed, found.run.answer)
    charge = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T
    least = duality.bound(problem, closed, found.run.answer.trading.price_eur_per_kw, charge).total_eur
    cells = [f"{size:,}", *found.cells(), f"{peak_mb():.0f}", f"{(plan.total_eur - least) / plan.scale_eur:.0e}"]
    return shown([*cells, *(programme(problem, plan, found.run.cpu_s) if with_central else ["-"] * 4)])


def programme(problem: CoordinationProblem, plan: Dispatch, cpu_s: float) -> list[str]:
    """The peer's seconds, their ratio to ours, memory, and how far the plan is above it."""
    optimum = timed(lambda: central.solve_problem(problem, plan.closed))
    gap = (plan.total_eur - optimum.answer.objective_eur) / plan.scale_eur
    return [f"{optimum.cpu_s:.1f}", ratio(optimum.cpu_s, cpu_s), f"{peak_mb():.0f}", f"{gap:.0e}"]


def peak_mb() -> float:
    """The most memory this process has held, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument(
        "--central", type=int, nargs="*", default=[100, 300, 1000], help="sizes with the peer beside them"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    negotiated(15, arguments.seed)  # compiles, and is not counted
    rows: list[Sequence[str]] = [HEAD]
    for size in arguments.sizes:
        rows.append(row(size, arguments.seed, size in arguments.central))
    title = f"Markets that grow, {NETWORK}, initial topology, 24 hours: negotiated to {SHARE:.3%} of the largest power,"
    table("market", f"{title} and solved as one cone programme to {central.TOLERANCE:.0e}", rows, ("clarabel",))


if __name__ == "__main__":
    main()
