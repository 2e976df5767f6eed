"""A solved result passes every certificate; one that is not optimal, or boasts, does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import figures
from p2pdnr.scenario import document
from p2pdnr.verification import RULES, claims, optimum, verify
from p2pdnr.verification.plan import read_plan
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def solved() -> dict[str, StudyResult]:
    return study.compare(document.from_dict(small_document()))


@pytest.fixture(scope="module")
def hourly(solved: dict[str, StudyResult]) -> StudyResult:
    return solved["hourly"]


@pytest.mark.parametrize("mode", ["fixed-no-p2p", "fixed", "static", "hourly"])
def test_every_certificate_holds_in_every_mode(solved: dict[str, StudyResult], mode: str) -> None:
    certificates = verify(solved[mode])
    assert set(certificates) == set(RULES)
    assert not [item for item in certificates.values() if not item.holds]
    assert abs(certificates["gap_central"].value or 0.0) < 1e-4
    assert claims(certificates) == solved[mode].summary["certificates"]


def with_bills(result: StudyResult, column: str, prosumer: str, by: float) -> StudyResult:
    bills = result.tables.bills.copy()
    bills[column] += by * (bills["prosumer"] == prosumer)
    return replace(result, tables=replace(result.tables, bills=bills))


@pytest.mark.parametrize("column", ["retail_only_eur", "retail_only_uncharged_eur"])
def test_what_the_retailer_alone_would_cost_must_be_so(hourly: StudyResult, column: str) -> None:
    found = verify(with_bills(hourly, column, "Works", 0.5))["rationality_eur"]
    assert not found.holds
    assert f"{column} of Works" in found.text


def test_somebody_worse_off_is_named(hourly: StudyResult) -> None:
    saved = (hourly.tables.bills["retail_only_eur"] - hourly.tables.bills["total_eur"]).iloc[2]
    found = verify(with_bills(hourly, "total_eur", "Works", saved + 2.0))["rationality_eur"]
    assert not found.holds
    assert found.value == pytest.approx(2.0, abs=1e-3)
    assert "Works by 2.00 EUR" in found.text


def wasteful(result: StudyResult) -> StudyResult:
    """Works runs its generator a kW more in every hour and imports less: everything balances, and it costs more."""
    people = result.tables.prosumers.copy()
    idle = (people["prosumer"] == "Works") & (people["generator_kw"] < 39) & (people["import_kw"] > 2)
    assert idle.any()
    people.loc[idle, "generator_kw"] += 1.0
    people.loc[idle, "elastic_kw"] += 0.0
    people.loc[idle, "import_kw"] -= 0.0
    people.loc[idle, "injection_kw"] += 1.0
    people.loc[idle, "export_kw"] += 1.0
    return replace(result, tables=replace(result.tables, prosumers=people))


def test_a_plan_that_could_be_cheaper_leaves_regret_and_a_gap(hourly: StudyResult) -> None:
    """The generator runs for 0.22 EUR/kWh and more to export for 0.05."""
    worse = wasteful(hourly)
    bills = worse.tables.bills.copy()
    from p2pdnr.verification.market import bills as recomputed

    again = recomputed(read_plan(worse), worse.tables)
    for column in again.columns:
        bills[column] = again[column]
    worse = replace(worse, tables=replace(worse.tables, bills=bills))
    plan = read_plan(worse)
    regret = optimum.regret(plan, worse.tables)
    assert regret.value is not None
    assert regret.value > 0.1
    assert "Works" in regret.detail
    gap, _ = optimum.central(plan, worse)
    assert gap.value is not None
    assert gap.value > 1e-3


def test_a_plan_that_costs_less_than_is_possible_does_not_hold(hourly: StudyResult) -> None:
    """Whoever imports states a twentieth less of it: the sum is below what any plan of the schedule costs."""
    people = hourly.tables.prosumers.copy()
    people["import_kw"] *= 0.95
    cheap = replace(hourly, tables=replace(hourly.tables, prosumers=people))
    gap, _ = optimum.central(read_plan(cheap), cheap)
    assert gap.value is not None and gap.value < -optimum.RESPECTED
    assert gap.state(optimum.GAP_LIMIT) == "does not hold"


def test_regret_is_what_a_better_price_would_bring(hourly: StudyResult) -> None:
    """At ten times the price every seller would rather sell more."""
    trades = hourly.tables.trades.assign(price_eur_per_kwh=lambda t: 10 * t["price_eur_per_kwh"])
    found = verify(replace(hourly, tables=replace(hourly.tables, trades=trades)))
    assert not found["regret"].holds
    assert not found["budget_eur"].holds


def test_another_topology_has_another_optimum(hourly: StudyResult) -> None:
    """The stated plan on the initial topology: neither the power flow nor the gap is the one of that topology."""
    lines = hourly.tables.lines.copy()
    lines["closed"] = np.tile(hourly.network.closed.astype(int), hourly.scenario.hours)
    moved = replace(hourly, tables=replace(hourly.tables, lines=lines))
    found = verify(moved)
    assert not found["radial"].holds, "hours.csv says otherwise"
    assert not found["ac_loss_kw"].holds


def test_figures_of_the_summary_follow_from_the_tables(solved: dict[str, StudyResult]) -> None:
    for result in solved.values():
        for name, value in figures(result.scenario, result.network, result.tables).items():
            assert result.summary[name] == value


def test_a_schedule_without_an_optimum_has_no_gap(hourly: StudyResult) -> None:
    plan = read_plan(hourly)
    closed = plan.closed.copy()
    closed[1, 0] = False
    gap, cone = optimum.central(replace(plan, closed=closed), hourly)
    assert gap.value is None
    assert cone.value is None
    assert gap.detail
