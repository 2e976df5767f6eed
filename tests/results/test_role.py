from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from p2pdnr.errors import InputError, ResultError, ScenarioError
from p2pdnr.results import folder
from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.money import in_money
from p2pdnr.results.role import role_figures
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import figures
from p2pdnr.scenario import document, patch
from p2pdnr.scenario.patch import with_role
from p2pdnr.study import Options, run
from p2pdnr.verification.statements import _role
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def curtailing(sample: StudyResult) -> StudyResult:
    scenario = patch.apply(with_role(sample.scenario, "validate"), {"dso": {"compensation": "lost_revenue"}})
    keys = {"hour": sample.tables.prosumers["hour"], "prosumer": sample.tables.prosumers["prosumer"]}
    rows = len(sample.tables.prosumers)
    values = {"asked_kw": 5.0, "curtailed_kw": 2.0, "compensation_eur": 0.25, "shed_kw": 0.0}
    table = pd.DataFrame(keys | {"low_kw": np.full(rows, np.nan), "high_kw": np.full(rows, np.nan)} | values)
    table = table[[column.name for column in OPTIONAL_TABLES["role"]]]
    told = role_figures(scenario, table, figures(scenario, sample.network, sample.tables))
    summary = sample.summary | {"role": told, "scenario_sha256": document.sha256(scenario)}
    return replace(sample, scenario=scenario, role=table, summary=summary)


def refused(path: Path) -> str:
    with pytest.raises(ResultError) as caught:
        folder.load(path)
    return str(caught.value)


def test_what_a_role_tells_is_kept(curtailing: StudyResult, tmp_path: Path) -> None:
    folder.save(curtailing, tmp_path / "out")
    read = folder.load(tmp_path / "out")
    assert read.role is not None and curtailing.role is not None
    pd.testing.assert_frame_equal(read.role, curtailing.role, check_exact=True, check_dtype=False)
    assert read.summary["role"] == curtailing.summary["role"]
    assert read.scenario.dso.role == "validate"
    assert list(_role(read)) == []


def test_its_figures_follow_from_its_table(curtailing: StudyResult) -> None:
    told, costs, rows = curtailing.summary["role"], curtailing.summary["costs_eur"], len(curtailing.tables.prosumers)
    own = figures(curtailing.scenario, curtailing.network, curtailing.tables)["costs_eur"]
    assert told["compensation_eur"] == pytest.approx(0.25 * rows)
    assert told["curtailed_kwh"] == pytest.approx(2.0 * rows * curtailing.scenario.step_h)
    expected = own["losses"] + own["violations"] + own["switching"] + 0.25 * rows
    assert told["operator_cost_eur"] == pytest.approx(expected)
    assert set(costs) == set(own)


@pytest.mark.parametrize("name", ["operator_cost_eur", "curtailed_kwh", "compensation_eur", "revenue_eur", "name"])
def test_a_false_figure_is_noticed(curtailing: StudyResult, name: str) -> None:
    wrong = "leader" if name == "name" else curtailing.summary["role"][name] + 1.0
    forged = curtailing.summary["role"] | {name: wrong}
    found = list(_role(replace(curtailing, summary=curtailing.summary | {"role": forged})))
    assert [f"role.{name}" in item for item in found] == [True]


def test_money_of_a_role_moves_with_its_currency(curtailing: StudyResult) -> None:
    cents = in_money(curtailing, 100.0)
    assert cents.role is not None and curtailing.role is not None
    assert cents.role["compensation_eur"].to_numpy() == pytest.approx(100.0 * curtailing.role["compensation_eur"])
    assert cents.role["curtailed_kw"].equals(curtailing.role["curtailed_kw"])
    cost_eur = curtailing.summary["role"]["operator_cost_eur"]
    assert cents.summary["role"]["operator_cost_eur"] == pytest.approx(100.0 * cost_eur)


def test_a_table_that_lacks_or_is_too_much_is_refused(
    curtailing: StudyResult, sample: StudyResult, tmp_path: Path
) -> None:
    folder.save(curtailing, tmp_path / "out")
    (tmp_path / "out" / "role.csv").unlink()
    assert "role.csv" in refused(tmp_path / "out") and "is missing" in refused(tmp_path / "out")
    folder.save(replace(sample, role=curtailing.role), tmp_path / "welfare")
    assert "stands where nothing is to be told" in refused(tmp_path / "welfare")


def test_a_row_that_lacks_is_refused(curtailing: StudyResult, tmp_path: Path) -> None:
    assert curtailing.role is not None
    folder.save(replace(curtailing, role=curtailing.role.iloc[1:]), tmp_path / "out")
    assert "rows are expected" in refused(tmp_path / "out") or "are expected" in refused(tmp_path / "out")


def test_a_welfare_result_says_nothing_of_roles(sample: StudyResult, tmp_path: Path) -> None:
    folder.save(sample, tmp_path / "out")
    assert not (tmp_path / "out" / "role.csv").exists()
    header = (tmp_path / "out" / "bills.csv").read_text().splitlines()[0]
    assert "compensation" not in header and "role" not in folder.load(tmp_path / "out").summary


def test_compensation_stands_in_bills_where_it_is_paid(curtailing: StudyResult, tmp_path: Path) -> None:
    bills = curtailing.tables.bills.assign(compensation_eur=-1.0)
    folder.save(replace(curtailing, tables=replace(curtailing.tables, bills=bills)), tmp_path / "out")
    assert (folder.load(tmp_path / "out").tables.bills["compensation_eur"] == -1.0).all()


def test_a_role_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"dso.*role"):
        run(document.from_dict(small_document()), Options(role="king"))  # type: ignore[arg-type]


def test_a_bound_is_there_for_welfare_alone() -> None:
    with pytest.raises(InputError, match="certify"):
        run(document.from_dict(small_document()), Options(role="validate", certify=True))


def test_a_column_that_the_role_does_not_have_or_that_is_not_whole_is_noticed(curtailing: StudyResult) -> None:
    assert curtailing.role is not None
    for name, value, text in (("low_kw", 1.0, "does not know"), ("shed_kw", np.nan, "has no shed_kw in 1 rows")):
        values = curtailing.role[name].to_numpy(dtype=float).copy()
        values[0] = value
        assert any(text in item for item in _role(replace(curtailing, role=curtailing.role.assign(**{name: values}))))
