"""The multipliers of one prosumer's best answer from its problem as it is written, solved by a cone solver.

The kernel ends within tolerances of its largest power and price. Where a battery of hundreds of kWh stands behind a
connection of milliwatts that leaves a stored kWh at any price, and the bound that :mod:`.best_bill` makes of such
prices says nothing. Here every column is counted in shares of its own range, so that the smallest weighs as much as
the largest. It takes some 50 ms, the kernel microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.market.duality import INJECTED, SOURCES, USES, Prices, Storage
from p2pdnr.market.kernel_arrays import (
    BALANCE,
    CHARGE,
    DISCHARGE,
    ENERGY,
    EXPORTED,
    FLEXIBLE,
    IMPORT_SLACK,
    IMPORTED,
)
from p2pdnr.market.responses import Floats, ProsumerBlock
from p2pdnr.solvers import solve_once

TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Written:
    """One prosumer's problem: ``rows`` by what their multipliers are called, ``limits`` of the columns."""

    cost_eur: cp.Expression
    rows: dict[str, cp.Constraint]
    limits: list[cp.Constraint]


def written_multipliers(
    block: ProsumerBlock, k: int, price_eur_per_kw: Floats, charge_eur_per_kw: Floats
) -> tuple[Storage, Prices, Floats]:
    """The multipliers of prosumer ``k``, repeated for all K, at prices (E, T) of trades in EUR per kW sold over a step
    and charges (K, T) in EUR per kW withdrawn over a step; the last ones (K, T) of its injection's bounds.

    Raises :class:`SolverError` when the solver breaks down.
    """
    written = _written(block, k, price_eur_per_kw, charge_eur_per_kw[k])
    solve_once(cp.Problem(cp.Minimize(written.cost_eur), [*written.rows.values(), *written.limits]), TOLERANCE)
    dual = {name: _for_all(block, row.dual_value, row.size) for name, row in written.rows.items()}
    imports, exports = (np.maximum(dual[name], 0.0) for name in ("imports", "exports"))
    prices = Prices(dual["balance"], imports, exports, -price_eur_per_kw)
    bounded = np.array([item.is_bounded for item in block.terms])[:, None]
    bound_eur = np.where(bounded, dual.get("bounds", np.zeros((1, 1))), 0.0)
    return Storage(dual["stored"], dual["shifted"]), prices, np.broadcast_to(bound_eur, imports.shape)


def _for_all(block: ProsumerBlock, values: Floats | None, count: int) -> Floats:
    """(K, n) of the n that one has; without an answer nothing, which is a bound too."""
    wide = np.zeros((1, count)) if values is None else np.nan_to_num(np.reshape(values, (1, -1)))
    return np.repeat(wide, len(block.terms), axis=0)


def _written(block: ProsumerBlock, k: int, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> Written:
    low, high = block.lower[k, :, :IMPORT_SLACK], block.upper[k, :, :IMPORT_SLACK]
    share, limits = _shares(low.shape)
    x = low + cp.multiply(high - low, share)
    injection_kw = sum(sign * x[:, column] for column, sign in INJECTED.items()) - block.right[k, :, BALANCE]
    traded_kw, trades_eur, within = _trades(block, k, price_eur_per_kw)
    bend = np.broadcast_to(block.quadratic[k, :IMPORT_SLACK], low.shape)
    own_eur = cp.sum(cp.multiply(block.linear[k, :, :IMPORT_SLACK], x) + cp.multiply(bend / 2.0, cp.square(x)))
    rows = {
        "balance": injection_kw == traded_kw + x[:, EXPORTED] - x[:, IMPORTED],
        "imports": x[:, IMPORTED] <= block.right[k, :, BALANCE] + sum(x[:, column] for column in USES),
        "exports": x[:, EXPORTED] <= sum(x[:, column] for column in SOURCES),
        "stored": _gained_kwh(block, k, x) == 0.0,
        "shifted": _by_window(block) @ x[:, FLEXIBLE] == 0.0,
    }
    bounds, between = _between(block, k, injection_kw)
    cost_eur = own_eur - charge_eur_per_kw @ injection_kw + trades_eur
    return Written(cost_eur, rows | bounds, [*limits, *within, *between])


def _shares(shape: tuple[int, ...]) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Variables between 0 and 1."""
    share = cp.Variable(shape)
    return share, [share >= 0.0, share <= 1.0]


def _between(
    block: ProsumerBlock, k: int, injection_kw: cp.Expression
) -> tuple[dict[str, cp.Constraint], list[cp.Constraint]]:
    """The injection as a power between its bounds, where it has some."""
    if not block.terms[k].is_bounded:
        return {}, []
    low, high = block.injection_kw[k]
    share, limits = _shares(low.shape)
    return {"bounds": injection_kw == low + cp.multiply(high - low, share)}, limits


def _by_window(block: ProsumerBlock) -> Floats:
    """(V, T) 1 where an hour is in a window of shifted load."""
    return np.asarray(np.arange(block.window[-1] + 1)[:, None] == block.window, dtype=np.float64)


def _gained_kwh(block: ProsumerBlock, k: int, x: cp.Expression) -> cp.Expression:
    """(T,) what the battery holds more than it was given."""
    start, stored, drawn = block.battery[k]
    before = cp.hstack([np.array([start]), x[:-1, ENERGY]])
    return x[:, ENERGY] - before - stored * x[:, CHARGE] + drawn * x[:, DISCHARGE]


def _trades(
    block: ProsumerBlock, k: int, price_eur_per_kw: Floats
) -> tuple[cp.Expression | float, cp.Expression | float, list[cp.Constraint]]:
    """(T,) power sold in sum, what all trades cost, and their limits."""
    edges = np.arange(block.first_edge[k], block.first_edge[k + 1])
    if not len(edges):
        return 0.0, 0.0, []
    pair = np.empty(block.n_edges, dtype=np.int64)
    pair[block.directed.T.ravel()] = np.tile(np.arange(len(block.directed)), 2)
    earned_eur, limit_kw = price_eur_per_kw[pair[edges]].T, block.edge_limit_kw[edges]
    (sold, selling), (bought, buying) = (_shares(earned_eur.shape) for _ in range(2))
    fee_eur = block.edge_fee_eur[edges]
    cost = cp.multiply(limit_kw * (fee_eur - earned_eur), sold) + cp.multiply(limit_kw * (fee_eur + earned_eur), bought)
    return (sold - bought) @ limit_kw, cp.sum(cost), [*selling, *buying]
