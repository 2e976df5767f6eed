"""Looking at the solved day: the diagram, time, charts, modes, and every width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from scripts.page_door import ask
from tests.browser.driver import SLOW_MS, Dashboard, holds

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


def test_the_first_view_is_the_solved_day(seen: Dashboard, hours: pd.DataFrame) -> None:
    expect(seen.page.locator("#diagram [data-bus]")).to_have_count(33)
    expect(seen.page.locator("#diagram [data-line]")).to_have_count(37)
    assert seen.payload()["series"]["switched"][seen.hour]
    assert seen.open_lines != lines_of(hours.open_lines[seen.hour - 1])
    assert seen.open_lines == lines_of(hours.open_lines[seen.hour])
    expect(seen.page.locator("#chart-body .costs .part").first).to_be_visible()


def test_each_hour_shows_its_topology(seen: Dashboard, hours: pd.DataFrame) -> None:
    seen.press("Home")
    for hour in range(24):
        seen.shows_hour(hour)
        assert seen.open_lines == lines_of(hours.open_lines[hour])
        expect(seen.page.locator("#clock")).to_have_text(f"{hour:02d}:00")
        seen.press("ArrowRight")


def test_lines_that_switch_are_marked(seen: Dashboard, hours: pd.DataFrame) -> None:
    for hour in range(1, len(hours)):
        seen.press("Home", *["ArrowRight"] * hour)
        changed = set(lines_of(hours.open_lines[hour])) ^ set(lines_of(hours.open_lines[hour - 1]))
        expect(seen.page.locator("#diagram .signs .ring:visible")).to_have_count(len(changed))
        if changed:
            return
    pytest.fail("the default day never switches")


def test_buttons_step_and_find_the_worst_hour(seen: Dashboard) -> None:
    first = seen.hour
    seen.page.locator("#next").click()
    seen.shows_hour(min(23, first + 1))
    seen.page.locator("#previous").click()
    seen.page.locator("#previous").click()
    seen.shows_hour(max(0, min(23, first + 1) - 2))
    seen.page.locator("#worst").click()
    seen.shows_hour(seen.payload()["worst_hour"])
    expect(seen.status).to_contain_text(re.compile(r"limit: (bus|line) \d+ "))


def test_keys_step_and_stop_at_both_ends(seen: Dashboard) -> None:
    seen.press("Home", "ArrowLeft")
    seen.shows_hour(0)
    seen.press("End", "ArrowRight")
    seen.shows_hour(23)
    seen.press("ArrowLeft")
    seen.shows_hour(22)


def test_play_moves_on_and_space_pauses(seen: Dashboard) -> None:
    seen.press("Home", "Space")
    expect(seen.page.locator("#play")).to_have_text("Pause")
    expect(seen.page.locator("#timeline")).not_to_have_attribute("aria-valuenow", "0", timeout=SLOW_MS)
    seen.press("Space")
    expect(seen.page.locator("#play")).to_have_text("Play")
    held = seen.hour
    seen.page.wait_for_timeout(900)  # longer than an hour is shown: nothing moves on, neither here nor by itself
    assert seen.hour == held


def test_dragging_the_loss_curve_sets_the_hour(seen: Dashboard) -> None:
    box = seen.page.locator("#timeline").bounding_box()
    assert box is not None
    middle = box["y"] + 40
    seen.page.mouse.move(box["x"] + 3, middle)
    seen.page.mouse.down()
    seen.shows_hour(0)
    seen.page.mouse.move(box["x"] + box["width"] / 2 + 2, middle, steps=5)
    seen.shows_hour(12)
    seen.page.mouse.move(box["x"] + box["width"] - 3, middle, steps=5)
    seen.page.mouse.up()
    seen.shows_hour(23)
    seen.page.mouse.move(box["x"] + 3, middle)
    seen.shows_hour(23)


def test_pointing_at_a_bus_tells_its_voltage(seen: Dashboard, stored_default: StudyResult) -> None:
    buses = stored_default.tables.buses
    voltage = buses[(buses.hour == seen.hour) & (buses.bus == 18)].vm_pu.item()
    seen.bus(18).hover()
    expect(seen.page.locator("#panel")).to_contain_text("Bus 18")
    near = {f"{voltage + nudge:.4f}" for nudge in (-1e-5, 1e-5)}  # the page rounds what was rounded before
    expect(seen.page.locator("#panel")).to_contain_text(re.compile("|".join(sorted(near))))


def test_focusing_a_line_tells_its_flow(seen: Dashboard) -> None:
    seen.line(1).focus()
    expect(seen.page.locator("#panel")).to_contain_text("Line 1")
    expect(seen.page.locator("#panel")).to_contain_text("kW from")


def test_every_tab_shows_its_chart(seen: Dashboard) -> None:
    keys = [tab.get_attribute("id").removeprefix("tab-") for tab in seen.page.locator("#tabs [role=tab]").all()]
    assert {"losses", "voltages", "trades", "convergence", "checks"} <= set(keys)
    caption = seen.page.locator("#caption")
    captions = [caption.inner_text()]
    for key in keys[1:]:
        seen.choose_tab(key)
        expect(caption).not_to_have_text(captions[-1], timeout=SLOW_MS)
        expect(caption).not_to_be_empty()
        captions.append(caption.inner_text())
    assert len(set(captions)) == len(keys)


def test_tabs_follow_the_keyboard(seen: Dashboard) -> None:
    seen.page.locator("#tab-costs").focus()
    hour = seen.hour
    seen.press("ArrowRight")
    expect(seen.page.locator("#tabs [aria-selected=true]")).to_be_focused()
    expect(seen.page.locator("#tab-costs")).to_have_attribute("aria-selected", "false")
    assert seen.hour == hour


def test_the_initial_topology_can_be_shown(seen: Dashboard) -> None:
    before, first = seen.headlines, seen.hour
    initial = seen.page.locator("#modes").get_by_label("As built")
    expect(initial).to_be_enabled()
    initial.check(force=True)
    expect(initial).to_be_checked()
    initial.blur()  # on the choice itself the arrow keys choose
    expect(seen.page.locator("#headlines")).not_to_have_text(before)
    for back in range(3):
        seen.shows_hour(first - back)
        assert seen.open_lines == [33, 34, 35, 36, 37]
        seen.press("ArrowLeft")


def test_an_address_names_hour_theme_and_tab(page: Page) -> None:
    dashboard = Dashboard(page).open("/?hour=5&theme=dark&tab=voltages")
    assert dashboard.hour == 5
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#tab-voltages")).to_have_attribute("aria-selected", "true")


def test_the_theme_is_kept(opened_again: Dashboard) -> None:
    html = opened_again.page.locator("html")
    before = html.get_attribute("data-theme")
    opened_again.page.locator("#theme").click()
    after = html.get_attribute("data-theme")
    assert {before, after} == {"light", "dark"}
    opened_again.open()
    assert html.get_attribute("data-theme") == after


def test_no_width_scrolls_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 844})
    dashboard = Dashboard(page).open()
    expect(page.locator("#diagram [data-bus]")).to_have_count(33)
    for width in (320, 390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        for key in ("voltages", "checks"):
            dashboard.choose_tab(key)
            holds(page, "width => document.documentElement.scrollWidth <= width", width)


def test_a_resized_window_draws_again(seen: Dashboard) -> None:
    shown = seen.open_lines
    seen.page.set_viewport_size({"width": 390, "height": 844})
    expect(seen.page.locator("#diagram svg").first).to_be_visible()
    holds(seen.page, "() => document.querySelector('#diagram svg').viewBox.baseVal.width < 390")
    assert seen.open_lines == shown


def test_a_chart_fills_its_place_when_only_the_height_changes(seen: Dashboard) -> None:
    seen.choose_tab("losses")
    chart, body = seen.page.locator("#chart-body .main-svg").first, seen.page.locator("#chart-body")
    before = chart.evaluate("node => node.getBoundingClientRect().height")
    seen.page.evaluate("document.getElementById('charts').style.minHeight = '900px'")
    height = body.evaluate("node => node.clientHeight")
    assert height > before + 100
    expect(chart).to_have_attribute("height", str(height), timeout=SLOW_MS)
    seen.page.evaluate("document.getElementById('charts').style.minHeight = ''")
    expect(chart).to_have_attribute("height", re.compile(f"^{before:.0f}"), timeout=SLOW_MS)


def test_headline_figures_fit_at_every_width(seen: Dashboard) -> None:
    wide = (
        "[...document.querySelectorAll('#headlines > div')].filter((one) => one.scrollWidth > one.clientWidth).length"
    )
    for width in (320, 390, 768, 1090, 1200, 1280, 1440, 1920):
        seen.page.set_viewport_size({"width": width, "height": 900})
        assert seen.page.evaluate(wide) == 0, width


def test_the_address_keeps_what_is_on_show_and_back_leads_back(opened_again: Dashboard) -> None:
    page = opened_again.page
    opened_again.choose_tab("voltages")
    page.locator("#modes").get_by_label("As built").check(force=True)
    expect(page).to_have_url(re.compile(r"tab=voltages.*mode=fixed"))
    page.go_back()
    expect(page.locator("#modes").get_by_label("Switch hourly")).to_be_checked()
    page.reload()
    expect(page.locator("#tab-voltages")).to_have_attribute("aria-selected", "true", timeout=300_000)


def test_the_story_and_its_figures_follow_the_mode(seen: Dashboard) -> None:
    expect(seen.page.locator("#story-text")).to_contain_text("The grid re-switches itself.")
    cost = seen.payload("fixed")["summary"]["objective_eur"]
    seen.page.locator("#modes").get_by_label("As built").check(force=True)
    expect(seen.page.locator("#story-text")).to_contain_text("The grid stays as built.")
    expect(seen.page.locator("#headlines")).to_contain_text(f"{cost:,.0f}")


OVER_BARS = """() => {
  const all = (what) => [...document.querySelectorAll('#chart-body ' + what)];
  const boxes = (what) => all(what).map((one) => one.getBoundingClientRect());
  const [names, bars] = [boxes('.legend .traces'), boxes('.bars .point path')];
  const over = (a, b) => b.height > 0.5 && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [names.length, bars.length, names.filter((name) => bars.some((bar) => over(name, bar))).length];
}"""
"""How many names of series there are, how many bars, and how many names stand over a bar."""
FILLED = "() => { const body = document.querySelector('#chart-body');"
FILLED += " return body.querySelector('.plot').width === body.clientWidth; }"
"""The chart has been drawn for the width of its place."""


def test_names_of_series_stand_over_no_bar_on_a_phone(seen: Dashboard) -> None:
    page = seen.page
    seen.choose_tab("prosumer")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        holds(page, FILLED)
        names, bars, over = page.evaluate(OVER_BARS)
        assert names >= 5 and bars > 20, width
        assert over == 0, width


def test_where_the_system_gives_the_colours_bars_ramps_and_choices_are_seen(seen: Dashboard) -> None:
    seen.page.emulate_media(forced_colors="active")
    kept = "node => getComputedStyle(node).forcedColorAdjust"
    try:
        for what in (
            ".costs .part",
            ".legend .ramp",
            "#modes label:has(:checked)",
            ".tabs [aria-selected=true]",
        ):
            assert seen.page.locator(what).first.evaluate(kept) == "none"
    finally:
        seen.page.emulate_media(forced_colors="none")


WATCH = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shifts.push(entry.value)))
  .observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_nothing_moves_while_the_page_loads(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(WATCH)
    Dashboard(page).open()
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") <= 0.008


def test_the_first_view_does_without_the_chart_library_and_a_chart_fetches_it(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dashboard = Dashboard(page).open()
    assert not any("plotly" in url for url in asked)
    page.locator("#kind-grid").hover()
    dashboard.choose_tab("losses")
    assert sum("plotly" in url for url in asked) == 1


def test_time_is_pinned_once_somebody_is_there_and_covers_nothing_before(page: Page) -> None:
    """A picture of the whole page, taken by a program or a browser, has the time control below the legend."""
    page.set_viewport_size({"width": 1280, "height": 560})
    Dashboard(page).open_without_table()
    clock, legend = page.locator("#clockwork"), page.locator("#legend")
    top = "node => node.getBoundingClientRect().top + scrollY"
    bottom = "node => node.getBoundingClientRect().bottom + scrollY"
    assert clock.evaluate(top) >= legend.evaluate(bottom)
    page.mouse.move(300, 300)
    expect(page.locator("html[data-attended]")).to_be_attached()
    assert clock.evaluate(bottom) <= 560
    assert legend.evaluate(bottom) <= clock.evaluate(top)


def test_solve_and_the_count_of_edits_stay_at_hand_on_a_phone(seen: Dashboard) -> None:
    page, solve = seen.page, seen.page.locator("#solve")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#drawer").evaluate("node => node.scrollIntoView()")
    expect(solve).not_to_be_in_viewport()
    ask(page, "() => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, trade_fee: '0.002' } })")
    expect(solve).to_have_attribute("data-count", "1")
    expect(solve).to_be_in_viewport()
    beside = "node => document.elementFromPoint(40, node.getBoundingClientRect().bottom).localName"
    assert solve.evaluate(beside) == "body", "nothing that is read lies where Solve lies"
    page.evaluate("window.scrollTo(0, 0)")
    expect(page.locator("html")).not_to_have_class("bar-away")
    expect(solve).to_be_in_viewport()
