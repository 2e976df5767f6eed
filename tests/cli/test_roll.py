from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from p2pdnr.scenario.synthetic import tiny


def test_a_day_as_it_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps(tiny()))
    place, table = str(tmp_path / "tiny.json"), str(tmp_path / "turns.csv")
    assert main(["roll", place, "--exact-forecast", "--json", "--out", table]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["regret_eur"] == pytest.approx(0.0, abs=1e-9)
    assert [turn["step"] for turn in told["turns"]] == [0, 1]
    assert Path(table).read_text().startswith("step,seen_eur,came_eur,operations,balanced_kwh")
    assert main(["roll", str(tmp_path / "no.json")]) == 2


def test_a_day_that_is_kept_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps(tiny()))
    kept = tmp_path / "kept"
    assert main(["roll", str(tmp_path / "tiny.json"), "--seed", "2", "--keep", str(kept)]) == 0
    capsys.readouterr()
    assert main(["check", str(kept)]) == 0
    assert "ok    rolled.json" in capsys.readouterr().out
    told = json.loads((kept / "rolled.json").read_text())
    (kept / "rolled.json").write_text(json.dumps(told | {"rolled_eur": told["rolled_eur"] + 1.0}))
    assert main(["check", str(kept)]) == 1
    assert "FAILS rolled.json states rolled_eur" in capsys.readouterr().out
    assert main(["roll", str(tmp_path / "tiny.json"), "--keep", str(tmp_path)]) == 2


def test_market_and_batteries_are_planned_anew_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps(tiny()))
    kept = tmp_path / "kept"
    assert main(["roll", str(tmp_path / "tiny.json"), "--seed", "2", "--market", "--keep", str(kept)]) == 0
    assert "all costs" in capsys.readouterr().out
    assert main(["check", str(kept)]) == 0
    assert "ok    rolled.json" in capsys.readouterr().out
