"""Beside the bills of a result: what everybody would pay in the market without an operator
(:mod:`p2pdnr.coordination.free_market`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.coordination.free_market import FreeMarket
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import above_free_market

NOT_COMPUTED = (
    "what everybody would pay in the market without an operator is not computed: there is no trading, the market is "
    "too large, or its negotiation did not end in time"
)


def with_free_market(result: StudyResult, reference: FreeMarket | None) -> StudyResult:
    """The result with a column ``free_market_eur`` in bills.csv, the prices that show it in warm.npz, and who is worse
    off in summary.json; with a remark where there is no reference."""
    if reference is None:
        return replace(result, summary=result.summary | {"remarks": [*result.summary["remarks"], NOT_COMPUTED]})
    bills = result.tables.bills.assign(free_market_eur=reference.bill_eur)
    return replace(
        result,
        tables=replace(result.tables, bills=bills),
        arrays=result.arrays | {"free_price_eur": reference.price_eur_per_kw},
        summary=result.summary | above_free_market(result.scenario, bills),
    )


def as_free_market_of(result: StudyResult, other: StudyResult) -> StudyResult:
    """The result with the reference that ``other``, of the same market, has already; as it is where that has none."""
    if "free_market_eur" not in other.tables.bills:
        return result
    bill_eur = other.tables.bills["free_market_eur"].to_numpy(dtype=np.float64)
    return with_free_market(result, FreeMarket(bill_eur, other.arrays["free_price_eur"]))
