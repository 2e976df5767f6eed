"""One line out of order in the hours of a day that have the same topology."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import BOTH_ENDS, Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.outages.back_feed import States, after, count_operations
from p2pdnr.reconfiguration.outages.day import OutageDay
from p2pdnr.reconfiguration.outages.energised import dead


@dataclass(frozen=True, eq=False)
class Fault:
    """A line out of order from the tree ``before`` (m,), in ``hours`` that have this tree.

    ``network`` is the day's with the line isolated at both ends. ``lost`` (n,) are the buses it alone can supply,
    ``cut_off`` (n,) those without supply until something is switched. ``rest`` is the network that is left to choose
    from: without the line, or, so that its topologies are still trees, with the line closed for good where some buses
    are lost; they draw nothing then.
    """

    day: OutageDay
    network: Network
    line: int
    before: Bools
    hours: Ints
    lost: Bools
    cut_off: Bools
    rest: Network

    @property
    def opened(self) -> Bools:
        """(m,) the state before anything is switched: the faulted line has opened."""
        state = self.before.copy()
        state[self.line] = False
        return state

    @property
    def withdrawals(self) -> tuple[Floats, Floats]:
        """(H, n) active and reactive, nothing where supply is lost."""
        p_kw, q_kvar = self.day.p_kw[self.hours], self.day.q_kvar[self.hours]
        return np.where(self.lost, 0.0, p_kw), np.where(self.lost, 0.0, q_kvar)

    def at(self, hours: Ints) -> Fault:
        """The same in some of its hours."""
        return replace(self, hours=hours)

    def states(self, trees: Bools, dark: Bools, hour: int) -> States:
        """Switching states of trees (k, m) with buses in the dark (k, n), as seen from ``hour``."""
        closed = after(self.network, trees, dark, self.before, self.line)
        shed_kw = (dark * self.day.load_kw[hour]).sum(axis=1)
        return States(closed, dark, shed_kw, count_operations(closed, self.before, self.line))


def faults(day: OutageDay, line: int) -> Iterator[Fault]:
    """The fault of one line, by the tree it happens in; none for hours in which the line is open."""
    hours, opened_at = np.flatnonzero(day.closed[:, line]), day.network.opened_at.copy()
    opened_at[line] = BOTH_ENDS
    network = day.network.with_(opened_at=opened_at)
    lost = _never_supplied(network, line)
    closed, switchable = network.closed.copy(), network.switchable.copy()
    closed[line], switchable[line] = lost.any(), False
    rest = network.with_(closed=closed, switchable=switchable)
    trees, which = np.unique(day.closed[hours], axis=0, return_inverse=True)
    for k, before in enumerate(trees):
        opened = before.copy()
        opened[line] = False
        yield Fault(day, network, line, before, hours[which.ravel() == k], lost, dead(network, opened), rest)


def _never_supplied(network: Network, line: int) -> Bools:
    """(n,) buses that have no other way than the faulted line."""
    usable = network.switchable | network.closed
    usable[line] = False
    return dead(network, usable)
