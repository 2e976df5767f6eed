"""Lower bounds of the operator's hours on radial topologies, with devices at the buses that answer to prices.

A device is an injection of its own range and cost, whatever stands behind it; who owns it, this module does not know.
For every tree and hour,

    bound <= min over devices, flows of   sum of the devices' costs + losses + priced violations

with the exact power flow of the tree, by weak duality (:mod:`.kernel`): no solver's tolerance is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.hourly import same_rows
from p2pdnr.network.lanes import padded
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.lagrangian import arrays, kernel
from p2pdnr.reconfiguration.lagrangian.arrays import SeenLoads
from p2pdnr.reconfiguration.lagrangian.lever_ranges import LeverRanges
from p2pdnr.reconfiguration.lagrangian.one_tree import (
    Devices,
    InverterCircles,
    Multipliers,
    TreeHours,
    answers,
    tree_value,
)
from p2pdnr.reconfiguration.lagrangian.secant_cuts import Secants, Withdrawals, can_limit, secants
from p2pdnr.reconfiguration.lagrangian.settings import BoundSettings
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import kernel_grid, share
from p2pdnr.reconfiguration.topologies.tree_set import Lines

MOST_BEHIND = 3
"""Devices behind an inverter."""


class Seen(NamedTuple):
    """Where inverters and levers stand in a plan: withdrawals ``kvar`` (H, n) with what inverters and capacitors feed
    in, ``limit_eur`` (H, n) the price of the lower less that of the upper voltage limit, EUR per unit of squared
    voltage, ``source_v2`` (H, s) squared voltages of the substations, as in the network where it is None; and
    ``fed_kvar``, ``active_kw`` (I, H) what every inverter feeds in and runs, nothing where they are None."""

    kvar: Floats
    limit_eur: Floats
    source_v2: Floats | None = None
    fed_kvar: Floats | None = None
    active_kw: Floats | None = None


@dataclass(frozen=True, eq=False)
class BoundProblem:
    """H hours of a grid: withdrawals (H, n) in kW and kvar that no device makes, the devices, inverters whose reactive
    power is chosen, and levers that move, where the network is the one without them."""

    network: Network
    terms: OperatorTerms
    load_kw: Floats
    load_kvar: Floats
    devices: Devices
    settings: BoundSettings = BoundSettings()
    circles: InverterCircles | None = None
    ranges: LeverRanges | None = None

    @property
    def loss_eur(self) -> float:
        """EUR per unit of losses over a step."""
        return self.terms.loss_eur_per_kw * self.network.base_kw

    @property
    def least_eur(self) -> Floats:
        """(H,) what devices and inverters cost at least where no grid charges for anything: a bound with any grid."""
        own = self.devices.least_eur
        return own if self.circles is None else np.asarray(own + self.circles.least_eur(0.0))

    def all_trees(self, open_lines: Lines, seen_kw: Floats, scale: float = 1.0, seen: Seen | None = None) -> Floats:
        """(n_trees, H) bounds, with multipliers from the power flow at withdrawals ``seen_kw`` (H, n), reactive power
        as ``seen`` or as it is, both times ``scale``."""
        bounds = np.empty((len(open_lines), len(self.load_kw)))
        given = Seen(self.load_kvar, np.zeros_like(self.load_kvar)) if seen is None else seen
        loads = self._loads(scale * seen_kw, scale * given.kvar, given.limit_eur)
        asked = np.ascontiguousarray(open_lines, dtype=np.int32), loads, given, seen is not None
        if given.source_v2 is None:
            self._into(bounds, np.arange(bounds.shape[1]), self.network, asked)
        else:
            for hours in same_rows(given.source_v2):
                held = self.network.with_(substation_vm_pu=np.sqrt(given.source_v2[hours[0]]))
                self._into(bounds, hours, held, asked)
        return np.fmax(bounds, self.least_eur)

    def _into(self, bounds: Floats, hours: Ints, network: Network, asked: tuple[Lines, SeenLoads, Seen, bool]) -> None:
        """Write the bounds of hours (h,) in which the power flow is that of ``network``."""
        rows, every, seen, priced = asked
        settings, size = self.settings, self.settings.trees_at_once
        loads = SeenLoads(*(_columns(part[:, hours]) for part in every))
        answering = self._devices(hours), self._circles(hours, seen), self._levers(hours)
        stop = (settings.power_flow_tolerance, settings.power_flow_sweeps)
        grid, terms = kernel_grid(network, self.terms), (self.loss_eur, stop, priced)

        def portion(first: int) -> None:
            part = rows[first : first + size].copy()
            found = kernel.bound_trees(grid, part, loads, answering, terms)
            bounds[first : first + size, hours] = found[:, : len(hours)]

        share(portion, range(0, len(rows), size))

    def one_tree(self, open_lines: Lines, multipliers: Multipliers, cap_eur: Floats | None = None) -> Floats:
        """(H,) bounds of one tree with open lines (w,) at given multipliers, (n, H) each in per unit.

        Where the operator may pay at most ``cap_eur`` (H,), the bounds are those of plans in which it does.
        """
        closed = np.ones(self.network.n_lines, dtype=np.bool_)
        closed[open_lines] = False
        tree = orient(self.network, closed)
        capped = cap_eur is not None and can_limit(self.network, self.terms)
        cuts = self.secants(tree, cap_eur) if capped else None  # type: ignore[arg-type]
        base, own = self.network.base_kw, self.devices
        withdrawn = self.load_kw.T / base, self.load_kvar.T / base
        at = TreeHours(self.network, self.terms, tree, *withdrawn, cuts, self.ranges)
        best = self.least_eur
        for share_off in self.settings.backed_off_shares:
            drawn = Multipliers(*((1.0 - share_off) * part for part in multipliers))
            value, price, reactive = tree_value(at, drawn)
            if self.circles is not None:
                value = value + self.circles.least_eur(reactive[self.circles.bus] / base)
            best = np.fmax(best, value + answers(own.cost_eur - price[own.bus] / base, own))
        return np.asarray(best)

    def secants(self, tree: Tree, cap_eur: Floats) -> Secants:
        """Of a tree's lines in hours in which the operator pays at most ``cap_eur`` (H,)."""
        least, most = self.load_kw.copy(), self.load_kw.copy()
        np.subtract.at(least.T, self.devices.bus, self.devices.high_kw)
        np.subtract.at(most.T, self.devices.bus, self.devices.low_kw)
        return secants(self.network, self.terms, tree, Withdrawals(least, most, self.load_kvar), cap_eur)

    def _loads(self, seen_kw: Floats, seen_kvar: Floats, limit_eur: Floats) -> SeenLoads:
        base = self.network.base_kw
        powers = (self.load_kw / base, self.load_kvar / base, seen_kw / base, seen_kvar / base)
        return SeenLoads(*(part.T for part in (*powers, limit_eur)))

    def _circles(self, hours: Ints, seen: Seen) -> arrays.CircleArrays:
        base, own = self.network.base_kw, self.circles or InverterCircles.none(len(self.load_kw))
        nothing = np.zeros((len(own.bus), len(hours)))
        fed = nothing if seen.fed_kvar is None else seen.fed_kvar[:, hours]
        active = nothing if seen.active_kw is None else seen.active_kw[:, hours]
        room = np.sqrt(np.maximum(own.kva[:, None] ** 2 - active**2, 0.0))
        tilt = active / np.maximum(room, 1e-3 * own.kva[:, None])
        less, more = np.zeros((2, self.network.n_buses, len(hours)))
        np.add.at(less, own.bus, np.maximum(room + fed, 0.0) / base)
        np.add.at(more, own.bus, np.maximum(room - fed, 0.0) / base)
        parts = (own.active_eur[:, hours] * base, tilt, less, more)
        return arrays.CircleArrays(own.bus, own.kva / base, self._behind(), *(_columns(part) for part in parts))

    def _active(self, hours: Ints) -> Floats:
        """(D, H padded) what the price of active power at an inverter is of a device's cost, EUR per unit."""
        own, paid = self.devices, np.zeros((len(self.devices.bus), padded(len(hours))))
        if own.inverter is not None and self.circles is not None:
            behind = own.inverter >= 0
            active = self.circles.active_eur[own.inverter[behind]][:, hours]
            paid[behind, : len(hours)] = self.network.base_kw * active
        return paid

    def _behind(self) -> Ints:
        """(I, 3) devices behind every inverter, -1 for none."""
        count = 0 if self.circles is None else len(self.circles.bus)
        places, inverter = np.full((count, MOST_BEHIND), -1, dtype=np.int64), self.devices.inverter
        for i in range(0 if inverter is None else count):
            own = np.flatnonzero(inverter == i)
            places[i, : len(own)] = own
        return places

    def _levers(self, hours: Ints) -> arrays.LeverArrays:
        own = self.ranges or LeverRanges.held(self.network, len(self.load_kw))
        price = _columns(own.price_eur[:, :, hours].reshape(-1, len(hours)))
        return arrays.LeverArrays(own.source_v2, price, own.least_pu, own.most_pu)

    def _devices(self, hours: Ints) -> arrays.DeviceArrays:
        base, own = self.network.base_kw, self.devices
        bend = own.bend_eur * base**2
        inverse = np.divide(1.0, bend, out=np.zeros_like(bend), where=bend > 0)
        powers = own.low_kw / base, own.high_kw / base, own.cost_eur * base
        low, high, cost = (_columns(part[:, hours]) for part in powers)
        cost = cost - self._active(hours)
        behind = np.zeros(len(own.bus), dtype=np.bool_) if own.inverter is None else own.inverter >= 0
        return arrays.DeviceArrays(own.bus.astype(np.int64), behind, low, high, cost, bend, inverse)


def _columns(values: Floats) -> Floats:
    """(rows, H) padded to whole lanes."""
    wide = np.zeros((len(values), padded(values.shape[1])))
    wide[:, : values.shape[1]] = values
    return wide
