"""The HTML around Dash's own part: bar, diagram, time control and charts stand in the first answer of the server.

So the diagram is drawn before React, the table or the chart library have loaded. See page.html.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from p2pdnr.dashboard.cases import Case

STYLES = ("colours.css", "layout.css", "diagram.css", "drawer.css", "whatif.css", "explore.css")
"""Style sheets in assets/, in their order."""

SCRIPTS = (
    "state.js",
    "scales.js",
    "routes.js",
    "terms.js",
    "legend.js",
    "diagram.js",
    "sequence.js",
    "arcs.js",
    "zoom.js",
    "panel.js",
    "details.js",
    "earth.js",
    "powerflow.js",
    "topologies.js",
    "trial.js",
    "ranking.js",
    "bench.js",
    "timeline.js",
    "story.js",
    "headline.js",
    "reports.js",
    "charts.js",
    "landscape.js",
    "live.js",
    "transport.js",
    "bar.js",
    "marks.js",
    "drawer.js",
    "pairs.js",
    "table.js",
    "settings.js",
    "preferences.js",
    "series.js",
    "profiles.js",
    "hours.js",
    "keep.js",
    "runs.js",
    "compare.js",
    "files.js",
    "figure.js",
    "share.js",
    "address.js",
    "picture.js",
    "questions.js",
    "guess.js",
    "replay.js",
    "present.js",
    "pointing.js",
    "main.js",
)
"""Scripts in assets/, in the order in which they must run; theme.js runs before them, in the head."""

WORKERS = ("ranking-worker.js",)
"""Scripts in assets/ that run beside the page."""

_TEMPLATE = Path(__file__).with_name("page.html")


def index_string(cases: Mapping[str, Case], first: Case, chips: str, url: Callable[[str], str]) -> str:
    """The template of the page for Dash, filled in; ``chips`` are the questions.

    ``url`` gives the address of a file in assets/.
    """
    parts = {
        "__THEME__": url("theme.js"),
        "__FIRST__": "".join(_first(result) for result in list(first.results.values())[:1]),
        "__STYLES__": "\n".join(f'<link rel="stylesheet" href="{url(name)}">' for name in STYLES),
        "__SCRIPTS__": "\n".join(f'<script src="{url(name)}"></script>' for name in SCRIPTS),
        "__CASES__": "".join(_option(case, case is first) for case in cases.values()),
        "__QUESTIONS__": chips,
        "__RANKING__": html.escape(url(WORKERS[0])),
        "__CASE__": html.escape(first.key),
        "__RESULTS__": html.escape(json.dumps(first.results)),
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    for mark, value in parts.items():
        text = text.replace(mark, value)
    return text


def _first(result: str) -> str:
    """The result on show as a script: what draws it need not wait for an answer behind Dash's scripts."""
    return f'<script src="/first/{html.escape(result)}.js"></script>'


def _option(case: Case, selected: bool) -> str:
    mark = " selected" if selected else ""
    return f'<option value="{html.escape(case.key)}"{mark}>{html.escape(case.title)}</option>'
