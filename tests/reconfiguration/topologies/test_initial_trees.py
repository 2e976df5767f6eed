"""Trees that searches start from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import count_spanning_trees, is_radial
from p2pdnr.reconfiguration.topologies.initial_trees import shortest_ways, start
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=30)


@PROPERTY
@given(networks(), st.sets(st.integers(0, 9), max_size=4), st.integers(0, 3), st.integers(0, 99))
def test_every_start_is_radial_and_keeps_what_is_locked(
    network: Network, locked: set[int], number: int, seed: int
) -> None:
    switchable = np.array([line not in locked for line in range(network.n_lines)])
    network = network.with_(switchable=switchable)
    assume(count_spanning_trees(network) > 0)
    closed = start(network, number, seed)
    assert is_radial(network, closed)
    assert (closed == network.closed)[~switchable].all()


def test_the_initial_state_comes_first_and_short_ways_next() -> None:
    network = from_text("S1 2 r=1, 2 3 r=1, 3 4 r=1, 4 1 r=1 open, 2 4 r=5 open")
    np.testing.assert_array_equal(start(network, 0, 0), network.closed)
    assert start(network, 1, 0).tolist() == [True, True, False, True, False]
    meshed = network.with_(closed=np.ones(5, dtype=bool))
    np.testing.assert_array_equal(start(meshed, 0, 0), start(network, 1, 0))


def test_a_loop_that_is_closed_for_good_is_named() -> None:
    network = from_text("S1 2, 2 3, 3 1, 3 4").with_(switchable=np.array([False, False, False, True]))
    with pytest.raises(TopologyError, match="form a loop"):
        shortest_ways(network, network.r_pu)
