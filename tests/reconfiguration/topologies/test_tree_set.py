"""Enumeration of radial topologies against trying all sets of open lines and against Kirchhoff's count."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import SolverError, TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import count_spanning_trees, is_radial
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, pool
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def every_radial_set(network: Network) -> list[list[int]]:
    """Open lines of every radial state, in lexicographic order, found by trying all sets."""
    n_open = network.n_lines - network.n_buses + len(network.substations)
    found = []
    for opened in combinations(range(network.n_lines), n_open):
        closed = np.ones(network.n_lines, dtype=bool)
        closed[list(opened)] = False
        if ((closed == network.closed) | network.switchable).all() and is_radial(network, closed):
            found.append(list(opened))
    return found


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=7, max_loops=4), st.sets(st.integers(0, 9), max_size=2))
def test_enumerates_exactly_the_radial_topologies(network: Network, locked: set[int]) -> None:
    switchable = np.array([line not in locked for line in range(network.n_lines)])
    network = network.with_(switchable=switchable)
    trees = all_trees(network)
    assert trees.open_lines.tolist() == every_radial_set(network)
    assert len(trees) == count_spanning_trees(network)
    assert trees.complete


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=6, max_loops=4))
def test_trees_share_a_bucket_when_they_are_one_exchange_apart(network: Network) -> None:
    trees = all_trees(network)
    sets = [set(row) for row in trees.open_lines.tolist()]
    buckets = [set(row) for row in trees.buckets.bucket.tolist()]
    for one, other in combinations(range(len(trees)), 2):
        assert bool(buckets[one] & buckets[other]) == (len(sets[one] - sets[other]) == 1)
    assert trees.buckets.size == len({bucket for row in buckets for bucket in row})


def test_the_33_bus_feeder_has_50751_radial_topologies(network33: Network) -> None:
    trees = all_trees(network33)
    assert len(trees) == 50751
    assert len(np.unique(trees.open_lines, axis=0)) == 50751
    assert trees.open_lines[trees.find(network33.closed)].tolist() == [32, 33, 34, 35, 36]
    for index in range(0, 50751, 997):
        assert is_radial(network33, trees.closed(index))


@pytest.mark.interpreted
def test_a_network_without_loops_has_one_topology() -> None:
    network = from_text("S1 2, 2 3")
    trees = all_trees(network)
    assert trees.open_lines.shape == (1, 0)
    assert trees.closed(0).all()
    assert trees.find(np.ones(2, dtype=bool)) == 0


@pytest.mark.interpreted
def test_lines_between_substations_stay_open() -> None:
    trees = all_trees(from_text("S1 2, S3 2 open, 1 3 open"))
    assert trees.open_lines.tolist() == [[0, 2], [1, 2]]


def test_a_loop_that_is_closed_for_good_is_named() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, 3 4, 4 3 open")
    with pytest.raises(TopologyError, match="form a loop"):
        all_trees(network.with_(closed=np.ones(5, dtype=bool), switchable=np.array([False, False, False, True, True])))


def test_too_many_topologies_are_refused_before_the_work(network33: Network) -> None:
    with pytest.raises(SolverError, match="50751"):
        all_trees(network33, most=50_000)


def test_a_pool_keeps_its_order_and_drops_duplicates() -> None:
    network = from_text("S1 2, 2 3, 3 4, 4 1 open")
    trees = pool(network, [[3], [0], [3], [2]])
    assert trees.open_lines.tolist() == [[3], [0], [2]]
    assert not trees.complete
    with pytest.raises(KeyError, match="2"):
        trees.find(np.array([True, False, True, True]))


def test_a_pool_refuses_what_is_not_radial() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, 3 4, 4 2 open")
    with pytest.raises(TopologyError):
        pool(network, [[2, 4], [0, 2]])
    with pytest.raises(TopologyError):
        pool(network, [[2]])


@PROPERTY
@given(networks(), st.integers(0, 1000))
def test_every_tree_of_a_schedule_is_found_in_order_or_out_of_it(network: Network, seed: int) -> None:
    """By bisection where the set is complete and sorted, row by row in a shuffled pool."""
    trees = all_trees(network)
    order = np.random.default_rng(seed).permutation(len(trees))[:6]
    schedule = np.array([trees.closed(int(index)) for index in order])
    assert trees.places(schedule).tolist() == order.tolist()
    assert trees.subset(order).places(schedule[::-1]).tolist() == list(range(len(order)))[::-1]


def test_find_refuses_states_of_another_number_of_open_lines() -> None:
    trees = TreeSet(np.array([[0], [1]], dtype=np.int32), 2, complete=False)
    with pytest.raises(KeyError):
        trees.find(np.array([False, False]))
