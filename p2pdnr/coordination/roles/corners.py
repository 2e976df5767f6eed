"""Exact power flow at the corners of a box of injections: one tree, one hour.

A box is ``low <= p <= high``, one interval for every prosumer. Which of its corners are worst for a limit follows from
monotone power flow (docs/model.md, Envelopes): voltages fall and flows away from the substation grow with every kW
that is withdrawn anywhere. Every injection at its least is then worst for the lower voltage limits and for currents
away from the substation, every injection at its most for the upper voltage limits, and for the current of a line that
flows back the most behind that line with the least everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import Tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Box:
    """``low_kw``, ``high_kw`` (K,) least and most injection of every prosumer."""

    low_kw: Floats
    high_kw: Floats

    def toward(self, inside_kw: Floats, share: float) -> Box:
        """The same box drawn towards a point (K,) in it, to a ``share`` of its size."""
        low_kw, high_kw = (inside_kw + share * (end - inside_kw) for end in (self.low_kw, self.high_kw))
        return Box(low_kw, high_kw)


@dataclass(frozen=True, eq=False)
class State:
    """N operating points: ``vm_pu`` (N, n), ``loading`` (N, m) current as a share of the limit, 0 where a line is open
    or has none; NaN without a power flow."""

    vm_pu: Floats
    loading: Floats


@dataclass(frozen=True, eq=False)
class Limits:
    """``vm_min_pu``, ``vm_max_pu`` (n,) infinite at substations; ``loading`` (m,) most share of a line's limit."""

    vm_min_pu: Floats
    vm_max_pu: Floats
    loading: Floats

    def excess(self, state: State) -> Floats:
        """(N,) the most by which a voltage in p.u. or a loading as a share is beyond its limit, negative where all
        hold; infinite without a power flow."""
        low, high = self.vm_min_pu - state.vm_pu, state.vm_pu - self.vm_max_pu
        worst = np.concatenate([low, high, state.loading - self.loading], axis=1).max(axis=1)
        return np.where(np.isnan(worst), np.inf, worst)


def limits_of(network: Network) -> Limits:
    """The limits that a network states."""
    vm_min, vm_max = np.full(network.n_buses, network.vm_min_pu), np.full(network.n_buses, network.vm_max_pu)
    vm_min[network.substations], vm_max[network.substations] = -np.inf, np.inf
    return Limits(vm_min, vm_max, np.where(np.isfinite(network.limit_a), 1.0, np.inf))


@dataclass(frozen=True, eq=False)
class Feeder:
    """One tree in one hour: ``load_kw``, ``load_kvar`` (n,) all withdrawals but what prosumers inject, ``bus`` (K,)
    where they are."""

    network: Network
    tree: Tree
    load_kw: Floats
    load_kvar: Floats
    bus: Ints

    @cached_property
    def behind(self) -> Bools:
        """(m, K) whether a prosumer is fed through a line."""
        found = np.zeros((self.network.n_lines, self.network.n_buses), dtype=np.bool_)
        for bus in self.tree.order:
            line = self.tree.parent_line[bus]
            if line >= 0:
                found[:, bus] = found[:, self.tree.parent_bus[bus]]
                found[line, bus] = True
        return found[:, self.bus]

    @cached_property
    def limited(self) -> Ints:
        """Closed lines with a limit that feed somebody."""
        limited = self.tree.closed & np.isfinite(self.network.limit_a) & self.behind.any(axis=1)
        return np.flatnonzero(limited)

    def at(self, injection_kw: Floats) -> State:
        """The states at injections (N, K)."""
        p_kw = np.tile(self.load_kw, (len(injection_kw), 1))
        np.subtract.at(p_kw.T, self.bus, injection_kw.T)
        flow = solve_tree(self.network, self.tree, p_kw, np.tile(self.load_kvar, (len(p_kw), 1)))
        return State(flow.vm_pu, flow.current_a / self.network.limit_a)

    def corners(self, box: Box) -> Floats:
        """(2 + lines, K) the corners that matter: all at the least, all at the most, and for each line of
        :attr:`limited` the most behind it and the least elsewhere."""
        return np.vstack([box.low_kw, box.high_kw, self.returning(box, self.limited)])

    def returning(self, box: Box, lines: Ints) -> Floats:
        """(lines, K) the corners at which power flows back through each of ``lines`` the most."""
        return np.where(self.behind[lines], box.high_kw, box.low_kw)

    def excess(self, box: Box, limits: Limits) -> float:
        """The worst excess over all corners that matter; see :meth:`Limits.excess`."""
        return float(limits.excess(self.at(self.corners(box))).max())


@dataclass(frozen=True, eq=False)
class Slopes:
    """A state at one point (K,) and how it changes by the injection at each prosumer: ``vm_pu`` (n,), ``loading`` (m,),
    ``d_vm`` (n, K), ``d_loading`` (m, K) per kW."""

    vm_pu: Floats
    loading: Floats
    d_vm: Floats
    d_loading: Floats


STEP_SHARE = 1e-5
"""Of the base power: how far a point is moved to find slopes; the power flow is exact to 1e-12."""


def slopes(feeder: Feeder, points_kw: Floats) -> list[Slopes]:
    """The slopes at points (N, K), by exact power flows one step away at every bus with prosumers."""
    buses, place = np.unique(feeder.bus, return_inverse=True)
    step_kw, (count, people) = STEP_SHARE * feeder.network.base_kw, points_kw.shape
    first = np.array([int(np.flatnonzero(place == index)[0]) for index in range(len(buses))])
    moved = np.repeat(points_kw[:, None, :], 1 + len(buses), axis=1)
    moved[:, 1 + np.arange(len(buses)), first] += step_kw
    state = feeder.at(moved.reshape(-1, people))
    vm_pu, loading = (values.reshape(count, 1 + len(buses), -1) for values in (state.vm_pu, state.loading))
    of_vm, of_loading = ((values[:, 1:] - values[:, :1]).swapaxes(1, 2) / step_kw for values in (vm_pu, loading))
    return [Slopes(vm_pu[k, 0], loading[k, 0], of_vm[k][:, place], of_loading[k][:, place]) for k in range(count)]
