"""Where commands may write, and how much they may be asked for: what cannot be is told with a remedy, status 2."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from p2pdnr.cli import screenshot
from p2pdnr.cli.main import main
from p2pdnr.resources import ASSETS

Capture = pytest.CaptureFixture[str]
COMMANDS: dict[str, list[str]] = {
    "solve": ["{scenario}", "--out"],
    "compare": ["{scenario}", "--out"],
    "sweep": ["{scenario}", "--vary", "pv_kw=1:2:2", "--out"],
    "reconfigure": ["case33bw", "--hours", "{scenario}", "--out"],
    "screenshot": ["{result}", "--hour", "0", "--out"],
    "generate": [],
    "export csv": ["{result}", "--csv"],
    "export gif": ["{result}", "--gif"],
    "export pandapower": ["{result}", "--pandapower", "0"],
}


@pytest.mark.parametrize("place", ["a\0b", "x" * 5000, "x/" * 3000], ids=["NUL", "long name", "long path"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_cannot_be_is_refused(
    command: str,
    place: str,
    result_folder: Path,
    scenario_file: Callable[[object], Path],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    scenario = scenario_file(lambda told: told)
    words = [word.format(scenario=scenario, result=result_folder) for word in COMMANDS[command]]
    assert main([command.split()[0], *words, f"{tmp_path}/{place}"]) == 2
    told = capsys.readouterr().err
    assert "choose" in told and "Traceback" not in told and "fault of the programme" not in told


def test_a_table_that_cannot_be_written_is_told(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("")
    assert main(["export", str(result_folder), "--csv", str(tmp_path / "file" / "x.zip")]) == 2
    assert main(["generate", "--prosumers", "2", str(tmp_path / "file" / "x.json")]) == 2
    assert capsys.readouterr().err.count("Choose a place that may be written") == 2


def test_a_full_disk_is_no_fault_of_the_input(
    result_folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("p2pdnr.results.exports.write_csv_zip", full)
    assert main(["export", str(result_folder), "--csv", str(tmp_path / "x.zip")]) == 1
    assert "No space left" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["generate", "--prosumers", "100000000", "x.json"], "more than 50,000"),
        (["solve", "x.json", "--stress", "1000000000"], "more than 10,000"),
        (["compare", "x.json", "--stress", "1000000000"], "more than 10,000"),
        (["screenshot", "x.json", "--hour", "1", "--out", "x.png", "--tab", "nope"], "'voltages'"),
    ],
)
def test_what_has_no_end_or_is_not_there_is_refused(words: list[str], told: str, capsys: Capture) -> None:
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_the_tabs_are_those_of_the_page() -> None:
    text = (ASSETS / "charts" / "tabs.js").read_text(encoding="utf8")
    [kinds] = re.findall(r"const KINDS = (\[.*?\n\]);", text, re.DOTALL)
    [behind] = re.findall(r"const BEHIND = \{(.*?)\};", text)
    hidden = re.findall(r'(\w+): "', behind)
    assert tuple(re.findall(r'(\w+): t\("[\w ]+"\)', kinds)) == tuple(
        tab for tab in screenshot.TABS if tab not in hidden
    )
