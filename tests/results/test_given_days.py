"""The days of a file in a result folder: kept, judged again, and refused where they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError, ResultError
from p2pdnr.forecasts.given_days import GivenDays, read_days
from p2pdnr.results import folder
from p2pdnr.results.given_days import DAYS
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.verification import secure, verify
from p2pdnr.verification.statements import statements
from tests.given_days import text_of
from tests.secure_scenario import secure_document


@pytest.fixture(name="given", scope="module")
def _given(tmp_path_factory: pytest.TempPathFactory) -> GivenDays:
    path = tmp_path_factory.mktemp("days") / "seen.csv"
    path.write_text(text_of(160, 4, seed=3), encoding="utf-8")
    scenario = document.from_dict(secure_document())
    return read_days(path, scenario, build_network(scenario))


@pytest.fixture(name="result", scope="module")
def _result(given: GivenDays) -> StudyResult:
    return study.run(document.from_dict(secure_document()), study.Options(days=given))


def test_the_plan_is_made_and_tested_with_the_days_of_the_file(result: StudyResult, given: GivenDays) -> None:
    stated = result.summary["secure"]
    assert (stated["file"], stated["columns"]) == ("seen.csv", ["sun", "load"])
    assert (stated["plan"]["days"], stated["test"]["days"]) == (50, 80)
    assert result.scenario.dso.security is not None and result.scenario.dso.security.test_days == 80
    assert stated["nominal"]["violated"] > stated["plan"]["violated"], "the plan for the forecast breaks limits"
    assert verify(result)["secure"].state != "does not hold"
    calm = GivenDays("calm", given.columns, np.ones_like(given.factors))
    assert (
        study.run(document.from_dict(secure_document()), study.Options(days=calm)).summary["secure"]["test"]["violated"]
        == 0
    )


def test_a_folder_keeps_them_and_they_are_judged_again(result: StudyResult, tmp_path: Path) -> None:
    folder.save(result, tmp_path / "kept")
    again = folder.load(tmp_path / "kept")
    assert (again.arrays[DAYS] == result.arrays[DAYS]).all()
    assert statements(again, verify(again)).contradictions == ()
    found = secure.test_figures(secure.tested(again, secure.limited_hours(again), 80, 1))
    assert found["violated"] == result.summary["secure"]["test"]["violated"]


def test_other_days_than_it_was_tested_with_are_found(result: StudyResult) -> None:
    wild = replace(result, arrays=result.arrays | {DAYS: 1.3 * result.arrays[DAYS]})
    assert any("secure.test.violated" in told for told in statements(wild, verify(wild)).contradictions)
    assert verify(wild)["secure"].state == "does not hold"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda arrays: arrays.pop(DAYS), "is not in warm.npz"),
        (lambda arrays: arrays.update({DAYS: arrays[DAYS][:, :3]}), "is not in warm.npz"),
        (lambda arrays: arrays.update({DAYS: arrays[DAYS][:90]}), "holds fewer days"),
        (lambda arrays: arrays.update({DAYS: -arrays[DAYS]}), "holds what is no factor"),
        (lambda arrays: arrays.update({DAYS: np.nan * arrays[DAYS]}), "holds what is no factor"),
    ],
)
def test_days_that_do_not_fit_are_refused(
    result: StudyResult, tmp_path: Path, change: Callable[[dict], None], said: str
) -> None:
    arrays = dict(result.arrays)
    change(arrays)
    folder.save(replace(result, arrays=arrays), tmp_path / "wrong")
    with pytest.raises(ResultError, match=said):
        folder.load(tmp_path / "wrong")


def test_columns_of_another_scenario_are_refused(result: StudyResult, tmp_path: Path) -> None:
    for columns, said in ((["sun", "prosumer Nobody"], "is no column of days"), ([1, 2], "are no names")):
        stated = result.summary["secure"] | {"columns": columns}
        folder.save(replace(result, summary=result.summary | {"secure": stated}), tmp_path / "wrong")
        with pytest.raises(ResultError, match=said):
            folder.load(tmp_path / "wrong")


def test_days_are_for_secure_plans_and_no_more_than_there_are(given: GivenDays) -> None:
    told = secure_document()
    with pytest.raises(InputError, match="Ask for at most 80"):
        study.run(document.from_dict(told), study.Options(days=given, test_days=81))
    del told["dso"]["security"]
    with pytest.raises(InputError, match="Ask for a secure plan"):
        study.run(document.from_dict(told), study.Options(days=given))
