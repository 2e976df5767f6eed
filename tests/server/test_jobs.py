"""One job: its states, its events, what it keeps when it ends early."""

from __future__ import annotations

import json

import pytest

from p2pdnr.server.clients import Client
from p2pdnr.server.jobs import ENDED, Job
from p2pdnr.server.protocol import Stage, Task, error

REASON = error("Cancelled", "Cancelled.")


def job(*modes: str, progress_limit: int = 100) -> Job:
    stages = tuple(Stage(mode, True, f"id-{mode}", mode) for mode in modes or ("hourly", "fixed", "static"))
    return Job("j", Client("s"), Task("j", "{}", stages, "/nowhere"), progress_limit)


def states(item: Job) -> list[str]:
    return [json.loads(event.data)["state"] for event in item.events if event.kind == "state"]


def test_a_job_with_references_passes_through_proofs() -> None:
    item = job()
    item.move("queued", 1)
    item.move("solving")
    for number in range(3):
        item.answer(number)
    item.end("done")
    assert states(item) == ["queued", "solving", "proofs", "done"]
    assert item.snapshot()["results"] == {"hourly": "id-hourly", "fixed": "id-fixed", "static": "id-static"}
    assert item.snapshot()["pending"] == [] and item.snapshot()["missing"] == {}


def test_a_job_without_references_is_done_after_its_answer() -> None:
    item = job("fixed")
    item.move("solving")
    item.answer(0)
    item.end("done")
    assert states(item) == ["solving", "done"]


def test_the_time_until_its_turn_is_told_and_is_no_event_of_its_own() -> None:
    item = job()
    item.move("queued", 2)
    assert item.snapshot()["wait_s"] is None
    item.move("queued", 2, 12.34)
    assert item.snapshot()["wait_s"] == 12.3 and len(item.events) == 1
    item.begin()
    assert item.answering and item.running_s >= 0.0 and item.snapshot()["wait_s"] is None
    item.answer(0)
    item.rest()
    item.begin()
    assert not item.answering


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_ending_before_the_answer_leaves_nothing(state: str) -> None:
    item = job()
    item.move("solving")
    item.end(state, REASON)
    assert item.snapshot()["state"] == state
    assert item.snapshot()["error"] == REASON
    assert item.unfinished_ids() == ("id-hourly", "id-fixed", "id-static")


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_ending_after_the_answer_keeps_it_and_names_what_is_missing(state: str) -> None:
    item = job()
    item.move("solving")
    item.answer(0)
    item.without(1, error("SolverError", "no plan"))
    item.end(state, REASON)
    snapshot = item.snapshot()
    assert snapshot["state"] == "done" and snapshot["error"] is None
    assert snapshot["results"] == {"hourly": "id-hourly"}
    assert snapshot["missing"] == {"fixed": error("SolverError", "no plan"), "static": REASON}
    assert item.unfinished_ids() == ("id-fixed", "id-static")


def test_an_answer_that_failed_is_the_error_of_the_job() -> None:
    item = job()
    item.move("solving")
    item.without(0, error("SolverError", "no plan"))
    item.end("done")
    assert item.snapshot()["state"] == "failed"
    assert item.snapshot()["error"]["message"] == "no plan"


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_job_stays_as_it_is(state: str) -> None:
    item = job()
    item.move("solving")
    if state == "done":
        item.answer(0)
    item.end(state, REASON)
    before = (item.snapshot(), len(item.events), item.ended)
    item.move("solving")
    item.end("failed", error("Deadline", "late"))
    assert (item.snapshot(), len(item.events), item.ended) == before


def test_a_state_is_told_once_and_a_new_place_in_the_queue_again() -> None:
    item = job()
    for position in (2, 2, 1):
        item.move("queued", position)
    assert [json.loads(event.data)["position"] for event in item.events] == [2, 1]


def test_events_are_replayed_after_an_id() -> None:
    item = job()
    item.move("solving")
    for iteration in range(5):
        item.progress(0, {"iteration": iteration})
    assert [event.id for event in item.after(0)] == [1, 2, 3, 4, 5, 6]
    assert [event.id for event in item.after(4)] == [5, 6]
    assert item.after(6) == ()


def test_old_progress_makes_room_but_states_and_results_stay() -> None:
    item = job(progress_limit=3)
    item.move("solving")
    for iteration in range(10):
        item.progress(0, {"iteration": iteration})
    item.answer(0)
    assert [event.kind for event in item.events] == ["state", "progress", "progress", "progress", "result", "state"]
    assert [event.id for event in item.events] == [1, 9, 10, 11, 12, 13]


def test_progress_names_its_mode_and_has_no_nan() -> None:
    item = job()
    item.progress(1, {"primal_kw": float("nan"), "dual": float("inf"), "stage": "convex"})
    assert json.loads(item.events[0].data) == {
        "mode": "fixed",
        "p2p": True,
        "primal_kw": None,
        "dual": None,
        "stage": "convex",
    }
