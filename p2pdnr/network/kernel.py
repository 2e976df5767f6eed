"""The compiled power flow of trees: orient, sweep, price; one tree or many, all hours at once.

With P, Q the power that arrives at the far end of a line i -> j (Baran and Wu 1989, real arithmetic, no square root),

    P = p_j + sum over lines k leaving j of (P_k + r_k l_k),      Q likewise with x,
    l = (P^2 + Q^2) / v_j,
    v_j = v_i - 2 (r P + x Q) - (r^2 + x^2) l,

swept from the leaves to the root and back until v settles. Where there are ratios and admittances to earth, v_i counts
with the line's gain and p_j, q_j grow by g v_j, -b v_j, with r, x and l as seen from the fed bus; networks that have
none (``plain``) go without that work. Arrays are laid out (bus in tree order, hour); hours go in
blocks of :data:`p2pdnr.network.lanes.LANES`, each block to its own convergence.

What Python calls is cached with a fingerprint of the other files it is made of (:mod:`p2pdnr.network.compilation`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from p2pdnr.network import kernel_arrays, kernel_shunts, lanes
from p2pdnr.network.compilation import entry_point, fingerprint, inner
from p2pdnr.network.kernel_arrays import CHANGE, ERROR, LOSS, LOWEST, VIOLATION, Branches, Grid
from p2pdnr.network.kernel_shunts import at_ends, charge, leaked, limited
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store


@inner
def solve(branches, withdrawals, roots, state, stop):  # type: ignore[no-untyped-def]
    """Power flow of one tree from a flat start into ``state``.

    ``withdrawals``: pair of (n, T) arrays by bus; ``roots`` (s,) squared voltages; ``stop``: tolerance on the
    Euclidean norm of what v still has to go (which bounds its largest entry), and the most sweeps.
    """
    for block in range(state.v.shape[1] // LANES):
        _flat_start(roots, state, block)
        for _ in range(stop[1]):
            _backward(branches, withdrawals, len(roots), state, block)
            _forward(branches, len(roots), state, block)
            if not _unsettled(state, block, stop[0]):
                break
        _arrivals(branches, withdrawals, len(roots), state, block)


@inner
def has_converged(state, t, tolerance):  # type: ignore[no-untyped-def]
    """Whether an hour settled at a voltage above zero."""
    return (state.hours[ERROR, t] <= tolerance * tolerance) & (state.hours[LOWEST, t] > 0.0)


@inner
def _flat_start(roots, state, block):  # type: ignore[no-untyped-def]
    """Every bus at the voltage of its root's place, nothing flowing."""
    zero = spread(0.0)
    for k in range(len(state.v)):
        store(state.v, k, block, spread(roots[k] if k < len(roots) else roots[0]))
        store(state.p, k, block, zero)
        store(state.q, k, block, zero)
    store(state.hours, LOWEST, block, spread(roots[0]))
    store(state.hours, CHANGE, block, zero)


@inner
def _backward(branches, withdrawals, n_roots, state, block):  # type: ignore[no-untyped-def]
    """From the leaves to the roots: the drop of v along every line. ``p`` and ``q`` collect what children draw."""
    load_p, load_q = withdrawals
    v, p, q, drop, earth, plain = state.v, state.p, state.q, state.drop, branches.earth, branches.plain
    zero = spread(0.0)
    for k in range(len(v) - 1, n_roots - 1, -1):
        bus, up, r, x = branches.bus[k], branches.parent[k], branches.r[k], branches.x[k]
        here = load(v, k, block)
        arriving_p = load(p, k, block) + load(load_p, bus, block)
        arriving_q = load(q, k, block) + load(load_q, bus, block)
        if not plain:
            arriving_p = arriving_p + earth[0, k] * here
            arriving_q = arriving_q - earth[1, k] * here
        store(p, k, block, zero)
        store(q, k, block, zero)
        current = (arriving_p * arriving_p + arriving_q * arriving_q) / here
        store(drop, k, block, 2.0 * (r * arriving_p + x * arriving_q) + (r * r + x * x) * current)
        store(p, up, block, load(p, up, block) + (arriving_p + r * current))
        store(q, up, block, load(q, up, block) + (arriving_q + x * current))


@inner
def _forward(branches, n_roots, state, block):  # type: ignore[no-untyped-def]
    """From the roots to the leaves: squared voltages, how much they changed, and the lowest met.

    Sweeps contract: a change of c after one of b = c / s leaves at most c s / (1 - s) to go, 2 c s where s < 1/2.
    """
    v, drop, earth, plain = state.v, state.drop, branches.earth, branches.plain
    change, before, lowest = spread(0.0), load(state.hours, CHANGE, block), load(state.hours, LOWEST, block)
    for k in range(n_roots, len(v)):
        above = load(v, branches.parent[k], block)
        if not plain:
            above = earth[2, k] * above
        new = above - load(drop, k, block)
        step = new - load(v, k, block)
        change = change + step * step
        lowest = smaller(new, lowest)
        store(v, k, block, new)
    store(state.hours, CHANGE, block, change)
    store(state.hours, ERROR, block, smaller(4.0 * change * change / before, change))
    store(state.hours, LOWEST, block, lowest)


