"""What the compiled bounds read and write: named tuples of arrays, per unit and EUR, hours padded to whole lanes."""

from __future__ import annotations

from typing import NamedTuple

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.kernel_arrays import Branches, Grid, State


class DeviceArrays(NamedTuple):
    """What answers to a price at its bus, D injections.

    ``bus`` (D,); ``low``, ``high`` (D, T) their range; ``cost`` (D, T) EUR per unit and step, ``bend`` (D,) EUR per
    unit squared, ``inverse`` (D,) its reciprocal, 0 where it is 0.
    """

    bus: Ints
    low: Floats
    high: Floats
    cost: Floats
    bend: Floats
    inverse: Floats


class CircleArrays(NamedTuple):
    """Inverters that choose active and reactive power together: ``bus`` (I,), ``kva`` (I,) per unit, and ``active`` (I,
    T) what their active power is paid, EUR per unit and step."""

    bus: Ints
    kva: Floats
    active: Floats


class SeenLoads(NamedTuple):
    """Withdrawals (n, T) by bus: ``p``, ``q`` without any device, ``seen_p``, ``seen_q`` where the power flow is solved
    that multipliers are taken from."""

    p: Floats
    q: Floats
    seen_p: Floats
    seen_q: Floats


class Adjoint(NamedTuple):
    """``a``, ``b`` (n, lanes) what active and reactive power at a bus adds to a cost; ``nu``, ``m`` the prices of the
    voltage limits (the lower one's less the upper one's) and of the current limit in it."""

    a: Floats
    b: Floats
    nu: Floats
    m: Floats


class BoundWorkspace(NamedTuple):
    """Workspace of one tree and one block of hours, (n, lanes) in tree order: multipliers of losses, of broken limits;
    ``y`` of the voltage drops, ``c`` of the squared currents; ``price`` (n, lanes) by bus, and ``reactive`` the same
    for reactive power; ``circles`` (1, lanes) what inverters cost at least."""

    losses: Adjoint
    limits: Adjoint
    y: Floats
    c: Floats
    price: Floats
    reactive: Floats
    circles: Floats


class TreeCase(NamedTuple):
    """One tree with everything that its bounds need; ``loss_eur`` per unit of losses and step."""

    grid: Grid
    branches: Branches
    state: State
    work: BoundWorkspace
    loads: SeenLoads
    devices: DeviceArrays
    circles: CircleArrays
    loss_eur: float
