"""Loops and buses without supply, as they are told."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.readers import from_text
from p2pdnr.network.state import MOST_LOOPS, state_of


def test_a_radial_state() -> None:
    assert state_of(from_text("S1 2, 2 3, 1 3 open")).is_radial


def test_loops_and_what_opens_them() -> None:
    state = state_of(from_text("S1 2 fixed, 2 3, 3 1, 3 4 fixed, 4 1 fixed"))
    assert state.n_loops == 2 and not state.dark
    assert {frozenset(loop.can_open) for loop in state.loops} <= {frozenset("23"), frozenset("3"), frozenset("2")}


def test_a_part_without_supply_and_a_loop_in_it() -> None:
    state = state_of(from_text("S1 2, 2 3 open, 3 4, 4 5, 5 3, 5 6 open fixed, 6 1"))
    assert state.dark == ("3", "4", "5") and state.can_supply == ("2",) and state.n_loops == 1


def test_many_loops_are_counted() -> None:
    chords = ", ".join(f"1 {bus}" for bus in range(3, 30))
    network = from_text(f"S1 2, {', '.join(f'{bus} {bus + 1}' for bus in range(2, 29))}, {chords}")
    state = state_of(network)
    assert len(state.loops) == MOST_LOOPS
    assert state.n_loops == int(np.sum(network.closed)) - network.n_buses + 1
