"""The address that a class is given, and its QR code."""

from __future__ import annotations

import pytest
from flask import Flask

from p2pdnr.dashboard import addresses
from p2pdnr.server import headers
from p2pdnr.server.serve import shared_url


def answer(host: str, asked: str = "localhost:8050") -> str | None:
    """What a server bound to ``host`` says to a page that asked for it under a name."""
    app = Flask("addresses")
    addresses.register(app, host)
    found: str | None = app.test_client().get("/address.json", headers={"Host": asked}).get_json()["url"]
    return found


def test_a_server_of_this_machine_alone_has_nothing_to_share() -> None:
    assert answer("127.0.0.1") is None
    app = Flask("addresses")
    addresses.register(app, "127.0.0.1")
    assert app.test_client().get("/address.svg").status_code == 404


def test_a_server_of_the_network_names_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "local_address", lambda: "192.0.2.7")
    assert answer("0.0.0.0") == "http://192.0.2.7:80/"
    app = Flask("addresses")
    addresses.register(app, "0.0.0.0")
    code = app.test_client().get("/address.svg")
    assert code.mimetype == "image/svg+xml"
    assert b"<svg" in code.data


def test_a_name_that_worked_is_the_one_to_share() -> None:
    assert answer("127.0.0.1", "grid.example:8443") == "http://grid.example:8443/"


def test_addresses_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "local_address", lambda: None)
    assert shared_url("0.0.0.0", 8050) is None
    assert shared_url("localhost", 8050) is None
    assert shared_url("192.0.2.9", 8050) == "http://192.0.2.9:8050/"
