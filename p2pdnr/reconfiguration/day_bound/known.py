"""What is known before a bound is sought: a schedule, and the topologies met on the way to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.day_bound.prices import Prices
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True, eq=False)
class KnownSchedule:
    """The cost of a schedule within the limits, and the topologies met on the way: ``trees`` and what they cost in each
    step, ``stage_eur`` (n_trees, T)."""

    cost_eur: float
    trees: TreeSet
    stage_eur: Floats

    def opened(self) -> Floats:
        """(n_trees, m) 1 where a line is open."""
        found = np.zeros((len(self.trees), self.trees.n_lines))
        found[np.arange(len(self.trees))[:, None], self.trees.open_lines] = 1.0
        return found

    def at(self, prices: Prices) -> Floats:
        """(n_trees, T) what they cost at prices on open lines."""
        return self.stage_eur + self.opened() @ prices.open_eur.T

    def least_eur(self, prices: Prices) -> Floats:
        """(T,) the least of them in each step."""
        return np.asarray(self.at(prices).min(axis=0))
