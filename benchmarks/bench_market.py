"""How the negotiation grows with the market: seconds and bytes per turn, turns, memory, and what surrounds it.

Synthetic days on the 33-bus feeder, fixed topology, as `solve --tolerance 0.1%` negotiates. The centralised optimum
stands beside it as the peer: one cone programme that knows everybody's data.

Usage: python benchmarks/bench_market.py [--sizes 100 300 1000] [--central 100 300 1000] (10000 takes 10 minutes)
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from p2pdnr.coordination import central, convex, duality
from p2pdnr.coordination.agreement import Agreement, Rules
from p2pdnr.coordination.dispatch import dispatch
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.execution import LocalBackend
from p2pdnr.network import readers
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.synthetic import synthetic
from p2pdnr.study import SHARE_BETTERED

SHARE = SHARE_BETTERED * 1e-3
NETWORK = "case33bw"
HEAD = ("prosumers", "pairs", "turns", "s", "cpu s", "ms/turn", "us/pair", "MB/turn", "peak MB", "gap <=")


def negotiated(problem: Problem) -> tuple[Agreement, int, float, float]:
    """Where the negotiation ended, its turns, wall and processor seconds."""
    alone = problem.block.respond(problem.block.no_pull(), trading=False)
    rules = Rules(primal_kw=SHARE * float(np.abs(alone.injection_kw).max()))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    turns: list[float] = []
    wall, cpu = time.perf_counter(), time.process_time()
    start = convex.opening(problem, rules)
    state = convex.negotiate(problem, closed, start, rules, lambda item: turns.append(item.primal_kw))
    return state, len(turns), time.perf_counter() - wall, time.process_time() - cpu


def row(size: int, seed: int, with_central: bool) -> None:
    """Measure one size and print its line, and the peer's."""
    scenario = synthetic(readers.read(NETWORK, None), NETWORK, size, seed)
    with LocalBackend(2) as backend:
        problem = build_problem(scenario, build_network(scenario), backend=backend)
        state, turns, wall, cpu = negotiated(problem)
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    plan = dispatch(problem, closed, state)
    charge = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T
    least = duality.bound(problem, closed, state.trading.price_eur, charge).total_eur
    pairs, crossed = problem.trades.n_pairs, problem.blocks.traffic.bytes / turns / 1e6
    figures = f"{size:9} {pairs:9} {turns:9} {wall:9.1f} {cpu:9.1f} {1e3 * cpu / turns:9.1f} "
    figures += f"{1e6 * cpu / turns / max(pairs, 1):9.1f} {crossed:9.2f} {peak_mb():9.0f}"
    print(
        f"{figures} {(plan.total_eur - least) / plan.scale_eur:9.1e}{'' if state.converged else '  stopped'}",
        flush=True,
    )
    if with_central:
        started = time.process_time()
        optimum = central.solve_problem(replace(problem), closed)
        apart = (plan.total_eur - optimum.objective_eur) / plan.scale_eur
        print(f"{'centralised':>19} {'':19} {time.process_time() - started:9.1f} {'':39} {apart:9.1e}", flush=True)


def peak_mb() -> float:
    """The most memory this process has held, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument(
        "--central", type=int, nargs="*", default=[100, 300, 1000], help="sizes with the peer beside them"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    row(15, arguments.seed, False)  # compiles, and is not counted
    print(" ".join(f"{name:>9}" for name in HEAD))
    for size in arguments.sizes:
        row(size, arguments.seed, size in arguments.central)


if __name__ == "__main__":
    main()
