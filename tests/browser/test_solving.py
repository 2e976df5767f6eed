"""Changing the day and solving it again: edits, errors in place, progress, cancel, failure, a busy server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Route, expect

from p2pdnr.scenario import document
from scripts.page_door import ask
from tests.browser.access import THEMES, complaints
from tests.browser.driver import SLOW_MS, Dashboard, holds
from tests.browser.hands import Held, give

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Prosumer, Scenario

pytestmark = pytest.mark.browser


@pytest.fixture
def dashboard(opened_again: Dashboard) -> Dashboard:
    """These tests solve."""
    return opened_again


@pytest.fixture(scope="session")
def owner(default_scenario: Scenario) -> Prosumer:
    """Who owns the largest battery of the default day."""
    owners = [prosumer for prosumer in default_scenario.prosumers if prosumer.battery]
    return max(owners, key=lambda prosumer: prosumer.battery.capacity_kwh if prosumer.battery else 0.0)


def test_a_solve_takes_the_place_of_the_day(dashboard: Dashboard, owner: Prosumer) -> None:
    dashboard.type_into(dashboard.cell(owner.id, "battery_capacity"), "777")
    expect(dashboard.changes).to_contain_text("1 unsolved change")
    old = ask(dashboard.page, "() => p2pdnr.store.get().ids")
    dashboard.solve()
    expect(dashboard.changes).to_have_text("As solved")
    new = ask(dashboard.page, "() => p2pdnr.store.get().ids")
    assert set(new) == {"hourly", "static", "fixed", "fixed-no-p2p"} and not set(new.values()) & set(old.values())
    assert dashboard.payload("fixed")["summary"]["mode"] == "fixed"
    expect(dashboard.page.locator("#story-line")).to_have_text(re.compile("^Your change|^Solved again"))
    dashboard.page.locator("#undo").click()
    expect(dashboard.changes).to_contain_text("1 unsolved change")


def test_a_reference_that_arrives_before_the_answer_is_kept(dashboard: Dashboard, owner: Prosumer) -> None:
    page, late = dashboard.page, []

    def answer(route: Route) -> None:
        if late or "ieee33" in route.request.url:
            route.continue_()
        else:
            late.append(route)

    page.route("**/results/*.json", answer)
    dashboard.type_into(dashboard.cell(owner.id, "battery_capacity"), "781")
    expect(page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    with page.expect_response("**/results/*.json", timeout=SLOW_MS):
        page.locator("#solve").click()
    late[0].continue_()
    expect(dashboard.status).to_have_text("Solved.", timeout=SLOW_MS)
    assert set(ask(page, "() => p2pdnr.store.get().ids")) == {"hourly", "static", "fixed", "fixed-no-p2p"}


def renamed(scenario: Scenario, name: str) -> str:
    """The scenario's text under a name that the runner of these tests obeys."""
    return json.dumps(document.to_dict(scenario) | {"name": name})


def test_progress_is_told_and_cancel_keeps_the_last_result(dashboard: Dashboard, default_scenario: Scenario) -> None:
    before = dashboard.payload()
    give(dashboard, "long.json", renamed(default_scenario, "Solved for ever"))
    expect(dashboard.changes).to_contain_text("Not solved yet")
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    dashboard.page.locator("#solve").click()
    expect(dashboard.page.locator("#page")).to_have_class(re.compile("stale"))
    expect(dashboard.status).to_have_text(re.compile("iteration"), timeout=SLOW_MS)
    whole = "node => node.scrollHeight <= node.clientHeight + 1 && node.scrollWidth <= node.clientWidth + 1"
    assert dashboard.status.evaluate(whole), "how far it is can be read beside Cancel"
    dashboard.page.locator("#cancel").click()
    expect(dashboard.status).to_contain_text("Cancelled", timeout=SLOW_MS)
    expect(dashboard.page.locator("#cancel")).to_be_hidden()
    assert ask(dashboard.page, "() => p2pdnr.view.payload === p2pdnr.store.get().sketch")
    expect(dashboard.changes).to_contain_text("Not solved yet")
    expect(dashboard.page.locator("#solve")).to_be_enabled()
    dashboard.page.locator("#undo").click()
    holds(
        dashboard.page,
        "cost => p2pdnr.view.payload.summary?.objective_eur === cost",
        before["summary"]["objective_eur"],
    )
    assert dashboard.payload() == before
    expect(dashboard.changes).to_have_text("As solved")
    expect(dashboard.page.locator("#page")).not_to_have_class(re.compile("stale"))


