"""Servers with a fake runner, and how to ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from p2pdnr.server import Server, Settings, create_server
from tests.server.asking import FAKE, Browser, until
from tests.server.served import Served


def make(flask_app: Flask, **changes: Any) -> Server:
    """A server with the fake runner that begins to warm up."""
    server = create_server(flask_app, Settings(**{"runner": FAKE, **changes}))
    server.start()
    return server


@pytest.fixture
def app() -> Flask:
    """A bare Flask app."""
    return Flask("test")


@pytest.fixture
def start(app: Flask) -> Iterator[Callable[..., Server]]:
    """Makes a server of its own settings for one test."""
    servers: list[Server] = []

    def starter(**changes: Any) -> Server:
        servers.append(make(app, **changes))
        return servers[-1]

    yield starter
    for server in servers:
        server.close()


@pytest.fixture
def browse(app: Flask) -> Callable[[], Browser]:
    """Opens browser sessions on this test's app."""
    return lambda: Browser(app.test_client())


@pytest.fixture(scope="module")
def warm_app() -> Iterator[Flask]:
    """An app whose server all tests of a module share."""
    flask_app = Flask("test")
    server = make(flask_app, heartbeat_s=0.3)
    until(lambda: server.jobs.states()["idle_workers"] == 3)
    yield flask_app
    server.close()


@pytest.fixture
def server(warm_app: Flask) -> Server:
    """The shared server."""
    return warm_app.extensions["p2pdnr"]


@pytest.fixture
def browser_session(warm_app: Flask) -> Browser:
    """A browser session on the shared server."""
    return Browser(warm_app.test_client())


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder for precomputed results."""
    (tmp_path / "data" / "results").mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A served app of its own."""
    app = Served(tmp_path)
    yield app
    app.process.kill()
    app.process.communicate()
