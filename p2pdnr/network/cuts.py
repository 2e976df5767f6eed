"""Where branches that cannot be opened form loops: which they are, and where the grid could be cut."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Ints, Network
from p2pdnr.network.topology import find_loop


def on_loops(network: Network, lines: Bools) -> Bools:
    """(m,) which of the ``lines`` (m,) lie on a loop among them; all substations are one node."""
    left, found = lines.copy(), np.zeros(network.n_lines, dtype=np.bool_)
    while loop := find_loop(network, left):
        found[list(loop)] = True
        left[loop[0]] = False
    # every fundamental loop of one spanning forest has been seen: a line is on a loop when it is on one of these
    return found


def fixed_loop(network: Network) -> Ints:
    """Lines (indices) on loops that nothing can open; empty where there are none."""
    return np.flatnonzero(on_loops(network, network.closed & ~network.switchable))


def border(network: Network, lines: Ints) -> Ints:
    """Buses (indices) through which all else is connected to the meshed part that ``lines`` form: where to put the
    substations so that the meshed part falls away."""
    inside = np.zeros(network.n_buses, dtype=np.bool_)
    inside[network.from_bus[lines]] = inside[network.to_bus[lines]] = True
    others = np.setdiff1d(np.flatnonzero(network.closed | network.switchable), lines)
    ends = np.concatenate([network.from_bus[others], network.to_bus[others]])
    crossing = inside[network.from_bus[others]] != inside[network.to_bus[others]]
    touched = np.unique(ends[np.tile(crossing, 2)])
    return np.setdiff1d(touched[inside[touched]], network.substations)