def test_a_failed_solve_leaves_the_last_result(dashboard: Dashboard, default_scenario: Scenario) -> None:
    before = dashboard.payload()
    give(dashboard, "none.json", renamed(default_scenario, "There is no plan"))
    expect(dashboard.page.locator("#case option:checked")).to_have_text("There is no plan")
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_contain_text("found no plan", timeout=SLOW_MS)
    expect(dashboard.page.locator("#solve")).to_be_enabled()
    dashboard.page.locator("#undo").click()
    holds(
        dashboard.page,
        "cost => p2pdnr.view.payload.summary?.objective_eur === cost",
        before["summary"]["objective_eur"],
    )
    assert dashboard.payload() == before


def test_a_busy_server_says_so_until_it_is_not(dashboard: Dashboard, owner: Prosumer) -> None:
    page, sent, held = dashboard.page, list[str](), Held()

    def answer(route: Route) -> None:
        """The first is refused; the second waits until the page was seen to say so."""
        sent.append(route.request.url)
        error = {"error": {"kind": "busy", "message": "Too many solves are waiting.", "problems": []}}
        if len(sent) == 1:
            route.fulfill(status=429, json=error, headers={"Retry-After": "1"})
        else:
            held.hear(route)

    page.route("**/jobs", answer)
    dashboard.type_into(dashboard.cell(owner.id, "load_kw"), "9")
    expect(page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    page.locator("#solve").click()
    expect(dashboard.status).to_have_text("Too many solves are waiting. Trying again in 1 s.", timeout=SLOW_MS)
    held.answer()
    expect(dashboard.status).to_have_text("Solved.", timeout=SLOW_MS)
    assert len(sent) == 2


FIRSTS = (
    ("pv_kw", "511", "pv_profile"),
    ("battery_capacity", "77", "battery_power"),
    ("battery_power", "33", "battery_capacity"),
    ("battery_wear", "0.007", "battery_power"),
    ("elastic_max", "44", "elastic_utility"),
    ("elastic_utility", "0.29", "elastic_max"),
    ("flexible_share", "0.21", "load_profile"),
)
"""Column, what is typed, the column that it needs."""

WRONG = (
    ("battery_capacity", "1,500", "1.500"),
    ("battery_capacity", "abc", "not a number"),
    ("battery_capacity", "-1", "negative"),
    ("battery_power", "", "Battery"),
    ("load_profile", "nights", "nights"),
)
"""Column, what is typed, what is told."""


def test_a_first_pv_battery_or_elastic_load_needs_nothing_that_nobody_typed(
    seen: Dashboard, default_scenario: Scenario
) -> None:
    empty = next(one for one in default_scenario.prosumers if not (one.pv_kw or one.battery or one.elastic))
    for column, text, beside in FIRSTS:
        seen.type_into(seen.cell(empty.id, column), text)
        expect(seen.cell(empty.id, beside)).not_to_have_text("")
        expect(seen.changes).to_contain_text("unsolved change")
        expect(seen.problems()).to_have_count(0)
        expect(seen.page.locator("#solve")).to_be_enabled()
        seen.page.locator("#undo").click()
        expect(seen.cell(empty.id, column)).not_to_have_text(text)


def test_an_error_stands_at_its_cell(seen: Dashboard, owner: Prosumer) -> None:
    for column, text, told in WRONG:
        cell = seen.cell(owner.id, column)
        before = cell.inner_text()
        seen.type_into(cell, text)
        expect(cell).to_have_class(re.compile(r"\bwrong\b"))
        expect(cell).to_have_text(text)
        expect(seen.problems()).to_have_count(1)
        expect(seen.problems()).to_contain_text(owner.id)
        expect(seen.problems()).to_contain_text(told)
        expect(seen.page.locator("#solve")).to_be_disabled()
        seen.type_into(cell, before)
        expect(seen.problems()).to_have_count(0)
        expect(seen.page.locator("#solve")).to_be_enabled()
        expect(seen.changes).to_have_text("As solved")


def test_a_bus_that_the_grid_lacks_is_told_at_its_cell(seen: Dashboard, owner: Prosumer) -> None:
    cell = seen.cell(owner.id, "bus")
    seen.type_into(cell, "99")
    expect(cell).to_have_class(re.compile(r"\bwrong\b"))
    expect(seen.problems()).to_contain_text("99")
    expect(seen.page.locator("#solve")).to_be_disabled()


def test_all_errors_are_told_at_once(seen: Dashboard, owner: Prosumer) -> None:
    seen.type_into(seen.cell(owner.id, "load_kw"), "much")
    seen.type_into(seen.cell(owner.id, "pv_kw"), "little")
    expect(seen.problems()).to_have_count(2)


def test_two_prosumers_of_one_name_are_refused(seen: Dashboard, default_scenario: Scenario) -> None:
    first, second = default_scenario.prosumers[0].id, default_scenario.prosumers[1].id
    seen.type_into(seen.cell(second, "id"), first)
    expect(seen.problems().first).to_contain_text(first)
    expect(seen.page.locator("#solve")).to_be_disabled()


def test_undo_takes_an_edit_back(seen: Dashboard, owner: Prosumer) -> None:
    cell = seen.cell(owner.id, "load_kw")
    before = cell.inner_text()
    seen.type_into(cell, "1")
    expect(seen.changes).to_contain_text("1 unsolved change")
    seen.page.locator("#undo").click()
    expect(cell).to_have_text(before)
    expect(seen.changes).to_have_text("As solved")


def test_figures_from_before_an_edit_say_so_and_step_back(seen: Dashboard, owner: Prosumer) -> None:
    """They also do after a shared link has been opened; the number of edits stands beside Solve, always in sight."""
    page, cost = seen.page, seen.page.locator("#headlines dd").first
    bright = cost.evaluate("node => getComputedStyle(node).color")
    expect(page.locator("#page")).not_to_have_class(re.compile("behind"))
    seen.type_into(seen.cell(owner.id, "load_kw"), "1")
    expect(page.locator("#story-line")).to_have_text(
        "These figures are from before your change. Solve shows its effect."
    )
    seen.type_into(seen.cell(owner.id, "pv_kw"), "2")
    expect(page.locator("#story-line")).to_contain_text("from before your 2 changes")
    expect(page.locator("#solve")).to_have_attribute("data-count", "2")
    assert cost.evaluate("node => getComputedStyle(node).color") != bright
    assert page.locator("#diagram > svg").evaluate("node => Number(getComputedStyle(node).opacity)") < 0.7
    expect(page.locator("#unmoved")).to_be_visible()
    found = [report for theme in THEMES for report in complaints(page, theme)]
    assert not found, "\n".join(found)
    page.locator("#undo").click()
    page.locator("#undo").click()
    expect(page.locator("#page")).not_to_have_class(re.compile("behind"))
    expect(page.locator("#story-line")).to_contain_text("Compared with")
    expect(page.locator("#solve")).not_to_have_attribute("data-count", re.compile("."))


def test_prosumers_come_and_go(seen: Dashboard, default_scenario: Scenario) -> None:
    rows = seen.page.locator("#prosumers .ag-pinned-left-cols-container [role=row]")
    count = len(default_scenario.prosumers)
    expect(rows).to_have_count(count)
    seen.page.locator("#add").click()
    expect(rows).to_have_count(count + 1)
    rows.first.locator("input[type=checkbox]").check()
    seen.page.locator("#delete").click()
    expect(rows).to_have_count(count)
    expect(rows.first).not_to_contain_text(default_scenario.prosumers[0].id)
    seen.page.locator("#undo").click()
    expect(rows).to_have_count(count + 1)
    expect(seen.page.locator("#prosumers .ag-checked")).to_have_count(0)


def test_what_is_typed_is_never_markup(seen: Dashboard, owner: Prosumer) -> None:
    seen.type_into(seen.cell(owner.id, "load_profile"), "<img src=x onerror=document.title='bad'>")
    expect(seen.problems().first).to_contain_text("<img")
    assert seen.page.locator("#problems img, #prosumers img").count() == 0
    assert seen.page.title() == "p2pdnr"
