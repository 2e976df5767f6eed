"""Production start: waitress with enough threads for streams, on the next free port when the one asked for is busy."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable

import waitress
from flask import Flask

from p2pdnr.errors import InputError, Problem
from p2pdnr.server import connections, headers
from p2pdnr.server.server import EXTENSION, Server

THREADS = 64
"""Of waitress: at most 24 hold an event stream, the rest answer."""

AGAIN_S = 8.0
"""After which an interrupt that was lost is repeated; threads of waitress get five seconds to end."""

_PORTS_TO_TRY = 20
_HEAD_LIMIT_BYTES, _BODY_LIMIT_BYTES = 65_536, 4_000_000


def serve(flask_app: Flask, host: str = "127.0.0.1", port: int = 8050, *, ready: Callable[[str], None] = print) -> None:
    """Serve until interrupted or terminated, then end the workers.

    ``ready`` is called with one line that says the address, and the port that was busy, once connections are accepted,
    and with a second one where other machines can reach it.
    Raises InputError when the host is not this machine's or no port is free.
    """
    listener = listen(host, port)
    address = url(host, listener.getsockname()[1])
    http = waitress.create_server(
        flask_app,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        connection_limit=connections.LIMIT,
        max_request_header_size=_HEAD_LIMIT_BYTES,
        max_request_body_size=_BODY_LIMIT_BYTES,
        channel_timeout=120,
        cleanup_interval=connections.SWEEP_S,
        asyncore_use_poll=True,
    )
    connections.watch(http)
    _exit_on_terminate()
    server = flask_app.extensions.get(EXTENSION)
    try:
        if isinstance(server, Server):
            connections.end_first(http, server.end_jobs)
            server.start()
        busy = f" (port {port} is busy)" if port not in (0, listener.getsockname()[1]) else ""
        ready(f"p2pdnr is at {address}{busy}")
        if shared := shared_url(host, listener.getsockname()[1]):
            ready(f"On the local network it is at {shared}. There is no login: whoever reaches it can use it.")
        http.run()
    finally:
        _ask_no_more()
        http.close()
        if isinstance(server, Server):
            server.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at ``port`` or the next free port after it; port 0 takes any."""
    for candidate in range(port, min(port + _PORTS_TO_TRY, 65536)):
        try:
            return _bound(host, candidate)
        except OSError as exception:
            if exception.errno != errno.EADDRINUSE:
                raise _unusable(host, f"cannot be used at port {candidate}: {exception.strerror}") from None
    raise _unusable(host, f"has no free port from {port} to {port + _PORTS_TO_TRY - 1}")


def url(host: str, port: int) -> str:
    """The address a browser on this machine opens."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def shared_url(host: str, port: int) -> str | None:
    """The address under which other machines reach a server bound to ``host``; None where they cannot."""
    if host not in ("0.0.0.0", "", "::"):
        return None if host in ("localhost", "::1") or host.startswith("127.") else url(host, port)
    address = headers.local_address()
    return f"http://{address}:{port}/" if address else None


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except BaseException:
        listener.close()
        raise
    return listener


def _unusable(host: str, message: str) -> InputError:
    return InputError([Problem("server", "host and port", (host,), message, "Choose another with --host and --port.")])


def _exit_on_terminate() -> None:
    """Let a polite termination run the clean-up that an interrupt runs; only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        return
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _interrupt)


def _interrupt(*_: object) -> None:
    """What an interrupt does, also where a shell starts programmes in the background with interrupts ignored.

    It comes wherever the main thread happens to be, which may be where every exception is caught; so it comes again.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    raise KeyboardInterrupt


def _ask_no_more() -> None:
    """Nobody needs to be interrupted any longer."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0.0)
