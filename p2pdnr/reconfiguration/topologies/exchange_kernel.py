"""Exchange search over radial topologies, compiled: descend by single exchanges, kick, descend again.

An exchange closes a line and opens another of the loop that appears. Opening line k of the loop sends its flow S_k
around the loop the other way; with the voltages of the present tree the losses then change by

    2 D . sum over the loop of s_j r_j S_j / v_j  +  |D|^2 sum over the loop of r_j / v_j,     D = -s_k S_k,

with s_j = +1 or -1 as line j lies on one or the other way down to the closed line (Civanlar, Grainger, Yin and Lee
1988; Baran and Wu 1989). All lines of a loop cost one pass over it. Exchanges are then evaluated by exact power flow
in the order of what they promise, an optimistic reading of that estimate, until none promises more than the best
found. Broken limits are estimated as none, so that where limits are broken every exchange is evaluated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network import kernel, kernel_arrays, kernel_shunts, lanes
from p2pdnr.network.compilation import allocating, entry_point, fingerprint, inner
from p2pdnr.network.kernel import has_converged, orient, price_state, solve
from p2pdnr.network.kernel_arrays import LOSS, VIOLATION
from p2pdnr.reconfiguration.topologies import exchange_arrays
from p2pdnr.reconfiguration.topologies.exchange_arrays import QUICK, UNSOLVABLE


def _entry_point(sources: int) -> Any:
    @entry_point
    def exchange(grid, closed, withdrawals, workspace, work):  # type: ignore[no-untyped-def]
        """Iterated exchange search from the closed lines (m,), which hold the best tree afterwards.

        From a local optimum of all single exchanges a few random ones lead away, and what they lead to is kept unless
        it is worse.
        """
        assert sources
        random = np.array([work.seed])
        kept, cost = closed.copy(), np.inf
        touched = np.ones(len(closed), dtype=np.bool_)
        for turn in range(work.rounds + 1):
            if turn > 0:
                if workspace.control[0] != 0:
                    break
                closed[:] = kept
                touched[:] = False
                for _ in range(1 + _draw(random, work.kicks)):
                    _kick(grid, closed, workspace, (random, touched))
            found = _descend(grid, closed, withdrawals, workspace, (work, random, touched))
            if found <= cost:
                cost = found
                kept[:] = closed
        closed[:] = kept

    return exchange


exchange = _entry_point(fingerprint(kernel, kernel_arrays, kernel_shunts, lanes, exchange_arrays))


@allocating
def _descend(grid, closed, withdrawals, workspace, work):  # type: ignore[no-untyped-def]
    """Best exchange of every open line in turn until none helps, in place; returns the cost of the local optimum.

    Only open lines whose loop meets a loop that was ``touched`` (m,) since they were looked at are looked at again.
    """
    how, random, touched = work
    cost = _stand(grid, closed, withdrawals, workspace, how)
    opened = np.flatnonzero(~closed & grid.switchable)
    waiting = np.zeros(len(opened), dtype=np.bool_)
    _wait(grid, workspace, opened, touched, waiting)
    turn, idle = _draw(random, max(len(opened), 1)), 0
    while idle < len(opened) and workspace.control[0] == 0:
        place = turn % len(opened)
        turn, idle = turn + 1, idle + 1
        if not waiting[place]:
            continue
        waiting[place] = False
        better, line = _best_exchange(grid, closed, opened[place], (withdrawals, workspace, how), cost)
        if better < cost - 1e-9 * abs(cost):
            _touch(grid, workspace, opened[place], touched)
            closed[opened[place]] = True
            closed[line] = False
            opened[place] = line
            cost, idle = _stand(grid, closed, withdrawals, workspace, how), 0
            _wait(grid, workspace, opened, touched, waiting)
    return cost


@allocating
def _touch(grid, workspace, line, touched):  # type: ignore[no-untyped-def]
    """Mark the loop that a line closes."""
    touched[line] = True
    for other in _loop(grid, workspace, line)[0]:
        touched[other] = True


@allocating
def _wait(grid, workspace, opened, touched, waiting):  # type: ignore[no-untyped-def]
    """Have every open line looked at whose loop meets a touched one; nothing counts as touched afterwards."""
    for place in range(len(opened)):
        if not waiting[place]:
            waiting[place] = touched[opened[place]]
            for other in _loop(grid, workspace, opened[place])[0]:
                waiting[place] |= touched[other]
    touched[:] = False


@allocating
def _best_exchange(grid, closed, line, problem, cost):  # type: ignore[no-untyped-def]
    """The least cost that closing ``line`` and opening another of its loop gives, and that other line."""
    withdrawals, workspace, how = problem
    least, best = cost, line
    loop = _loop(grid, workspace, line)
    promise = _promises(grid, workspace, (line, cost), loop, how)
    closed[line] = True
    for _ in range(len(promise)):
        k = np.argmin(promise)
        if promise[k] >= least:
            break
        promise[k] = np.inf
        other = loop[0][k]
        closed[other] = False
        found = _cost(grid, closed, withdrawals, (workspace.trial, workspace.other, workspace), how)
        closed[other] = True
        if found < least:
            least, best = found, other
    closed[line] = False
    return least, best


@allocating
def _promises(grid, workspace, standing, loop, how):  # type: ignore[no-untyped-def]
    """(lines of the loop,) the least that opening each instead of a line may cost in EUR; infinite where it may not."""
    line, cost = standing
    lines = loop[0]
    sure = how.doubt < 1.0 and cost < UNSOLVABLE
    promise = np.full(len(lines), 0.0 if sure else -np.inf)
    if sure:
        for t in range(how.hours):
            _add_promise(grid, workspace.here, (line, t), loop, (how, promise))
    for k in range(len(lines)):
        if not grid.switchable[lines[k]]:
            promise[k] = np.inf
    return promise


@inner
def _add_promise(grid, here, case, loop, result):  # type: ignore[no-untyped-def]
    """The part of one hour: loss now, and the estimated change in an optimistic reading."""
    (line, t), (lines, position, sign), (how, promise) = case, loop, result
    around_p, around_q, resistance = 0.0, 0.0, grid.r[line] / here.v[len(here.v) - 1, t]
    for k in range(len(lines)):
        weight = grid.r[lines[k]] / here.v[position[k], t]
        around_p += sign[k] * weight * here.p[position[k], t]
        around_q += sign[k] * weight * here.q[position[k], t]
        resistance += weight
    for k in range(len(lines)):
        p, q = here.p[position[k], t], here.q[position[k], t]
        shift = -2.0 * sign[k] * (p * around_p + q * around_q)
        shift *= 1.0 + how.doubt if shift < 0.0 else 1.0 - how.doubt
        added = (1.0 - how.doubt) * (p * p + q * q) * resistance
        promise[k] += how.loss_eur * (here.hours[LOSS, t] + shift + added)


@inner
def _stand(grid, closed, withdrawals, workspace, how):  # type: ignore[no-untyped-def]
    """Make a tree the one to start exchanges from; returns its cost."""
    cost = _cost(grid, closed, withdrawals, (workspace.here, workspace.branches, workspace), how)
    for k in range(len(workspace.position)):
        workspace.position[workspace.branches.bus[k]] = k
    return cost


@inner
def _cost(grid, closed, withdrawals, place, how):  # type: ignore[no-untyped-def]
    """Losses and violations of a tree over the hours in EUR; an hour without solution costs more than anything else."""
    state, branches, workspace = place
    workspace.control[1] += 1
    orient(grid, closed, branches)
    solve(branches, withdrawals, grid.root_v, state, (QUICK, 60))
    price_state(grid, branches, state)
    cost = 0.0
    for t in range(how.hours):
        fine = has_converged(state, t, QUICK)
        cost += how.loss_eur * state.hours[LOSS, t] + state.hours[VIOLATION, t] if fine else UNSOLVABLE
    _remember(workspace.finds, closed, cost)
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


@allocating
def _kick(grid, closed, workspace, random):  # type: ignore[no-untyped-def]
    """A random exchange, its loop marked as touched."""
    draws, touched = random
    opened = np.flatnonzero(~closed & grid.switchable)
    if len(opened) == 0:
        return
    orient(grid, closed, workspace.branches)
    for k in range(len(workspace.position)):
        workspace.position[workspace.branches.bus[k]] = k
    line = opened[_draw(draws, len(opened))]
    lines = _loop(grid, workspace, line)[0]
    if len(lines) == 0:  # a line from substation to substation
        return
    other = lines[_draw(draws, len(lines))]
    if grid.switchable[other]:
        _touch(grid, workspace, line, touched)
        closed[line] = True
        closed[other] = False


@inner
def _draw(random, below):  # type: ignore[no-untyped-def]
    """A random integer from 0 to below - 1 (Lehmer's generator)."""
    random[0] = random[0] * 48271 % 2147483647
    return random[0] % below


@allocating
def _loop(grid, workspace, line):  # type: ignore[no-untyped-def]
    """The loop that ``line`` would close in the tree stood on: the other lines, the position of the bus each feeds, and
    on which of the two ways down it lies (-1 or 1). All roots are one node."""
    n = len(workspace.position)
    lines, position, sign = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    a, b = workspace.position[grid.ends[0, line]], workspace.position[grid.ends[1, line]]
    way, count = -1, 0
    # parents come first in tree order: of two buses the later one cannot be above the other
    while a != b and max(a, b) >= len(grid.roots):
        if a < b:
            a, b, way = b, a, -way
        lines[count], position[count], sign[count] = workspace.branches.line[a], a, way
        count += 1
        a = workspace.branches.parent[a]
    return lines[:count], position[:count], sign[:count]
