"""Whether bills in the market without an operator are those of an equilibrium, from the scenario and stated prices.

At fixed prices each bill is bounded from below by arithmetic (:func:`p2pdnr.market.best_bill.least_bills_eur`), and a
bill of an equilibrium is no higher. The sum of such bounds is at most the optimum of the whole market, whatever the
prices, and reaches it at prices of an equilibrium alone. The optimum is that of one cone programme of all prosumers,
solved by another solver than the one that negotiates.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.coordination.optimality.market_alone import market_optimum
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.settlement import LEAST_KWH, TURNOVER_SHARE, worth_eur_per_kwh
from p2pdnr.network.arrays import Floats
from p2pdnr.results.money import in_money
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.money import unit_eur
from p2pdnr.verification.optimum import LARGEST_CENTRAL
from p2pdnr.verification.plan import Plan, read_plan

COLUMN, PRICES = "free_market_eur", "free_price_eur"


def contradictions(result: StudyResult) -> Iterator[str]:
    """What bills.csv and warm.npz say about the market without an operator and what is not so."""
    has_bills, has_prices = COLUMN in result.tables.bills, PRICES in result.arrays
    if has_bills != has_prices:
        yield f"bills.csv and warm.npz: {COLUMN} and {PRICES} belong together, and one of them is missing"
    if not (has_bills and has_prices):
        return
    unit = unit_eur(result.scenario)
    reckoned = in_money(result, 1.0 / unit) if unit != 1.0 else result
    plan, price = read_plan(reckoned), reckoned.arrays[PRICES]
    if price.shape != (len(plan.pairs), len(plan.closed)):
        yield f"warm.npz has a {PRICES} that does not fit partners.csv"
        return
    stated = reckoned.tables.bills[COLUMN].to_numpy(dtype=np.float64)
    try:
        yield from _bills(plan, price, stated)
        if not too_large(plan):
            yield from _sum(plan, stated)
    except P2pdnrError as error:
        yield f"bills.csv states {COLUMN}, and it cannot be examined: {error}"


def unshown(result: StudyResult) -> str:
    """Why the bills of a market without an operator are not shown to be those of an equilibrium; empty where they are,
    or none are stated."""
    if COLUMN not in result.tables.bills or not too_large(read_plan(result)):
        return ""
    return f"that the prices of {COLUMN} are those of an equilibrium: the market is too large to be solved as one"


def too_large(plan: Plan) -> bool:
    """Whether the market cannot be solved as one programme."""
    return (len(plan.terms) + len(plan.pairs)) * len(plan.closed) > LARGEST_CENTRAL


def _bills(plan: Plan, price_eur_per_kw: Floats, stated_eur: Floats) -> Iterator[str]:
    """Each stated bill against the least one at the stated prices without network charges."""
    block = plan.market
    nothing = np.zeros((len(plan.terms), len(plan.closed)))
    least = least_bills_eur(block, np.ascontiguousarray(price_eur_per_kw), nothing)
    slack = np.maximum(LEAST_KWH * worth_eur_per_kwh(plan.terms), TURNOVER_SHARE * np.abs(least))
    off = np.abs(stated_eur - least) / slack
    if not off.max() <= 1.0:
        who = int(np.nan_to_num(off, nan=np.inf).argmax())
        said, true = f"{stated_eur[who]:.2f} of {plan.terms[who].name}", f"{least[who]:.2f}"
        yield f"bills.csv states {COLUMN} = {said}, at the stated prices it is {true}"


def _sum(plan: Plan, stated_eur: Floats) -> Iterator[str]:
    """The sum of the stated bills against the optimum of the market."""
    optimum = market_optimum(plan.terms, plan.trading)
    total = float(stated_eur.sum())
    if not abs(total - optimum.cost_eur) <= TURNOVER_SHARE * optimum.scale_eur:
        yield (
            f"bills.csv states {COLUMN} of {total:.2f} in all, the market's optimum is {optimum.cost_eur:.2f}: its "
            "prices are no equilibrium"
        )
