"""Pictures of the page from the command line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from p2pdnr.cli import screenshot
from p2pdnr.cli.main import main
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult

ROOT = Path(__file__).resolve().parents[2]

Capture = pytest.CaptureFixture[str]


def command(source: Path, target: Path, hour: str = "3", *more: str) -> list[str]:
    return ["screenshot", str(source), "--hour", hour, "--out", str(target), *more]


def in_a_process(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it: two drivers of a browser cannot live in one process."""
    line = [sys.executable, "-m", "p2pdnr", *words]
    return subprocess.run(line, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.mark.browser
def test_a_picture_of_a_result(result_folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    target = tmp_path / "page.png"
    done = in_a_process(command(result_folder, target, "3", "--theme", "dark", "--width", "700"))
    assert done.returncode == 0, done.stderr
    with Image.open(io.BytesIO(target.read_bytes())) as picture:
        assert picture.width == 700 and picture.height > 900
        assert picture.convert("RGB").getpixel((2, picture.height - 2)) == (20, 23, 28)


def test_a_scenario_is_solved_first(
    sample: StudyResult, scenario_file: Callable[[object], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from p2pdnr import study

    asked: list[object] = []
    monkeypatch.setattr(study, "run", lambda scenario, **more: asked.append((scenario.name, more)) or sample)
    source = scenario_file(lambda told: told)
    made = screenshot._result(source, tmp_path / "made")
    assert asked == [("Sample day", {"folder": source.parent})]
    assert folder.load(made).summary["name"] == "Sample day"


def test_an_hour_beyond_the_day(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(command(result_folder, tmp_path / "page.png", "8")) == 2
    assert "hour from 0 to 7" in capsys.readouterr().err


@pytest.mark.parametrize("more", [("--width", "10"), ("--theme", "pink"), ("--width", "wide")])
def test_options_that_are_none(result_folder: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert main(command(result_folder, tmp_path / "page.png", "3", *more)) == 2


def test_without_the_driver_it_says_what_to_install(
    result_folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(command(result_folder, tmp_path / "page.png")) == 2
    assert "pip install playwright" in capsys.readouterr().err


@pytest.mark.browser
def test_without_a_browser_it_says_so(result_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "no-browser"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    broken.chmod(0o755)
    done = in_a_process(command(result_folder, tmp_path / "page.png"), CHROMIUM=str(broken))
    assert done.returncode == 2
    assert "CHROMIUM" in done.stderr
