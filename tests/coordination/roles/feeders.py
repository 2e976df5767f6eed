"""Small feeders with narrow limits, and every combination of injections on them."""

from __future__ import annotations

from itertools import product

import numpy as np

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.corners import Box, Feeder, Limits, limits_of
from p2pdnr.network.topology import orient
from tests.coordination.cases import grid, problem_of

Floats = np.ndarray


def tight_problem(seed: int, people: int, hours: int = 1) -> CoordinationProblem:
    """A random tree of ``people`` + 1 buses at 10 kV, somebody at every bus but the first, background everywhere;
    limits are near what goes on."""
    rng = np.random.default_rng(seed)
    ends = tuple((int(rng.integers(1, bus)), bus, True) for bus in range(2, people + 2))
    network = grid(ends, p_kw=float(rng.uniform(0.0, 60.0)))
    for line in network["lines"]:
        line |= {"r_ohm": float(rng.uniform(0.3, 3.0)), "x_ohm": float(rng.uniform(0.2, 2.0))}
        line |= {"limit_a": float(rng.uniform(15.0, 60.0))} if rng.random() < 0.7 else {}
    sizes = [(float(rng.uniform(0, 900)), float(rng.uniform(0, 700))) for _ in range(people)]
    scene = {
        "name": "tight",
        "network": {"source": network, "vm_min_pu": 0.97, "vm_max_pu": 1.03},
        "profiles": {"load": [1.0] * hours, "pv": [1.0] * hours},
        "tariff": {"buy_eur_per_kwh": [0.30] * hours, "sell_eur_per_kwh": [0.10] * hours},
        "market": {"partners": "all"},
        "prosumers": [
            {"id": f"P{k}", "bus": k + 2, "pv_kw": pv, "load_kw": load, "power_factor": 0.95}
            for k, (pv, load) in enumerate(sizes)
        ],
    }
    return problem_of(scene)


def feeder_of(problem: CoordinationProblem, hour: int = 0, closed: np.ndarray | None = None) -> Feeder:
    """One hour on a tree, the network's own if none is given."""
    network, operator = problem.network, problem.operator
    tree = orient(network, network.closed if closed is None else closed)
    return Feeder(network, tree, operator.load_kw[hour], operator.load_kvar[hour], problem.prosumer_bus)


def limits(problem: CoordinationProblem) -> Limits:
    return limits_of(problem.network)


def reach(problem: CoordinationProblem, hour: int = 0) -> Box:
    """Between the least and the most that everybody's devices could inject."""
    ends = np.array([item.reach_kw for item in problem.block.terms])[:, :, hour]
    return Box(ends[:, 0], ends[:, 1])


def every_corner(box: Box) -> Floats:
    """(2^K, K)"""
    return np.array(list(product(*zip(box.low_kw, box.high_kw, strict=True))))


def drawn(box: Box, count: int, seed: int) -> Floats:
    """(count, K) points drawn evenly."""
    share = np.random.default_rng(seed).random((count, len(box.low_kw)))
    return box.low_kw + share * (box.high_kw - box.low_kw)
