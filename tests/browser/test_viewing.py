"""Looking at the solved day: the diagram, time, charts, modes, and every width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import Dashboard

if TYPE_CHECKING:
    import pandas as pd

    from p2pdnr.results.study_result import StudyResult


pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def hours(stored_default: StudyResult) -> pd.DataFrame:
    """hours.csv of the day on show."""
    return stored_default.tables.hours.set_index("hour")


def lines_of(text: str) -> list[int]:
    """ "7 9 14" -> [7, 9, 14]"""
    return [int(number) for number in str(text).split()]


def test_the_first_view_is_the_solved_day(dashboard: Dashboard, hours: pd.DataFrame) -> None:
    expect(dashboard.page.locator("#diagram [data-bus]")).to_have_count(33)
    expect(dashboard.page.locator("#diagram [data-line]")).to_have_count(37)
    assert dashboard.hour == dashboard.payload()["worst_hour"]
    assert dashboard.open_lines == lines_of(hours.open_lines[dashboard.hour])
    expect(dashboard.page.locator("#chart-body .main-svg").first).to_be_visible()


def test_each_hour_shows_its_topology(dashboard: Dashboard, hours: pd.DataFrame) -> None:
    dashboard.press("Home")
    for hour in range(24):
        assert dashboard.hour == hour
        assert dashboard.open_lines == lines_of(hours.open_lines[hour])
        expect(dashboard.page.locator("#clock")).to_have_text(f"{hour:02d}:00")
        dashboard.press("ArrowRight")


def test_lines_that_switch_are_marked(dashboard: Dashboard, hours: pd.DataFrame) -> None:
    for hour in range(1, len(hours)):
        dashboard.press("Home", *["ArrowRight"] * hour)
        changed = set(lines_of(hours.open_lines[hour])) ^ set(lines_of(hours.open_lines[hour - 1]))
        expect(dashboard.page.locator("#diagram .signs .ring:visible")).to_have_count(len(changed))
        if changed:
            return
    pytest.fail("the default day never switches")


def test_buttons_step_and_find_the_worst_hour(dashboard: Dashboard) -> None:
    worst = dashboard.hour
    dashboard.page.locator("#next").click()
    assert dashboard.hour == min(23, worst + 1)
    dashboard.page.locator("#previous").click()
    dashboard.page.locator("#previous").click()
    assert dashboard.hour == max(0, min(23, worst + 1) - 2)
    dashboard.page.locator("#worst").click()
    assert dashboard.hour == worst


def test_keys_step_and_stop_at_both_ends(dashboard: Dashboard) -> None:
    dashboard.press("Home", "ArrowLeft")
    assert dashboard.hour == 0
    dashboard.press("End", "ArrowRight")
    assert dashboard.hour == 23
    dashboard.press("ArrowLeft")
    assert dashboard.hour == 22


def test_play_moves_on_and_space_pauses(dashboard: Dashboard) -> None:
    dashboard.press("Home", "Space")
    expect(dashboard.page.locator("#play")).to_have_text("Pause")
    expect(dashboard.page.locator("#timeline")).to_have_attribute("aria-valuenow", "2", timeout=5_000)
    dashboard.press("Space")
    expect(dashboard.page.locator("#play")).to_have_text("Play")
    held = dashboard.hour
    dashboard.page.wait_for_timeout(1_000)
    assert dashboard.hour == held


def test_nothing_plays_by_itself(dashboard: Dashboard) -> None:
    before = dashboard.hour
    dashboard.page.wait_for_timeout(1_000)
    assert dashboard.hour == before


def test_dragging_the_loss_curve_sets_the_hour(dashboard: Dashboard) -> None:
    box = dashboard.page.locator("#timeline").bounding_box()
    assert box is not None
    middle = box["y"] + 40
    dashboard.page.mouse.move(box["x"] + 3, middle)
    dashboard.page.mouse.down()
    assert dashboard.hour == 0
    dashboard.page.mouse.move(box["x"] + box["width"] / 2 + 2, middle, steps=5)
    assert dashboard.hour == 12
    dashboard.page.mouse.move(box["x"] + box["width"] - 3, middle, steps=5)
    dashboard.page.mouse.up()
    assert dashboard.hour == 23
    dashboard.page.mouse.move(box["x"] + 3, middle)
    assert dashboard.hour == 23


def test_pointing_at_a_bus_tells_its_voltage(dashboard: Dashboard, stored_default: StudyResult) -> None:
    buses = stored_default.tables.buses
    voltage = buses[(buses.hour == dashboard.hour) & (buses.bus == 18)].vm_pu.item()
    dashboard.bus(18).hover()
    expect(dashboard.page.locator("#panel")).to_contain_text("Bus 18")
    near = {f"{voltage + nudge:.4f}" for nudge in (-1e-5, 1e-5)}  # the page rounds what was rounded before
    expect(dashboard.page.locator("#panel")).to_contain_text(re.compile("|".join(sorted(near))))


def test_focusing_a_line_tells_its_flow(dashboard: Dashboard) -> None:
    dashboard.line(1).focus()
    expect(dashboard.page.locator("#panel")).to_contain_text("Line 1")
    expect(dashboard.page.locator("#panel")).to_contain_text("kW from")


def test_every_tab_shows_its_chart(dashboard: Dashboard) -> None:
    keys = [tab.get_attribute("id").removeprefix("tab-") for tab in dashboard.page.locator("#tabs [role=tab]").all()]
    assert {"losses", "voltages", "trades", "convergence", "checks"} <= set(keys)
    captions = set()
    for key in keys:
        dashboard.choose_tab(key)
        expect(dashboard.page.locator("#caption")).not_to_be_empty()
        dashboard.page.wait_for_timeout(200)
        captions.add(dashboard.page.locator("#caption").inner_text())
    assert len(captions) == len(keys)


def test_tabs_follow_the_keyboard(dashboard: Dashboard) -> None:
    dashboard.page.locator("#tab-losses").focus()
    hour = dashboard.hour
    dashboard.press("ArrowRight")
    expect(dashboard.page.locator("#tabs [aria-selected=true]")).to_be_focused()
    assert dashboard.page.locator("#tabs [aria-selected=true]").get_attribute("id") != "tab-losses"
    assert dashboard.hour == hour


def test_the_initial_topology_can_be_shown(dashboard: Dashboard) -> None:
    before = dashboard.headlines
    initial = dashboard.page.locator("#modes").get_by_label("Initial")
    expect(initial).to_be_enabled()
    initial.check(force=True)
    expect(initial).to_be_checked()
    initial.blur()  # on the choice itself the arrow keys choose
    for _ in range(3):
        assert dashboard.open_lines == [33, 34, 35, 36, 37]
        dashboard.press("ArrowLeft")
    assert dashboard.headlines != before


def test_an_address_names_hour_theme_and_tab(page: Page) -> None:
    dashboard = Dashboard(page).open("/?hour=5&theme=dark&tab=voltages")
    assert dashboard.hour == 5
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#tab-voltages")).to_have_attribute("aria-selected", "true")


def test_the_theme_is_kept(dashboard: Dashboard) -> None:
    html = dashboard.page.locator("html")
    before = html.get_attribute("data-theme")
    dashboard.page.locator("#theme").click()
    after = html.get_attribute("data-theme")
    assert {before, after} == {"light", "dark"}
    dashboard.open()
    assert html.get_attribute("data-theme") == after


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_no_width_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    dashboard = Dashboard(page).open()
    expect(page.locator("#diagram [data-bus]")).to_have_count(33)
    for key in ("voltages", "checks"):
        dashboard.choose_tab(key)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_resized_window_draws_again(dashboard: Dashboard) -> None:
    shown = dashboard.open_lines
    dashboard.page.set_viewport_size({"width": 390, "height": 844})
    expect(dashboard.page.locator("#diagram svg").first).to_be_visible()
    dashboard.page.wait_for_function("document.querySelector('#diagram svg').viewBox.baseVal.width < 390")
    assert dashboard.open_lines == shown
