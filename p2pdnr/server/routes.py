"""The HTTP routes of jobs and results.

GET    /solver               {"ready", "preparing"}: whether a solver process is, or was, ready; while one compiles its
                             kernels {"done", "of", "share", "left_s"}
POST   /jobs                 queue a solve; 202 {"job", "state", ...}; 400, 413, 415, 422 bad input; 429 busy,
                             before the body is read
GET    /jobs/<id>            its state; with ?after=N also the events since; 404 "expired"
GET    /jobs/<id>/events     the same events as a stream; 503 when there are too many streams
DELETE /jobs/<id>            cancel
GET    /results/<id>.json    the payload of a result; 404 "expired"
GET    /results/<id>/replay.json    its negotiation iteration by iteration; 404 where none is kept
GET    /results/<id>/outage-<line>-<hour>.json    what a single fault takes away; 429 while another is looked at
GET    /results/<id>/outages-<hour>.json    every single fault of an hour, with ?open=1,2 of another topology; likewise
GET    /results/<id>/rolled-<every>-<seed>.json    a day that turns out otherwise, planned anew; likewise
                                   ?market=1: market and batteries too
GET    /results/<id>/tables.zip, /results/<id>/pandapower-<hour>.json    to take away; 429 while others are made
GET    /results/<id>/tables.xlsx, .../pandapower-day.json, .../report.html    the same (?lang=de)
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from p2pdnr.errors import InputError
from p2pdnr.languages import ENGLISH
from p2pdnr.server import admission, downloads
from p2pdnr.server.admission import BusyError
from p2pdnr.server.dispatcher import Dispatcher
from p2pdnr.server.jobs import Event
from p2pdnr.server.protocol import describe, encode, error
from p2pdnr.server.sessions import Sessions
from p2pdnr.server.settings import Settings
from p2pdnr.server.store import PAYLOAD, REPLAY, Store, Stored
from p2pdnr.server.turns import Turns

MOST_OPEN = 1000
"""Lines that a topology may be asked for with as open."""


def register(flask_app: Flask, routes: Routes) -> None:
    """Add the routes to an app."""
    blueprint = Blueprint("p2pdnr", __name__)
    blueprint.add_url_rule("/solver", view_func=routes.solver)
    blueprint.add_url_rule("/jobs", view_func=routes.submit, methods=["POST"])
    blueprint.add_url_rule("/jobs/<job_id>", view_func=routes.job)
    blueprint.add_url_rule("/jobs/<job_id>", view_func=routes.cancel, methods=["DELETE"])
    blueprint.add_url_rule("/jobs/<job_id>/events", view_func=routes.events)
    blueprint.add_url_rule("/results/<result_id>.json", view_func=routes.result)
    blueprint.add_url_rule("/results/<result_id>/replay.json", view_func=routes.replay)
    blueprint.add_url_rule("/results/<result_id>/tables.zip", view_func=routes.tables)
    blueprint.add_url_rule("/results/<result_id>/pandapower-<int:hour>.json", view_func=routes.pandapower)
    for form in downloads.FORMS:
        rule = f"/results/<result_id>/{form.file}"
        blueprint.add_url_rule(rule, form.file.replace(".", "_"), partial(routes.made, form=form))
    blueprint.add_url_rule("/results/<result_id>/outage-<int:line>-<int:hour>.json", view_func=routes.outage)
    blueprint.add_url_rule("/results/<result_id>/outages-<int:hour>.json", view_func=routes.outages)
    blueprint.add_url_rule("/results/<result_id>/rolled-<int:every>-<int:seed>.json", view_func=routes.rolled)
    blueprint.register_error_handler(InputError, lambda exception: _failure(422, describe(exception)))
    blueprint.register_error_handler(BusyError, partial(_busy, 429))
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(OSError, lambda exception: _failure(507, describe(exception)))
    flask_app.register_blueprint(blueprint)
    flask_app.register_error_handler(BusyError, partial(_busy, 503))
    routes.sessions.register(flask_app)


class Routes:
    """The views, with what they need."""

    def __init__(self, settings: Settings, store: Store, jobs: Dispatcher) -> None:
        self._settings = settings
        self._store = store
        self._jobs = jobs
        self._streams = threading.BoundedSemaphore(settings.stream_limit)
        self._exports = threading.Semaphore(1)
        self._outages = threading.Semaphore(1)
        self._orders = Turns(2, 14, 10.0)
        self._tables = Turns(1, 4, 10.0)
        self._data = Turns(4, 28, 5.0)
        self.sessions = Sessions()

    def solver(self) -> tuple[Response, int]:
        """GET /solver"""
        return _json(self._jobs.solver())

    def submit(self) -> tuple[Response, int]:
        """POST /jobs"""
        request.max_content_length = self._settings.body_limit_bytes
        client = self.sessions.client()
        self._jobs.expect(client)
        with self._orders.taken():
            order = admission.read_order(_json_body(), self._settings)
        job_id = self._jobs.submit(order, client)
        return _json(self._jobs.snapshot(job_id) or {"job": job_id, "state": "queued"}, 202)

    def job(self, job_id: str) -> tuple[Response, int]:
        """GET /jobs/<id>"""
        snapshot = self._jobs.snapshot(job_id)
        if snapshot is None:
            return _expired("solve")
        if "after" in request.args:
            events, _ = self._jobs.events(job_id, _number(request.args["after"]), 0.0) or ((), True)
            snapshot["events"] = [{"id": item.id, "kind": item.kind, "data": json.loads(item.data)} for item in events]
        return _json(snapshot)

    def cancel(self, job_id: str) -> tuple[Response, int]:
        """DELETE /jobs/<id>"""
        if not self._jobs.cancel(job_id):
            return _expired("solve")
        return _json(self._jobs.snapshot(job_id) or {})

    def events(self, job_id: str) -> Response | tuple[Response, int]:
        """GET /jobs/<id>/events"""
        last_id = _number(request.headers.get("Last-Event-ID", request.args.get("after", "0")))
        found = self._jobs.events(job_id, last_id, 0.0)
        if found is None:
            return _expired("solve")
        if found == ((), True):
            return Response(status=204)  # tells an EventSource that came back not to come again
        if not self._streams.acquire(blocking=False):
            return _busy(503, BusyError("Too many pages listen at once; ask for the solve's state every second.", 1))
        response = Response(self._stream(job_id, last_id), mimetype="text/event-stream")
        response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.call_on_close(self._streams.release)
        return response

    def result(self, result_id: str) -> Response | tuple[Response, int]:
        """GET /results/<id>.json"""
        return self._stored(result_id, PAYLOAD)

    def replay(self, result_id: str) -> Response | tuple[Response, int]:
        """GET /results/<id>/replay.json"""
        return self._stored(result_id, REPLAY)

    def _stored(self, result_id: str, name: str) -> Response | tuple[Response, int]:
        stored = self._store.get(result_id)
        if stored is None:
            return _expired("result")
        try:
            with self._data.taken():
                return _payload(stored, name)
        except FileNotFoundError:  # it expired a moment ago, or has no such part
            return _expired("result")

    def tables(self, result_id: str) -> Response | tuple[Response, int]:
        """GET /results/<id>/tables.zip"""
        folder = self._store.folder(result_id)
        if folder is None:
            return _expired("result")
        with self._tables.taken():
            return _attachment(downloads.csv_zip(folder), "application/zip", "tables.zip")

    def pandapower(self, result_id: str, hour: int) -> Response | tuple[Response, int]:
        """GET /results/<id>/pandapower-<hour>.json"""
        folder = self._store.folder(result_id)
        if folder is None:
            return _expired("result")
        content = downloads.pandapower_json(folder, hour, self._exports)
        return _attachment(content, "application/json", f"pandapower-{hour}.json")

    def made(self, result_id: str, form: downloads.Form) -> Response | tuple[Response, int]:
        """GET /results/<id>/<file of a form>"""
        folder = self._store.folder(result_id)
        if folder is None:
            return _expired("result")
        lang = request.args.get("lang", ENGLISH.key)
        return _attachment(downloads.made(folder, form, self._exports, lang), form.mimetype, form.file)

    def outage(self, result_id: str, line: int, hour: int) -> Response | tuple[Response, int]:
        """GET /results/<id>/outage-<line>-<hour>.json"""
        return self._worked_out(result_id, lambda folder: downloads.outage_json(folder, line, hour, self._outages))

    def outages(self, result_id: str, hour: int) -> Response | tuple[Response, int]:
        """GET /results/<id>/outages-<hour>.json"""

        def made(folder: Path) -> bytes:
            opened = tuple(_number(text) for text in request.args.get("open", "").split(",")[:MOST_OPEN] if text)
            return downloads.outages_json(folder, hour, opened, self._outages)

        return self._worked_out(result_id, made)

    def rolled(self, result_id: str, every: int, seed: int) -> Response | tuple[Response, int]:
        """GET /results/<id>/rolled-<every>-<seed>.json"""
        market = request.args.get("market") == "1"
        how = ("--every", str(every), "--seed", str(seed), *(("--market",) if market else ()))
        return self._worked_out(result_id, lambda folder: downloads.rolled_json(folder, how, self._outages))

    def _worked_out(self, result_id: str, made: Callable[[Path], bytes]) -> Response | tuple[Response, int]:
        """What is worked out from a stored result when it is asked for."""
        folder = self._store.folder(result_id)
        if folder is None:
            return _expired("result")
        response = Response(made(folder), mimetype="application/json")
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _stream(self, job_id: str, last_id: int) -> Iterator[str]:
        yield "retry: 1000\n\n"
        ended = False
        while not ended:
            found = self._jobs.events(job_id, last_id, self._settings.heartbeat_s)
            if found is None:
                return
            events, ended = found
            last_id = events[-1].id if events else last_id
            yield "".join(map(_wire, events)) or ": still here\n\n"


def _wire(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.kind}\ndata: {event.data}\n\n"


def _payload(stored: Stored, name: str) -> Response:
    """The payload or the replay, compressed as it lies on disk where the browser takes that.

    Only fixed names may change content.
    """
    response = Response(mimetype="application/json")
    packed = stored.payload.with_name(name).read_bytes()
    response.set_etag(f"{stored.etag}-{name}")
    response.headers["Cache-Control"] = "no-cache" if stored.fixed else "private, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings.quality("gzip") > 0:
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(packed)
    else:
        response.set_data(gzip.decompress(packed))
    response.make_conditional(request)
    return response


def _attachment(content: bytes, mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


def _json_body() -> Any:
    """The request's JSON; raises InputError for what is none, and for NaN and infinity, which JSON does not have."""
    try:
        return json.loads(request.get_data(), parse_constant=_refuse)
    except (ValueError, RecursionError) as exception:
        admission.refuse("", f"the body is not JSON ({exception})", "Send a JSON object")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0


def _failure(status: int, data: dict[str, Any]) -> tuple[Response, int]:
    return _json({"error": data}, status)


def _expired(what: str) -> tuple[Response, int]:
    data = error("Expired", f"This {what} is no longer kept: too old, or the server was started again. Solve again.")
    return _json({"state": "expired", "ended": True, "error": data}, 404)


def _busy(status: int, exception: BusyError) -> tuple[Response, int]:
    response, _ = _failure(status, describe(exception))
    response.headers["Retry-After"] = str(exception.retry_after_s)
    return response, status


def _http_error(exception: HTTPException) -> tuple[Response, int]:
    return _failure(exception.code or 500, error(exception.name, exception.description or exception.name))


def _json(data: dict[str, Any], status: int = 200) -> tuple[Response, int]:
    response = Response(encode(data), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response, status
