"""Where pandapower finds no power flow: not shown for a plan that is right, and does not hold for one that is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification import judge, verify
from p2pdnr.verification.judge import Judgement

JUDGED = ("ac_voltage_pu", "ac_loss_kw", "violations")


def without_an_answer(network, closed, *_):  # type: ignore[no-untyped-def]
    """A judge that never converges."""
    lines = np.full(closed.shape, np.nan)
    return Judgement(np.full((len(closed), network.n_buses), np.nan), lines, lines, np.full(len(closed), np.inf))


@pytest.fixture(autouse=True)
def no_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "judge", without_an_answer)


def test_what_could_not_be_judged_is_not_shown(sample: StudyResult) -> None:
    found = verify(sample)
    assert {name: found[name].state for name in JUDGED} == dict.fromkeys(JUDGED, NOT_SHOWN)
    assert "no power flow of hour 0" in found["ac_voltage_pu"].reason
    assert found["balance_kw"].state == HOLDS


@pytest.mark.parametrize("by", [1e-4, np.nan])
def test_wrong_voltages_do_not_hold_all_the_same(sample: StudyResult, by: float) -> None:
    buses = sample.tables.buses.copy()
    buses.loc[7, "vm_pu"] += by
    found = verify(replace(sample, tables=replace(sample.tables, buses=buses)))
    assert {found[name].state for name in JUDGED} == {FAILS}
