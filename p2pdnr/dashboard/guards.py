"""Before Dash's own routes: a request that Dash would stumble over is refused in a sentence, without a traceback.

Its update route takes bodies of bounded size, and works on some of them at once: judging a large draft takes a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated, Any

from dash import Dash
from dash.exceptions import DependencyException
from flask import abort, g, request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import NotFound

from p2pdnr.dashboard import shapes
from p2pdnr.server.turns import Turns

MAX_BODY = 6_000_000
"""Bytes of a request to the update route."""

_UPDATE = "_dash-update-component"
_TOKEN = Annotated[str, Field(max_length=100)]
_MAX_PARTS = 20


class _Property(BaseModel):
    """A property of a component, and its value where it is an input."""

    model_config = ConfigDict(strict=True, extra="forbid")

    id: _TOKEN
    property: _TOKEN
    value: Any = None


class _Update(BaseModel):
    """What Dash's renderer asks for when an input has changed."""

    model_config = ConfigDict(strict=True, extra="allow")

    output: _TOKEN
    outputs: _Property
    inputs: Annotated[list[_Property], Field(max_length=_MAX_PARTS)]
    changed: Annotated[list[_TOKEN], Field(max_length=_MAX_PARTS, alias="changedPropIds")] = []
    state: Annotated[list[Any], Field(max_length=0)] = []


def apply(app: Dash) -> None:
    """Put the guards on an app whose callbacks are registered; Dash alone would answer 500 with a traceback."""
    turns = Turns(at_once=2, waiting=22, patience_s=10.0)
    known = {output: _names(entry["inputs"]) for output, entry in app.callback_map.items() if "callback" in entry}

    def guard() -> None:
        if request.path.endswith(f"/{_UPDATE}") and request.method == "POST":
            request.max_content_length = MAX_BODY
            g.p2pdnr_turn = ExitStack()
            g.p2pdnr_turn.enter_context(turns.taken())
            _judge(known)

    app.server.before_request(guard)
    app.server.teardown_request(_leave)
    app.server.register_error_handler(DependencyException, lambda _: NotFound())


def _leave(_: BaseException | None) -> None:
    """Give the turn back, however the request ended."""
    turn = g.pop("p2pdnr_turn", None)
    if turn is not None:
        turn.close()


def _judge(known: Mapping[str, list[str]]) -> None:
    """Answer 400 unless the body asks for one of the callbacks with the inputs that it has."""
    body = shapes.expect(_Update, _body())
    if known.get(body["output"]) != _names(body["inputs"]) or _name(body["outputs"]) != body["output"]:
        abort(400, "This is not what the page sends: there is no such callback.")


def _body() -> Any:
    """The request's JSON, None where it is none; Dash reads it from the same cache."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _names(properties: list[dict[str, Any]]) -> list[str]:
    return [_name(one) for one in properties]


def _name(of: Mapping[str, Any]) -> str:
    return f"{of['id']}.{of['property']}"
