"""The roles' table: what the operator pays, how far from an optimum, who gains and who loses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from p2pdnr.results.role_rows import gains_and_losses, gap, operator_cost_eur, role_row
from p2pdnr.results.study_result import StudyResult


def billed(result: StudyResult, *more_eur: float) -> StudyResult:
    bills = result.tables.bills
    return replace(result, tables=replace(result.tables, bills=bills.assign(total_eur=bills["total_eur"] + more_eur)))


def told(result: StudyResult, **changes: Any) -> StudyResult:
    return replace(result, summary=result.summary | changes)


def test_who_gains_and_who_loses_is_named_with_the_amount(sample: StudyResult) -> None:
    other = billed(sample, 5.0, -3.0, 0.001, 0.0, 8.0)
    people = gains_and_losses(other, sample, "welfare")
    assert people is not None
    assert list(people["lose"].items()) == [("Works", pytest.approx(8.0)), ("Home", pytest.approx(5.0))]
    assert list(people["gain"].items()) == [("Farm", pytest.approx(3.0))], "0.1 ct is nothing"
    row = role_row(other, sample)
    assert (row["gain_against_welfare"], row["lose_against_welfare"]) == (1, 2)
    assert role_row(other, None)["gain_against_welfare"] is None
    assert gains_and_losses(other, None, "welfare") is None


def test_against_the_tariff_the_row_says_what_the_summary_says(sample: StudyResult) -> None:
    high = billed(sample, 500.0, 0.0, 0.0, 0.0, 500.0)
    people = gains_and_losses(high, None, "tariff")
    assert people is not None
    excess = high.tables.bills["total_eur"] - high.tables.bills["retail_only_uncharged_eur"]
    names = high.tables.bills["prosumer"]
    assert people["lose"] == {names[k]: pytest.approx(excess[k]) for k in people_above(excess)}
    assert not set(people["lose"]) & set(people["gain"])


def people_above(excess: Any) -> list[int]:
    return [int(k) for k in excess.index[excess > 1.0]]


def test_what_the_operator_pays_holds_compensation(sample: StudyResult) -> None:
    costs = sample.summary["costs_eur"]
    alone = costs["losses"] + costs["violations"] + costs["switching"]
    assert operator_cost_eur(sample.summary) == pytest.approx(alone)
    paying = told(sample, role={"name": "validate", "compensation_eur": 4.5})
    assert operator_cost_eur(paying.summary) == pytest.approx(alone + 4.5)


def test_a_gap_is_told_where_it_is_shown(sample: StudyResult) -> None:
    def claimed(state: str) -> dict[str, Any]:
        claim = {"value": 2e-5, "limit": 1e-3, "holds": state == "holds", "state": state}
        return told(sample, certificates={"gap_central": claim}).summary

    assert gap(claimed("holds")) == 2e-5
    assert gap(claimed("not shown")) is None
    assert gap(told(sample, role={"name": "leader", "gap": 0.01}).summary) == 0.01
    assert gap(told(sample, role={"name": "validate"}).summary) is None


def test_the_total_above_welfare_is_a_share_of_its_parts(sample: StudyResult) -> None:
    dear = told(sample, objective_eur=sample.summary["objective_eur"] + 10.0)
    scale = sum(abs(value) for value in sample.summary["costs_eur"].values())
    assert role_row(dear, sample)["above_welfare"] == pytest.approx(10.0 / scale)
    assert role_row(sample, sample)["above_welfare"] == 0.0
