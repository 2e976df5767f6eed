"""The least a prosumer could pay at fixed prices and charges, bounded from below by arithmetic.

At fixed prices prosumers have nothing to do with each other. Put a price on each one's balance, on the rules against
resale, on its stored energy and on the sums of its shifted load, and every column stands alone between two finite
bounds (:mod:`.duality`). The sum of the columns' minima is at most what its best answer costs, whatever those prices
are. Here they are the multipliers of the answer that the kernel finds, which makes the bound as good as that answer and
no part of its validity. Where a bill seems too high by such a bound, the multipliers of the written problem are taken
(:mod:`.written_answer`), and the higher of both bounds.

An injection p between bounds of its own gets a price on p = u, with u free between them: what u costs at least is
another term of the sum, and the price works on the columns as a charge less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.market.duality import INJECTED, Prices, Storage, reduced_costs
from p2pdnr.market.kernel_arrays import (
    BALANCE,
    BATTERY,
    BORDER,
    DUALS,
    ENERGY,
    EXPORT,
    EXPORT_SLACK,
    IMPORT,
    IMPORT_SLACK,
    INJECTION,
)
from p2pdnr.market.responses import Floats, ProsumerBlock, Pull, Response
from p2pdnr.market.written_answer import written_multipliers


@dataclass(frozen=True, eq=False)
class BestBills:
    """``least_eur`` (K,) that no plan of a prosumer is below at fixed prices and charges, and what shows it: the
    multipliers ``storage`` and ``prices``, and every column's reduced cost and best value (K, T, columns)."""

    least_eur: Floats
    storage: Storage
    prices: Prices
    reduced_eur: Floats
    best: Floats


