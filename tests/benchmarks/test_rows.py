"""Rows of single benchmarks, from figures made up."""

from __future__ import annotations

import pytest

from benchmarks import bench_server
from benchmarks.bench_fuzz import SLOWEST_S, Tally
from benchmarks.bench_peers import Run, row
from benchmarks.bench_tiers import rows
from p2pdnr.errors import InputError, Problem
from tests.fuzzing.doors import Door


def entered(given: bytes) -> None:
    """A door that refuses short documents and breaks on empty ones."""
    if given == b"":
        raise IndexError("nothing there")
    if len(given) < 3:
        raise InputError([Problem("document", "", (), "too short", "write more")])


class Given(Door):
    """A door that gets its seed's document as it is."""

    def given(self, seed: int) -> bytes:
        """As it stands."""
        return self.good[seed]


def test_a_tally_counts_answers_refusals_and_failures() -> None:
    door, tally = Given("some", entered, (b"long", b"ab", b"", b"longer")), Tally()
    for seed in range(4):
        tally.note(door, seed)
    sent, read, refused, _, _, failed = tally.cells()
    assert (sent, read, refused, failed) == ("4", "2", "1", "1")
    assert tally.bad
    assert tally.failures[0][0] == 2
    assert "nothing there" in tally.failures[0][1]


@pytest.mark.parametrize(("slowest_s", "bad"), [(SLOWEST_S / 2, False), (2 * SLOWEST_S, True)])
def test_a_door_that_takes_too_long_is_bad(slowest_s: float, bad: bool) -> None:
    assert Tally(slowest_s=slowest_s).bad is bad


def test_a_peer_is_set_against_ours_in_a_turn_and_in_all() -> None:
    ours = Run("kernel", 200, 0.4, 1.0, 1e-5)
    assert row(Run("OSQP", 100, 2.0, 3.0, 2e-6), ours) == ("OSQP", "100", "20.00", "10.0", "3.00", "3.00", "2e-06")
    assert row(Run("cvxpy", 2, 1.0, 1.1, None), ours) == ("cvxpy", "2 measured", "500.00", "250", "-", "-", "-")


def test_parts_of_a_turn_are_shared_by_those_who_take_part() -> None:
    times = [("kernel", 3.0), ("Clarabel", 30.0)]
    assert rows(times, 10) == [("kernel", "3.00", "1.00", "0.300"), ("Clarabel", "30.00", "10.0", "3.000")]
    assert [line[-1] for line in rows(times, 0)] == ["-", "-"]


def test_samples_of_the_server_are_told_by_median_and_worst() -> None:
    samples = {name: [0.3, 0.1, 0.2] for name in bench_server.MEASURED} | {"warm_up_and_first_solve": [12.0]}
    told = bench_server.figures(samples)
    assert told["warm_up_and_first_solve"] == 12.0
    assert (told["page_while_solving_median"], told["page_while_solving_max"]) == (0.2, 0.3)
    lines = bench_server.rows(samples)
    assert lines[0][:4] == ("start, warm-up and first solve", "12000.0", "12000.0", "1")
    assert lines[1] == ("order to first progress", "200.0", "300.0", "3", "600")
