"""The operator's hours: injections the grid would like, and the charges that say so.

:class:`OperatorProblem` solves, hour by hour on the tree of that hour,
    min  loss + priced violations + sum over prosumer buses of weight/2 (injection - target)^2
by the compiled kernel. It knows the network, the background load and the sum of injections at a bus: nothing private.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.admittance import bus_admittance, end_admittance, tree_series
from p2pdnr.network.arrays import Network
from p2pdnr.network.hourly import HourlyNetwork, same_rows
from p2pdnr.network.joints import bond, pairs
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.operator import kernel
from p2pdnr.reconfiguration.operator.arrays import (
    EARTH_ROWS,
    FEW_LIMITS,
    MOST_LIMITS,
    HourAnswers,
    Hours,
    HourWorkspace,
    Terms,
    Trees,
    new_workspace,
)
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Spread = Callable[[Callable[[slice], None], Iterable[slice]], object]
"""Like ``map``: calls a function with every slice, several at a time if it can."""

CHARGE_PARTS = ("loss", "congestion", "voltage")

HOURS_AT_ONCE = 6
"""How many hours one call of the kernel solves where several calls may run side by side."""


@dataclass(frozen=True, eq=False)
class TreeArrays:
    """A tree in its own bus order, as the kernel reads it; ``rank`` gives each bus's place in that order.

    ``parent``, ``r``, ``x`` (n,) of the line to the parent; ``limit`` (n, 3) its squared current limit, its rating
    sqrt(3) Vn Imax in kVA, and whether the bus has limits of voltage, which substations have not, nor buses where a
    loop was cut, as they are there twice; ``position`` (nz,) places of the prosumer and the inverter buses; ``shared``
    (nz, nz) place of the last bus that the paths from the substation to two of them share, 0 where there is none but
    substations;
    ``earth`` (8, n) ratios and admittances to earth, rows of :mod:`.arrays`; ``joint`` (k, 2) places of buses that are
    one point.
    """

    tree: Tree
    rank: Ints
    parent: Ints
    r: Floats
    x: Floats
    limit: Floats
    position: Ints
    shared: Ints
    earth: Floats
    joint: Ints


def tree_arrays(network: Network, tree: Tree, buses: Ints, plain: bool) -> TreeArrays:
    """Arrange a tree for the kernel; ``buses`` (nz,) are those where something may be injected. ``plain`` leaves out
    ratios and admittances to earth, of which the network has none."""
    order = tree.order
    rank = np.empty(network.n_buses, dtype=np.int64)
    rank[order] = np.arange(network.n_buses)
    line = tree.parent_line[order]
    fed = line >= 0
    parent = np.where(fed, rank[tree.parent_bus[order]], -1)
    series = tree_series(network, tree)
    limit_pu = np.where(fed, network.limit_pu[line], np.inf)
    rating_kva = np.where(fed & np.isfinite(limit_pu), network.base_kw * limit_pu, 0.0)
    joint, within = rank[pairs(network)], fed.astype(np.float64)
    within[joint[:, 0]] = 0.0
    limit = np.column_stack([limit_pu**2, rating_kva, within])
    r, x, earth = series.r_pu[order], series.x_pu[order], _earth(network, tree, plain)
    shared = kernel.shared_buses(parent, rank[buses])
    return TreeArrays(tree, rank, parent, r, x, limit, rank[buses], shared, earth, joint)


def _earth(network: Network, tree: Tree, plain: bool) -> Floats:
    """(8, n) ratios and admittances to earth in tree order, not read where the network is plain."""
    if plain:
        return np.zeros((EARTH_ROWS, network.n_buses))
    drawn, leak = bus_admittance(network, tree.closed)
    ends = np.zeros((2, network.n_buses), dtype=np.complex128)
    fed = np.flatnonzero(tree.parent_line >= 0)
    line = tree.parent_line[fed]
    closed, far = end_admittance(network).closed, np.where(network.to_bus[line] == fed, 1, 0)
    ends[:, fed] = closed[1 - far, line], closed[far, line]
    gain = tree_series(network, tree).gain
    rows = [gain, drawn.real, drawn.imag, leak, ends[0].real, ends[0].imag, ends[1].real, ends[1].imag]
    return np.array(rows)[:, tree.order]


@dataclass(frozen=True, eq=False)
class OperatorAnswer:
    """What the operator would like: ``injection_kw`` (T, nb), and ``charge`` (3, T, n) in EUR per kWh withdrawn at
    every bus, split into :data:`CHARGE_PARTS`; ``cost_eur`` (T, 2) losses and violations; ``currents`` (T, n), in the
    order of each hour's tree, warm-start the next call; ``limit_prices_eur`` (3, T, n) of every bus's upper and lower
    voltage limit and of the current limit of the line that feeds it, per unit and step. ``left_out``: most broken
    limits of an hour that there was no room for, beside :data:`.arrays.MOST_LIMITS` others. ``reactive_kvar`` (T, ni)
    what is fed in at the inverter buses where the operator has a say in it."""

    injection_kw: Floats
    charge_eur_per_kwh: Floats
    cost_eur: Floats
    currents: Floats
    limit_prices_eur: Floats
    left_out: int = 0
    reactive_kvar: Floats | None = None


@dataclass(frozen=True, eq=False)
class ArrangedSchedule:
    """A schedule arranged for the kernel: its ``trees``, ``which`` (H,) of them each hour has; ``order`` and ``rank``
    (H, n) between buses and places in that tree; withdrawals and squared root voltages (H, n) per unit in its order."""

    trees: Trees
    which: Ints
    order: Ints
    rank: Ints
    load_p: Floats
    load_q: Floats
    root_v: Floats


@dataclass(frozen=True, eq=False)
class OperatorProblem:
    """The operator's hours for a network, its loads (T, n) in kW and kvar without prosumers' injections, and prosumer
    buses (nb,); at ``inverter_buses`` (ni,) the operator chooses reactive power as well. What is injected, active power
    at the former and reactive power at the latter, is nz = nb + ni numbers an hour. ``positions`` (T, L) are those of
    the network's levers by hour, None where all stay as they are.

    Trees are arranged for the kernel once and kept by their closed lines; the last schedule and the workspaces of the
    kernel are kept too. All this belongs to this object.
    """

    network: Network
    terms: OperatorTerms
    load_kw: Floats
    load_kvar: Floats
    buses: Ints
    inverter_buses: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    positions: Ints | None = None
    _trees: dict[tuple[bytes, bytes], TreeArrays] = field(default_factory=dict)
    _days: list[tuple[tuple[bytes, bytes], ArrangedSchedule]] = field(default_factory=list)
    _workspaces: list[HourWorkspace] = field(default_factory=list)

    @property
    def injected(self) -> Ints:
        """(nz,) buses of all that is injected."""
        return np.concatenate([self.buses, self.inverter_buses])

    @cached_property
    def hourly(self) -> HourlyNetwork:
        """The network of every hour."""
        return HourlyNetwork(self.network, self.positions)

    def tree(self, closed: Bools, hour: int = 0) -> TreeArrays:
        """The arranged tree of a set of closed lines (m,), with levers as they stand in an hour."""
        key = np.packbits(closed).tobytes(), self._where(hour)
        if key not in self._trees:
            network = self.hourly.at(hour)
            self._trees[key] = tree_arrays(network, orient(network, closed), self.injected, self.hourly.is_plain)
        return self._trees[key]

    def alike(self, closed: Bools, hours: Ints) -> list[Ints]:
        """Places among some hours (H,) with the same row of ``closed`` (H, m) and the same positions."""
        rows = closed if self.positions is None else np.hstack([closed, self.positions[hours]])
        return same_rows(rows)

    def _where(self, hour: int) -> bytes:
        return b"" if self.positions is None else self.positions[hour].tobytes()

    def solve(
        self,
        closed: Bools,
        pull: tuple[Floats, Floats],
        hours: Ints,
        start: OperatorAnswer | None = None,
        spread: Spread | None = None,
    ) -> OperatorAnswer:
        """Solve the hours ``hours`` (H,) with ``closed`` (H, m); ``pull``: targets and weights (H, nz) in kW and kvar,
        and in EUR per square of them. With ``spread`` several hours may be solved at a time.

        Raises :class:`PowerFlowError` naming the hours whose power flow has no solution near the targets.
        """
        base, day, (target_kw, weight) = self.network.base_kw, self.day(closed, hours), pull
        answers = self._answers(target_kw, start)
        # one layout, one compilation
        drawn = np.ascontiguousarray(target_kw / base), np.ascontiguousarray(weight * base**2)
        asked, terms = Hours(day.which, day.load_p, day.load_q, day.root_v, *drawn), self._terms()

        def part(of: slice) -> None:
            some = Hours._make(values[of] for values in asked)
            self._solve_part(day.trees, some, terms, HourAnswers._make(values[of] for values in answers))

        if spread is None:
            part(slice(None))
        else:
            spread(part, [slice(first, first + HOURS_AT_ONCE) for first in range(0, len(hours), HOURS_AT_ONCE)])
        if np.any(answers.steps < 0):
            bad = ", ".join(str(int(hour)) for hour in hours[answers.steps < 0])
            raise PowerFlowError(f"no power flow solution found in hours {bad}")
        charge = np.take_along_axis(answers.charges, day.rank[:, None, :], axis=2) / (base * self.terms.step_h)
        prices = np.take_along_axis(answers.prices, day.rank[:, None, :], axis=2).transpose(1, 0, 2)
        left_out = int(answers.left_out.max(initial=0))
        active_kw, reactive_kvar = np.split(answers.z * base, [len(self.buses)], axis=1)
        return OperatorAnswer(
            active_kw, charge.transpose(1, 0, 2), answers.cost, answers.l, prices, left_out, reactive_kvar
        )

    def _solve_part(self, trees: Trees, asked: Hours, terms: Terms, answers: HourAnswers) -> None:
        """Solve some hours, again with a larger workspace while one of them has more broken limits than fit in."""
        room = self._workspaces.pop() if self._workspaces else self._workspace()
        kernel.solve_hours(trees, asked, terms, answers, room)
        most = len(room.limits.kind)
        while most < MOST_LIMITS and np.any(answers.left_out > 0):
            most = min(most + int(answers.left_out.max()) + FEW_LIMITS, MOST_LIMITS)
            room = self._workspace(most)
            kernel.solve_hours(trees, asked, terms, answers, room)
        self._workspaces.append(room)

    def _workspace(self, most: int = FEW_LIMITS) -> HourWorkspace:
        return new_workspace(self.network.n_buses, len(self.injected), most, len(pairs(self.network)))

    def day(self, closed: Bools, hours: Ints) -> ArrangedSchedule:
        """The schedule ``closed`` (H, m) of some hours (H,) arranged for the kernel; the last one is kept."""
        key = closed.tobytes(), hours.tobytes()
        for known, day in self._days:
            if known == key:
                return day
        day = self._arranged(closed, hours)
        self._days[:] = [(key, day)]
        return day

    def _arranged(self, closed: Bools, hours: Ints) -> ArrangedSchedule:
        trees, which = self._used(closed, hours)
        order = np.array([item.tree.order for item in trees])[which]
        rank = np.array([item.rank for item in trees])[which]
        loads = (values[hours] / self.network.base_kw for values in (self.load_kw, self.load_kvar))
        load_p, load_q = (np.take_along_axis(load, order, axis=1) for load in loads)
        root_v = np.take_along_axis(self._root_v(hours), order, axis=1)
        return ArrangedSchedule(self._stacked(trees), which, order, rank, load_p, load_q, root_v)

    def _used(self, closed: Bools, hours: Ints) -> tuple[list[TreeArrays], Ints]:
        """The different trees of ``closed`` (H, m) with levers as in some hours (H,), and which of them each has."""
        keys = [row.tobytes() + self._where(h) for row, h in zip(np.packbits(closed, axis=1), hours, strict=True)]
        place = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        which = np.array([place[key] for key in keys], dtype=np.int64)
        first = [keys.index(key) for key in place]
        return [self.tree(closed[row], int(hours[row])) for row in first], which

    def _stacked(self, trees: list[TreeArrays]) -> Trees:
        return Trees(
            np.array([tree.parent for tree in trees]),
            np.array([tree.r for tree in trees]),
            np.array([tree.x for tree in trees]),
            np.array([tree.limit for tree in trees]),
            np.array([tree.position for tree in trees]),
            np.array([tree.shared for tree in trees]),
            len(self.network.substations),
            np.array([tree.earth for tree in trees]),
            self.hourly.is_plain,
            len(self.buses),
            None if self.network.joints is None else np.array([tree.joint for tree in trees]),
            bond(self.network),
        )

    def _answers(self, target_kw: Floats, start: OperatorAnswer | None) -> HourAnswers:
        shape = (len(target_kw), self.network.n_buses)
        z = (target_kw if start is None else self._begun(start)) / self.network.base_kw
        currents = np.zeros(shape) if start is None else start.currents.copy()
        charges, prices = np.zeros((2, shape[0], 3, shape[1]))
        cost, steps = np.zeros((shape[0], 2)), np.zeros(shape[0], dtype=np.int64)
        return HourAnswers(np.ascontiguousarray(z), currents, charges, prices, cost, steps, np.zeros_like(steps))

    def _begun(self, start: OperatorAnswer) -> Floats:
        """(H, nz) what an earlier answer injects."""
        if start.reactive_kvar is None:
            return np.hstack([start.injection_kw, np.zeros((len(start.injection_kw), len(self.inverter_buses)))])
        return np.hstack([start.injection_kw, start.reactive_kvar])

    def _root_v(self, hours: Ints) -> Floats:
        """(H, n) squared voltage of the substations, zero elsewhere."""
        voltage = np.zeros((len(hours), self.network.n_buses))
        for places, network in self.hourly.parts(hours):
            voltage[np.ix_(places, network.substations)] = network.substation_vm_pu**2
        return voltage

    def _terms(self) -> Terms:
        """Prices in EUR per p.u. of loss, per p.u. of squared voltage (1000 kW a bus), per kVA of rating and unit of
        squared overload."""
        network, violation = self.network, self.terms.half_violation_eur_per_kw
        loss = self.terms.loss_eur_per_kw * network.base_kw
        return Terms(loss, violation * 1000.0, violation, network.vm_min_pu**2, network.vm_max_pu**2)
