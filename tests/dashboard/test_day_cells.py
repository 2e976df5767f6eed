"""The setting that a plan keeps its limits on other days: what is typed, what it does not go with, and clearing it."""

from __future__ import annotations

import pytest

from p2pdnr.dashboard import day_cells, drafts, tables
from p2pdnr.dashboard.cells import CellError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from tests.small_scenario import small_document


def read(base: Scenario, **typed: str) -> tables.Reading:
    return tables.to_scenario(base, tables.rows_of(base), tables.settings_of(base) | typed)


@pytest.fixture(scope="module")
def plain() -> Scenario:
    return document.from_dict(small_document())


@pytest.fixture(scope="module")
def secured(plain: Scenario) -> Scenario:
    found = read(plain, security_share="95 %", security_days="200").scenario
    assert found is not None
    return found


def test_a_share_of_days_asks_for_a_secure_plan(plain: Scenario, secured: Scenario) -> None:
    assert tables.settings_of(plain)["security_share"] == tables.settings_of(plain)["security_days"] == ""
    assert secured.dso.security is not None
    assert (secured.dso.security.share, secured.dso.security.days, secured.dso.security.test_days) == (0.95, 200, 1000)
    told = tables.settings_of(secured)
    assert [told[key] for key in ("security_share", "security_days", "security_tests")] == ["95 %", "200", "1000"]
    assert read(secured).scenario == secured


def test_without_a_share_there_is_none(plain: Scenario, secured: Scenario) -> None:
    assert read(secured, security_share="").scenario == plain
    found = read(plain, security_days="400")
    assert [problem.column for problem in found.problems] == ["security_days"]
    assert "give the share of days" in found.problems[0].message


@pytest.mark.parametrize(("text", "value"), [("95 %", 0.95), ("99.9", 0.999), ("50%", 0.5), ("92,5 %", 0.925)])
def test_shares_are_read_as_people_write_them(text: str, value: float) -> None:
    assert day_cells.security_share(text) == value
    assert day_cells.security_share(day_cells.write_percent(value)) == value


@pytest.mark.parametrize("text", ["0.95", "100 %", "49", "most"])
def test_what_is_no_share_of_days_is_told(text: str) -> None:
    with pytest.raises(CellError):
        day_cells.security_share(text)


@pytest.mark.parametrize("text", ["49", "10001", "60.5"])
def test_what_is_no_number_of_days_is_told(text: str) -> None:
    with pytest.raises(CellError):
        day_cells.days(text)


@pytest.mark.parametrize("other", ["role", "reactive"])
def test_what_it_does_not_go_with_stands_at_the_share_before_anything_is_solved(secured: Scenario, other: str) -> None:
    draft = drafts.opened(secured)
    said = {"role": "sets charges before the market", "reactive": "as the operator chooses"}
    settings = draft["settings"] | {other: said[other]}
    verdict = drafts.verdict(draft | {"settings": settings})
    assert verdict["scenario"] is None
    assert [item["column"] for item in verdict["problems"]] == ["security_share"]
    assert verdict["problems"][0]["where"] == "Limits are to hold on"


def test_a_price_on_energy_not_supplied_is_typed_and_taken_away(plain: Scenario) -> None:
    priced = read(plain, outage_price="8", outage_repair="3").scenario
    assert priced is not None
    assert priced.dso.outage_price is not None
    assert (priced.dso.outage_price.eur_per_kwh, priced.dso.outage_price.repair_h) == (8.0, 3.0)
    assert tables.settings_of(priced)["outage_faults"] == "0.1"
    assert read(priced, outage_price="").scenario == plain
    found = read(plain, outage_faults="0.2")
    assert [problem.column for problem in found.problems] == ["outage_faults"]
