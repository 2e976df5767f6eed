"""Editors of what no cell of the table shows: preferences, own tariffs, steps of the day, the background."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, expect

from scripts.page_door import ask
from tests.browser.access import Axe
from tests.browser.driver import SLOW_MS, Dashboard, holds
from tests.browser.hands import Held, pane, paste, taken

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser


def set_to(pane: Locator, name: str, text: str) -> None:
    """Type a setting."""
    setting = pane.locator(f"[name={name}]")
    setting.fill(text)
    setting.press("Enter")


def document_of(dashboard: Dashboard) -> dict[str, Any]:
    """The scenario as the page would save it."""
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
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
    seen.page.keyboard.type("1,500")
    seen.press("Enter")
    expect(lines.locator(".told")).to_contain_text("1.500")
    expect(seen.problems()).to_have_count(1)
    paste(seen, f"{first}\t{second}\t0,5\n{third}\tNobody\t0.02")
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
    set_to(settings, "hours", "700")
    expect(seen.problems()).to_contain_text("672")
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
    holds(seen.page, "() => document.documentElement.scrollWidth <= 390")
    found = Axe().run(seen.page, context="#drawer")
    assert not found.violations_count, found.generate_report()


@pytest.fixture
def held(seen: Dashboard) -> Iterator[Held]:
    """What the page asks of Dash from now on waits until the test says so."""
    server = Held()
    seen.page.route("**/_dash-update-component*", server.hear)
    yield server
    server.answer()
    expect(seen.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    seen.page.unroute("**/_dash-update-component*")


def test_rows_come_and_go_before_the_server_has_judged_them(
    seen: Dashboard, held: Held, default_scenario: Scenario
) -> None:
    names = seen.page.locator("#prosumers [role=gridcell][col-id='id']")
    count = len(default_scenario.prosumers)
    seen.page.locator("#add").click()
    expect(names).to_have_count(count + 1)
    expect(names.last).to_have_text("Prosumer")
    seen.press("Control+z")
    expect(names).to_have_count(count)
    seen.cell(default_scenario.prosumers[0].id, "bus").click()
    seen.page.locator("#duplicate").click()
    expect(names.nth(1)).to_have_text(f"{default_scenario.prosumers[0].id} 2")
    seen.page.locator("#undo").click()
    expect(names).to_have_count(count)
    assert held.asked, "nothing of this was judged"
    held.answer()
    expect(seen.changes).to_have_text("As solved")


def test_a_verdict_takes_no_key_and_no_focus_from_another_cell(
    seen: Dashboard, held: Held, default_scenario: Scenario
) -> None:
    first, second = (prosumer.id for prosumer in default_scenario.prosumers[:2])
    seen.type_into(seen.cell(first, "load_kw"), "91")
    cell = seen.cell(second, "load_kw")
    cell.dblclick()
    editor = cell.locator("input")
    editor.fill("1")
    seen.press("2")
    held.answer()
    expect(seen.cell(first, "load_kw")).to_have_class(re.compile(r"\bedited\b"))
    expect(editor).to_be_focused()
    seen.press("3", "Enter")
    expect(cell).to_have_text("123")
    expect(seen.cell(first, "load_kw")).to_have_text("91")
    held.answer()
    expect(seen.changes).to_contain_text("2 unsolved changes")
    assert [row["load_kw"] for row in document_of(seen)["prosumers"][:2]] == [91, 123]


def test_what_was_wrong_is_marked_until_it_is_changed(seen: Dashboard, held: Held, default_scenario: Scenario) -> None:
    first, second = (prosumer.id for prosumer in default_scenario.prosumers[:2])
    wrong = re.compile(r"\bwrong\b")
    held.answer()
    seen.type_into(seen.cell(first, "load_kw"), "much")
    expect(seen.cell(first, "load_kw")).to_have_class(wrong)
    held.shut = True
    seen.type_into(seen.cell(second, "load_kw"), "5")
    expect(seen.cell(second, "load_kw")).to_have_class(re.compile(r"\bedited\b"))
    expect(seen.cell(first, "load_kw")).to_have_class(wrong)
    seen.type_into(seen.cell(first, "load_kw"), "5")
    expect(seen.cell(first, "load_kw")).not_to_have_class(wrong)
    held.answer()


def test_pairs_of_partners_are_picked_from_the_prosumers(seen: Dashboard, default_scenario: Scenario) -> None:
    first, second, third, *_ = names = [prosumer.id for prosumer in default_scenario.prosumers]
    settings = pane(seen, "settings")
    kind, number = settings.locator("#partners-kind"), settings.locator("[name=partners]")
    expect(kind).to_have_value("nearest")
    set_to(settings, "partners", "2")
    expect(seen.changes).to_contain_text("1 unsolved change")
    kind.select_option("pairs")
    expect(number).to_be_hidden()
    lines = seen.page.locator("#partners li")
    shown = [[names[end] for end in pair] for pair in seen.payload()["partners"]]
    expect(lines).to_have_count(len(shown))
    assert document_of(seen)["market"]["partners"] == shown, "they begin as those of the day on show"
    for left in (len(shown) - 1, len(shown) - 2):
        lines.last.get_by_role("button").click()
        expect(lines).to_have_count(left)
    kind.select_option("none")
    expect(lines).to_have_count(0)
    typed = "partners => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, partners } })"
    ask(seen.page, typed, "C + D")
    expect(seen.problems()).to_contain_text(["C: ", "D: "])
    lines.first.locator("select").first.select_option(first)
    lines.first.locator("select").last.select_option(second)
    seen.page.locator("#add-pair").focus()
    seen.press("Enter", "Tab")
    expect(lines.last.locator("select").last).to_be_focused()
    seen.page.keyboard.type(third)
    expect(seen.page.locator("#solve")).to_be_enabled()
    assert document_of(seen)["market"]["partners"] == [[first, second], [first, third]]
    lines.last.locator("select").last.focus()
    paste(seen, f"{second}\t{first}\n{second}\t{third}\n{third}\tNobody")
    expect(seen.status).to_have_text("Pasted 2 pairs.")
    expect(seen.problems()).to_contain_text("Nobody")
    seen.problems().get_by_role("button").click()
    expect(kind).to_be_focused()
    lines.last.get_by_role("button").click()
    expect(seen.problems()).to_have_count(0)
    pane(seen, "prosumers")
    seen.type_into(seen.cell(first, "id"), "Renamed")
    expect(seen.page.locator("#solve")).to_be_enabled()
    assert document_of(seen)["market"]["partners"] == [["Renamed", second], ["Renamed", third], [second, third]]


def test_a_day_is_named_and_described(seen: Dashboard, default_scenario: Scenario) -> None:
    settings = pane(seen, "settings")
    name, text = settings.locator("[name=name]"), settings.locator("[name=description]")
    expect(name).to_have_value(default_scenario.name)
    name.fill("")
    name.press("Enter")
    expect(seen.problems()).to_contain_text("cannot be empty")
    name.fill("Solar <b>village</b> Süd")
    name.press("Enter")
    text.fill("First line.\nSecond line.")
    text.blur()
    expect(seen.problems()).to_have_count(0)
    expect(seen.changes).to_contain_text("2 unsolved changes")
    made = document_of(seen)
    assert (made["name"], made["description"]) == ("Solar <b>village</b> Süd", "First line.\nSecond line.")


def test_a_setting_left_for_a_preference_takes_no_key_from_it(
    seen: Dashboard, held: Held, default_scenario: Scenario
) -> None:
    pane(seen, "settings")
    seen.page.locator("#add-preference").click()
    cost = seen.page.locator("#preferences li input")
    cost.focus()
    cost.select_text()
    ask(seen.page, "() => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, trade_fee: '0.002' } })")
    seen.press("0", ".")
    ask(seen.page, "() => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, trade_fee: '0.003' } })")
    expect(seen.page.locator("[name=trade_fee]")).to_have_value("0.003")
    expect(cost).to_be_focused()
    seen.press("5", "Enter")
    expect(cost).to_have_value("0.5")
    held.answer()
    made = document_of(seen)["market"]
    assert made["preferences"][0]["eur_per_kwh"] == 0.5 and made["trade_fee_eur_per_kwh"] == 0.003


def test_a_name_is_typed_into_a_preference(seen: Dashboard, default_scenario: Scenario) -> None:
    wanted = default_scenario.prosumers[2].id
    assert " " in wanted, "a name of several keys"
    pane(seen, "settings")
    seen.page.locator("#add-preference").click()
    select = seen.page.locator("#preferences li select").last
    select.focus()
    seen.page.keyboard.type(wanted)
    expect(select.locator("option:checked")).to_have_text(wanted)
    expect(select).to_be_focused()
    seen.press("Tab")
    seen.page.keyboard.type("0.5")
    seen.press("Enter")
    (preference,) = document_of(seen)["market"]["preferences"]
    assert (preference["to"], preference["eur_per_kwh"]) == (wanted, 0.5)
