"""Which load to leave without supply when no topology keeps the limits: parts of a tree are cut off at switches.

A search, best first by what a cut brings for the load it sheds; see :mod:`.all_states` for what is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.kernel_arrays import Branches
from p2pdnr.network.powerflow import has_solution, tree_branches, tree_state
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.outages.energised import Supply, on_tree

MOST_CUTS = 12
LEAST_KW = 1e-3
"""A part without load counts as so much, so that what a cut brings can be divided by it."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Where a tree can be cut: switchable ``lines`` (c,), and the buses ``below`` (c, n) each of them supplies; buses
    ``lost`` (n,) have no supply whatever is done."""

    tree: Tree
    branches: Branches
    lines: Ints
    below: Bools
    lost: Bools


@dataclass(frozen=True, eq=False)
class Hours:
    """Hours of one fault in one tree: withdrawals and loads (H, n), and the buses ``dark`` (H, n) by now."""

    p_kw: Floats
    q_kvar: Floats
    load_kw: Floats
    dark: Bools

    def part(self, rows: Ints) -> Hours:
        """The hours of some rows."""
        return Hours(self.p_kw[rows], self.q_kvar[rows], self.load_kw[rows], self.dark[rows])

    def repeated(self, times: int, dark: Bools) -> Hours:
        """Every hour ``times`` times, with other buses ``dark`` (H times, n)."""
        p_kw, q_kvar, load_kw = (np.repeat(values, times, axis=0) for values in (self.p_kw, self.q_kvar, self.load_kw))
        return Hours(p_kw, q_kvar, load_kw, dark)

    @property
    def shed_kw(self) -> Floats:
        """(H,) load without supply."""
        return np.asarray((self.load_kw * self.dark).sum(axis=1))


def cuts(network: Network, closed: Bools, lost: Bools) -> Cuts:
    """Where the tree of the closed lines (m,) can be cut, besides what is ``lost`` (n,) anyhow."""
    tree = orient(network, closed)
    below = np.eye(network.n_buses, dtype=np.bool_)
    for bus in tree.order[::-1].tolist():
        if tree.parent_bus[bus] >= 0:
            below[tree.parent_bus[bus]] |= below[bus]
    fed = np.flatnonzero(tree.parent_line >= 0)
    fed = fed[network.switchable[tree.parent_line[fed]] & ~lost[fed]]
    return Cuts(tree, tree_branches(network, tree), tree.parent_line[fed], below[fed], lost)


def broken(network: Network, where: Cuts, hours: Hours) -> Floats:
    """(H,) by how much limits are broken when a tree supplies all but the dark buses; their shunts and the charging of
    their lines are still counted."""
    p_kw, q_kvar = (np.where(hours.dark, 0.0, values) for values in (hours.p_kw, hours.q_kvar))
    solved = _series(network, where, p_kw, q_kvar) if network.is_plain else on_tree(network, where.tree, p_kw, q_kvar)
    return replace(solved, vm_pu=np.where(hours.dark, np.nan, solved.vm_pu)).broken(network)


def _series(network: Network, where: Cuts, p_kw: Floats, q_kvar: Floats) -> Supply:
    """The same where lines are series impedances alone: one current at both ends, no need for flows. Losses only say
    whether there is a solution."""
    branches, hours = where.branches, len(p_kw)
    state = tree_state(network, branches, p_kw, q_kvar)
    solved = np.where(has_solution(state)[:hours], 0.0, np.nan)
    vm_pu, loading = np.empty((hours, network.n_buses)), np.zeros((hours, network.n_lines))
    vm_pu[:, branches.bus] = np.sqrt(np.maximum(state.v[:, :hours], 0.0)).T
    fed = branches.line >= 0
    loading[:, branches.line[fed]] = np.sqrt(np.abs(state.l[fed][:, :hours])).T
    with np.errstate(invalid="ignore"):  # where there is no solution
        return Supply(vm_pu, loading / network.limit_pu, solved)


def shed(network: Network, where: Cuts, hours: Hours) -> Hours:
    """The hours with as many buses in the dark as it takes to keep the limits; all of them where nothing less helps.

    Cut after cut, the one that brings most for the load it sheds; on the way every single further cut that would be
    enough is remembered, and the least of these wins.
    """
    roots = np.isin(np.arange(network.n_buses), network.substations)
    fine = broken(network, where, hours) <= 0.0
    least = replace(hours, dark=np.where(fine[:, None], hours.dark, np.broadcast_to(~roots, hours.dark.shape)))
    rows = np.flatnonzero(~fine)
    for _ in range(MOST_CUTS):
        if not len(rows):
            break
        hours, least, rows = _cut(network, where, hours, least, rows)
    return _less(network, where, least)


def _cut(network: Network, where: Cuts, hours: Hours, least: Hours, rows: Ints) -> tuple[Hours, Hours, Ints]:
    """One cut more in some hours: those hours with it, what is enough by now, and the rows that go on."""
    now = broken(network, where, hours.part(rows))
    tried, limits, more_kw = _every_cut(network, where, hours, rows)
    useful = (tried & ~hours.dark[rows][:, None, :]).any(axis=2)
    total_kw = hours.shed_kw[rows][:, None] + more_kw
    cheaper = useful & (total_kw < least.shed_kw[rows][:, None])
    enough = np.where(cheaper & (limits <= 0.0), total_kw, np.inf)
    best, place = np.argmin(enough, axis=1), np.arange(len(rows))
    better = np.isfinite(enough[place, best])
    dark = least.dark.copy()
    dark[rows[better]] = tried[place, best][better]
    with np.errstate(invalid="ignore"):  # without a solution before and after a cut
        gain = (now[:, None] - limits) / np.maximum(more_kw, LEAST_KW)
    gain = np.where(cheaper & (limits > 0.0) & (gain > 0.0), gain, -np.inf)
    onward = np.argmax(gain, axis=1)
    goes_on = np.isfinite(gain[place, onward])
    further = hours.dark.copy()
    further[rows[goes_on]] = tried[place, onward][goes_on]
    return replace(hours, dark=further), replace(least, dark=dark), rows[goes_on]


def _every_cut(network: Network, where: Cuts, hours: Hours, rows: Ints) -> tuple[Bools, Floats, Floats]:
    """(H, c, n) dark buses, (H, c) broken limits and (H, c) further load shed of every cut in every row."""
    part = hours.part(rows)
    tried = part.dark[:, None, :] | where.below[None, :, :]
    shape = tried.shape[:2]
    flat = part.repeated(shape[1], tried.reshape(-1, network.n_buses))
    limits = broken(network, where, flat).reshape(shape)
    more_kw = flat.shed_kw.reshape(shape) - part.shed_kw[:, None]
    return tried, limits, more_kw


def _less(network: Network, where: Cuts, hours: Hours) -> Hours:
    """Bring back what later cuts made needless: every part of the dark, from the largest, that may have supply."""
    dark = hours.dark.copy()
    for row in range(len(dark)):
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
    tree = where.tree
    child = np.array([bus for bus in np.flatnonzero(tree.parent_line >= 0) if tree.parent_line[bus] in where.lines])
    top = [k for k, bus in enumerate(child) if dark[bus] and not dark[tree.parent_bus[bus]]]
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
