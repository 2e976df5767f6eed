"""Heavy requests: how many work at once, how many wait, and what the others are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from p2pdnr.server import BusyError, Server
from p2pdnr.server.turns import Turns
from tests.server.asking import Browser, body, until
from tests.server.crowd import Crowd

Starter = Callable[..., Server]


def test_some_work_some_wait_and_the_others_are_sent_away() -> None:
    turns, crowd = Turns(2, 3, 60.0), Crowd()

    def ask() -> str:
        with turns.taken():
            crowd.work()
        return "done"

    threads = crowd.send(9, ask)
    until(lambda: len(crowd.answers) == 4)
    assert all(isinstance(answer, BusyError) for answer in crowd.answers)
    crowd.gate.set()
    for thread in threads:
        thread.join(60)
    assert crowd.most == 2 and crowd.answers.count("done") == 5
    assert ask() == "done", "places come free"


def test_patience_ends() -> None:
    turns = Turns(1, 1, 0.01)
    with turns.taken(), pytest.raises(BusyError, match="too busy"), turns.taken():
        pass
    with turns.taken():
        pass


@pytest.mark.parametrize(
    ("place", "path", "patch", "status", "least"),
    [
        ("tables", "tables.zip", "p2pdnr.server.downloads.csv_zip", 429, 35),
        ("data", ".json", "p2pdnr.server.routes._payload", 429, 8),
    ],
)
def test_forty_at_once_are_bounded(
    start: Starter, browse: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch, place: str, path: str, patch: str,
    status: int, least: int,
) -> None:  # fmt: skip
    server, crowd = start(workers=1, spares=0), Crowd()
    browser = browse()
    result = browser.ended(browser.solve("steps 1"))["results"]["hourly"]
    monkeypatch.setattr(patch, lambda *_: crowd.work() or b"PK")
    monkeypatch.setattr(server.store, "folder", lambda _: Path())
    address = f"/results/{result}{'' if path.startswith('.') else '/'}{path}"
    threads = crowd.send(40, lambda: browse().client.get(address))
    until(lambda: len(crowd.answers) >= least)
    assert {answer.status_code for answer in crowd.answers} == {status}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in crowd.answers)
    crowd.gate.set()
    for thread in threads:
        thread.join(60)
    assert crowd.most <= 4, place


def test_an_order_that_would_not_be_taken_is_not_read(
    start: Starter, browse: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(workers=1, spares=0, queue_limit=0)
    monkeypatch.setattr("p2pdnr.server.admission.read_order", lambda *_: pytest.fail("was read"))
    answer = browse().client.post("/jobs", json=body("steps 1"))
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
