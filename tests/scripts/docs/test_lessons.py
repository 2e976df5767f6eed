"""Lessons: links open what they say, and figures are those that the stored runs and a search give."""

from __future__ import annotations

import pytest

from p2pdnr.dashboard import drafts, links
from p2pdnr.dashboard.cases import read_cases
from p2pdnr.scenario import patch
from scripts.docs import lessons
from scripts.docs.pages import SCENARIOS


@pytest.mark.parametrize("name", lessons.LESSONS)
def test_a_lesson_is_as_the_runs_say(name: str) -> None:
    page = (lessons.PAGES / f"{name}.md").read_text(encoding="utf8")
    assert lessons.text(name, page) == page, 'make docs ARGS="lessons" renews it'
    assert f"]({name}.md)" in (lessons.PAGES / "README.md").read_text(encoding="utf8")


@pytest.mark.parametrize("name", lessons.LESSONS)
def test_a_link_opens_its_case_with_its_changes_and_nothing_else(name: str) -> None:
    lesson, cases = lessons.LESSONS[name], read_cases(SCENARIOS, ())
    case, draft = links.read(lesson.link().split("#s=")[1], cases)
    scenario = drafts.read(draft).scenario
    assert scenario is not None
    assert patch.difference(lesson.scenario(), scenario) == {}
    edited = bool(lesson.changes or lesson.settings)
    assert (patch.difference(case.scenario, scenario) != {}) == edited
    assert (case.key, draft["mode"], draft["trading"] == drafts.ON) == (lesson.case, lesson.mode, lesson.trading)


def test_every_figure_has_a_question() -> None:
    for name, lesson in lessons.LESSONS.items():
        page = (lessons.PAGES / f"{name}.md").read_text(encoding="utf8")
        questions = page.split("**Questions.**")[1].split("<details>")[0]
        assert len(lesson.answers()) >= 5
        assert "**Aim.**" in page and "**Do.**" in page and "1. " in questions
