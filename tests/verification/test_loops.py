"""Plans beside closed loops that are wrong in one way each: what does not hold then, and what is never shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.network.joints import with_joints
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from p2pdnr.verification.charges import recomputed
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.statements import statements
from tests.looped_scenario import looped_document

PARTS = ("loss", "congestion", "voltage")


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return study.run(document.from_dict(looped_document(7, flexible=True)), study.Options(certify=True))


def changed(result: StudyResult, table: str, **columns: Any) -> StudyResult:
    items: pd.DataFrame = getattr(result.tables, table).assign(**columns)
    return replace(result, tables=replace(result.tables, **{table: items}))


def test_what_is_shown_and_what_is_not(result: StudyResult, tmp_path: Any) -> None:
    folder.save(result, tmp_path / "day")
    again = folder.load(tmp_path / "day")
    found = verify(again)
    unshown = {name for name, item in found.items() if item.state == "not shown"}
    assert unshown == {"gap_central", "cone_gap", "rank"}
    assert all("lines 1, 2, 3 and 4 form loops that nothing can open" in found[name].reason for name in unshown)
    assert all(item.holds for name, item in found.items() if name not in unshown)
    assert statements(again, found).contradictions == ()
    assert again.summary["meshed_lines"] == [1, 2, 3, 4] and again.summary["lower_bound_eur"] is None
    assert "No lower bound: lines 1, 2, 3 and 4 form loops" in again.summary["proved"]
    assert found["reschedule_eur"].value == pytest.approx(0.0, abs=1e-3)


def test_a_state_with_the_loop_left_open_is_no_state_of_the_grid(result: StudyResult) -> None:
    plan = read_plan(result)
    alone = plan.radial.with_(joints=None)
    p_kw, q_kvar = (with_joints(plan.radial, values) for values in (plan.withdrawal_kw, plan.withdrawal_kvar))
    flows = [
        solve_tree(alone, orient(alone, plan.closed[hour]), p_kw[[hour]], q_kvar[[hour]])
        for hour in range(len(plan.closed))
    ]
    vm_pu = np.concatenate([flow.vm_pu[:, : plan.network.n_buses] for flow in flows])
    forged = changed(result, "buses", vm_pu=vm_pu.ravel())
    assert not verify(forged)["ac_voltage_pu"].holds
    loss_kw = np.concatenate([flow.loss_kw for flow in flows])
    forged = changed(result, "lines", loss_kw=loss_kw.ravel())
    assert not verify(forged)["ac_loss_kw"].holds


def test_charges_of_the_tree_alone_are_not_those_of_the_loop(result: StudyResult) -> None:
    plan = read_plan(result)
    stated = np.array([matrix(result.tables.buses, f"charge_{name}", plan.scenario) for name in PARTS])
    true = recomputed(plan, stated, 0.05)
    np.testing.assert_allclose(true, stated, atol=1e-8)
    off = stated[0].copy()
    off[:, 3] *= 1.01
    columns = {"charge_loss": off.ravel(), "charge_eur_per_kwh": (off + stated[1:].sum(axis=0)).ravel()}
    assert verify(result)["charges"].holds and not verify(changed(result, "buses", **columns))["charges"].holds


def test_a_line_of_the_loop_stated_open_is_told(result: StudyResult) -> None:
    closed = matrix(result.tables.lines, "closed", result.scenario)
    closed[1, 0] = 0.0
    forged = changed(result, "lines", closed=closed.ravel().astype(np.int64))
    assert not verify(forged)["radial"].holds


def test_a_loop_closed_by_a_switch_is_told(result: StudyResult) -> None:
    forged = changed(result, "lines", closed=1)
    assert not verify(forged)["radial"].holds


def test_places_and_bounds_that_nobody_can_know_are_told(result: StudyResult) -> None:
    ranked = changed(result, "hours", rank=pd.array([1] * result.scenario.hours, dtype="Int64"))
    assert verify(ranked)["rank"].state == "does not hold"
    bounded = replace(result, summary=result.summary | {"lower_bound_eur": 0.0})
    assert verify(bounded)["lower_bound"].state == "does not hold"


@pytest.mark.parametrize("stated", [[], [1, 2, 3], [1, 2, 3, 4, 5]])
def test_other_meshed_lines_than_the_network_has_are_told(result: StudyResult, stated: list[int]) -> None:
    forged = replace(result, summary=result.summary | {"meshed_lines": stated})
    found = statements(forged, verify(result)).contradictions
    assert any("meshed_lines" in text for text in found)


def test_a_plan_on_a_worse_schedule_has_something_left(result: StudyResult) -> None:
    forged = replace(result, summary=result.summary | {"reschedule_eur": 5.0})
    assert verify(forged)["reschedule_eur"].state == "does not hold"
