"""A talk: one thing at a time with a sentence, by a clicker's keys, by buttons, by the address and Back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import THEMES, complaints
from tests.browser.driver import SLOW_MS, Dashboard, holds

pytestmark = pytest.mark.browser

SLIDES = ["grid", "built", "switched", "voltages", "losses", "trades", "costs", "why", "checks", "day"]
CHARTS = {"voltages", "losses", "costs", "why", "checks"}
FITS = (
    "() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
)
SIZES = """() => [...document.querySelectorAll('#slide-text, #slide-more, #grid-title, #diagram .number, #legend li')]
  .map((node) => parseFloat(getComputedStyle(node).fontSize))"""


@pytest.fixture
def talk(page: Page) -> Dashboard:
    """A projector at the first slide, once the grid as built is there to compare with."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.emulate_media(reduced_motion="reduce")
    dashboard = Dashboard(page).open("/?present=1")
    expect(page.locator("#slide-at")).to_have_text(f"1 of {len(SLIDES)}", timeout=SLOW_MS)
    return dashboard


def slide(page: Page) -> str:
    found: str = page.evaluate("new URL(location.href).searchParams.get('slide')")
    return found


def test_a_clicker_goes_through_one_thing_at_a_time(talk: Dashboard) -> None:
    page, told = talk.page, []
    for number, key in enumerate(SLIDES, 1):
        holds(page, "key => p2pdnr.store.get().slide === key", key)
        expect(page.locator("#slide-at")).to_have_text(f"{number} of {len(SLIDES)}")
        expect(page.locator("#grid-card")).to_be_visible(visible=key not in CHARTS)
        expect(page.locator("#charts")).to_be_visible(visible=key in CHARTS)
        assert page.evaluate(FITS), key
        told.append(page.locator("#slide-text").inner_text())
        talk.press("PageDown")
    assert slide(page) == "day"
    assert all(told) and len(set(told)) == len(SLIDES)
    talk.press("PageUp")
    expect(page.locator("#slide-text")).to_have_text(told[-2])
    page.go_back()
    expect(page.locator("#slide-text")).to_have_text(told[-1])
    page.reload()
    expect(page.locator("#slide-text")).to_have_text(told[-1], timeout=SLOW_MS)


def test_the_last_row_can_read_it(talk: Dashboard) -> None:
    sizes = talk.page.evaluate(SIZES)
    assert len(sizes) > 30
    assert min(sizes) >= 28
    for width, height in ((1280, 720), (390, 844)):
        talk.page.set_viewport_size({"width": width, "height": height})
        assert talk.page.evaluate(FITS), width


def test_all_at_once_and_back_and_a_dark_screen(talk: Dashboard) -> None:
    page = talk.page
    talk.press("b")
    assert page.evaluate("getComputedStyle(document.documentElement, '::after').backgroundColor") == "rgb(0, 0, 0)"
    talk.press("b")
    page.locator("#slides-all").click()
    expect(page.locator("#slide")).to_be_hidden()
    expect(page.locator("#grid-card")).to_be_visible()
    expect(page.locator("#charts")).to_be_visible()
    assert slide(page) == "all"
    page.locator("#slides-all").click()
    expect(page.locator("#charts")).to_be_hidden()
    page.locator("#present").click()
    expect(page.locator("#drawer")).to_be_visible()
    expect(page.locator("#slide")).to_be_hidden()
    assert slide(page) is None


OVERLAPS = """() => {
  const box = document.querySelector("#join").getBoundingClientRect();
  const others = "#slide-text, #slide-more, #story-text, #story-line, #headlines, #grid-card, #charts, .bar";
  return [...document.querySelectorAll(others)].filter((node) => {
    const own = node.getBoundingClientRect();
    const apart = own.right <= box.left || own.left >= box.right || own.bottom <= box.top || own.top >= box.bottom;
    return own.width && own.height && !apart;
  }).map((node) => node.id || node.className);
}"""


@pytest.mark.parametrize("slide", ["grid", "costs", "all"])
def test_the_code_to_join_with_stands_in_a_corner_that_covers_nothing(page: Page, slide: str) -> None:
    page.route("**/address.json", lambda route: route.fulfill(json={"url": "http://192.0.2.7:8050/", "note": "Here."}))
    square = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"
    page.route("**/address.svg", lambda route: route.fulfill(body=square, content_type="image/svg+xml"))
    page.set_viewport_size({"width": 1920, "height": 1080})
    Dashboard(page).open(f"/?present=1&slide={slide}")
    expect(page.locator("#join img")).to_be_visible()
    for width, height in ((1920, 1080), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator("#join").bounding_box()
        assert box is not None and box["width"] < 0.2 * width and box["height"] < 0.3 * height
        assert page.evaluate(OVERLAPS) == [], width


def test_an_address_that_asks_for_a_view_shows_all_at_once(page: Page) -> None:
    dashboard = Dashboard(page).open("/?present=1&tab=voltages")
    expect(page.locator("#grid-card")).to_be_visible()
    expect(page.locator("#charts")).to_be_visible()
    dashboard.press("PageDown")
    expect(page.locator("#slide")).to_be_hidden()


def test_axe_finds_nothing_in_a_talk(talk: Dashboard) -> None:
    found = []
    for _ in SLIDES:
        found += [report for theme in THEMES for report in complaints(talk.page, theme)]
        talk.press("PageDown")
    assert not found, "\n".join(found)
