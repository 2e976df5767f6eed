from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.results import folder
from p2pdnr.results.day_loads import consumed_kw
from p2pdnr.results.summary import matrix
from p2pdnr.results.withdrawn import withdrawals
from p2pdnr.verification.judge import judge

Capture = pytest.CaptureFixture[str]


def test_the_worst_faults_are_told_and_all_are_written(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "faults.csv"
    assert main(["outages", str(result_folder), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "energy not supplied per fault, the worst lines first" in told
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    result = folder.load(result_folder)
    assert len(rows) == int(result.tables.lines["closed"].sum())
    assert {row["limits"] for row in rows} <= {"kept", "broken"}


def test_one_line_is_told_hour_by_hour_and_as_json(result_folder: Path, capsys: Capture) -> None:
    result = folder.load(result_folder)
    line = int(result.tables.lines.query("closed == 1")["line"].iloc[0])
    assert main(["outages", str(result_folder), "--line", str(line), "--json", "--repair", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["line"] for row in found["faults"]} == {line}
    assert main(["outages", str(result_folder), "--line", str(line)]) == 0
    assert "operations in order" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--line", "999"], "--line"), (["--vm-min", "1.2"], "--vm-min"), (["--line", "no such"], "--line")],
)
def test_what_cannot_be_meant_is_refused(result_folder: Path, capsys: Capture, options: list[str], said: str) -> None:
    assert main(["outages", str(result_folder), *options]) == 2
    assert said in capsys.readouterr().err


def test_faults_of_another_topology_are_those_of_a_plan_that_has_it(result_folder: Path, capsys: Capture) -> None:
    result = folder.load(result_folder)
    opened = str(result.tables.hours["open_lines"].iloc[0]).split()
    words = ["outages", str(result_folder), "--hour", "0", "--json"]
    assert main(words) == 0
    own = json.loads(capsys.readouterr().out)
    assert main([*words, "--open", *opened]) == 0
    assert json.loads(capsys.readouterr().out) == own


def test_a_topology_that_is_not_radial_is_refused_with_what_to_do(result_folder: Path, capsys: Capture) -> None:
    assert main(["outages", str(result_folder), "--hour", "0", "--open", "1"]) == 2
    told = capsys.readouterr().err
    assert "--open" in told and "exactly one path" in told


def test_the_loads_of_a_day_give_its_voltages_again(result_folder: Path) -> None:
    result = folder.load(result_folder)
    scenario, network = result.scenario, result.network
    p_kw, q_kvar = withdrawals(scenario, network, matrix(result.tables.prosumers, "injection_kw", scenario))
    closed = matrix(result.tables.lines, "closed", scenario) > 0.5
    assert judge(network, closed, p_kw, q_kvar).vm_pu == pytest.approx(
        matrix(result.tables.buses, "vm_pu", scenario), abs=1e-6
    )
    assert (consumed_kw(result) >= np.minimum(p_kw, 0.0)).all()
