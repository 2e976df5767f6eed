"""Radial topologies ranked by exact AC power flow: every tree, every hour, on all cores.

A tree is oriented and its power flow solved for all hours inside one compiled loop over trees; threads share the trees
in fixed portions. Every tree starts flat, so that its numbers do not depend on which other trees are ranked with it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.powerflow import Branches, new_state, sweep, withdrawals_pu
from p2pdnr.reconfiguration.terms import OperatorTerms, limit_kva
from p2pdnr.reconfiguration.trees import TreeSet, all_trees, pool

__all__ = ["Landscape", "TreeSet", "all_trees", "evaluate", "landscape", "pool"]

# On the squared voltages: losses of healthy topologies are then within 1e-3 kW of the exact. Finalists get the finer.
RANKING_TOLERANCE = 1e-6
FINAL_TOLERANCE = 1e-11
PORTION = 256


@dataclass(frozen=True, eq=False)
class Landscape:
    """Losses and violations of every tree in every hour; NaN where the power flow has no solution.

    Attributes
    ----------
    loss_kw : (n_trees, T) sum of r l
    violation_eur : (n_trees, T) price of broken voltage and current limits over a step
    converged : (n_trees, T)
    """

    trees: TreeSet
    loss_kw: Floats
    violation_eur: Floats
    converged: Bools

    @property
    def open_lines(self) -> npt.NDArray[np.int32]:
        """(n_trees, n_open) open lines of each tree."""
        return self.trees.open_lines

    def stage_cost(self, terms: OperatorTerms) -> Floats:
        """(n_trees, T) EUR of losses and violations in each step, infinite where the power flow has no solution."""
        cost = terms.loss_price_eur_per_kwh * terms.step_h * self.loss_kw + self.violation_eur
        return np.where(self.converged, cost, np.inf)


def landscape(network: Network, trees: TreeSet, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms) -> Landscape:
    """Rank every tree of a set in every hour.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawals. Losses are within 1e-3 kW or so of the exact power flow.
    """
    return _evaluate(network, trees, withdrawals_pu(network, p_kw, q_kvar), terms, RANKING_TOLERANCE)


def evaluate(
    network: Network, open_sets: npt.ArrayLike, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms
) -> Landscape:
    """The same for a few topologies given by their open lines (k, n_open), to full accuracy.

    Raises :class:`TopologyError` for the first that is not radial; duplicates are dropped.
    """
    return _evaluate(network, pool(network, open_sets), withdrawals_pu(network, p_kw, q_kvar), terms, FINAL_TOLERANCE)


class Grid(NamedTuple):
    """A network as the kernel reads it, per unit, adjacency in compressed rows.

    ``start`` (n + 1,), ``line`` and ``other`` (2m,) the lines at a bus and the buses they lead to; ``r``, ``x``, (m,);
    ``roots`` (s,) buses and ``root_v`` (s,) their squared voltages; ``overload`` (2, m) 1/limit^2 and EUR per unit of
    relative excess of l; ``band`` (3,) lower and upper limit of v, EUR per unit of excess; ``base_kw`` (1,).
    """

    start: Ints
    line: Ints
    other: Ints
    r: Floats
    x: Floats
    roots: Ints
    root_v: Floats
    overload: Floats
    band: Floats
    base_kw: float


class Ranking(NamedTuple):
    """Where the kernel writes: (n_trees, T) each."""

    loss_kw: Floats
    violation_eur: Floats
    converged: Bools


def _evaluate(
    network: Network, trees: TreeSet, withdrawals: tuple[Floats, Floats], terms: OperatorTerms, tolerance: float
) -> Landscape:
    shape = (len(trees), withdrawals[0].shape[1])
    ranking = Ranking(np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.bool_))
    grid = _grid(network, terms)

    def rank(first: int) -> None:
        part = slice(first, first + PORTION)
        state = new_state(network.n_buses, shape[1])
        portion = Ranking(ranking.loss_kw[part], ranking.violation_eur[part], ranking.converged[part])
        _rank(grid, np.ascontiguousarray(trees.open_lines[part]), withdrawals, (portion, state), tolerance)

    _share(rank, range(0, len(trees), PORTION))
    return Landscape(trees, *ranking)


def _share(work, items) -> None:  # type: ignore[no-untyped-def]
    """Do ``work`` on every item with one thread per core; the first error is raised."""
    threads = min(_cores(), len(items))
    if threads < 2:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(threads) as executor:
        for _ in executor.map(work, items):
            pass


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _grid(network: Network, terms: OperatorTerms) -> Grid:
    """The network and the price of its limits in per unit."""
    ends = np.concatenate([network.from_bus, network.to_bus])
    by_bus = np.argsort(ends, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=network.n_buses))])
    half_price = terms.violation_price_eur_per_kwh * terms.step_h / 2.0
    return Grid(
        start=start.astype(np.int64),
        line=by_bus % max(network.n_lines, 1),
        other=np.concatenate([network.to_bus, network.from_bus])[by_bus],
        r=network.r_pu.copy(),
        x=network.x_pu.copy(),
        roots=network.substations.astype(np.int64),
        root_v=network.substation_vm_pu**2,
        overload=np.array([network.limit_pu**-2.0, half_price * limit_kva(network)]),
        band=np.array([network.vm_min_pu**2, network.vm_max_pu**2, half_price * 1000.0]),
        base_kw=network.base_kw,
    )


@numba.njit(nogil=True, cache=True)
def _rank(grid, open_lines, withdrawals, room, tolerance):  # type: ignore[no-untyped-def]
    """Power flow of every tree (rows of ``open_lines``); ``room`` is the (Ranking, State) to write to."""
    ranking, state = room
    n, m = len(grid.start) - 1, len(grid.r)
    whole = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    branches = Branches(whole[0], whole[1], whole[2], np.zeros(n), np.zeros(n))
    closed = np.ones(m, dtype=np.bool_)
    for tree in range(len(open_lines)):
        for line in open_lines[tree]:
            closed[line] = False
        _orient(grid, closed, branches)
        for line in open_lines[tree]:
            closed[line] = True
        sweep(branches, withdrawals, grid.root_v, state, tolerance)
        _price(grid, branches, state, ranking.loss_kw[tree], ranking.violation_eur[tree])
        ranking.converged[tree] = state.converged
    return ranking


@numba.njit(nogil=True, cache=True)
def _orient(grid, closed, branches):  # type: ignore[no-untyped-def]
    """Orient the closed lines away from the roots, breadth first, into ``branches``; they must form a tree."""
    bus, parent, line = branches.bus, branches.parent, branches.line
    reached = len(grid.roots)
    for k in range(reached):
        bus[k], parent[k], line[k] = grid.roots[k], -1, -1
    here = 0
    while here < reached:
        for entry in range(grid.start[bus[here]], grid.start[bus[here] + 1]):
            edge = grid.line[entry]
            if closed[edge] and edge != line[here]:
                bus[reached], parent[reached], line[reached] = grid.other[entry], here, edge
                branches.r[reached], branches.x[reached] = grid.r[edge], grid.x[edge]
                reached += 1
        here += 1


@numba.njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="numpy")
def _price(grid, branches, state, loss_kw, violation_eur):  # type: ignore[no-untyped-def]
    """Loss and price of broken limits in every hour, from the state of a power flow; NaN without one."""
    v, l = state.v, state.l  # noqa: E741
    low, high, price = grid.band[0], grid.band[1], grid.band[2]
    for t in range(len(loss_kw)):
        loss_kw[t] = 0.0
        violation_eur[t] = 0.0
    for k in range(len(grid.roots), len(v)):
        line = branches.line[k]
        loss, weight, inverse = grid.base_kw * grid.r[line], grid.overload[1, line], grid.overload[0, line]
        for t in range(len(loss_kw)):
            loss_kw[t] += loss * l[k, t]
            excess = max(max(v[k, t] - high, low - v[k, t]), 0.0)
            violation_eur[t] += price * excess + weight * max(l[k, t] * inverse - 1.0, 0.0)
    for t in range(len(loss_kw)):
        if not state.converged[t]:
            loss_kw[t] = np.nan
            violation_eur[t] = np.nan
