"""The day in which lines fail: a schedule, what every bus withdraws, and how long people and repairs take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.topology import count_spanning_trees, orient
from p2pdnr.scenario.loops import refuse_loops


@dataclass(frozen=True, eq=False)
class OutageDay:
    """A day as it is run without faults.

    Attributes
    ----------
    network : its limits are those to be kept while a line is out of order
    closed : (T, m) radial topology of every hour
    p_kw, q_kvar : (T, n) net withdrawals
    load_kw : (T, n) what is lost when a bus has no supply: its load, without what its PV and batteries feed in
    """

    network: Network
    closed: Bools
    p_kw: Floats
    q_kvar: Floats
    load_kw: Floats

    def __post_init__(self) -> None:
        shapes = {np.shape(values) for values in (self.p_kw, self.q_kvar, self.load_kw)}
        if shapes != {(len(self.closed), self.network.n_buses)}:
            raise ValueError(f"withdrawals and loads have shapes {sorted(shapes)}, wanted (hours, buses)")
        refuse_loops(self.network, "what a fault leaves without supply")
        for row in np.unique(self.closed, axis=0):
            orient(self.network, row)  # raises TopologyError where an hour is not radial

    @cached_property
    def topologies(self) -> int:
        """How many radial topologies the network has."""
        return count_spanning_trees(self.network)

    def part(self, hours: Sequence[int]) -> OutageDay:
        """The day of some hours alone, counted from 0."""
        rows = np.asarray(hours, dtype=np.int64)
        return OutageDay(self.network, self.closed[rows], self.p_kw[rows], self.q_kvar[rows], self.load_kw[rows])


@dataclass(frozen=True)
class RepairTimes:
    """Hours until a line is repaired, and hours that one operation takes; everything is back at the end of the last."""

    repair_h: float = 4.0
    operation_h: float = 0.25

    def not_supplied_kwh(self, lost_kw: float, shed_kw: float, operations: int) -> float:
        """Energy not supplied by one fault, its hour's loads lasting as long as the repair.

        ``lost_kw`` is without supply until the operations are done, ``shed_kw`` from then on until the repair ends.
        """
        switching_h = min(self.repair_h, operations * self.operation_h)
        return lost_kw * switching_h + shed_kw * (self.repair_h - switching_h)
