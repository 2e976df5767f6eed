"""Who may talk to the server, and what a browser may do with its pages.

Three guards stand before every request of the Flask app, the dashboard's own included: the Host header must be one of
ours (a foreign name that resolves to this machine is DNS rebinding), a request that changes something must come from a
page of the same origin, and it must be JSON (which no foreign form can send without asking first).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Names under which a server on this machine is reached from it."""

NOBODY = "'none'"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def apply(
    flask_app: Flask, script_hashes: Iterable[str], trusted_hosts: Iterable[str], embed_in: tuple[str, ...] = ()
) -> None:
    """Put the guards and headers on an app.

    ``script_hashes`` are the inline scripts the page may run ("sha256-...", with or without quotes, as Dash's
    ``app.csp_hashes()`` gives them); ``trusted_hosts`` the names and addresses of this server, without ports;
    ``embed_in`` origins whose pages may show it in a frame.
    """
    hosts = frozenset(host.lower() for host in trusted_hosts)
    policy = content_security_policy(script_hashes, embed_in)
    # The older header knows no list of origins: where frames are allowed the policy alone says whose.
    kept = {name: value for name, value in _HEADERS.items() if not (embed_in and name == "X-Frame-Options")}

    def guard() -> None:
        if _host(request.headers.get("Host", "")) not in hosts:
            abort(400, "This host name is not known here; start the server with the name in its list of trusted hosts.")
        if request.method not in _SAFE_METHODS:
            _same_origin()

    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in kept.items():
            response.headers.setdefault(name, value)
        return response

    flask_app.before_request(guard)
    flask_app.after_request(protect)


def content_security_policy(script_hashes: Iterable[str], embed_in: tuple[str, ...] = ()) -> str:
    """The policy of the page: own files and the named inline scripts, no eval, no other place.

    Style attributes are allowed because the charts and the table set them.
    """
    hashes = " ".join(f"'{value.strip(chr(39))}'" for value in script_hashes)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(embed_in) or NOBODY}",
        )
    )


def trusted_hosts(host: str, extra: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of a server bound to ``host``: loopback, the host itself, and this machine's own when bound to all."""
    own = _machine() if host in ("", "0.0.0.0", "::") else (_bracketed(host),)
    return tuple(dict.fromkeys((*LOOPBACK, *own, *(_bracketed(name) for name in extra))))


def _same_origin() -> None:
    """Refuse what a foreign page sends; a client that is no browser sends neither header and is no such danger."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.host):
        abort(403, "Only pages of this server may do that.")
    if request.mimetype != "application/json":
        abort(415, "Send JSON, with the content type application/json.")


def _host(header: str) -> str:
    """The Host header without its port, in lower case."""
    return re.sub(r":\d+\Z", "", header).lower()


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host


def local_address() -> str | None:
    """The address of this machine on the local network; opening a datagram socket sends nothing but tells it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # fails without a network: loopback is then all there is
        return str(probe.getsockname()[0])
    return None


def _machine() -> tuple[str, ...]:
    """Names and addresses of this machine."""
    names = {socket.gethostname(), socket.getfqdn()}
    if (address := local_address()) is not None:
        names.add(address)
    with suppress(OSError):  # a name that does not resolve has no address to add
        names.update(str(item[4][0]) for item in socket.getaddrinfo(socket.gethostname(), None))
    return tuple(sorted(_bracketed(name) for name in names))
