"""Where searches start: radial topologies that feed every bus over a short electrical path.

The tree of shortest paths from the substations, in resistance, is rarely far from a good topology and hardly ever
beyond voltage collapse, which a spanning tree drawn at random on a large feeder usually is. Resistances multiplied by
random factors give other trees of the same kind.
"""

from __future__ import annotations

import heapq

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import find_loop, is_radial, no_tree, spanning_tree, unreachable_buses

SPREAD = 0.5
"""Standard deviation of the logarithm of the random factors."""


def start(network: Network, number: int, seed: int) -> Bools:
    """(m,) closed lines of the ``number``-th start: the initial state where that is radial, the tree of shortest ways,
    then random ones.

    Raises :class:`TopologyError` when a bus cannot be supplied, or when lines closed for good form a loop.
    """
    radial = is_radial(network, network.closed)
    if radial and number == 0:
        return network.closed.copy()
    if dark := unreachable_buses(network):
        raise no_tree(network, dark=dark)
    factor = np.ones(network.n_lines)
    if number > int(radial):
        factor = np.exp(SPREAD * np.random.default_rng([seed, number]).standard_normal(network.n_lines))
    return shortest_ways(network, factor * np.maximum(network.r_pu, 1e-9))


def shortest_ways(network: Network, length: Floats) -> Bools:
    """(m,) a radial topology close to the tree of shortest ways by a ``length`` (m,) of the lines.

    Lines that are closed for good are taken first and count as having no length. The network has no bus that cannot be
    supplied. Raises :class:`TopologyError` naming a loop that is closed for good.
    """
    locked = ~network.switchable & network.closed
    feeding = _feeding_lines(network, np.where(locked, 0.0, length))
    choice = np.full(network.n_lines, 2)
    choice[feeding] = 1
    choice[locked] = 0
    usable = np.flatnonzero(network.switchable | network.closed)
    closed = spanning_tree(network, usable[np.argsort(choice[usable], kind="stable")])
    if (locked & ~closed).any():
        raise no_tree(network, find_loop(network, locked))
    return closed


def nearest(network: Network, use: Floats) -> Bools:
    """(m,) a radial topology near the present state: of closed lines those of least ``use`` (m,) are opened, one in
    every loop, and lines are closed, of least impedance first, to buses without supply.

    Raises :class:`TopologyError` when a bus cannot be supplied, or naming a loop that is closed for good.
    """
    if dark := unreachable_buses(network):
        raise no_tree(network, dark=dark)
    locked = ~network.switchable & network.closed
    impedance = np.hypot(network.r_pu, network.x_pu)
    order = np.lexsort((np.where(network.closed, -use, impedance), ~network.closed, ~locked))
    closed = spanning_tree(network, order[(network.switchable | network.closed)[order]])
    if (locked & ~closed).any():
        raise no_tree(network, find_loop(network, locked))
    return closed


def _feeding_lines(network: Network, length: Floats) -> Ints:
    """The line over which the shortest way reaches each bus (Dijkstra), of every bus that is not a substation."""
    neighbours = _neighbours(network)
    feeding = np.full(network.n_buses, -1)
    reached = np.zeros(network.n_buses, dtype=np.bool_)
    queue = [(0.0, -1, bus) for bus in network.substations.tolist()]
    while queue:
        distance, line, bus = heapq.heappop(queue)
        if reached[bus]:
            continue
        reached[bus], feeding[bus] = True, line
        for other_line, other in neighbours[bus]:
            if not reached[other]:
                heapq.heappush(queue, (distance + length[other_line], other_line, other))
    return feeding[feeding >= 0]


def _neighbours(network: Network) -> list[list[tuple[int, int]]]:
    """Per bus the (line, other bus) of all lines that may be closed."""
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(network.n_buses)]
    for line in np.flatnonzero(network.switchable | network.closed).tolist():
        i, j = int(network.from_bus[line]), int(network.to_bus[line])
        neighbours[i].append((line, j))
        neighbours[j].append((line, i))
    return neighbours
