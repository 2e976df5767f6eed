"""The day on show as one file, asked of the server."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from p2pdnr.dashboard import take_away
from p2pdnr.server.store import Stored
from tests.dashboard import synthetic


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A server that has three results, one of them of another scenario."""
    stored = {}
    for name, mode, sha in (("one", "hourly", "a"), ("two", "fixed", "a"), ("three", "static", "b")):
        day: dict[str, Any] = synthetic.payload(mode, hours=3)
        day["summary"]["scenario_sha256"] = sha
        place = tmp_path / name
        place.mkdir()
        (place / "payload.json.gz").write_bytes(gzip.compress(json.dumps(day).encode()))
        (place / "scenario.json").write_text('{"name": "solved"}')
        stored[name] = Stored(name, place, place / "payload.json.gz", "", 0, False)
    app = Flask("test")
    take_away.register(app, stored.get, None)
    yield app.test_client()


def test_the_day_comes_as_a_file_to_keep(client: FlaskClient) -> None:
    answer = client.get("/results/one/page.html?with=two&with=one")
    assert answer.status_code == 200 and answer.mimetype == "text/html"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = answer.get_data(as_text=True)
    assert "/results/day-hourly.json" in text and "/results/day-fixed.json" in text


@pytest.mark.parametrize("address", ["/results/none/page.html", "/results/one/page.html?with=none"])
def test_a_result_that_has_expired(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_results_that_do_not_go_together(client: FlaskClient) -> None:
    answer = client.get("/results/one/page.html?with=three")
    assert answer.status_code == 422 and "another scenario" in answer.json["error"]["message"]
