"""Who asks for solves: cookies, addresses, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from p2pdnr.server import Server, Settings
from p2pdnr.server.admission import Order
from p2pdnr.server.clients import Client, refusal
from tests.server.asking import Browser, body

Starter = Callable[..., Server]


def test_one_without_cookies_does_not_fill_the_queue_for_everybody(
    app: Flask, start: Starter, browse: Callable[[], Browser]
) -> None:
    app.add_url_rule("/", view_func=lambda: "<html></html>")
    server = start(workers=0, spares=0)
    taken = [app.test_client(use_cookies=False).post("/jobs", json=body("steps 9999 0.01")) for _ in range(30)]
    assert [answer.status_code for answer in taken].count(202) == Settings().jobs_without_cookie
    assert "without a cookie" in taken[-1].json["error"]["message"] and taken[-1].headers["Retry-After"]
    browser = browse()
    assert "p2pdnr_session=" in browser.client.get("/").headers["Set-Cookie"]
    job = browser.solve("steps 1")
    assert server.jobs.snapshot(job)["position"] == 2, "behind their first, before all their others"


def test_a_made_up_cookie_is_none(app: Flask, start: Starter) -> None:
    start(workers=1, spares=0, jobs_without_cookie=2)
    statuses = []
    for number in range(4):
        client = app.test_client()
        client.set_cookie("p2pdnr_session", f"{number:022d}")
        statuses.append(client.post("/jobs", json=body("steps 9999 0.01")).status_code)
    assert statuses == [202, 202, 429, 429]


def test_a_cookie_comes_once(app: Flask, start: Starter, browse: Callable[[], Browser]) -> None:
    app.add_url_rule("/", view_func=lambda: "<html></html>")
    start(workers=1, spares=0)
    browser = browse()
    assert "Set-Cookie" in browser.client.get("/").headers
    assert "Set-Cookie" not in browser.client.get("/").headers
    assert "Set-Cookie" not in browser.client.post("/jobs", json=body("steps 1")).headers


def test_everybodys_first_comes_before_anybodys_second(start: Starter) -> None:
    server = start(workers=0, spares=0)
    asked = {}
    for name in "aaabbc":
        job = server.jobs.submit(Order("{}"), Client(name))
        asked[job] = name + str(sum(other[0] == name for other in asked.values()) + 1)
    places = {server.jobs.snapshot(job)["position"]: name for job, name in asked.items()}
    assert [places[place] for place in sorted(places)] == ["a1", "b1", "c1", "a2", "b2", "a3"]


@pytest.mark.parametrize(("address", "told"), [("127.0.0.1", ""), ("::1", ""), ("", ""), ("10.0.0.7", "Your address")])
def test_other_machines_share_a_limit(address: str, told: str) -> None:
    live = [Client(str(number), True, address) for number in range(Settings().jobs_per_address)]
    assert refusal(Client("new", True, address), live, Settings()).startswith(told)
    assert refusal(Client("new", True, "10.0.0.8"), live, Settings()) == ""
