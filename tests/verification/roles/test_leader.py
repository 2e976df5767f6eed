"""A leader's certificates: they hold for its plan, and each fails for what is wrong in just that way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pdnr import study
from p2pdnr.results import folder
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document, patch
from p2pdnr.verification import Certificate, verify
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.roles.examined import Examined
from p2pdnr.verification.roles.leader import leader_gap, operator_cost_eur
from tests import thorough
from tests.coordination.cases import random_document
from tests.leader_scenario import CAP, duo

OWN = ("regret", "revenue", "leader_gap")


@pytest.fixture(scope="module")
def led() -> StudyResult:
    return study.run(document.from_dict(duo()))


@pytest.fixture(scope="module")
def loaded() -> StudyResult:
    """Bus 2 withdraws 200 kW at least."""
    return study.run(document.from_dict(duo(load_kw=200)))


def told(result: StudyResult, **claims: Any) -> StudyResult:
    return replace(result, summary=result.summary | {"role": result.summary["role"] | claims})


def charged(result: StudyResult, change: Callable[[float, int], float]) -> StudyResult:
    """The result with other charges, from what each bus is charged and its number."""
    buses = result.tables.buses.copy()
    rows = zip(buses["charge_eur_per_kwh"], buses["bus"], strict=True)
    buses["charge_eur_per_kwh"] = [change(float(charge), int(bus)) for charge, bus in rows]
    return replace(result, tables=replace(result.tables, buses=buses))


def refunded(result: StudyResult, refund: str, back_eur: float) -> StudyResult:
    """The result with so much given back, as much to everybody."""
    bills, own_eur = result.tables.bills, back_eur / len(result.tables.bills)
    bills = bills.assign(refund_eur=-own_eur, total_eur=bills["total_eur"] - own_eur)
    scenario = patch.apply(result.scenario, {"dso": {"refund": refund}})
    return replace(result, scenario=scenario, tables=replace(result.tables, bills=bills))


def found(result: StudyResult, name: str) -> Certificate:
    return verify(result)[name]


def test_all_of_them_hold(led: StudyResult) -> None:
    certificates = verify(led)
    assert [certificates[name].state for name in OWN] == [HOLDS] * 3
    assert {name for name, item in certificates.items() if item.state != HOLDS} == {"gap_central", "charges"}
    assert certificates["charges"].state == NOT_SHOWN and "set" in certificates["charges"].reason


def test_they_hold_from_the_files_alone(led: StudyResult, tmp_path: Path) -> None:
    folder.save(led, tmp_path)
    again = verify(folder.load(tmp_path))
    assert {name: again[name].state for name in OWN} == dict.fromkeys(OWN, HOLDS)


def test_a_leader_that_collects_more_than_its_cost_is_seen(loaded: StudyResult) -> None:
    """At 0.40 EUR/kWh 200 kW are more than losses cost."""
    assert found(loaded, "revenue").state == HOLDS
    more = found(charged(loaded, lambda charge, bus: CAP if bus == 2 else 0.0), "revenue")
    assert more.state == FAILS and "collected" in more.text


@pytest.mark.parametrize("charge", [-0.01, CAP + 0.01])
def test_a_charge_beyond_zero_or_the_cap_is_seen_wherever_it_is(led: StudyResult, charge: float) -> None:
    outside = found(charged(led, lambda own, bus: charge if bus == 1 else own), "revenue")
    assert outside.state == FAILS and "highest allowed is 0.4000" in outside.text


def test_a_market_that_would_answer_otherwise_is_seen(led: StudyResult) -> None:
    assert found(charged(led, lambda charge, bus: 0.0), "regret").state == FAILS


@pytest.mark.parametrize(
    ("refund", "back_eur", "state"),
    [("none", 0.0, HOLDS), ("equal", 3.0, HOLDS), ("use", 0.0, HOLDS), ("use", 3.0, NOT_SHOWN)],
)
def test_where_using_more_brings_a_refund_regret_shows_nothing_and_says_so(
    loaded: StudyResult, refund: str, back_eur: float, state: str
) -> None:
    regret, day = found(refunded(loaded, refund, back_eur), "regret"), loaded.tables.prosumers
    assert regret.state == state
    if state == NOT_SHOWN:
        used_kwh = float((day["generator_kw"] - day["injection_kw"]).sum())
        assert f"up to {back_eur / used_kwh:.4f} EUR for a kWh more" in regret.reason


def test_a_refund_by_use_does_not_hide_followers_who_would_answer_otherwise(loaded: StudyResult) -> None:
    assert found(charged(refunded(loaded, "use", 3.0), lambda charge, bus: 0.0), "regret").state == FAILS


def test_a_bound_that_the_prices_do_not_prove_is_seen(led: StudyResult) -> None:
    role = led.summary["role"]
    higher = (role["lower_bound_eur"] + role["operator_cost_eur"]) / 2 + 1e-3
    gap = (role["operator_cost_eur"] - higher) / max(1.0, role["operator_cost_eur"])
    claimed = found(told(led, lower_bound_eur=higher, gap=gap), "leader_gap")
    assert claimed.state == FAILS and "the stored prices prove" in claimed.text


def test_a_bound_without_its_prices_is_seen(led: StudyResult) -> None:
    arrays = {name: values for name, values in led.arrays.items() if not name.startswith("bound_")}
    assert found(replace(led, arrays=arrays), "leader_gap").state == FAILS


def test_a_gap_that_is_not_that_of_the_bound_is_seen(led: StudyResult) -> None:
    assert found(told(led, gap=led.summary["role"]["gap"] - 1e-3), "leader_gap").state == FAILS


def test_a_cost_below_its_bound_is_seen(led: StudyResult) -> None:
    plan = read_plan(led)
    judged = judge(plan.network, plan.closed, plan.withdrawal_kw, plan.withdrawal_kvar)
    bound = led.summary["role"]["lower_bound_eur"]
    below = told(led, gap=-0.1 * bound / max(1.0, 0.9 * bound))
    examined = Examined(below, plan, judged)
    assert operator_cost_eur(examined) == pytest.approx(led.summary["role"]["operator_cost_eur"], abs=1e-5)
    assert leader_gap(examined, 0.9 * bound).holds is False


def test_a_large_gap_shows_nothing_and_says_so(led: StudyResult) -> None:
    cost = led.summary["role"]["operator_cost_eur"]
    far = found(told(led, lower_bound_eur=0.5 * cost, gap=0.5 * cost / max(1.0, cost)), "leader_gap")
    assert far.state == NOT_SHOWN and "does not show" in far.reason


def test_without_a_bound_nothing_is_shown_and_no_gap_may_be_stated(led: StudyResult) -> None:
    assert found(told(led, lower_bound_eur=None, gap=None), "leader_gap").state == NOT_SHOWN
    assert found(told(led, lower_bound_eur=None, gap=0.0), "leader_gap").state == FAILS


def test_prices_in_other_money_lead_the_same_way() -> None:
    """A hundred times dearer, as in cents: the same topologies, charges and certificates."""
    scene, cents = duo(), duo(200.0)
    cents["tariff"] = {name: [100 * price for price in prices] for name, prices in cents["tariff"].items()}
    cents["dso"] |= {"max_charge_eur_per_kwh": 100 * CAP, "violation_price_eur_per_kwh": 1000.0}
    cents["market"]["trade_fee_eur_per_kwh"] = 0.1
    load, generator = (row[name] for row, name in zip(cents["prosumers"], ("elastic", "generator"), strict=True))
    load |= {"utility_eur_per_kwh": 60.0, "slope_eur_per_kw2h": 0.1}
    generator |= {"cost_eur_per_kwh": 12.0, "slope_eur_per_kw2h": 0.1}
    one, other = (study.run(document.from_dict(item)).summary["role"] for item in (scene, cents))
    assert other["operator_cost_eur"] == pytest.approx(100 * one["operator_cost_eur"], rel=1e-3)
    assert other["max_charge_eur_per_kwh"] == pytest.approx(100 * CAP)


@pytest.mark.parametrize(
    ("mode", "seed"),
    thorough.of([("fixed", 3), ("static", 11), ("hourly", 11)], [("fixed", 11), ("static", 3), ("hourly", 3)]),
)
def test_no_certificate_fails_on_random_days(mode: study.Mode, seed: int) -> None:
    result = study.run(document.from_dict(random_document(seed)), study.Options(mode=mode, role="leader"))
    assert {name for name, claim in result.summary["certificates"].items() if claim["state"] == FAILS} == set()
    assert result.summary["certificates"]["revenue"]["holds"] and result.summary["certificates"]["regret"]["holds"]
