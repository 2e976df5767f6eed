"""Everybody can use the page: axe finds nothing to complain about, in both themes, on a desktop and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from scripts.page_door import ask
from tests.browser.access import SMALL, THEMES, complaints
from tests.browser.driver import SLOW_MS, Dashboard, holds

pytestmark = pytest.mark.browser


def test_axe_finds_nothing(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    Dashboard(page).open("/?freeze=1")
    found = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        found += [report for theme in THEMES for report in complaints(page, theme)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_an_open_panel_and_a_cell_that_is_edited(seen: Dashboard) -> None:
    seen.page.locator("#try").click()
    seen.bus(14).click(force=True)
    expect(seen.page.locator("#details")).to_be_visible()
    seen.cell("Dairy", "load_kw").dblclick()
    expect(seen.page.locator("#prosumers .ag-cell-inline-editing")).to_be_visible()
    found = [report for theme in THEMES for report in complaints(seen.page, theme)]
    assert not found, "\n".join(found)


def test_tab_reaches_the_controls_in_reading_order(dashboard: Dashboard) -> None:
    expect(dashboard.page.locator("#solve")).to_be_enabled()  # not while solvers warm up
    reached: list[str] = []
    wanted = ["solve", "play", "timeline", "tab-costs"]
    while len(reached) < 60 and "tab-costs" not in reached:
        dashboard.press("Tab")
        reached.append(dashboard.page.evaluate("document.activeElement.id"))
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted


@pytest.mark.parametrize("pane", ["prosumers", "settings"])
def test_what_a_finger_presses_is_large_enough_on_a_phone(seen: Dashboard, pane: str) -> None:
    seen.page.set_viewport_size({"width": 390, "height": 844})
    ask(seen.page, "pane => p2pdnr.openPane(pane)", pane)
    expect(seen.page.locator(f"#pane-{pane}")).to_be_visible()
    assert seen.page.evaluate(SMALL) == []
    seen.page.locator("#try").click()
    expect(seen.page.locator("#leave")).to_be_visible()
    assert seen.page.evaluate(SMALL) == []


@pytest.mark.parametrize("menu", ["lessons", "take"])
def test_an_open_menu_stays_within_a_phone(seen: Dashboard, menu: str) -> None:
    page = seen.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(f"#{menu} summary").click()
    body = page.locator(f"#{menu} .menu-body")
    expect(body.locator("button").first).to_be_visible(timeout=SLOW_MS)
    box = body.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    holds(page, "() => document.documentElement.scrollWidth === 390")
    page.keyboard.press("Escape")
    expect(body).to_be_hidden()
