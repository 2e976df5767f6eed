"""Where the cone relaxation is loose, its optimum is a bound and not a target."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.central import Central
from p2pdnr.results.study_result import StudyResult
from p2pdnr.solvers import Status
from p2pdnr.verification import optimum
from p2pdnr.verification.optimum import LOOSE_CONE_PU2
from p2pdnr.verification.plan import read_plan


def central_at(objective_eur: float, cone_gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Central(Status.OPTIMAL, objective_eur, np.zeros((1, 1)), cone_gap)
    monkeypatch.setattr(optimum, "solve", lambda *_, **__: answer)


@pytest.mark.parametrize(("below_eur", "holds"), [(100.0, True), (-100.0, False)])
def test_a_loose_cone_is_a_bound_that_the_plan_must_respect(
    stored_default: StudyResult, monkeypatch: pytest.MonkeyPatch, below_eur: float, holds: bool
) -> None:
    reached = stored_default.summary["objective_eur"] - stored_default.summary["costs_eur"]["switching"]
    central_at(reached - below_eur, 10 * LOOSE_CONE_PU2, monkeypatch)
    gap, cone = optimum.central(read_plan(stored_default), stored_default)
    assert gap.holds is holds and cone.holds is holds
    assert "lower bound" in gap.detail


def test_a_tight_cone_is_judged_by_its_gap(stored_default: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    central_at(0.0, 0.0, monkeypatch)
    gap, cone = optimum.central(read_plan(stored_default), stored_default)
    assert gap.holds is None and cone.holds is None
    assert gap.value is not None and gap.value > 0.1
