"""The certificate of generators that hold their voltages: what it finds, and what it leaves open."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.errors import ResultError
from p2pdnr.network.generators import holding
from p2pdnr.results import exports, folder, take_along
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.columns import EXPORTED
from p2pdnr.results.generators import generator_table
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.sheets.reading import read_sheets
from p2pdnr.verification import verify
from p2pdnr.verification.network_again import differences
from p2pdnr.verification.statements import statements
from tests.held_scenario import held_document


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return study.run(document.from_dict(held_document(2, 2, flexible=True)))


def stated(result: StudyResult, move_kvar: float | np.ndarray) -> StudyResult:
    """The result with generators giving something else."""
    assert result.network.held is not None and result.network.held.kvar is not None
    return replace(result, network=holding(result.network, result.network.held.kvar + move_kvar))


def test_it_holds_and_what_takes_reactive_power_as_fixed_is_left_open(result: StudyResult) -> None:
    found = verify(result)
    assert found["held_voltages_pu"].state == HOLDS
    for name in ("gap_central", "charges", "rank"):
        assert found[name].state == NOT_SHOWN and "hold a voltage" in found[name].reason
    others = {name: item.state for name, item in found.items()} | dict.fromkeys(("gap_central", "charges", "rank"), "")
    assert FAILS not in others.values()


def test_it_fails_where_a_generator_gives_something_else(result: StudyResult) -> None:
    held = result.network.held
    assert held is not None and held.kvar is not None
    inside = (held.kvar > held.generators.least_kvar + 1.0) & (held.kvar < held.generators.most_kvar - 1.0)
    assert inside.any()
    for move in (0.5, -0.5):
        assert verify(stated(result, np.where(inside, move, 0.0)))["held_voltages_pu"].state == FAILS


def test_it_names_a_bus_as_its_owner_does(result: StudyResult) -> None:
    assert re.search(r"\(bus [234] in hour [012]\)", verify(result)["held_voltages_pu"].text)
    for ids, said in ((("a", "Mill", "Mill", "Mill"), "bus Mill in"), (("a", "Bus 7", "Bus 7", "Bus 7"), "(Bus 7 in")):
        named = replace(result, network=result.network.with_(bus_ids=ids))
        assert said in verify(named)["held_voltages_pu"].text


def test_it_fails_beyond_a_limit_and_at_the_wrong_end(result: StudyResult) -> None:
    held = result.network.held
    assert held is not None and held.kvar is not None
    beyond = verify(stated(result, held.generators.most_kvar - held.kvar + 1.0))["held_voltages_pu"]
    assert beyond.state == FAILS and "beyond its limits" in beyond.text
    assert re.search(r"\(bus [234] in hour [012]: ", beyond.text)
    for end in (held.generators.least_kvar, held.generators.most_kvar):
        assert verify(stated(result, end - held.kvar))["held_voltages_pu"].state == FAILS


def test_a_folder_tells_what_generators_give(result: StudyResult, tmp_path: Path) -> None:
    folder.save(result, tmp_path / "out")
    again = folder.load(tmp_path / "out")
    assert again.network.held is not None and result.network.held is not None
    np.testing.assert_array_equal(again.network.held.kvar, result.network.held.kvar)
    assert not list(differences(again.scenario, again.network))
    assert {name: item.state for name, item in verify(again).items()} == {
        name: item.state for name, item in verify(result).items()
    }


def test_a_folder_that_leaves_an_hour_out_is_refused(result: StudyResult, tmp_path: Path) -> None:
    rows = [{**row, "kvar": row["kvar"][:-1]} for row in result.summary["generators"]]
    folder.save(replace(result, summary=result.summary | {"generators": rows}), tmp_path / "out")
    with pytest.raises(ResultError, match="every hour of the generators"):
        folder.load(tmp_path / "out")


def test_what_the_summary_says_of_generators_is_held_against_the_network(result: StudyResult) -> None:
    assert not [said for said in statements(result, verify(result)).contradictions if "generators" in said]
    for name, other in (("set_pu", 1.5), ("hours_at_limit", [0, 1, 2]), ("bus", 1)):
        first, *others = result.summary["generators"]
        told = replace(result, summary=result.summary | {"generators": [first | {name: other}, *others]})
        assert any("other generators" in said for said in statements(told, verify(told)).contradictions)


def test_other_set_points_than_the_scenario_has_are_found(result: StudyResult) -> None:
    held = result.network.held
    assert held is not None
    other = replace(held, generators=replace(held.generators, vm_pu=held.generators.vm_pu + 0.01))
    assert list(differences(result.scenario, result.network.with_(held=other))) == [
        "network.json has another held than the scenario's network"
    ]
    assert not list(differences(result.scenario, result.network.with_(held=None)))


def test_a_bound_over_all_schedules_is_not_stated(result: StudyResult) -> None:
    bounded = study.run(result.scenario, study.Options(certify=True))
    assert bounded.summary["lower_bound_eur"] is None and "No lower bound: generators" in bounded.summary["proved"]
    assert "lower_bound" not in bounded.summary["certificates"]


def test_exports_have_a_table_of_generators(result: StudyResult, tmp_path: Path) -> None:
    exports.write_csv_zip(result, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        table = pd.read_csv(archive.open("generators.csv"), keep_default_na=False)
    assert table.columns.tolist() == [column.name for column in EXPORTED["generators"]]
    buses = result.tables.buses.set_index(["hour", "bus"])["vm_pu"]
    for item in result.summary["generators"]:
        own = table[table["bus"] == item["bus"]]
        assert own["kvar"].tolist() == pytest.approx(item["kvar"])
        assert (own["set_pu"] == item["set_pu"]).all()
        assert own["vm_pu"].tolist() == pytest.approx([buses[hour, item["bus"]] for hour in own["hour"]])
        assert own["hour"][own["at_limit"] != ""].tolist() == item["hours_at_limit"]
    take_along.write_excel(result, tmp_path / "out.xlsx")
    sheets = read_sheets((tmp_path / "out.xlsx").read_bytes(), "out.xlsx")
    sheet = next(one for one in sheets if one.name.endswith("generators"))
    assert list(sheet.rows[0]) == table.columns.tolist() and len(sheet.rows) == 1 + len(table)
    plain = replace(result, network=result.network.with_(held=None))
    assert "generators" not in exports.all_tables(plain)


def test_a_table_of_generators_says_at_which_limit_one_is(result: StudyResult) -> None:
    held = result.network.held
    assert held is not None
    for name, kvar in (("most", held.generators.most_kvar), ("least", held.generators.least_kvar)):
        ends = np.tile(kvar, (result.scenario.hours, 1))
        assert (generator_table(replace(result, network=holding(result.network, ends)))["at_limit"] == name).all()
