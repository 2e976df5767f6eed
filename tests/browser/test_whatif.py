"""Working on a day: paste, profiles, settings, files in and out, links, comparison, browsers that never mix."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from p2pdnr.scenario import document
from scripts.page_door import ask
from tests.browser.access import Axe
from tests.browser.driver import Dashboard, holds
from tests.browser.hands import pane, paste, taken

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser


def test_rows_of_a_spreadsheet_are_pasted_and_undone(seen: Dashboard, default_scenario: Scenario) -> None:
    last = default_scenario.prosumers[-1]
    seen.cell(last.id, "id").click()
    paste(seen, f"{last.id}\t5\t1,5\nNew one\t7\t12\r\nNew two\t8\t13\n")
    expect(seen.status).to_contain_text("2 prosumers added")
    expect(seen.cell(last.id, "load_kw")).to_have_text("1.5")
    expect(seen.cell("New two", "load_kw")).to_have_text("13")
    expect(seen.changes).to_contain_text("4 unsolved changes")
    expect(seen.problems()).to_have_count(0)
    seen.press("Control+z")
    expect(seen.changes).to_have_text("As solved")
    seen.press("Control+y")
    expect(seen.cell("New two", "bus")).to_have_text("8")


def test_rows_are_duplicated_and_deleted_from_the_cell_in_focus(seen: Dashboard, default_scenario: Scenario) -> None:
    first = default_scenario.prosumers[0].id
    seen.cell(first, "bus").click()
    seen.page.locator("#duplicate").click()
    expect(seen.cell(f"{first} 2", "bus")).to_have_text(str(default_scenario.prosumers[0].bus))
    seen.page.locator("#delete").click()
    expect(seen.status).to_contain_text("deleted; Undo")
    expect(seen.changes).to_have_text("As solved")


def test_a_profile_is_drawn_by_pointer_and_keys(seen: Dashboard) -> None:
    opened = pane(seen, "profiles")
    opened.locator("[data-curve='profile:home']").click()
    text = seen.page.locator("#curve-text")
    before = text.input_value().split()
    box = seen.page.locator("svg.curve").bounding_box()
    assert box is not None
    seen.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 60, steps=4)
    seen.page.mouse.up()
    expect(seen.changes).to_contain_text("1 unsolved change")
    drawn = text.input_value().split()
    moved = [hour for hour in range(24) if drawn[hour] != before[hour]]
    assert len(moved) >= 4 and len({drawn[hour] for hour in moved}) == 1
    point = seen.page.locator(".point[data-hour='3']")
    point.focus()
    seen.press(*["ArrowUp"] * 5, "ArrowRight", "ArrowLeft", "ArrowUp")
    expect(point).to_be_focused()
    raised = [*drawn[:3], f"{round(float(drawn[3]), 2) + 0.06:.2f}", *drawn[4:]]
    expect(text).to_have_value(" ".join(raised))
    expect(seen.changes).to_contain_text("1 unsolved change")
    text.fill("1 2 3")
    text.press("Enter")
    expect(seen.problems()).to_contain_text("24 hours")
    expect(seen.page.locator("#solve")).to_be_disabled()


def test_what_was_typed_outlives_a_reload(opened_again: Dashboard, default_scenario: Scenario) -> None:
    name = default_scenario.prosumers[0].id
    opened_again.type_into(opened_again.cell(name, "load_kw"), "1,500")
    expect(opened_again.problems()).to_have_count(1)
    opened_again.open()
    expect(opened_again.cell(name, "load_kw")).to_have_text("1,500")
    expect(opened_again.problems()).to_have_count(1)
    opened_again.page.locator("#undo").click()
    expect(opened_again.changes).to_have_text("As solved")
    opened_again.open()
    expect(opened_again.changes).to_have_text("As solved")


def test_a_wrong_setting_is_told_at_it(seen: Dashboard) -> None:
    opened = pane(seen, "settings")
    field = opened.locator("[name=line_limits]")
    field.fill("6-37: 90, 99: 5")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(seen.problems()).to_contain_text("99")
    pane(seen, "prosumers")
    seen.problems().get_by_role("button").click()
    expect(field).to_be_focused()
    field.fill("6-37: 90")
    field.press("Enter")
    expect(seen.problems()).to_have_count(0)
    opened.locator("[name=trading]").select_option("off")
    expect(seen.changes).to_contain_text("2 unsolved changes")


def test_two_modes_are_compared_on_the_diagram(seen: Dashboard) -> None:
    opened = pane(seen, "compare")
    first, second = seen.payload("static"), seen.payload("hourly")
    region = opened.get_by_role("region", name="Headline figures")
    expect(region).to_contain_text(
        f"{second['summary']['objective_eur'] - first['summary']['objective_eur']:+,.1f}".replace("-", "−")
    )
    hour = seen.hour
    different = set(first["series"]["open_lines"][hour]) ^ set(second["series"]["open_lines"][hour])
    expect(seen.page.locator("#diagram .differences path")).to_have_count(len(different))
    opened.locator("#mark-differences").uncheck()
    expect(seen.page.locator("#diagram .differences path")).to_have_count(0)


def test_each_file_opens_again(seen: Dashboard, default_scenario: Scenario) -> None:
    assert document.parse(taken(seen, "scenario")) == default_scenario
    assert "bills.csv" in zipfile.ZipFile(io.BytesIO(taken(seen, "tables"))).namelist()
    drawing = taken(seen, "svg").decode()
    assert drawing.startswith("<svg") and "var(--" not in drawing
    alone = seen.page.context.new_page()
    alone.set_content(drawing)
    expect(alone.locator("svg .bus")).to_have_count(33)
    alone.close()


def test_a_link_opens_in_a_fresh_browser(opened_again: Dashboard, browser: Browser, default_scenario: Scenario) -> None:
    name = default_scenario.prosumers[2].id
    opened_again.type_into(opened_again.cell(name, "load_kw"), "77")
    expect(opened_again.changes).to_contain_text("1 unsolved change")
    opened_again.page.locator("#take summary").click()
    opened_again.page.locator("#out-share").click()
    link = opened_again.page.get_by_role("textbox", name="Share link").input_value()
    assert "#s=" in link and len(link) < 400
    context = browser.new_context()
    other = Dashboard(context.new_page()).open(link)
    expect(other.changes).to_contain_text("1 unsolved change")
    expect(other.cell(name, "load_kw")).to_have_text("77")
    other.page.goto("about:blank")
    other.open(link[:-12])
    expect(other.page.locator("dialog[open]")).to_contain_text("damaged")
    context.close()


def test_figures_tell_their_numbers_and_their_source(seen: Dashboard) -> None:
    losses = seen.payload()["series"]["loss_kw"]
    seen.choose_tab("losses")
    expect(seen.page.locator("#chart-body .main-svg").first).to_be_visible()
    seen.page.get_by_role("button", name="chart as a table").click()
    dialog = seen.page.locator("dialog[open]")
    expect(dialog.locator("tbody tr")).to_have_count(24)
    expect(dialog.locator("tbody tr").nth(3)).to_contain_text(f"{losses[3]:.4g}"[:4])
    seen.press("Escape")
    seen.page.get_by_role("button", name="diagram as a table").click()
    expect(dialog.get_by_role("region", name="Buses").locator("tbody tr")).to_have_count(33)
    seen.press("Escape")
    seen.page.get_by_role("button", name="Source of the chart").click()
    source = dialog.get_by_role("textbox").input_value()
    assert seen.payload()["summary"]["scenario_sha256"] in source
    assert "python -m p2pdnr solve data/scenarios/ieee33-solar.json --mode hourly" in source


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_pane(seen: Dashboard, theme: str, default_scenario: Scenario) -> None:
    seen.page.emulate_media(reduced_motion="reduce")
    ask(seen.page, "theme => p2pdnr.setTheme(theme)", theme)
    cell = seen.cell(default_scenario.prosumers[0].id, "load_kw")
    cell.dblclick()
    expect(cell.locator("input")).to_be_visible()
    complaints = [Axe().run(seen.page)]
    seen.press("Escape")
    for key in ("profiles", "settings", "compare"):
        pane(seen, key)
        complaints.append(Axe().run(seen.page, context="#drawer"))
    for opened, shut in (("#take summary", "#take summary"), ("[data-table=diagram]", "dialog .primary")):
        seen.page.locator(opened).click()
        complaints.append(Axe().run(seen.page, context="dialog, .menu"))
        seen.page.locator(shut).click()
    assert not [found.generate_report() for found in complaints if found.violations_count]


def test_no_pane_scrolls_a_phone_sideways(seen: Dashboard) -> None:
    seen.page.set_viewport_size({"width": 390, "height": 844})
    for key in ("prosumers", "profiles", "settings", "compare"):
        pane(seen, key)
        holds(seen.page, "() => document.documentElement.scrollWidth <= 390")
