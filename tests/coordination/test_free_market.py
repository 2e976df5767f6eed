"""The market's own equilibrium as a reference for bills."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination import free_market as module
from p2pdnr.coordination.free_market import free_market
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.settlement import retail_only_eur
from tests.coordination.cases import market_document, problem_of, random_document


def test_two_neighbours_share_what_the_retailer_keeps() -> None:
    """10 kW are sold for 0.10 and bought for 0.30 without each other; together they pay nothing at all."""
    problem = problem_of(market_document({"id": "Load", "load_kw": 10}, {"id": "Sun", "pv_kw": 10}))
    found = free_market(Context(problem))
    assert found is not None
    assert found.bill_eur.sum() == pytest.approx(0.0, abs=1e-2)
    assert 1.0 - 1e-2 <= found.bill_eur[0] <= 3.0 + 1e-2, "a price between the retailer's"
    assert found.price_eur_per_kw.shape == (1, 1)


@pytest.mark.parametrize("seed", [3, 11])
def test_nobody_has_a_better_plan_at_its_prices_nor_with_the_retailer(seed: int) -> None:
    problem = problem_of(random_document(seed))
    found = free_market(Context(problem))
    assert found is not None
    nothing = np.zeros((len(problem.block.terms), problem.hours))
    scale = 1e-3 * max(1.0, np.abs(found.bill_eur).sum())
    assert found.bill_eur == pytest.approx(least_bills_eur(problem.block, found.price_eur_per_kw, nothing), abs=scale)
    assert (found.bill_eur <= retail_only_eur(problem.block, nothing) + scale).all()


def test_what_is_not_computed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(random_document(3))
    assert free_market(Context(problem), time_limit_s=1e-9) is None, "the negotiation does not end in time"
    assert free_market(Context(problem_of(random_document(3), p2p=False))) is None, "nobody trades"
    monkeypatch.setattr(module, "LARGEST", 10)
    assert free_market(Context(problem)) is None, "the market is too large"
