"""Whether power flow is monotone between the corners of a box of injections: then voltages are shown, not only tested.

In a tree without admittances to earth, with P, Q what arrives at a bus and l the squared current of the line that feeds
it, at given squared voltages v,

    P_c, Q_c = what bus c and the lines below it take,    l_c = (P_c^2 + Q_c^2) / v_c,
    v_c = v_parent - 2 (r P_c + x Q_c) - (r^2 + x^2) l_c                                                       (F)

map v to new voltages F(v, p), p the withdrawals. The power flow is a fixed point of F. A kW more at one place changes
what passes line c by u = (dP, dQ), and what passes the line above by M_c u with M_c = 1 + (2 / v_c) (r, x)' (P_c, Q_c).
Where, over a region that F maps into itself for all p of the box,

    dP >= 0    and    (r + z^2 P / v) dP + (x + z^2 Q / v) dQ >= 0,    z^2 = r^2 + x^2,                         (S)

holds at every line, both for u = (1, 0) from every bus below and for u = (r, x) from every line below, F rises in v and
falls in p. Its iteration from the top of the region then falls to its greatest fixed point there, which falls in p
(Kleene, Tarski): voltages of all combinations lie between those at all least and all most injections, and P between its
two values there. The signs (S) are those under which Gan, Li, Topcu and Low (IEEE Trans. Automatic Control 60(1), 2015)
prove the second-order cone exact; here they are bounded from below by interval arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.topology import Tree

ROUNDS = 40
WIDER, SLACK = 0.02, 1e-9
"""By which share of its width, and by how much, a region grows beyond what was found to leave it."""


@dataclass(frozen=True, eq=False)
class Interval:
    """``low``, ``high`` of the same shape."""

    low: Floats
    high: Floats

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(np.minimum.reduce(ends), np.maximum.reduce(ends))

    def times(self, factor: float | Floats) -> Interval:
        """Scaled by what is not below zero."""
        return Interval(factor * self.low, factor * self.high)

    def at(self, where: int | Bools) -> Interval:
        """Some entries."""
        return Interval(self.low[where], self.high[where])


@dataclass(frozen=True, eq=False)
class Region:
    """Squared voltages and what arrives at every bus in p.u., (n,) intervals that hold every power flow of a box."""

    v: Interval
    p: Interval
    q: Interval


def is_monotone(network: Network, tree: Tree, p: Interval, q: Floats) -> bool:
    """Whether (S) is shown for withdrawals between ``p`` (n,) and at ``q`` (n,) in p.u.; False says nothing."""
    if not network.is_plain or not network.is_passive:
        return False
    region = _region(network, tree, p, q)
    return region is not None and _signs_hold(network, tree, region)


def most_current2(network: Network, tree: Tree, drawn: tuple[Interval, Floats], v: Interval) -> Floats:
    """(m,) in p.u., what no squared current exceeds between withdrawals (n,) while squared voltages are within ``v``:
    (P^2 + Q^2) / v with each factor at its worst. Infinite where admittances to earth draw currents of their own."""
    if not network.is_plain:
        return np.full(network.n_lines, np.inf)
    p, q = drawn
    region = _swept(network, tree, v, (p, Interval(q, q)))
    fed = np.flatnonzero(tree.parent_line >= 0)
    found = np.zeros(network.n_lines)
    found[tree.parent_line[fed]] = ((_square(region.p) + _square(region.q)).high / v.low)[fed]
    return found


def _region(network: Network, tree: Tree, p: Interval, q: Floats) -> Region | None:
    """A region that F maps into itself for all withdrawals, None where none is found."""
    roots = network.substation_vm_pu**2
    v = Interval(np.full(network.n_buses, roots.min()), np.full(network.n_buses, roots.max()))
    for _ in range(ROUNDS):
        region = _swept(network, tree, v, (p, Interval(q, q)))
        if (region.v.low >= v.low).all() and (region.v.high <= v.high).all():
            return Region(v, region.p, region.q)
        low, high = np.minimum(v.low, region.v.low), np.maximum(v.high, region.v.high)
        v = Interval(low - WIDER * (high - low) - SLACK, high + WIDER * (high - low) + SLACK)
        if not (v.low > 0.0).all():
            return None
    return None


def _swept(network: Network, tree: Tree, v: Interval, drawn: tuple[Interval, Interval]) -> Region:
    """F of an interval of voltages: what arrives at every bus, and the voltages that follow."""
    p, q = (Interval(item.low.copy(), item.high.copy()) for item in drawn)
    l = Interval(np.zeros(network.n_buses), np.zeros(network.n_buses))
    for bus in tree.order[::-1]:
        line = tree.parent_line[bus]
        if line >= 0:
            square = _square(p.at(bus)) + _square(q.at(bus))
            l.low[bus], l.high[bus] = square.low / v.high[bus], square.high / v.low[bus]
            for flow, part in ((p, network.r_pu[line]), (q, network.x_pu[line])):
                flow.low[tree.parent_bus[bus]] += flow.low[bus] + part * l.low[bus]
                flow.high[tree.parent_bus[bus]] += flow.high[bus] + part * l.high[bus]
    return Region(_voltages(network, tree, (p, q, l)), p, q)


def _voltages(network: Network, tree: Tree, flows: tuple[Interval, Interval, Interval]) -> Interval:
    p, q, l = flows
    low, high = np.zeros(network.n_buses), np.zeros(network.n_buses)
    low[network.substations] = high[network.substations] = network.substation_vm_pu**2
    for bus in tree.order[len(network.substations) :]:
        line, above = tree.parent_line[bus], tree.parent_bus[bus]
        r, x = network.r_pu[line], network.x_pu[line]
        low[bus] = low[above] - 2.0 * (r * p.high[bus] + x * q.high[bus]) - (r**2 + x**2) * l.high[bus]
        high[bus] = high[above] - 2.0 * (r * p.low[bus] + x * q.low[bus]) - (r**2 + x**2) * l.low[bus]
    return Interval(low, high)


def _square(value: Interval) -> Interval:
    ends = value.low**2, value.high**2
    least = np.where((value.low <= 0.0) & (value.high >= 0.0), 0.0, np.minimum(*ends))
    return Interval(np.asarray(least), np.maximum(*ends))


def _signs_hold(network: Network, tree: Tree, region: Region) -> bool:
    """(S) at every line for every change below it: one of (1, 0) by bus, and one of (r, x) by line, side by side."""
    count = network.n_buses
    dp, dq = (Interval(np.zeros(2 * count), np.zeros(2 * count)) for _ in range(2))
    below = _below(tree, count)
    for bus in tree.order[::-1]:
        line = tree.parent_line[bus]
        if line < 0:
            continue
        r, x = float(network.r_pu[line]), float(network.x_pu[line])
        dp.low[bus] = dp.high[bus] = 1.0
        here = np.concatenate([below[bus], below[bus] & (np.arange(count) != bus)])
        inverse = Interval(1.0 / region.v.high[bus], 1.0 / region.v.low[bus])
        along = [inverse * region.p.at(bus), inverse * region.q.at(bus)]
        if not _falls((r, x), along, (dp.at(here), dq.at(here))):
            return False
        _pass((r, x), along, (dp, dq), here)
        dp.low[count + bus] = dp.high[count + bus] = r
        dq.low[count + bus] = dq.high[count + bus] = x
    return True


def _falls(z: tuple[float, float], along: list[Interval], change: tuple[Interval, Interval]) -> bool:
    """(S) at one line; ``along``: P / v and Q / v there."""
    square = z[0] ** 2 + z[1] ** 2
    drop = [Interval(part + square * item.low, part + square * item.high) for part, item in zip(z, along, strict=True)]
    fallen = drop[0] * change[0] + drop[1] * change[1]
    return bool((change[0].low >= 0.0).all() and (fallen.low >= 0.0).all())


def _pass(z: tuple[float, float], along: list[Interval], change: tuple[Interval, Interval], here: Bools) -> None:
    """What passes the line above: M u."""
    lost = (along[0] * change[0].at(here) + along[1] * change[1].at(here)).times(2.0)
    for part, flow in zip(z, change, strict=True):
        flow.low[here] += part * lost.low
        flow.high[here] += part * lost.high


def _below(tree: Tree, count: int) -> Bools:
    """(n, n) whether the second bus is the first or fed through it."""
    found = np.eye(count, dtype=np.bool_)
    for bus in tree.order[::-1]:
        if tree.parent_line[bus] >= 0:
            found[tree.parent_bus[bus]] |= found[bus]
    return found
