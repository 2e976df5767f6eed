"""The compiled power flow of trees: orient, sweep, price; one tree or many, all hours at once.

With P, Q the power that arrives at the far end of a line i -> j (Baran and Wu 1989, real arithmetic, no square root),

    P = p_j + sum over lines k leaving j of (P_k + r_k l_k),      Q likewise with x,
    l = (P^2 + Q^2) / v_j,
    v_j = v_i - 2 (r P + x Q) - (r^2 + x^2) l,

swept from the leaves to the root and back until v settles. Arrays are laid out (bus in tree order, hour); hours go in
blocks of :data:`p2pdnr.network.lanes.LANES`, each block to its own convergence.

All compiled functions that call each other stand in this one file, because numba's cache looks no further.
"""

from __future__ import annotations

import numba
import numpy as np

from p2pdnr.network.kernel_arrays import CHANGE, LOSS, LOWEST, QUICK, UNSOLVABLE, VIOLATION, Branches
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store


@numba.njit(nogil=True, cache=True, error_model="numpy")
def solve(branches, withdrawals, roots, state, stop):  # type: ignore[no-untyped-def]
    """Power flow of one tree from a flat start into ``state``.

    ``withdrawals``: pair of (n, T) arrays by bus; ``roots`` (s,) squared voltages; ``stop``: tolerance on the Euclidean
    norm of the last change of v (which bounds its largest entry), and the most sweeps.
    """
    for block in range(state.v.shape[1] // LANES):
        _flat_start(roots, state, block)
        for _ in range(stop[1]):
            _backward(branches, withdrawals, len(roots), state, block)
            _forward(branches, len(roots), state, block)
            if not _unsettled(state, block, stop[0]):
                break
        _arrivals(branches, withdrawals, len(roots), state, block)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def has_converged(state, t, tolerance):  # type: ignore[no-untyped-def]
    """Whether an hour settled at a voltage above zero."""
    return state.hours[CHANGE, t] <= tolerance * tolerance and state.hours[LOWEST, t] > 0.0


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _flat_start(roots, state, block):  # type: ignore[no-untyped-def]
    """Every bus at the voltage of its root's place, nothing flowing."""
    zero = spread(0.0)
    for k in range(len(state.v)):
        store(state.v, k, block, spread(roots[k] if k < len(roots) else roots[0]))
        store(state.p, k, block, zero)
        store(state.q, k, block, zero)
    store(state.hours, LOWEST, block, spread(roots[0]))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _backward(branches, withdrawals, n_roots, state, block):  # type: ignore[no-untyped-def]
    """From the leaves to the roots: the drop of v along every line. ``p`` and ``q`` collect what children draw."""
    load_p, load_q = withdrawals
    v, p, q, drop = state.v, state.p, state.q, state.drop
    zero = spread(0.0)
    for k in range(len(v) - 1, n_roots - 1, -1):
        bus, up, r, x = branches.bus[k], branches.parent[k], branches.r[k], branches.x[k]
        arriving_p = load(p, k, block) + load(load_p, bus, block)
        arriving_q = load(q, k, block) + load(load_q, bus, block)
        store(p, k, block, zero)
        store(q, k, block, zero)
        current = (arriving_p * arriving_p + arriving_q * arriving_q) / load(v, k, block)
        store(drop, k, block, 2.0 * (r * arriving_p + x * arriving_q) + (r * r + x * x) * current)
        store(p, up, block, load(p, up, block) + (arriving_p + r * current))
        store(q, up, block, load(q, up, block) + (arriving_q + x * current))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _forward(branches, n_roots, state, block):  # type: ignore[no-untyped-def]
    """From the roots to the leaves: squared voltages, how much they changed, and the lowest met."""
    v, drop = state.v, state.drop
    change, lowest = spread(0.0), load(state.hours, LOWEST, block)
    for k in range(n_roots, len(v)):
        new = load(v, branches.parent[k], block) - load(drop, k, block)
        step = new - load(v, k, block)
        change = change + step * step
        lowest = smaller(new, lowest)
        store(v, k, block, new)
    store(state.hours, CHANGE, block, change)
    store(state.hours, LOWEST, block, lowest)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _unsettled(state, block, tolerance):  # type: ignore[no-untyped-def]
    """Whether an hour is still moving: neither settled nor collapsed (v <= 0, or no number any more)."""
    for t in range(block * LANES, (block + 1) * LANES):
        change = state.hours[CHANGE, t]
        if change > tolerance * tolerance and state.hours[LOWEST, t] > 0.0 and change < np.inf:
            return True
    return False


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _arrivals(branches, withdrawals, n_roots, state, block):  # type: ignore[no-untyped-def]
    """Power arriving at every bus and squared current of the line that feeds it, at the voltages found."""
    load_p, load_q = withdrawals
    v, p, q = state.v, state.p, state.q
    for k in range(len(v) - 1, n_roots - 1, -1):
        bus, up = branches.bus[k], branches.parent[k]
        arriving_p = load(p, k, block) + load(load_p, bus, block)
        arriving_q = load(q, k, block) + load(load_q, bus, block)
        current = (arriving_p * arriving_p + arriving_q * arriving_q) / load(v, k, block)
        store(p, k, block, arriving_p)
        store(q, k, block, arriving_q)
        store(state.l, k, block, current)
        store(p, up, block, load(p, up, block) + (arriving_p + branches.r[k] * current))
        store(q, up, block, load(q, up, block) + (arriving_q + branches.x[k] * current))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def rank(grid, open_lines, withdrawals, room, stop):  # type: ignore[no-untyped-def]
    """Loss and violations of every tree (rows of ``open_lines``); ``room`` is the (Ranking, State) to write to."""
    ranking, state = room
    n = len(grid.start) - 1
    branches = _room_for_branches(n)
    closed = np.ones(len(grid.r), dtype=np.bool_)
    for tree in range(len(open_lines)):
        for line in open_lines[tree]:
            closed[line] = False
        whole = _orient(grid, closed, branches) == n
        for line in open_lines[tree]:
            closed[line] = True
        solve(branches, withdrawals, grid.root_v, state, stop)
        _price(grid, branches, state)
        for t in range(ranking.loss.shape[1]):
            fine = whole and has_converged(state, t, stop[0])
            ranking.converged[tree, t] = fine
            ranking.loss[tree, t] = state.hours[LOSS, t] if fine else np.nan
            ranking.violation_eur[tree, t] = state.hours[VIOLATION, t] if fine else np.nan


@numba.njit(nogil=True, cache=True)
def _orient(grid, closed, branches):  # type: ignore[no-untyped-def]
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
    return reached


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _price(grid, branches, state):  # type: ignore[no-untyped-def]
    """Loss and price of broken limits in every hour, from the state of a power flow."""
    low, high, price = grid.band[0], grid.band[1], grid.band[2]
    for block in range(state.v.shape[1] // LANES):
        loss, violation, zero = spread(0.0), spread(0.0), spread(0.0)
        for k in range(len(grid.roots), len(state.v)):
            line = branches.line[k]
            v, current = load(state.v, k, block), load(state.l, k, block)
            loss = loss + grid.r[line] * current
            excess = larger(larger(v - high, low - v), zero)
            overload = larger(current * grid.overload[0, line] - 1.0, zero)
            violation = violation + price * excess + grid.overload[1, line] * overload
        store(state.hours, LOSS, block, loss)
        store(state.hours, VIOLATION, block, violation)


@numba.njit(nogil=True, cache=True)
def exchange(grid, start, withdrawals, room, work):  # type: ignore[no-untyped-def]
    """Iterated exchange search from the closed lines ``start`` (m,); returns the number of trees evaluated.

    ``room`` is the (State, Finds) to use. An exchange closes an open line and opens another on the loop that appears.
    From a local optimum of all single exchanges a few random ones lead away, and what they lead to is kept unless it is
    worse.
    """
    random = np.array([work.seed, 0])
    closed = start.copy()
    cost = _descend(grid, closed, withdrawals, room, (work, random))
    kept = closed.copy()
    for _ in range(work.rounds):
        for _ in range(1 + _draw(random, work.kicks)):
            _kick(grid, closed, random)
        found = _descend(grid, closed, withdrawals, room, (work, random))
        if found <= cost:
            cost = found
            kept[:] = closed
        closed[:] = kept
    return random[1]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _cost(grid, closed, withdrawals, room, work):  # type: ignore[no-untyped-def]
    """Losses and violations of a tree over the hours in EUR; an hour without solution costs more than anything else."""
    (state, finds), (how, random) = room, work
    random[1] += 1
    branches = _room_for_branches(len(grid.start) - 1)
    _orient(grid, closed, branches)
    solve(branches, withdrawals, grid.root_v, state, (QUICK, 60))
    _price(grid, branches, state)
    cost = 0.0
    for t in range(how.hours):
        fine = has_converged(state, t, QUICK)
        cost += how.loss_eur * state.hours[LOSS, t] + state.hours[VIOLATION, t] if fine else UNSOLVABLE
    _remember(finds, closed, cost)
    return cost


@numba.njit(nogil=True, cache=True)
def _remember(finds, closed, cost):  # type: ignore[no-untyped-def]
    """Put a tree among the finds when it is better than the worst of them and new."""
    worst = np.argmax(finds.cost)
    if cost >= finds.cost[worst]:
        return
    key = 0
    for line in range(len(closed)):
        if not closed[line]:
            key += finds.weight[line]
    for k in range(len(finds.key)):
        if finds.key[k] == key:
            return
    finds.cost[worst], finds.key[worst] = cost, key
    place = 0
    for line in range(len(closed)):
        if not closed[line]:
            finds.open_lines[worst, place] = line
            place += 1


@numba.njit(nogil=True, cache=True)
def _descend(grid, closed, withdrawals, room, work):  # type: ignore[no-untyped-def]
    """Best exchange of every open line in turn until none helps, in place; returns the cost of the local optimum."""
    random = work[1]
    cost = _cost(grid, closed, withdrawals, room, work)
    opened = np.flatnonzero(~closed & grid.switchable)
    idle, turn = 0, _draw(random, max(len(opened), 1))
    while idle < len(opened):
        place = turn % len(opened)
        turn += 1
        better, line = _best_exchange(grid, closed, opened[place], (withdrawals, room, work), cost)
        idle += 1
        if better < cost - 1e-9 * abs(cost):
            closed[opened[place]] = True
            closed[line] = False
            opened[place] = line
            cost, idle = better, 0
    return cost


@numba.njit(nogil=True, cache=True)
def _best_exchange(grid, closed, line, problem, cost):  # type: ignore[no-untyped-def]
    """The least cost that closing ``line`` and opening another of its loop gives, and that other line."""
    withdrawals, room, work = problem
    least, best = cost, line
    loop = _loop(grid, closed, line)
    closed[line] = True
    for other in loop:
        if grid.switchable[other]:
            closed[other] = False
            found = _cost(grid, closed, withdrawals, room, work)
            closed[other] = True
            if found < least:
                least, best = found, other
    closed[line] = False
    return least, best


@numba.njit(nogil=True, cache=True)
def _kick(grid, closed, random):  # type: ignore[no-untyped-def]
    """A random exchange."""
    opened = np.flatnonzero(~closed & grid.switchable)
    if len(opened) == 0:
        return
    line = opened[_draw(random, len(opened))]
    loop = _loop(grid, closed, line)
    if len(loop) == 0:  # a line from substation to substation
        return
    other = loop[_draw(random, len(loop))]
    if grid.switchable[other]:
        closed[line] = True
        closed[other] = False


@numba.njit(nogil=True, cache=True)
def _draw(random, below):  # type: ignore[no-untyped-def]
    """A random integer from 0 to below - 1 (Lehmer's generator)."""
    random[0] = random[0] * 48271 % 2147483647
    return random[0] % below


@numba.njit(nogil=True, cache=True)
def _loop(grid, closed, line):  # type: ignore[no-untyped-def]
    """Lines of the tree on the loop that ``line`` would close; all roots are one node."""
    n = len(grid.start) - 1
    branches = _room_for_branches(n)
    _orient(grid, closed, branches)
    position = np.empty(n, dtype=np.int64)
    for k in range(n):
        position[branches.bus[k]] = k
    a, b = position[grid.ends[0, line]], position[grid.ends[1, line]]
    lines = np.empty(n, dtype=np.int64)
    count = 0
    # parents come first in tree order: of two buses the later one cannot be above the other
    while a != b and max(a, b) >= len(grid.roots):
        if a < b:
            a, b = b, a
        lines[count] = branches.line[a]
        count += 1
        a = branches.parent[a]
    return lines[:count]


@numba.njit(nogil=True, cache=True)
def _room_for_branches(n):  # type: ignore[no-untyped-def]
    empty = np.zeros((3, n), dtype=np.int64)
    return Branches(empty[0], empty[1], empty[2], np.zeros(n), np.zeros(n))
