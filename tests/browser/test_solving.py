"""Changing the day and solving it again: edits, errors in place, progress, cancel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.driver import Dashboard

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Prosumer, Scenario

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def owner(default_scenario: Scenario) -> Prosumer:
    """Who owns the largest battery of the default day."""
    owners = [prosumer for prosumer in default_scenario.prosumers if prosumer.battery]
    return max(owners, key=lambda prosumer: prosumer.battery.capacity_kwh if prosumer.battery else 0.0)


def energy_of(dashboard: Dashboard, prosumer: str) -> list[float]:
    """What a prosumer's battery holds at the end of each hour, kWh."""
    prosumers = dashboard.payload()["prosumers"]
    values: list[float] = prosumers["day"]["energy_kwh"][prosumers["id"].index(prosumer)]
    return values


@pytest.mark.slow
def test_a_larger_battery_changes_trades_and_charts(dashboard: Dashboard, owner: Prosumer) -> None:
    assert owner.battery is not None
    dashboard.choose_tab("trades")
    trades, chart = dashboard.payload()["trades"], dashboard.chart()
    old = energy_of(dashboard, owner.id)
    assert max(old) <= owner.battery.capacity_kwh + 1e-3
    dashboard.type_into(dashboard.cell(owner.id, "battery_capacity"), f"{3 * owner.battery.capacity_kwh:g}")
    expect(dashboard.page.locator("#changes")).to_contain_text("1 unsolved change")
    dashboard.solve()
    new = energy_of(dashboard, owner.id)
    assert max(new) > max(old) + 1
    assert max(new) <= 3 * owner.battery.capacity_kwh + 1e-3
    assert dashboard.payload()["trades"] != trades
    expect(dashboard.page.locator("#changes")).to_have_text("As solved")
    expect(dashboard.page.locator("#headlines")).to_contain_text("by your edit")
    dashboard.page.wait_for_function(
        "old => JSON.stringify(document.querySelector('#chart-body .plot').data.map(({x, y, z}) => ({x, y, z})))"
        " !== JSON.stringify(old)",
        arg=chart,
    )
    assert dashboard.payload("fixed")["summary"]["mode"] == "fixed"


@pytest.mark.slow
def test_progress_is_told_and_cancel_keeps_the_last_result(dashboard: Dashboard, owner: Prosumer) -> None:
    before = dashboard.payload()
    dashboard.type_into(dashboard.cell(owner.id, "battery_capacity"), "777")
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=20_000)
    dashboard.page.locator("#solve").click()
    expect(dashboard.page.locator("#page")).to_have_class(re.compile("stale"))
    expect(dashboard.status).to_have_text(re.compile("iteration|ranking|reading"), timeout=60_000)
    dashboard.page.locator("#cancel").click()
    expect(dashboard.status).to_contain_text("Cancelled", timeout=5_000)
    expect(dashboard.page.locator("#cancel")).to_be_hidden()
    expect(dashboard.page.locator("#page")).not_to_have_class(re.compile("stale"))
    assert dashboard.payload() == before
    expect(dashboard.page.locator("#changes")).to_contain_text("1 unsolved change")
    expect(dashboard.page.locator("#solve")).to_be_enabled()


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("battery_capacity", "1,5", "1.5"),
        ("battery_capacity", "abc", "not a number"),
        ("battery_capacity", "-1", "negative"),
        ("battery_power", "", "Battery"),
        ("load_profile", "nights", "nights"),
    ],
)
def test_an_error_stands_at_its_cell(dashboard: Dashboard, owner: Prosumer, column: str, text: str, told: str) -> None:
    cell = dashboard.cell(owner.id, column)
    before = cell.inner_text()
    dashboard.type_into(cell, text)
    expect(cell).to_have_class(re.compile(r"\bwrong\b"))
    expect(cell).to_have_text(text)
    expect(dashboard.problems()).to_have_count(1)
    expect(dashboard.problems()).to_contain_text(owner.id)
    expect(dashboard.problems()).to_contain_text(told)
    expect(dashboard.page.locator("#solve")).to_be_disabled()
    dashboard.type_into(cell, before)
    expect(dashboard.problems()).to_have_count(0)
    expect(dashboard.page.locator("#solve")).to_be_enabled()
    expect(dashboard.page.locator("#changes")).to_have_text("As solved")


def test_a_bus_that_the_grid_lacks_is_told_at_its_cell(dashboard: Dashboard, owner: Prosumer) -> None:
    cell = dashboard.cell(owner.id, "bus")
    dashboard.type_into(cell, "99")
    expect(cell).to_have_class(re.compile(r"\bwrong\b"))
    expect(dashboard.problems()).to_contain_text("99")
    expect(dashboard.page.locator("#solve")).to_be_disabled()


def test_all_errors_are_told_at_once(dashboard: Dashboard, owner: Prosumer) -> None:
    dashboard.type_into(dashboard.cell(owner.id, "load_kw"), "much")
    dashboard.type_into(dashboard.cell(owner.id, "pv_kw"), "little")
    expect(dashboard.problems()).to_have_count(2)


def test_two_prosumers_of_one_name_are_refused(dashboard: Dashboard, default_scenario: Scenario) -> None:
    first, second = default_scenario.prosumers[0].id, default_scenario.prosumers[1].id
    dashboard.type_into(dashboard.cell(second, "id"), first)
    expect(dashboard.problems().first).to_contain_text(first)
    expect(dashboard.page.locator("#solve")).to_be_disabled()


def test_undo_takes_an_edit_back(dashboard: Dashboard, owner: Prosumer) -> None:
    cell = dashboard.cell(owner.id, "load_kw")
    before = cell.inner_text()
    dashboard.type_into(cell, "1")
    expect(dashboard.page.locator("#changes")).to_contain_text("1 unsolved change")
    dashboard.page.locator("#undo").click()
    expect(cell).to_have_text(before)
    expect(dashboard.page.locator("#changes")).to_have_text("As solved")


def test_prosumers_come_and_go(dashboard: Dashboard, default_scenario: Scenario) -> None:
    rows = dashboard.page.locator("#prosumers .ag-pinned-left-cols-container [role=row]")
    count = len(default_scenario.prosumers)
    expect(rows).to_have_count(count)
    dashboard.page.locator("#add").click()
    expect(rows).to_have_count(count + 1)
    rows.first.locator("input[type=checkbox]").check()
    dashboard.page.locator("#delete").click()
    expect(rows).to_have_count(count)
    expect(rows.first).not_to_contain_text(default_scenario.prosumers[0].id)


def test_what_is_typed_is_never_markup(dashboard: Dashboard, owner: Prosumer) -> None:
    dashboard.type_into(dashboard.cell(owner.id, "load_profile"), "<img src=x onerror=document.title='bad'>")
    expect(dashboard.problems().first).to_contain_text("<img")
    assert dashboard.page.locator("#problems img, #prosumers img").count() == 0
    assert dashboard.page.title() == "p2pdnr"
