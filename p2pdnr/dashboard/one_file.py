"""Solved days as one HTML file that opens from disk and asks nobody for anything: the page without its server.

Scripts are the page's own modules, linked (:mod:`p2pdnr.dashboard.linking`); what the server would answer stands in the
file, compressed, by address. The policy in its head names the scripts by hash and allows no request at all.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from p2pdnr.dashboard import assets, page, questions, wording
from p2pdnr.dashboard.cases import MODES
from p2pdnr.dashboard.linking import linked
from p2pdnr.languages import ENGLISH, Language
from p2pdnr.resources import ASSETS

MOST_PROSUMERS = 200
"""Charts of single prosumers are kept for so many of them, as each is a figure of its own."""

_THEME = "app/theme.js"
_FONT = re.compile(r'url\("/fonts/([\w-]+\.otf)"\)')
_KEY = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Day:
    """A solved day of the file.

    ``key`` names it in addresses (letters, digits, dots, hyphens), ``title`` in the menu. ``payloads`` are compressed
    results by mode, ``replays`` compressed negotiations of those modes that have one, ``scenario`` its JSON, None where
    it is not there.
    """

    key: str
    title: str
    payloads: Mapping[str, bytes]
    replays: Mapping[str, bytes] = field(default_factory=dict)
    scenario: str | None = None

    @property
    def ids(self) -> dict[str, str]:
        """The results by mode, as the file names them."""
        return {mode: f"{self.key}-{mode}" for mode in self.payloads}


@dataclass(frozen=True)
class OneFile:
    """What a file holds: its days, of which the first is opened; the questions whose answers are among them; the text
    of a lesson as HTML, and its steps by language as the page reads them; and what it opens with, as in the page's
    address ("hour=13&tab=why"); and the ``language`` it is in."""

    days: Sequence[Day]
    asked: Sequence[questions.Question] = ()
    lesson: str = ""
    view: str = ""
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    language: Language = ENGLISH


def written(content: OneFile) -> str:
    """The file. Raises ValueError for a day whose key is none."""
    for day in content.days:
        if not _KEY.fullmatch(day.key):
            raise ValueError(f"A day's key is letters, digits, dots and hyphens: {day.key!r}")
    first, language, (theme, script) = content.days[0], content.language, _scripts()
    parts = {
        "__FILE_HEAD__": _head(first.title, (theme, script)),
        "__BODY__": f'data-view="{html.escape(content.view)}"' + page.lessons_mark(tuple(content.steps)),
        "__CASE__": html.escape(first.key),
        "__WORDS__": wording.block(language),
        "__CASES__": "".join(_option(day, language) for day in content.days),
        "__QUESTIONS__": questions.chips(content.asked, language),
        "__LESSON__": content.lesson,
        "__FILE_END__": _end(content, script),
    }
    return page.filled(page.template(with_server=False, language=language), parts)


@lru_cache(maxsize=1)
def _scripts() -> tuple[str, str]:
    """The script before the first paint, and the linked modules."""
    files = assets.read(ASSETS)
    return files.files[_THEME].decode(), linked(files, assets.IN_FILE)


@lru_cache(maxsize=1)
def _styles() -> str:
    """All style sheets, with the fonts in them."""
    text = "\n".join((ASSETS / "styles" / name).read_text(encoding="utf-8") for name in page.STYLES)
    return _FONT.sub(lambda found: f'url("data:font/otf;base64,{_base64(_font(found[1]))}")', text)


def _font(name: str) -> bytes:
    return (assets.package_folder("font_hanken_grotesk") / "files" / name).read_bytes()


def _head(title: str, scripts: Sequence[str]) -> str:
    theme = scripts[0]
    return "\n".join(
        (
            '<meta charset="UTF-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts)}">',
            f"<title>{html.escape(title)}</title>",
            '<link rel="icon" href="data:,">',
            f"<script>{theme}</script>",
            f"<style>{_styles()}</style>",
            "",
        )
    )


def policy(scripts: Sequence[str]) -> str:
    """What the file may do: run its own scripts and a worker made of them, show its own pictures and fonts."""
    hashes = " ".join(f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'" for text in scripts)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {hashes}",
            "worker-src blob:",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _end(content: OneFile, script: str) -> str:
    days = [_answers(day, content.language) for day in content.days]
    answers = {address: _base64(packed) for day in days for address, packed in day}
    answers |= {f"/lessons/{key}.json": _base64(_packed(told)) for key, told in content.steps.items()}
    return (
        f'<script type="application/json" id="answers">{json.dumps(answers)}</script>\n'
        f'<script type="module">{script}</script>\n'
    )


def _option(day: Day, language: Language) -> str:
    return f'<option value="{day.key}">{html.escape(language(day.title))}</option>'


def _answers(day: Day, language: Language) -> Iterator[tuple[str, bytes]]:
    """What the server would answer of a day: address and compressed JSON."""
    yield f"/cases/{day.key}.json", _packed(_case(day))
    for mode, payload in day.payloads.items():
        place = f"/results/{day.ids[mode]}"
        yield f"{place}.json", payload
        yield from ((f"{place}/figures/{name}", figure) for name, figure in _figures(day, mode, language))
        if mode in day.replays:
            yield f"{place}/replay.json", day.replays[mode]


def _case(day: Day) -> dict[str, Any]:
    """The day as the page opens it; its table is not there, so that its draft is a name."""
    texts = {"rows": [], "settings": {"name": day.title}, "profiles": {}, "preferences": {}, "trading": "on"}
    mode = next(iter(day.payloads))
    draft = texts | {"name": day.title, "case": day.key, "mode": mode, "solved": texts, "imported": False}
    return {"key": day.key, "results": day.ids, "draft": draft | {"scenario": day.scenario}}


def _figures(day: Day, mode: str, language: Language) -> Iterator[tuple[str, bytes]]:
    """The charts of a result, each once for every theme, by the end of their addresses."""
    from p2pdnr.figures import catalogue  # plotly, which the page does without until a chart is asked for
    from p2pdnr.figures.theme import COLOURS, StyleSheetTheme

    theme = StyleSheetTheme.read(COLOURS).saying(language)
    loaded = {name: _loaded(day.payloads[name]) for name in day.payloads if name in MODES}
    own = loaded.get(mode) or _loaded(day.payloads[mode])
    others = [payload for name, payload in loaded.items() if name != mode]
    for name in catalogue.names_of(own):
        if name != "prosumer":
            yield f"{name}.json", _packed_text(catalogue.draw(name, [own, *others], theme).to_json())
    for index in range(min(MOST_PROSUMERS, len(own["prosumers"]["id"]))):
        drawn = catalogue.draw("prosumer", [own], theme, index)
        yield f"prosumer.json?prosumer={index}", _packed_text(drawn.to_json())


def _loaded(payload: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(payload))
    return loaded


def _packed(value: Mapping[str, Any]) -> bytes:
    return _packed_text(json.dumps(value))


def _packed_text(text: str | None) -> bytes:
    return gzip.compress((text or "").encode(), compresslevel=9, mtime=0)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
