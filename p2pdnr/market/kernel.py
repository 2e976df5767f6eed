"""The prosumer's problem compiled: an interior-point method that knows its structure.

Same problem as :mod:`p2pdnr.market.prosumer`, which stays the statement to read and the judge of this file. Hours meet
only in the stored energy and in the sums of the shifted load, so that every Newton step is a block-tridiagonal solve
with one border for each window of these sums, and all else is done for eight hours at once: microseconds where a
general cone solver needs milliseconds.

The solver is Mehrotra's predictor-corrector method (S. Mehrotra, SIAM J. Optimization 2(4), 1992) for
    min 1/2 x'Hx + c'x   s.t.  A x = b,  lower <= x <= upper,
with H diagonal but for weight/2 (sold - bought)^2 of every trade; a Newton step solves the normal equations A H^-1 A'.

Of a single hour eight prosumers at once are solved as if they were eight hours of one, each lane with its own steps
(:mod:`p2pdnr.market.side_by_side`).

Sums of lanes may be reordered: a small number must never be added to a large one that is taken away again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.market import kernel_arrays, kernel_linear, kernel_start, kernel_steps
from p2pdnr.market.kernel_arrays import (
    BATTERY_NUMBERS,
    BORDER,
    COLUMNS,
    DUALS,
    GAP,
    INJECTED,
    INJECTION,
    P_INVERSE,
    P_WEIGHT,
    PRODUCT,
    RATIO,
    RESTED,
    ROWS,
    SECOND,
    STEP,
    TARGET,
    TRADE,
    TRADE_WEIGHT,
    WEIGHTS,
    WORST_DUAL,
    WORST_ROW,
    Point,
    ProsumerRows,
)
from p2pdnr.market.kernel_linear import F10, factorise, row_sums, solve, transposed
from p2pdnr.market.kernel_start import begin, clear, resume
from p2pdnr.market.kernel_steps import aim, largest, lengths, rested, scales, straight_ahead, summed
from p2pdnr.network import lanes
from p2pdnr.network.compilation import allocating, entry_point, fingerprint, inner
from p2pdnr.network.lanes import LANES, larger, load, spread, store

# A solar park whose charges came within 1e-7 EUR of the selling price had no answer after 60.
COLD_ITERATIONS = 200
WARM_ITERATIONS = 15
LEAST_SLACK = 1e-14
# Added to every curvature of the Newton system, not of the problem: without it a column that nothing but its far bounds
# holds would take steps of rounding errors in prices times its huge inverse curvature.
DAMPING = 1e-10


def _entry_point(sources: int) -> Any:
    @entry_point
    def solve_block(layout, prices, answers, workspace, how):  # type: ignore[no-untyped-def]
        """Solve prosumers one after the other into ``answers``, which hold what to start from.

        ``how``: (tolerance, warm, apart), the complementarity of every bound at the answer in EUR per unit of the
        largest price, whether to start from ``answers``, and whether the lanes are prosumers of one hour.
        """
        assert sources
        for k in range(len(answers.iterations)):
            prosumer = _prosumer(layout, prices, k)
            rows = slice(layout.first[k], layout.first[k + 1])
            point = Point(answers.x[rows], answers.y[DUALS * k : DUALS * (k + 1)], workspace.zl, workspace.zu)
            found = _solve(prosumer, point, workspace.newton, how)
            for lane in range(LANES):
                there = found >= 0 or workspace.newton.sums[RESTED, lane] > 0.0
                answers.iterations[k, lane] = max(found, 0) if there else -1

    return solve_block


solve_block = _entry_point(fingerprint(kernel_arrays, kernel_linear, kernel_start, kernel_steps, lanes))


@allocating
def _prosumer(layout, prices, k):  # type: ignore[no-untyped-def]
    """The rows of prosumer k."""
    first, last = layout.first[k], layout.first[k + 1]
    count, own, bounded = layout.counts[k, 0], layout.counts[k, 1], layout.counts[k, 2]
    rows = WEIGHTS if bounded > own else 0
    columns = layout.columns[first:last]
    return ProsumerRows(
        layout.lower[first:last],
        layout.width[first:last],
        layout.linear[first:last],
        layout.free[first:last],
        layout.fixed[first:last],
        layout.quadratic[COLUMNS * k : COLUMNS * (k + 1)],
        layout.right[ROWS * k : ROWS * (k + 1)],
        layout.battery[BATTERY_NUMBERS * k : BATTERY_NUMBERS * (k + 1)],
        prices.weights[rows : rows + WEIGHTS],
        prices.injection[k : k + 1],
        columns[:count],
        columns[:own],
        columns[own:bounded],
        columns[bounded:count:2],
        prices.hours,
        prices.window,
    )


@inner
def _solve(prosumer, point, newton, how):  # type: ignore[no-untyped-def]
    """Iterations from the point it starts from, and from the middle where those fail; -1 without an
    answer."""
    tolerance, warm, apart = how
    scales(prosumer, newton, apart)
    clear(prosumer, newton)
    spent = 0
    if warm:
        resume(prosumer, point, newton, apart)
        found = _iterate(prosumer, point, newton, (tolerance, np.int64(WARM_ITERATIONS), apart))
        if found >= 0:
            return found
        spent = WARM_ITERATIONS
    begin(prosumer, point, newton)
    found = _iterate(prosumer, point, newton, (tolerance, np.int64(COLD_ITERATIONS), apart))
    return spent + found if found >= 0 else -1


@inner
def _iterate(prosumer, point, newton, stop):  # type: ignore[no-untyped-def]
    """Newton steps to the tolerance; returns how many, or -1 when ``stop`` = (tolerance, most, apart) is not met."""
    tolerance, most, apart = stop
    for lane in range(LANES):
        newton.sums[STEP, lane] = 1.0
    for iteration in range(most + 1):
        _residuals(prosumer, point, newton)
        summed(newton, GAP, apart)
        largest(newton, WORST_DUAL, apart)
        largest(newton, WORST_ROW, apart)
        if rested(newton, 1e-7, 1e-8, tolerance):
            return iteration
        if iteration == most:
            return iteration if iteration == COLD_ITERATIONS and rested(newton, 1e-5, np.inf, 1e-4) else -1
        factorise(prosumer, newton)
        straight_ahead(newton)
        _prepare(prosumer, point, newton)
        _direction(prosumer, point, newton)
        aim(newton, iteration, apart)
        _prepare(prosumer, point, newton)
        _direction(prosumer, point, newton)
        lengths(newton, iteration, apart)
        _move(prosumer, point, newton)
    return -1


@inner
def _residuals(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """Primal and dual residuals, reciprocal slacks and the inverse Hessian of a point, and how far it is from
    optimal."""
    row_sums(prosumer, point.x, point.y, newton.rows)
    transposed(prosumer, point.y, newton.pull)
    gap, worst_dual, worst_row = spread(0.0), spread(0.0), spread(0.0)
    for block in range(point.x.shape[1] // LANES):
        for row in range(ROWS):
            missing = load(prosumer.right, row, block) - load(newton.rows, row, block)
            store(newton.rows, row, block, missing)
            worst_row = larger(worst_row, larger(missing, -1.0 * missing))
        missing = -1.0 * load(newton.rows, BORDER, block)
        store(newton.rows, BORDER, block, missing)
        worst_row = larger(worst_row, larger(missing, -1.0 * missing))
        weight, injected = load(prosumer.weights, P_WEIGHT, block), load(point.y, INJECTED, block)
        drawn = load(prosumer.injection, 0, block) + weight * injected
        left = load(point.y, INJECTION, block) - drawn
        store(newton.rows, INJECTED, block, left)
        if len(prosumer.bounded) == 0:
            worst_dual = larger(worst_dual, larger(left, -1.0 * left))
        for i in prosumer.columns:
            gap = gap + _barrier(prosumer, point, newton, i, block)
        _invert(prosumer, point, newton, block)
        for i in prosumer.columns:
            left = load(newton.residual, i, block)
            worst_dual = larger(worst_dual, larger(left, -1.0 * left))
    store(newton.sums, GAP, 0, gap)
    store(newton.sums, WORST_DUAL, 0, worst_dual)
    store(newton.sums, WORST_ROW, 0, worst_row)


@inner
def _barrier(prosumer, point, newton, i, block):  # type: ignore[no-untyped-def]
    """Reciprocals of a column's slacks and multipliers, curvature of its barrier (in ``inverse``); returns its
    complementarity."""
    width, x, fixed = load(prosumer.width, i, block), load(point.x, i, block), load(prosumer.fixed, i, block)
    zl, zu = load(point.zl, i, block), load(point.zu, i, block)
    least = LEAST_SLACK * width + fixed  # rounding must not close a slack
    xl = larger(x - load(prosumer.lower, i, block), least)
    xu = larger(load(prosumer.lower, i, block) + width - x, least)
    slack, multiplier = xl * xu, zl * zu
    share = 1.0 / (slack * multiplier + fixed)  # one division for four
    il, iu = xu * (multiplier * share), xl * (multiplier * share)
    store(newton.il, i, block, il)
    store(newton.iu, i, block, iu)
    store(newton.izl, i, block, zu * (slack * share))
    store(newton.izu, i, block, zl * (slack * share))
    store(newton.inverse, i, block, zl * il + zu * iu + (fixed + DAMPING))
    store(newton.residual, i, block, zl - zu - load(prosumer.linear, i, block))
    return zl * xl + zu * xu


@inner
def _invert(prosumer, point, newton, block):  # type: ignore[no-untyped-def]
    """Invert the Hessian of a block of hours, and finish its dual residuals."""
    for i in prosumer.devices:
        free, slope = load(prosumer.free, i, block), load(prosumer.quadratic, i, 0) * load(point.x, i, block)
        residual = load(newton.residual, i, block) + load(newton.pull, i, block) - slope
        store(newton.residual, i, block, free * residual)
        store(newton.inverse, i, block, free / (load(prosumer.quadratic, i, 0) + load(newton.inverse, i, block)))
    for i in prosumer.bounded:
        free, weight = load(prosumer.free, i, block), load(prosumer.weights, P_WEIGHT, block)
        slope = load(prosumer.injection, 0, block) + weight * load(point.x, i, block)
        residual = load(newton.residual, i, block) + load(newton.pull, i, block) - slope
        store(newton.residual, i, block, free * residual)
        store(newton.inverse, i, block, free / (weight + load(newton.inverse, i, block)))
    pull, weight = load(newton.pull, TRADE, block), load(prosumer.weights, TRADE_WEIGHT, block)
    traded = spread(0.0)
    for i in prosumer.trades:
        slope = pull - weight * (load(point.x, i, block) - load(point.x, i + 1, block))
        free = load(prosumer.free, i, block)
        store(newton.residual, i, block, free * (load(newton.residual, i, block) + slope))
        store(newton.residual, i + 1, block, free * (load(newton.residual, i + 1, block) - slope))
        a, b = load(newton.inverse, i, block), load(newton.inverse, i + 1, block)
        share = free / (weight * (a + b) + a * b)
        store(newton.inverse, i, block, (weight + b) * share)
        store(newton.inverse, i + 1, block, (weight + a) * share)
        store(newton.cross, i, block, weight * share)
        traded = traded + (a + b) * share
    store(newton.factor, F10, block, traded)


@inner
def _prepare(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """Right-hand sides of a Newton step to the complementarity that ``newton.sums`` has as TARGET: of the multipliers,
    and of x. SECOND 1 there adds the products of the direction that stands in ``newton``, 0 does not.
    """
    target, second = load(newton.sums, TARGET, 0), load(newton.sums, SECOND, 0)
    for block in range(point.x.shape[1] // LANES):
        for i in prosumer.columns:
            dx = second * load(newton.dx, i, block)
            zl, zu = load(point.zl, i, block), load(point.zu, i, block)
            low = (target - dx * load(newton.dzl, i, block)) * load(newton.il, i, block) - zl
            high = (target + dx * load(newton.dzu, i, block)) * load(newton.iu, i, block) - zu
            store(newton.dzl, i, block, low)
            store(newton.dzu, i, block, high)
            store(newton.dx, i, block, load(newton.residual, i, block) + low - high)
        for i in prosumer.devices:
            store(newton.dx, i, block, load(newton.inverse, i, block) * load(newton.dx, i, block))
        for i in prosumer.bounded:
            store(newton.dx, i, block, load(newton.inverse, i, block) * load(newton.dx, i, block))
        for i in prosumer.trades:
            a, b, cross = load(newton.dx, i, block), load(newton.dx, i + 1, block), load(newton.cross, i, block)
            store(newton.dx, i, block, load(newton.inverse, i, block) * a + cross * b)
            store(newton.dx, i + 1, block, cross * a + load(newton.inverse, i + 1, block) * b)
        store(newton.dy, INJECTED, block, load(prosumer.weights, P_INVERSE, block) * load(newton.rows, INJECTED, block))


@inner
def _direction(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """The Newton direction for the right-hand sides of :func:`_prepare`, and as RATIO the reciprocal of the longest
    step that keeps slacks and multipliers positive."""
    row_sums(prosumer, newton.dx, newton.dy, newton.dy)
    for block in range(newton.dy.shape[1] // LANES):
        for row in range(INJECTED):
            store(newton.dy, row, block, load(newton.rows, row, block) - load(newton.dy, row, block))
    solve(prosumer, newton, newton.dy)
    transposed(prosumer, newton.dy, newton.pull)
    ratio, product = spread(0.0), spread(0.0)
    for block in range(newton.dy.shape[1] // LANES):
        _finish_columns(prosumer, newton, block)
        for i in prosumer.columns:
            dx, il, iu = load(newton.dx, i, block), load(newton.il, i, block), load(newton.iu, i, block)
            zl, zu = load(point.zl, i, block), load(point.zu, i, block)
            dzl = load(newton.dzl, i, block) - zl * il * dx
            dzu = load(newton.dzu, i, block) + zu * iu * dx
            store(newton.dzl, i, block, dzl)
            store(newton.dzu, i, block, dzu)
            product = product + dx * (dzl - dzu)
            ratio = larger(ratio, larger(dx * iu, -1.0 * dx * il))
            ratio = larger(
                ratio, larger(-1.0 * dzl * load(newton.izl, i, block), -1.0 * dzu * load(newton.izu, i, block))
            )
    store(newton.sums, RATIO, 0, ratio)
    store(newton.sums, PRODUCT, 0, product)


@inner
def _finish_columns(prosumer, newton, block):  # type: ignore[no-untyped-def]
    """Add what the duals pull to the direction of the columns."""
    for i in prosumer.devices:
        moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
        store(newton.dx, i, block, load(newton.dx, i, block) + moved)
    for i in prosumer.bounded:
        moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
        store(newton.dx, i, block, load(newton.dx, i, block) + moved)
    pull = load(newton.pull, TRADE, block)
    for i in prosumer.trades:
        cross = load(newton.cross, i, block)
        sold, bought = load(newton.inverse, i, block) - cross, load(newton.inverse, i + 1, block) - cross
        store(newton.dx, i, block, load(newton.dx, i, block) + sold * pull)
        store(newton.dx, i + 1, block, load(newton.dx, i + 1, block) - bought * pull)
    moved = load(prosumer.weights, P_INVERSE, block) * load(newton.dy, INJECTION, block)
    store(newton.dy, INJECTED, block, load(newton.dy, INJECTED, block) + moved)


@inner
def _move(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """One step for primal and dual alike: the quadratic costs tie the dual residual to x."""
    step = load(newton.sums, STEP, 0)
    for block in range(point.x.shape[1] // LANES):
        for i in prosumer.columns:
            store(point.x, i, block, load(point.x, i, block) + step * load(newton.dx, i, block))
            store(point.zl, i, block, load(point.zl, i, block) + step * load(newton.dzl, i, block))
            store(point.zu, i, block, load(point.zu, i, block) + step * load(newton.dzu, i, block))
        for row in range(DUALS):
            store(point.y, row, block, load(point.y, row, block) + step * load(newton.dy, row, block))
