"""What the page says for levers that move is what a document gets."""

from __future__ import annotations

from typing import Any

import pytest

from p2pdnr.dashboard.cells import CellError
from p2pdnr.dashboard.lever_cells import (
    MOVING,
    bus_taps,
    capacitors,
    moving,
    taps,
    write_capacitors,
    write_moving,
    write_taps,
)
from p2pdnr.dashboard.tables import locate, rows_of, settings_of, to_scenario
from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.schema import NetworkSettings, Scenario
from tests.lever_scenario import lever_document


@pytest.mark.parametrize("name", [*MOVING, "bus:1,line:7"])
def test_what_is_written_is_read_back(name: str) -> None:
    assert moving(write_moving(name)) == name
    assert moving(name) == name


def test_nothing_means_none() -> None:
    assert moving(" ") == "none"
    assert write_moving(None) == "none"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1: -4..4, 1.25 %", {"1": {"min": -4, "max": 4, "step_percent": 1.25}}),
        ("1:-4 .. +4 1,25%", {"1": {"min": -4, "max": 4, "step_percent": 1.25}}),
        ("1: \u22122..2, 1 %, position 1", {"1": {"min": -2, "max": 2, "step_percent": 1, "position": 1}}),
        (
            "7: -8..8, 0.625 %, neutral 2, side to; 3: 0..3, 2 %",
            {
                "7": {"min": -8, "max": 8, "step_percent": 0.625, "neutral": 2, "side": "to"},
                "3": {"min": 0, "max": 3, "step_percent": 2},
            },
        ),
    ],
)
def test_tap_changers_are_read(text: str, value: object) -> None:
    assert taps(text) == value
    assert taps(write_taps(taps(text))) == value


def test_capacitors_are_read() -> None:
    value = {"18": {"step_kvar": 150, "steps": 2, "on": 1}, "33": {"step_kvar": 300.5}}
    assert capacitors("18: 2 x 150 kvar, position 1; 33: 300,5 kvar") == value
    assert capacitors("18:2 x 150, position 1;33: 300.5") == value
    assert capacitors(write_capacitors(value))["18"] == value["18"]
    assert write_capacitors(value).endswith("33: 1 x 300.5 kvar")


@pytest.mark.parametrize(
    "text", ["1", "1: 4", "1: -4..4", "1: a..b, 1 %", "1: -4..4, 1 %, up", "0: 0..1, 1 %", "1: 0..1, 1 % x"]
)
def test_what_is_no_tap_changer_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        taps(text)


@pytest.mark.parametrize("text", ["18", "18: x 150", "18: 2 x 150 kvar, on", "18: 150; 18: 150", "18: 2 x kvar"])
def test_what_is_no_capacitor_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        capacitors(text)


def test_a_substation_has_no_sides() -> None:
    assert bus_taps("1: 0..1, 1 %") == taps("1: 0..1, 1 %")
    with pytest.raises(CellError):
        bus_taps("1: 0..1, 1 %, side to")


def test_settings_of_the_page_are_those_of_the_scenario() -> None:
    told = lever_document()
    scenario = document.from_dict(told)
    settings = settings_of(scenario)
    assert settings["bus_taps"] == "1: -1..1, 1.5 %" and settings["capacitors"] == "5: 1 x 300 kvar"
    for key in ("bus_taps", "capacitors"):
        told["network"].pop(key)
    bare = document.from_dict(told | {"dso": told["dso"] | {"levers": "none"}})
    wanted = settings_of(bare) | {name: settings[name] for name in ("bus_taps", "capacitors", "levers")}
    read = to_scenario(bare, rows_of(bare), wanted)
    assert not read.problems and read.scenario is not None
    one, other = (build_network(item).levers for item in (scenario, read.scenario))
    assert one is not None and other is not None
    assert (one.items, list(one.positions)) == (other.items, list(other.positions))


def test_what_does_not_fit_is_told_at_its_setting() -> None:
    scenario = document.from_dict(lever_document())
    for key, text in (("bus_taps", "1: -1..2000, 1 %"), ("capacitors", "5: 900 x 10 kvar"), ("line_taps", "1: up")):
        problems = to_scenario(scenario, rows_of(scenario), settings_of(scenario) | {key: text}).problems
        assert key in {problem.column for problem in problems}, (text, problems)
    with pytest.raises(ScenarioError) as told:
        build_network(scenario.model_copy(update={"network": _with_taps(scenario, taps("3: -1..1, 1 %"))}))
    assert "bus_taps" in {problem.column for problem in locate(told.value.problems, rows_of(scenario))}


def _with_taps(scenario: Scenario, found: dict[str, dict[str, Any]]) -> object:
    """The scenario's network with these tap changers of substations."""
    return NetworkSettings.model_validate(document.to_dict(scenario)["network"] | {"bus_taps": found})
