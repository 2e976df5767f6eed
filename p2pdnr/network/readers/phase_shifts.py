"""Phase shifts of transformers on loops.

In a tree a shift turns all voltages behind it together and changes nothing else, so that networks hold none. Around a
loop shifts have to cancel; where they do not, current circulates that no tree has. Such loops are refused by name where
nothing can open them, and told where something can.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.readers.report import Note
from p2pdnr.network.topology import signed_cycles

LEAST_DEGREES = 1e-3
"""Shifts that are taken for none."""
_REMEDY = "Give all units on the loop the same shift (vector group), or put one of them out of service"


TURNED = (
    "its phase shift does not cancel around loops that are closed today: it is left out, so that what is said of "
    "today's state is not so; radial states are as they are"
)


def refuse_turned(network: Network, shift_degree: Floats, held_degree: Floats) -> None:
    """Raise :class:`NetworkError` where shifts do not cancel around a loop of lines that are closed for good.

    Parameters: ``shift_degree`` (m,) by which the voltage behind a line's ratio lags; ``held_degree`` (n,) angles at
    substations, 0 elsewhere.
    """
    lines = _turned(network, network.closed & ~network.switchable, shift_degree, held_degree)
    if len(lines):
        names = tuple(map(network.line_name, lines.tolist()))
        message = "can be opened by nothing, and its phase shifts do not cancel: current would circulate"
        raise NetworkError([Problem("loop", "shift_degree", names, message, _REMEDY)])


def turned_today(network: Network, shift_degree: Floats, held_degree: Floats) -> tuple[Note, ...]:
    """What is said of shifts that do not cancel around a loop which is closed today and can be opened."""
    lines = _turned(network, network.closed, shift_degree, held_degree)
    shifting = lines[np.abs(shift_degree[lines]) > LEAST_DEGREES]
    at_grids = tuple(map(network.bus_name, np.flatnonzero(np.abs(held_degree) > LEAST_DEGREES).tolist()))
    if not len(lines):
        return ()
    return (Note("approximated", "loop", tuple(map(network.line_name, shifting.tolist())) or at_grids, TURNED),)


def _turned(network: Network, closed: Bools, shift_degree: Floats, held_degree: Floats) -> Ints:
    """Lines (indices) on loops among those ``closed`` (m,) around which shifts do not cancel."""
    _, cycles = signed_cycles(network, np.flatnonzero(closed))
    ends = np.zeros((len(cycles), network.n_buses))  # where a loop leaves one substation and enters another
    for row, cycle in enumerate(cycles):
        np.add.at(ends[row], network.from_bus, cycle)
        np.add.at(ends[row], network.to_bus, -cycle)
    around = ends @ held_degree - cycles @ shift_degree
    turned = np.abs((around + 180.0) % 360.0 - 180.0) > LEAST_DEGREES
    return np.flatnonzero((cycles[turned] != 0.0).any(axis=0))
