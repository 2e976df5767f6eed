"""The bound of one tree at given multipliers: :mod:`.kernel` in plain arrays, with secants.

The prices of limits are brought within what they may be, and nothing is priced at substations, so that any numbers give
a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.lagrangian.closed_form import (
    ROUNDING_C,
    BusPrices,
    Cut,
    LeastOnLine,
    LineTerms,
    least_on_line,
)
from p2pdnr.reconfiguration.lagrangian.lever_ranges import LeverRanges
from p2pdnr.reconfiguration.lagrangian.secant_cuts import Secants
from p2pdnr.reconfiguration.terms import OperatorTerms, limit_kva


class Multipliers(NamedTuple):
    """``a``, ``b`` (n, H) prices of active and reactive power at every bus, EUR per unit and step; ``nu`` of the
    voltage limits, the lower one's less the upper one's, EUR per unit of squared voltage; ``m`` of the current limit of
    the line that feeds the bus, EUR per unit of relative overload; ``tau`` of that line's secant
    (:mod:`.secant_cuts`), EUR per unit of power squared."""

    a: Floats
    b: Floats
    nu: Floats
    m: Floats
    tau: Floats


@dataclass(frozen=True, eq=False)
class Devices:
    """D injections in kW, withdrawals negative: ``bus`` (D,) index; ``low_kw``, ``high_kw`` (D, H); ``cost_eur`` (D, H)
    per kW over a step, ``bend_eur`` (D,) per kW^2: z costs cost z + bend/2 z^2; ``inverter`` (D,) the index of the
    inverter it stands behind, -1 for none, None where there are none."""

    bus: Ints
    low_kw: Floats
    high_kw: Floats
    cost_eur: Floats
    bend_eur: Floats
    inverter: Ints | None = None

    @property
    def least_eur(self) -> Floats:
        """(H,) what the devices cost at least where no grid charges for anything: a bound with any grid."""
        return answers(self.cost_eur, self)


@dataclass(frozen=True, eq=False)
class InverterCircles:
    """I inverters: ``bus`` (I,) index, ``kva`` (I,), and ``active_eur`` (I, H) what their active power is paid per kW
    over a step; reactive power is free within the circle."""

    bus: Ints
    kva: Floats
    active_eur: Floats

    @classmethod
    def none(cls, hours: int) -> InverterCircles:
        """No inverters."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, hours)))

    def least_eur(self, reactive_eur: Floats | float) -> Floats:
        """(H,) the least that all of them cost, reactive power at ``reactive_eur`` (I, H) per kvar."""
        return np.asarray(-(self.kva @ np.hypot(self.active_eur, reactive_eur)))


def answers(cost_eur: Floats, devices: Devices) -> Floats:
    """(H,) least of cost z + bend/2 z^2 of all devices at linear costs (D, H)."""
    bend = devices.bend_eur[:, None]
    free = np.where(bend > 0, -cost_eur / np.where(bend > 0, bend, 1.0), 0.0)
    inner = np.clip(free, devices.low_kw, devices.high_kw)
    ends = np.minimum(cost_eur * devices.low_kw, cost_eur * devices.high_kw)
    return np.asarray(np.where(bend > 0, inner * (cost_eur + bend / 2 * inner), ends).sum(axis=0))


@dataclass(frozen=True, eq=False)
class TreeHours:
    """A tree of a network in H hours: ``p``, ``q`` (n, H) withdrawals in per unit that no device makes; ``cuts`` the
    secants of its lines, None without; ``ranges`` of the levers that move, None without any."""

    network: Network
    terms: OperatorTerms
    tree: Tree
    p: Floats
    q: Floats
    cuts: Secants | None = None
    ranges: LeverRanges | None = None


class TreeValue(NamedTuple):
    """``least_eur`` (H,) without the devices' share, minus infinity where some C is negative; ``price`` (n, H) that
    active and ``reactive`` that reactive injections are paid, EUR per unit and step."""

    least_eur: Floats
    price: Floats
    reactive: Floats


def tree_value(at: TreeHours, multipliers: Multipliers) -> TreeValue:
    """G, the least of the Lagrangian of a tree at given multipliers."""
    own, network, tree = _within(at, multipliers), at.network, at.tree
    total = (own.a * at.p + own.b * at.q - own.m).sum(axis=0)
    low, high = np.maximum(own.nu, 0.0), np.maximum(-own.nu, 0.0)
    total += (low * network.vm_min_pu**2 - high * network.vm_max_pu**2).sum(axis=0)
    if at.cuts is not None:
        total += (own.tau * at.cuts.level).sum(axis=0)
    ranges = at.ranges or LeverRanges.held(network, total.shape[0])
    y, lowest = own.nu + ranges.rise_eur(own.b), np.zeros(total.shape)
    for bus in tree.order[::-1]:
        up = int(tree.parent_bus[bus])
        if up < 0:
            continue
        c, above = _line(at, own, y[bus], int(bus))
        lowest = np.minimum(lowest, c)
        y[up] += above
    total = total + ranges.source_eur(y[network.substations])
    return TreeValue(np.where(lowest >= -ROUNDING_C, total, -np.inf), own.a, own.b)


def _within(at: TreeHours, multipliers: Multipliers) -> Multipliers:
    """Multipliers that weak duality may use."""
    half = at.terms.half_violation_eur_per_kw
    fed = (at.tree.parent_bus >= 0)[:, None]
    a, b, nu, m, tau = (np.where(fed, part, 0.0) for part in multipliers)
    most = np.where(fed, half * limit_kva(at.network)[at.tree.parent_line][:, None], 0.0)
    nu, m = np.clip(nu, -1000.0 * half, 1000.0 * half), np.clip(m, 0.0, most)
    return Multipliers(a, b, nu, m, np.maximum(tau, 0.0))


def _line(at: TreeHours, multipliers: Multipliers, y: Floats, bus: int) -> LeastOnLine:
    """The closed form of the line that feeds a bus, arrays (H,); ``y`` (H,) the price of its voltage drop."""
    network = at.network
    up, line = int(at.tree.parent_bus[bus]), int(at.tree.parent_line[bus])
    r, x = network.r_pu[line], network.x_pu[line]
    loss = at.terms.loss_eur_per_kw * network.base_kw
    own = LineTerms(r, x, loss * r + multipliers.m[bus] * network.limit_pu[line] ** -2.0)
    cut = None
    if at.cuts is not None:
        tau = multipliers.tau[bus]
        cut = Cut(tau * at.cuts.slope_p[bus], tau * at.cuts.slope_q[bus], tau * at.cuts.floor[bus])
    parent, here = (BusPrices(multipliers.a[place], multipliers.b[place]) for place in (up, bus))
    return least_on_line(own, parent, here, y, cut)
