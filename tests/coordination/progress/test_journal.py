"""What a solve tells and remembers; cancelling and time limits."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.progress.journal import Journal, Progress
from p2pdnr.errors import Cancelled, TimeLimitError
from tests.coordination.cases import market_document, problem_of


def state() -> Agreement:
    problem = problem_of(market_document({"id": "A", "load_kw": 10}))
    opening = iterations.opening(problem, AdmmSettings(charge_weight_eur_per_kw=2e-3))
    return replace(opening, primal_kw=3.0, dual_eur_per_kwh=0.5, objective_eur=7.0)


def test_every_note_is_a_record_and_a_report() -> None:
    told: list[Progress] = []
    journal = Journal(observe=told.append)
    journal.enter("binary")
    journal.free_binaries = 4
    journal.note(state())
    journal.note(state())
    assert [record.iteration for record in journal.records] == [0, 1]
    first = journal.records[0]
    assert (first.phase, first.primal, first.dual, first.objective_eur) == ("binary", 3.0, 0.5, 7.0)
    assert (first.rho, first.free_binaries) == (pytest.approx(2e-4), 4)
    assert [item.stage for item in told] == ["binary"] * 3
    assert (told[0].primal_kw, told[0].iteration) == (None, 0)
    assert (told[2].primal_kw, told[2].dual, told[2].iteration, told[2].free_binaries) == (3.0, 0.5, 2, 4)
    assert np.diff([item.seconds for item in told]).min() >= 0


def test_stage_times_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr("p2pdnr.coordination.progress.journal.time", clock)
    journal = Journal(phase="reading", started=clock.now, _since=clock.now)
    for stage, seconds in (("convex", 1.0), ("reading", 2.0), ("done", 4.0)):
        clock.now += seconds
        journal.enter(stage)
    assert journal.stage_seconds == {"reading": 5.0, "convex": 2.0}
    assert sum(journal.stage_seconds.values()) == journal.seconds


def test_stop_is_asked_at_every_note() -> None:
    answers = iter([False, False, True])
    journal = Journal(stop=lambda: next(answers))
    journal.note(state())
    journal.note(state())
    with pytest.raises(Cancelled):
        journal.note(state())
    assert len(journal.records) == 2


def test_a_limit_before_any_answer_is_an_error_and_later_on_a_fact() -> None:
    journal = Journal(time_limit_s=0.0)
    with pytest.raises(TimeLimitError, match="before a first answer"):
        journal.note(state())
    later = Journal(time_limit_s=1000.0)
    later.note(state())
    assert not later.out_of_time
    later.time_limit_s = 0.0
    later.note(state())
    assert later.out_of_time


def test_without_a_limit_time_never_ends() -> None:
    assert not Journal(started=0.0).out_of_time
