"""The page in German: told to the browser, with that language's numbers, and as good for everybody as in English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from scripts.page_door import ask
from tests.browser.access import SMALL, THEMES, complaints
from tests.browser.driver import FIRST_VIEW, SLOW_MS, Dashboard, holds
from tests.browser.hands import give
from tests.conftest import watched_page

pytestmark = pytest.mark.browser

FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def opened(window: BrowserContext, home: str) -> Iterator[Dashboard]:
    """A page held still, for all of these tests."""
    with watched_page(window, home) as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        yield Dashboard(page)
        assert not watch.problems, "\n".join(watch.problems)


@pytest.fixture
def german(opened: Dashboard) -> Dashboard:
    """The page in German at 07:00, nothing edited."""
    opened.page.set_viewport_size({"width": 1280, "height": 900})
    if opened.page.locator("html[lang=de]").count() == 0:
        opened.open("/?lang=de&hour=7&freeze=1")
    ask(opened.page, FIRST_VIEW, 200)
    ask(opened.page, "() => p2pdnr.goTo(7)")
    return opened


def test_it_says_everything_in_german_and_english_is_one_choice_away(german: Dashboard) -> None:
    page = german.page
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#solve")).to_have_text("Berechnen")
    expect(page.locator("#grid-title")).to_have_text("Das Netz um 07:00")
    assert "1.919" in german.headlines and "1,919" not in german.headlines
    expect(page.locator("#prosumers")).to_contain_text("Knoten")
    page.locator("summary", has_text="Export").click()
    page.locator("#language").select_option("en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#grid-title")).to_have_text("The grid at 07:00")


def test_what_is_wrong_with_a_cell_is_said_in_german(german: Dashboard) -> None:
    german.type_into(german.cell("Bakery", "bus"), "99")
    first = german.page.locator("#problems li").first
    expect(first).to_contain_text(
        "Bakery, Knoten Den Knoten 99 gibt es nicht. case33bw hat die Knoten 1 bis 33", timeout=SLOW_MS
    )
    expect(german.page.locator("#beside")).to_contain_text("Den Knoten 99 gibt es nicht")


def test_axe_finds_nothing_and_nothing_leaves_the_window(german: Dashboard) -> None:
    found: list[str] = []
    for width in (390, 1280):
        german.page.set_viewport_size({"width": width, "height": 900})
        holds(german.page, FITS)
        found += [report for theme in THEMES for report in complaints(german.page, theme)]
    assert not found, "\n".join(found)


def kept_year() -> str:
    """Plans of a year with sums as long as they come."""
    sums = {"cost_eur": 1_212_345.6, "losses_kwh": 1_384_512.4, "violations_eur": 1.0, "switching_eur": 1.0}
    plan = sums | {"operations": 12_840, "proved": True, "changes": [[0, [3]]], "loss_kw": [50.0] * 8760}
    plans = dict.fromkeys(("initial", "hourly", "daily", "weekly", "seasonal", "fixed"), plan)
    network = {"name": "ring", "lines": [{}, {}, {}]}
    kept = {"kind": "p2pdnr horizon", "network": network, "terms": {"step_h": 1}, "rows": 8760, "plans": plans}
    return json.dumps(kept)


def test_sums_of_a_year_need_no_scrolling(german: Dashboard) -> None:
    page = german.page
    give(german, "horizon.json", kept_year())
    sums = page.locator("dialog[open] .year-sums")
    expect(sums).to_be_visible(timeout=SLOW_MS)
    for width in (1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert sums.evaluate("node => node.scrollWidth <= node.clientWidth"), f"{width} px"


def test_what_a_finger_presses_is_large_enough_on_a_phone(german: Dashboard) -> None:
    german.page.set_viewport_size({"width": 390, "height": 844})
    assert german.page.evaluate(SMALL) == []


def test_values_in_fields_have_the_marks_of_the_language_and_are_meant_so(german: Dashboard) -> None:
    page, cell = german.page, german.cell("Supermarket", "power_factor")
    expect(cell).to_have_text("0,95")
    german.type_into(cell, "0,9375")
    expect(cell).to_have_text("0,9375")
    ask(page, "() => p2pdnr.openPane('settings')")
    fee = page.locator("[name=trade_fee]")
    expect(fee).to_have_value("0,001")
    fee.press("Enter")
    expect(german.changes).to_have_text("1 Änderung nicht berechnet · Berechnen zeigt ihre Wirkung", timeout=SLOW_MS)
    fee.fill("1,002")
    fee.press("Enter")
    held = "() => [p2pdnr.currentDraft().settings.trade_fee, p2pdnr.currentDraft().rows[1].power_factor]"
    assert ask(page, held) == ["1.002", "0.9375"]
    ask(page, "() => p2pdnr.openPane('profiles')")
    expect(page.locator("#curve-text")).to_have_value(re.compile("^0,26 0,26 "))
