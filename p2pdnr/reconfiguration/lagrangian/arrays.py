"""What the compiled bounds read and write: named tuples of arrays, per unit and EUR, hours padded to whole lanes."""

from __future__ import annotations

from typing import NamedTuple

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.kernel_arrays import Branches, Grid, State


class DeviceArrays(NamedTuple):
    """What answers to a price at its bus, D injections.

    ``bus`` (D,); ``behind`` (D,) whether it stands behind an inverter; ``low``, ``high`` (D, T) their range; ``cost``
    (D, T) EUR per unit and step, ``bend`` (D,) EUR per unit squared, ``inverse`` (D,) its reciprocal, 0 where it is 0.
    """

    bus: Ints
    behind: Bools
    low: Floats
    high: Floats
    cost: Floats
    bend: Floats
    inverse: Floats


class CircleArrays(NamedTuple):
    """Inverters that choose active and reactive power together: ``bus`` (I,), ``kva`` (I,) per unit, ``devices`` (I, 3)
    what stands behind each, -1 for none.

    ``active`` (I, T) what their active power is paid, EUR per unit and step, ``tilt`` (I, T) what it is paid per EUR
    that reactive power is; ``less``, ``more`` (n, T) by how much the reactive power fed in at a bus is looked for below
    and above what is seen.
    """

    bus: Ints
    kva: Floats
    devices: Ints
    active: Floats
    tilt: Floats
    less: Floats
    more: Floats


class LeverArrays(NamedTuple):
    """What tap changers of substations and capacitors may do: ``source_v2`` (s, P) squared voltages of the roots,
    ``price`` (s P, T) EUR of each; ``least``, ``most`` (n,) per unit, the susceptances that a bus may have."""

    source_v2: Floats
    price: Floats
    least: Floats
    most: Floats


class SeenLoads(NamedTuple):
    """Withdrawals (n, T) by bus: ``p``, ``q`` without any device, ``seen_p``, ``seen_q`` where the power flow is solved
    that multipliers are taken from, and ``seen_nu`` what voltage limits may be priced at there."""

    p: Floats
    q: Floats
    seen_p: Floats
    seen_q: Floats
    seen_nu: Floats


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
    for reactive power; ``circles`` (1, lanes) what inverters cost at least; ``yields``, ``rests``, ``off``, ``free``,
    ``offered`` (n, lanes) of the step of reactive power."""

    losses: Adjoint
    limits: Adjoint
    y: Floats
    c: Floats
    price: Floats
    reactive: Floats
    circles: Floats
    yields: Floats
    rests: Floats
    off: Floats
    free: Floats
    offered: Floats


class TreeCase(NamedTuple):
    """One tree with everything that its bounds need; ``priced_as_seen`` says whether voltage limits are tried at the
    prices that they have in the plan; ``loss_eur`` per unit of losses and step."""

    grid: Grid
    branches: Branches
    state: State
    work: BoundWorkspace
    loads: SeenLoads
    devices: DeviceArrays
    circles: CircleArrays
    levers: LeverArrays
    priced_as_seen: bool
    loss_eur: float
