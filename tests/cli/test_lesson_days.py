"""Days of lessons that are not stored, and the command that writes all lessons."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from p2pdnr.cli import lesson_days
from p2pdnr.cli.main import main
from p2pdnr.resources import LESSONS
from p2pdnr.scenario import document
from tests.dashboard import synthetic
from tests.small_scenario import small_document


def test_a_day_is_solved_in_the_modes_that_are_asked_for() -> None:
    scenario = document.from_dict(small_document())
    found = lesson_days.solved(scenario, ["fixed"])
    payload = json.loads(gzip.decompress(found["fixed"]))
    assert list(found) == ["fixed"] and payload["mode"] == "fixed"
    assert payload["summary"]["scenario_sha256"] == document.sha256(scenario)


def test_every_lesson_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = gzip.compress(json.dumps(synthetic.payload("hourly", hours=2)).encode())
    monkeypatch.setattr(lesson_days, "solved", lambda _, modes: dict.fromkeys(modes, day))
    monkeypatch.setattr("p2pdnr.dashboard.one_file.MOST_PROSUMERS", 1)
    assert main(["export", "--lessons", str(tmp_path / "lessons")]) == 0
    written = sorted(path.name for path in (tmp_path / "lessons").iterdir())
    assert written == [f"{path.stem}.html" for path in sorted(LESSONS.glob("[0-9]-*.md"))]


def test_a_result_has_to_be_named_for_all_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--csv", str(tmp_path / "out.zip")]) == 2
    assert "RESULT_DIR" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["export", "--lessons", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
