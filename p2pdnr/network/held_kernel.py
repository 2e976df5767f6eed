"""The compiled power flow of trees with generators that hold the voltage of their bus within limits of reactive power.

A generator gives the q between its limits with

    v = set point;    or v < set point at the upper limit;    or v > set point at the lower one

(squared voltages). Around the power flow of a tree with fixed q stands an iteration over all q at once, hour by hour.
The voltages are taken for linear in q, the slopes at first those of a lossless tree, twice the reactance of the common
way to the root, then corrected by what each step did (Broyden 1965, "A class of methods for solving nonlinear
simultaneous equations", Mathematics of Computation 19). The q that meets the conditions in the linear model is found by
exchanging generators between "free" and "at a limit" all at once, and after a while one by one, lowest index first,
which ends where the matrix of slopes is a P-matrix (Murty 1974, "Note on a Bard-type scheme for solving the
complementarity problem", Opsearch 11). An hour is solved where the exact power flow meets the conditions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from p2pdnr.network import kernel, kernel_arrays, kernel_shunts, lanes
from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.compilation import entry_point, fingerprint, inner
from p2pdnr.network.kernel import _note, has_converged, orient, price_state, solve
from p2pdnr.network.kernel_arrays import ERROR

MOST_STEPS = 60
SLACK = 10.0
"""Times the tolerance of the power flow: within that a squared voltage meets its set point."""
MOVING, SETTLED, GIVEN_UP = range(3)


class Held(NamedTuple):
    """G generators over T hours, per unit, and where their iteration works.

    ``bus`` (G,); ``square`` (G,) squared set points; ``least``, ``most``, ``first`` (G,) limits of q and where it
    begins; ``withdrawals`` pair of (n, padded T) active and reactive ones, of which the reactive change at these buses;
    ``base`` (G, T) reactive withdrawal of the bus without it; ``q`` (G, T) what is found; ``v`` (G, T) squared
    voltage at the bus; ``before`` (2, G, T) q and v one step ago; ``slope`` (T, G, G) of v over q; ``way`` (2, n),
    ``place`` (G,), ``matrix`` (G, G + 1), ``step`` (G,), ``fixed`` (G,), ``steps`` and ``ended`` (T,) scratch.
    """

    bus: Ints
    square: Floats
    least: Floats
    most: Floats
    first: Floats
    withdrawals: tuple[Floats, Floats]
    base: Floats
    q: Floats
    v: Floats
    before: Floats
    slope: Floats
    way: Floats
    place: Ints
    matrix: Floats
    step: Floats
    fixed: Ints
    steps: Ints
    ended: Ints


@inner
def hold(branches, roots, state, held, stop):  # type: ignore[no-untyped-def]
    """Power flow of one tree into ``state``, the reactive power of generators into ``held.q``; hours without a solution
    have an infinite ERROR."""
    _find_places(branches, held)
    _slopes(branches, len(roots), held)
    _begin(held)
    for _ in range(MOST_STEPS):
        solve(branches, held.withdrawals, roots, state, stop)
        moving = False
        for t in range(held.q.shape[1]):
            if held.ended[t] == MOVING:
                _move(state, held, t, stop[0])
                moving = moving or held.ended[t] == MOVING
        if not moving:
            break
    for t in range(held.q.shape[1]):
        if held.ended[t] != SETTLED:
            state.hours[ERROR, t] = np.inf


@inner
def _find_places(branches, held):  # type: ignore[no-untyped-def]
    """Where the generators' buses stand in tree order."""
    for g in range(len(held.bus)):
        for k in range(len(branches.bus)):
            if branches.bus[k] == held.bus[g]:
                held.place[g] = k