@inner
def _unsettled(state, block, tolerance):  # type: ignore[no-untyped-def]
    """Whether an hour is still moving: neither settled nor collapsed (v <= 0, or no number any more)."""
    for t in range(block * LANES, (block + 1) * LANES):
        error = state.hours[ERROR, t]
        if error > tolerance * tolerance and state.hours[LOWEST, t] > 0.0 and error < np.inf:
            return True
    return False


@inner
def _arrivals(branches, withdrawals, n_roots, state, block):  # type: ignore[no-untyped-def]
    """Power arriving at every bus and squared current of the line that feeds it, at the voltages found."""
    load_p, load_q = withdrawals
    v, p, q, earth, plain = state.v, state.p, state.q, branches.earth, branches.plain
    for k in range(len(v) - 1, n_roots - 1, -1):
        bus, up, here = branches.bus[k], branches.parent[k], load(v, k, block)
        arriving_p = load(p, k, block) + load(load_p, bus, block)
        arriving_q = load(q, k, block) + load(load_q, bus, block)
        if not plain:
            arriving_p = arriving_p + earth[0, k] * here
            arriving_q = arriving_q - earth[1, k] * here
        current = (arriving_p * arriving_p + arriving_q * arriving_q) / here
        store(p, k, block, arriving_p)
        store(q, k, block, arriving_q)
        store(state.l, k, block, current)
        store(p, up, block, load(p, up, block) + (arriving_p + branches.r[k] * current))
        store(q, up, block, load(q, up, block) + (arriving_q + branches.x[k] * current))


def _entry_points(sources: int) -> tuple[Any, Any]:
    @entry_point
    def power_flow(branches, withdrawals, roots, state, stop):  # type: ignore[no-untyped-def]
        """:func:`solve`, for callers that are not compiled."""
        assert sources
        solve(branches, withdrawals, roots, state, stop)

    @entry_point
    def rank(grid, open_lines, withdrawals, workspace, stop):  # type: ignore[no-untyped-def]
        """Loss and violations of every tree (rows of ``open_lines``) into a :class:`RankingWorkspace`."""
        assert sources
        ranking, state, branches, closed = workspace
        n = len(grid.start) - 1
        for tree in range(len(open_lines)):
            for line in open_lines[tree]:
                closed[line] = False
            whole = orient(grid, closed, branches) == n
            for line in open_lines[tree]:
                closed[line] = True
            solve(branches, withdrawals, grid.root_v, state, stop)
            price_state(grid, branches, state)
            _note(ranking, tree, state, whole, stop[0])

    return power_flow, rank


power_flow, rank = _entry_points(fingerprint(kernel_arrays, kernel_shunts, lanes))


@inner
def orient(grid, closed, branches):  # type: ignore[no-untyped-def]
    """Orient the closed lines away from the roots, breadth first, into ``branches``; returns how many buses it met."""
    bus, parent, line = branches.bus, branches.parent, branches.line
    reached = len(grid.roots)
    for k in range(reached):
        bus[k], parent[k], line[k] = grid.roots[k], -1, -1
    here = 0
    while here < reached:
        for entry in range(grid.start[bus[here]], grid.start[bus[here] + 1]):
            edge = grid.line[entry]
            if closed[edge] and edge != line[here] and reached < len(bus):
                bus[reached], parent[reached], line[reached] = grid.other[entry], here, edge
                branches.r[reached], branches.x[reached] = grid.r[edge], grid.x[edge]
                reached += 1
        here += 1
    charge(grid.earth, grid, branches, reached)
    return reached


@inner
def price_state(grid, branches, state):  # type: ignore[no-untyped-def]
    """Loss and price of broken limits in every hour, from the state of a power flow."""
    low, high, price, r = grid.band[0], grid.band[1], grid.band[2], branches.r
    at_ends(grid.earth, grid, branches, state)
    for block in range(state.v.shape[1] // LANES):
        loss, violation, zero = spread(0.0), spread(0.0), spread(0.0)
        for k in range(len(grid.roots), len(state.v)):
            line = branches.line[k]
            v = load(state.v, k, block)
            loss = loss + r[k] * load(state.l, k, block)
            excess = larger(larger(v - high, low - v), zero)
            overload = larger(limited(grid.earth, state, k, block) * grid.overload[0, line] - 1.0, zero)
            violation = violation + price * excess + grid.overload[1, line] * overload
        store(state.hours, LOSS, block, loss + leaked(grid.earth, branches, state.v, block))
        store(state.hours, VIOLATION, block, violation)


@inner
def _note(ranking, tree, state, whole, tolerance):  # type: ignore[no-untyped-def]
    """Loss and violations of a tree into the ranking; one row at a time, which compilers turn into vector code."""
    loss, violation, converged = ranking.loss[tree], ranking.violation_eur[tree], ranking.converged[tree]
    for t in range(len(loss)):
        fine = whole & has_converged(state, t, tolerance)
        converged[t] = fine
        loss[t] = state.hours[LOSS, t] if fine else np.nan
        violation[t] = state.hours[VIOLATION, t] if fine else np.nan


@register_jitable
def new_branches(grid: Grid) -> Branches:
    """Branches of a tree, to be written by :func:`orient`."""
    n, plain = len(grid.start) - 1, grid.earth is None
    empty = np.zeros((3, n), dtype=np.int64)
    return Branches(empty[0], empty[1], empty[2], np.zeros(n), np.zeros(n), np.zeros((3, 0 if plain else n)), plain)
