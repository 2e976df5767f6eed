"""The least a prosumer could pay at fixed prices and charges, bounded from below by arithmetic.

At fixed prices prosumers have nothing to do with each other. Put a price on each one's balance, on the rules against
resale, on its stored energy and on the sum of its shifted load, and every column stands alone between two finite
bounds (:mod:`.duality`). The sum of the columns' minima is at most what its best answer costs, whatever those prices
are. Here they are the multipliers of the answer that the kernel finds, which makes the bound as good as that answer and
no part of its validity.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.market.duality import INJECTED, Prices, Storage, reduced_costs
from p2pdnr.market.kernel_arrays import (
    BALANCE,
    BATTERY,
    BORDER,
    COLUMNS,
    DUALS,
    ENERGY,
    EXPORT,
    EXPORT_SLACK,
    IMPORT,
    IMPORT_SLACK,
)
from p2pdnr.market.responses import Floats, ProsumerBlock, Pull, Response


def least_bills_eur(block: ProsumerBlock, price_eur: Floats, charge_eur: Floats) -> Floats:
    """(K,) EUR that no plan of a prosumer is below at prices (E, T) of trades, which it may choose, and charges (K, T)
    per kW withdrawn over a step.

    Raises :class:`SolverError` when a prosumer's problem has no answer.
    """
    none = block.no_pull()
    linear = none.trade_linear.copy()
    linear[block.directed[:, 0]] = linear[block.directed[:, 1]] = -price_eur
    response = block.respond(Pull(linear, -charge_eur, none.trade_weight, none.injection_weight))
    return bills_bound_eur(block, (price_eur, charge_eur), *multipliers(block, response, price_eur, charge_eur))


def multipliers(
    block: ProsumerBlock, response: Response, price_eur: Floats, charge_eur: Floats
) -> tuple[Storage, Prices]:
    """The prices that an answer at fixed prices of trades and charges was found with."""
    hours = block.right.shape[1]
    rows = response.duals.reshape(len(block.terms), DUALS, -1)[:, :, :hours]
    resale = (np.maximum(rows[:, row], 0.0) for row in (IMPORT, EXPORT))
    return Storage(-rows[:, BATTERY], -rows[:, BORDER, 0]), Prices(charge_eur - rows[:, BALANCE], *resale, -price_eur)


def bills_bound_eur(block: ProsumerBlock, fixed: tuple[Floats, Floats], storage: Storage, prices: Prices) -> Floats:
    """(K,) EUR: the least of every prosumer's Lagrangian at any multipliers; ``fixed`` are prices (E, T) and charges
    (K, T)."""
    (price_eur, charge_eur), hours = fixed, np.arange(block.right.shape[1])
    cost = reduced_costs(block, storage, prices, hours)
    for column, sign in INJECTED.items():
        cost[:, :, column] -= sign * charge_eur
    cost[:, :, ENERGY] = storage.stored_eur
    cost[:, :-1, ENERGY] -= storage.stored_eur[:, 1:]
    cost[:, :, [IMPORT_SLACK, EXPORT_SLACK]] = 0.0
    own = _least(block, cost).sum(axis=(1, 2))
    load = ((charge_eur - prices.balance_eur - prices.imports_eur) * block.right[:, :, BALANCE]).sum(axis=1)
    start = storage.stored_eur[:, 0] * block.battery[:, 0]
    return np.asarray(own + load - start + _trades(block, price_eur, prices.balance_eur))


def _least(block: ProsumerBlock, cost: Floats) -> Floats:
    """(K, T, columns) the least of cost x + quadratic/2 x^2 between a column's bounds."""
    bend = np.broadcast_to(block.quadratic[:, None, :COLUMNS], cost.shape)
    inner = np.divide(-cost, bend, out=np.where(cost > 0.0, -np.inf, np.inf), where=bend > 0.0)
    at = np.clip(inner, block.lower, block.upper)
    return np.asarray(cost * at + bend / 2.0 * at**2)


def _trades(block: ProsumerBlock, price_eur: Floats, balance_eur: Floats) -> Floats:
    """(K,) the least of all trades of each prosumer at their prices."""
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    price = np.empty((block.n_edges, balance_eur.shape[1]))
    price[block.directed[:, 0]] = price[block.directed[:, 1]] = price_eur
    worth = price + balance_eur[owner]
    least = np.minimum(block.edge_fee_eur[:, None] - np.abs(worth), 0.0)
    every = block.edge_limit_kw * least.sum(axis=1)
    return np.asarray(np.bincount(owner, weights=every, minlength=len(block.terms)))
