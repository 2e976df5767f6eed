"""The linear algebra of the compiled prosumer problem: the constraint matrix A, and solves with A H^-1 A'.

Hours meet only in the battery's row, each with its neighbours, and in the border: the sum of the shifted load of each
window of hours, one row after the other.
"""

from __future__ import annotations

from p2pdnr.market.kernel_arrays import (
    BALANCE,
    BATTERY,
    BORDER,
    BOUNDED,
    CHARGE,
    DISCHARGE,
    DRAWN,
    DUALS,
    ELASTIC,
    ENERGY,
    EXPORT,
    EXPORT_SLACK,
    EXPORTED,
    FLEXIBLE,
    GENERATOR,
    IMPORT,
    IMPORT_SLACK,
    IMPORTED,
    INJECTED,
    INJECTION,
    P_INVERSE,
    PV,
    ROWS,
    STORED,
    TRADE,
    UNSERVED,
)
from p2pdnr.network.compilation import inner
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store

# Rows of Newton.factor: the lower triangle of an hour's block, row by row.
F00, F10, F11, F20, F21, F22, F30, F31, F32, F33, F40, F41, F42, F43, F44 = range(15)
REGULAR = 1.0 + 1e-13


@inner
def row_sums(prosumer, x, y, traded, out):  # type: ignore[no-untyped-def]
    """A x of a point or a direction whose trades add ``traded`` to the rows, without the energy before the first
    hour."""
    _energy_before(prosumer, x, out)
    stored, drawn = load(prosumer.battery, STORED, 0), load(prosumer.battery, DRAWN, 0)
    for block in range(out.shape[1] // LANES):
        net = load(x, IMPORTED, block) - load(x, EXPORTED, block) + load(traded, 0, block)
        charge, discharge = load(x, CHARGE, block), load(x, DISCHARGE, block)
        made = load(x, PV, block) + load(x, GENERATOR, block) + discharge
        used = load(x, FLEXIBLE, block) + load(x, ELASTIC, block) + charge
        store(out, BALANCE, block, made - used + load(x, UNSERVED, block) + net)
        store(out, INJECTION, block, load(y, INJECTED, block) + net)
        for i in prosumer.bounded:
            store(out, INJECTION, block, load(out, INJECTION, block) + load(x, i, block))
        store(out, IMPORT, block, used - load(x, IMPORTED, block) - load(x, IMPORT_SLACK, block))
        store(out, EXPORT, block, made - load(x, EXPORTED, block) - load(x, EXPORT_SLACK, block))
        gained = load(x, ENERGY, block) - load(out, BATTERY, block)
        store(out, BATTERY, block, gained - stored * charge + drawn * discharge)


@inner
def _energy_before(prosumer, x, out):  # type: ignore[no-untyped-def]
    """The stored energy an hour earlier into the battery row, and the sum of the shifted load of a window into each of
    its hours in the border."""
    for block in range(out.shape[1] // LANES):
        store(out, BATTERY, block, spread(0.0))
        store(out, BORDER, block, spread(0.0))
    if _holds(prosumer, x):
        for t in range(1, prosumer.hours):
            out[BATTERY, t] = x[ENERGY, t - 1]
    if _has(prosumer, FLEXIBLE, FLEXIBLE):
        _sum_windows(prosumer, x, out)


@inner
def _holds(prosumer, x):  # type: ignore[no-untyped-def]
    """Whether there is stored energy, be it that it may not move."""
    for t in range(prosumer.hours):  # noqa: SIM110  a generator does not compile
        if x[ENERGY, t] != 0.0:
            return True
    return False


@inner
def _sum_windows(prosumer, x, out):  # type: ignore[no-untyped-def]
    """The sum of the shifted load of every window."""
    for first in range(0, out.shape[1], prosumer.window):
        end, shifted = min(first + prosumer.window, out.shape[1]), 0.0
        for t in range(first, end):
            shifted += x[FLEXIBLE, t]
        for t in range(first, end):
            out[BORDER, t] = shifted


@inner
def transposed(prosumer, y, out):  # type: ignore[no-untyped-def]
    """A'y by column; trades share one row."""
    stored, drawn = load(prosumer.battery, STORED, 0), load(prosumer.battery, DRAWN, 0)
    for block in range(out.shape[1] // LANES):
        balance, injection, battery = load(y, BALANCE, block), load(y, INJECTION, block), load(y, BATTERY, block)
        imports, exports = load(y, IMPORT, block), load(y, EXPORT, block)
        store(out, PV, block, balance + exports)
        store(out, GENERATOR, block, balance + exports)
        store(out, DISCHARGE, block, balance + exports + drawn * battery)
        store(out, CHARGE, block, imports - balance - stored * battery)
        store(out, ELASTIC, block, imports - balance)
        store(out, FLEXIBLE, block, imports - balance + load(y, BORDER, block))
        store(out, IMPORTED, block, balance + injection - imports)
        store(out, EXPORTED, block, -1.0 * (balance + injection + exports))
        store(out, UNSERVED, block, balance)
        store(out, IMPORT_SLACK, block, -1.0 * imports)
        store(out, EXPORT_SLACK, block, -1.0 * exports)
        store(out, BOUNDED, block, injection)
        store(out, TRADE, block, -1.0 * (balance + injection))
    if not _has(prosumer, CHARGE, ENERGY):
        return
    last = out.shape[1] - 1
    for t in range(last):
        out[ENERGY, t] = y[BATTERY, t] - y[BATTERY, t + 1]
    out[ENERGY, last] = y[BATTERY, last]


@inner
def factorise(prosumer, newton):  # type: ignore[no-untyped-def]
    """Factorise A H^-1 A': each hour's block, then the chain that joins the hours in their battery rows, then the
    border."""
    for block in range(newton.factor.shape[1] // LANES):
        _normal_matrix(prosumer, newton, block)
        _eliminate(newton.factor, block)
    if _has(prosumer, CHARGE, ENERGY):
        _join_hours(prosumer, newton)
    if _has(prosumer, FLEXIBLE, FLEXIBLE):
        _factorise_border(prosumer, newton)


@inner
def _has(prosumer, first, last):  # type: ignore[no-untyped-def]
    """Whether a column from ``first`` to ``last`` is free in some hour."""
    for i in prosumer.devices:  # noqa: SIM110  a generator does not compile
        if first <= i <= last:
            return True
    return False


@inner
def _normal_matrix(prosumer, newton, block):  # type: ignore[no-untyped-def]
    """Blocks of A H^-1 A' of eight hours; the share of the trades is in F10 already."""
    h, f = newton.inverse, newton.factor
    stored, drawn = load(prosumer.battery, STORED, 0), load(prosumer.battery, DRAWN, 0)
    charge, discharge = load(h, CHARGE, block), load(h, DISCHARGE, block)
    made = load(h, PV, block) + load(h, GENERATOR, block) + discharge
    used = load(h, FLEXIBLE, block) + load(h, ELASTIC, block) + charge
    imported, exported = load(h, IMPORTED, block), load(h, EXPORTED, block)
    net = load(f, F10, block) + imported + exported
    store(f, F00, block, made + used + load(h, UNSERVED, block) + net)
    store(f, F10, block, net)
    store(f, F11, block, net + load(prosumer.weights, P_INVERSE, block))
    store(f, F20, block, -1.0 * (used + imported))
    store(f, F21, block, -1.0 * imported)
    store(f, F22, block, used + imported + load(h, IMPORT_SLACK, block))
    store(f, F30, block, made + exported)
    store(f, F31, block, exported)
    store(f, F33, block, made + exported + load(h, EXPORT_SLACK, block))
    store(f, F40, block, stored * charge + drawn * discharge)
    store(f, F42, block, -1.0 * stored * charge)
    store(f, F41, block, spread(0.0))
    store(f, F32, block, spread(0.0))
    store(f, F43, block, drawn * discharge)
    store(f, F44, block, REGULAR * (stored * stored * charge + drawn * drawn * discharge + load(h, ENERGY, block)))
    for i in prosumer.bounded:
        store(f, F11, block, load(f, F11, block) + load(h, i, block))
    for row in (F00, F11, F22, F33):  # a row without room gets a one
        diagonal = load(f, row, block)
        store(f, row, block, larger(REGULAR * diagonal, 1.0 - smaller(1.0, 1e200 * diagonal)))  # type: ignore[arg-type]


@inner
def _eliminate(f, block):  # type: ignore[no-untyped-def]
    """L D L' of eight blocks in place, L below the diagonal and reciprocals of D on it; the battery's D is left to
    the chain."""
    for k in range(BATTERY):
        inverse = 1.0 / larger(load(f, _entry(k, k), block), 1e-30)  # type: ignore[arg-type]
        store(f, _entry(k, k), block, inverse)
        for i in range(BATTERY, k, -1):  # from below: rows above are still needed as they are
            scaled = load(f, _entry(i, k), block) * inverse
            for j in range(k + 1, i + 1):
                store(f, _entry(i, j), block, load(f, _entry(i, j), block) - scaled * load(f, _entry(j, k), block))
            store(f, _entry(i, k), block, scaled)


@inner
def _entry(i, j):  # type: ignore[no-untyped-def]
    """Row of the factor that holds entry (i, j), j <= i."""
    return i * (i + 1) // 2 + j


@inner
def _join_hours(prosumer, newton):  # type: ignore[no-untyped-def]
    """Factorise the tridiagonal matrix that is left in the battery rows: the stored energy couples neighbours."""
    before = carried = 0.0
    for t in range(prosumer.hours):
        pivot = newton.factor[F44, t] + before - carried
        pivot = max(pivot, 1e-30) if newton.factor[F44, t] + before > 0.0 else 1.0
        before = newton.inverse[ENERGY, t]
        newton.chain[0, t], newton.chain[1, t] = 1.0 / pivot, -before / pivot
        carried = before * before / pivot


@inner
def _factorise_border(prosumer, newton):  # type: ignore[no-untyped-def]
    """Eliminate the sums of the shifted load, one window after the other: the column of each, solved with all before
    it, and its pivot in the first of its hours in the border row of ``border``."""
    for t in range(prosumer.hours):
        share = newton.inverse[FLEXIBLE, t]
        for row in range(ROWS):
            newton.border[row, t] = -share if row == BALANCE else share if row == IMPORT else 0.0
    for first in range(0, prosumer.hours, prosumer.window):
        _factorise_window(prosumer, newton, first)


@inner
def _factorise_window(prosumer, newton, first):  # type: ignore[no-untyped-def]
    """The window that begins in hour ``first``."""
    end, at, pivot = min(first + prosumer.window, prosumer.hours), DUALS * (first // prosumer.window), 0.0
    solved = newton.border_solved[at : at + DUALS]
    for t in range(prosumer.hours):
        inside = first <= t < end
        pivot += REGULAR * newton.inverse[FLEXIBLE, t] if inside else 0.0
        for row in range(ROWS):
            solved[row, t] = newton.border[row, t] if inside else 0.0
        solved[BORDER, t] = 0.0
    _solve_hours(prosumer, newton, solved)
    _close_borders(prosumer, newton, solved, first)
    for t in range(first, end):
        for row in (BALANCE, IMPORT):
            pivot -= newton.border[row, t] * solved[row, t]
    newton.border[BORDER, first] = pivot


@inner
def solve(prosumer, newton, v):  # type: ignore[no-untyped-def]
    """Solve A H^-1 A' v = v in place, the border included."""
    _solve_hours(prosumer, newton, v)
    _close_borders(prosumer, newton, v, v.shape[1])


@inner
def _solve_hours(prosumer, newton, v):  # type: ignore[no-untyped-def]
    """Solve with the factors of all hours in place on the first five rows of v."""
    f = newton.factor
    for block in range(f.shape[1] // LANES):
        for i in range(1, ROWS):
            total = load(v, i, block)
            for k in range(i):
                total = total - load(f, _entry(i, k), block) * load(v, k, block)
            store(v, i, block, total)
    _solve_chain(prosumer, newton.chain, v)
    for block in range(f.shape[1] // LANES):
        for i in range(BATTERY - 1, -1, -1):
            total = load(v, i, block) * load(f, _entry(i, i), block)
            for k in range(i + 1, ROWS):
                total = total - load(f, _entry(k, i), block) * load(v, k, block)
            store(v, i, block, total)


@inner
def _solve_chain(prosumer, chain, v):  # type: ignore[no-untyped-def]
    """The battery rows of all hours."""
    if not _has(prosumer, CHARGE, ENERGY):
        for t in range(v.shape[1]):
            v[BATTERY, t] = 0.0
        return
    for t in range(1, prosumer.hours):
        v[BATTERY, t] -= chain[1, t - 1] * v[BATTERY, t - 1]
    last = prosumer.hours - 1
    v[BATTERY, last] *= chain[0, last]
    for t in range(last - 1, -1, -1):
        v[BATTERY, t] = chain[0, t] * v[BATTERY, t] - chain[1, t] * v[BATTERY, t + 1]


@inner
def _close_borders(prosumer, newton, v, before):  # type: ignore[no-untyped-def]
    """The duals of all windows that begin before hour ``before``, and what they change in the others."""
    for first in range(0, before, prosumer.window):
        _close_window(prosumer, newton, v, first)


@inner
def _close_window(prosumer, newton, v, first):  # type: ignore[no-untyped-def]
    """The dual of the window that begins in hour ``first``, and what it changes in the others."""
    end, pivot = min(first + prosumer.window, v.shape[1]), newton.border[BORDER, first]
    if pivot <= 0.0:
        for t in range(first, end):
            v[BORDER, t] = 0.0
        return
    at, need = DUALS * (first // prosumer.window), v[BORDER, first]
    for t in range(first, end):
        need -= newton.border[BALANCE, t] * v[BALANCE, t] + newton.border[IMPORT, t] * v[IMPORT, t]
    for t in range(first):
        v[BORDER, t] -= need / pivot * newton.border_solved[at + BORDER, t]
    for t in range(first, end):
        v[BORDER, t] = need / pivot
    for t in range(v.shape[1]):
        for row in range(ROWS):
            v[row, t] -= need / pivot * newton.border_solved[at + row, t]
