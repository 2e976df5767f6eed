"""Which load to leave without supply when no topology keeps the limits: parts of a tree are cut off at switches.

What hangs on a substation by one line is a branch. Substations hold their voltage, so that no branch knows what the
others carry: each sheds by itself, and those that keep their limits are left alone.

A search, best first by what a cut brings for the load it sheds; see :mod:`.all_states` for what is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.kernel_arrays import Branches
from p2pdnr.network.powerflow import has_solution, part_state, tree_branches
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.outages.energised import TOLERANCE, on_tree

MOST_CUTS = 12
LEAST_KW = 1e-3
"""A part without load counts as so much, so that what a cut brings can be divided by it."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Where a branch can be cut: ``buses`` (R,) it has, substations first, then in the order of the ``tree``; the place
    ``parent`` (R,) of the bus that feeds each among them, and the ``child`` (c,) behind each line that can be opened;
    the buses ``below`` (c, R) it supplies; buses ``lost`` (R,) have no supply whatever is done. Of a network with
    admittances to earth everything is one branch."""

    tree: Tree
    branches: Branches
    buses: Ints
    parent: Ints
    child: Ints
    below: Bools
    lost: Bools


@dataclass(frozen=True, eq=False)
class Hours:
    """Hours of one fault in one tree, or one branch: withdrawals and loads (H, n), and the buses ``dark`` (H, n) by
    now."""

    p_kw: Floats
    q_kvar: Floats
    load_kw: Floats
    dark: Bools

    def part(self, rows: Ints) -> Hours:
        """The hours of some rows."""
        return Hours(self.p_kw[rows], self.q_kvar[rows], self.load_kw[rows], self.dark[rows])

    def at(self, buses: Ints) -> Hours:
        """The buses of a branch."""
        return Hours(self.p_kw[:, buses], self.q_kvar[:, buses], self.load_kw[:, buses], self.dark[:, buses])

    def repeated(self, times: int, dark: Bools) -> Hours:
        """Every hour ``times`` times, with other buses ``dark`` (H times, n)."""
        p_kw, q_kvar, load_kw = (np.repeat(values, times, axis=0) for values in (self.p_kw, self.q_kvar, self.load_kw))
        return Hours(p_kw, q_kvar, load_kw, dark)

    @property
    def shed_kw(self) -> Floats:
        """(H,) load without supply."""
        return np.asarray((self.load_kw * self.dark).sum(axis=1))


def cuts(network: Network, closed: Bools, lost: Bools) -> list[Cuts]:
    """Where the branches of the tree of the closed lines (m,) can be cut, besides what is ``lost`` (n,) anyhow."""
    tree = orient(network, closed)
    return [_cuts(network, tree, lost, buses) for buses in _branches(network, tree)]


def whole(network: Network, closed: Bools, lost: Bools) -> Cuts:
    """The same of the whole tree at once."""
    tree = orient(network, closed)
    return _cuts(network, tree, lost, tree.order)


def _branches(network: Network, tree: Tree) -> list[Ints]:
    """Buses of every branch with all substations before them, in the order of the tree."""
    roots = tree.order[tree.parent_bus[tree.order] < 0]
    if not network.is_plain:
        return [tree.order]
    head = np.arange(network.n_buses)
    for bus in tree.order[len(roots) :].tolist():
        above = tree.parent_bus[bus]
        head[bus] = bus if tree.parent_bus[above] < 0 else head[above]
    own = head[tree.order]
    return [np.concatenate([roots, tree.order[own == first]]) for first in np.setdiff1d(head, roots).tolist()]


def _cuts(network: Network, tree: Tree, lost: Bools, buses: Ints) -> Cuts:
    place = np.full(network.n_buses, -1)
    place[buses] = np.arange(len(buses))
    parent = np.where(tree.parent_bus[buses] < 0, -1, place[tree.parent_bus[buses]])
    below = np.eye(len(buses), dtype=np.bool_)
    for here in range(len(buses) - 1, -1, -1):
        if parent[here] >= 0:
            below[parent[here]] |= below[here]
    fed = np.flatnonzero(parent >= 0)
    fed = fed[network.switchable[tree.parent_line[buses[fed]]] & ~lost[buses[fed]]]
    return Cuts(tree, _part(tree_branches(network, tree), place, parent), buses, parent, fed, below[fed], lost[buses])


def _part(branches: Branches, place: Ints, parent: Ints) -> Branches:
    """The lines of a branch, buses being their places in it."""
    inside = place[branches.bus] >= 0
    lines = (branches.line[inside], branches.r[inside], branches.x[inside], branches.earth[:, inside])
    return Branches(np.arange(len(parent)), parent, *lines, branches.plain)


def broken(network: Network, where: Cuts, hours: Hours) -> Floats:
    """(H,) by how much limits of a branch are broken when it supplies all but the dark buses; their shunts and the
    charging of their lines are still counted."""
    p_kw, q_kvar = (np.where(hours.dark, 0.0, values) for values in (hours.p_kw, hours.q_kvar))
    if network.is_plain:
        return _series(network, where, hours.dark, (p_kw, q_kvar))
    back = np.argsort(where.buses)
    solved = on_tree(network, where.tree, p_kw[:, back], q_kvar[:, back])
    return replace(solved, vm_pu=np.where(hours.dark[:, back], np.nan, solved.vm_pu)).broken(network)


def _series(network: Network, where: Cuts, dark: Bools, loads: tuple[Floats, Floats]) -> Floats:
    """The same where lines are series impedances alone: one current at both ends, no need for flows."""
    branches, hours = where.branches, len(dark)
    state = part_state(network, branches, where.buses, *loads)
    fed = branches.line >= 0
    vm_pu = np.sqrt(np.maximum(state.v[fed][:, :hours], 0.0)).T
    with np.errstate(invalid="ignore", over="ignore"):  # where there is no solution
        loading = np.sqrt(np.abs(state.l[fed][:, :hours])).T / network.limit_pu[branches.line[fed]]
        beyond = np.fmax(np.fmax(vm_pu - network.vm_max_pu, network.vm_min_pu - vm_pu), 0.0)
        over = np.fmax(loading - 1.0, 0.0)
        total = np.where((beyond > TOLERANCE) & ~dark[:, fed], beyond, 0.0).sum(axis=1)
        total += np.where(over > TOLERANCE, over, 0.0).sum(axis=1)
    return np.where(has_solution(state)[:hours], total, np.inf)


def shed(network: Network, branches: list[Cuts], hours: Hours) -> Hours:
    """The hours with as many buses in the dark as it takes to keep the limits; a branch goes dark where nothing less
    helps."""
    dark = hours.dark.copy()
    for where in branches:
        dark[:, where.buses] = _shed(network, where, hours.at(where.buses)).dark
    return replace(hours, dark=dark)


def _shed(network: Network, where: Cuts, hours: Hours) -> Hours:
    """One branch: cut after cut, the one that brings most for the load it sheds; on the way every single further cut
    that would be enough is remembered, and the least of these wins."""
    fed = where.parent >= 0
    fine = broken(network, where, hours) <= 0.0
    least = replace(hours, dark=np.where(fine[:, None], hours.dark, np.broadcast_to(fed, hours.dark.shape)))
    rows = np.flatnonzero(~fine)
    if not len(rows):
        return hours
    for _ in range(MOST_CUTS):
        if not len(rows):
            break
        hours, least, rows = _cut(network, where, hours, least, rows)
    return _less(network, where, least, np.flatnonzero(~fine))


def _cut(network: Network, where: Cuts, hours: Hours, least: Hours, rows: Ints) -> tuple[Hours, Hours, Ints]:
    """One cut more in some hours: those hours with it, what is enough by now, and the rows that go on."""
    part = hours.part(rows)
    now = broken(network, where, part)
    tried, limits, total_kw = _every_cut(network, where, part, least.shed_kw[rows])
    more_kw = total_kw - part.shed_kw[:, None]
    enough = np.where(limits <= 0.0, total_kw, np.inf)
    best, place = np.argmin(enough, axis=1), np.arange(len(rows))
    better = np.isfinite(enough[place, best])
    dark = least.dark.copy()
    dark[rows[better]] = tried[place, best][better]
    with np.errstate(invalid="ignore"):  # without a solution before and after a cut, or not looked at
        gain = (now[:, None] - limits) / np.maximum(more_kw, LEAST_KW)
    gain = np.where((limits > 0.0) & (gain > 0.0), gain, -np.inf)
    onward = np.argmax(gain, axis=1)
    goes_on = np.isfinite(gain[place, onward])
    further = hours.dark.copy()
    further[rows[goes_on]] = tried[place, onward][goes_on]
    return replace(hours, dark=further), replace(least, dark=dark), rows[goes_on]


def _every_cut(network: Network, where: Cuts, part: Hours, most_kw: Floats) -> tuple[Bools, Floats, Floats]:
    """(H, c, R) dark buses, (H, c) broken limits and (H, c) load shed of every cut in every hour; infinite limits where
    a cut takes nothing more, or is no cheaper than ``most_kw`` (H,)."""
    tried = part.dark[:, None, :] | where.below[None, :, :]
    total_kw = np.einsum("hcr,hr->hc", tried, part.load_kw)
    worth = (tried.sum(axis=2) > part.dark.sum(axis=1)[:, None]) & (total_kw < most_kw[:, None])
    rows, places = np.nonzero(worth)
    limits = np.full(worth.shape, np.inf)
    flat = Hours(part.p_kw[rows], part.q_kvar[rows], part.load_kw[rows], tried[rows, places])
    limits[rows, places] = broken(network, where, flat) if len(rows) else 0.0
    return tried, limits, total_kw


def _less(network: Network, where: Cuts, hours: Hours, rows: Ints) -> Hours:
    """Bring back what later cuts made needless: every part of the dark, from the largest, that may have supply."""
    dark = hours.dark.copy()
    for row in rows.tolist():
        dark[row] = _brought_back(network, where, hours.part(np.array([row])))
    return replace(hours, dark=dark)


def _brought_back(network: Network, where: Cuts, hour: Hours) -> Bools:
    """(n,) dark buses of one hour when no single cut can be taken back, or moved further down, any more."""
    dark: Bools = hour.dark[0]
    kept = _tops(where, hour.dark[0])
    while len(kept):
        options = _smaller(where, dark, kept)
        if not len(options):
            return dark
        flat = hour.repeated(len(options), options)
        good = np.flatnonzero(broken(network, where, flat) <= 0.0)
        if not len(good):
            return dark
        dark = options[good[np.argmin(flat.shed_kw[good])]]
        kept = _tops(where, dark)
    return dark


def _tops(where: Cuts, dark: Bools) -> Ints:
    """Rows of the cuts that lie between supply and the dark."""
    top = [k for k, bus in enumerate(where.child) if dark[bus] and not dark[where.parent[bus]]]
    return np.array(top, dtype=np.int64)


def _smaller(where: Cuts, dark: Bools, kept: Ints) -> Bools:
    """(k, n) sets of dark buses in which one part has become smaller."""
    options = []
    for top in kept.tolist():
        without = (dark & ~where.below[top]) | where.lost
        options.append(without)
        inside = np.flatnonzero((where.below & ~where.below[top]).sum(axis=1) == 0)
        options += [without | where.below[k] for k in inside.tolist() if k != top]
    return np.array(options, dtype=np.bool_)
