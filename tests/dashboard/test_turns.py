"""Drafts and charts at once: some are worked on, some wait, the others are asked to come again."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from p2pdnr.dashboard import create_app, guards
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server import Settings
from tests.server.asking import until
from tests.server.crowd import Crowd

MANY = 40


@pytest.fixture
def app(tmp_path: Path, default_scenario: Scenario) -> Iterator[Flask]:
    made = create_app(Settings(store_dir=tmp_path, workers=0, spares=0), scenario=default_scenario).server
    yield made
    made.extensions["p2pdnr"].close()


def asked(text: str = "{}") -> dict[str, Any]:
    """A request to open a file."""
    sent = {"id": "import-text", "property": "data", "value": {"text": text, "name": "x.json"}}
    outputs = {"id": "import-answer", "property": "data"}
    return {"output": "import-answer.data", "outputs": outputs, "inputs": [sent], "changedPropIds": []}


def ended(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(60)


def test_drafts_and_files_take_turns(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()
    monkeypatch.setattr("p2pdnr.dashboard.imports.json_text.read", lambda *_: crowd.work() or ([], []))

    def ask() -> Any:
        return app.test_client().post("/_dash-update-component", json=asked())

    threads = crowd.send(MANY, ask)
    until(lambda: len(crowd.answers) >= MANY - 24)
    assert {answer.status_code for answer in crowd.answers} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in crowd.answers)
    crowd.gate.set()
    ended(threads)
    assert crowd.most <= 2
    assert ask().status_code == 200, "turns come back"


def test_a_request_that_is_refused_gives_its_turn_back(app: Flask) -> None:
    client = app.test_client()
    assert {client.post("/_dash-update-component", json={}).status_code for _ in range(MANY)} == {400}
    assert client.post("/_dash-update-component", json=asked()).status_code == 200


def test_bodies_are_bounded(app: Flask) -> None:
    answer = app.test_client().post("/_dash-update-component", json=asked("x" * guards.MAX_BODY))
    assert answer.status_code == 413


def test_charts_take_turns(tmp_path: Path, default_scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()

    def draw(*_: object) -> None:
        crowd.work()
        raise KeyError("no such chart")

    monkeypatch.setattr("p2pdnr.figures.catalogue.draw", draw)
    stored = tmp_path / "data" / "results" / "day-hourly"
    stored.mkdir(parents=True)
    (stored / "payload.json.gz").write_bytes(gzip.compress(b"{}"))
    settings = Settings(data_dir=tmp_path / "data", store_dir=tmp_path / "store", workers=0, spares=0)
    app = create_app(settings, scenario=default_scenario).server
    threads = crowd.send(MANY, lambda: app.test_client().get("/results/day-hourly/figures/losses.json"))
    until(lambda: len(crowd.answers) >= MANY - 24)
    assert {answer.status_code for answer in crowd.answers} == {503}
    crowd.gate.set()
    ended(threads)
    assert crowd.most == 2
    app.extensions["p2pdnr"].close()
