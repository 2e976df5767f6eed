"""The lines of a tree by the buses they feed, as rows and columns of a programme need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import Tree


@dataclass(frozen=True, eq=False)
class Feeders:
    """L fed buses, every one after its parent.

    ``fed``, ``line`` (L,) bus and line indices; ``r``, ``x`` (L,); ``parent`` (L,) place of the feeding bus among the
    fed ones, -1 at substations, whose place among those then stands in ``source`` (L,), else -1; ``place`` (n,) of
    every bus, -1 at substations.
    """

    fed: Ints
    line: Ints
    r: Floats
    x: Floats
    parent: Ints
    place: Ints
    source: Ints

    def tie_ideal_lines(self, *prices: Floats) -> None:
        """Give both ends of lines without impedance the same of each price (n,), in place."""
        for k in np.flatnonzero((self.r == 0.0) & (self.x == 0.0)):
            for price in prices:
                price[self.fed[k]] = price[self.fed[self.parent[k]]] if self.parent[k] >= 0 else 0.0


def feeders(network: Network, tree: Tree) -> Feeders:
    """Arrange a tree."""
    fed = tree.order[len(network.substations) :]
    line, above = tree.parent_line[fed], tree.parent_bus[fed]
    place = np.full(network.n_buses, -1)
    place[fed] = np.arange(len(fed))
    source = np.full(network.n_buses, -1)
    source[network.substations] = np.arange(len(network.substations))
    return Feeders(fed, line, network.r_pu[line], network.x_pu[line], place[above], place, source[above])
