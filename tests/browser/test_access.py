"""Everybody can use the page: axe finds nothing to complain about, in both themes, on a desktop and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.driver import Dashboard

pytestmark = pytest.mark.browser


def test_axe_finds_nothing(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    Dashboard(page).open("/?freeze=1")
    complaints = []
    for theme in ("light", "dark"):
        page.evaluate("theme => p2pdnr.setTheme(theme)", theme)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            results = Axe().run(page, options={"resultTypes": ["violations"]})
            complaints += [results.generate_report()] if results.violations_count else []
    assert not complaints, "\n".join(complaints)


def test_tab_reaches_the_controls_in_reading_order(dashboard: Dashboard) -> None:
    reached: list[str] = []
    wanted = ["solve", "play", "timeline", "tab-losses"]
    while len(reached) < 60 and "tab-losses" not in reached:
        dashboard.press("Tab")
        reached.append(dashboard.page.evaluate("document.activeElement.id"))
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted
