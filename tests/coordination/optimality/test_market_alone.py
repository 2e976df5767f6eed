"""The market's optimum in one programme, by hand."""

from __future__ import annotations

import pytest

from p2pdnr.coordination.optimality.market_alone import market_optimum
from tests.coordination.cases import market_document, problem_of


def test_neighbours_need_the_retailer_for_what_they_lack_alone() -> None:
    """6 of 10 kW come from the neighbour for nothing, 4 from the retailer for 0.30: 1.20 EUR."""
    problem = problem_of(market_document({"id": "Load", "load_kw": 10}, {"id": "Sun", "pv_kw": 6}))
    found = market_optimum(problem.block.terms, problem.trades)
    assert found.cost_eur == pytest.approx(1.2, abs=1e-5)
    assert found.scale_eur == pytest.approx(1.2, abs=1e-5)


def test_without_pairs_everybody_deals_with_the_retailer() -> None:
    document = market_document({"id": "Load", "load_kw": 10}, {"id": "Sun", "pv_kw": 6})
    problem = problem_of(document, p2p=False)
    assert market_optimum(problem.block.terms, problem.trades).cost_eur == pytest.approx(3.0 - 0.6, abs=1e-5)
