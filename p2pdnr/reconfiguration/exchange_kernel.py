"""Exchange search over radial topologies, compiled: descend by single exchanges, kick, descend again."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network import kernel, kernel_arrays, lanes
from p2pdnr.network.compilation import entry_point, fingerprint, inner
from p2pdnr.network.kernel import has_converged, orient, price_state, room_for_branches, solve
from p2pdnr.network.kernel_arrays import LOSS, QUICK, UNSOLVABLE, VIOLATION


def _entry_point(sources: int) -> Any:
    @entry_point
    def exchange(grid, start, withdrawals, room, work):  # type: ignore[no-untyped-def]
        """Iterated exchange search from the closed lines ``start`` (m,); returns the number of trees evaluated.

        ``room`` is the (State, Finds) to use. An exchange closes an open line and opens another on the loop that
        appears. From a local optimum of all single exchanges a few random ones lead away, and what they lead to is kept
        unless it is worse.
        """
        assert sources
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

    return exchange


exchange = _entry_point(fingerprint(kernel, kernel_arrays, lanes))


@inner
def _cost(grid, closed, withdrawals, room, work):  # type: ignore[no-untyped-def]
    """Losses and violations of a tree over the hours in EUR; an hour without solution costs more than anything else."""
    (state, finds), (how, random) = room, work
    random[1] += 1
    branches = room_for_branches(len(grid.start) - 1)
    orient(grid, closed, branches)
    solve(branches, withdrawals, grid.root_v, state, (QUICK, 60))
    price_state(grid, branches, state)
    cost = 0.0
    for t in range(how.hours):
        fine = has_converged(state, t, QUICK)
        cost += how.loss_eur * state.hours[LOSS, t] + state.hours[VIOLATION, t] if fine else UNSOLVABLE
    _remember(finds, closed, cost)
    return cost


@inner
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


@inner
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


@inner
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


@inner
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


@inner
def _draw(random, below):  # type: ignore[no-untyped-def]
    """A random integer from 0 to below - 1 (Lehmer's generator)."""
    random[0] = random[0] * 48271 % 2147483647
    return random[0] % below


@inner
def _loop(grid, closed, line):  # type: ignore[no-untyped-def]
    """Lines of the tree on the loop that ``line`` would close; all roots are one node."""
    n = len(grid.start) - 1
    branches = room_for_branches(n)
    orient(grid, closed, branches)
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
