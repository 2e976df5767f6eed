"""A radial start near the present state: judged by what it keeps, and by the way to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network import topology
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.planning.radial_start import radial_start
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)


@PROPERTY
@given(networks(max_buses=8, max_loops=4), st.sets(st.integers(0, 9), max_size=4))
def test_the_way_leads_to_a_radial_state_and_costs_nobody_supply(network: Network, opened: set[int]) -> None:
    network = network.with_(closed=np.array([line not in opened for line in range(network.n_lines)]))
    start, state = radial_start(network), network.closed.copy()
    for number, action in start.operations:
        supplied = set(topology.dead_buses(network, state))
        assert state[number - 1] == (action == "open")
        state[number - 1] = action == "close"
        assert set(topology.dead_buses(network, state)) <= supplied
    assert (state == start.network.closed).all()
    bundle = bundled(network)
    one = bundle.network
    assert topology.is_radial(one, state[[lines[0] for lines in bundle.members]])
    if topology.is_radial(one, one.closed):
        assert start.network is network
    if not topology.dead_buses(network, network.closed):
        assert {action for _, action in start.operations} <= {"open"}
    if topology.find_loop(one, one.closed) == ():
        assert {action for _, action in start.operations} <= {"close"}


def test_of_a_loop_the_line_with_the_least_current_is_opened_and_cables_stay() -> None:
    ring = "S1 2 r=0.4, 2 3 r=0.5, 3 4 r=0.6, 4 1 r=0.5, bus 2 p=900, bus 4 p=900, bus 3 p=100"
    assert radial_start(from_text(ring)).operations in (((2, "open"),), ((3, "open"),))
    cables = from_text(f"{ring}, 2 3 r=0.5, 3 4 r=0.6")
    opened = [number for number, _ in radial_start(cables).operations]
    assert sorted(opened) in ([2, 5], [3, 6])


def test_a_bus_that_nothing_can_supply_is_told() -> None:
    dark = from_text("S1 2, 2 3").with_(closed=np.array([True, False]), switchable=np.array([True, False]))
    with pytest.raises(TopologyError, match="buses 3"):
        radial_start(dark)


def test_loops_that_nothing_can_open_stay() -> None:
    start = radial_start(from_text("S1 2 fixed, 2 3 fixed, 3 1 fixed, 2 4, 4 5, 5 3, bus 5 p=100"))
    assert start.operations == ((4, "open"),) or start.operations == ((5, "open"),)
    assert start.network.closed[:3].all() and int((~start.network.closed).sum()) == 1
