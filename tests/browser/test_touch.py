"""The diagram under fingers: two zoom, one moves what is seen, and the page still scrolls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from scripts.page_door import ask
from tests.browser.driver import READY, SLOW_MS, holds

pytestmark = pytest.mark.browser

STEPS = 8
Point = tuple[float, float]


@dataclass(frozen=True)
class Fingers:
    """Touches of a phone's screen, px of the window."""

    page: Page
    session: CDPSession

    def move(self, paths: list[tuple[Point, Point]]) -> None:
        """Fingers go down at the first points, straight to the second, and up."""
        for step in range(STEPS + 1):
            share = step / STEPS
            places = [[a + share * (b - a) for a, b in zip(start, end, strict=True)] for start, end in paths]
            self.send("touchMove" if step else "touchStart", places)
        self.send("touchEnd", [])

    def send(self, kind: str, places: list[list[float]]) -> None:
        """One event with all fingers that are down."""
        touches = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def lens(self) -> dict[str, float]:
        """What part of the drawing is seen: ``k`` times as large, from ``x`` and ``y``."""
        seen: dict[str, float] = ask(self.page, "() => p2pdnr.view.drawing.lens || { k: 1, x: 0, y: 0 }")
        return seen


@pytest.fixture
def fingers(browser: Browser, home: str) -> Iterator[Fingers]:
    """A phone that shows the page, the diagram at its top."""
    context = browser.new_context(base_url=home, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto("/?freeze=1")
    expect(page.locator(READY)).to_be_attached(timeout=SLOW_MS)
    page.evaluate("document.getElementById('diagram').scrollIntoView({ block: 'start' })")
    yield Fingers(page, context.new_cdp_session(page))
    context.close()


def test_two_fingers_zoom_and_one_moves_what_is_seen(fingers: Fingers) -> None:
    fingers.move([((180, 300), (120, 220)), ((210, 340), (270, 420))])
    holds(fingers.page, "() => p2pdnr.zoomed()")
    before = fingers.lens()
    assert before["k"] > 1.5
    fingers.move([((200, 400), (160, 340))])
    holds(fingers.page, "y => p2pdnr.view.drawing.lens.y > y", before["y"] + 10)
    after = fingers.lens()
    assert after["k"] == pytest.approx(before["k"])
    assert after["x"] > before["x"]


def test_a_finger_that_goes_on_at_the_edge_scrolls_the_page(fingers: Fingers) -> None:
    page = fingers.page
    fingers.move([((180, 300), (120, 220)), ((210, 340), (270, 420))])
    holds(page, "() => p2pdnr.zoomed()")
    start = page.evaluate("window.scrollY")
    for _ in range(4):
        fingers.move([((200, 600), (200, 100))])
    holds(page, "y => window.scrollY > y", start + 100)


def test_one_finger_scrolls_the_page_where_nothing_is_zoomed(fingers: Fingers) -> None:
    start = fingers.page.evaluate("window.scrollY")
    fingers.move([((200, 700), (200, 300))])
    holds(fingers.page, "y => window.scrollY > y", start + 100)
    assert fingers.lens()["k"] == 1


def test_the_diagram_leaves_a_phone_room_for_figures_and_time(fingers: Fingers) -> None:
    page = fingers.page
    box = page.locator("#diagram > svg").bounding_box()
    assert box is not None and box["height"] <= 0.55 * 844 + 1
    assert page.locator("#diagram .numbers text").count() == 33
    page.evaluate("document.getElementById('headlines').scrollIntoView({ block: 'start' })")
    for part in ("#headlines", "#grid-title", "#timeline"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    expect(page.locator("#diagram > svg")).to_be_in_viewport(ratio=0.5)
