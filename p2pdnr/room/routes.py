"""The HTTP routes of rooms (docs/room.md); the guards of :mod:`p2pdnr.server.headers` stand before them.

GET    /rooms/sets                         lecturer: sets of rounds to choose from
POST   /rooms                              lecturer: open a room; 201
GET    /rooms                              lecturer: the open rooms
GET    /rooms/<code>/join.svg              the join address as a QR code
POST   /rooms/<code>/players               join with a nickname; 201 with a token
GET    /rooms/<code>/state?after=V         lecturer or player: the state; 204 where V is the newest
GET    /rooms/<code>/rounds/<n>/grid.json  lecturer or player: the grid of a round that has started
POST   /rooms/<code>/moves                 player: a move, idempotent by its id
POST   /rooms/<code>/command               lecturer: start, pause, resume, extend, close, reveal, replay, next, end,
                                           remove, delete
GET    /rooms/<code>/results.csv           lecturer: scores

Whoever asks shows the lecturer's key or a player's token as ``Authorization: Bearer``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from p2pdnr.errors import InputError, Problem
from p2pdnr.room import refusals
from p2pdnr.room.hall import Hall
from p2pdnr.room.records import Move, Room
from p2pdnr.room.refusals import Refusal
from p2pdnr.room.results_csv import results_csv
from p2pdnr.room.sheets import grid_of
from p2pdnr.room.views import Views
from p2pdnr.server.protocol import describe, encode, error

STATUS = {"NotAllowed": 403, "Removed": 403, "NoRoom": 404, "NotNow": 409, "TooFast": 429, "Full": 429, "Busy": 503}
"""HTTP status by kind of :class:`Refusal`."""

Answer = Response | tuple[Response, int]


def register(flask_app: Flask, hall: Hall, origin: Callable[[], str], code_svg: Callable[[str], bytes]) -> None:
    """Add the routes to an app. ``origin`` gives the address under which phones reach the server that answers, with a
    slash at its end; ``code_svg`` draws an address as a QR code."""
    routes = RoomRoutes(hall, origin, code_svg)
    blueprint = Blueprint("p2pdnr_room", __name__)
    blueprint.add_url_rule("/rooms/sets", view_func=routes.sets)
    blueprint.add_url_rule("/rooms", view_func=routes.open, methods=["POST"])
    blueprint.add_url_rule("/rooms", view_func=routes.rooms, endpoint="rooms")
    blueprint.add_url_rule("/rooms/<code>/join.svg", view_func=routes.join_code)
    blueprint.add_url_rule("/rooms/<code>/players", view_func=routes.join, methods=["POST"])
    blueprint.add_url_rule("/rooms/<code>/state", view_func=routes.state)
    blueprint.add_url_rule("/rooms/<code>/rounds/<int:number>/grid.json", view_func=routes.grid)
    blueprint.add_url_rule("/rooms/<code>/moves", view_func=routes.move, methods=["POST"])
    blueprint.add_url_rule("/rooms/<code>/command", view_func=routes.command, methods=["POST"])
    blueprint.add_url_rule("/rooms/<code>/results.csv", view_func=routes.results)
    blueprint.register_error_handler(InputError, lambda exception: _failure(422, describe(exception)))
    blueprint.register_error_handler(Refusal, routes.refused)
    blueprint.register_error_handler(HTTPException, _http_error)
    flask_app.register_blueprint(blueprint)


class RoomRoutes:
    """The views, with what they need."""

    def __init__(self, hall: Hall, origin: Callable[[], str], code_svg: Callable[[str], bytes]) -> None:
        self._hall, self._origin, self._code_svg = hall, origin, code_svg
        self._views = Views(hall)
        self._pack = lru_cache(maxsize=16)(_packed)

    def sets(self) -> Answer:
        """GET /rooms/sets"""
        self._lecturer()
        return _json({"sets": [item.told() for item in self._hall.sets.values()]})

    def open(self) -> Answer:
        """POST /rooms"""
        self._lecturer()
        room = self._hall.open(self._body().get("set"))
        return _json({"code": room.code, "url": self._url(room), "state": self._state_of_lecturer(room.code)}, 201)

    def rooms(self) -> Answer:
        """GET /rooms"""
        self._lecturer()
        told = [
            {
                "code": room.code,
                "set": room.set_key,
                "phase": room.phase,
                "players": room.players,
                "created": room.created_ms,
            }
            for room in self._hall.store.rooms()
        ]
        return _json({"rooms": told})

    def join_code(self, code: str) -> Answer:
        """GET /rooms/<code>/join.svg"""
        picture = self._code_svg(self._url(self._hall.room(code)))
        return Response(picture, mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})

    def join(self, code: str) -> Answer:
        """POST /rooms/<code>/players"""
        player, token = self._hall.join(code, self._body().get("name"))
        state = self._views.player(self._hall.room(code), player)
        return _json({"token": token, "player": player.number, "name": player.name, "state": state}, 201)

    def state(self, code: str) -> Answer:
        """GET /rooms/<code>/state"""
        secret, after = _secret(), request.args.get("after")
        if self._hall.is_lecturer(secret):
            room = self._hall.room(code)
            self._hall.touch(room)
            if after == self._views.lecturer_version(room):
                return self._nothing_new()
            return _json(self._state_of_lecturer(code))
        player, room = self._hall.player(code, secret), self._hall.room(code)
        self._hall.touch(room)
        if after == self._views.player_version(room, player):
            return self._nothing_new()
        return _json(self._views.player(room, player))

    def grid(self, code: str, number: int) -> Answer:
        """GET /rooms/<code>/rounds/<n>/grid.json"""
        self._member(code)
        text = grid_of(self._hall.store, self._hall.room(code), number)
        if text is None:
            raise refusals.no_room()
        response = Response(text, mimetype="application/json")
        if request.accept_encodings.quality("gzip") > 0:
            response.set_data(self._pack(text))
            response.headers["Content-Encoding"] = "gzip"
        response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
        response.headers.update({"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"})
        response.make_conditional(request)
        return response

    def move(self, code: str) -> Answer:
        """POST /rooms/<code>/moves"""
        player = self._hall.player(code, _secret())
        move, again = self._hall.move(player, self._body())
        now = self._hall.player(code, _secret())
        return _json(_told(move) | {"accepted": True, "again": again, "best": now.best})

    def command(self, code: str) -> Answer:
        """POST /rooms/<code>/command"""
        self._lecturer()
        body = self._body()
        self._hall.command(code, body.get("do"), body)
        gone = body.get("do") == "delete"
        return _json({"state": None if gone else self._state_of_lecturer(code)})

    def results(self, code: str) -> Answer:
        """GET /rooms/<code>/results.csv"""
        self._lecturer()
        response = Response(results_csv(self._hall, self._hall.room(code)), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="room-{code}.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def refused(self, refusal: Refusal) -> Answer:
        """What a room does not do; where it does not fit the phase, with the state as it is."""
        told: dict[str, Any] = {"error": error(refusal.kind, str(refusal))}
        if refusal.kind == "NotNow" and "code" in (request.view_args or {}):
            told["state"] = self._own_state((request.view_args or {})["code"])
        response, _ = _json(told)
        if refusal.retry_after_s is not None:
            response.headers["Retry-After"] = str(refusal.retry_after_s)
        return response, STATUS[refusal.kind]

    def _own_state(self, code: str) -> dict[str, Any] | None:
        secret = _secret()
        try:
            if self._hall.is_lecturer(secret):
                return self._state_of_lecturer(code)
            return self._views.player(self._hall.room(code), self._hall.player(code, secret))
        except Refusal:
            return None

    def _state_of_lecturer(self, code: str) -> dict[str, Any]:
        room = self._hall.room(code)
        return self._views.lecturer(room) | {"url": self._url(room)}

    def _url(self, room: Room) -> str:
        return f"{self._origin()}room/{room.code}"

    def _lecturer(self) -> None:
        if not self._hall.is_lecturer(_secret()):
            raise refusals.not_allowed()

    def _member(self, code: str) -> None:
        if not self._hall.is_lecturer(_secret()):
            self._hall.player(code, _secret())

    def _nothing_new(self) -> Response:
        headers = {"X-Room-Now": str(self._hall.now_ms), "Cache-Control": "no-store"}
        return Response(status=204, headers=headers)

    def _body(self) -> dict[str, Any]:
        """The request's JSON object; raises InputError for anything else."""
        request.max_content_length = self._hall.settings.body_limit_bytes
        try:
            body = json.loads(request.get_data(), parse_constant=_refuse)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise InputError([Problem("request", "", (), "the body is no JSON object", "Send a JSON object")])
        return body


def _packed(text: str) -> bytes:
    """A grid as everybody of a class fetches it, compressed once."""
    return gzip.compress(text.encode(), compresslevel=6)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _secret() -> str:
    """What the request shows."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind == "Bearer" else ""


def _told(move: Move) -> dict[str, Any]:
    return {"id": move.id, "at": move.at_ms, "move": move.sent, "outcome": move.outcome}


def _failure(status: int, data: dict[str, Any]) -> tuple[Response, int]:
    return _json({"error": data}, status)


def _http_error(exception: HTTPException) -> tuple[Response, int]:
    return _failure(exception.code or 500, error(exception.name, exception.description or exception.name))


def _json(data: dict[str, Any], status: int = 200) -> tuple[Response, int]:
    response = Response(encode(data), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response, status
