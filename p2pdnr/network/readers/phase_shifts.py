"""Phase shifts of transformers on loops that nothing can open.

In a tree a shift turns all voltages behind it together and changes nothing else, so that networks hold none. Around a
loop shifts have to cancel; where they do not, current circulates that no tree has. Such loops are refused by name.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.topology import signed_cycles

LEAST_DEGREES = 1e-3
"""Shifts that are taken for none."""
_REMEDY = "Give all units on the loop the same shift (vector group), or put one of them out of service"


def refuse_turned(network: Network, shift_degree: Floats, held_degree: Floats) -> None:
    """Raise :class:`NetworkError` where shifts do not cancel around a loop of lines that are closed for good.

    Parameters: ``shift_degree`` (m,) by which the voltage behind a line's ratio lags; ``held_degree`` (n,) angles at
    substations, 0 elsewhere.
    """
    fixed = np.flatnonzero(network.closed & ~network.switchable)
    _, cycles = signed_cycles(network, fixed)
    ends = np.zeros((len(cycles), network.n_buses))  # where a loop leaves one substation and enters another
    for row, cycle in enumerate(cycles):
        np.add.at(ends[row], network.from_bus, cycle)
        np.add.at(ends[row], network.to_bus, -cycle)
    around = ends @ held_degree - cycles @ shift_degree
    turned = np.abs((around + 180.0) % 360.0 - 180.0) > LEAST_DEGREES
    if not turned.any():
        return
    lines = np.flatnonzero((cycles[turned] != 0.0).any(axis=0))
    names = tuple(map(network.line_name, lines.tolist()))
    message = "can be opened by nothing, and its phase shifts do not cancel: current would circulate"
    raise NetworkError([Problem("loop", "shift_degree", names, message, _REMEDY)])
