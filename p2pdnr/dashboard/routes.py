"""Routes of the page beside Dash's own: fonts, the chart library, cases, and the figures of stored results."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

from flask import Flask, Response, abort, jsonify, request, send_from_directory

from p2pdnr import languages
from p2pdnr.dashboard import wording
from p2pdnr.dashboard.assets import package_folder
from p2pdnr.dashboard.cases import MODES, Case
from p2pdnr.figures.theme import Theme
from p2pdnr.server.turns import Turns

LONG = 31_536_000
"""Seconds for which a browser may keep what never changes."""

_BEST = "br"

ReadPayload = Callable[[str], bytes | None]
"""Compressed payload of a stored result by id, None when there is none."""


Prepare = Callable[[], object]
"""Makes something now that somebody will soon ask for."""


def register(
    app: Flask, cases: Mapping[str, Case], read: ReadPayload, themes: Mapping[str, Theme]
) -> tuple[Prepare, Callable[[Case], object]]:
    """Add the routes to an app; returns what makes the chart library, and the first chart of a case, ready to send."""
    library = _one_at_a_time(_plotly)
    figure = lru_cache(maxsize=256)(_figure_maker(read, themes))
    first, drawing = lru_cache(maxsize=8)(_repacked), Turns(at_once=2, waiting=22, patience_s=10.0)
    app.add_url_rule("/fonts/<name>", "font", _font)
    app.add_url_rule("/vendor/plotly.min.js", "plotly", lambda: _library(library))
    app.add_url_rule("/first/<result_id>.json", "first", lambda result_id: _first(read, first, drawing, result_id))
    app.add_url_rule("/cases/<key>.json", "case", lambda key: _case(cases, key))
    app.add_url_rule(
        "/results/<result_id>/figures/<name>.json",
        "figure",
        lambda result_id, name: _figure(figure, drawing, result_id, name),
    )
    return partial(library, _BEST), lambda case: _first_figures(figure, case, themes)


def _one_at_a_time(make: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """The same function with a memory: who asks while it works waits for that answer."""
    lock, known = threading.Lock(), lru_cache(maxsize=2)(make)

    def made(argument: str) -> bytes:
        with lock:
            return known(argument)

    return made


def _first_figures(make: Callable[..., bytes | None], case: Case, themes: Mapping[str, Theme]) -> None:
    """The chart that the page opens with, in every theme; its result is the first of the modes."""
    ids = tuple(case.results[mode] for mode in MODES if mode in case.results)
    for theme in themes if ids else ():
        make(ids, "losses", theme, None, languages.ENGLISH.key)


def _font(name: str) -> Response:
    response = send_from_directory(package_folder("font_hanken_grotesk") / "files", name, max_age=LONG)
    response.headers["Content-Type"] = "font/otf"
    return response


def _first(read: ReadPayload, pack: Callable[[bytes], bytes], turns: Turns, result_id: str) -> Response:
    """A result that the page asks for in its head (see page.py), a tenth smaller than elsewhere."""
    data = read(result_id)
    if data is None:
        abort(404)
    if request.accept_encodings.quality(_BEST) <= 0:
        return _compressed(data, "application/json", 0)
    with turns.taken():
        return _packed(pack(data), "application/json", 0)


def _repacked(data: bytes) -> bytes:
    """A compressed payload in the best encoding."""
    return _brotli(gzip.decompress(data), 5)


def _case(cases: Mapping[str, Case], key: str) -> Response:
    if key not in cases:
        abort(404)
    case = cases[key]
    return jsonify({"key": key, "results": case.results, "draft": case.draft})


def _figure(make: Callable[..., bytes | None], turns: Turns, result_id: str, name: str) -> Response:
    others = tuple(request.args.getlist("with"))[:4]
    theme, prosumer = request.args.get("theme", "light"), request.args.get("prosumer", type=int)
    with turns.taken():
        data = make((result_id, *others), name, theme, prosumer, wording.of_request().key)
        if data is None:
            abort(404)
        return _compressed(data, "application/json", 0)


def _figure_maker(read: ReadPayload, themes: Mapping[str, Theme]) -> Callable[..., bytes | None]:
    """Draws figures as compressed JSON; None for results, names, themes or prosumers that are not there."""

    @lru_cache(maxsize=12)
    def payload(data: bytes) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(gzip.decompress(data))
        return loaded

    def make(ids: tuple[str, ...], name: str, theme: str, index: int | None, language: str) -> bytes | None:
        from p2pdnr.figures import catalogue

        stored = [read(result_id) for result_id in ids]
        if theme not in themes or stored[0] is None:
            return None
        payloads = [payload(data) for data in stored if data is not None]
        try:
            figure = catalogue.draw(name, payloads, themes[theme].saying(languages.known()[language]), index)
        except (KeyError, IndexError):
            return None
        return gzip.compress(str(figure.to_json()).encode(), compresslevel=5)

    return make


def _library(packed: Callable[[str], bytes]) -> Response:
    """The chart library, compressed once: it is more than half of what the page weighs."""
    if request.accept_encodings.quality(_BEST) > 0:
        return _packed(packed(_BEST), "text/javascript", LONG)
    return _compressed(packed("gzip"), "text/javascript")


def _plotly(encoding: str) -> bytes:
    data = (package_folder("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(data, compresslevel=6) if encoding == "gzip" else _brotli(data, 9)


def _brotli(data: bytes, quality: int) -> bytes:
    return bytes(import_module("brotli").compress(data, quality=quality))  # comes with dash[compress]


def _packed(data: bytes, mimetype: str, max_age: int) -> Response:
    """What is kept in the best encoding, for a client that takes it."""
    response = Response(data, mimetype=mimetype, headers={"Content-Encoding": _BEST, "Vary": "Accept-Encoding"})
    response.headers["Cache-Control"] = f"private, max-age={max_age}" if max_age else "no-cache"
    return response


def _compressed(data: bytes, mimetype: str, max_age: int = LONG) -> Response:
    """What is kept compressed, unpacked for the rare client that cannot."""
    response = Response(data, mimetype=mimetype)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"private, max-age={max_age}" if max_age else "no-cache"
    if request.accept_encodings.quality("gzip") > 0:
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(data))
    return response
