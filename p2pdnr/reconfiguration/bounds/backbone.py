"""What every radial topology of a network has in common: blocks, chains, bridges, and what can hang behind a line.

All substations are one node. A block is a bridge or a set of lines any two of which lie on a common loop; power enters
a block at one node, its head. A chain is a path of lines in a block between two junctions: at most one of its lines is
open, and the buses inside it hang on one of its ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import Tree, fundamental_cycles, preferred_tree


@dataclass(frozen=True)
class Chain:
    """A path between two junctions: ``buses`` (k + 1) along it and its ``lines`` (k), in order."""

    buses: tuple[int, ...]
    lines: tuple[int, ...]
    block: int


@dataclass(frozen=True, eq=False)
class Backbone:
    """The structure of a network above its radial topologies.

    Attributes
    ----------
    node : (n,) node of each bus; the substations share one
    root : that node
    order : nodes, the root first, each after whatever separates it from the root
    above : (n,) the node next to a node on every path to the root, which is the head of its block; -1 at the root
    heads : (b,) node where power enters each block
    members : (b,) the other nodes of each block
    chains : the paths that the lines on loops form
    bridges : (line, tail bus, head bus) of each line that is closed in every topology
    """

    node: Ints
    root: int
    order: tuple[int, ...]
    above: Ints
    heads: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    chains: tuple[Chain, ...]
    bridges: tuple[tuple[int, int, int], ...]

    def inside(self) -> set[int]:
        """Buses inside chains."""
        return {bus for chain in self.chains for bus in chain.buses[1:-1]}

    def behind(self, load: Floats) -> Floats:
        """(n,) load of each node together with all nodes that only it connects to the root."""
        total = np.bincount(self.node, load, minlength=len(load))
        for node in reversed(self.order[1:]):
            total[self.above[node]] += total[node]
        return np.asarray(total)

    def arrival_range(self, chain: Chain, backward: bool, behind: Floats) -> tuple[float, float]:
        """Least and most load that can hang on the far end of a chain which feeds that end, losses aside."""
        buses = chain.buses[::-1] if backward else chain.buses
        here = int(self.node[buses[-1]])
        upstream = {int(self.node[bus]) for bus in buses[:-1]}
        others = behind[[node for node in self.members[chain.block] if node != here and node not in upstream]]
        own = float(behind[here])
        return own + float(np.minimum(others, 0.0).sum()), own + float(np.maximum(others, 0.0).sum())


def backbone(network: Network) -> Backbone:
    """The structure of a network. Raises :class:`TopologyError` naming buses nothing can supply."""
    tree = preferred_tree(network)
    node = np.arange(network.n_buses)
    node[network.substations] = network.substations[0]
    block = _blocks(network)
    order = tuple(int(bus) for bus in tree.order if node[bus] == bus)
    heads = _heads(network, tree, node, block)
    above = np.full(network.n_buses, -1)
    members: list[list[int]] = [[] for _ in heads]
    for bus in order[1:]:
        into = int(block[tree.parent_line[bus]])
        above[bus] = heads[into]
        members[into].append(bus)
    bridge = np.bincount(block[block >= 0], minlength=len(heads)) == 1
    chains = tuple(_chains(network, node, np.where(block >= 0, np.where(bridge[block], -1, block), -1), heads))
    bridges = tuple(_bridges(network, node, block, heads, bridge))
    return Backbone(node, order[0], order, above, heads, tuple(map(tuple, members)), chains, bridges)


def _blocks(network: Network) -> Ints:
    """(m,) number of each line's block: lines that share a loop share a block; -1 for lines in no topology.

    A loop of one line, between two substations, is open in every topology.
    """
    usable = network.switchable | network.closed
    group = np.arange(network.n_lines)
    for cycle in fundamental_cycles(network):
        if len(cycle) == 1:
            usable[cycle] = False
        else:
            group[np.isin(group, group[cycle])] = group[cycle[0]]
    block = np.full(network.n_lines, -1)
    block[usable] = np.unique(group[usable], return_inverse=True)[1]
    return block


def _heads(network: Network, tree: Tree, node: Ints, block: Ints) -> tuple[int, ...]:
    """Node where power enters each block: the first of its nodes in tree order."""
    place = np.empty(network.n_buses, dtype=np.int64)
    place[tree.order] = np.arange(network.n_buses)
    heads = np.full(int(block.max(initial=-1)) + 1, -1)
    for line in np.flatnonzero(block >= 0):
        for bus in (node[network.from_bus[line]], node[network.to_bus[line]]):
            known = heads[block[line]]
            if known < 0 or place[bus] < place[known]:
                heads[block[line]] = bus
    return tuple(heads.tolist())


def _bridges(
    network: Network, node: Ints, block: Ints, heads: tuple[int, ...], bridge: Bools
) -> Iterator[tuple[int, int, int]]:
    """Line, tail bus and head bus of each bridge."""
    for line in np.flatnonzero(block >= 0).tolist():
        if bridge[block[line]]:
            ends = int(network.from_bus[line]), int(network.to_bus[line])
            yield (line, *(ends if node[ends[0]] == heads[block[line]] else ends[::-1]))


def _chains(network: Network, node: Ints, block: Ints, heads: tuple[int, ...]) -> Iterator[Chain]:
    """The paths between junctions; ``block`` (m,) is -1 for bridges. A junction is a node where more than two lines
    meet, or one where power enters a block."""
    leaving: dict[int, list[tuple[int, int, int]]] = {}
    for line in np.flatnonzero(block >= 0).tolist():
        i, j = int(network.from_bus[line]), int(network.to_bus[line])
        leaving.setdefault(int(node[i]), []).append((line, i, j))
        leaving.setdefault(int(node[j]), []).append((line, j, i))
    junctions = {here for here, lines in leaving.items() if len(lines) != 2} | {heads[b] for b in block[block >= 0]}
    walked: set[int] = set()
    for start in sorted(junctions):
        for line, here, there in leaving[start]:
            if line in walked:
                continue
            buses, lines = [here, there], [line]
            while int(node[there]) not in junctions:
                line, _, there = next(step for step in leaving[there] if step[0] != line)
                buses.append(there)
                lines.append(line)
            walked.update(lines)
            yield Chain(tuple(buses), tuple(lines), int(block[line]))
