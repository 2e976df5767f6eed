"""A day as one file, opened from disk without a network: it plays, switches by hand, answers questions, and suits
everybody. Nothing here may ask anybody for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from p2pdnr.dashboard import days, lessons, one_file
from p2pdnr.resources import DATA
from tests.browser.access import Axe
from tests.browser.driver import READY, SLOW_MS, Dashboard
from tests.conftest import PATIENCE_MS

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult

pytestmark = pytest.mark.browser

HOURLY = DATA / "results" / "ieee33-solar-hourly"
PHONE, DESK = (390, 844), (1280, 900)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default day as a file."""
    path = tmp_path_factory.mktemp("file") / "a day, 50 % sunny.html"
    own = days.from_files("day", HOURLY / "payload.json.gz", HOURLY)
    path.write_text(one_file.written(days.together([own])), encoding="utf8")
    return path


@contextmanager
def opened(browser: Browser, file: Path, size: tuple[int, int], theme: str = "light", view: str = "") -> Iterator[Page]:
    """The file in a window without a network; what it logs or asks for fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        offline=True,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(("blob:", "data:")) else None)
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri() + view)
    expect(page.locator(READY)).to_be_attached(timeout=SLOW_MS)
    yield page
    context.close()
    assert [text.split("?")[0] for text in wrong] == [file.as_uri()]


@pytest.fixture(scope="module")
def desk(browser: Browser, file: Path) -> Iterator[Page]:
    """The file on a desk, for all that lead it back to the first view."""
    with opened(browser, file, DESK) as page:
        yield page


def number(text: str) -> float:
    """A figure as the page writes it."""
    return float(text.replace(",", "").replace("−", "-"))


def test_it_plays(browser: Browser, file: Path) -> None:
    with opened(browser, file, DESK, view="?hour=5") as page:
        seen = Dashboard(page)
        seen.shows_hour(5)
        before = seen.open_lines
        page.locator("#play").click()
        expect(page.locator("#timeline")).to_have_attribute("aria-valuenow", "8")
        page.locator("#play").click()
        seen.press("Home")
        seen.shows_hour(0)
        page.locator("#timeline").press("End")
        seen.shows_hour(23)
        expect(page.locator("#clock")).to_have_text("23:00")
        assert seen.open_lines != before


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_line_switched_by_hand_loses_what_the_power_flow_says(
    browser: Browser, file: Path, stored_default: StudyResult, size: tuple[int, int]
) -> None:
    from p2pdnr.network.powerflow import solve_tree
    from p2pdnr.network.topology import orient
    from p2pdnr.verification.plan import read_plan

    plan, hour = read_plan(stored_default), 13
    with opened(browser, file, size, view=f"?hour={hour}") as page:
        seen = Dashboard(page)
        shown = seen.open_lines
        page.locator("#try").click()
        seen.line(shown[-1]).focus()
        seen.press("Enter")
        expect(page.locator("#why")).to_contain_text("form a loop")
        ring = [
            int(line)
            for line in page.locator("#diagram .hit.inloop").evaluate_all("hits => hits.map((hit) => hit.dataset.line)")
        ]
        opens = next(line for line in ring if line != shown[-1])
        seen.line(opens).focus()
        seen.press("Enter")
        assert seen.open_lines == sorted([*shown[:-1], opens])
        closed = np.ones(plan.network.n_lines, dtype=np.bool_)
        closed[np.array(seen.open_lines) - 1] = False
        at = slice(hour, hour + 1)
        flow = solve_tree(plan.network, orient(plan.network, closed), plan.withdrawal_kw[at], plan.withdrawal_kvar[at])
        told = page.locator("#headlines div").filter(has_text="Losses now").locator(".figure").inner_text()
        assert number(told.split()[0]) == pytest.approx(float(flow.loss_kw.sum()), abs=0.051)
        expect(page.locator("#headlines")).to_contain_text(re.compile(r"Rank\s*[\d,]+\s*of 50,751"), timeout=SLOW_MS)
        page.locator("#reveal").click()
        expect(page.locator("#grid-title")).to_contain_text("The optimum")
        page.locator("#leave").click()
        assert seen.open_lines == shown


def test_questions_have_their_answers(desk: Page) -> None:
    for question, told in (("Double the PV", "Twice the PV"), ("Forbid switching", "Without switching")):
        desk.get_by_role("button", name=question).click()
        expect(desk.locator("#answer")).to_contain_text(f"{told}: all costs")
        desk.get_by_role("button", name=question).click()
        expect(desk.locator("#answer")).to_have_text("")
    expect(desk.locator("#case")).to_have_value("ieee33-solar")


def test_every_view_is_drawn(desk: Page) -> None:
    seen = Dashboard(desk)
    for key in desk.locator("#tabs [role=tab]").evaluate_all("tabs => tabs.map((tab) => tab.id.slice(4))"):
        kind = desk.locator(f"#tab-{key}").get_attribute("data-kind")
        desk.locator(f"#kind-{kind}").click()
        desk.locator(f"#tab-{key}").click()
        expect(desk.locator(f"#tab-{key}")).to_have_attribute("aria-selected", "true")
        expect(desk.locator("#chart-body").locator(".plot .own-chart, table, .costs").first).to_be_visible()
        expect(desk.locator("#caption")).not_to_have_text("")
    desk.locator("#kind-grid").click()
    desk.locator("#tab-losses").click()
    expect(desk.locator("#chart-body .own-chart")).to_be_visible()
    box = desk.locator("#chart-body .plot").bounding_box()
    assert box is not None
    hour = seen.hour
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    expect(desk.locator(".plot-tip")).to_contain_text("Hourly: ")
    desk.mouse.click(box["x"] + box["width"] / 4, box["y"] + 60)
    expect(desk.locator("#timeline")).not_to_have_attribute("aria-valuenow", str(hour))


def test_modes_and_what_can_be_taken_away(desk: Page) -> None:
    desk.locator("#modes").get_by_text("As built").click()
    expect(desk.locator("#switching")).to_contain_text("33, 34, 35, 36, 37")
    desk.locator("#modes").get_by_text("Switch hourly").click()
    for button, name in (("out-scenario", ".json"), ("out-svg", ".svg"), ("out-png", ".png")):
        desk.locator("#take summary").click()
        with desk.expect_download() as saved:
            desk.locator(f"#{button}").click()
        assert saved.value.suggested_filename.endswith(name)
        assert Path(saved.value.path()).stat().st_size > 1000
    expect(desk.locator("#solve, #drawer, #import")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_axe_finds_nothing(browser: Browser, file: Path, size: tuple[int, int], theme: str) -> None:
    with opened(browser, file, size, theme, view="?freeze=1&tab=losses") as page:
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        expect(page.locator("#chart-body .own-chart")).to_be_visible()
        results = Axe().run(page)
        assert not results.violations_count, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_lesson_stands_above_its_days(browser: Browser, tmp_path: Path, size: tuple[int, int]) -> None:
    [lesson] = [one for one in lessons.read() if one.name == "2-trading"]
    path = tmp_path / "lesson.html"
    path.write_text(lessons.written(lesson, lambda *_: {}), encoding="utf8")
    with opened(browser, path, size) as page:
        expect(page.locator("#lesson h2")).to_have_text("2. Who gains from trading")
        expect(page.locator("#lesson")).to_contain_text("How much energy changes hands?")
        expect(page.get_by_text("Foundry, 713 EUR")).to_be_hidden()
        expect(page.locator("#tab-prices")).to_have_attribute("aria-selected", "true")
        page.locator("#case").select_option("With trading")
        expect(page.locator("#story-text")).to_contain_text("trade")
        page.get_by_text("What should be found").click()
        expect(page.get_by_text("Foundry, 713 EUR")).to_be_visible()
        results = Axe().run(page)
        assert not results.violations_count, results.generate_report()
        page.locator("#lesson > summary").click()
        expect(page.get_by_text("How much energy changes hands?")).to_be_hidden()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of a feeder of 533 buses as a file, a few prosumers on it."""
    from p2pdnr import study
    from p2pdnr.network import readers
    from p2pdnr.results import folder as folders
    from p2pdnr.scenario.synthetic import synthetic

    place = tmp_path_factory.mktemp("large")
    day = synthetic(readers.read("case533mt_hi", None), "case533mt_hi", 4, seed=1)
    folders.save(study.run(day, study.Options(mode="fixed")), place / "out")
    path = place / "large.html"
    path.write_text(one_file.written(days.together([days.from_folder(place / "out")])), encoding="utf8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (DESK, "light")])
def test_a_feeder_of_533_buses_is_a_file_that_suits_everybody(
    browser: Browser, large: Path, size: tuple[int, int], theme: str
) -> None:
    """All of it is drawn, a line is switched by hand, and axe finds nothing; at most what docs/one-file.md says."""
    assert large.stat().st_size < 1.5e6
    with opened(browser, large, size, theme, view="?hour=12&tab=losses") as page:
        seen = Dashboard(page)
        assert page.locator("#diagram [data-bus]").count() == 533
        seen.shows_hour(12)
        expect(page.locator("#chart-body .own-chart")).to_be_visible()
        results = Axe().run(page)
        assert not results.violations_count, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        before = seen.open_lines
        page.locator("#try").click()
        seen.line(37).focus()
        seen.press("Enter")
        expect(page.locator("#why")).to_contain_text("Lines 28–34, 36 and 37 form a loop")
        seen.line(33).focus()
        seen.press("Enter")
        assert seen.open_lines == sorted({33, *before} - {37})
        expect(page.locator("#headlines")).to_contain_text("Losses now")
