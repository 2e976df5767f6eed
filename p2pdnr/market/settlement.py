"""From agreed trades and prices to bills, and what each prosumer would pay without trading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.market.negotiation import delivered
from p2pdnr.market.private_columns import each, hourly
from p2pdnr.market.responses import ProsumerBlock, Pull, Response
from p2pdnr.market.terms import ProsumerTerms

Floats = npt.NDArray[np.float64]


TURNOVER_SHARE = 1e-3
"""Of what a prosumer turns over: too little to count."""

LEAST_KWH = 0.04
"""Energy whose worth is too little to count: what the copies of a trade may be apart in an hour or so."""

UNSERVED_SHARE = 1e-3
"""Of the price of unserved load, which counts where nothing else has a price."""


@dataclass(frozen=True, eq=False)
class Bills:
    """What every prosumer pays over the horizon, (K,) EUR each; negative is income.

    ``total_eur`` is the sum of retail, trades, fees, network and own costs (unserved load among them).
    ``retail_only_eur`` is the least it could pay without trading under the same charges,
    ``retail_only_uncharged_eur`` the same without charges.
    """

    retail_eur: Floats
    trades_eur: Floats
    fees_eur: Floats
    network_eur: Floats
    own_costs_eur: Floats
    retail_only_eur: Floats
    retail_only_uncharged_eur: Floats

    @property
    def total_eur(self) -> Floats:
        """(K,) the whole bill."""
        return self.retail_eur + self.trades_eur + self.fees_eur + self.network_eur + self.own_costs_eur


def settle(
    block: ProsumerBlock, response: Response, agreed_kw: Floats, price_eur_per_kw: Floats, charge_eur_per_kw: Floats
) -> Bills:
    """Bills of a dispatch.

    ``agreed_kw`` (E, T) first sells to second; ``price_eur_per_kw`` (E, T) traded over a step; ``charge_eur_per_kw``
    (K, T) withdrawn over a step at each prosumer's bus.
    """
    return Bills(
        *items_eur(block, response, agreed_kw, price_eur_per_kw, charge_eur_per_kw),
        retail_only_eur=retail_only_eur(block, charge_eur_per_kw),
        retail_only_uncharged_eur=retail_only_eur(block, np.zeros_like(charge_eur_per_kw)),
    )


def items_eur(
    block: ProsumerBlock, response: Response, agreed_kw: Floats, price_eur_per_kw: Floats, charge_eur_per_kw: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """(K,) each: retail, trades, fees, network and own costs of a dispatch, as in :func:`settle`."""
    retail, own = costs_eur(block, response)
    trades = -delivered(block, agreed_kw * price_eur_per_kw).sum(axis=1)
    network = -(charge_eur_per_kw * response.injection_kw).sum(axis=1)
    return retail, trades, delivered_fees_eur(block, agreed_kw), network, own


def negligible_eur(block: ProsumerBlock, items: Floats) -> Floats:
    """(K,) what each prosumer may lose, from the items of its bill (5, K): a thousandth of what it turns over itself,
    the sum of the items without their signs, or the worth of 0.04 kWh where that is more."""
    return np.asarray(
        np.maximum(LEAST_KWH * worth_eur_per_kwh(block.terms), TURNOVER_SHARE * np.abs(items).sum(axis=0))
    )


def worth_eur_per_kwh(terms: Sequence[ProsumerTerms]) -> Floats:
    """(K,) the highest price that each prosumer's energy has: of the retailer on average, of its elastic load or its
    generator, and a thousandth of that of unserved load."""
    buy, sell = (np.abs(hourly(terms, name)).mean(axis=1) for name in ("buy_eur_per_kwh", "sell_eur_per_kwh"))
    utility = np.where(each(terms, "elastic_kw") != 0.0, each(terms, "utility_eur_per_kwh"), 0.0)
    made = np.where(each(terms, "generator_kw") != 0.0, each(terms, "generation_eur_per_kwh"), 0.0)
    unserved = UNSERVED_SHARE * each(terms, "unserved_eur_per_kwh")
    return np.asarray(np.max([buy, sell, utility, made, unserved], axis=0))


def costs_eur(block: ProsumerBlock, response: Response) -> tuple[Floats, Floats]:
    """(K,) retail bill, and own costs with unserved load, of a response."""
    cost = block.linear * response.columns + block.quadratic[:, None, :] / 2.0 * response.columns**2
    by_column = cost.sum(axis=1)
    retail = by_column[:, kernel.IMPORTED] + by_column[:, kernel.EXPORTED]
    return retail, by_column.sum(axis=1) - retail


def delivered_fees_eur(block: ProsumerBlock, agreed_kw: Floats) -> Floats:
    """(K,) fees and preferences on agreed trades (E, T)."""
    fees = np.zeros(len(block.terms))
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    traded = np.abs(agreed_kw).sum(axis=1)
    for side in range(2):
        edge = block.directed[:, side]
        np.add.at(fees, owner[edge], block.edge_fee_eur[edge] * traded)
    return fees


def retail_only_eur(block: ProsumerBlock, charge_eur_per_kw: Floats) -> Floats:
    """(K,) least cost without trading when each kW withdrawn over a step costs ``charge_eur_per_kw`` (K, T)."""
    none = block.no_pull()
    pull = Pull(none.trade_linear, -charge_eur_per_kw, none.trade_weight, none.injection_weight)
    response = block.respond(pull, trading=False)
    retail, own = costs_eur(block, response)
    return np.asarray(retail + own - (charge_eur_per_kw * response.injection_kw).sum(axis=1))
