"""The app factory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from dash import Dash
from flask import Flask

from p2pdnr import languages
from p2pdnr.dashboard import (
    addresses,
    assets,
    callbacks,
    cases,
    guards,
    layout,
    lesson_steps,
    page,
    questions,
    routes,
    take_away,
    wording,
)
from p2pdnr.dashboard.cases import Case
from p2pdnr.figures.theme import COLOURS, read_themes
from p2pdnr.languages import Language
from p2pdnr.resources import ASSETS, DATA
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server import Settings, create_server, headers
from p2pdnr.server.store import Store

_COMPRESSION = {"COMPRESS_ALGORITHM": ["br", "gzip"], "COMPRESS_BR_LEVEL": 6}
"""A tenth smaller than the default at a few hundredths of a second, once per file and browser."""


_UNUSED = re.compile(r'<script src="[^"]*/(?:deps/polyfill@|dash_table/)[^"]*"></script>\s*')
"""Scripts of Dash that nothing here needs: help for browsers that are too old for the page, and another table."""


def own_settings(embed_in: tuple[str, ...] = ()) -> Settings:
    """Settings with the package's own cases; ``embed_in`` are sites whose pages may show this one in a frame."""
    return Settings(data_dir=DATA, head_start_s=3.0, embed_in=embed_in)


def create_app(
    settings: Settings | None = None,
    scenario: Scenario | None = None,
    hosts: Iterable[str] = (),
    result: Path | None = None,
    host: str = "127.0.0.1",
) -> Dash:
    """The page with its job server as a Dash app; ``app.server`` is the Flask app to serve.

    ``settings.data_dir`` holds ``scenarios/`` and ``results/`` (default: the package's own). ``scenario`` is opened
    instead of the first case, and so is a ``result`` folder with its scenario. ``hosts`` are names the page may be
    asked under besides this machine's loopback, ``host`` what the server will be bound to.
    """
    settings = settings or own_settings()
    flask_app = Flask("p2pdnr")
    flask_app.config.update(_COMPRESSION)
    server = create_server(flask_app, settings)
    known = _given(scenario, result, server.store) | _cases(settings, server.store)
    first = known.get("given") or cases.first_case(known)
    asked = _questions(settings, known, server.store.fixed_names())
    app = _dash(flask_app)
    served = assets.read(ASSETS)
    assets.register(flask_app, served, f"{app.config.routes_pathname_prefix}{app.config.assets_url_path}/")
    told = lesson_steps.register(flask_app, known, settings.data_dir) if settings.data_dir else ()
    content = page.Content(known, first, asked, told, languages.known())
    _in_languages(app, content, partial(page.index_string, content, served, _address(app, served)))
    app.layout = lambda: layout.drawer(first.draft, wording.of_request())
    every = known | {item.case.key: item.case for item in asked if item.case}
    callbacks.register(app, {key: case for key, case in every.items() if key != "given"})
    library, charts = routes.register(flask_app, every, _reader(server.store.get), read_themes(COLOURS))
    server.first = (library, partial(charts, first))
    addresses.register(flask_app, host)
    take_away.register(flask_app, server.store.get, settings.data_dir)
    headers.apply(flask_app, app.csp_hashes(), (*headers.LOOPBACK, *hosts), settings.embed_in)
    guards.apply(app)
    return app


def _dash(flask_app: Flask) -> Dash:
    server: Any = flask_app  # Dash's own hints know neither this
    quiet: Any = None  # nor that None keeps "Updating..." out of the title
    app: Any = Dash(
        "p2pdnr",
        server=server,
        assets_folder=str(ASSETS),
        include_assets_files=False,
        title="p2pdnr",
        update_title=quiet,
        compress=True,
        suppress_callback_exceptions=True,  # else the page carries the whole drawer twice, to be checked against
        enable_mcp=False,
    )
    return cast(Dash, app)


def _address(app: Dash, served: assets.Assets) -> Callable[[str], str]:
    return lambda name: str(app.get_asset_url(served.address(name)))


def _in_languages(app: Any, content: page.Content, made: Callable[[Language], str]) -> None:
    """The first answer in the language that its request asks for; Dash's own requests then name it, too."""
    templates = {key: made(language) for key, language in content.languages.items()}
    app.index_string = templates[languages.ENGLISH.key]

    def whole(**parts: str) -> str:
        language = wording.of_request(content.languages)
        changed = {"scripts": _UNUSED.sub("", parts["scripts"]), "config": wording.asking(parts["config"], language)}
        return _filled(templates[language.key], parts | changed)

    app.interpolate_index = whole
    wording.own_routes(app)


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with Dash's own parts in their places."""
    for name, part in parts.items():
        template = template.replace(f"{{%{name}%}}", part)
    return template


def _given(scenario: Scenario | None, result: Path | None, store: Store) -> dict[str, Case]:
    """What the command line names as a case of its own."""
    if result is not None:
        solved, mode = cases.read_result(result)
        return {"given": Case("given", solved, {mode: store.open(result)})}
    return {"given": Case("given", scenario, {})} if scenario else {}


def _cases(settings: Settings, store: Store) -> dict[str, Case]:
    return cases.read_cases(settings.data_dir / "scenarios", store.fixed_names()) if settings.data_dir else {}


def _questions(settings: Settings, known: dict[str, Case], stored: Iterable[str]) -> tuple[questions.Question, ...]:
    return questions.read_questions(settings.data_dir / "questions", known, stored) if settings.data_dir else ()


def _reader(get: Callable[[str], object]) -> routes.ReadPayload:
    def read(result_id: str) -> bytes | None:
        stored = get(result_id)
        path = getattr(stored, "payload", None)
        return path.read_bytes() if path is not None and path.is_file() else None

    return read
