"""How long it is until a job's turn comes."""

from __future__ import annotations

from p2pdnr.server.pace import REMEMBERED, Pace


def paced(*seconds: float) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.note(one)
    return pace


def test_nothing_is_told_before_an_answer_was_timed() -> None:
    assert Pace().waits_s([3.0], 2, 2) == [None, None]


def test_processes_take_who_waits_in_turn_as_they_get_free() -> None:
    assert paced(10.0).waits_s([2.0, 7.0], 2, 4) == [3.0, 8.0, 13.0, 18.0]


def test_a_free_process_takes_the_first_at_once_and_one_that_is_late_soon() -> None:
    assert paced(10.0).waits_s([4.0], 2, 2) == [0.0, 6.0]
    assert paced(10.0).waits_s([40.0], 1, 2) == [0.0, 10.0]


def test_what_is_usual_is_the_middle_of_the_last_ones() -> None:
    pace = paced(*[100.0] * REMEMBERED, *[6.0] * (REMEMBERED - 1), 90.0)
    assert pace.waits_s([0.0], 1, 1) == [6.0]
