"""The lessons of docs/lessons as files: each with its text, and with the solved days that it asks for.

``lessons.json`` beside the scenarios is a list of ``{"lesson", "view", "days"}``: the name of its page, what its file
opens with, and days as ``{"key", "case"}`` with, where they differ from all stored results of that case, ``title``,
``results`` (mode: end of the stored result's name), or ``changes`` (as ``sweep`` varies), after
``settings`` laid over the scenario where there are some, to be solved in ``modes``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pdnr.dashboard import days, lesson_steps, lesson_text, one_file
from p2pdnr.dashboard.one_file import Day, OneFile
from p2pdnr.resources import DATA, LESSONS
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server.protocol import Mode

Solve = Callable[[Scenario, Sequence[Mode]], Mapping[str, bytes]]
"""Compressed payloads of a scenario in some modes."""

_NOTE = "Nothing can be solved in this file: where the text says Solve, choose the solved day at the top."


@dataclass(frozen=True)
class Lesson:
    """A lesson: the ``name`` of its page, the ``view`` that its file opens with, its ``days`` as they are written."""

    name: str
    view: str
    days: tuple[Mapping[str, Any], ...]

    def text(self, texts: Path = LESSONS) -> str:
        """Its page in Markdown."""
        return (texts / f"{self.name}.md").read_text(encoding="utf-8")

    def title(self) -> str:
        """Its heading."""
        return lesson_text.title(self.text())


def read(data: Path = DATA) -> tuple[Lesson, ...]:
    """The lessons in their order."""
    found = json.loads((data / "lessons.json").read_text(encoding="utf-8"))
    return tuple(Lesson(item["lesson"], item["view"], tuple(item["days"])) for item in found)


def written(lesson: Lesson, solve: Solve, texts: Path = LESSONS) -> str:
    """The file of a lesson; ``solve`` is asked for days that are not stored."""
    found = tuple(_day(day, solve) for day in lesson.days)
    steps = {language: lesson_steps.alone(lesson.name, language) for language in lesson_steps.languages()}
    return one_file.written(OneFile(found, lesson=section(lesson.text(texts)), view=lesson.view, steps=steps))


def section(text: str) -> str:
    """The lesson as the page shows it, from its Markdown."""
    return (
        '<details class="card wide lesson" id="lesson" open>'
        f"<summary><h2>{html.escape(lesson_text.title(text))}</h2></summary>"
        f'<div class="lesson-text">{lesson_text.as_html(text)}</div><p class="quiet">{_NOTE}</p></details>\n'
    )


def changed(day: Mapping[str, Any]) -> Scenario:
    """The scenario of a day."""
    return lesson_steps.changed(days.known(DATA)[day["case"]].scenario, day)


def _day(day: Mapping[str, Any], solve: Solve) -> Day:
    scenario = changed(day)
    title = day.get("title", scenario.name)
    if "changes" in day:
        payloads = dict(solve(scenario, day["modes"]))
        return Day(day["key"], title, payloads, scenario=document.dumps(scenario))
    case = days.known(DATA)[day["case"]]
    ends = day.get("results")
    names = {mode: f"{case.key}-{end}" for mode, end in ends.items()} if ends else case.results
    return days.stored_day(day["key"], title, names, document.dumps(scenario))
