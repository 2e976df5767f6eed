"""The order of switching operations from one radial topology to another, make before break.

Operations come in pairs: close a line, which closes exactly one loop, then open a line of that loop. Between two trees
such an order always exists: the loop that a wanted line closes must hold a line that the goal does not have. So nobody
is ever islanded, never more than one loop is closed, and every line that differs is operated once.

From a state that is not radial, its loops are opened first; a line that closes no loop brings supply to a dead part.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.topology import find_loop, orient

Operation = tuple[int, str]


def operations(network: Network, before: Bools, after: Bools) -> list[Operation]:
    """(line index, "close" or "open") in order, from closed lines ``before`` (m,) to closed lines ``after`` (m,).

    Raises :class:`TopologyError` when either is not radial.
    """
    for state in (before, after):
        orient(network, state)
    closed = np.array(before, dtype=np.bool_)
    goal = np.asarray(after, dtype=np.bool_)
    order: list[Operation] = []
    for line in np.flatnonzero(goal & ~closed).tolist():
        closed[line] = True
        leaving = next(other for other in _from(line, find_loop(network, closed)) if not goal[other])
        closed[leaving] = False
        order += [(line, "close"), (leaving, "open")]
    return order


def from_any(network: Network, before: Bools, after: Bools) -> list[Operation]:
    """As :func:`operations` from any state ``before``; whoever has supply keeps it.

    Raises :class:`TopologyError` when ``after`` is not radial.
    """
    orient(network, after)
    closed, goal = np.array(before, dtype=np.bool_), np.asarray(after, dtype=np.bool_)
    order = _opened_loops(network, closed, goal)
    for line in np.flatnonzero(goal & ~closed).tolist():
        closed[line] = True
        order += [(line, "close"), *_opened_loops(network, closed, goal)]
    return order


def _opened_loops(network: Network, closed: Bools, goal: Bools) -> list[Operation]:
    """Open a line of every loop that the goal does not have; changes ``closed``."""
    order: list[Operation] = []
    while loop := find_loop(network, closed):
        leaving = next(line for line in loop if not goal[line])
        closed[leaving] = False
        order.append((leaving, "open"))
    return order


def _from(line: int, loop: tuple[int, ...]) -> tuple[int, ...]:
    """The loop's lines, starting after ``line``: the line opened is the nearest that may be."""
    place = loop.index(line)
    return loop[place + 1 :] + loop[:place]
