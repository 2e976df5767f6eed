"""What a terminal is told about a secure plan, and the options that ask for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from p2pdnr.cli.secure_text import secure_text
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from tests.secure_scenario import secure_document
from tests.small_scenario import small_document

Capture = pytest.CaptureFixture[str]


def test_share_price_limits_and_worst_days_are_told(secured: StudyResult) -> None:
    stated = secured.summary["secure"]
    told = secure_text(stated)
    kept = 1 - stated["test"]["violated"] / stated["test"]["days"]
    assert f"limits hold on {kept:.1%} of 200 unseen days (asked for: 80.0%)" in told
    assert f"price of security {stated['price_eur']:,.2f} EUR" in told
    assert f"line 4 on {stated['test']['lines']['4']}" in told
    assert ", ".join(str(day) for day in stated["test"]["worst_days"]) in told


def test_many_lines_are_counted(secured: StudyResult) -> None:
    stated = secured.summary["secure"]
    lines = {str(line): line for line in range(1, 9)}
    told = secure_text(stated | {"test": stated["test"] | {"lines": lines, "high": 7}})
    assert "upper voltage on 7 days, line 8 on 8, line 7 on 7" in told
    assert "3 other lines" in told
    assert "limits that break: none" in secure_text(
        stated | {"test": stated["test"] | {"lines": {}, "low": 0, "high": 0}}
    )


def test_a_secure_plan_is_asked_for_told_and_checked(tmp_path: Path, capsys: Capture) -> None:
    told = secure_document()
    del told["dso"]["security"]
    (tmp_path / "small.json").write_text(json.dumps(told))
    out = tmp_path / "out"
    words = ["solve", str(tmp_path / "small.json"), "--mode", "fixed", "--secure", "70%", "--test-days", "100"]
    assert main([*words, "--out", str(out)]) == 0
    assert "of 100 unseen days (asked for: 70.0%)" in capsys.readouterr().out
    assert folder.load(out).scenario.dso.security is not None
    assert main(["check", str(out)]) == 0
    assert "share of unseen days" in capsys.readouterr().out


def test_check_finds_a_share_that_was_made_up(secured: StudyResult, tmp_path: Path, capsys: Capture) -> None:
    folder.save(secured, tmp_path / "out")
    path = tmp_path / "out" / "summary.json"
    summary = json.loads(path.read_text())
    summary["secure"]["test"]["violated"] = 0
    path.write_text(json.dumps(summary))
    assert main(["check", str(tmp_path / "out")]) == 1
    assert "secure.test.violated = 0, drawn again it is" in capsys.readouterr().out


@pytest.mark.parametrize("share", ["40%", "100%", "much", "nan"])
def test_shares_that_nobody_can_ask_for_are_refused(share: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "small.json").write_text(json.dumps(small_document()))
    assert main(["solve", str(tmp_path / "small.json"), "--secure", share]) == 2
    assert "is no share from 50% to 99.9%" in capsys.readouterr().err
