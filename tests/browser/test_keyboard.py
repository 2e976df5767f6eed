"""A whole round of the page with nothing but a keyboard, and at every stop the eye can see where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts.page_door import ask
from tests.browser.driver import SLOW_MS, Dashboard, holds

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser

MOST_STOPS = 80
"""Presses of Tab from anywhere to anywhere."""

_PLACE = """() => { const field = document.activeElement;
  field.scrollIntoView({block: "nearest"});
  const {left, top, right, bottom} = field.getBoundingClientRect();
  const [x, y] = [Math.max(0, left - 6), Math.max(0, top - 6)];
  return {x, y, width: Math.min(innerWidth, right + 6) - x, height: Math.min(innerHeight, bottom + 6) - y}; }"""
_LEAVE = "() => { window.reached = document.activeElement; window.reached.blur(); }"
_RETURN = "() => window.reached.focus({preventScroll: true})"


@dataclass(frozen=True)
class Keys:
    """Hands on the keyboard of an opened page."""

    dashboard: Dashboard

    def reach(self, target: str | Locator, key: str = "Tab") -> None:
        """Press Tab until the element has the focus, which must be seen there."""
        wanted = self.dashboard.page.locator(target) if isinstance(target, str) else target
        for _ in range(MOST_STOPS):
            self.dashboard.press(key)
            if wanted.evaluate("node => node === document.activeElement"):
                self.seen()
                return
        pytest.fail(f"{MOST_STOPS} times {key} do not reach {target}")

    def seen(self) -> None:
        """The focus is visible: without it the place looks otherwise."""
        page = self.dashboard.page
        place = page.evaluate(_PLACE)
        focused = page.screenshot(clip=place)
        page.evaluate(_LEAVE)
        left = page.screenshot(clip=place)
        page.evaluate(_RETURN)
        assert focused != left, f"no focus to be seen on {page.evaluate('document.activeElement.outerHTML')[:200]}"


@pytest.fixture
def dashboard(opened_again: Dashboard) -> Iterator[Dashboard]:
    """The page, nothing moving by itself but what is played."""
    opened_again.page.emulate_media(reduced_motion="reduce")
    yield opened_again
    opened_again.page.emulate_media(reduced_motion="null")


@pytest.fixture
def keys(dashboard: Dashboard) -> Keys:
    """Hands on its keys once they can solve."""
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    return Keys(dashboard)


def focused(dashboard: Dashboard, selector: str) -> None:
    """The element has the focus."""
    expect(dashboard.page.locator(selector)).to_be_focused()


def test_the_grid_the_hours_and_the_charts(keys: Keys, dashboard: Dashboard) -> None:
    page, html = dashboard.page, dashboard.page.locator("html")
    theme = html.get_attribute("data-theme")
    keys.reach("#theme")
    dashboard.press("Enter")
    expect(html).not_to_have_attribute("data-theme", str(theme))
    keys.reach("#diagram [data-bus='1']")
    dashboard.press("ArrowRight", "ArrowRight")
    keys.seen()
    expect(page.locator("#panel")).to_be_visible()
    keys.reach("#play")
    first = dashboard.hour
    dashboard.press("Enter")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#timeline")).not_to_have_attribute("aria-valuenow", str(first), timeout=SLOW_MS)
    dashboard.press("Enter")
    expect(page.locator("#play")).to_have_text("Play")
    keys.reach("#timeline")
    dashboard.press("Home", "ArrowRight", "PageUp")
    dashboard.shows_hour(7)
    keys.reach("#tab-costs")
    dashboard.press("ArrowRight")
    keys.seen()
    focused(dashboard, "#tab-modes")
    expect(page.locator("#chart-body table, #chart-body svg").first).to_be_visible(timeout=SLOW_MS)


def test_a_line_is_switched(keys: Keys, dashboard: Dashboard) -> None:
    page = dashboard.page
    keys.reach("#try")
    dashboard.press("Enter")
    keys.reach("#diagram [tabindex='0']")
    open_line = dashboard.open_lines[0]
    for _ in range(MOST_STOPS):
        if page.evaluate("document.activeElement.dataset.line") == str(open_line):
            break
        dashboard.press("ArrowRight")
    focused(dashboard, f"#diagram [data-line='{open_line}']")
    keys.seen()
    dashboard.press("Enter")
    expect(page.locator("#switching")).to_contain_text("loop")
    assert open_line not in dashboard.open_lines
    keys.reach("#take-back", "Shift+Tab")
    dashboard.press("Enter")
    keys.reach("#leave")
    dashboard.press("Enter")
    expect(page.locator("#bench")).to_be_hidden()
    assert open_line in dashboard.open_lines


def test_rows_of_the_table(page: Page, default_scenario: Scenario) -> None:
    """Undone to the end, which is where a page that was just opened begins."""
    page.emulate_media(reduced_motion="reduce")
    dashboard = Dashboard(page).open("/?freeze=1")
    keys, count = Keys(dashboard), len(default_scenario.prosumers)
    names = page.locator("#prosumers [role=gridcell][col-id='id']")
    keys.reach("#add")
    dashboard.press("Enter")
    expect(names).to_have_count(count + 1)
    expect(names.last).to_be_focused()
    keys.seen()
    dashboard.press("ArrowRight", "Enter")
    page.keyboard.type("7")
    dashboard.press("Tab")
    # two cells that are heard of together are one change
    holds(page, "bus => p2pdnr.currentDraft().rows.at(-1).bus === bus", "7")
    page.keyboard.type("12")
    dashboard.press("Enter")
    expect(dashboard.cell("Prosumer", "bus")).to_have_text("7")
    expect(dashboard.cell("Prosumer", "load_kw")).to_have_text("12")
    for button, left in (("#duplicate", count + 2), ("#delete", count + 1)):
        keys.reach(button, "Shift+Tab")
        dashboard.press("Enter")
        expect(names).to_have_count(left)
    keys.reach("#undo", "Shift+Tab")
    dashboard.press("Enter")
    expect(names).to_have_count(count + 2)
    dashboard.press("Control+z")
    expect(names).to_have_count(count + 1)
    dashboard.press(*["Enter"] * 3)
    expect(dashboard.changes).to_have_text("As solved")
    focused(dashboard, "#redo")


def test_a_solve_is_started_and_cancelled(keys: Keys, dashboard: Dashboard) -> None:
    page = dashboard.page
    keys.reach("#drawer-prosumers")
    dashboard.press("ArrowRight", "ArrowRight")
    focused(dashboard, "#drawer-settings")
    keys.reach("#settings [name=name]")
    dashboard.press("Control+a")
    page.keyboard.type("Solved for ever")
    keys.reach("#settings [name=description]")
    keys.reach("#solve", "Shift+Tab")
    expect(page.locator("#solve")).to_be_enabled()
    dashboard.press("Enter")
    focused(dashboard, "#cancel")
    keys.seen()
    expect(dashboard.status).to_have_text(re.compile("iteration"), timeout=SLOW_MS)
    dashboard.press("Enter")
    expect(dashboard.status).to_contain_text("Cancelled")
    focused(dashboard, "#solve")


def test_files_dialogs_and_comparison(keys: Keys, dashboard: Dashboard) -> None:
    page = dashboard.page
    keys.reach("#take summary")
    dashboard.press("Enter")
    keys.reach("#out-scenario")
    with page.expect_download() as found:
        dashboard.press("Enter")
    assert json.loads(Path(found.value.path()).read_text())["prosumers"]
    focused(dashboard, "#take summary")
    dashboard.press("Enter")
    keys.reach("#out-share")
    dashboard.press("Enter")
    expect(page.get_by_role("textbox", name="Share link")).to_be_visible()
    dashboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    keys.reach("#drawer-prosumers")
    dashboard.press("End")
    focused(dashboard, "#drawer-compare")
    keys.seen()
    keys.reach("#mark-differences")
    dashboard.press("Space")
    expect(page.locator("#mark-differences")).not_to_be_checked()


def test_help_is_at_hand_by_its_key_and_its_button(seen: Dashboard) -> None:
    page = seen.page
    page.locator("#timeline").focus()
    seen.press("?")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("What can be done here")
    expect(dialog).to_contain_text("play and pause")
    seen.press("Escape")
    expect(dialog).to_have_count(0)
    page.locator("#help").click()
    expect(dialog).to_be_visible()
    seen.press("Escape")


def test_a_profile_is_chosen_from_a_list_by_keys_or_by_hand(seen: Dashboard) -> None:
    page, cell = seen.page, seen.cell("Bakery", "load_profile")
    before = cell.inner_text()
    cell.dblclick()
    options = page.locator("#profile-list [role=option]")
    expect(options).to_have_count(len(ask(page, "() => Object.keys(p2pdnr.currentDraft().profiles)")))
    expect(page.locator("#profile-list [aria-selected=true]")).to_have_text(before)
    seen.press("ArrowDown", "Enter")
    expect(cell).not_to_have_text(before)
    expect(page.locator("#profile-list")).to_have_count(0)
    expect(seen.problems()).to_have_count(0)
    cell.dblclick()
    options.filter(has_text="office").click()
    expect(cell).to_have_text("office")
    cell.dblclick()
    seen.press("Escape")
    expect(page.locator("#profile-list")).to_have_count(0)
    expect(cell).to_have_text("office")
