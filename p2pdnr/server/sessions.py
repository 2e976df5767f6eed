"""Browser sessions: a cookie that this server has signed tells them apart for the limits of jobs; it opens nothing."""

from __future__ import annotations

import base64
import hmac
import secrets

from flask import Flask, Response, g, request

from p2pdnr.server.clients import Client

SESSION_COOKIE = "p2pdnr_session"

_LENGTH = 11
"""Characters of a session's id, and of the signature after it."""


class Sessions:
    """The sessions of one server, which alone can sign their cookies."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def register(self, flask_app: Flask) -> None:
        """Hand out cookies with pages, and with the answers to those who came without."""
        flask_app.after_request(self._greet)

    def client(self) -> Client:
        """Who sends the request under way."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        known = hmac.compare_digest(cookie.encode(), self._signed(cookie[:_LENGTH]).encode())
        if not known:
            cookie = g.setdefault("p2pdnr_new_session", self._signed(secrets.token_urlsafe(8)))
        return Client(cookie, known, request.remote_addr or "")

    def _signed(self, session: str) -> str:
        mark = base64.urlsafe_b64encode(hmac.digest(self._key, session.encode(), "sha256")).decode()
        return session + mark[:_LENGTH]

    def _greet(self, response: Response) -> Response:
        if request.method == "GET" and response.status_code == 200 and response.mimetype == "text/html":
            self.client()
        if "p2pdnr_new_session" in g:
            secure = request.is_secure
            response.set_cookie(SESSION_COOKIE, g.p2pdnr_new_session, httponly=True, samesite="Strict", secure=secure)
        return response
