"""A refund that is not the surplus, not everybody's share, or taken from somebody, does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pdnr import study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import ON_REQUEST, statements, verify
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.refund import refund
from tests.small_scenario import small_document


def narrow(shares: str) -> dict:
    """Lines of 8 A and no load of the network's own: their limits bind, and charges bring in more than losses cost."""
    told = small_document()
    told["network"]["background_scale"] = 0.0
    for line in told["network"]["source"]["lines"]:
        line["limit_a"] = 8
    told["dso"]["refund"] = shares
    return told


@pytest.fixture(scope="module", params=["equal", "use"])
def solved(request: pytest.FixtureRequest) -> StudyResult:
    return study.run(document.from_dict(narrow(request.param)), study.Options(mode="fixed"))


def paying_back(result: StudyResult, *eur: float) -> StudyResult:
    """So much more to each, in the total as well, so that nothing else objects."""
    bills = result.tables.bills
    bills = bills.assign(refund_eur=bills["refund_eur"] - eur, total_eur=bills["total_eur"] - eur)
    return replace(result, tables=replace(result.tables, bills=bills))


def test_an_honest_refund_holds_and_nobody_regrets_more_for_it(solved: StudyResult) -> None:
    found = verify(solved)
    assert solved.summary["refunded_eur"] > 50.0
    assert found["refund_eur"].state == "holds"
    assert not [name for name, item in found.items() if not item.holds]
    assert statements(solved, found).contradictions == ()


@pytest.mark.parametrize(
    ("eur", "place"),
    [((0.5, 0.5, 0.5), "refunds come to"), ((2.0, -1.0, -1.0), "has another share"), ((0.0, -90.0, 0.0), "")],
)
def test_a_false_refund_does_not_hold(solved: StudyResult, eur: tuple[float, ...], place: str) -> None:
    found = verify(paying_back(solved, *eur))
    assert found["refund_eur"].state == "does not hold"
    assert place in found["refund_eur"].text
    assert found["budget_eur"].holds, "the bills still add up"


def test_somebody_who_is_made_to_pay_is_named(solved: StudyResult) -> None:
    """Though everybody's share of a negative surplus would be one."""
    free = replace(solved, tables=replace(solved.tables, bills=solved.tables.bills.assign(refund_eur=[1.0, 0.0, 0.0])))
    free = replace(free, scenario=document.from_dict(narrow("none")))
    found = refund(read_plan(free), free.tables)
    assert found.value == pytest.approx(1.0)
    assert found.state(ON_REQUEST["refund_eur"].limit) == "does not hold"


def test_a_refund_that_is_promised_and_missing_does_not_hold(solved: StudyResult) -> None:
    bills = solved.tables.bills.drop(columns="refund_eur")
    found = verify(replace(solved, tables=replace(solved.tables, bills=bills)))["refund_eur"]
    assert found.state == "does not hold"
