"""The HTML around Dash's own part: bar, diagram, time control and charts stand in the first answer of the server.

So the diagram is drawn before React, the table or the chart library have loaded. See page.html.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from p2pdnr.dashboard import questions, wording
from p2pdnr.dashboard.assets import CLASSIC, ENTRY, Assets, needed
from p2pdnr.dashboard.cases import Case
from p2pdnr.dashboard.questions import Question
from p2pdnr.languages import ENGLISH, Language

STYLES = (
    "colours.css",
    "layout.css",
    "diagram.css",
    "drawer.css",
    "whatif.css",
    "explore.css",
    "year.css",
    "talk.css",
    "preview.css",
    "lessons.css",
    "print.css",
)
"""Style sheets in assets/styles/, in their order."""

_TEMPLATE = Path(__file__).with_name("page.html")
_SERVER = re.compile(r"<!-- with a server -->\n?(.*?)<!-- to here -->\n?", re.DOTALL)
_MARK = re.compile(r"__[A-Z_]+__")


@dataclass(frozen=True)
class Content:
    """What the page offers: its ``cases``, the ``first`` of which is opened, the questions ``asked``, the languages of
    its ``lessons``, none where it has none, and the ``languages`` that it can be read in."""

    cases: Mapping[str, Case]
    first: Case
    asked: Sequence[Question] = ()
    lessons: tuple[str, ...] = ()
    languages: Mapping[str, Language] = field(default_factory=lambda: {ENGLISH.key: ENGLISH})


def index_string(content: Content, assets: Assets, url: Callable[[str], str], language: Language = ENGLISH) -> str:
    """The template of the page for Dash, filled in, in a language.

    ``url`` gives the address of a file below assets/. Modules run without waiting for Dash's scripts, which come after
    them; the links have them fetched at once and side by side, not one import after the other.
    """
    theme, callbacks = (url(name) for name in CLASSIC)
    first = content.first
    modules = needed(assets)
    parts = {
        "__THEME__": theme,
        "__CALLBACKS__": callbacks,
        "__ENTRY__": url(ENTRY),
        "__FIRST__": "".join(_first(result) for result in list(first.results.values())[:1]),
        "__STYLES__": "\n".join(f'<link rel="stylesheet" href="{url(f"styles/{name}")}">' for name in STYLES),
        "__MODULES__": "\n".join(f'<link rel="modulepreload" href="{url(name)}">' for name in modules),
        "__WORDS__": wording.block(language),
        "__LANGUAGES__": wording.menu(content.languages, language),
        "__CASES__": "".join(_option(case, case is first, language) for case in content.cases.values()),
        "__QUESTIONS__": questions.chips(content.asked, language, first.key),
        "__CASE__": html.escape(first.key),
        "__BODY__": f'data-results="{html.escape(json.dumps(first.results))}" data-plotly="/vendor/plotly.min.js"'
        + lessons_mark(content.lessons),
    }
    return filled(template(with_server=True, language=language), parts)


def template(with_server: bool, language: Language = ENGLISH) -> str:
    """The HTML with its marks (two underscores at both ends), with or without what needs a server, in a language."""
    text = _TEMPLATE.read_text(encoding="utf-8")
    return wording.translated(_SERVER.sub(lambda found: found[1] if with_server else "", text), language)


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The template with every mark replaced at once, so that no value is taken for a mark; unknown ones go."""
    return _MARK.sub(lambda found: parts.get(found[0], ""), text)


def lessons_mark(languages: tuple[str, ...]) -> str:
    """The attribute of the page's body that names the languages of its lessons; empty without lessons."""
    return f' data-lessons="{html.escape(" ".join(languages))}"' if languages else ""


def _first(result: str) -> str:
    """The result on show is asked for in the head: what draws it need not wait for an answer behind Dash's scripts."""
    address, name = f"/first/{quote(result, safe='')}.json", html.escape(result)
    return f'<link rel="preload" as="fetch" crossorigin href="{address}" data-result="{name}">'


def _option(case: Case, selected: bool, language: Language) -> str:
    mark = " selected" if selected else ""
    return f'<option value="{html.escape(case.key)}"{mark}>{html.escape(language(case.title))}</option>'
