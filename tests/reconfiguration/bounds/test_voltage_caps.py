"""Caps on voltages against the power flow of every topology, and least arrivals against every set of buses."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.readers import from_text, read
from p2pdnr.reconfiguration.bounds.backbone import backbone
from p2pdnr.reconfiguration.bounds.grid import Assumptions, scaled
from p2pdnr.reconfiguration.bounds.voltage_caps import Block, Step, highest_v2, least_arrivals
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.verification.judge import judge
from tests.random_networks import earthed, networks

PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)
MOST_TREES = 5


def caps(network: Network) -> Floats:
    base = network.base_kw
    drawn = network.p_kw / base, network.q_kvar / base
    return highest_v2(network, backbone(network), drawn, (network.r_pu, network.x_pu))


def voltages(network: Network) -> Floats:
    """(k, n) squared voltages of some topologies, by pandapower."""
    trees = all_trees(network)
    closed = np.array([trees.closed(row) for row in range(0, len(trees), max(1, len(trees) // MOST_TREES))])
    found = judge(network, closed, *(np.tile(values, (len(closed), 1)) for values in (network.p_kw, network.q_kvar)))
    return np.asarray(found.vm_pu[~found.unsolved] ** 2)


@PROPERTY
@given(networks(max_buses=8, max_loops=4))
def test_no_topology_has_a_higher_voltage(network: Network) -> None:
    assert (voltages(network) <= caps(network) + 1e-9).all()


@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 2**16))
def test_ratios_and_what_stands_to_earth_count(network: Network, seed: int) -> None:
    network = earthed(network, seed)
    grid = scaled(network, network.p_kw, network.q_kvar, Assumptions(1e6))
    assert (voltages(network) <= grid.highest + 1e-9).all()


def test_along_one_path_only_losses_are_left_out() -> None:
    network = from_text("S1 2, 2 3, 3 4")
    network = network.with_(p_kw=np.array([0.0, 30.0, -80.0, 20.0]), q_kvar=np.array([0.0, 5.0, 5.0, 5.0]))
    r, x, p, q = network.r_pu, network.x_pu, network.p_kw / network.base_kw, network.q_kvar / network.base_kw
    behind = [values[::-1].cumsum()[::-1][1:] for values in (p, q)]
    expected = network.substation_vm_pu[0] ** 2 - 2.0 * np.cumsum(r * behind[0] + x * behind[1])
    # where the line to bus 3 raises the voltage, its rise counts for every bus of its block, which is the line alone
    assert caps(network)[1:] == pytest.approx(expected, abs=1e-12)


def test_a_feeder_without_injections_falls_from_the_substation_on() -> None:
    network = read("case33bw", None)
    highest = caps(network)
    assert highest.max() == highest[0] == 1.0
    assert (highest[1:] < 1.0).all() and highest.min() < 0.985


def block_of(edges: list[tuple[int, int]]) -> Block:
    leaving: dict[int, list[Step]] = {}
    for line, (one, other) in enumerate(edges):
        for tail, head in ((one, other), (other, one)):
            if head != 0:
                leaving.setdefault(tail, []).append(Step(line, tail, head))
    return Block(0, leaving)


def connected(edges: list[tuple[int, int]], chosen: set[int]) -> bool:
    reached, waiting = {min(chosen)}, [min(chosen)]
    while waiting:
        node = waiting.pop()
        for one, other in edges:
            for near, far in ((one, other), (other, one)):
                if near == node and far in chosen and far not in reached:
                    reached.add(far)
                    waiting.append(far)
    return reached == chosen


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(3, 7), st.integers(0, 2**16), st.booleans())
def test_no_set_of_buses_that_hang_together_draws_less(count: int, seed: int, single: bool) -> None:
    rng = np.random.default_rng(seed)
    edges = [(int(rng.integers(0, node)), node) for node in range(1, count)]
    edges += [(one, other) for one, other in combinations(range(count), 2) if rng.random() < 0.25]
    behind = rng.uniform(0.0, 1.0, count)
    sources = [int(rng.integers(1, count))] if single else np.flatnonzero(rng.random(count) < 0.4).tolist()
    behind[sources] = -rng.uniform(0.0, 3.0, len(sources))
    least = least_arrivals(block_of(edges), behind)
    for node in range(1, count):
        others = [other for other in range(1, count) if other != node]
        sets = [{node, *some} for size in range(count - 1) for some in combinations(others, size)]
        draws = [float(behind[list(some)].sum()) for some in sets if connected(edges, some)]
        assert least[node] <= min(draws) + 1e-12
        if single:
            assert least[node] == pytest.approx(min(draws), abs=1e-12)
