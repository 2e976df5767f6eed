"""Bills in the market without an operator: a false one, and false prices, are noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.responses import prosumer_block
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import free_market, statements, verify
from p2pdnr.verification.plan import read_plan
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def solved() -> StudyResult:
    return study.run(document.from_dict(small_document()), study.Options(mode="fixed", free_market=True))


def stating(result: StudyResult, eur: np.ndarray, price: np.ndarray | None = None) -> StudyResult:
    bills = result.tables.bills.assign(free_market_eur=eur)
    arrays = result.arrays if price is None else result.arrays | {"free_price_eur": price}
    return replace(result, tables=replace(result.tables, bills=bills), arrays=arrays)


def test_honest_bills_are_not_objected_to(solved: StudyResult, tmp_path: Path) -> None:
    folder.save(solved, tmp_path / "result")
    again = folder.load(tmp_path / "result")
    assert again.tables.bills["free_market_eur"].equals(solved.tables.bills["free_market_eur"])
    assert statements(again, verify(again)).contradictions == ()
    told = [solved.tables.bills["prosumer"][k] for k in range(3)]
    assert set(solved.summary["above_free_market_ids"]) <= set(told)


@pytest.mark.parametrize("who", range(3))
@pytest.mark.parametrize("eur", [-0.5, 0.5, np.nan])
def test_a_false_bill_is_told_by_name(solved: StudyResult, who: int, eur: float) -> None:
    stated = solved.tables.bills["free_market_eur"].to_numpy().copy()
    stated[who] += eur
    found = list(free_market.contradictions(stating(solved, stated)))
    assert any(solved.scenario.prosumers[who].id in line for line in found)


def test_bills_at_prices_that_are_no_equilibrium_do_not_reach_the_optimum(solved: StudyResult) -> None:
    """Every bill is right for these prices; together they are less than any market could cost."""
    plan, price = read_plan(solved), 0.7 * solved.arrays["free_price_eur"]
    block = prosumer_block(plan.terms, plan.trading)
    least = least_bills_eur(block, price, np.zeros((len(plan.terms), len(plan.closed))))
    found = list(free_market.contradictions(stating(solved, least, price)))
    assert len(found) == 1
    assert "no equilibrium" in found[0]


def test_bills_and_prices_stand_together(solved: StudyResult) -> None:
    bare = replace(solved, arrays={key: item for key, item in solved.arrays.items() if key != "free_price_eur"})
    assert "belong together" in next(free_market.contradictions(bare))
    short = stating(solved, solved.tables.bills["free_market_eur"].to_numpy(), np.zeros((1, 1)))
    assert "does not fit" in next(free_market.contradictions(short))


def test_of_a_large_market_the_bills_alone_are_examined(solved: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    assert free_market.unshown(solved) == ""
    monkeypatch.setattr(free_market, "LARGEST_CENTRAL", 3)
    assert "too large" in free_market.unshown(solved)
    stated = solved.tables.bills["free_market_eur"].to_numpy() + np.array([0.5, 0.0, 0.0])
    assert len(list(free_market.contradictions(stating(solved, stated)))) == 1


def test_what_was_not_computed_is_remarked(solved: StudyResult) -> None:
    result = study.run(document.from_dict(small_document()), study.Options(mode="fixed", p2p=False, free_market=True))
    assert "free_market_eur" not in result.tables.bills
    assert [text for text in result.summary["remarks"] if "not computed" in text]
    assert statements(result, verify(result)).contradictions == ()
    assert not list(free_market.contradictions(result))
    assert free_market.unshown(result) == ""
