"""What goes back to prosumers: all that was collected beyond the operator's cost, by the shares that are asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.results.refund import beyond_cost_eur, consumed_kwh, refunded, shares
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import figures
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario


def giving(scenario: Scenario, refund: str) -> Scenario:
    told = document.to_dict(scenario)
    told["dso"]["refund"] = refund
    return document.from_dict(told)


def collecting(tables: Tables, more_eur: float) -> Tables:
    """The first prosumer pays so much more of network charges."""
    first = more_eur * (np.arange(len(tables.bills)) == 0)
    bills = tables.bills.assign(
        network_eur=tables.bills["network_eur"] + first, total_eur=tables.bills["total_eur"] + first
    )
    return replace(tables, bills=bills)


def test_without_a_refund_nothing_is_added(sample: StudyResult) -> None:
    assert refunded(sample.scenario, sample.network, sample.tables) is sample.tables


@pytest.mark.parametrize("refund", ["equal", "use"])
def test_what_goes_back_is_the_surplus(sample: StudyResult, refund: str) -> None:
    scenario, tables = giving(sample.scenario, refund), collecting(sample.tables, 500.0)
    back = refunded(scenario, sample.network, tables)
    surplus_eur = figures(scenario, sample.network, tables)["operator_surplus_eur"]
    assert surplus_eur > 0.0
    assert back.bills["refund_eur"].sum() == pytest.approx(-surplus_eur)
    assert (back.bills["total_eur"] - tables.bills["total_eur"]).to_numpy() == pytest.approx(
        back.bills["refund_eur"].to_numpy()
    )
    told = figures(scenario, sample.network, back)
    assert told["refunded_eur"] == pytest.approx(surplus_eur)
    assert told["operator_surplus_eur"] == surplus_eur, "what was collected stays what it was"


def test_nobody_pays_for_an_operator_whose_charges_do_not_cover_its_cost(sample: StudyResult) -> None:
    scenario, tables = giving(sample.scenario, "equal"), collecting(sample.tables, -1e4)
    assert beyond_cost_eur(scenario, sample.network, tables) < 0.0
    assert not refunded(scenario, sample.network, tables).bills["refund_eur"].any()


def test_those_who_were_curtailed_are_paid_before_anything_goes_back(sample: StudyResult) -> None:
    tables = collecting(sample.tables, 500.0)
    paid = replace(tables, bills=tables.bills.assign(compensation_eur=-10.0))
    count = len(tables.bills)
    before, after = (beyond_cost_eur(sample.scenario, sample.network, item) for item in (tables, paid))
    assert before - after == pytest.approx(10.0 * count)


def test_shares_are_equal_or_those_of_what_loads_take(sample: StudyResult) -> None:
    equal, use = (shares(giving(sample.scenario, name), sample.tables) for name in ("equal", "use"))
    assert equal == pytest.approx(np.full(5, 0.2))
    assert use.sum() == pytest.approx(1.0)
    people = sample.tables.prosumers
    works = people[people["prosumer"] == "Works"]
    made = works["pv_kw"] + works["generator_kw"] + works["discharge_kw"] - works["charge_kw"]
    assert consumed_kwh(sample.scenario, sample.tables)[4] == pytest.approx((made - works["injection_kw"]).sum())
    assert use[4] / use[0] == pytest.approx(
        consumed_kwh(sample.scenario, sample.tables)[4] / consumed_kwh(sample.scenario, sample.tables)[0]
    )


def test_where_nobody_consumes_anything_all_have_the_same(sample: StudyResult) -> None:
    told = document.to_dict(giving(sample.scenario, "use"))
    for prosumer in told["prosumers"]:
        prosumer["load_kw"] = 0
        prosumer.pop("flexible_share", None)
    idle = sample.tables.prosumers.assign(flexible_kw=0.0, elastic_kw=0.0, unserved_kw=0.0)
    assert shares(document.from_dict(told), replace(sample.tables, prosumers=idle)) == pytest.approx(np.full(5, 0.2))
