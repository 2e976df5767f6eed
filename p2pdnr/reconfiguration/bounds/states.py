"""The states of every chain, and a copy of its buses and lines for each of them.

A chain of k lines is in one of k + 2 states, in order of where the supply of its inner buses changes hands: 0, all of
it is fed from its last bus and so is its first; 1 to k, that line is open; k + 1, all of it is fed from its first bus
and so is its last. In a given state every flow inside runs in a known direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Ints, Network
from p2pdnr.reconfiguration.bounds.backbone import Backbone, Chain

ALWAYS = -1
"""State of what is there in every topology."""


@dataclass(frozen=True, eq=False)
class StateOrder:
    """The ``chain`` and the ``position`` in its order (Y,) of each state."""

    chain: Ints
    position: Ints


@dataclass(frozen=True, eq=False)
class States:
    """States, places and arcs of a network.

    A place is a bus, or the copy of a bus inside a chain in one state of that chain. An arc is a line that feeds
    ``head`` from ``tail`` in a state. Place number b < n is bus b itself.

    Attributes
    ----------
    chain, position : (Y,) of each state
    bus, owner : (places,) bus of a place and the state it belongs to, or :data:`ALWAYS`
    line, state, tail, head : (arcs,) ; ``state`` is :data:`ALWAYS` for bridges
    forward : (arcs,) whether the arc runs along the line's reference direction
    """

    chain: Ints
    position: Ints
    bus: Ints
    owner: Ints
    line: Ints
    state: Ints
    tail: Ints
    head: Ints
    forward: Bools

    @property
    def count(self) -> int:
        """Number of states."""
        return len(self.chain)

    @property
    def order(self) -> StateOrder:
        """Where each state stands."""
        return StateOrder(self.chain, self.position)


def states(network: Network, backbone: Backbone) -> States:
    """All states that occur in some radial topology, as far as one chain alone can tell."""
    found = [
        (number, position)
        for number, chain in enumerate(backbone.chains)
        for position in range(len(chain.lines) + 2)
        if _possible(network, backbone, chain, position)
    ]
    places: dict[tuple[int, int], int] = {(bus, ALWAYS): bus for bus in range(network.n_buses)}
    arcs = [(line, ALWAYS, tail, head, tail) for line, tail, head in backbone.bridges]
    for state, (number, position) in enumerate(found):
        arcs.extend(_arcs(backbone.chains[number], state, position, places))
    line, owner, tail, head, tail_bus = np.array(arcs, dtype=np.int64).reshape(-1, 5).T
    chain_of, position_of = np.array(found, dtype=np.int64).reshape(-1, 2).T
    bus_of, state_of = np.array(list(places), dtype=np.int64).T
    forward = network.from_bus[line] == tail_bus
    return States(chain_of, position_of, bus_of, state_of, line, owner, tail, head, forward)


def _possible(network: Network, backbone: Backbone, chain: Chain, position: int) -> bool:
    """Whether a state can occur: power never flows back into the head of a block, locked lines stay closed."""
    head = backbone.heads[chain.block]
    if position == 0:
        return bool(backbone.node[chain.buses[0]] != head)
    if position == len(chain.lines) + 1:
        return bool(backbone.node[chain.buses[-1]] != head)
    return bool(network.switchable[chain.lines[position - 1]])


def _arcs(
    chain: Chain, state: int, position: int, places: dict[tuple[int, int], int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """(line, state, tail, head, tail bus) of the closed lines of a chain in one state; new places are numbered."""
    last = len(chain.lines)

    def place(index: int) -> int:
        key = (chain.buses[index], ALWAYS if index in (0, last) else state)
        return places.setdefault(key, len(places))

    for index in range(position - 1):
        yield chain.lines[index], state, place(index), place(index + 1), chain.buses[index]
    for index in range(last - 1, position - 1, -1):
        yield chain.lines[index], state, place(index + 1), place(index), chain.buses[index + 1]
