"""The routes over a test client: status codes, headers, limits, replay."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from p2pdnr.server import Server
from p2pdnr.server.store import write_payload
from tests.server.asking import Browser, body, scenario, until

Starter = Callable[..., Server]
Opener = Callable[[], Browser]


def test_submit_answers_with_the_job_and_a_cookie(browser_session: Browser) -> None:
    response = browser_session.client.post("/jobs", json=body("steps 1"))
    assert response.status_code == 202 and response.json["job"] and response.json["mode"] == "hourly"
    assert response.headers["Cache-Control"] == "no-store"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    browser_session.ended(response.json["job"])
    assert "Set-Cookie" not in browser_session.client.post("/jobs", json=body("steps 1")).headers


def test_a_forged_session_is_replaced(warm_app: Flask) -> None:
    client = warm_app.test_client()
    client.set_cookie("p2pdnr_session", "x" * 2000)
    assert "p2pdnr_session=" in client.post("/jobs", json=body("steps 1")).headers["Set-Cookie"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        b"[" * 100_000,
        b'{"scenario": NaN}',
        b'{"scenario": 1e999999}',
        b"\xff\xfe",
        b'"x"',
        b"null",
        b'{"scenario": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_request_is_refused_with_a_message(text: bytes, browser_session: Browser) -> None:
    response = browser_session.client.post("/jobs", data=text, content_type="application/json")
    assert response.status_code == 422
    assert response.json["error"]["problems"][0]["remedy"]


def test_problems_name_component_field_and_ids(browser_session: Browser) -> None:
    bad = scenario("day")
    bad["prosumers"][0]["load_kw"] = "a lot"
    response = browser_session.client.post("/jobs", json={"scenario": bad})
    assert response.status_code == 422
    (problem,) = response.json["error"]["problems"]
    assert (problem["component"], problem["ids"], problem["field"]) == ("prosumer", ["P1"], "load_kw")


def test_large_bodies_are_refused(start: Starter, browse: Opener) -> None:
    start(body_limit_bytes=2000)
    response = browse().client.post("/jobs", json=body("x" * 3000))
    assert response.status_code == 413 and response.json["error"]["message"]


def test_too_many_solves_of_one_browser(start: Starter, browse: Opener) -> None:
    start(jobs_per_session=1, workers=1, spares=0)
    first, second = browse(), browse()
    job = first.solve("steps 10000 0.01")
    response = first.client.post("/jobs", json=body("steps 1"))
    assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
    assert "This browser" in response.json["error"]["message"]
    second.solve("steps 1")
    first.client.delete(f"/jobs/{job}", json={})
    first.solve("steps 1")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/jobs/unknown"),
        ("delete", "/jobs/unknown"),
        ("get", "/jobs/unknown/events"),
        ("get", "/results/unknown.json"),
        ("get", "/results/..%2f..%2fsecret.json"),
    ],
)
def test_what_is_not_known_has_expired(method: str, path: str, browser_session: Browser) -> None:
    response = getattr(browser_session.client, method)(path, **({"json": {}} if method == "delete" else {}))
    assert response.status_code == 404
    if b"html" not in response.data:
        assert response.json["state"] == "expired" and "Solve again" in response.json["error"]["message"]


@pytest.mark.parametrize("path", ["/jobs", "/results", "/results/", "/jobs/"])
def test_nothing_is_listed(path: str, browser_session: Browser) -> None:
    assert browser_session.client.get(path).status_code in (404, 405)


def test_streams_replay_after_the_last_event(browser_session: Browser) -> None:
    job = browser_session.solve("steps 5")
    events = browser_session.events(job)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    assert browser_session.events(job, after=4) == events[4:]
    over = browser_session.client.get(f"/jobs/{job}/events?after={len(events)}")
    assert over.status_code == 204 and over.data == b""
    assert browser_session.events(job, after=-3) == events


def test_streams_have_their_headers(browser_session: Browser) -> None:
    job = browser_session.solve("steps 1")
    response = browser_session.client.get(f"/jobs/{job}/events")
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store" and response.headers["X-Accel-Buffering"] == "no"
    assert response.text.startswith("retry: 1000\n\n")


def test_silent_solves_send_heartbeats(browser_session: Browser) -> None:
    job = browser_session.solve("steps 1 0.8")
    text = browser_session.client.get(f"/jobs/{job}/events").text
    assert text.count(": still here\n\n") >= 1


def test_polling_tells_what_streams_tell(browser_session: Browser) -> None:
    job = browser_session.solve("steps 3")
    browser_session.ended(job)
    polled = browser_session.client.get(f"/jobs/{job}?after=2").json["events"]
    assert [(item["id"], item["kind"], item["data"]) for item in polled] == browser_session.events(job, after=2)
    assert "events" not in browser_session.state(job)


def test_beyond_the_limit_streams_are_refused_and_places_come_free(start: Starter, browse: Opener) -> None:
    start(stream_limit=2, workers=1, spares=0, heartbeat_s=0.05)
    browser = browse()
    job = browser.solve("steps 10000 0.01")
    streams = [browser.client.get(f"/jobs/{job}/events", buffered=False) for _ in range(2)]
    response = browser.client.get(f"/jobs/{job}/events")
    assert response.status_code == 503 and response.headers["Retry-After"] == "1"
    assert browser.state(job)["state"] in ("warming", "solving")
    for stream in streams:
        stream.close()
    again = browser.client.get(f"/jobs/{job}/events", buffered=False)
    assert again.status_code == 200
    again.close()


def test_streams_follow_a_running_solve(browser_session: Browser) -> None:
    job = browser_session.solve("steps 10000 0.01")
    chunks = browser_session.client.get(f"/jobs/{job}/events", buffered=False).iter_encoded()
    seen = 0
    while seen < 3:
        seen += next(chunks).count(b"event: progress")
    assert browser_session.client.delete(f"/jobs/{job}", json={}).json["state"] == "cancelled", "it was still running"
    assert b'"state":"cancelled"' in b"".join(chunks)


def test_two_tabs_follow_one_job(browser_session: Browser, warm_app: Flask) -> None:
    job = browser_session.solve("steps 10 0.02")
    texts: list[list[object]] = []
    tabs = [
        threading.Thread(target=lambda: texts.append(Browser(warm_app.test_client()).events(job))) for _ in range(2)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(60)
    assert len(texts) == 2 and texts[0] == texts[1]


def test_results_are_immutable_and_compressed(browser_session: Browser) -> None:
    result = browser_session.ended(browser_session.solve("steps 1"))["results"]["hourly"]
    packed = browser_session.client.get(f"/results/{result}.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in packed.headers["Cache-Control"] and "private" in packed.headers["Cache-Control"]
    plain = browser_session.client.get(f"/results/{result}.json", headers={"Accept-Encoding": "identity"})
    assert json.loads(gzip.decompress(packed.data)) == plain.json and plain.json["nothing"] is None
    again = browser_session.client.get(f"/results/{result}.json", headers={"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""


def test_precomputed_results_are_revalidated(
    start: Starter, browse: Opener, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pdnr.server.store._make_payload", lambda folder, place: write_payload({"day": 1}, place))
    (data_dir / "results" / "day-hourly").mkdir()
    (data_dir / "results" / "day-hourly" / "summary.json").write_text("{}")
    start(data_dir=data_dir)
    response = browse().client.get("/results/day-hourly.json")
    assert response.json == {"day": 1} and response.headers["Cache-Control"] == "no-cache"


def test_a_result_that_vanished_from_disk_has_expired(server: Server, browser_session: Browser) -> None:
    result = browser_session.ended(browser_session.solve("steps 1"))["results"]["hourly"]
    stored = server.store.get(result)
    assert stored is not None
    stored.payload.unlink()
    assert browser_session.client.get(f"/results/{result}.json").status_code == 404


def test_sessions_do_not_mix(warm_app: Flask, server: Server) -> None:
    """Ten browsers solve at once, each gets its own answer."""
    wrong: list[str] = []

    def work(number: int) -> None:
        browser = Browser(warm_app.test_client())
        state = browser.ended(browser.solve("steps 2 0.01", mode=("hourly", "fixed", "static")[number % 3]))
        ((mode, result),) = state["results"].items()
        payload = browser.client.get(f"/results/{result}.json").json
        if payload["mode"] != mode or mode != ("hourly", "fixed", "static")[number % 3]:
            wrong.append(f"{number}: {state} {payload}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not wrong and not any(thread.is_alive() for thread in threads)
    until(lambda: server.jobs.states()["busy_workers"] == 0)
