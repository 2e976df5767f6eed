"""The order of switching after a fault, followed step by step."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import find_loop
from p2pdnr.reconfiguration.outages.energised import dead
from p2pdnr.reconfiguration.outages.restoration_order import restoration
from tests.random_networks import networks, spanning

RING = "S1 2, 2 3, 3 4, 4 5, 5 1 open, 2 5 open"


def closed_in(network: Network, *numbers: int) -> Bools:
    closed = np.zeros(network.n_lines, dtype=bool)
    closed[np.array(numbers, dtype=int) - 1] = True
    return closed


def test_a_tie_line_brings_supply_back_in_one_step() -> None:
    network = from_text(RING)
    assert restoration(network, closed_in(network, 1, 3, 4), closed_in(network, 1, 3, 4, 5)) == [(4, "close")]


def test_a_part_is_cut_off_before_supply_comes_back() -> None:
    network = from_text(RING)
    steps = restoration(network, closed_in(network, 1, 3, 4), closed_in(network, 1, 4, 5))
    assert steps == [(2, "open"), (4, "close")]


def test_whoever_has_supply_keeps_it_while_lines_change() -> None:
    network = from_text(RING)
    steps = restoration(network, closed_in(network, 1, 2, 3, 4), closed_in(network, 1, 2, 3, 5))
    assert steps == [(4, "close"), (3, "open")]


@settings(deadline=None)
@given(networks(max_buses=7, max_loops=4), st.integers(0, 2**16))
def test_nobody_loses_supply_on_the_way_who_has_it_at_both_ends(network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, goal = network.closed.copy(), spanning(network, rng.permutation(network.n_lines))
    goal &= rng.random(network.n_lines) < 0.8
    failed = int(rng.choice(np.flatnonzero(before)))
    before[failed] = goal[failed] = False
    both = ~dead(network, before) & ~dead(network, goal)
    closed, steps = before.copy(), restoration(network, before, goal)
    for line, act in steps:
        closed[line] = act == "close"
        assert not (dead(network, closed) & both).any()
        assert len({line for line, _ in steps}) == len(steps)
    assert (closed == goal).all()
    assert not find_loop(network, closed)
