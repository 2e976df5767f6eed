"""What was asked before is answered from the store; who waits for an answer goes before all references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from p2pdnr.server import Server
from p2pdnr.server.answers import Answers, question
from p2pdnr.server.protocol import Stage, Task
from tests.server.asking import Browser, until

Starter = Callable[..., Server]
Opener = Callable[[], Browser]

TASK = Task("job", "{}", (Stage("hourly", True, "a", "hourly"), Stage("fixed", True, "b", "fixed")), "store")


def results_told(browser: Browser, job: str) -> list[tuple[str, bool]]:
    """Mode of every result event, and whether it was stored before."""
    return [(data["mode"], data.get("stored", False)) for _, kind, data in browser.events(job) if kind == "result"]


def test_the_same_question_is_answered_at_once_by_the_same_result(browser_session: Browser) -> None:
    first = browser_session.ended(browser_session.solve("steps 2", references=True))
    job = browser_session.solve("steps 2", references=True, anew=False)
    state = browser_session.state(job)
    assert state["state"] == "done" and state["results"] == first["results"]
    assert results_told(browser_session, job) == [
        ("hourly", True),
        ("fixed", True),
        ("static", True),
        ("fixed-no-p2p", True),
    ]


def test_somebody_else_gets_it_too_and_only_what_is_missing_is_solved(start: Starter, browse: Opener) -> None:
    start(workers=1)
    one, other = browse(), browse()
    answer = one.ended(one.solve("steps 2"))["results"]["hourly"]
    state = other.ended(job := other.solve("steps 2", references=True, anew=False))
    assert state["results"]["hourly"] == answer
    assert [stored for _, stored in results_told(other, job)] == [True, False, False, False]


@pytest.mark.parametrize("changed", [{"name": "steps 1"}, {"mode": "fixed"}, {"p2p": False}, {"anew": True}])
def test_another_question_is_solved(browser_session: Browser, changed: dict[str, object]) -> None:
    asked = {"name": "steps 2", "mode": "hourly", "p2p": True, "anew": False}
    before = browser_session.ended(browser_session.solve(**asked))["results"]
    job = browser_session.solve(**(asked | changed))
    assert set(browser_session.ended(job)["results"].values()).isdisjoint(before.values())
    assert [stored for _, stored in results_told(browser_session, job)] == [False]


def test_what_has_expired_is_solved_again(server: Server, browser_session: Browser) -> None:
    answer = browser_session.ended(browser_session.solve("steps 1"))["results"]["hourly"]
    server.store.discard(answer)
    state = browser_session.ended(browser_session.solve("steps 1", anew=False))
    assert state["state"] == "done" and state["results"]["hourly"] != answer


def test_what_was_solved_while_one_waited_answers_it(start: Starter, browse: Opener) -> None:
    server = start(workers=1, spares=0)
    until(lambda: server.jobs.states()["idle_workers"] >= 1)
    first, second = browse(), browse()
    job = first.solve("steps 5 0.1")
    waiting = second.solve("steps 5 0.1", anew=False)
    assert second.ended(waiting)["results"] == first.ended(job)["results"]


def test_who_waits_for_an_answer_goes_before_references(start: Starter, browse: Opener) -> None:
    server = start(workers=1, spares=0)
    first, second = browse(), browse()
    one = first.solve("hold in hourly", references=True)
    other = second.solve("steps 1")
    (server.store.root / "go").touch()
    answered, waited = second.ended(other)["results"]["hourly"], first.ended(one)["results"]
    assert list(waited) == ["hourly", "fixed", "static", "fixed-no-p2p"]
    written = [(server.store.folder(name) / "summary.json").stat().st_mtime_ns for name in (answered, waited["fixed"])]
    assert written == sorted(written), "the answer was solved before the first reference"


def test_references_leave_a_process_to_answers(start: Starter, browse: Opener) -> None:
    server = start(workers=2, spares=0)
    until(lambda: server.jobs.states()["idle_workers"] >= 2)
    first, second, third = browse(), browse(), browse()
    for browser in (first, second):
        browser.reached(browser.solve("spin in fixed", references=True), "proofs")
    until(lambda: server.jobs.states()["busy_workers"] == 1)
    assert third.ended(third.solve("steps 1"))["state"] == "done", "one of the references spins for ever"


def test_bills_without_an_operator_make_another_question() -> None:
    answer = replace(TASK, stages=TASK.stages[1:])
    assert question(TASK, 1) != question(answer, 0)
    assert question(TASK, 0) == question(replace(TASK, job="other", warm="somewhere"), 0)


def test_the_oldest_answers_are_forgotten() -> None:
    answers = Answers(2, lambda _: True)
    for name in "abc":
        answers.remember(name, name.upper())
    assert [answers.find(name) for name in "abc"] == [None, "B", "C"]
