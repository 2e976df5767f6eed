"""Switching from tree to tree without islanding anyone and with at most one closed loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial, unreachable_buses
from p2pdnr.reconfiguration.topologies.switching_sequence import operations
from tests.random_networks import networks, spanning

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def supplied(network: Network, closed: np.ndarray) -> bool:
    """Whether the closed lines alone reach every bus."""
    return not unreachable_buses(network.with_(closed=closed, switchable=np.zeros(network.n_lines, dtype=bool)))


@PROPERTY
@given(networks(max_buses=10, max_loops=6), st.integers(0, 2**16))
def test_never_islands_anyone_nor_closes_two_loops(network: Network, seed: int) -> None:
    before = network.closed
    after = spanning(network, np.random.default_rng(seed).permutation(network.n_lines))
    order = operations(network, before, after)
    closed, tree_size = before.copy(), int(before.sum())
    for step, (line, action) in enumerate(order):
        assert closed[line] == (action == "open")
        closed[line] = action == "close"
        assert supplied(network, closed)
        assert closed.sum() - tree_size == (step + 1) % 2
    np.testing.assert_array_equal(closed, after)
    lines = [line for line, _ in order]
    assert sorted(lines) == np.flatnonzero(before != after).tolist()
    assert [action for _, action in order] == ["close", "open"] * (len(order) // 2)


def test_opens_the_nearest_line_of_the_loop() -> None:
    network = from_text("S1 2, 2 3, 3 4, 4 5, 5 1 open")
    after = np.array([True, True, True, False, True])
    assert operations(network, network.closed, after) == [(4, "close"), (3, "open")]


def test_a_loop_may_run_from_substation_to_substation() -> None:
    network = from_text("S1 2, 2 3, S4 3 open")
    assert operations(network, network.closed, np.array([True, False, True])) == [(2, "close"), (1, "open")]


def test_states_that_are_no_trees_are_refused() -> None:
    network = from_text("S1 2, 2 3, 3 1 open")
    with pytest.raises(TopologyError):
        operations(network, network.closed, np.ones(3, dtype=bool))
    assert is_radial(network, network.closed)
