"""Whose turn it is."""

from __future__ import annotations

from p2pdnr.server.clients import Client
from p2pdnr.server.jobs import Job
from p2pdnr.server.protocol import Stage, Task
from p2pdnr.server.queueing import answers_in_turn, first_plans_in_turn, most_references, references_in_turn


def job(name: str, owner: str, *, answers: int = 0, ended: bool = False) -> Job:
    modes = ("hourly", "fixed", "static")
    task = Task(name, "{}", tuple(Stage(mode, True, f"{name}-{mode}", mode) for mode in modes), "store")
    made = Job(name, Client(owner), task, 10, time_left_s=60.0)
    for number in range(answers):
        made.answer(number)
    if ended:
        made.end("cancelled")
    return made


def names(jobs: list[Job]) -> list[str]:
    return [job.id for job in jobs]


def test_everybodys_first_goes_before_anybodys_second() -> None:
    jobs = [job("a1", "a"), job("a2", "a"), job("a3", "a"), job("b1", "b"), job("b2", "b")]
    assert names(answers_in_turn(jobs)) == ["a1", "b1", "a2", "b2", "a3"]


def test_what_has_ended_counts_for_nobody_and_what_has_its_answer_counts() -> None:
    jobs = [job("a1", "a", ended=True), job("a2", "a"), job("b1", "b", answers=1), job("b2", "b"), job("c1", "c")]
    assert names(answers_in_turn(jobs)) == ["a2", "c1", "b2"]


def test_where_more_wait_than_are_free_a_first_plan_for_everybody_goes_first() -> None:
    jobs = [job("a", "a"), job("b", "b"), job("c", "c")]
    jobs[0].planned = True
    turns, crowded = first_plans_in_turn(jobs, free=2)
    assert (names(turns), crowded) == (["b", "c", "a"], True)
    turns, crowded = first_plans_in_turn(jobs, free=3)
    assert (names(turns), crowded) == (["a", "b", "c"], False)


def test_references_wait_for_a_process_and_who_has_fewest_is_first() -> None:
    running = job("running", "r", answers=1)
    running.begin()
    jobs = [job("two", "a", answers=2), job("one", "b", answers=1), job("none", "c"), running]
    assert names(references_in_turn(jobs)) == ["one", "two"]


def test_one_process_is_left_to_answers() -> None:
    assert [most_references(workers) for workers in (1, 2, 4)] == [1, 1, 3]
