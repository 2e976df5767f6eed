"""One server: its settings, stored results and jobs, tied to a Flask app. All state lives in this object."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from flask import Flask

from p2pdnr.server import admission, routes
from p2pdnr.server.clients import Client
from p2pdnr.server.dispatcher import Dispatcher
from p2pdnr.server.settings import Settings
from p2pdnr.server.store import Store

EXTENSION = "p2pdnr"
"""Key of the server in ``flask_app.extensions``."""


class Beside(Protocol):
    """What runs beside the jobs for as long as the server does."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End."""


class Server:
    """What the routes and the dashboard talk to."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings)
        self.jobs = Dispatcher(settings, self.store)
        self.first: tuple[Callable[[], object], ...] = ()
        self.beside: tuple[Beside, ...] = ()
        self._closed = False

    def start(self) -> None:
        """Begin to make what the first page will ask for (``first``), and behind it to warm up workers and what
        judges an order; submitting does so too."""
        self.jobs.start()
        for item in self.beside:
            item.start()
        judge: Callable[[], object] = partial(import_module, "p2pdnr.scenario.assembly")
        for task in (*self.first, judge):
            threading.Thread(target=task, daemon=True).start()

    def submit(self, body: Mapping[str, Any], client: Client) -> str:
        """Queue what the body of POST /jobs asks for; returns the job's id.

        Raises :class:`p2pdnr.errors.InputError` with every problem, or :class:`admission.BusyError`.
        """
        self.jobs.expect(client)
        return self.jobs.submit(admission.read_order(body, self.settings), client)

    def end_jobs(self) -> None:
        """End the workers, and with them the streams of their events; results stay."""
        self.jobs.close()

    def close(self) -> None:
        """End the workers and remove temporary results."""
        if not self._closed:
            self._closed = True
            atexit.unregister(self.close)
            for item in self.beside:
                item.close()
            self.jobs.close()
            self.store.close()


def create_server(flask_app: Flask, settings: Settings | None = None) -> Server:
    """Give an app the job and result routes; workers start with the first submit or :meth:`Server.start`."""
    server = Server(settings or Settings())
    flask_app.extensions[EXTENSION] = server
    routes.register(flask_app, routes.Routes(server.settings, server.store, server.jobs))
    atexit.register(server.close)
    return server
