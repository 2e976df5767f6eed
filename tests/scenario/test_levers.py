"""Tap changers and capacitors that a scenario states for its network."""

from __future__ import annotations

from typing import Any

import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.network import readers
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network, with_settings
from p2pdnr.scenario.schema import Scenario
from tests.scenario.documents import minimal

TAP = {"min": -4, "max": 4, "step_percent": 1.25}


def scenario(network: dict[str, Any]) -> Scenario:
    told = minimal()
    told["network"] |= network
    return document.from_dict(told)


def test_levers_of_a_scenario_replace_those_of_its_network() -> None:
    given = {
        "substation_voltage_pu": 1.02,
        "bus_taps": {"1": {**TAP, "position": 2}},
        "line_taps": {"4": {**TAP, "side": "to"}},
        "capacitors": {"18": {"step_kvar": 100.0, "steps": 3, "on": 1}},
    }
    told = scenario(given)
    network = with_settings(readers.read("case33bw", None), told.network)
    assert network.levers is not None
    assert [(item.kind, item.place) for item in network.levers.items] == [
        ("substation tap", 0), ("line tap", 3), ("capacitor", 17),
    ]  # fmt: skip
    assert network.levers.positions == (2, 0, 1)
    assert network.substation_vm_pu[0] == pytest.approx(1.02 * 1.025)
    assert network.shunt_b_pu[17] == pytest.approx(0.1)
    fixed = build_network(told)
    assert fixed.levers is None and fixed.substation_vm_pu[0] == network.substation_vm_pu[0]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"bus_taps": {"2": TAP}}, "bus_taps", "is no substation"),
        ({"line_taps": {"99": TAP}}, "line_taps", "does not exist"),
        ({"line_taps": {"3": {**TAP, "position": 5}}}, "line_taps", "beyond"),
        ({"line_taps": {"3": {**TAP, "max": -5}}}, "line_taps", "range"),
        ({"line_taps": {"3": {**TAP, "step_percent": 40.0}}}, "line_taps", "voltage"),
        ({"capacitors": {"3": {"step_kvar": 5.0, "on": 2}}}, "capacitors", "on"),
    ],
)
def test_what_does_not_fit_is_told(given: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build_network(scenario(given))
    assert [(item.field, said in item.message) for item in caught.value.problems] == [(field, True)]


def moving(**dso: Any) -> dict[str, Any]:
    """A document with a tap changer, a capacitor, and settings of the operator."""
    told = minimal(dso=dso)
    told["network"] |= {"bus_taps": {"1": {**TAP, "position": 2}}, "capacitors": {"18": {"step_kvar": 9.0, "steps": 3}}}
    return told


def test_only_levers_that_move_stay_levers() -> None:
    network = build_network(document.from_dict(moving(levers="capacitors")))
    assert network.levers is not None
    assert [(item.kind, item.place) for item in network.levers.items] == [("capacitor", 17)]
    assert network.substation_vm_pu[0] == pytest.approx(1.025)
    assert build_network(document.from_dict(moving(levers="none"))).levers is None
    both = build_network(document.from_dict(moving(levers="all"))).levers
    assert both is not None
    assert both.positions == (2, 0)


@pytest.mark.parametrize(
    ("dso", "message"),
    [
        ({"levers": "bus:1,bus:7"}, "bus:7 levers: is no tap changer or capacitor"),
        ({"levers": "line:3"}, "line:3 levers: is no tap changer"),
        ({"levers": "taps", "role": "leader"}, "role welfare"),
        ({"levers": "taps", "security": {}}, "not as forecast"),
        ({"levers": "taps", "min_dwell_h": 2}, "min_dwell_h"),
    ],
)
def test_what_does_not_go_together_is_refused(dso: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build_network(document.from_dict(moving(**dso)))
    assert message in " | ".join(map(str, caught.value.problems))


def test_levers_that_are_asked_for_must_be_there() -> None:
    with pytest.raises(ScenarioError, match="is there to move"):
        build_network(document.from_dict(minimal(dso={"levers": "taps"})))
