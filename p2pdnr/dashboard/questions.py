"""Questions of the first minute: changes of a case whose answers are stored, so that they appear at once.

``questions/<case>.json`` beside the scenarios is a list of ``{"key", "question", "lead"}`` with either a ``patch`` of
the case's scenario (:mod:`p2pdnr.scenario.patch`), whose result is stored as ``<case>-<key>``, or the ``mode`` of the
case that answers it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from p2pdnr.dashboard.cases import Case
from p2pdnr.languages import ENGLISH, Language
from p2pdnr.scenario import patch


@dataclass(frozen=True)
class Question:
    """``case`` holds the changed scenario and its result; None where a ``mode`` of the case named ``base`` answers."""

    base: str
    text: str
    lead: str
    mode: str
    case: Case | None


def read_questions(folder: Path, cases: Mapping[str, Case], stored: Iterable[str]) -> tuple[Question, ...]:
    """The questions of the cases that have some and whose answers are stored.

    Raises :class:`p2pdnr.errors.ScenarioError` for a patch that does not fit its case.
    """
    names, found = set(stored), []
    for base, case in cases.items():
        path = folder / f"{base}.json"
        for item in json.loads(path.read_text(encoding="utf-8")) if path.is_file() else ():
            key = f"{base}-{item['key']}"
            changed = Case(key, patch.apply(case.scenario, item["patch"]), {"hourly": key}) if "patch" in item else None
            if key in names if changed else item.get("mode") in case.results:
                found.append(Question(base, item["question"], item["lead"], item.get("mode", "hourly"), changed))
    return tuple(found)


def chips(questions: Iterable[Question], language: Language = ENGLISH, shown: str | None = None) -> str:
    """The questions as buttons, in a language; those of other cases than the ``shown`` one hidden, None shows all."""
    return "".join(
        f'<button type="button" class="chip"{"" if shown in (None, item.base) else " hidden"} '
        f'data-base="{html.escape(item.base)}" data-mode="{html.escape(item.mode)}" '
        f'data-key="{html.escape(item.case.key if item.case else "")}" data-lead="{html.escape(language(item.lead))}">'
        f"{html.escape(language(item.text))}</button>"
        for item in questions
    )
