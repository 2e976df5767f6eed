"""Everybody can use the page: axe finds nothing to complain about, in both themes, on a desktop and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.driver import Dashboard

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Dashboard(page).open(f"/?theme={theme}&freeze=1")
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()


def test_tab_reaches_the_controls_in_reading_order(dashboard: Dashboard) -> None:
    reached = []
    for _ in range(60):
        dashboard.press("Tab")
        reached.append(dashboard.page.evaluate("document.activeElement.id"))
    wanted = ["solve", "play", "timeline", "tab-losses"]
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted
