"""What charges between zero and a cap can bring prosumers to do: bounds on every device, found from prices alone.

Whoever sits at the market's equilibrium sees an energy price of its own, with its charge in it. An exchange argument
bounds it: one more kW of PV or of a generator may be exported (at least ``sell`` is earned, and no charge is
negative), one more kW of load imported (at most ``buy`` and the cap are paid), one kW less of a generator that sells is
imported by the one who used it. So at any charges c, 0 <= c <= cap, in EUR per kWh:

    PV is used in full where sell > 0,          load is served where the price of unserved load > buy + cap,
    marginal cost of the generator    >= sell where it could give more,   <= highest buy + cap where it could give less,
    marginal utility of elastic load  <= buy + cap where it could use more,  >= lowest sell where it could use less.

No battery charges and discharges at once where sell > 0: that loses energy which could be exported. It is used where
there is a single hour; over more of them batteries may do so here, which is more than they do.
Limits of import or export that could bind void the argument for generators and elastic load; what load is left unserved
and what sun unused is then bounded by what such limits leave short or over (:mod:`.shortages`). Batteries and shifted
load may do whatever they can. The set is convex and holds every answer to every such charges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles import shortages
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, ELASTIC, EXPORTED, GENERATOR, IMPORTED, PV, UNSERVED
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.market.terms import ProsumerTerms

Floats = npt.NDArray[np.float64]

CLEAR_EUR_PER_KWH = shortages.CLEAR_EUR_PER_KWH
"""A price above another by less decides nothing."""


@dataclass(frozen=True, eq=False)
class _PriceRange:
    """(T,) lowest and highest price, in EUR/kWh with its charge, that a device's last kW may have; infinite where a
    limit of import or export could bind."""

    export: Floats
    lowest: Floats
    import_: Floats
    highest: Floats


def highest_buy_eur_per_kwh(problem: CoordinationProblem) -> float:
    """The highest price at which any prosumer buys from its retailer: the leader's cap where none is stated."""
    return float(max(np.max(terms.buy_eur_per_kwh) for terms in problem.block.terms))


def whatever_charges_can_do(problem: CoordinationProblem, cap_eur_per_kwh: float) -> CoordinationProblem:
    """The same problem with prosumers who cost nothing and may do all that they could do in answer to any charges: what
    the operator would choose from if it decided everything itself.

    Its optimum over both levels is a lower bound on the operator's cost (losses, violations, switching).
    """
    block = problem.block
    lower, upper = block.lower.copy(), block.upper.copy()
    short_kw, over_kw = shortages.most_kw(problem, cap_eur_per_kwh)
    for k, terms in enumerate(block.terms):
        prices = _price_range(block, k, cap_eur_per_kwh)
        _narrow(terms, prices, lower[k], upper[k])
    lower[:, :, PV] = np.maximum(lower[:, :, PV], upper[:, :, PV] - over_kw)
    upper[:, :, UNSERVED] = np.minimum(upper[:, :, UNSERVED], short_kw)
    free = replace(
        block,
        lower=lower,
        upper=upper,
        linear=np.zeros_like(block.linear),
        quadratic=np.zeros_like(block.quadratic),
        edge_fee_eur=np.zeros_like(block.edge_fee_eur),
    )
    return replace(problem, block=free, rankings=[])


def _price_range(block: ProsumerBlock, k: int, cap_eur_per_kwh: float) -> _PriceRange:
    imports, exports = (~shortages.limited(block, column) for column in (IMPORTED, EXPORTED))
    buy, sell = (np.array([getattr(item, name) for item in block.terms]) for name in _PRICES)
    nothing = np.full(buy.shape[1], np.inf)
    return _PriceRange(
        export=sell[k] if exports[k] else -nothing,
        lowest=sell.min(axis=0) if exports.all() else -nothing,
        import_=buy[k] + cap_eur_per_kwh if imports[k] else nothing,
        highest=buy.max(axis=0) + cap_eur_per_kwh if imports.all() else nothing,
    )


_PRICES = ("buy_eur_per_kwh", "sell_eur_per_kwh")


def _narrow(terms: ProsumerTerms, prices: _PriceRange, lower: Floats, upper: Floats) -> None:
    """Narrow the bounds (T, columns) of one prosumer in place."""
    sure = prices.export > CLEAR_EUR_PER_KWH
    if len(sure) == 1 and sure[0]:  # a battery that must end as it began could only lose energy by doing both at once
        upper[:, [CHARGE, DISCHARGE]] = 0.0
    if terms.generator_kw > 0:
        cost = terms.generation_eur_per_kwh, terms.generator_slope_eur_per_kw2h
        lower[:, GENERATOR] = _least(prices.export, *cost, terms.generator_kw)
        upper[:, GENERATOR] = terms.generator_kw - _least(
            -prices.highest, -cost[0] - cost[1] * terms.generator_kw, cost[1], terms.generator_kw
        )
    if terms.elastic_kw > 0:
        worth = terms.utility_eur_per_kwh, terms.elastic_slope_eur_per_kw2h
        lower[:, ELASTIC] = _least(-prices.import_, -worth[0], worth[1], terms.elastic_kw)
        upper[:, ELASTIC] = terms.elastic_kw - _least(
            prices.lowest, worth[0] - worth[1] * terms.elastic_kw, worth[1], terms.elastic_kw
        )


def _least(price: Floats, first: float, slope: float, most_kw: float) -> Floats:
    """(T,) kW that a device whose kW at x costs first + slope x gives at least where each kW earns ``price``."""
    gain = price - first - CLEAR_EUR_PER_KWH
    if slope == 0.0:
        return np.where(gain > 0.0, most_kw, 0.0)
    return np.asarray(np.clip(gain / slope, 0.0, most_kw))