@inner
def _slopes(branches, n_roots, held):  # type: ignore[no-untyped-def]
    """Slopes of the squared voltages over q without losses, for all hours."""
    on_way, slope = held.way[0], held.way[1]
    for j in range(len(held.bus)):
        on_way[:] = 0.0
        slope[:] = 0.0
        k = held.place[j]
        while k >= n_roots:
            on_way[k] = 1.0
            k = branches.parent[k]
        for k in range(n_roots, len(slope)):
            above = slope[branches.parent[k]]
            if not branches.plain:
                above = branches.earth[2, k] * above
            slope[k] = above + 2.0 * branches.x[k] * on_way[k]
        for i in range(len(held.bus)):
            for t in range(held.q.shape[1]):
                held.slope[t, i, j] = slope[held.place[i]]


@inner
def _begin(held):  # type: ignore[no-untyped-def]
    for t in range(held.q.shape[1]):
        held.steps[t], held.ended[t] = 0, MOVING
        for g in range(len(held.bus)):
            held.q[g, t] = min(max(held.first[g], held.least[g]), held.most[g])
        _give(held, t)


@inner
def _give(held, t):  # type: ignore[no-untyped-def]
    """Write what generators give in an hour into the withdrawals."""
    for g in range(len(held.bus)):
        held.withdrawals[1][held.bus[g], t] = held.base[g, t] - held.q[g, t]


@inner
def _move(state, held, t, tolerance):  # type: ignore[no-untyped-def]
    """The next q of an hour; halfway back where the last one has no power flow."""
    count = len(held.bus)
    if not has_converged(state, t, tolerance):
        held.ended[t] = MOVING if held.steps[t] else GIVEN_UP
        for g in range(count):
            held.q[g, t] = 0.5 * (held.q[g, t] + held.before[0, g, t])
        _give(held, t)
        return
    for g in range(count):
        held.v[g, t] = state.v[held.place[g], t]
    if _missing(held, t) <= SLACK * tolerance:
        held.ended[t] = SETTLED
        return
    if held.steps[t]:
        _learn(held, t)
    for g in range(count):
        held.before[0, g, t], held.before[1, g, t] = held.q[g, t], held.v[g, t]
    held.steps[t] += 1
    _aim(held, t)
    _give(held, t)


@inner
def _missing(held, t):  # type: ignore[no-untyped-def]
    """The most by which a squared voltage misses what its generator's conditions ask."""
    most = 0.0
    for g in range(len(held.bus)):
        short = held.square[g] - held.v[g, t]
        if held.q[g, t] >= held.most[g]:
            short = min(short, 0.0)
        if held.q[g, t] <= held.least[g]:
            short = max(short, 0.0)
        most = max(most, abs(short))
    return most


@inner
def _learn(held, t):  # type: ignore[no-untyped-def]
    """Broyden's correction of the slopes by what the last step did."""
    count, length = len(held.bus), 0.0
    for g in range(count):
        held.step[g] = held.q[g, t] - held.before[0, g, t]
        length += held.step[g] * held.step[g]
    if length <= 0.0:
        return
    for i in range(count):
        wrong = held.v[i, t] - held.before[1, i, t]
        for j in range(count):
            wrong -= held.slope[t, i, j] * held.step[j]
        for j in range(count):
            held.slope[t, i, j] += wrong * held.step[j] / length


@inner
def _aim(held, t):  # type: ignore[no-untyped-def]
    """The q that meets the conditions in the linear model."""
    count = len(held.bus)
    for g in range(count):
        short = held.square[g] - held.v[g, t]
        held.fixed[g] = 0
        if held.q[g, t] >= held.most[g] and short > 0.0:
            held.fixed[g] = 1
        elif held.q[g, t] <= held.least[g] and short < 0.0:
            held.fixed[g] = -1
    for attempt in range(8 * count + 10):
        _free_step(held, t)
        if not _exchanged(held, t, attempt > count + 4):
            break
    for g in range(count):
        held.q[g, t] = min(max(held.q[g, t] + held.step[g], held.least[g]), held.most[g])


