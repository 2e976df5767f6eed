"""Graph reduction: what it says about lines holds in every tree, and it loses none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.topologies.graph_reduction import free_binaries, reduce_network
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def radial_states(network: Network) -> list[np.ndarray]:
    """Every radial state (m,), found by trying all sets of open lines."""
    n_open = network.n_lines - network.n_buses + len(network.substations)
    states = []
    for opened in combinations(range(network.n_lines), n_open):
        closed = np.ones(network.n_lines, dtype=bool)
        closed[list(opened)] = False
        locked_right = (closed == network.closed) | network.switchable
        if locked_right.all() and is_radial(network, closed):
            states.append(closed)
    return states


@st.composite
def partly_locked(draw: st.DrawFn) -> Network:
    """A random network some of whose lines may not change state."""
    network = draw(networks(max_buses=6, max_loops=3))
    locked = draw(st.sets(st.integers(0, network.n_lines - 1), max_size=2))
    switchable = np.ones(network.n_lines, dtype=bool)
    switchable[list(locked)] = False
    return network.with_(switchable=switchable)


@pytest.mark.interpreted
@PROPERTY
@given(partly_locked())
def test_holds_in_every_tree(network: Network) -> None:
    reduction = reduce_network(network)
    states = np.array(radial_states(network))
    assert states[:, reduction.always_closed].all()
    assert not states[:, reduction.always_open].any()
    for chain in reduction.chains:
        assert ((~states[:, chain]).sum(axis=1) <= 1).all()
        # lines of a chain are alike: each of them is open in as many trees
        assert len(set((~states[:, chain]).sum(axis=0).tolist())) == 1
    parts = [reduction.always_closed, reduction.always_open, *reduction.chains]
    assert sorted(np.concatenate(parts).tolist()) == list(range(network.n_lines))


@pytest.mark.interpreted
@PROPERTY
@given(partly_locked())
def test_chains_are_as_long_as_they_can_be(network: Network) -> None:
    states = np.array(radial_states(network))
    chains = reduce_network(network).chains
    for one, other in combinations(range(len(chains)), 2):
        both_open = ~states[:, chains[one][0]] & ~states[:, chains[other][0]]
        assert both_open.any()


@pytest.mark.interpreted
@PROPERTY
@given(partly_locked())
def test_invert_undoes_choice(network: Network) -> None:
    reduction = reduce_network(network)
    for closed in radial_states(network):
        opened = np.flatnonzero(~closed)
        choice = reduction.choice(opened.tolist())
        assert len(choice) == reduction.n_loops
        np.testing.assert_array_equal(reduction.invert(choice), opened)


def test_the_33_bus_feeder(network33: Network) -> None:
    reduction = reduce_network(network33)
    assert (reduction.always_closed + 1).tolist() == [1]
    assert reduction.n_loops == 5
    assert [(chain + 1).tolist() for chain in reduction.chains[:3]] == [[2, 18, 19, 20], [3, 4, 5], [6, 7]]
    assert (reduction.binaries_before, reduction.binaries_after) == (37, 36)
    assert len(reduction.chains) == 12


def test_dangling_lines_and_parallel_lines() -> None:
    reduction = reduce_network(from_text("S1 2, 2 3, 3 4, 3 4 open, 4 5"))
    assert [chain.tolist() for chain in reduction.chains] == [[2, 3]]
    assert reduction.always_closed.tolist() == [0, 1, 4]


def test_a_bus_that_nothing_can_supply_is_named() -> None:
    network = from_text("S1 2, 2 3").with_(closed=np.array([True, False]), switchable=np.array([True, False]))
    with pytest.raises(TopologyError, match="3"):
        reduce_network(network)


def test_free_binaries_counts_lines_that_still_differ() -> None:
    trees = np.array([[0, 4], [1, 4], [0, 3]])
    kept = np.array([[True, True, False, True], [True, False, False, True], [False, False, True, True]])
    assert free_binaries(trees, kept) == 2 + 0 + 0 + 4
    assert free_binaries(np.zeros((1, 0), dtype=np.int64), np.ones((1, 3), dtype=bool)) == 0
