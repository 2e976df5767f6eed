"""The page's own export: the day on show as one file (:mod:`p2pdnr.dashboard.one_file`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

from p2pdnr.dashboard import days, one_file, wording
from p2pdnr.errors import InputError
from p2pdnr.server.protocol import describe
from p2pdnr.server.store import Stored
from p2pdnr.server.turns import Turns

MOST_BESIDE = 4
"""Results beside the first: as many as there are modes, and the day without trading."""


def register(app: Flask, get: Callable[[str], Stored | None], data: Path | None) -> None:
    """Add ``GET /results/<id>/page.html?with=<id>...`` to an app; ``data`` holds its cases and their stored results."""
    turns = Turns(at_once=1, waiting=4, patience_s=20.0)
    app.add_url_rule("/results/<result_id>/page.html", "one_file", partial(_page, get, data, turns))


def _page(
    get: Callable[[str], Stored | None], data: Path | None, turns: Turns, result_id: str
) -> Response | tuple[Response, int]:
    ids = (result_id, *request.args.getlist("with")[:MOST_BESIDE])
    with turns.taken():
        try:
            results = list(_read(get, ids))
            text = one_file.written(replace(days.together(results, data), language=wording.of_request()))
        except FileNotFoundError:  # it expired a moment ago
            abort(404)
        except InputError as error:
            return jsonify({"error": describe(error)}), 422
    # an attachment, so that nothing in it ever runs as a page of this server
    return Response(text, mimetype="text/html", headers={"Content-Disposition": "attachment; filename=day.html"})


def _read(get: Callable[[str], Stored | None], ids: tuple[str, ...]) -> Iterator[days.Result]:
    for result_id in dict.fromkeys(ids):
        stored = get(result_id)
        if stored is None:
            abort(404)
        yield days.from_files(result_id, stored.payload, stored.folder)
