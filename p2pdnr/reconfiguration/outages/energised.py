"""The part of a feeder that has supply, and its exact power flow.

Buses without supply take part in no equation. To use the power flow on trees, they are hung on the rest by lines that
carry nothing: no load, no shunt and no charging is left there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.admittance import Complexes, end_admittance
from p2pdnr.network.arrays import BOTH_ENDS, Bools, Floats, Ints, Network
from p2pdnr.network.kernel_arrays import Branches
from p2pdnr.network.powerflow import has_solution, part_state, solve_tree
from p2pdnr.network.topology import Tree, orient, preferred_tree, reach
from p2pdnr.reconfiguration.outages.supply_kernel import spread

TOLERANCE = 1e-7
"""Below this a limit of voltage (p.u.) or of loading (share) counts as kept."""


@dataclass(frozen=True, eq=False)
class Supply:
    """What hours look like in one switching state: (T, n) voltages, (T, m) loading as a share of the limit, (T,)
    losses in kW; buses and lines without supply are NaN."""

    vm_pu: Floats
    loading: Floats
    loss_kw: Floats

    def broken(self, network: Network) -> Floats:
        """(T,) by how much limits are broken in sum: p.u. of voltage and shares of current; infinite where the power
        flow has no solution."""
        free = np.delete(np.arange(network.n_buses), network.substations)
        vm = self.vm_pu[:, free]
        beyond = np.fmax(np.fmax(vm - network.vm_max_pu, network.vm_min_pu - vm), 0.0)
        over = np.fmax(self.loading - 1.0, 0.0)
        total = np.where(beyond > TOLERANCE, beyond, 0.0).sum(axis=1)
        total += np.where(over > TOLERANCE, over, 0.0).sum(axis=1)
        return np.where(np.isfinite(self.loss_kw), total, np.inf)


def dead(network: Network, closed: Bools) -> Bools:
    """(n,) buses that the closed lines (m,) connect to no substation."""
    fed = np.zeros(network.n_buses, dtype=np.bool_)
    fed[network.substations] = True
    spread(network.from_bus, network.to_bus, np.ascontiguousarray(closed), fed)
    return ~fed


def supplied(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Supply:
    """Exact AC power flow of whatever the closed lines (m,) supply radially, in rows of withdrawals (T, n)."""
    if network.is_plain and network.generators is None:
        return _in_series(network, closed, p_kw, q_kvar)
    without = dead(network, closed)
    if not without.any():
        return on_tree(network, orient(network, closed), p_kw, q_kvar)
    hanging = _hanging(network, closed, without)
    quiet = _silenced(network, closed, without, hanging)
    found = on_tree(quiet, preferred_tree(quiet), *(np.where(without, 0.0, values) for values in (p_kw, q_kvar)))
    inside = closed & ~(without[network.from_bus] | without[network.to_bus])
    loss_kw = found.loss_kw + network.base_kw * (found.vm_pu**2 @ hanging.real)
    return Supply(np.where(without, np.nan, found.vm_pu), np.where(inside, found.loading, np.nan), loss_kw)


def on_tree(network: Network, tree: Tree, p_kw: Floats, q_kvar: Floats) -> Supply:
    """The same where a tree supplies every bus."""
    with np.errstate(over="ignore", invalid="ignore"):  # where there is no solution
        flow = solve_tree(network, tree, p_kw, q_kvar)
    return Supply(flow.vm_pu, flow.current_a / network.limit_a, flow.loss_kw.sum(axis=1))


def _in_series(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Supply:
    """The same where lines are series impedances alone: what has no supply is left out, nothing hangs on the rest."""
    buses, parent_bus, parent_line = reach(network, closed)
    everywhere, hours, roots = len(buses) == network.n_buses, len(p_kw), len(network.substations)
    if everywhere and int(closed.sum()) != network.n_buses - roots:
        orient(network, closed)  # raises TopologyError
    branches = _series_branches(network, buses, parent_bus, parent_line)
    state = part_state(network, branches, buses, p_kw[:, buses], q_kvar[:, buses])
    unsolved, lines = ~has_solution(state)[:hours], branches.line[roots:]
    vm_pu, current2 = np.full((hours, network.n_buses), np.nan), np.abs(state.l[roots:, :hours]).T
    loading = np.full((hours, network.n_lines), 0.0 if everywhere else np.nan)
    vm_pu[:, buses] = np.sqrt(np.maximum(state.v[:, :hours], 0.0)).T
    loading[:, lines] = np.sqrt(current2) / network.limit_pu[lines]
    loss_kw = network.base_kw * (current2 @ branches.r[roots:])
    vm_pu[unsolved], loading[unsolved], loss_kw[unsolved] = np.nan, np.nan, np.nan
    return Supply(vm_pu, loading, loss_kw)


def _series_branches(network: Network, buses: Ints, parent_bus: Ints, parent_line: Ints) -> Branches:
    """The lines that feed ``buses`` (R,), which are counted by their places among these."""
    place, line = np.full(network.n_buses, -1), parent_line[buses]
    place[buses] = np.arange(len(buses))
    root = line < 0
    parent = np.where(root, -1, place[parent_bus[buses]])
    r_pu, x_pu = (np.where(root, 0.0, values[line]) for values in (network.r_pu, network.x_pu))
    return Branches(np.arange(len(buses)), parent, line, r_pu, x_pu, np.zeros((3, 0)), True)


def _hanging(network: Network, closed: Bools, without: Bools) -> Complexes:
    """(n,) admittance of open lines that hang on a supplied bus and lead to one without supply."""
    drawn, ends = np.zeros(network.n_buses, dtype=np.complex128), end_admittance(network).opened
    at_from, at_to = without[network.from_bus], without[network.to_bus]
    for end, buses, here in ((0, network.from_bus, at_from), (1, network.to_bus, at_to)):
        loose = (at_from | at_to) & ~closed & ~here
        np.add.at(drawn, buses[loose], ends[end][loose])
    return drawn


def _silenced(network: Network, closed: Bools, without: Bools, hanging: Complexes) -> Network:
    """The network that draws nothing where there is no supply; what hangs on the rest stands there as a shunt."""
    touched = without[network.from_bus] | without[network.to_bus]
    shunt = (network.shunt_g_pu + 1j * network.shunt_b_pu) * ~without + hanging
    quiet = {
        name: np.where(touched, 0.0, getattr(network, name))
        for name in ("g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu")
    }
    return network.with_(
        **quiet,
        ratio=np.where(touched, 1.0, network.ratio),
        opened_at=np.where(touched, BOTH_ENDS, network.opened_at),
        shunt_g_pu=shunt.real,
        shunt_b_pu=shunt.imag,
        closed=closed,
        switchable=network.switchable | touched,
    )
