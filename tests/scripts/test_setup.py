"""Set-up installs when requirements changed and only then, and copes with a Python that lacks venv."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import browser, node, setup

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of four requirement files, and a lock of Node's, whose environment is this interpreter."""
    names = ("requirements.txt", "requirements-dev.txt", "requirements-site.txt", "constraints.txt")
    for name in (*names, "package-lock.json"):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    return tmp_path


@pytest.fixture
def commands(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What set-up would run, instead of running it; the stamp's check of the interpreter still runs."""
    ran: list[list[str]] = []
    real = subprocess.run

    def record(command: list[Any], **options: Any) -> subprocess.CompletedProcess[bytes]:
        if command[1] == "-c":
            return real(command, **options)
        ran.append([str(word) for word in command])
        if "venv" in command:
            (project / ".venv").mkdir()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", record)
    monkeypatch.setattr(browser, "find", lambda: Path("chromium"))
    monkeypatch.setattr(node, "find", lambda: Path("node"))
    return ran


def pip_files(commands: list[list[str]]) -> list[str]:
    """The requirement files pip was given, in order."""
    return [Path(command[command.index("-r") + 1]).name for command in commands if "-r" in command]


def test_first_call_creates_and_installs_and_the_second_does_nothing(commands: list[list[str]]) -> None:
    setup.prepare("app")
    assert any("venv" in command or "virtualenv" in command for command in commands)
    assert pip_files(commands) == ["requirements.txt"]
    commands.clear()
    setup.prepare("app")
    assert commands == []


def test_a_new_environment_gets_the_pinned_pip_and_no_setuptools(commands: list[list[str]]) -> None:
    setup.prepare("app")
    made, upgraded, removed, installed = commands
    assert upgraded[2:4] == ["pip", "install"] and upgraded[-2] == "-c" and "pip" in upgraded[4:-2]
    assert removed[2:4] == ["pip", "uninstall"] and removed[-1] == "setuptools"
    assert "venv" in made and "-r" in installed
    pinned = (Path(setup.__file__).parents[1] / "constraints.txt").read_text(encoding="utf8")
    assert re.search(r"^pip==\d", pinned, re.MULTILINE)


@pytest.fixture
def prepared(project: Path, commands: list[list[str]]) -> list[list[str]]:
    """Commands after everything, tests included, was installed."""
    setup.install("dev")
    node.install_modules(project)
    commands.clear()
    return commands


def test_an_environment_for_tests_serves_the_app(prepared: list[list[str]]) -> None:
    setup.prepare("app")
    assert prepared == []


@pytest.mark.parametrize(
    ("changed", "app", "dev"),
    [
        ("requirements.txt", ["requirements.txt"], ["requirements-dev.txt"]),
        ("constraints.txt", ["requirements.txt"], ["requirements-dev.txt"]),
        ("requirements-dev.txt", [], ["requirements-dev.txt"]),
    ],
)
def test_a_changed_file_is_installed_again(
    project: Path, prepared: list[list[str]], changed: str, app: list[str], dev: list[str]
) -> None:
    (project / changed).write_text("# other\n")
    setup.prepare("app")
    assert pip_files(prepared) == app
    prepared.clear()
    setup.prepare("dev")
    assert pip_files(prepared) == dev


def test_modules_of_node_are_installed_when_their_lock_changed(project: Path, prepared: list[list[str]]) -> None:
    for changed in (False, True, False):
        if changed:
            (project / "package-lock.json").write_text("other")
        prepared.clear()
        setup.prepare("dev")
        assert [command[1] for command in prepared] == (["ci"] if changed else [])


@pytest.mark.parametrize("ci", ["", "1"])
def test_a_missing_node_is_told_and_a_failure_where_all_must_run(
    prepared: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str
) -> None:
    monkeypatch.setattr(node, "find", lambda: None)
    monkeypatch.setattr(setup, "may_use_apt", lambda: False)
    monkeypatch.setenv("CI", ci)
    if ci:
        with pytest.raises(SystemExit, match="Node is missing"):
            setup.prepare("dev")
    else:
        setup.prepare("dev")
    assert node.MISSING in capsys.readouterr().out
    assert prepared == []


def test_the_site_is_installed_beside_the_others(prepared: list[list[str]]) -> None:
    setup.prepare("site")
    assert pip_files(prepared) == ["requirements-site.txt"]
    prepared.clear()
    for kind in ("site", "dev", "app"):
        setup.prepare(kind)
    assert prepared == []


@pytest.mark.parametrize("stamp", ["", "{", "[1"])
def test_a_torn_stamp_counts_as_nothing(project: Path, stamp: str) -> None:
    (project / ".venv" / "installed.json").write_text(stamp)
    assert setup.installed() == {}


def test_a_missing_interpreter_counts_as_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".venv" / "installed.json").write_text(json.dumps({"app": "x"}))
    monkeypatch.setattr(setup, "PYTHON", project / "gone")
    assert setup.installed() == {}


def test_failing_pip_leaves_no_stamp(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[Any], **options: Any) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        setup.install("app")
    assert not (project / ".venv" / "installed.json").exists()


def test_without_venv_virtualenv_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "may_use_apt", lambda: False)
    monkeypatch.setattr(setup, "works", lambda statement: statement == "import virtualenv")
    assert setup.venv_command() == [sys.executable, "-m", "virtualenv"]


def test_without_venv_and_virtualenv_the_person_learns_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "may_use_apt", lambda: False)
    monkeypatch.setattr(setup, "works", lambda statement: False)
    with pytest.raises(SystemExit, match="install python3-venv or virtualenv"):
        setup.venv_command()


def test_the_named_browser_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "my-browser"
    named.touch()
    monkeypatch.setenv("CHROMIUM", str(named))
    assert browser.find() == named
    named.unlink()
    assert browser.find() != named


def test_every_tool_of_node_is_pinned_and_no_host_is_named() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf8"))["devDependencies"]
    assert wanted and all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    lock = (ROOT / "package-lock.json").read_text(encoding="utf8")
    assert '"resolved"' not in lock
    assert len(lock) < 300_000


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "constraints.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
    assert [line for line in lines if not re.match(r"[\w.-]+(\[\w+\])?==[\w.]+(;|$)", line)] == []
