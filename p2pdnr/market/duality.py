"""The market's share of a lower bound: what prosumers cost at least at given prices, in closed form.

The market of an hour couples prosumers by their trades and by nothing else; the hours of a prosumer are coupled by
its battery and by the sums of its shifted load in every window. Put a price on each of these, on each balance and on
each rule against resale, and every column of every prosumer stands alone between two finite bounds. The sum of their
minima is at most what any plan costs (weak duality), whatever the prices are.

With the prices of :class:`Prices`, a column x of cost c x + bend/2 x^2 has the reduced cost c + (what its rows say).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.market.kernel_arrays import (
    BALANCE,
    CHARGE,
    DISCHARGE,
    ELASTIC,
    ENERGY,
    EXPORTED,
    FLEXIBLE,
    GENERATOR,
    IMPORTED,
    PV,
    UNSERVED,
)
from p2pdnr.market.responses import Floats, Ints, ProsumerBlock

INJECTED = {PV: 1.0, CHARGE: -1.0, DISCHARGE: 1.0, FLEXIBLE: -1.0, ELASTIC: -1.0, GENERATOR: 1.0, UNSERVED: 1.0}
"""Columns that make up the injection, besides the fixed load, and their signs."""

USES, SOURCES = (FLEXIBLE, ELASTIC, CHARGE), (PV, DISCHARGE, GENERATOR)
"""What imports may feed besides the fixed load, and what exports may come from."""


@dataclass(frozen=True, eq=False)
class Storage:
    """Prices that join the hours: ``stored_eur`` (K, T) per kWh in the battery at the end of an hour, ``shifted_eur``
    (K, V) per kW of shifted load in each of V windows."""

    stored_eur: Floats
    shifted_eur: Floats


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of H hours in EUR per kW over a step.

    ``balance_eur`` (K, H) of injection = trades + export - import; ``imports_eur``, ``exports_eur`` (K, H) of the rules
    against resale, >= 0; ``pair_eur`` (E, H) of what both sides of a pair sell each other being zero in sum;
    ``active_eur`` (K, H) of what PV and battery do being what their inverter runs, None where no inverter counts.
    """

    balance_eur: Floats
    imports_eur: Floats
    exports_eur: Floats
    pair_eur: Floats
    active_eur: Floats | None = None

    def of(self, columns: Ints) -> Prices:
        """Those of some of the hours."""
        active_eur = None if self.active_eur is None else self.active_eur[:, columns]
        parts = (self.balance_eur, self.imports_eur, self.exports_eur, self.pair_eur)
        balance, imports, exports, pair = (part[:, columns] for part in parts)
        return Prices(balance, imports, exports, pair, active_eur)


def reduced_costs(block: ProsumerBlock, storage: Storage, prices: Prices, hours: Ints) -> Floats:
    """(K, H, 12) linear costs of the columns in the hours ``hours`` (H,); energy has a bound of its own."""
    cost = block.linear[:, hours].copy()
    stored = storage.stored_eur[:, hours]
    cost[:, :, CHARGE] -= block.battery[:, 1, None] * stored
    cost[:, :, DISCHARGE] += block.battery[:, 2, None] * stored
    cost[:, :, FLEXIBLE] += storage.shifted_eur[:, block.window[hours]]
    for column, sign in INJECTED.items():
        cost[:, :, column] += sign * prices.balance_eur
    cost[:, :, IMPORTED] += prices.balance_eur + prices.imports_eur
    cost[:, :, EXPORTED] += prices.exports_eur - prices.balance_eur
    for column in USES:
        cost[:, :, column] -= prices.imports_eur
    for column in SOURCES:
        cost[:, :, column] -= prices.exports_eur
    if prices.active_eur is not None:
        for column, sign in ((PV, 1.0), (DISCHARGE, 1.0), (CHARGE, -1.0)):
            cost[:, :, column] += sign * prices.active_eur
    return cost


def hour_bounds(block: ProsumerBlock, prices: Prices, cost: Floats, hours: Ints) -> Floats:
    """(H,) EUR: loads, retailer and trades of each hour at prices and reduced costs; what injects is not counted."""
    load = -((prices.balance_eur + prices.imports_eur) * block.right[:, hours, BALANCE]).sum(axis=0)
    retail = sum(_least(block, cost[:, :, column], column, hours).sum(axis=0) for column in (IMPORTED, EXPORTED))
    return np.asarray(load + retail + _trades(block, prices))


def _least(block: ProsumerBlock, cost: Floats, column: int, hours: Ints) -> Floats:
    """(K, H) least cost of a column without quadratic cost between its bounds."""
    low, high = block.lower[:, hours, column], block.upper[:, hours, column]
    return np.asarray(np.minimum(cost * low, cost * high))


def _trades(block: ProsumerBlock, prices: Prices) -> Floats:
    """(H,) least cost of all trades at the pairs' prices."""
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    pair = np.empty((block.n_edges, prices.pair_eur.shape[1]))
    pair[block.directed[:, 0]] = pair[block.directed[:, 1]] = prices.pair_eur
    worth = pair - prices.balance_eur[owner]
    sold, bought = (np.minimum(block.edge_fee_eur[:, None] + way * worth, 0.0) for way in (1.0, -1.0))
    return np.asarray((block.edge_limit_kw[:, None] * (sold + bought)).sum(axis=0))


def storage_bound(block: ProsumerBlock, storage: Storage) -> float:
    """EUR: least cost of all energies between their bounds, and of what the batteries hold at the start."""
    stored = storage.stored_eur
    cost = stored - np.hstack([stored[:, 1:], np.zeros((len(stored), 1))])
    hours = np.arange(stored.shape[1])
    return float(_least(block, cost, ENERGY, hours).sum() - (stored[:, 0] * block.battery[:, 0]).sum())


@dataclass(frozen=True, eq=False)
class Injections:
    """Columns that inject, D of them: ``prosumer`` and ``column`` (D,); ranges and reduced costs (D, H) and
    ``bend_eur`` (D,) as injections in kW, so that a load's range is negative."""

    prosumer: Ints
    column: Ints
    low_kw: Floats
    high_kw: Floats
    cost_eur: Floats
    bend_eur: Floats


def injections(block: ProsumerBlock, cost: Floats, hours: Ints) -> Injections:
    """All columns that may inject, from reduced costs (K, H, 12)."""
    prosumer, columns, parts, bend = [], [], [], []
    for column, sign in INJECTED.items():
        used = np.maximum(np.abs(block.upper[:, :, column]), np.abs(block.lower[:, :, column]))
        for k in np.flatnonzero(used.max(axis=1) > 0.0):
            ends = sign * np.array([block.lower[k, hours, column], block.upper[k, hours, column]])
            parts.append((ends.min(axis=0), ends.max(axis=0), sign * cost[k, :, column]))
            prosumer.append(k)
            columns.append(column)
            bend.append(block.quadratic[k, column])
    low, high, linear = np.array(parts).reshape(len(prosumer), 3, len(hours)).transpose(1, 0, 2)
    who, what = (np.array(items, dtype=np.int64) for items in (prosumer, columns))
    return Injections(who, what, low, high, linear, np.array(bend))
