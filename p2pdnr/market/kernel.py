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

from p2pdnr.market import kernel_arrays, kernel_columns, kernel_linear, kernel_start, kernel_steps
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
    STEP,
    TRADE,
    TRADES,
    WEIGHTS,
    WORST_DUAL,
    WORST_ROW,
    Point,
    ProsumerRows,
)
from p2pdnr.market.kernel_columns import begin_own, begin_trades, correct, finish, look_ahead, move, pulled
from p2pdnr.market.kernel_linear import factorise, row_sums, solve, transposed
from p2pdnr.market.kernel_start import begin, clear, resume
from p2pdnr.market.kernel_steps import aim, largest, lengths, rested, scales, summed
from p2pdnr.network import lanes
from p2pdnr.network.compilation import allocating, entry_point, fingerprint, inner
from p2pdnr.network.lanes import LANES, larger, load, spread, store

# A solar park whose charges came within 1e-7 EUR of the selling price had no answer after 60.
COLD_ITERATIONS = 200
WARM_ITERATIONS = 15


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


solve_block = _entry_point(fingerprint(kernel_arrays, kernel_columns, kernel_linear, kernel_start, kernel_steps, lanes))


@allocating
def _prosumer(layout, prices, k):  # type: ignore[no-untyped-def]
    """The rows of prosumer k."""
    first, last = layout.first[k], layout.first[k + 1]
    count, own, bounded = layout.counts[k, 0], layout.counts[k, 1], layout.counts[k, 2]
    rows = WEIGHTS if bounded > own else 0
    columns = layout.columns[first:last]
    mine, pairs = slice(TRADES * k, TRADES * (k + 1)), slice((first - TRADES * k) // 2, (last - TRADES * (k + 1)) // 2)
    return ProsumerRows(
        layout.lower[mine],
        layout.width[mine],
        layout.linear[mine],
        layout.limit[pairs],
        layout.fee[pairs],
        layout.quadratic[COLUMNS * k : COLUMNS * (k + 1)],
        layout.right[ROWS * k : ROWS * (k + 1)],
        layout.battery[BATTERY_NUMBERS * k : BATTERY_NUMBERS * (k + 1)],
        prices.weights[rows : rows + WEIGHTS],
        prices.injection[k : k + 1],
        prices.trade[pairs],
        prices.there,
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
        clear(prosumer, newton)
    begin(prosumer, point, newton)
    found = _iterate(prosumer, point, newton, (tolerance, np.int64(COLD_ITERATIONS), apart))
    return spent + found if found >= 0 else -1


@inner
def _iterate(prosumer, point, newton, stop):  # type: ignore[no-untyped-def]
    """Newton steps to the tolerance; returns how many, or -1 when ``stop`` = (tolerance, most, apart) is not met."""
    tolerance, most, apart = stop
    for lane in range(LANES):
        newton.sums[STEP, lane] = 1.0  # of no direction
    for iteration in range(most + 1):
        _step(prosumer, point, newton)
        summed(newton, GAP, apart)
        largest(newton, WORST_DUAL, apart)
        largest(newton, WORST_ROW, apart)
        if rested(newton, 1e-7, 1e-8, tolerance):
            return iteration
        if iteration == most:
            return iteration if iteration == COLD_ITERATIONS and rested(newton, 1e-5, np.inf, 1e-4) else -1
        factorise(prosumer, newton)
        _ahead(prosumer, point, newton)
        aim(newton, iteration, apart)
        _corrected(prosumer, point, newton)
        lengths(newton, iteration, apart)
    return -1


@inner
def _step(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """One step for primal and dual alike, as the quadratic costs tie the dual residual to x; then how far the point is
    from optimal, the inverse Hessian, and the next direction straight ahead as far as no dual moves."""
    store(newton.sums, GAP, 0, spread(0.0))
    store(newton.sums, WORST_DUAL, 0, spread(0.0))
    step = load(newton.sums, STEP, 0)
    for block in range(point.x.shape[1] // LANES):
        for row in range(DUALS):
            store(point.y, row, block, load(point.y, row, block) + step * load(newton.dy, row, block))
        for i in prosumer.devices:
            move(point, newton, i, block)
        for i in prosumer.bounded:
            move(point, newton, i, block)
    transposed(prosumer, point.y, newton.pull)
    for block in range(point.x.shape[1] // LANES):
        begin_own(prosumer, point, newton, block)
        begin_trades(prosumer, point, newton, block)
    row_sums(prosumer, point.x, point.y, newton.net, newton.rows)
    _missing(prosumer, point, newton)


@inner
def _missing(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """Residuals of rows, and of the injection where it is no column."""
    worst = spread(0.0)
    for block in range(point.x.shape[1] // LANES):
        for row in range(ROWS):
            missing = load(prosumer.right, row, block) - load(newton.rows, row, block)
            store(newton.rows, row, block, missing)
            worst = larger(worst, larger(missing, -1.0 * missing))
        missing = -1.0 * load(newton.rows, BORDER, block)
        store(newton.rows, BORDER, block, missing)
        worst = larger(worst, larger(missing, -1.0 * missing))
        weight, injected = load(prosumer.weights, P_WEIGHT, block), load(point.y, INJECTED, block)
        left = load(point.y, INJECTION, block) - load(prosumer.injection, 0, block) - weight * injected
        store(newton.rows, INJECTED, block, left)
        if len(prosumer.bounded) == 0:
            worst_dual = larger(load(newton.sums, WORST_DUAL, 0), larger(left, -1.0 * left))
            store(newton.sums, WORST_DUAL, 0, worst_dual)
    store(newton.sums, WORST_ROW, 0, worst)


@inner
def _ahead(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """The direction that aims at no complementarity at all and has no corrections; only dx and dy of it, and as RATIO
    the reciprocal of the longest step that keeps slacks and multipliers positive."""
    _duals(prosumer, newton)
    product, ratio = spread(0.0), spread(0.0)
    for block in range(newton.dy.shape[1] // LANES):
        for i in prosumer.devices:
            moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
            more, share = look_ahead(point, newton, (i, block), pulled(newton, i, block, moved))
            product, ratio = product + more, larger(ratio, share)
        for i in prosumer.bounded:
            moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
            more, share = look_ahead(point, newton, (i, block), pulled(newton, i, block, moved))
            product, ratio = product + more, larger(ratio, share)
        pull = load(newton.pull, TRADE, block)
        for i in prosumer.trades:
            cross = load(newton.cross, i, block)
            sold, bought = load(newton.inverse, i, block) - cross, cross - load(newton.inverse, i + 1, block)
            first, above = look_ahead(point, newton, (i, block), pulled(newton, i, block, sold * pull))
            second, below = look_ahead(point, newton, (i + 1, block), pulled(newton, i + 1, block, bought * pull))
            product, ratio = product + first + second, larger(ratio, larger(above, below))
    store(newton.sums, PRODUCT, 0, product)
    store(newton.sums, RATIO, 0, ratio)


@inner
def _corrected(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """The direction to the complementarity that ``newton.sums`` has as TARGET, and its RATIO."""
    for block in range(newton.dy.shape[1] // LANES):
        correct(prosumer, point, newton, block)
    _duals(prosumer, newton)
    product, ratio = spread(0.0), spread(0.0)
    for block in range(newton.dy.shape[1] // LANES):
        for i in prosumer.devices:
            moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
            more, share = finish(point, newton, (i, block), pulled(newton, i, block, moved))
            product, ratio = product + more, larger(ratio, share)
        for i in prosumer.bounded:
            moved = load(newton.inverse, i, block) * load(newton.pull, i, block)
            more, share = finish(point, newton, (i, block), pulled(newton, i, block, moved))
            product, ratio = product + more, larger(ratio, share)
        pull = load(newton.pull, TRADE, block)
        for i in prosumer.trades:
            cross = load(newton.cross, i, block)
            sold, bought = load(newton.inverse, i, block) - cross, cross - load(newton.inverse, i + 1, block)
            first, above = finish(point, newton, (i, block), pulled(newton, i, block, sold * pull))
            second, below = finish(point, newton, (i + 1, block), pulled(newton, i + 1, block, bought * pull))
            product, ratio = product + first + second, larger(ratio, larger(above, below))
    store(newton.sums, PRODUCT, 0, product)
    store(newton.sums, RATIO, 0, ratio)


@inner
def _duals(prosumer, newton):  # type: ignore[no-untyped-def]
    """The duals of the direction for the right-hand sides that stand in ``dx``."""
    for block in range(newton.dy.shape[1] // LANES):
        store(newton.dy, INJECTED, block, load(prosumer.weights, P_INVERSE, block) * load(newton.rows, INJECTED, block))
    row_sums(prosumer, newton.dx, newton.dy, newton.ahead, newton.dy)
    for block in range(newton.dy.shape[1] // LANES):
        for row in range(INJECTED):
            store(newton.dy, row, block, load(newton.rows, row, block) - load(newton.dy, row, block))
    solve(prosumer, newton, newton.dy)
    transposed(prosumer, newton.dy, newton.pull)
    for block in range(newton.dy.shape[1] // LANES):
        moved = load(prosumer.weights, P_INVERSE, block) * load(newton.dy, INJECTION, block)
        store(newton.dy, INJECTED, block, load(newton.dy, INJECTED, block) + moved)
