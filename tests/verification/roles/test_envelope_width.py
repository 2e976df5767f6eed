"""No interval of a planned envelope could be wider by itself; one that could is found, whoever it belongs to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.roles.envelope_corners import Envelope
from p2pdnr.verification.roles.envelope_width import SHARES, envelope_width
from tests.verification.roles.scenes import tight_document


@pytest.fixture(scope="module")
def solved() -> StudyResult:
    return study.run(document.from_dict(tight_document()), study.Options(mode="fixed", role="envelopes"))


@pytest.fixture(scope="module")
def stated(solved: StudyResult) -> tuple[Plan, Envelope]:
    plan, table = read_plan(solved), solved.role
    assert table is not None
    parts = (
        table.pivot(index="hour", columns="prosumer", values=name)[[item.name for item in plan.terms]].to_numpy()
        for name in ("low_kw", "high_kw", "asked_kw", "curtailed_kw")
    )
    return plan, Envelope(*parts)


def test_no_interval_of_a_plan_could_be_wider(solved: StudyResult, stated: tuple[Plan, Envelope]) -> None:
    assert solved.summary["certificates"]["envelope_width"]["state"] == HOLDS
    plan, envelope = stated
    reach = np.array([item.reach_kw for item in plan.terms]).transpose(1, 2, 0)
    assert (envelope.high_kw < reach[1] - 1.0).any(), "some end is held back by a limit"


@pytest.mark.parametrize("share", [0.005, 0.05, 0.5])
def test_every_interval_that_a_limit_ends_is_found_when_it_ends_before(
    stated: tuple[Plan, Envelope], share: float
) -> None:
    """Narrower by a share of the range: it could be wider by that again, or somebody else with less effect by more."""
    plan, envelope = stated
    reach = np.array([item.reach_kw for item in plan.terms]).transpose(1, 2, 0)
    found = 0
    for hour, k in np.argwhere(envelope.high_kw < reach[1] - 1.0):
        high_kw, range_kw = envelope.high_kw.copy(), reach[1, hour, k] - reach[0, hour, k]
        if high_kw[hour, k] - share * range_kw < envelope.low_kw[hour, k]:
            continue
        high_kw[hour, k] -= share * range_kw
        claim = envelope_width(plan, replace(envelope, high_kw=high_kw))
        assert claim.value is not None and claim.value >= share
        assert claim.state(SHARES[0]) == FAILS and claim.detail.endswith(f"hour {hour}")
        found += 1
    assert found


def test_an_envelope_without_width_does_not_hold(solved: StudyResult) -> None:
    assert solved.role is not None
    point = solved.tables.prosumers.set_index(["prosumer", "hour"])["injection_kw"]
    there = point.loc[list(zip(solved.role["prosumer"], solved.role["hour"], strict=True))].to_numpy()
    found = verify(replace(solved, role=solved.role.assign(low_kw=there, high_kw=there)))["envelope_width"]
    assert found.state == FAILS and found.value is not None and found.value > SHARES[0]


def test_nothing_is_shown_of_hours_in_which_the_envelope_itself_breaks_a_limit(
    stated: tuple[Plan, Envelope],
) -> None:
    plan, envelope = stated
    high_kw = envelope.high_kw.copy()
    high_kw[1] += 500.0
    claim = envelope_width(plan, replace(envelope, high_kw=high_kw))
    assert claim.state(SHARES[0]) == NOT_SHOWN and claim.detail.endswith("hours 1")
