"""The first visit: what coordination changes, told once, measured, shown on the diagram, closed for good."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import SLOW_MS, Dashboard, holds

pytestmark = pytest.mark.browser


def test_a_first_visit_is_told_the_contrast_and_shown_it(page: Page) -> None:
    dashboard = Dashboard(page).open()
    remark = page.locator("#contrast")
    expect(remark).to_be_visible(timeout=SLOW_MS)
    told = re.search(r"at (\d\d):00 .* (\d\.\d{3}) p\.u\. \(limit (\d\.\d\d)\)", remark.inner_text())
    assert told is not None
    hour, lowest = int(told[1]), dashboard.payload("fixed")["series"]["vm_min_pu"]
    assert f"{lowest[hour]:.3f}" == told[2] and lowest[hour] == min(lowest)
    assert min(dashboard.payload()["series"]["vm_min_pu"]) >= float(told[3])
    lines = dashboard.open_lines
    page.locator("#contrast-look").click()
    dashboard.shows_hour(hour)
    assert dashboard.open_lines == dashboard.payload("fixed")["network"]["initially_open"] != lines
    expect(page.locator("#diagram .mark.violated").first).to_be_visible()
    expect(page.locator("#contrast-look")).to_have_text("See the plan")
    page.locator("#contrast-look").click()
    holds(page, "() => p2pdnr.store.get().mode === 'hourly'")
    expect(page.locator("#diagram .mark.violated")).to_have_count(0)


def test_closed_it_stays_away(page: Page) -> None:
    dashboard = Dashboard(page).open()
    expect(page.locator("#contrast")).to_be_visible(timeout=SLOW_MS)
    page.locator("#contrast-close").focus()
    dashboard.press("Enter")
    expect(page.locator("#contrast")).to_be_hidden()
    expect(page.locator("#story-line")).to_have_text("Compared with the grid as built and the same trading.")
    page.reload()
    expect(page.locator("#story-line")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("#contrast")).to_be_hidden()


@pytest.mark.parametrize("address", ["/?present=1", "/?embed=diagram", "/?lesson=1"])
def test_a_talk_a_frame_and_a_lesson_are_no_first_visit(page: Page, address: str) -> None:
    Dashboard(page).open_without_table(address)
    expect(page.locator("html")).to_have_attribute("data-visit", "again")
    expect(page.locator("#contrast")).to_be_hidden()
