"""Sliders beside the diagram: what they preview is called predicted; let go, it is solved, and both stand together."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from scripts.page_door import ask
from tests.browser.access import SMALL, THEMES, complaints
from tests.browser.driver import SLOW_MS, Dashboard

pytestmark = pytest.mark.browser

SUPERMARKET = 7


def slider(dashboard: Dashboard, name: str) -> Locator:
    """A slider by its label."""
    return dashboard.page.get_by_role("slider", name=name, exact=True)


def test_a_slider_previews_and_solves_when_it_is_let_go(opened_again: Dashboard) -> None:
    page = opened_again.page
    figures, said = page.locator("#details .predicted"), page.locator("#details .said")
    before = opened_again.headlines
    opened_again.bus(SUPERMARKET).click()
    page.get_by_label("Solve when let go").uncheck()
    slider(opened_again, "PV, peak").focus()
    opened_again.press("ArrowRight", "ArrowRight", "ArrowRight")
    expect(said).to_have_text(re.compile("^Predicted, not solved: all costs fall by"))
    expect(page.locator("#story-text")).to_have_text(re.compile("^Predicted, not solved"))
    expect(page.locator("#grid-title")).to_have_text(re.compile("predicted$"))
    expect(figures.get_by_role("columnheader")).to_have_text(["before", "predicted"])
    expect(slider(opened_again, "PV, peak")).to_have_attribute("aria-valuetext", "330 kW")
    expect(opened_again.cell("Supermarket", "pv_kw")).to_have_text("330")
    expect(opened_again.changes).to_have_text(re.compile("^1 unsolved change"))
    assert opened_again.headlines != before
    assert "solved 1,919" in opened_again.headlines

    page.get_by_role("button", name="Take back").click()
    expect(opened_again.changes).to_have_text("As solved", timeout=SLOW_MS)
    expect(said).not_to_contain_text("Predicted")
    assert opened_again.headlines == before

    page.get_by_label("Solve when let go").check()
    slider(opened_again, "PV, peak").focus()
    opened_again.press("ArrowRight")
    expect(said).to_have_text(
        re.compile(r"^Predicted 1,9\d\d\.\d.€, solved 1,919\.3.€: \d+\.\d\d.€ off"), timeout=SLOW_MS
    )
    expect(figures.get_by_role("columnheader")).to_have_text(["before", "predicted", "solved", "off by"])
    expect(page.locator("#story-text")).not_to_contain_text("Predicted")
    expect(page.locator("#grid-title")).not_to_contain_text("predicted")
    expect(slider(opened_again, "PV, peak")).to_be_focused()
    expect(opened_again.status).to_have_text(re.compile("^Solved"), timeout=SLOW_MS)


def test_prices_and_limits_of_the_day_are_one_press_away(seen: Dashboard) -> None:
    page = seen.page
    page.get_by_role("button", name="Prices and limits").click()
    expect(slider(seen, "Retailer sells at, mean")).to_be_focused()
    page.get_by_label("Solve when let go").uncheck()
    typed = page.get_by_label("Highest voltage, p.u.", exact=True)
    typed.fill("1.03")
    typed.press("Enter")
    expect(page.locator("#details .said")).to_have_text(re.compile("^Predicted, not solved: all costs rise by"))
    highest = ask(page, "() => p2pdnr.view.preview.summary.vm_max_pu")
    assert 1.025 < highest < 1.0305
    typed.fill("much")
    typed.press("Enter")
    expect(typed).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Take back").click()
    expect(seen.changes).to_have_text("As solved", timeout=SLOW_MS)
    page.get_by_label("Solve when let go").check()


def test_everybody_can_slide(seen: Dashboard) -> None:
    page = seen.page
    seen.bus(SUPERMARKET).click()
    page.get_by_label("Solve when let go").uncheck()
    slider(seen, "Battery").focus()
    seen.press("ArrowRight")
    expect(page.locator("#details .said")).to_have_text(re.compile("^Predicted, not solved"))
    found = [report for theme in THEMES for report in complaints(page, theme)]
    page.set_viewport_size({"width": 390, "height": 844})
    found += [report for theme in THEMES for report in complaints(page, theme)]
    assert not found, "\n".join(found)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(SMALL) == []
    diagram, first = page.locator("#diagram").bounding_box(), slider(seen, "Load, peak").bounding_box()
    assert diagram and first
    assert diagram["y"] + diagram["height"] <= first["y"], "the sliders never stand over what they change"
    page.get_by_role("button", name="Take back").click()
    expect(seen.changes).to_have_text("As solved", timeout=SLOW_MS)
    page.get_by_label("Solve when let go").check()
