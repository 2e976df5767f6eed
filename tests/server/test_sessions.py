"""Two tabs of one browser, and two browsers: who sees what, and what one may take from the other."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from p2pdnr.server import Server
from tests.server.asking import Browser, body

Starter = Callable[..., Server]


def test_two_tabs_of_one_browser_solve_side_by_side(browser_session: Browser) -> None:
    one, other = (browser_session.solve(f"steps {count}", references=False) for count in (1, 2))
    assert one != other
    results = [browser_session.ended(job)["results"]["hourly"] for job in (one, other)]
    names = [browser_session.client.get(f"/results/{item}.json").json["name"] for item in results]
    assert names == ["steps", "steps"] and results[0] != results[1]
    assert [len([1 for _, kind, _ in browser_session.events(job) if kind == "progress"]) for job in (one, other)] == [
        1,
        2,
    ]


def test_cancelling_in_one_tab_leaves_the_other(browser_session: Browser) -> None:
    kept, dropped = browser_session.solve("steps 20 0.01"), browser_session.solve("steps 1000 0.01")
    assert browser_session.client.delete(f"/jobs/{dropped}", json={}).json["state"] == "cancelled"
    assert browser_session.ended(kept)["state"] == "done"


def test_a_browser_that_asks_for_too_much_is_told_and_others_are_served(
    start: Starter, browse: Callable[[], Browser]
) -> None:
    start(workers=1, spares=0, jobs_per_session=2)
    greedy, modest = browse(), browse()
    jobs = [greedy.solve("steps 1000 0.01") for _ in range(2)]
    refused = greedy.client.post("/jobs", json=body("steps 1"))
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    assert "Cancel one" in refused.json["error"]["message"]
    waiting = modest.solve("steps 1")
    for job in jobs:
        greedy.client.delete(f"/jobs/{job}", json={})
    assert modest.ended(waiting)["state"] == "done"


def test_the_cookie_is_for_this_server_alone_and_opens_nothing(warm_app: Flask, browser_session: Browser) -> None:
    answer = browser_session.client.post("/jobs", json=body("steps 1"))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and len(cookie.split("=")[1].split(";")[0]) == 22
    stranger = Browser(warm_app.test_client())
    stranger.client.set_cookie("p2pdnr_session", "../../etc/passwd")
    assert "p2pdnr_session" in stranger.client.post("/jobs", json=body("steps 1")).headers["Set-Cookie"]


def test_nothing_lists_jobs_or_results(warm_app: Flask, browser_session: Browser) -> None:
    browser_session.ended(browser_session.solve("steps 1"))
    rules = [rule.rule for rule in warm_app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert {rule for rule in rules if rule.startswith(("/jobs", "/results"))} == {
        "/jobs/<job_id>", "/jobs/<job_id>/events", "/results/<result_id>.json", "/results/<result_id>/replay.json",
        "/results/<result_id>/tables.zip", "/results/<result_id>/pandapower-<int:hour>.json",
        "/results/<result_id>/tables.xlsx", "/results/<result_id>/pandapower-day.json",
        "/results/<result_id>/report.html", "/results/<result_id>/outage-<int:line>-<int:hour>.json",
        "/results/<result_id>/outages-<int:hour>.json", "/results/<result_id>/rolled-<int:every>-<int:seed>.json",
    }  # fmt: skip
    for path in ("/jobs", "/jobs/", "/results", "/results/", "/results/.json", "/results/*.json"):
        assert browser_session.client.get(path).status_code in (404, 405)


def test_ids_name_nothing_outside_the_store(browser_session: Browser) -> None:
    for name in ("..", "../..", "%2e%2e%2fetc%2fpasswd", "..%5c..", "C:%5Cwindows", "~root", "a" * 5000, "%00"):
        for path in (f"/results/{name}.json", f"/results/{name}/tables.zip", f"/jobs/{name}"):
            assert browser_session.client.get(path).status_code in (308, 404), path
