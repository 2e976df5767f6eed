from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2pdnr import __main__, __version__
from p2pdnr.cli import main as entry
from p2pdnr.cli.main import COMMANDS, main
from p2pdnr.errors import SolverError

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "p2pdnr", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=1200, env={**os.environ, **environment}
    )


def test_help_names_every_command(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for name, line in COMMANDS.items():
        assert name in told
        assert line.split()[0] in told


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: Capture) -> None:
    assert main([command, "--help"]) == 0
    assert "usage:" in capsys.readouterr().out


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "COMMAND"),
        (["dissolve"], "dissolve"),
        (["solve"], "SCENARIO"),
        (["solve", "x.json", "--mode", "daily"], "daily"),
        (["solve", "x.json", "--tolerance", "nan"], "not finite"),
        (["solve", "x.json", "--tolerance", "0"], "not above zero"),
        (["solve", "x.json", "--time-limit", "soon"], "not a number"),
        (["solve", "x.json", "--seed", "-1"], "below zero"),
        (["solve", "x.json", "--tol", "1"], "--tol"),
        (["check"], "RESULT_DIR"),
        (["export", "x"], "required"),
        (["sweep", "x.json"], "--vary"),
        (["generate", "x.json", "--prosumers", "many"], "not a whole number"),
    ],
)
def test_mistakes_in_the_arguments_end_with_status_2(arguments: list[str], told: str, capsys: Capture) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (SolverError("no answer at hour 3"), "error: no answer at hour 3\n"),
        (KeyboardInterrupt(), "error: interrupted\n"),
        (ZeroDivisionError("x"), "error: ZeroDivisionError: x (a fault of the programme)\n"),
    ],
)
def test_what_goes_wrong_on_the_way_is_one_line_and_status_1(
    raised: BaseException, told: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from p2pdnr.cli import check

    def fail(_: object) -> int:
        raise raised

    monkeypatch.setattr(check, "run", fail)
    assert main(["check", "x"]) == 1
    assert capsys.readouterr().err == told


def test_a_traceback_is_shown_when_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    from p2pdnr.cli import check

    monkeypatch.setenv("P2PDNR_TRACEBACK", "1")
    monkeypatch.setattr(check, "run", lambda _: 1 // 0)
    assert main(["check", "x"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_too_little_memory_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    from p2pdnr.cli import check

    monkeypatch.setattr(check, "run", lambda _: bytearray(10**17))
    assert main(["check", "x"]) == 1
    assert capsys.readouterr().err.startswith("error: this needs more memory than there is")


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from p2pdnr.cli.main import main; main(['solve', '--help']); "
        "heavy = {'numpy', 'pandas', 'pydantic', 'cvxpy', 'pandapower', 'numba'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_as_a_programme_of_its_own() -> None:
    done = run("check", "no/such/folder")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: folder no/such/folder: does not exist. ")


def test_a_reader_that_stops_reading_causes_no_noise(result_folder: Path) -> None:
    command = f"{sys.executable} -m p2pdnr check {result_folder} | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_the_commands_of_the_help_are_the_modules() -> None:
    folder = Path(entry.__file__).parent
    shared = {
        "__init__",
        "chromium",
        "compare_roles",
        "csv_rows",
        "fonts",
        "lever_options",
        "outage_options",
        "lesson_days",
        "main",
        "options",
        "printing",
        "pictures",
        "progress",
        "report",
        "reconfigure_day",
        "reconfigure_horizon",
        "reconfigure_scenarios",
        "reconfigure_text",
        "secure_text",
        "terminal",
        "scenario_profiles",
    }
    assert {path.stem for path in folder.glob("*.py")} - shared == set(COMMANDS)


def test_what_a_command_loads_is_seldom_looked_through_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen, ended = gc.get_threshold(), list[int](), list[int]()
    monkeypatch.setattr(__main__, "main", lambda: seen.append(gc.get_threshold()[0]) or 3)
    monkeypatch.setattr(os, "_exit", ended.append)
    try:
        gc.set_threshold(700)
        __main__.run()
    finally:
        gc.set_threshold(*before)
    assert (seen, ended) == ([__main__.LOADED], [3])
