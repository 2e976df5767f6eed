"""The order of switching after a fault: first what lies in the dark is cut apart, then loads are shed, then topologies
change make before break, and supply comes back last."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.topology import find_loop
from p2pdnr.reconfiguration.outages.energised import dead

Operation = tuple[int, str]


def restoration(network: Network, before: Bools, goal: Bools) -> list[Operation]:
    """(line index, "close" or "open") in order, from closed lines ``before`` (m,), the faulted line open, to ``goal``.

    Every line that differs is operated once. A line that supplies buses which keep their supply is opened only while
    the line that replaces it is closed.
    """
    closed = np.array(before, dtype=np.bool_)
    order: list[Operation] = []
    order += _opened(network, closed, goal)
    joins = sorted(np.flatnonzero(goal & ~closed).tolist(), key=lambda line: _joins_dead(network, closed, line))
    for line in joins:
        closed[line] = True
        order.append((line, "close"))
        while loop := find_loop(network, closed):
            leaving = next(other for other in loop if not goal[other])
            closed[leaving] = False
            order.append((leaving, "open"))
        order += _opened(network, closed, goal)
    return order


def _opened(network: Network, closed: Bools, goal: Bools) -> list[Operation]:
    """Open what the goal has open and nobody needs who keeps supply; changes ``closed``."""
    order: list[Operation] = []
    kept = ~dead(network, closed) & ~dead(network, goal)
    for line in np.flatnonzero(closed & ~goal).tolist():
        closed[line] = False
        if (dead(network, closed) & kept).any():
            closed[line] = True
        else:
            order.append((line, "open"))
    return order


def _joins_dead(network: Network, closed: Bools, line: int) -> bool:
    without = dead(network, closed)
    return bool(without[network.from_bus[line]] or without[network.to_bus[line]])
