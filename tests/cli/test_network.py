"""``network import`` and ``network template``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from p2pdnr.network.readers import read

LINES = "id,from,to,r_ohm,x_ohm,status\nK1,Grid,A,0.5,0.4,closed\nK2,A,B,0.5,0.4,closed\nK3,B,Grid,0.5,0.4,closed\n"
BUSES = "bus,p_kw\nA,100\nB,50\n"


def test_a_template_is_read_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder, out = tmp_path / "grid.xlsx", tmp_path / "sheets", tmp_path / "grid.json"
    assert main(["network", "template", str(book)]) == 0 and main(["network", "template", str(folder)]) == 0
    assert main(["network", "import", str(book), "--out", str(out)]) == 0
    assert main(["network", "import", *map(str, sorted(folder.glob("*.csv")))]) == 0
    assert "state: radial" in capsys.readouterr().out
    table = read(str(out), Path())
    assert table.line_ids == ("K1", "K2", "K3") and table.initially_open == (3,)
    assert read(str(book), Path()).line_ids == table.line_ids


def test_a_template_is_a_workbook_or_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["network", "template", str(tmp_path / "grid.csv")]) == 2
    assert "grid.csv: is no workbook" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_meshed_start_is_told_and_a_radial_one_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lines.csv").write_text(LINES)
    (tmp_path / "buses.csv").write_text(BUSES)
    given = ["network", "import", str(tmp_path / "lines.csv"), str(tmp_path / "buses.csv"), "--kv", "20"]
    assert main([*given, "--out", str(tmp_path / "t.json")]) == 0
    assert "a loop of" in (told := capsys.readouterr().out) and "can be opened by" in told
    assert main([*given, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n_loops"] == 1 and set(report["loops"][0]["can_open"]) == {"K1", "K2", "K3"}
    assert any("Grid" in note["ids"] for note in report["report"])
    assert main(["reconfigure", str(tmp_path / "t.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["open_lines"] == [2]


def test_a_case_of_matpower_and_files_that_do_not_belong_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "function mpc = f\nmpc.version = '2';\nmpc.baseMVA = 1;\n"
    bus = "mpc.bus = [1 3 0 0 0 0 1 1 0 20 1 1.1 0.9; 2 1 0.1 0 0 0 1 1 0 20 1 1.1 0.9];\n"
    rest = "mpc.gen = [1 0 0 1 -1 1 1 1 1 0];\nmpc.branch = [1 2 0.01 0.01 0 0 0 0 0 0 1 -360 360];\n"
    (tmp_path / "case.m").write_text(head + bus + rest)
    assert main(["network", "import", str(tmp_path / "case.m")]) == 0
    (tmp_path / "b.csv").write_text(BUSES)
    assert main(["network", "import", str(tmp_path / "case.m"), str(tmp_path / "b.csv")]) == 2
    assert main(["network", "import", str(tmp_path / "none.json")]) == 2
    assert main(["network", "import", str(tmp_path / "x.dss")]) == 2
    assert "do not belong together" in (told := capsys.readouterr().err) and "Traceback" not in told
