"""Lower bounds of the operator's hours on radial topologies, with devices at the buses that answer to prices.

A device is an injection of its own range and cost, whatever stands behind it; who owns it, this module does not know.
For every tree and hour,

    bound <= min over devices, flows of   sum of the devices' costs + losses + priced violations

with the exact power flow of the tree, by weak duality (:mod:`.kernel`): no solver's tolerance is in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.lanes import padded
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.lagrangian import arrays, kernel
from p2pdnr.reconfiguration.lagrangian.arrays import SeenLoads
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


@dataclass(frozen=True, eq=False)
class BoundProblem:
    """H hours of a grid: withdrawals (H, n) in kW and kvar that no device makes, the devices, and inverters whose
    reactive power is chosen."""

    network: Network
    terms: OperatorTerms
    load_kw: Floats
    load_kvar: Floats
    devices: Devices
    settings: BoundSettings = BoundSettings()
    circles: InverterCircles | None = None

    @property
    def loss_eur(self) -> float:
        """EUR per unit of losses over a step."""
        return self.terms.loss_eur_per_kw * self.network.base_kw

    @property
    def least_eur(self) -> Floats:
        """(H,) what devices and inverters cost at least where no grid charges for anything: a bound with any grid."""
        own = self.devices.least_eur
        return own if self.circles is None else np.asarray(own + self.circles.least_eur(0.0))

    def all_trees(
        self, open_lines: Lines, seen_kw: Floats, scale: float = 1.0, seen_kvar: Floats | None = None
    ) -> Floats:
        """(n_trees, H) bounds, with multipliers from the power flow at withdrawals ``seen_kw`` (H, n), reactive power
        ``seen_kvar`` (H, n) or as it is, both times ``scale``."""
        hours, size = len(self.load_kw), self.settings.trees_at_once
        stop = (self.settings.power_flow_tolerance, self.settings.power_flow_sweeps)
        bounds = np.empty((len(open_lines), hours))
        seen_kvar = self.load_kvar if seen_kvar is None else seen_kvar
        loads, answering = self._loads(scale * seen_kw, scale * seen_kvar), (self._devices(), self._circles())
        grid, terms = kernel_grid(self.network, self.terms), (self.loss_eur, stop)
        rows = np.ascontiguousarray(open_lines, dtype=np.int32)

        def portion(first: int) -> None:
            part = rows[first : first + size].copy()
            bounds[first : first + size] = kernel.bound_trees(grid, part, loads, answering, terms)[:, :hours]

        share(portion, range(0, len(rows), size))
        return np.fmax(bounds, self.least_eur)

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
        at = TreeHours(self.network, self.terms, tree, self.load_kw.T / base, self.load_kvar.T / base, cuts)
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

    def _loads(self, seen_kw: Floats, seen_kvar: Floats) -> SeenLoads:
        base = self.network.base_kw
        return SeenLoads(*(_columns(part.T / base) for part in (self.load_kw, self.load_kvar, seen_kw, seen_kvar)))

    def _circles(self) -> arrays.CircleArrays:
        base, own = self.network.base_kw, self.circles
        if own is None:
            nothing = np.zeros((0, padded(len(self.load_kw))))
            return arrays.CircleArrays(np.zeros(0, dtype=np.int64), np.zeros(0), nothing)
        return arrays.CircleArrays(own.bus.astype(np.int64), own.kva / base, _columns(own.active_eur * base))

    def _devices(self) -> arrays.DeviceArrays:
        base, own = self.network.base_kw, self.devices
        bend = own.bend_eur * base**2
        inverse = np.divide(1.0, bend, out=np.zeros_like(bend), where=bend > 0)
        low, high, cost = (_columns(part) for part in (own.low_kw / base, own.high_kw / base, own.cost_eur * base))
        return arrays.DeviceArrays(own.bus.astype(np.int64), low, high, cost, bend, inverse)


def _columns(values: Floats) -> Floats:
    """(rows, H) padded to whole lanes."""
    wide = np.zeros((len(values), padded(values.shape[1])))
    wide[:, : values.shape[1]] = values
    return wide
