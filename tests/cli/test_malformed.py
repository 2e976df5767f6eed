"""Scenarios that cannot be solved: exit status 2 and a message that says what, where and what to do."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import app
from p2pdnr.cli.main import main

Edit = Callable[[dict], object]
Capture = pytest.CaptureFixture[str]


def set_in(*path: object, to: object) -> Edit:
    def edit(told: dict) -> None:
        for key in path[:-1]:
            told = told[key]  # type: ignore[index]
        told[path[-1]] = to  # type: ignore[index]

    return edit


MALFORMED: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a bus that does not exist": (set_in("prosumers", 0, "bus", to=99), ("Home", "bus", "99")),
    "a negative capacity": (
        set_in("prosumers", 3, "battery", "capacity_kwh", to=-5),
        ("Store", "battery.capacity_kwh", "-5"),
    ),
    "the same id twice": (set_in("prosumers", 2, "id", to="Store"), ("Store", "id", "2 times")),
    "a profile that is too short": (set_in("profiles", "pv", to=[1, 2, 3]), ("pv", "3 values", "8")),
    "a profile that does not exist": (set_in("prosumers", 2, "load_profile", to="laod"), ("School", "laod", "load")),
    "a field that does not exist": (set_in("prosumers", 0, "colour", to="red"), ("Home", "colour")),
    "a partner that does not exist": (set_in("market", "partners", to=[["Home", "Moon"]]), ("partners", "Moon")),
    "a price that is no number": (set_in("dso", "switching_cost_eur", to="cheap"), ("switching_cost_eur", "cheap")),
    "nobody": (lambda told: told.update(prosumers=[], market={}), ("prosumers", "empty")),
    "too many hours": (
        lambda told: (
            told["tariff"].update(buy_eur_per_kwh=[0.3] * 200, sell_eur_per_kwh=[0.1] * 200)
            or told["profiles"].update(load=[1] * 200, pv=[1] * 200)
        ),
        ("200", "168"),
    ),
    "selling dearer than buying": (
        set_in("tariff", "sell_eur_per_kwh", to=[0.5] * 8),
        ("sell_eur_per_kwh", "buying price"),
    ),
    "a network that does not exist": (set_in("network", "source", to="case34bw"), ("network", "source", "case34bw")),
    "a network file that does not exist": (set_in("network", "source", to="feeder.json"), ("feeder.json",)),
    "lines that form a loop": (set_in("network", "initially_open", to=[33, 34, 35, 36]), ("initially_open", "loop")),
    "a line that does not exist": (set_in("network", "initially_open", to=[33, 34, 35, 36, 38]), ("38",)),
    "voltage limits upside down": (set_in("network", "vm_min_pu", to=1.2), ("vm_min_pu", "1.2")),
    "a fee below zero": (set_in("market", "trade_fee_eur_per_kwh", to=-1), ("trade_fee_eur_per_kwh", "-1")),
}


@pytest.mark.parametrize("command", ["solve", "compare"])
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_scenario_is_refused(
    name: str, command: str, scenario_file: Callable[[Edit], Path], capsys: Capture, tmp_path: Path
) -> None:
    edit, expected = MALFORMED[name]
    assert main([command, str(scenario_file(edit)), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert not (tmp_path / "out").exists()
    lines = told.err.splitlines()
    assert len(lines) == 1, told.err
    assert lines[0].startswith("error: ")
    for word in expected:
        assert word in lines[0]


def test_all_problems_are_told_at_once(scenario_file: Callable[[Edit], Path], capsys: Capture) -> None:
    def edit(told: dict) -> None:
        told["prosumers"][0]["pv_kw"] = -1
        told["prosumers"][1]["battery"] = {"capacity_kwh": 10}
        told["dso"]["colour"] = "red"

    assert main(["solve", str(scenario_file(edit))]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": NaN}', "\x00\x01", '{"name": "x"', "\ufeff{}"])
def test_what_is_no_scenario_is_refused(text: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "torn.json").write_text(text, encoding="utf-8")
    assert main(["solve", str(tmp_path / "torn.json")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "Traceback" not in told


def test_a_file_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert main(["solve", str(tmp_path / "nothing.json")]) == 2
    assert "nothing.json" in capsys.readouterr().err
    assert main(["solve", str(tmp_path)]) == 2


def test_a_target_that_is_something_else_is_refused_before_anything_is_solved(
    scenario_file: Callable[[Edit], Path], tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    scenario = scenario_file(lambda told: None)
    assert main(["solve", str(scenario), "--out", str(tmp_path / "photos")]) == 2
    assert "no result folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["check", "RESULT"],
        ["export", "RESULT", "--csv", "out.zip"],
        ["export", "RESULT", "--pandapower", "0", "out.json"],
        ["screenshot", "RESULT", "--hour", "0", "--out", "out.png"],
        ["solve", "SCENARIO", "--warm", "RESULT", "--out", "out"],
        ["app", "--result", "RESULT", "--no-browser"],
    ],
    ids=lambda words: " ".join(words[:1] + [word for word in words if word.startswith("--")]),
)
def test_a_result_that_is_none_is_refused_by_every_command(
    words: list[str], result_folder: Path, scenario_file: Callable[[Edit], Path], tmp_path: Path, capsys: Capture
) -> None:
    with zipfile.ZipFile(result_folder / "warm.npz", "w") as archive:
        archive.writestr("closed.npy", b"cos\nsystem\n(S'touch pwned'\ntR.")
    (result_folder / "hours.csv").write_text("\x00")
    known = {"RESULT": str(result_folder), "SCENARIO": str(scenario_file(lambda told: None))}
    given = [known.get(word, str(tmp_path / word) if word.startswith("out") else word) for word in words]
    assert (app.main(given[1:]) if given[0] == "app" else main(given)) == 2
    told = capsys.readouterr().err
    assert "warm.npz" in told and "hours.csv" in told and "Traceback" not in told
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("out", "pwned"))]