def best_bills(block: ProsumerBlock, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> BestBills:
    """Bounds at prices (E, T) of trades, which prosumers may choose, and charges (K, T) per kW withdrawn over a step.

    Raises :class:`SolverError` when a prosumer's problem has no answer.
    """
    none = block.no_pull()
    linear = none.trade_linear.copy()
    linear[block.directed[:, 0]] = linear[block.directed[:, 1]] = -price_eur_per_kw
    response = block.respond(Pull(linear, -charge_eur_per_kw, none.trade_weight, none.injection_weight))
    return bounded_bills(
        block, (price_eur_per_kw, charge_eur_per_kw), *multipliers(block, response, price_eur_per_kw, charge_eur_per_kw)
    )


def least_bills_eur(block: ProsumerBlock, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> Floats:
    """(K,) EUR of :func:`best_bills` alone."""
    return best_bills(block, price_eur_per_kw, charge_eur_per_kw).least_eur


def savings_eur(
    block: ProsumerBlock,
    fixed: tuple[Floats, Floats],
    bill_eur: Floats,
    limit_eur: Floats,
    least_eur: Floats | None = None,
) -> Floats:
    """(K,) the most that each prosumer could save on its bill (K,) by another plan at prices and charges ``fixed``, as
    in :func:`best_bills`.

    Whoever is furthest beyond ``limit_eur`` (K,), what it may lose, is bounded as closely as can be; the others may be
    told more than they could save, and no further beyond their limits. ``least_eur`` (K,) are :func:`least_bills_eur`
    where they are at hand. Raises :class:`SolverError` when a prosumer's
    problem has no answer.
    """
    saved = np.asarray(bill_eur - (least_bills_eur(block, *fixed) if least_eur is None else least_eur))
    close: set[int] = set()
    while (who := furthest(saved, limit_eur)) not in close and saved[who] > limit_eur[who]:
        close.add(who)
        saved[who] = min(saved[who], bill_eur[who] - closer_bill_eur(block, who, fixed))
    return saved


def furthest(loss_eur: Floats, limit_eur: Floats) -> int:
    """Who is furthest beyond its limit (K,), else who loses most; who has no number is furthest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.nan_to_num(loss_eur / limit_eur, nan=np.inf)
    return int(beyond.argmax() if beyond.max() > 1.0 else loss_eur.argmax())


def closer_bill_eur(block: ProsumerBlock, k: int, fixed: tuple[Floats, Floats]) -> float:
    """EUR that no plan of prosumer ``k`` is below, by the multipliers of its written problem; minus infinity where the
    solver finds none."""
    try:
        return float(bounded_bills(block, fixed, *written_multipliers(block, k, *fixed)).least_eur[k])
    except SolverError:
        return -np.inf


def multipliers(
    block: ProsumerBlock, response: Response, price_eur_per_kw: Floats, charge_eur_per_kw: Floats
) -> tuple[Storage, Prices, Floats]:
    """The prices that an answer at fixed prices of trades and charges was found with; the last ones (K, T) are those of
    the injections' bounds."""
    hours = block.right.shape[1]
    rows = response.duals.reshape(len(block.terms), DUALS, -1)[:, :, :hours]
    imports, exports = (np.maximum(rows[:, row], 0.0) for row in (IMPORT, EXPORT))
    bounded = (block.injection_kw[:, 1] > block.injection_kw[:, 0]).any(axis=1, keepdims=True)
    bound_eur = np.where(bounded, charge_eur_per_kw + rows[:, INJECTION], 0.0)
    first = np.flatnonzero(np.diff(block.window, prepend=-1))
    storage = Storage(-rows[:, BATTERY], -rows[:, BORDER, first])
    balance_eur = charge_eur_per_kw - bound_eur - rows[:, BALANCE]
    return storage, Prices(balance_eur, imports, exports, -price_eur_per_kw), bound_eur


def bounded_bills(
    block: ProsumerBlock,
    fixed: tuple[Floats, Floats],
    storage: Storage,
    prices: Prices,
    bound_eur: Floats | float = 0.0,
) -> BestBills:
    """The least of every prosumer's Lagrangian at any multipliers; ``fixed`` are prices (E, T) and charges (K, T),
    ``bound_eur`` (K, T) the prices of an injection's bounds, zero for everybody who has none."""
    (price_eur_per_kw, charge_eur_per_kw), hours = fixed, np.arange(block.right.shape[1])
    charge_eur_per_kw = charge_eur_per_kw - bound_eur
    between = np.minimum(*(-bound_eur * block.injection_kw[:, end] for end in range(2))).sum(axis=1)
    cost = reduced_costs(block, storage, prices, hours)
    for column, sign in INJECTED.items():
        cost[:, :, column] -= sign * charge_eur_per_kw
    cost[:, :, ENERGY] = storage.stored_eur
    cost[:, :-1, ENERGY] -= storage.stored_eur[:, 1:]
    cost[:, :, [IMPORT_SLACK, EXPORT_SLACK]] = 0.0
    best = _best(block, cost)
    own = (cost * best + block.quadratic[:, None, :] / 2.0 * best**2).sum(axis=(1, 2))
    load = ((charge_eur_per_kw - prices.balance_eur - prices.imports_eur) * block.right[:, :, BALANCE]).sum(axis=1)
    start = storage.stored_eur[:, 0] * block.battery[:, 0]
    least = own + load - start + _trades(block, price_eur_per_kw, prices.balance_eur)
    return BestBills(np.asarray(least + between), storage, prices, cost, best)


def _best(block: ProsumerBlock, cost: Floats) -> Floats:
    """(K, T, columns) where cost x + quadratic/2 x^2 is least between a column's bounds."""
    bend = np.broadcast_to(block.quadratic[:, None, :], cost.shape)
    inner = np.divide(-cost, bend, out=np.where(cost > 0.0, -np.inf, np.inf), where=bend > 0.0)
    return np.asarray(np.clip(inner, block.lower, block.upper))


def reach_kw(block: ProsumerBlock, bills: BestBills, slack_eur: float) -> tuple[Floats, Floats]:
    """(K, T) least and most that a prosumer injects in any plan that costs it no more than ``slack_eur`` above its
    bound: no column can be further from its best value than where its reduced cost alone takes as much."""
    bend = block.quadratic[:, None, :]
    slope = bills.reduced_eur + bend * bills.best
    low = np.maximum(block.lower, bills.best - _room(-slope, bend, slack_eur))
    high = np.minimum(block.upper, bills.best + _room(slope, bend, slack_eur))
    least, most = -block.right[:, :, BALANCE], -block.right[:, :, BALANCE]
    for column, sign in INJECTED.items():
        ends = sign * low[:, :, column], sign * high[:, :, column]
        least, most = least + np.minimum(*ends), most + np.maximum(*ends)
    return least, most


def _room(slope: Floats, bend: Floats, slack_eur: float) -> Floats:
    """How far a column may go before slope x + bend/2 x^2 takes ``slack_eur``."""
    rise = np.maximum(slope, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        room = 2.0 * slack_eur / (rise + np.sqrt(rise**2 + 2.0 * bend * slack_eur))
    return np.nan_to_num(room, nan=np.inf, posinf=np.inf)


def _trades(block: ProsumerBlock, price_eur_per_kw: Floats, balance_eur: Floats) -> Floats:
    """(K,) the least of all trades of each prosumer at their prices."""
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    price = np.empty((block.n_edges, balance_eur.shape[1]))
    price[block.directed[:, 0]] = price[block.directed[:, 1]] = price_eur_per_kw
    worth = price + balance_eur[owner]
    least = np.minimum(block.edge_fee_eur[:, None] - np.abs(worth), 0.0)
    every = block.edge_limit_kw * least.sum(axis=1)
    return np.asarray(np.bincount(owner, weights=every, minlength=len(block.terms)))
