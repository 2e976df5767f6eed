"""Editors of what no cell of the table shows: preferences, own tariffs, steps of the day, the background."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.driver import Dashboard
from tests.browser.hands import pane, paste, taken

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser


def set_to(pane: Locator, name: str, text: str) -> None:
    """Type a setting."""
    field = pane.locator(f"[name={name}]")
    field.fill(text)
    field.press("Enter")


def document_of(dashboard: Dashboard) -> dict[str, Any]:
    """The scenario as the page would save it."""
    expect(dashboard.page.locator("#solve")).to_be_enabled()
    read: dict[str, Any] = json.loads(taken(dashboard, "scenario"))
    return read


def test_preferences_are_added_pasted_renamed_and_go_with_their_prosumer(
    seen: Dashboard, default_scenario: Scenario
) -> None:
    first, second, third = (prosumer.id for prosumer in default_scenario.prosumers[:3])
    pane(seen, "settings")
    seen.page.locator("#add-preference").click()
    lines = seen.page.locator("#preferences li")
    expect(lines).to_have_count(1)
    seen.press("Tab", "Tab")
    seen.page.keyboard.type("0,5")
    seen.press("Enter")
    expect(lines.locator(".told")).to_contain_text("0.5")
    expect(seen.problems()).to_have_count(1)
    paste(seen, f"{first}\t{second}\t0.5\n{third}\tNobody\t0.02")
    expect(seen.problems()).to_contain_text("Nobody")
    lines.nth(1).locator("select").nth(1).select_option(label=first)
    expect(seen.problems()).to_have_count(0)
    pane(seen, "prosumers")
    seen.type_into(seen.cell(first, "id"), "Renamed")
    expect(seen.changes).to_contain_text("3 unsolved changes")
    preferences = document_of(seen)["market"]["preferences"]
    assert preferences == [
        {"from": "Renamed", "to": second, "eur_per_kwh": 0.5},
        {"from": third, "to": "Renamed", "eur_per_kwh": 0.02},
    ]
    seen.cell("Renamed", "bus").click()
    seen.page.locator("#delete").click()
    expect(seen.status).to_have_text("Renamed deleted, with 2 preferences; Undo brings it back.")
    expect(lines).to_have_count(0)
    seen.page.locator("#undo").click()
    expect(lines).to_have_count(2)


def test_a_prosumer_gets_a_tariff_of_its_own(seen: Dashboard, default_scenario: Scenario) -> None:
    owner = default_scenario.prosumers[1]
    pane(seen, "profiles").locator("[data-curve=buy]").click()
    seen.page.locator("#own-of").select_option(label=owner.id)
    expect(seen.page.locator(".curve-editor h3")).to_contain_text(f"{owner.id}, retailer sells at")
    text = seen.page.locator("#curve-text")
    text.fill("24 x 0.01")
    text.press("Enter")
    expect(seen.problems()).to_contain_text("above the buying price")
    text.fill("24 x 0.5")
    text.press("Enter")
    expect(seen.problems()).to_have_count(0)
    tariff = document_of(seen)["prosumers"][1]["tariff"]
    assert tariff["buy_eur_per_kwh"] == [0.5] * 24
    assert tuple(tariff["sell_eur_per_kwh"]) == default_scenario.tariff.sell_eur_per_kwh
    seen.page.locator("#remove-own").click()
    expect(seen.changes).to_have_text("As solved")


def test_steps_and_their_length_take_every_curve_along(seen: Dashboard, default_scenario: Scenario) -> None:
    settings = pane(seen, "settings")
    set_to(settings, "step_h", "0.5")
    expect(settings.locator("[name=hours]")).to_have_value("48")
    made = document_of(seen)
    load = next(iter(default_scenario.profiles.values()))
    assert made["step_h"] == 0.5
    assert next(iter(made["profiles"].values())) == [value for value in load for _ in range(2)]
    seen.page.locator("#undo").click()
    expect(seen.changes).to_have_text("As solved")
    set_to(settings, "hours", "400")
    expect(seen.problems()).to_contain_text("168")
    set_to(settings, "hours", "12")
    expect(seen.problems()).to_have_count(0)
    made = document_of(seen)
    assert {len(values) for values in made["profiles"].values()} == {12}
    set_to(settings, "background_profile", "home: 2-18; nights: 19")
    expect(seen.problems()).to_contain_text("nights")
    set_to(settings, "background_profile", "home: 2-18")
    expect(seen.problems()).to_have_count(0)
    assert document_of(seen)["network"]["background_profile"] == {"home": list(range(2, 19))}


def test_the_editors_are_open_to_everybody(seen: Dashboard) -> None:
    pane(seen, "settings")
    seen.page.locator("#add-preference").click()
    seen.page.set_viewport_size({"width": 390, "height": 844})
    seen.page.wait_for_function("document.documentElement.scrollWidth <= 390")
    found = Axe().run(seen.page, context="#drawer", options={"resultTypes": ["violations"]})
    assert not found.violations_count, found.generate_report()
