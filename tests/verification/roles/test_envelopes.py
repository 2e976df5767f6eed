"""Certificates of envelopes: each holds for a plan, fails for one that is wrong in just that way, and says where it
cannot tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from tests import thorough
from tests.coordination.cases import random_document
from tests.verification.roles.scenes import tight_document

OPTIONS = study.Options(mode="fixed", role="envelopes")


@pytest.fixture(scope="module")
def solved() -> StudyResult:
    return study.run(document.from_dict(tight_document()), OPTIONS)


def with_role_table(result: StudyResult, **columns: Any) -> StudyResult:
    """The result with changed columns in role.csv, and the figures that follow from them."""
    assert result.role is not None
    table = result.role.assign(**columns)
    above_kw = np.maximum(table["asked_kw"], 0.0) - np.maximum(table["high_kw"], 0.0)
    table = table.assign(curtailed_kw=np.maximum(above_kw, 0.0))
    width = float((table["high_kw"] - table["low_kw"]).sum())
    was = float((result.role["high_kw"] - result.role["low_kw"]).sum())
    told = result.summary["role"]
    cut = np.maximum(np.maximum(table["asked_kw"] - table["high_kw"], table["low_kw"] - table["asked_kw"]), 0.0)
    told = told | {"width_kwh": told["width_kwh"] * width / was, "width_share": told["width_share"] * width / was}
    return replace(result, role=table, summary=result.summary | {"role": told | {"cut_kwh": float(cut.sum())}})


def test_every_certificate_of_a_plan_within_envelopes_holds(solved: StudyResult) -> None:
    told, role = solved.summary["certificates"], solved.summary["role"]
    assert [told[name]["state"] for name in ("envelope", "within", "regret")] == [HOLDS] * 3
    assert role["cut_kwh"] > 100.0, "the sun is more than the line carries"
    assert 0.2 < role["width_share"] < 1.0 and role["limits_not_kept"] == 0.0
    assert solved.summary["costs_eur"]["violations"] == 0.0
    assert not [name for name, claim in told.items() if claim["state"] == FAILS]


def test_an_envelope_that_is_too_wide_does_not_hold(solved: StudyResult) -> None:
    assert solved.role is not None
    for column, moved in (("high_kw", 60.0), ("low_kw", -400.0)):
        wider = with_role_table(solved, **{column: solved.role[column] + moved})
        found = verify(wider)
        assert found["envelope"].state == FAILS and "hour" in found["envelope"].text
        assert found["within"].state == HOLDS


def test_an_injection_outside_of_its_envelope_does_not_hold(solved: StudyResult) -> None:
    roof = solved.tables.prosumers.query("prosumer == 'Roof' and hour == 0")["injection_kw"].item()
    table = solved.role
    assert table is not None
    here = (table["prosumer"] == "Roof") & (table["hour"] == 0)
    narrow = with_role_table(
        solved, high_kw=table["high_kw"].where(~here, roof - 1.0), low_kw=table["low_kw"].where(~here, -1.0)
    )
    found = verify(narrow)["within"]
    assert found.state == FAILS and found.value == pytest.approx(1.0, abs=1e-6) and "Roof, hour 0" in found.text


@pytest.mark.parametrize("name", ["cut_kwh", "width_kwh", "width_share"])
def test_figures_that_role_csv_does_not_give_do_not_hold(solved: StudyResult, name: str) -> None:
    told = solved.summary["role"]
    lied = replace(solved, summary=solved.summary | {"role": told | {name: told[name] + 0.1}})
    found = verify(lied)["within"]
    assert found.state == FAILS and f"role.{name}" in found.text


def test_a_plan_that_is_not_its_best_answer_is_regretted(solved: StudyResult) -> None:
    """Within envelopes of 250 kW more the same plan leaves money lying, at the same prices."""
    assert solved.role is not None
    wider = with_role_table(solved, high_kw=solved.role["high_kw"] + 250.0)
    found = verify(wider)["regret"]
    assert found.state == FAILS and found.value is not None and found.value > 5.0


def test_a_table_without_envelopes_does_not_hold(solved: StudyResult) -> None:
    assert solved.role is not None
    found = verify(replace(solved, role=solved.role.assign(low_kw=np.nan)))
    assert all(found[name].state == FAILS for name in ("envelope", "within", "envelope_width", "regret"))


def test_limits_that_cannot_be_kept_are_named_and_not_shown() -> None:
    """Background of 900 kW at the end of the feeder pulls its voltage down whatever anybody does."""
    scene = tight_document()
    scene["network"]["source"]["buses"][3]["p_kw"] = 900.0
    scene["prosumers"] = [{"id": "Home", "bus": 2, "load_kw": 10}, {"id": "Roof", "bus": 3, "pv_kw": 20}]
    result = study.run(document.from_dict(scene), OPTIONS)
    claim = result.summary["certificates"]["envelope"]
    assert claim["state"] == NOT_SHOWN and "lower voltage limit of bus 4 in hour 0" in claim["reason"]
    assert result.summary["role"]["limits_not_kept"] >= 2.0
    assert any("limits that no envelope keeps: the lower voltage limit" in text for text in result.summary["remarks"])
    quiet = replace(result, summary=result.summary | {"role": result.summary["role"] | {"limits_not_kept": 0.0}})
    assert verify(quiet)["envelope"].state == FAILS


@pytest.mark.parametrize("seed", thorough.of(range(3), range(3, 20)))
def test_certificates_hold_on_random_scenarios(seed: int) -> None:
    mode = ("fixed", "static", "hourly")[seed % 3]
    result = study.run(document.from_dict(random_document(seed)), study.Options(mode=mode, role="envelopes"))
    told = result.summary["certificates"]
    named = result.summary["role"]["limits_not_kept"] > 0.0
    assert told["envelope"]["state"] == (NOT_SHOWN if named else HOLDS), told["envelope"]
    assert told["within"]["state"] == told["regret"]["state"] == HOLDS
    assert told["envelope_width"]["state"] == (NOT_SHOWN if named else HOLDS), told["envelope_width"]
    assert not [name for name, claim in told.items() if claim["state"] == FAILS]