@inner
def _free_step(held, t):  # type: ignore[no-untyped-def]
    """The step that takes free generators to their set points and the others to their limits, by elimination."""
    count, rows = len(held.bus), held.matrix
    for i in range(count):
        for j in range(count):
            rows[i, j] = held.slope[t, i, j] if held.fixed[i] == 0 else (1.0 if i == j else 0.0)
        rows[i, count] = held.square[i] - held.v[i, t]
        if held.fixed[i] == 1:
            rows[i, count] = held.most[i] - held.q[i, t]
        elif held.fixed[i] == -1:
            rows[i, count] = held.least[i] - held.q[i, t]
    for c in range(count):
        best = c
        for i in range(c + 1, count):
            if abs(rows[i, c]) > abs(rows[best, c]):
                best = i
        for j in range(count + 1):
            rows[c, j], rows[best, j] = rows[best, j], rows[c, j]
        for i in range(c + 1, count):
            share = rows[i, c] / rows[c, c]
            for j in range(c, count + 1):
                rows[i, j] -= share * rows[c, j]
    for back in range(count):
        i = count - 1 - back
        value = rows[i, count]
        for j in range(i + 1, count):
            value -= rows[i, j] * held.step[j]
        held.step[i] = value / rows[i, i]


@inner
def _exchanged(held, t, singly):  # type: ignore[no-untyped-def]
    """Whether generators that miss a condition after the step were exchanged: all, or the first of them."""
    count, exchanged = len(held.bus), False
    for g in range(count):
        was, there = held.fixed[g], held.q[g, t] + held.step[g]
        if was == 0:
            if there > held.most[g]:
                held.fixed[g] = 1
            elif there < held.least[g]:
                held.fixed[g] = -1
        elif held.least[g] < held.most[g]:
            short = held.square[g] - held.v[g, t]
            for j in range(count):
                short -= held.slope[t, g, j] * held.step[j]
            if short * was < 0.0:
                held.fixed[g] = 0
        if held.fixed[g] != was:
            exchanged = True
            if singly:
                return True
    return exchanged


def _entry_points(sources: int) -> tuple[Any, Any]:
    @entry_point
    def held_flow(branches, roots, state, held, stop):  # type: ignore[no-untyped-def]
        """:func:`hold`, for callers that are not compiled."""
        assert sources
        hold(branches, roots, state, held, stop)

    @entry_point
    def held_rank(grid, open_lines, held, workspace, stop):  # type: ignore[no-untyped-def]
        """:func:`p2pdnr.network.kernel.rank` with generators that hold their voltages in every tree."""
        assert sources
        ranking, state, branches, closed = workspace
        n = len(grid.start) - 1
        for tree in range(len(open_lines)):
            for line in open_lines[tree]:
                closed[line] = False
            whole = orient(grid, closed, branches) == n
            for line in open_lines[tree]:
                closed[line] = True
            hold(branches, grid.root_v, state, held, stop)
            price_state(grid, branches, state)
            _note(ranking, tree, state, whole, stop[0])

    return held_flow, held_rank


held_flow, held_rank = _entry_points(fingerprint(kernel, kernel_arrays, kernel_shunts, lanes))


def held_arrays(
    square: Floats, limits: tuple[Floats, Floats, Floats], bus: Ints, withdrawals: tuple[Floats, Floats], hours: int
) -> Held:
    """Room for generators at ``bus`` (G,) over ``hours``; ``limits``: least, most, first. The ``withdrawals`` come with
    what generators give at first, and are written into."""
    least, most, first = limits
    count, n_buses = len(bus), len(withdrawals[0])
    return Held(
        bus.astype(np.int64), square, least, most, first, withdrawals,
        base=withdrawals[1][bus, :hours] + first[:, None],
        q=np.zeros((count, hours)), v=np.zeros((count, hours)), before=np.zeros((2, count, hours)),
        slope=np.zeros((hours, count, count)), way=np.zeros((2, n_buses)), place=np.zeros(count, dtype=np.int64),
        matrix=np.zeros((count, count + 1)), step=np.zeros(count), fixed=np.zeros(count, dtype=np.int64),
        steps=np.zeros(hours, dtype=np.int64), ended=np.zeros(hours, dtype=np.int64),
    )  # fmt: skip
