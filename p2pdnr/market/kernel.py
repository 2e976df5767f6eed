"""The prosumer's problem compiled: an interior-point method that knows its structure.

Same problem as :mod:`p2pdnr.market.prosumer`, which stays the statement to read and the judge of this file. Hours meet only in
the stored energy and in the sum of the shifted load, so that every Newton step is a block-tridiagonal solve with one border:
microseconds where a general cone solver needs milliseconds (see ``benchmarks/``).

The solver is Mehrotra's predictor-corrector method (S. Mehrotra, SIAM J. Optimization 2(4), 1992) for
    min 1/2 x'Hx + c'x   s.t.  A x = b,  lower <= x <= upper.
Rows of an hour: balance, injection, no resale of imports, no export of purchases, battery. Columns of an hour: the
:data:`COLUMNS` below, then a sold and a bought power per partner.
"""

from __future__ import annotations

import numba as nb
import numpy as np

BALANCE, INJECTION, IMPORT, EXPORT, BATTERY = range(5)
ROWS = 5
PV, CHARGE, DISCHARGE, ENERGY, FLEXIBLE, ELASTIC, GENERATOR, IMPORTED, EXPORTED, UNSERVED, IMPORT_SLACK, EXPORT_SLACK = range(12)
COLUMNS = 12
MAX_ITERATIONS = 60
STEP_BACK = 0.995


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _couple(block, column, inverse, stored_per_charge, drawn_per_discharge):
    """Add one column's share of A H^-1 A' to an hour's 5x5 block; the stored energy is added by the caller."""
    if column == PV or column == GENERATOR:
        a, b, sa, sb, battery = BALANCE, EXPORT, 1.0, 1.0, 0.0
    elif column == CHARGE:
        a, b, sa, sb, battery = BALANCE, IMPORT, -1.0, 1.0, -stored_per_charge
    elif column == DISCHARGE:
        a, b, sa, sb, battery = BALANCE, EXPORT, 1.0, 1.0, drawn_per_discharge
    else:  # FLEXIBLE and ELASTIC
        a, b, sa, sb, battery = BALANCE, IMPORT, -1.0, 1.0, 0.0
    block[a, a] += inverse
    block[b, b] += inverse
    block[b, a] += sa * sb * inverse
    if battery != 0.0:
        block[BATTERY, a] += battery * sa * inverse
        block[BATTERY, b] += battery * sb * inverse
        block[BATTERY, BATTERY] += battery * battery * inverse


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _assemble(block, inverse, trade_sum, injection_inverse, energy_before, stored_per_charge, drawn_per_discharge):
    """The 5x5 block of one hour of A H^-1 A' (lower triangle)."""
    block[:] = 0.0
    for column in (PV, CHARGE, DISCHARGE, FLEXIBLE, ELASTIC, GENERATOR):
        if inverse[column] > 0.0:
            _couple(block, column, inverse[column], stored_per_charge, drawn_per_discharge)
    m, n = inverse[IMPORTED], inverse[EXPORTED]
    block[BALANCE, BALANCE] += m + n + inverse[UNSERVED] + trade_sum
    block[INJECTION, BALANCE] += m + n + trade_sum
    block[INJECTION, INJECTION] += m + n + trade_sum + injection_inverse
    block[IMPORT, BALANCE] -= m
    block[IMPORT, INJECTION] -= m
    block[IMPORT, IMPORT] += m + inverse[IMPORT_SLACK]
    block[EXPORT, BALANCE] += n
    block[EXPORT, INJECTION] += n
    block[EXPORT, EXPORT] += n + inverse[EXPORT_SLACK]
    block[BATTERY, BATTERY] += inverse[ENERGY] + energy_before
    for row in range(ROWS):
        block[row, row] = block[row, row] * (1.0 + 1e-13) if block[row, row] > 0.0 else 1.0


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _cholesky(block):
    """In-place lower factor of a 5x5 block; the diagonal holds reciprocals."""
    for i in range(ROWS):
        for j in range(i + 1):
            total = block[i, j]
            for k in range(j):
                total -= block[i, k] * block[j, k]
            if i == j:
                block[i, i] = 1.0 / np.sqrt(max(total, 1e-30))
            else:
                block[i, j] = total * block[j, j]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _forward(factor, v):
    for i in range(ROWS):
        total = v[i]
        for k in range(i):
            total -= factor[i, k] * v[k]
        v[i] = total * factor[i, i]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _backward(factor, v):
    for i in range(ROWS - 1, -1, -1):
        total = v[i]
        for k in range(i + 1, ROWS):
            total -= factor[k, i] * v[k]
        v[i] = total * factor[i, i]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _factorise(factor, off):
    """Block-tridiagonal Cholesky: neighbouring hours meet in the battery row alone, the last of its block."""
    for t in range(factor.shape[0]):
        if t > 0 and off[t - 1] != 0.0:
            factor[t, BATTERY, BATTERY] -= (off[t - 1] * factor[t - 1, BATTERY, BATTERY]) ** 2
        _cholesky(factor[t])


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _solve_blocks(factor, off, v):
    """Solve with the factor of :func:`_factorise`, in place on v (T, 5)."""
    hours = factor.shape[0]
    for t in range(hours):
        if t > 0:
            v[t, BATTERY] -= off[t - 1] * factor[t - 1, BATTERY, BATTERY] * v[t - 1, BATTERY]
        _forward(factor[t], v[t])
    for t in range(hours - 1, -1, -1):
        if t + 1 < hours:
            v[t, BATTERY] -= factor[t, BATTERY, BATTERY] * off[t] * v[t + 1, BATTERY]
        _backward(factor[t], v[t])


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _transpose(column, y, stored_per_charge, drawn_per_discharge):
    """Entry of A'y for one column of an hour, without the border and the next hour's battery row."""
    if column == PV or column == GENERATOR:
        return y[BALANCE] + y[EXPORT]
    if column == CHARGE:
        return -y[BALANCE] + y[IMPORT] - stored_per_charge * y[BATTERY]
    if column == DISCHARGE:
        return y[BALANCE] + y[EXPORT] + drawn_per_discharge * y[BATTERY]
    if column == FLEXIBLE or column == ELASTIC:
        return -y[BALANCE] + y[IMPORT]
    if column == IMPORTED:
        return y[BALANCE] + y[INJECTION] - y[IMPORT]
    if column == EXPORTED:
        return -y[BALANCE] - y[INJECTION] - y[EXPORT]
    if column == UNSERVED:
        return y[BALANCE]
    if column == ENERGY:
        return y[BATTERY]
    if column == IMPORT_SLACK:
        return -y[IMPORT]
    return -y[EXPORT]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _row_sums(out, t, x, injection, traded, energy_before, stored_per_charge, drawn_per_discharge):
    """A x of one hour."""
    made = x[PV] + x[DISCHARGE] + x[GENERATOR]
    used = x[FLEXIBLE] + x[ELASTIC] + x[CHARGE]
    out[t, BALANCE] = made - used + x[UNSERVED] - traded - x[EXPORTED] + x[IMPORTED]
    out[t, INJECTION] = injection - traded - x[EXPORTED] + x[IMPORTED]
    out[t, IMPORT] = used - x[IMPORTED] - x[IMPORT_SLACK]
    out[t, EXPORT] = made - x[EXPORTED] - x[EXPORT_SLACK]
    out[t, BATTERY] = (
        x[ENERGY] - energy_before - stored_per_charge * x[CHARGE] + drawn_per_discharge * x[DISCHARGE]
    )


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _apply_a(out, x, p, battery_ends, stored, drawn):
    """A x for all hours into out (T, 5); returns the border row, the sum of the shifted load.

    ``battery_ends`` holds the energy before the first hour (0 in a direction, the initial energy for a point).
    """
    total = 0.0
    for t in range(x.shape[0]):
        traded = 0.0
        for j in range(COLUMNS, x.shape[1], 2):
            traded += x[t, j] - x[t, j + 1]
        before = battery_ends if t == 0 else x[t - 1, ENERGY]
        _row_sums(out, t, x[t], p[t], traded, before, stored, drawn)
        total += x[t, FLEXIBLE]
    return total


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _direction(dx, dp, dy, rhs, rhs_p, inverse, cross, p_inverse, factor, off, border, border_solved, border_pivot, rows, border_row, work, stored, drawn):  # noqa: E501
    """One Newton direction: H dx - A'dy = rhs, A dx = rows, by the factorised Schur complement; returns dy of the border."""
    hours, width = dx.shape
    for t in range(hours):
        for i in range(COLUMNS):
            dx[t, i] = inverse[t, i] * rhs[t, i]
        for i in range(COLUMNS, width, 2):
            dx[t, i] = inverse[t, i] * rhs[t, i] + cross[t, i] * rhs[t, i + 1]
            dx[t, i + 1] = cross[t, i] * rhs[t, i] + inverse[t, i + 1] * rhs[t, i + 1]
        dp[t] = p_inverse[t] * rhs_p[t]
    border_sum = _apply_a(work, dx, dp, 0.0, stored, drawn)
    for t in range(hours):
        for row in range(ROWS):
            dy[t, row] = rows[t, row] - work[t, row]
    _solve_blocks(factor, off, dy)
    border_dual = 0.0
    if border_pivot > 0.0:
        need = border_row - border_sum
        for t in range(hours):
            for row in range(ROWS):
                need -= border[t, row] * dy[t, row]
        border_dual = need / border_pivot
        for t in range(hours):
            for row in range(ROWS):
                dy[t, row] -= border_dual * border_solved[t, row]
    for t in range(hours):
        next_battery = dy[t + 1, BATTERY] if t + 1 < hours else 0.0
        for i in range(COLUMNS):
            pull = _transpose(i, dy[t], stored, drawn)
            if i == ENERGY:
                pull -= next_battery
            elif i == FLEXIBLE:
                pull += border_dual
            dx[t, i] += inverse[t, i] * pull
        pull = -dy[t, BALANCE] - dy[t, INJECTION]
        for i in range(COLUMNS, width, 2):
            dx[t, i] += (inverse[t, i] - cross[t, i]) * pull
            dx[t, i + 1] += (cross[t, i] - inverse[t, i + 1]) * pull
        dp[t] += p_inverse[t] * dy[t, INJECTION]
    return border_dual


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _slacks(x, lower, upper):
    """Distances to both bounds, kept above what rounding may leave."""
    smallest = 1e-14 * (upper - lower)
    return max(x - lower, smallest), max(upper - x, smallest)


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _step_length(x, dx, zl, dzl, zu, dzu, lower, upper, free):
    """Largest steps (primal, dual) that keep slacks and multipliers positive."""
    primal, dual = 1.0, 1.0
    for t in range(x.shape[0]):
        for i in range(x.shape[1]):
            if not free[t, i]:
                continue
            if dx[t, i] < 0.0:
                primal = min(primal, (lower[t, i] - x[t, i]) / dx[t, i])
            elif dx[t, i] > 0.0:
                primal = min(primal, (upper[t, i] - x[t, i]) / dx[t, i])
            if dzl[t, i] < 0.0:
                dual = min(dual, -zl[t, i] / dzl[t, i])
            if dzu[t, i] < 0.0:
                dual = min(dual, -zu[t, i] / dzu[t, i])
    return primal, dual


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _solve(lower, upper, linear, quadratic, right, p_linear, p_quadratic, trade_quadratic, start_kwh, stored, drawn, tolerance, x, p):  # noqa: E501
    """Solve one prosumer; x (T, 12 + 2d) and p (T,) receive the answer. Returns iterations, negative when not converged."""
    hours, width = lower.shape
    zl, zu = np.zeros((hours, width)), np.zeros((hours, width))
    dx, dzl, dzu = np.zeros((hours, width)), np.zeros((hours, width)), np.zeros((hours, width))
    rhs, inverse, cross = np.zeros((hours, width)), np.zeros((hours, width)), np.zeros((hours, width))
    residual, correction = np.zeros((hours, width)), np.zeros((hours, width))
    y, dy, rows, work = np.zeros((hours, ROWS)), np.zeros((hours, ROWS)), np.zeros((hours, ROWS)), np.zeros((hours, ROWS))
    border, border_solved = np.zeros((hours, ROWS)), np.zeros((hours, ROWS))
    dp, rhs_p = np.zeros(hours), np.zeros(hours)
    factor, off = np.zeros((hours, ROWS, ROWS)), np.zeros(hours)
    free = upper - lower > 1e-9
    p_inverse = 1.0 / p_quadratic
    pairs = 0
    scale = 1.0
    for t in range(hours):
        for i in range(width):
            x[t, i] = 0.5 * (lower[t, i] + upper[t, i])
            if free[t, i]:
                pairs += 2
                scale = max(scale, upper[t, i] - lower[t, i])
        p[t] = 0.0
    if pairs == 0:
        _apply_a(work, x, p, start_kwh, stored, drawn)
        for t in range(hours):
            p[t] = right[t, INJECTION] - work[t, INJECTION]
        return 0
    price_scale = 1.0
    for t in range(hours):
        price_scale = max(price_scale, abs(p_linear[t]))
        for i in range(width):
            price_scale = max(price_scale, abs(linear[t, i]))
    mu = 0.05 * scale * price_scale
    for t in range(hours):
        for i in range(width):
            if free[t, i]:
                zl[t, i] = zu[t, i] = mu / (x[t, i] - lower[t, i])
    border_dual = 0.0
    border_active = False
    for t in range(hours):
        border_active = border_active or free[t, FLEXIBLE]
    for iteration in range(1, MAX_ITERATIONS + 1):
        border_sum = _apply_a(rows, x, p, start_kwh, stored, drawn)
        worst_row, worst_dual = abs(border_sum), 0.0
        for t in range(hours):
            for row in range(ROWS):
                rows[t, row] = right[t, row] - rows[t, row]
                worst_row = max(worst_row, abs(rows[t, row]))
        gap = 0.0
        border_diagonal = 0.0
        for t in range(hours):
            next_battery = y[t + 1, BATTERY] if t + 1 < hours else 0.0
            trade_pull = -y[t, BALANCE] - y[t, INJECTION]
            trade_sum = 0.0
            for i in range(width):
                if not free[t, i]:
                    inverse[t, i] = cross[t, i] = residual[t, i] = 0.0
                    continue
                xl, xu = _slacks(x[t, i], lower[t, i], upper[t, i])
                if i < COLUMNS:
                    slope = quadratic[i] * x[t, i]
                    pull = _transpose(i, y[t], stored, drawn)
                    if i == ENERGY:
                        pull -= next_battery
                    elif i == FLEXIBLE:
                        pull += border_dual
                    inverse[t, i] = 1.0 / (quadratic[i] + zl[t, i] / xl + zu[t, i] / xu)
                else:
                    sign = 1.0 if (i - COLUMNS) % 2 == 0 else -1.0
                    first = i - (i - COLUMNS) % 2
                    slope = sign * trade_quadratic[t] * (x[t, first] - x[t, first + 1])
                    pull = sign * trade_pull
                    inverse[t, i] = zl[t, i] / xl + zu[t, i] / xu  # inverted below, pair by pair
                residual[t, i] = pull + zl[t, i] - zu[t, i] - slope - linear[t, i]
                worst_dual = max(worst_dual, abs(residual[t, i]))
                gap += zl[t, i] * xl + zu[t, i] * xu
            for i in range(COLUMNS, width, 2):
                a, b = inverse[t, i], inverse[t, i + 1]
                if free[t, i] and free[t, i + 1]:
                    determinant = trade_quadratic[t] * (a + b) + a * b
                    inverse[t, i] = (trade_quadratic[t] + b) / determinant
                    inverse[t, i + 1] = (trade_quadratic[t] + a) / determinant
                    cross[t, i] = trade_quadratic[t] / determinant
                trade_sum += inverse[t, i] + inverse[t, i + 1] - 2.0 * cross[t, i]
            rhs_p[t] = y[t, INJECTION] - p_linear[t] - p_quadratic[t] * p[t]
            worst_dual = max(worst_dual, abs(rhs_p[t]))
            before = inverse[t - 1, ENERGY] if t > 0 else 0.0
            _assemble(factor[t], inverse[t], trade_sum, p_inverse[t], before, stored, drawn)
            off[t] = -inverse[t, ENERGY] if t + 1 < hours else 0.0
            border[t, BALANCE], border[t, IMPORT] = -inverse[t, FLEXIBLE], inverse[t, FLEXIBLE]
            border_diagonal += inverse[t, FLEXIBLE]
        mu = gap / pairs
        if worst_row < 1e-7 * (1.0 + scale) and worst_dual < 1e-8 * price_scale and mu < tolerance * price_scale:
            return iteration
        if iteration == MAX_ITERATIONS and worst_row < 1e-5 * (1.0 + scale) and mu < 1e-4 * price_scale:
            return iteration
        _factorise(factor, off)
        border_pivot = 0.0
        if border_active:
            border_solved[:] = border
            _solve_blocks(factor, off, border_solved)
            border_pivot = border_diagonal * (1.0 + 1e-13)
            for t in range(hours):
                for row in range(ROWS):
                    border_pivot -= border[t, row] * border_solved[t, row]
        target = 0.0
        correction[:] = 0.0
        border_change = 0.0
        primal = dual = 1.0
        for stage in range(2):
            for t in range(hours):
                for i in range(width):
                    if free[t, i]:
                        xl, xu = _slacks(x[t, i], lower[t, i], upper[t, i])
                        rhs[t, i] = (
                            residual[t, i]
                            + (target - zl[t, i] * xl - dx[t, i] * dzl[t, i] * stage) / xl
                            - (target - zu[t, i] * xu + dx[t, i] * dzu[t, i] * stage) / xu
                        )
                        if stage == 1:  # the corrector's products, kept before dx is overwritten
                            correction[t, i] = dx[t, i]
            if stage == 1:
                for t in range(hours):
                    for i in range(width):
                        if free[t, i]:
                            work_l, work_u = dzl[t, i], dzu[t, i]
                            dzl[t, i] = correction[t, i] * work_l
                            dzu[t, i] = correction[t, i] * work_u
            border_change = _direction(
                dx, dp, dy, rhs, rhs_p, inverse, cross, p_inverse, factor, off, border, border_solved, border_pivot,
                rows, -border_sum, work, stored, drawn,
            )  # fmt: skip
            for t in range(hours):
                for i in range(width):
                    if free[t, i]:
                        xl, xu = _slacks(x[t, i], lower[t, i], upper[t, i])
                        second_l = dzl[t, i] if stage == 1 else 0.0
                        second_u = dzu[t, i] if stage == 1 else 0.0
                        dzl[t, i] = (target - second_l - zl[t, i] * dx[t, i]) / xl - zl[t, i]
                        dzu[t, i] = (target + second_u + zu[t, i] * dx[t, i]) / xu - zu[t, i]
            primal, dual = _step_length(x, dx, zl, dzl, zu, dzu, lower, upper, free)
            if stage == 0:
                affine = 0.0
                for t in range(hours):
                    for i in range(width):
                        if free[t, i]:
                            affine += (zl[t, i] + dual * dzl[t, i]) * (x[t, i] + primal * dx[t, i] - lower[t, i])
                            affine += (zu[t, i] + dual * dzu[t, i]) * (upper[t, i] - x[t, i] - primal * dx[t, i])
                target = mu * max(affine / gap, 1e-4) ** 3
        primal, dual = min(1.0, STEP_BACK * primal), min(1.0, STEP_BACK * dual)
        step = min(primal, dual)  # one step for both: the quadratic terms tie the dual residual to x
        for t in range(hours):
            for i in range(width):
                if free[t, i]:
                    x[t, i] += step * dx[t, i]
                    zl[t, i] += step * dzl[t, i]
                    zu[t, i] += step * dzu[t, i]
            p[t] += step * dp[t]
            for row in range(ROWS):
                y[t, row] += step * dy[t, row]
        border_dual += step * border_change
    return -MAX_ITERATIONS


