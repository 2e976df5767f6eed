"""Distances between trees: buckets of a complete set against all pairs, and pairs against the lines that differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.schedule.transition_cost import distances, moves
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees
from tests.random_networks import networks
from tests.reconfiguration.schedule.brute_force import PROPERTY


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 3), st.integers(0, 2**16))
def test_buckets_give_the_distances_of_all_pairs(network: Network, most: int, seed: int) -> None:
    trees = all_trees(network)
    assume(len(trees) <= 120)
    rng = np.random.default_rng(seed)
    price, value = rng.uniform(0.0, 1.0, network.n_lines), rng.uniform(0.0, 3.0, len(trees))
    value[rng.random(len(trees)) < 0.4] = np.inf
    pairs = moves(TreeSet(trees.open_lines, trees.n_lines, complete=False), price)
    np.testing.assert_allclose(moves(trees, price).reach(value, most), pairs.reach(value, most))


def test_an_exchange_costs_the_line_that_closes_and_the_one_that_opens() -> None:
    trees = all_trees(from_text("S1 2, 2 3, 3 4, 4 1 open"))
    price = np.array([1.0, 2.0, 4.0, 8.0])
    cost_eur, exchanges = distances(trees, trees.closed(trees.find(np.array([True, True, True, False]))), price)
    expected = {0: 9.0, 1: 10.0, 2: 12.0, 3: 0.0}
    opened = trees.open_lines[:, 0].tolist()
    assert cost_eur.tolist() == [expected[line] for line in opened]
    assert exchanges.tolist() == [int(line != 3) for line in opened]


def test_within_no_exchange_nothing_is_reached_but_what_is_there() -> None:
    trees = all_trees(from_text("S1 2, 2 3, 3 1 open"))
    value = np.array([3.0, np.inf, 1.0])
    for some in (trees, TreeSet(trees.open_lines, trees.n_lines, complete=False)):
        there = moves(some, np.ones(3))
        assert there.reach(value, 0).tolist() == value.tolist()
        assert there.reach(value, 1).tolist() == [3.0, 3.0, 1.0]
        assert there.diameter == 1
