"""Lessons as files: the days that their pages ask for, stored where they are."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping, Sequence

import pytest

from p2pdnr.dashboard import days, lessons
from p2pdnr.dashboard.lessons import Lesson
from p2pdnr.resources import DATA, LESSONS
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from scripts.docs.lessons import LESSONS as LINKS
from tests.dashboard import synthetic


def nothing(scenario: Scenario, modes: Sequence[str]) -> Mapping[str, bytes]:
    """What is asked of the solver where nothing has to be solved."""
    raise AssertionError(scenario.name, modes)


def test_every_lesson_has_a_file_that_opens_what_its_link_opens() -> None:
    found = lessons.read()
    assert [lesson.name for lesson in found] == sorted(path.stem for path in LESSONS.glob("[0-9]-*.md"))
    for lesson in found:
        link, first = LINKS[lesson.name], lesson.days[0]
        assert (first["case"], first.get("changes", {})) == (link.case, dict(link.changes))
        assert link.view.removeprefix("?") in lesson.view or not link.view
        assert (link.mode == "fixed") == ("mode=fixed" in lesson.view)
    [trading] = [lesson for lesson in found if lesson.name == "2-trading"]
    assert trading.days[0]["results"] == {"fixed": "fixed-no-p2p"} and not LINKS["2-trading"].trading


@pytest.mark.parametrize("lesson", lessons.read(), ids=lambda lesson: lesson.name)
def test_days_that_are_said_to_be_stored_are(lesson: Lesson) -> None:
    for day in lesson.days:
        case = days.known(DATA)[day["case"]]
        for end in day.get("results", {}).values():
            assert (DATA / "results" / f"{case.key}-{end}" / "payload.json.gz").is_file()
        assert day.get("changes") or case.results
        changed = document.sha256(lessons.changed(day)) != document.sha256(case.scenario)
        assert changed == ("changes" in day)


def test_a_lesson_of_stored_days_needs_no_solver() -> None:
    [lesson] = [lesson for lesson in lessons.read() if lesson.name == "2-trading"]
    text = lessons.written(lesson, nothing)
    assert re.findall(r'<option value="([^"]*)">([^<]*)', text)[:2] == [
        ("without-trading", "Without trading"),
        ("with-trading", "With trading"),
    ]
    assert "<h2>2. Who gains from trading</h2>" in text and 'data-view="tab=prices&amp;mode=fixed"' in text
    assert '"/results/without-trading-fixed.json"' in text and '"/results/with-trading-fixed.json"' in text


def test_other_days_are_solved_as_the_lesson_says() -> None:
    asked = []

    def solve(scenario: Scenario, modes: Sequence[str]) -> Mapping[str, bytes]:
        asked.append((scenario.dso.switching_cost_eur, tuple(modes)))
        return {mode: gzip.compress(json.dumps(synthetic.payload(mode, hours=2)).encode()) for mode in modes}

    lesson = Lesson(
        "4-switching",
        "",
        ({"key": "dear", "case": "ieee33-solar", "changes": {"dso.switching_cost_eur": 20}, "modes": ["hourly"]},),
    )
    text = lessons.written(lesson, solve)
    assert asked == [(20.0, ("hourly",))]
    assert '"/results/dear-hourly.json"' in text
