"""A lesson inside the page: steps open what they speak about, answers are checked against the day, Back leads back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.access import THEMES, complaints
from tests.browser.driver import Dashboard, holds
from tests.conftest import watched_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lesson(window: BrowserContext, home: str) -> Iterator[Dashboard]:
    """The first step of the first lesson, opened by its address."""
    with watched_page(window, home) as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        yield Dashboard(page).open("/?lesson=1&step=1")
        assert not watch.problems, "\n".join(watch.problems)


def verdict(page: Page, answer: str, text: str) -> None:
    """Answer with Enter, and read what is said."""
    page.locator("#lesson-answer").fill(answer)
    page.locator("#lesson-answer").press("Enter")
    expect(page.locator("#lesson-verdict")).to_contain_text(text)


def marks(page: Page) -> list[str]:
    """The marks of the steps, as classes."""
    found: list[str] = page.locator(".lesson-marks i").evaluate_all("all => all.map((one) => one.className)")
    return found


def test_a_lesson_is_walked_through_and_kept(lesson: Dashboard) -> None:
    page = lesson.page
    lesson.shows_hour(13)
    expect(page.locator("#tab-why")).to_have_attribute("aria-selected", "true")
    verdict(page, "", "Answer first")
    verdict(page, "6", "Too high")
    page.locator("#lesson-hint").click()
    expect(page.locator("#lesson-hints li")).to_have_count(1)
    verdict(page, "5", "Right: 5")
    assert marks(page)[:2] == ["done now", ""]
    page.locator("#lesson-next").click()
    expect(page).to_have_url(re.compile(r"lesson=1&step=2"))
    assert page.evaluate("document.activeElement.id") == "lesson-title"
    verdict(page, "50.751", "Right: 50,751")
    page.locator("#lesson-next").click()
    expect(page.locator("#modes [value=fixed]")).to_be_checked()
    page.go_back()
    expect(page).to_have_url(re.compile(r"lesson=1&step=2"))
    expect(page.locator(".lesson-question")).to_contain_text("How many radial topologies")
    expect(page.locator("#modes [value=hourly]")).to_be_checked()
    page.reload()
    expect(page.locator(".lesson-question")).to_contain_text("How many radial topologies")
    assert marks(page)[:3] == ["done", "done now", ""]


def test_a_line_switched_by_hand_is_an_answer(lesson: Dashboard) -> None:
    page = lesson.page
    lesson.open("/?lesson=1&step=3")
    page.locator("#lesson-check").click()
    expect(page.locator("#lesson-verdict")).to_contain_text("switch a line by hand")
    page.locator("#try").click()
    lesson.line(36).focus()
    lesson.press("Enter")
    page.locator("#lesson-check").click()
    expect(page.locator("#lesson-verdict")).to_contain_text("Not radial yet")
    lesson.line(15).focus()
    lesson.press("Enter")
    page.locator("#lesson-check").click()
    expect(page.locator("#lesson-verdict")).to_contain_text("Radial and cheaper")


def test_hints_lead_to_the_answer_and_notes_and_language_are_kept(lesson: Dashboard) -> None:
    page = lesson.page
    lesson.open("/?lesson=2&step=4")
    for _ in range(2):
        page.locator("#lesson-hint").click()
    expect(page.locator("#lesson-verdict")).to_contain_text("It is Foundry")
    page.locator("#lesson-answer").select_option("Foundry")
    page.locator("#lesson-check").click()
    expect(page.locator("#lesson-verdict")).to_contain_text("Right: Foundry")
    expect(page.locator("#lesson-note")).to_be_hidden()
    page.locator("#lesson-notes").check()
    expect(page.locator("#lesson-note")).to_contain_text("Foundry")
    page.locator("#lesson-language").select_option("de")
    expect(page.locator("#lesson-title")).to_have_text("Lektion 2: Wer vom Handel etwas hat")
    expect(page.locator("#lesson-note")).to_be_visible()
    expect(page.locator("#lesson-panel")).to_have_attribute("lang", "de")
    page.locator("#lesson-language").select_option("en")
    page.locator("#lesson-close").click()
    expect(page.locator("#lesson-panel")).to_be_hidden()
    page.locator("#lessons summary").click()
    expect(page.locator("#lessons [data-lesson='2']")).to_contain_text("1 of 8 answered")
    page.locator("#lessons [data-lesson='2']").click()
    expect(page.locator(".lesson-question")).to_contain_text("What do all fifteen pay together without")


def test_a_changed_day_has_to_be_solved_first(lesson: Dashboard) -> None:
    page = lesson.page
    lesson.open("/?lesson=3&step=1")
    expect(lesson.changes).to_contain_text("15 unsolved changes")
    verdict(page, "25360", "not solved yet")
    lesson.open("/?lesson=3&step=7")
    verdict(page, "0", "Right")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_panel_suits_everybody_and_covers_no_diagram_on_a_desk(lesson: Dashboard, width: int) -> None:
    page = lesson.page
    page.set_viewport_size({"width": width, "height": 900})
    lesson.open("/?lesson=1&step=6")
    for theme in THEMES:
        assert complaints(page, theme) == []
    panel, diagram = (page.locator(f"#{name}").bounding_box() for name in ("lesson-panel", "grid-card"))
    assert panel and diagram
    if width == 1280:
        assert panel["x"] >= diagram["x"] + diagram["width"]
    else:
        assert panel["y"] + panel["height"] == pytest.approx(900, abs=1) and panel["height"] <= 0.47 * 900
        page.locator("#lesson-fold").click()
        expect(page.locator("#lesson-body")).to_be_hidden()
    holds(page, "() => document.documentElement.scrollWidth <= innerWidth")
