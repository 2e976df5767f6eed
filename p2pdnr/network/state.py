"""The state a network is read in: loops and what can open them, buses without supply and what can bring it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.topology import dead_buses, find_loop, is_radial

MOST_LOOPS = 20
"""That are listed; the others are counted."""


@dataclass(frozen=True)
class Loop:
    """``lines`` of a closed loop by name, in order along it, and those that ``can_open`` it."""

    lines: tuple[str, ...]
    can_open: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """``loops`` among the closed lines (the first :data:`MOST_LOOPS` of ``n_loops``), buses that are ``dark``, and the
    open lines and couplers that ``can_supply`` them."""

    loops: tuple[Loop, ...]
    n_loops: int
    dark: tuple[str, ...]
    can_supply: tuple[str, ...]

    @property
    def is_radial(self) -> bool:
        """Whether there is neither a loop nor a bus without supply."""
        return not self.n_loops and not self.dark


def state_of(network: Network) -> State:
    """The state of a network, closed lines between the same two buses as one; all substations are one node."""
    one = bundled(network).network
    if is_radial(one, one.closed):
        return State((), 0, (), ())
    dark = dead_buses(one, one.closed)
    supplied = one.n_buses - len(dark)
    inside = ~np.isin(one.from_bus, dark)
    in_dark = int((one.closed & ~inside).sum()) - len(dark) + _parts(one, dark)
    count = int((one.closed & inside).sum()) - (supplied - len(one.substations)) + max(in_dark, 0)
    loops = tuple(_loops(one, one.closed.copy()))
    return State(loops, count, tuple(map(one.bus_name, dark)), _suppliers(one, dark))


def _parts(network: Network, dark: tuple[int, ...]) -> int:
    """Number of connected parts that the buses without supply form."""
    root = {bus: bus for bus in dark}

    def find(bus: int) -> int:
        while root[bus] != bus:
            root[bus] = root[root[bus]]
            bus = root[bus]
        return bus

    for line in np.flatnonzero(network.closed).tolist():
        here, there = int(network.from_bus[line]), int(network.to_bus[line])
        if here in root:
            root[find(here)] = find(there)
    return len({find(bus) for bus in dark})


def _loops(network: Network, left: Bools) -> Iterator[Loop]:
    for _ in range(MOST_LOOPS):
        loop = find_loop(network, left)
        if not loop:
            return
        yield Loop(
            tuple(map(network.line_name, loop)),
            tuple(network.line_name(line) for line in loop if network.switchable[line]),
        )
        left[loop[0]] = False


def _suppliers(network: Network, dark: tuple[int, ...]) -> tuple[str, ...]:
    """Open lines that may be closed between supplied buses and others."""
    here, there = np.isin(network.from_bus, dark), np.isin(network.to_bus, dark)
    lines = np.flatnonzero(~network.closed & network.switchable & (here != there))
    return tuple(map(network.line_name, lines.tolist()))
