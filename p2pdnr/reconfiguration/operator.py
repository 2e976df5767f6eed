"""The operator's hours: injections the grid would like, and the charges that say so.

:class:`OperatorProblem` solves, hour by hour on the tree of that hour,
    min  loss + priced violations + sum over prosumer buses of weight/2 (injection - target)^2
by the compiled kernel. It knows the network, the background load and the sum of injections at a bus: nothing private.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration import operator_kernel
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CHARGE_PARTS = ("loss", "congestion", "voltage")


@dataclass(frozen=True, eq=False)
class TreeArrays:
    """A tree in its own bus order, as the kernel reads it; ``rank`` gives each bus's place in that order.

    ``parent``, ``r``, ``x`` (n,) of the line to the parent; ``below`` (n, nb) 1 where a prosumer bus is supplied through that
    line; ``reach`` (n, nb) rise of the lossless squared voltage per unit injected; ``limit`` (n, 2) squared current limit and
    the reference power sqrt(3) Vn Imax in kVA; ``position`` (nb,) places of the prosumer buses.
    """

    tree: Tree
    rank: Ints
    parent: Ints
    r: Floats
    x: Floats
    below: Floats
    reach: Floats
    limit: Floats
    position: Ints


def tree_arrays(network: Network, tree: Tree, buses: Ints) -> TreeArrays:
    """Arrange a tree for the kernel; ``buses`` (nb,) are the buses with prosumers."""
    order, roots = tree.order, len(network.substations)
    rank = np.empty(network.n_buses, dtype=np.int64)
    rank[order] = np.arange(network.n_buses)
    line = tree.parent_line[order]
    parent = np.where(line >= 0, rank[tree.parent_bus[order]], -1)
    r, x = (np.where(line >= 0, values[line], 0.0) for values in (network.r_pu, network.x_pu))
    below = np.zeros((network.n_buses, len(buses)))
    below[rank[buses], np.arange(len(buses))] = 1.0
    for k in range(network.n_buses - 1, roots - 1, -1):
        below[parent[k]] += below[k]
    reach = np.zeros_like(below)
    for k in range(roots, network.n_buses):
        reach[k] = reach[parent[k]] + 2.0 * r[k] * below[k]
    limit_pu = np.where(line >= 0, network.limit_pu[line], np.inf)
    rating_kva = np.where(line >= 0, network.base_kw * network.limit_pu[line], 0.0)
    below[:roots] = 0.0
    limit = np.column_stack([limit_pu**2, np.where(np.isfinite(rating_kva), rating_kva, 0.0)])
    return TreeArrays(tree, rank, parent, r, x, below, reach, limit, rank[buses])


@dataclass(frozen=True, eq=False)
class OperatorAnswer:
    """What the operator would like: ``injection_kw`` (T, nb), and ``charge`` (3, T, n) in EUR per kWh withdrawn at every bus,
    split into :data:`CHARGE_PARTS`; ``cost_eur`` (T, 2) losses and violations; ``currents`` (T, n) warm-start the next call."""

    injection_kw: Floats
    charge_eur_per_kwh: Floats
    cost_eur: Floats
    currents: Floats
    steps: int


@dataclass(frozen=True, eq=False)
class OperatorProblem:
    """The operator's hours for a network, its loads (T, n) in kW and kvar without prosumers' injections, and prosumer buses.

    Trees are arranged once and kept by their closed lines; the cache belongs to this object.
    """

    network: Network
    terms: OperatorTerms
    load_kw: Floats
    load_kvar: Floats
    buses: Ints
    _trees: dict[bytes, TreeArrays] = field(default_factory=dict)

    def tree(self, closed: Bools) -> TreeArrays:
        """The arranged tree of a set of closed lines (m,)."""
        key = np.packbits(closed).tobytes()
        if key not in self._trees:
            self._trees[key] = tree_arrays(self.network, orient(self.network, closed), self.buses)
        return self._trees[key]

    def solve(
        self, closed: Bools, target_kw: Floats, weight: Floats, hours: Ints, start: OperatorAnswer | None = None
    ) -> OperatorAnswer:
        """Solve the hours ``hours`` (H,) with ``closed`` (H, m), targets and weights (H, nb), in kW and EUR per kW2.

        Raises :class:`PowerFlowError` naming the hours whose power flow has no solution near the targets.
        """
        base = self.network.base_kw
        trees = [self.tree(row) for row in closed]
        order = np.array([item.tree.order for item in trees])
        load, reactive = (np.take_along_axis(a[hours] / base, order, axis=1) for a in (self.load_kw, self.load_kvar))
        voltage = np.zeros(self.network.n_buses)
        voltage[self.network.substations] = self.network.substation_vm_pu**2
        z = np.ascontiguousarray((target_kw if start is None else start.injection_kw) / base)
        currents = np.zeros_like(load) if start is None else start.currents.copy()
        charges = np.zeros((len(hours), 3, self.network.n_buses))
        cost_eur = np.zeros((len(hours), 2))
        stacked = [np.array([getattr(t, name) for t in trees]) for name in _TREE_FIELDS]
        steps = operator_kernel.solve_hours(
            *stacked[:3], len(self.network.substations), *stacked[3:], load, reactive, voltage[order], target_kw / base,
            weight * base**2, self._prices(), self.network.vm_min_pu**2, self.network.vm_max_pu**2, z, currents, charges, cost_eur,
        )  # fmt: skip
        if np.any(steps < 0):
            bad = ", ".join(str(int(hour)) for hour in hours[steps < 0])
            raise PowerFlowError(f"no power flow solution found in hours {bad}")
        per_kwh = charges / (base * self.terms.step_h)
        by_bus = np.array([item[:, tree.rank] for item, tree in zip(per_kwh, trees, strict=True)])
        return OperatorAnswer(z * base, by_bus.transpose(1, 0, 2), cost_eur, currents, int(steps.sum()))

    def _prices(self) -> Floats:
        """EUR per p.u. of loss, per p.u. of squared voltage (1000 kW a bus), per kVA of rating and unit of squared overload."""
        step = self.terms.step_h
        violation = self.terms.violation_price_eur_per_kwh * step / 2.0
        return np.array(
            [self.terms.loss_price_eur_per_kwh * step * self.network.base_kw, violation * 1000.0, violation]
        )


_TREE_FIELDS = ("parent", "r", "x", "below", "reach", "limit", "position")
