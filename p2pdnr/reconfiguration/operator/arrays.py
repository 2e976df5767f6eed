"""What the operator's compiled problem reads and writes: named tuples of arrays, per unit.

Buses stand in tree order: substations first, every bus after its parent; the line of a bus is the one to its parent.
Voltages and currents are squared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FEW_LIMITS, MOST_LIMITS = 64, 1024
"""Limits of an hour that a workspace has places for at first, and at most."""

# Rows of HourTree.earth: gain of v along the line's ratio; conductance and susceptance to earth at the bus, and that of
# lines in the former; what the line itself puts on the feeding bus and on the bus.
EARTH_ROWS = 8
GAIN, G, B, LEAK, NEAR_G, NEAR_B, FAR_G, FAR_B = range(EARTH_ROWS)


class Trees(NamedTuple):
    """U different trees: ``parent`` (U, n), ``r``, ``x`` (U, n) of the line to it; ``limit`` (U, n, 3) of that line,
    squared current and the rating in kVA, and 1 where the bus has limits of voltage, else 0; ``position`` (U, nz) of
    the buses where something is injected, active power at the first ``actives`` of them and reactive power at the
    others; ``shared`` (U, nz, nz) the last bus that the paths to two of them share; ``roots`` how many buses are
    substations. Unless ``plain``: ``earth`` (U, 8, n), see GAIN and what follows it. ``joint`` (U, k, 2) places of
    pairs of buses that are one point, None where there are none; ``bond`` (2, k, k) real and imaginary part of the
    admittance between them (:mod:`.joints`)."""

    parent: Ints
    r: Floats
    x: Floats
    limit: Floats
    position: Ints
    shared: Ints
    roots: int
    earth: Floats
    plain: bool
    actives: int
    joint: Ints | None
    bond: Floats


class Hours(NamedTuple):
    """H hours: ``tree`` (H,) which; ``load_p``, ``load_q``, ``root_v`` (H, n), the latter zero but at substations;
    ``target`` and ``weight`` (H, nz)."""

    tree: Ints
    load_p: Floats
    load_q: Floats
    root_v: Floats
    target: Floats
    weight: Floats


class Terms(NamedTuple):
    """Prices in EUR: ``loss`` per unit of power, ``voltage`` per unit of squared voltage, ``current`` per kVA of
    rating and unit of relative overload of the squared current; the band of squared voltage."""

    loss: float
    voltage: float
    current: float
    v_low: float
    v_high: float


class HourAnswers(NamedTuple):
    """``z`` (H, nz) injections and ``l`` (H, n) currents, which also start the solve; ``charges`` (H, 3, n) loss,
    congestion and voltage part in EUR per unit of load; ``prices`` (H, 3, n) of the upper and the lower voltage limit
    of every bus and of the current limit of its line; ``cost`` (H, 2) losses and violations in EUR; ``steps`` (H,),
    negative where the power flow has no solution; ``left_out`` (H,) broken limits that had no place."""

    z: Floats
    l: Floats
    charges: Floats
    prices: Floats
    cost: Floats
    steps: Ints
    left_out: Ints


class HourTree(NamedTuple):
    """One of :class:`Trees`."""

    parent: Ints
    r: Floats
    x: Floats
    limit: Floats
    position: Ints
    shared: Ints
    roots: int
    earth: Floats
    plain: bool
    actives: int
    joint: Ints | None
    bond: Floats


class Hour(NamedTuple):
    """One of :class:`Hours`, with its ``z`` and ``l``."""

    load_p: Floats
    load_q: Floats
    root_v: Floats
    target: Floats
    weight: Floats
    z: Floats
    l: Floats


class HourFlow(NamedTuple):
    """A power flow: withdrawals ``p_net``, ``q_net`` and flows ``p``, ``q`` into the line to each bus, ``v`` (n,);
    ``loss_effect``, ``loss_bend`` (n,) derivatives of the losses by each bus's load and each line's P^2 + Q^2;
    ``q_effect``, ``v_effect`` (n,) what else their equations need; ``path`` (n,) sums along paths; ``seed_l``,
    ``seed_v``, ``seed_p``, ``seed_q`` (n,) what the adjoint differentiates, zero between its calls; ``current`` (n,)
    the squared current that limits are for, ``at_far`` (n,) 1 where it flows at the fed end of the line. Of joints:
    ``joined`` (4, k) active and reactive power from the first to the second of every pair, and the voltage still
    between them; ``link``, ``link_q``, ``link_bend`` (2k, n) derivatives of the difference of their squared voltages
    and of their angles by active load, reactive load and each line's P^2 + Q^2; ``turned`` (2k, 4k) the inverse of
    those by ``joined``, and room to find it; ``pull`` (2k,) those of something else by ``joined``."""

    p_net: Floats
    q_net: Floats
    p: Floats
    q: Floats
    v: Floats
    loss_effect: Floats
    loss_bend: Floats
    q_effect: Floats
    v_effect: Floats
    path: Floats
    seed_l: Floats
    seed_v: Floats
    seed_p: Floats
    seed_q: Floats
    current: Floats
    at_far: Floats
    joined: Floats
    link: Floats
    link_q: Floats
    link_bend: Floats
    turned: Floats
    pull: Floats


class LimitsInReach(NamedTuple):
    """Limits in reach: ``size`` (2,) how many, and how many broken ones found no room; ``listed`` (3, n) which they
    are, by ``kind`` and ``where`` (M,); ``value`` (M,) how far broken, ``mu`` the
    price and ``cap`` its bound; ``effect``, ``bend`` (M, n) derivatives of the value by load and by each line's P^2 +
    Q^2; ``slope`` (M, nz) by injection, and ``solved`` the same through the curvature; ``gram`` (M, M) and ``need``
    (M,) of their programme, ``before`` (M,) the prices it began with."""

    size: Ints
    listed: Bools
    kind: Ints
    where: Ints
    value: Floats
    mu: Floats
    cap: Floats
    effect: Floats
    bend: Floats
    slope: Floats
    solved: Floats
    gram: Floats
    need: Floats
    before: Floats


class Step(NamedTuple):
    """A step of the injections: ``curvature`` (nz, nz) factorised, ``gradient``, ``move`` and ``begin`` (nz,)."""

    curvature: Floats
    gradient: Floats
    move: Floats
    begin: Floats


class HourWorkspace(NamedTuple):
    """Workspace of one hour."""

    flow: HourFlow
    limits: LimitsInReach
    step: Step


def new_workspace(buses: int, injected: int, most: int = FEW_LIMITS, joints: int = 0) -> HourWorkspace:
    """A workspace for one hour at a time, with places for so many limits."""
    nz, pairs = injected, 2 * joints

    def room(*shape: int) -> Floats:
        return np.zeros(shape)

    size, kind, where = (np.zeros(length, dtype=np.int64) for length in (2, most, most))
    value, mu, cap, need, before = (room(most) for _ in range(5))
    effect, bend = (room(most, buses) for _ in range(2))
    slope, solved = (room(most, nz) for _ in range(2))
    listed = np.zeros((3, buses), dtype=np.bool_)
    sums, step = (slope, solved, room(most, most), need, before), Step(room(nz, nz), *(room(nz) for _ in range(3)))
    limits = LimitsInReach(size, listed, kind, where, value, mu, cap, effect, bend, *sums)
    links = room(4, joints), *(room(pairs, buses) for _ in range(3)), room(pairs, 2 * pairs), room(pairs)
    return HourWorkspace(HourFlow(*(room(buses) for _ in range(16)), *links), limits, step)
