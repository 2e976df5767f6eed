"""Pictures of the page from the command line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from p2pdnr.cli import screenshot
from p2pdnr.cli.main import main
from p2pdnr.errors import InputError
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


@pytest.mark.parametrize("more", [("--width", "10"), ("--theme", "pink"), ("--width", "wide"), ("--tolerance", "101")])
def test_options_that_are_none(result_folder: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert main(command(result_folder, tmp_path / "page.png", "3", *more)) == 2


def test_without_the_driver_it_says_what_to_install(
    result_folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(command(result_folder, tmp_path / "page.png")) == 2
    assert "pip install playwright" in capsys.readouterr().err


def test_the_page_is_asked_for_in_a_language(
    result_folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(screenshot, "browser_page", lambda *_: nullcontext())
    monkeypatch.setattr(screenshot, "served", lambda *_: nullcontext("http://127.0.0.1:1/"))
    monkeypatch.setattr(screenshot, "picture_of", lambda _, address: asked.append(address) or b"")
    assert main(command(result_folder, tmp_path / "page.png", "3", "--lang", "de")) == 0
    assert main(command(result_folder, tmp_path / "page.png")) == 0
    assert [parse_qs(urlsplit(address).query)["lang"] for address in asked] == [["de"], ["en"]]
    assert main(command(result_folder, tmp_path / "page.png", "3", "--lang", "xx")) == 2
    assert "xx --lang: is no language known here" in capsys.readouterr().err


@pytest.mark.browser
def test_without_a_browser_it_says_so(result_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "no-browser"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    broken.chmod(0o755)
    done = in_a_process(command(result_folder, tmp_path / "page.png"), CHROMIUM=str(broken))
    assert done.returncode == 2
    assert "CHROMIUM" in done.stderr


def png(colour: tuple[int, int, int], dot: bool = False) -> bytes:
    """A plain picture, with a dot or without."""
    from PIL import Image, ImageDraw

    picture, held = Image.new("RGB", (64, 64), colour), io.BytesIO()
    if dot:
        ImageDraw.Draw(picture).ellipse([20, 20, 36, 36], fill="#d1431f")
    picture.save(held, "PNG")
    return held.getvalue()


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A picture that was just taken."""
    (tmp_path / "now.png").write_bytes(png((247, 246, 242)))
    return tmp_path / "now.png"


def test_the_same_as_the_agreed_picture(taken: Path, capsys: Capture) -> None:
    agreed = taken.parent / "agreed" / "now.png"
    agreed.parent.mkdir()
    agreed.write_bytes(png((247, 246, 243)))
    assert screenshot.agreed(agreed, taken, 0.004, renew=False) == 0
    assert "the same as" in capsys.readouterr().out
    before = agreed.read_bytes()
    assert screenshot.agreed(agreed, taken, 0.004, renew=True) == 0
    assert agreed.read_bytes() == before, "what shows the same stays"


def test_another_picture_fails_and_is_drawn(taken: Path, capsys: Capture) -> None:
    agreed = taken.parent / "agreed.png"
    agreed.write_bytes(png((247, 246, 242), dot=True))
    assert screenshot.agreed(agreed, taken, 0.5, renew=False) == 1
    assert "differs from" in capsys.readouterr().out
    assert (taken.parent / "now-difference.png").read_bytes().startswith(b"\x89PNG")
    assert screenshot.agreed(agreed, taken, 0.004, renew=True) == 0
    assert agreed.read_bytes() == taken.read_bytes()


def test_a_picture_nobody_agreed_on(taken: Path) -> None:
    agreed = taken.parent / "agreed" / "now.png"
    with pytest.raises(InputError, match="--renew"):
        screenshot.agreed(agreed, taken, 0.004, renew=False)
    assert screenshot.agreed(agreed, taken, 0.004, renew=True) == 0
    assert agreed.read_bytes() == taken.read_bytes()


def test_what_is_no_picture_is_told(taken: Path) -> None:
    agreed = taken.parent / "agreed.png"
    agreed.write_bytes(b"something else")
    with pytest.raises(InputError, match="is no picture"):
        screenshot.agreed(agreed, taken, 0.004, renew=False)


@pytest.mark.browser
def test_the_command_keeps_then_compares_then_fails(result_folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    target = tmp_path / "page.png"

    def run(hour: str, *more: str) -> int:
        words = command(result_folder, target, hour, "--theme", "dark", "--width", "700")
        done = in_a_process([*words, "--compare", str(tmp_path / "agreed"), *more])
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode

    assert run("3", "--renew") == 0
    with Image.open(io.BytesIO(target.read_bytes())) as picture:
        assert picture.width == 700 and picture.height > 900
        assert picture.convert("RGB").getpixel((2, picture.height - 2)) == (20, 23, 28)
    assert run("3") == 0
    assert run("5") == 1
    assert (tmp_path / "page-difference.png").exists()
