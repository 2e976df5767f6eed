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

    @property
    def shed_kw(self) -> Floats:
        """(H,) load without supply."""
        return np.asarray((self.load_kw * self.dark).sum(axis=1))


def whole(network: Network, closed: Bools, lost: Bools) -> Cuts:
    """Where the whole tree of the closed lines (m,) can be cut, besides what is ``lost`` (n,) anyhow."""
    tree = orient(network, closed)
    return branch_cuts(network, tree, lost, tree.order)


def branches(network: Network, tree: Tree) -> list[Ints]:
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


def branch_cuts(network: Network, tree: Tree, lost: Bools, buses: Ints) -> Cuts:
    """Where the branch of a tree with these ``buses``, one of :func:`branches`, can be cut besides what is ``lost``
    (n,) anyhow."""
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


def shed(network: Network, where: Cuts, hours: Hours) -> Hours:
    """The hours with as many buses of a branch in the dark as it takes to keep the limits, all of it where nothing less
    helps.

    Cut after cut, the one that brings most for the load it sheds; on the way every single further cut that would be
    enough is remembered, and the least of these wins."""
    fed, now = where.parent >= 0, broken(network, where, hours)
    rows = np.flatnonzero(now > 0.0)
    if not len(rows):
        return hours
    dark = np.where((now <= 0.0)[:, None], hours.dark, np.broadcast_to(fed, hours.dark.shape))
    least, going = replace(hours, dark=dark), _Going(hours, now, rows)
    for _ in range(MOST_CUTS):
        if not len(going.rows):
            break
        going, least = _cut(network, where, going, least)
    return _less(network, where, least, rows)


@dataclass(frozen=True, eq=False)
class _Going:
    """Hours with what is cut by now, how much is broken then ``now`` (H,), and the ``rows`` that need further cuts."""

    hours: Hours
    now: Floats
    rows: Ints


def _cut(network: Network, where: Cuts, going: _Going, least: Hours) -> tuple[_Going, Hours]:
    """One cut more in the rows that go on: those hours with it, and what is enough by now."""
    rows, part = going.rows, going.hours.part(going.rows)
    tried, limits, total_kw = _every_cut(network, where, part, least.shed_kw[rows])
    more_kw = total_kw - part.shed_kw[:, None]
    enough = np.where(limits <= 0.0, total_kw, np.inf)
    best, place = np.argmin(enough, axis=1), np.arange(len(rows))
    better = np.isfinite(enough[place, best])
    dark = least.dark.copy()
    dark[rows[better]] = tried[place, best][better]
    with np.errstate(invalid="ignore"):  # without a solution before and after a cut, or not looked at
        gain = (going.now[rows][:, None] - limits) / np.maximum(more_kw, LEAST_KW)
    gain = np.where((limits > 0.0) & (gain > 0.0), gain, -np.inf)
    onward = np.argmax(gain, axis=1)
    goes_on = np.isfinite(gain[place, onward])
    further, now = going.hours.dark.copy(), going.now.copy()
    further[rows[goes_on]] = tried[place, onward][goes_on]
    now[rows[goes_on]] = limits[place, onward][goes_on]
    return _Going(replace(going.hours, dark=further), now, rows[goes_on]), replace(least, dark=dark)


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
    """Bring back what later cuts made needless: as long as a cut can be taken back, or moved further down, the one of
    these that leaves least in the dark, in all ``rows`` at once."""
    dark = hours.dark.copy()
    while len(rows):
        options = [_smaller(where, dark[row], _tops(where, dark[row])) for row in rows.tolist()]
        counts = np.array([len(own) for own in options])
        if not counts.any():
            break
        flat = hours.part(np.repeat(rows, counts))
        flat = replace(flat, dark=np.concatenate([own for own in options if len(own)]))
        shed_kw = np.where(broken(network, where, flat) <= 0.0, flat.shed_kw, np.inf)
        first = np.cumsum(counts) - counts
        lists = [shed_kw[start : start + count] for start, count in zip(first, counts, strict=True)]
        best = [int(np.argmin(own)) if np.isfinite(own).any() else -1 for own in lists]
        for row, start, place in zip(rows.tolist(), first, best, strict=True):
            if place >= 0:
                dark[row] = flat.dark[start + place]
        rows = rows[np.array(best) >= 0]
    return replace(hours, dark=dark)


def _tops(where: Cuts, dark: Bools) -> Ints:
    """Rows of the cuts that lie between supply and the dark."""
    return np.flatnonzero(dark[where.child] & ~dark[where.parent[where.child]])


def _smaller(where: Cuts, dark: Bools, kept: Ints) -> Bools:
    """(k, n) sets of dark buses in which one part has become smaller."""
    options = []
    for top in kept.tolist():
        without = (dark & ~where.below[top]) | where.lost
        inside = np.flatnonzero(where.below[top][where.child])
        options += [without[None], without | where.below[inside[inside != top]]]
    return np.concatenate(options) if options else np.zeros((0, len(dark)), dtype=np.bool_)
