"""Lessons from their first step to their end, each question answered with what the solved days say.

They are walked on the server that gives stored results, also for the days that a lesson changes: what is right is read
off whatever the page was given. Three lessons have every kind of question and of day; what the page takes for right in
all of them is tried without a browser (tests/dashboard/test_lesson_steps.py). `make thorough` walks all, and has days
that are changed solved as a class would solve them, by app.py.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from p2pdnr.resources import DATA
from tests import thorough
from tests.browser.driver import SLOW_MS, Dashboard, holds
from tests.conftest import Chromium, watched_page
from tests.lesson_answers import SENTENCES, Payload, right

pytestmark = pytest.mark.browser

IS_SOLVED = "([mode, sha256]) => (p2pdnr.store.get().results[mode] || {summary: {}}).summary.scenario_sha256 === sha256"


class Walk:
    """A lesson that is walked through on a page."""

    def __init__(self, seen: Dashboard, number: int) -> None:
        self.seen, self.page = seen, seen.page
        self.seen.open(f"/?lesson={number}&step=1")
        told = json.loads(self.page.request.get("/lessons/en.json").text())
        self.lesson = told["lessons"][number - 1]
        self.solved: dict[tuple[str, str], Payload] = {}

    def to_the_end(self) -> None:
        """Answer every question, and read the last page."""
        for place, step in enumerate(self.lesson["steps"], 1):
            expect(self.page).to_have_url(re.compile(rf"step={place}\b"))
            expect(self.page.locator(".lesson-question")).to_be_visible()
            self.make_known(step)
            self.answer(step)
            verdict = self.page.locator("#lesson-verdict")
            expect(verdict).to_have_text(re.compile(r"^Right\b|^Radial and cheaper"))
            self.page.locator("#lesson-next").click()
        expect(self.page.locator("#lesson-restart")).to_be_visible()
        count = len(self.lesson["steps"])
        expect(self.page.locator("#lesson-done")).to_contain_text(f"{count} of {count} answered")
        expect(self.page.locator(".lesson-marks i.done")).to_have_count(count)

    def make_known(self, step: Mapping[str, Any]) -> None:
        """Solve the day of a step that is not solved yet, and keep what it says."""
        key, mode = step["open"]["day"], step["open"]["mode"]
        day = self.lesson["days"][key]
        if not day["changed"] or (key, mode) in self.solved:
            return
        expect(self.seen.changes).to_contain_text("unsolved change")
        self.page.locator("#modes").get_by_text("Switch hourly").click()
        expect(self.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
        self.page.locator("#solve").click()
        for wanted in self.modes_of(key):
            self.solved[key, wanted] = self.result(wanted, day["sha256"])

    def modes_of(self, key: str) -> set[str]:
        """The modes that steps of the lesson speak about on a day."""
        asked = [step["check"].get("of", {}) for step in self.lesson["steps"]]
        opened = {step["open"]["mode"] for step in self.lesson["steps"] if step["open"]["day"] == key}
        return opened | {of["mode"] for of in asked if key in (of.get("day"), of.get("beside"))}

    def result(self, mode: str, sha256: str) -> Payload:
        """The result of a day in a mode, once the page has it."""
        holds(self.page, IS_SOLVED, [mode, sha256])
        return self.seen.payload(mode)

    def payload(self, key: str, mode: str) -> Payload:
        """The result of a day, solved here or stored."""
        day = self.lesson["days"][key]
        if day["changed"]:
            return self.solved[key, mode]
        name = f"{day['case']}-{(day['results'] or {}).get(mode, mode)}"
        return dict(json.loads(gzip.decompress((DATA / "results" / name / "payload.json.gz").read_bytes())))

    def right(self, step: Mapping[str, Any]) -> float | int | str:
        """What the days say."""
        return right(step, self.payload)

    def answer(self, step: Mapping[str, Any]) -> None:
        """Give the right answer."""
        kind = step["check"]["kind"]
        if kind == "trial":
            self.exchange()
        elif kind == "choice" and "of" in step["check"]:
            self.page.locator("[name=lesson-choice]").nth(int(self.right(step))).check()
        elif kind == "choice":
            self.page.locator(".lesson-options label").filter(has_text=SENTENCES[step["key"]]).click()
        elif kind == "name":
            self.page.locator("#lesson-answer").select_option(str(self.right(step)))
        else:
            self.page.locator("#lesson-answer").fill(str(self.right(step)))
        self.page.locator("#lesson-check").click()

    def exchange(self) -> None:
        """Close 36 and open 15, which is cheaper."""
        self.page.locator("#try").click()
        for line in (36, 15):
            self.seen.line(line).focus()
            self.seen.press("Enter")


@pytest.fixture(scope="module")
def walking(window: BrowserContext, home: str) -> Iterator[Dashboard]:
    """A page on stored results."""
    with watched_page(window, home) as (page, watch):
        yield Dashboard(page)
        assert not watch.problems, "\n".join(watch.problems)


@pytest.mark.parametrize("number", thorough.of([1, 4, 6], [2, 3, 5, 7]))
def test_a_lesson_is_walked_to_its_end(walking: Dashboard, number: int) -> None:
    Walk(walking, number).to_the_end()


@pytest.fixture(scope="module")
def solving(chromium: Chromium, live_server: str) -> Iterator[Dashboard]:
    """A page with solvers behind it."""
    with chromium.window(live_server) as window, watched_page(window, live_server) as (page, watch):
        yield Dashboard(page)
        assert not watch.problems, "\n".join(watch.problems)


@pytest.mark.thorough
@pytest.mark.parametrize("number", [3, 4, 7])
def test_a_lesson_that_changes_the_day_is_solved_and_walked_to_its_end(solving: Dashboard, number: int) -> None:
    Walk(solving, number).to_the_end()