@nb.njit(cache=True, nogil=True, error_model="numpy")
def solve_block(lower, upper, linear, quadratic, right, battery, first_edge, edge_limit, edge_fee, edge_linear, p_linear, weights, tolerance):  # noqa: E501
    """Solve a block of K prosumers with E2 directed trades; see :mod:`p2pdnr.market.responses` for the arrays."""
    count, hours = right.shape[0], right.shape[1]
    x_out = np.zeros((count, hours, COLUMNS))
    p_out = np.zeros((count, hours))
    sold, bought = np.zeros_like(edge_linear), np.zeros_like(edge_linear)
    iterations = np.zeros(count, dtype=np.int64)
    for k in range(count):
        start, stop = first_edge[k], first_edge[k + 1]
        width = COLUMNS + 2 * (stop - start)
        lo, hi, c = np.zeros((hours, width)), np.zeros((hours, width)), np.zeros((hours, width))
        lo[:, :COLUMNS], hi[:, :COLUMNS], c[:, :COLUMNS] = lower[k], upper[k], linear[k]
        for edge in range(start, stop):
            i = COLUMNS + 2 * (edge - start)
            for t in range(hours):
                hi[t, i] = hi[t, i + 1] = edge_limit[edge]
                c[t, i] = edge_fee[edge] + edge_linear[edge, t]
                c[t, i + 1] = edge_fee[edge] - edge_linear[edge, t]
        x, p = np.zeros((hours, width)), np.zeros(hours)
        iterations[k] = _solve(
            lo, hi, c, quadratic[k], right[k], p_linear[k], weights[1], weights[0],
            battery[k, 0], battery[k, 1], battery[k, 2], tolerance, x, p,
        )  # fmt: skip
        x_out[k] = x[:, :COLUMNS]
        p_out[k] = p
        for edge in range(start, stop):
            i = COLUMNS + 2 * (edge - start)
            sold[edge] = x[:, i]
            bought[edge] = x[:, i + 1]
    return x_out, p_out, sold, bought, iterations
