"""Where other machines reach this page, and that address as a QR code to be projected."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, request

from p2pdnr.server import headers
from p2pdnr.server.serve import shared_url

NOTE = "There is no login: whoever reaches this address can use the page, and no one sees another's edits."
"""Stands beside the address."""


def register(app: Flask, host: str) -> None:
    """Add the routes; ``host`` is what the server is bound to."""
    app.add_url_rule("/address.json", "address", lambda: _address(host))
    app.add_url_rule("/address.svg", "address_code", lambda: _code(host))


def reached(host: str) -> str | None:
    """The address for others of the server that answers this request; None when it serves this machine alone.

    A page that was asked for under a name other than loopback is shared under that name: it has just worked.
    """
    asked = urlsplit(request.host_url).hostname or ""
    if asked not in (name.strip("[]") for name in headers.LOOPBACK):
        return request.host_url
    return shared_url(host, int(request.environ.get("SERVER_PORT", 80)))


def _address(host: str) -> Response:
    return jsonify({"url": reached(host), "note": NOTE})


def _code(host: str) -> Response:
    address = reached(host)
    if address is None:
        abort(404)
    return Response(code_svg(address), mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


def code_svg(address: str) -> bytes:
    """An address as a QR code."""
    import segno  # not before somebody asks for it

    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=6, border=2, dark="#1d2129", light="#ffffff")
    return picture.getvalue()
