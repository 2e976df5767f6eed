from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.network import pandapower_net
from p2pdnr.network.readers import from_text
from p2pdnr.results import exports
from p2pdnr.results.columns import TABLES
from p2pdnr.results.study_result import StudyResult


@pytest.mark.parametrize("hour", [0, 5])
def test_pandapower_solves_the_exported_hour_to_our_state(sample: StudyResult, tmp_path: Path, hour: int) -> None:
    exports.write_pandapower(sample, hour, tmp_path / "net.json")
    net = pp.from_json(str(tmp_path / "net.json"))
    pp.runpp(net, numba=False, tolerance_mva=1e-9)
    buses = sample.tables.buses[sample.tables.buses["hour"] == hour]
    assert np.allclose(net.res_bus["vm_pu"], buses["vm_pu"], atol=1e-9)
    lines = sample.tables.lines[sample.tables.lines["hour"] == hour]
    assert np.allclose(net.res_line["pl_mw"].fillna(0) * 1e3, lines["loss_kw"], atol=1e-5)
    assert np.allclose(net.res_line["loading_percent"].fillna(0), lines["loading_percent"], atol=1e-4)
    assert net.switch["closed"].tolist() == lines["closed"].astype(bool).tolist()
    assert "Works" in net.sgen["name"].tolist()


def test_an_hour_that_does_not_exist(sample: StudyResult) -> None:
    for hour in (-1, 8):
        with pytest.raises(ResultError, match="from 0 to 7"):
            exports.pandapower_net(sample, hour)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "  =1", "\n=1"])
def test_cells_that_start_a_formula_are_made_harmless(cell: str) -> None:
    assert exports.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("sign", "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u207c")
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u00a0", "\u200b\ufeff", "\x00", "\u2028"])
def test_other_forms_of_a_sign_start_a_formula_too(sign: str, before: str) -> None:
    assert exports.harmless(f"{before}{sign}1+1") == f"'{before}{sign}1+1"


@pytest.mark.parametrize("cell", ["Home", "a=b", "", "7 9", "P-1", "\u3000\u5bb6", "\u200b"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert exports.harmless(cell) == cell


def test_the_archive_holds_every_table_and_no_formula(sample: StudyResult, tmp_path: Path) -> None:
    people = sample.tables.prosumers.replace("Home", "-2+3")
    exports.write_csv_zip(replace(sample, tables=replace(sample.tables, prosumers=people)), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {Path(name).stem for name in archive.namelist()} == set(TABLES)
        rows = list(csv.DictReader(io.StringIO(archive.read("prosumers.csv").decode())))
    assert rows[0]["prosumer"] == "'-2+3"
    assert rows[1]["prosumer"] == "Farm"
    assert float(rows[0]["injection_kw"]) == sample.tables.prosumers["injection_kw"].iloc[0] < 0


def test_exported_network_is_json(sample: StudyResult, tmp_path: Path) -> None:
    exports.write_pandapower(sample, 0, tmp_path / "net.json")
    assert json.loads((tmp_path / "net.json").read_text())["_class"] == "pandapowerNet"


def test_grids_with_couplers_solve_with_a_plain_runpp() -> None:
    network = from_text("S1 2, 2 3, 3 4, bus 4 p=30000")
    coupler = np.array([False, True, False])
    r, x = network.r_pu / 100, network.x_pu / 100
    stiff = network.with_(r_pu=np.where(coupler, 0.0, r), x_pu=np.where(coupler, 1e-8, x))
    for grid, stated in ((network, False), (stiff, True)):
        net = pandapower_net.build(grid, grid.closed[None]).net
        pandapower_net.state_tolerance(net, grid)
        assert ("tolerance_mva" in net.get("user_pf_options", {})) is stated
        pp.create_load(net, 3, 30.0 if stated else 0.1)
        pp.runpp(net, numba=False)
        assert net.converged
