"""Jobs on real worker processes that run the fake runner."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from p2pdnr.server import BusyError, Server, worker
from p2pdnr.server.admission import Order, read_order
from p2pdnr.server.clients import Client
from p2pdnr.server.settings import Settings
from tests.server.asking import Browser, body, until

SETTINGS = Settings()
Starter = Callable[..., Server]
Opener = Callable[[], Browser]


def order(name: str, **fields: object) -> Order:
    return read_order(body(name, **fields), SETTINGS)


def idle(server: Server, count: int) -> None:
    until(lambda: server.jobs.states()["idle_workers"] >= count)


def files(server: Server) -> list[str]:
    return sorted(path.name for path in server.store.root.iterdir())


def test_a_job_streams_its_progress_and_stores_its_result(server: Server, browser_session: Browser) -> None:
    job = browser_session.solve("steps 4")
    events = browser_session.events(job)
    kinds = [kind for _, kind, _ in events if kind != "state"]
    assert kinds == ["progress"] * 4 + ["result"]
    assert [data["iteration"] for _, kind, data in events if kind == "progress"] == [1, 2, 3, 4]
    assert events[-1][1:] == ("state", browser_session.state(job))
    result_id = browser_session.state(job)["results"]["hourly"]
    assert (server.store.folder(result_id) / "summary.json").exists()


def test_a_crowd_gets_first_plans_before_anybody_gets_the_best(start: Starter, browse: Opener) -> None:
    """One process, three people: each is left with a first plan while others wait, then solved to the end."""
    server = start(workers=1, spares=0)
    idle(server, 1)
    first, people = browse(), [browse() for _ in range(3)]
    running = first.solve("hold")
    until(lambda: first.state(running)["state"] == "solving")
    jobs = [person.solve("steps 2") for person in people]
    (server.store.root / "go").touch()
    events = [person.events(job) for person, job in zip(people, jobs, strict=True)]
    for told in events:
        kinds = [kind for _, kind, data in told if kind != "state"]
        assert kinds[-1] == "result" and kinds.count("progress") in (2, 3)
    states = [[data["state"] for _, kind, data in told if kind == "state"] for told in events]
    left = [told for told in states if told.count("solving") == 2]
    assert len(left) >= 2 and all("queued" in told[told.index("solving") :] for told in left)
    assert all(told[-1] == "done" for told in states)


def test_references_follow_the_answer(browser_session: Browser) -> None:
    job = browser_session.solve("steps 1", mode="static", references=True)
    state = browser_session.ended(job)
    assert state["state"] == "done" and list(state["results"]) == ["static", "fixed", "fixed-no-p2p"]
    events = browser_session.events(job)
    assert [(data["mode"], data["answer"]) for _, kind, data in events if kind == "result"] == [
        ("static", True),
        ("fixed", False),
        ("fixed-no-p2p", False),
    ]
    assert "proofs" in [data["state"] for _, kind, data in events if kind == "state"]


def test_workers_are_reused(browser_session: Browser) -> None:
    pids = set()
    for _ in range(6):
        state = browser_session.ended(browser_session.solve("steps 1"))
        pids.add(browser_session.client.get(f"/results/{state['results']['hourly']}.json").json["pid"])
    assert len(pids) <= 3


def test_a_job_names_the_result_it_starts_from(server: Server, browser_session: Browser) -> None:
    first = browser_session.ended(browser_session.solve("steps 1"))["results"]["hourly"]
    second = browser_session.ended(browser_session.solve("steps 1", warm=first))["results"]["hourly"]
    payload = browser_session.client.get(f"/results/{second}.json").json
    assert payload["warm"] == str(server.store.folder(first))
    gone = browser_session.ended(browser_session.solve("steps 1", warm="no-such-result"))["results"]["hourly"]
    assert browser_session.client.get(f"/results/{gone}.json").json["warm"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bad", "ScenarioError"),
        ("unsolved", "SolverError"),
        ("surprise", "InternalError"),
        ("full", "DiskFull"),
        ("memory", "MemoryError"),
        ("crash", "WorkerDied"),
    ],
)
def test_faults_end_in_a_message_and_the_server_goes_on(
    name: str, kind: str, server: Server, browser_session: Browser
) -> None:
    kept = browser_session.ended(browser_session.solve("steps 1"))["results"]["hourly"]
    before = files(server)
    state = browser_session.ended(browser_session.solve(name, references=True))
    assert state["state"] == "failed" and state["error"]["kind"] == kind and len(state["error"]["message"]) > 20
    assert state["results"] == {} and state["pending"] == []
    assert bool(state["error"]["problems"]) == (name == "bad")
    assert browser_session.client.get(f"/results/{kept}.json").status_code == 200
    until(lambda: files(server) == before)
    assert browser_session.ended(browser_session.solve("steps 1"))["state"] == "done"


@pytest.mark.parametrize(
    ("name", "missing", "kind"),
    [
        ("unsolved in fixed", ["fixed"], "SolverError"),
        ("crash in fixed", ["fixed", "fixed-no-p2p", "static"], "WorkerDied"),
    ],
)
def test_a_reference_that_fails_leaves_the_answer(
    name: str, missing: list[str], kind: str, browser_session: Browser
) -> None:
    state = browser_session.ended(browser_session.solve(name, references=True))
    assert state["state"] == "done" and "hourly" in state["results"]
    assert sorted(state["missing"]) == missing
    assert {item["kind"] for item in state["missing"].values()} == {kind}


def test_cancelling_takes_effect_at_once_even_inside_compiled_code(server: Server, browser_session: Browser) -> None:
    idle(server, 3)
    job = browser_session.solve("spin")
    until(lambda: any(kind == "progress" for kind in [event.kind for event in server.jobs.events(job, 0, 0)[0]]))
    assert browser_session.client.delete(f"/jobs/{job}", json={}).json["state"] == "cancelled"
    following = browser_session.solve("steps 1")
    states = [data["state"] for _, kind, data in browser_session.events(following) if kind == "state"]
    assert states[0] == "solving" and states[-1] == "done", "the spare takes it without warming up"
    idle(server, 3)


def test_cancelling_a_reference_keeps_the_answer(browser_session: Browser) -> None:
    job = browser_session.solve("spin in static", references=True)
    browser_session.reached(job, "proofs")
    until(lambda: "fixed" in browser_session.state(job)["results"])
    state = browser_session.client.delete(f"/jobs/{job}", json={}).json
    assert state["state"] == "done" and sorted(state["results"]) == ["fixed", "hourly"]
    assert state["missing"]["static"]["kind"] == "Cancelled"


def test_half_written_results_of_a_cancelled_job_are_removed(server: Server, browser_session: Browser) -> None:
    before = files(server)
    job = browser_session.solve("torn")
    until(lambda: len(files(server)) > len(before))
    browser_session.client.delete(f"/jobs/{job}", json={})
    until(lambda: files(server) == before)


def test_a_worker_killed_from_outside_fails_its_job_only(server: Server, browser_session: Browser) -> None:
    idle(server, 3)
    spinning = browser_session.solve("spin")
    other = server.jobs.submit(order("steps 100 0.01"), Client("somebody else"))
    victim = next(item for item in server.jobs._pool.workers if item.job == spinning)
    os.kill(victim.process.pid, signal.SIGKILL)
    assert browser_session.ended(spinning)["error"]["kind"] == "WorkerDied"
    assert browser_session.ended(other)["state"] == "done"
    idle(server, 3)


def test_jobs_wait_in_order_and_are_told_their_place(start: Starter, browse: Opener) -> None:
    server = start(workers=1, spares=0, jobs_per_session=9)
    browser = browse()
    running = browser.solve("hold")
    assert browser.state(running)["state"] == "warming"
    browser.reached(running, "solving")
    jobs = [running, *(browser.solve("steps 1") for _ in range(2))]
    assert [browser.state(job)["position"] for job in jobs] == [None, 1, 2]
    assert [browser.state(job)["state"] for job in jobs] == ["solving", "queued", "queued"]
    assert browser.client.delete(f"/jobs/{jobs[1]}", json={}).json["state"] == "cancelled"
    assert browser.state(jobs[2])["position"] == 1
    (server.store.root / "go").touch()
    assert browser.ended(jobs[2])["state"] == "done"
    assert [data["position"] for _, _, data in browser.events(jobs[2]) if data.get("state") == "queued"] == [2, 1]
    assert server.jobs.states()["busy_workers"] == 0


def test_processes_leave_the_first_page_a_head_start(start: Starter, browse: Opener) -> None:
    server = start(workers=1, spares=0, head_start_s=3600.0)
    browser = browse()
    assert browser.client.get("/jobs/none").status_code == 404
    assert server.jobs._pool.workers == []
    assert browser.ended(browser.solve("steps 1 0"))["state"] == "done", "a solve does not wait for it"


def test_only_so_many_jobs_run_at_once(start: Starter, browse: Opener) -> None:
    server = start(workers=2, spares=1, jobs_per_session=9)
    idle(server, 3)
    browser = browse()
    jobs = [browser.solve("steps 30 0.01") for _ in range(3)]
    assert [browser.state(job)["state"] for job in jobs] == ["solving", "solving", "queued"]
    assert {browser.ended(job)["state"] for job in jobs} == {"done"}


def test_limits_per_session_and_on_the_queue(start: Starter) -> None:
    server = start(workers=1, spares=0, queue_limit=3, jobs_per_session=2)
    slow = order("steps 1000 0.01")
    idle(server, 1)
    jobs = [server.jobs.submit(slow, Client(session)) for session in "aab"]
    with pytest.raises(BusyError, match="This browser"):
        server.jobs.submit(slow, Client("a"))
    server.jobs.submit(slow, Client("b"))
    with pytest.raises(BusyError, match="as many solves waiting"):
        server.jobs.submit(slow, Client("c"))
    server.jobs.cancel(jobs[1])
    server.jobs.submit(slow, Client("a"))


def test_a_job_ends_at_its_deadline(start: Starter, browse: Opener) -> None:
    server = start(deadline_s=1.5, workers=1, spares=1)
    idle(server, 2)
    browser = browse()
    state = browser.ended(browser.solve("spin"))
    assert state["state"] == "failed" and state["error"]["kind"] == "Deadline" and "1.5 s" in state["error"]["message"]
    late = browser.ended(browser.solve("spin in fixed", references=True))
    assert late["state"] == "done" and late["missing"]["fixed"]["kind"] == "Deadline"


def test_a_job_nobody_asks_for_is_ended(start: Starter) -> None:
    server = start(abandoned_s=3.0, workers=1, spares=0)
    job = server.jobs.submit(order("steps 10000 0.01"), Client("gone"))
    watched = server.jobs.submit(order("steps 10000 0.01"), Client("here"))
    until(lambda: server.jobs.snapshot(watched) and "cancelled" in server.jobs.states())
    assert server.jobs.snapshot(job)["error"]["kind"] == "Abandoned"
    until(lambda: server.jobs.snapshot(watched)["state"] == "solving")


def test_ended_jobs_are_forgotten(start: Starter, browse: Opener) -> None:
    start(job_age_s=0.2, workers=1, spares=0)
    browser = browse()
    job = browser.solve("steps 1")
    browser.reached(job, "done", "expired")
    assert until(lambda: browser.state(job)["state"] == "expired")
    assert browser.client.get(f"/jobs/{job}/events").status_code == 404


def test_no_more_ended_jobs_are_kept_than_allowed(start: Starter, browse: Opener) -> None:
    start(job_limit=2, workers=1, spares=0)
    browser = browse()
    jobs = [browser.solve("steps 1") for _ in range(2)]
    jobs += [browser.solve("steps 1") for job in tuple(jobs) if browser.ended(job)]
    until(lambda: [browser.state(job)["state"] for job in jobs] == ["expired", "expired", "done", "done"])


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_memory_of_a_worker_is_bounded(start: Starter, browse: Opener) -> None:
    start(workers=1, spares=0, memory_limit_mb=400)
    browser = browse()
    assert browser.ended(browser.solve("hungry 100"))["state"] == "done"
    assert browser.ended(browser.solve("hungry 600"))["error"]["kind"] == "MemoryError"
    assert browser.ended(browser.solve("hungry 100"))["state"] == "done"


def test_a_worn_worker_is_replaced(start: Starter, browse: Opener) -> None:
    start(workers=1, spares=0, jobs_per_worker=1)
    browser = browse()
    results = [browser.ended(browser.solve("steps 1"))["results"]["hourly"] for _ in range(2)]
    pids = {browser.client.get(f"/results/{item}.json").json["pid"] for item in results}
    assert len(pids) == 2


def test_workers_that_cannot_start_are_reported(start: Starter, browse: Opener) -> None:
    start(runner="tests.server.unready_runner", workers=1, spares=0)
    browser = browse()
    job = browser.solve("steps 1")
    assert browser.state(job)["state"] == "warming"
    state = until(lambda: (state := browser.state(job))["ended"] and state)
    assert state["error"]["kind"] == "NoWorker" and "The solver library is missing" in state["error"]["message"]


def test_how_far_the_kernels_are_is_told_while_a_job_waits(
    start: Starter,
    browse: Opener,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("P2PDNR_GO_ON", str(tmp_path / "go on"))
    caplog.set_level("INFO", "p2pdnr.server")
    server = start(runner="tests.server.preparing_runner", workers=2, spares=1)
    browser = browse()
    job = browser.solve("steps 1")
    far = until(lambda: browser.client.get("/solver").json["preparing"])
    assert far == {"done": 1, "of": 2, "share": 0.25, "left_s": 9.0}
    assert browser.state(job)["state"] == "warming"
    assert server.jobs.states()["warming_workers"] == 1  # others would compile the same
    (tmp_path / "go on").touch()
    until(lambda: browser.client.get("/solver").json == {"ready": True, "preparing": None})
    assert "once: 1 of 2 parts, about 9 s left" in caplog.text and "The solver is ready" in caplog.text


def test_a_machine_without_processes_to_give_is_reported(
    start: Starter, browse: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("p2pdnr.server.pool.worker.start", refuse)
    start(workers=1, spares=0)
    browser = browse()
    job = browser.solve("steps 1")
    state = until(lambda: (state := browser.state(job))["ended"] and state)
    assert state["error"]["kind"] == "NoWorker" and "temporarily unavailable" in state["error"]["message"]
    monkeypatch.undo()
    again = browser.solve("steps 1")
    until(lambda: browser.state(again)["state"] == "done")


def test_an_unexpected_error_does_not_stop_the_server(
    start: Starter, browse: Opener, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(workers=1, spares=0)
    monkeypatch.setattr(server.store, "sweep", lambda: 1 / 0)
    until(lambda: "unexpected error in the job server" in caplog.text)
    monkeypatch.undo()
    browser = browse()
    assert browser.ended(browser.solve("steps 1"))["state"] == "done"


def test_closing_ends_workers_streams_and_temporary_results(start: Starter, browse: Opener) -> None:
    server = start()
    idle(server, 1)
    browser = browse()
    job = browser.solve("steps 10000 0.01")
    browser.reached(job, "solving")
    processes = [item.process.pid for item in server.jobs._pool.workers]
    listener = threading.Thread(target=browser.events, args=(job,))
    listener.start()
    server.close()
    listener.join(2.0)
    assert not listener.is_alive()
    assert processes and not [pid for pid in processes if os.path.exists(f"/proc/{pid}")]
    assert not server.store.root.exists()
    with pytest.raises(BusyError, match="shutting down"):
        server.jobs.submit(order("steps 1"), Client("s"))
    assert not server.jobs.cancel("x")
    server.close()


def test_two_servers_share_nothing(start: Starter, server: Server, browser_session: Browser) -> None:
    job = browser_session.solve("steps 1")
    result = browser_session.ended(job)["results"]["hourly"]
    other = start(workers=1, spares=0)
    assert other.jobs.snapshot(job) is None
    assert other.store.get(result) is None
    assert other.store.root != server.store.root


def test_the_solver_is_told_to_answer_before_the_deadline(server: Server) -> None:
    job = server.jobs._job(replace(order("steps 1"), references=True), "s")
    assert job.task.time_limit_s == pytest.approx(0.8 * server.settings.deadline_s)
    assert [stage.name for stage in job.task.stages] == ["hourly", "fixed", "static", "fixed-no-p2p"]


@pytest.mark.parametrize(("problem", "said"), [(None, "ready"), (ImportError("no such library"), "unready")])
def test_no_garbage_is_looked_for_while_a_worker_loads(
    problem: Exception | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, told = list[bool](), list[str]()

    def warm_up(_report: object) -> None:
        looked.append(gc.isenabled())
        if problem:
            raise problem

    monkeypatch.setitem(sys.modules, "a_runner", SimpleNamespace(warm_up=warm_up))
    found = worker._warm("a_runner", lambda kind, **_: told.append(kind))
    assert (looked, told, gc.isenabled(), found is None) == ([False], [said], True, problem is not None)
