"""Drafts and their verdicts, as they travel between page and server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from p2pdnr.dashboard import callbacks, drafts, imports
from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario


@pytest.fixture
def draft(default_scenario: Scenario) -> dict[str, Any]:
    """A fresh draft of the default day, as the page gets it."""
    travelled: dict[str, Any] = json.loads(json.dumps(drafts.opened(default_scenario)))
    return travelled


def test_a_fresh_draft_is_the_scenario(draft: dict[str, Any], default_scenario: Scenario) -> None:
    verdict = drafts.verdict(draft)
    assert (verdict["changes"], verdict["problems"], verdict["edited"]) == (0, [], False)
    assert document.sha256(document.parse(verdict["scenario"])) == document.sha256(default_scenario)


def test_changes_are_counted_by_cell_row_and_setting(draft: dict[str, Any]) -> None:
    draft["rows"][0]["load_kw"] = "91"
    draft["rows"].pop()
    draft["settings"]["switching_cost"] = "2"
    assert drafts.verdict(draft)["changes"] == 3


def test_a_wrong_cell_keeps_the_scenario_back(draft: dict[str, Any]) -> None:
    draft["rows"][1]["pv_kw"] = "1,500"
    verdict = drafts.verdict(draft)
    assert verdict["scenario"] is None
    assert [(item["row"], item["column"]) for item in verdict["problems"]] == [("p1", "pv_kw")]
    assert verdict["problems"][0]["where"] == f"{draft['rows'][1]['id']}, PV Peak"


def test_what_a_solve_told_stands_at_its_cell(draft: dict[str, Any]) -> None:
    name = draft["rows"][0]["id"]
    verdict = drafts.verdict(draft, (Problem("prosumer", "bus", (name,), "bus 99 does not exist", "Use 1 to 33."),))
    assert verdict["scenario"] is None
    assert verdict["problems"][0]["where"] == f"{name}, Bus"


def test_an_import_is_a_draft_without_result(default_scenario: Scenario) -> None:
    draft = drafts.unsolved(imports.read(document.dumps(default_scenario), "day.json"))
    assert draft["rows"] == drafts.opened(default_scenario)["rows"]
    assert drafts.verdict(draft)["edited"]


def test_a_bad_import_tells_every_problem() -> None:
    with pytest.raises(ScenarioError) as caught:
        imports.read('{"name": 3}', "a.json")
    assert len(caught.value.problems) > 2
    answer = callbacks.read_import({"name": "a.json", "text": '{"name": 3}'})
    assert answer["draft"] is None
    assert len(answer["problems"]) == len(caught.value.problems)


def test_the_callback_judges_what_the_page_sends(draft: dict[str, Any]) -> None:
    told = [
        {
            "component": "prosumer",
            "field": "bus",
            "ids": [draft["rows"][0]["id"]],
            "message": "is odd",
            "remedy": "Look.",
        }
    ]
    assert callbacks.judge(draft, None)["problems"] == []
    assert callbacks.judge(draft, told)["problems"][0]["column"] == "bus"


def test_the_stamp_of_a_draft_comes_back(draft: dict[str, Any]) -> None:
    assert drafts.verdict(draft | {"stamp": 7})["stamp"] == 7
    assert drafts.verdict(draft)["stamp"] is None


def test_profiles_are_read_and_counted(draft: dict[str, Any]) -> None:
    draft["profiles"]["home"] = "0.5"
    draft["profiles"]["new"] = "24 x 1"
    verdict = drafts.verdict(draft)
    assert (verdict["changes"], verdict["problems"]) == (2, [])
    scenario = document.parse(verdict["scenario"])
    assert scenario.profiles["home"] == (0.5,) * 24
    assert "new" in scenario.profiles


def test_a_profile_of_the_wrong_length_is_told_at_it(draft: dict[str, Any]) -> None:
    draft["profiles"]["home"] = "1 2 3"
    problem = drafts.verdict(draft)["problems"][0]
    assert (problem["row"], problem["column"], problem["where"]) == (None, "profile:home", "Profile home")
    assert "24 hours" in problem["message"]


def test_what_does_not_fit_the_network_is_told_at_once(draft: dict[str, Any]) -> None:
    draft["rows"][2]["bus"] = "99"
    draft["settings"]["open"] = "1-5"
    problems = drafts.verdict(draft)["problems"]
    assert {(item["row"], item["column"]) for item in problems} == {("p2", "bus"), (None, "open")}


def test_trading_may_be_off(draft: dict[str, Any]) -> None:
    verdict = drafts.verdict(draft | {"trading": "off"})
    assert (verdict["p2p"], verdict["changes"]) == (False, 1)


def test_every_setting_writes_its_field(draft: dict[str, Any]) -> None:
    texts = {
        "switching_hour": "4", "min_dwell": "2", "return_to_initial": "yes", "line_costs": "7: 5", "substation": "1.01",
        "line_limits": "6-8: 90", "switchable": "all", "open": "33-37", "trade_limit": "50", "switching_day": "12",
    }  # fmt: skip
    draft["settings"] |= texts
    scenario = document.parse(drafts.verdict(draft)["scenario"])
    dso, network = scenario.dso, scenario.network
    assert (dso.max_switching_per_hour, dso.max_switching_per_day, dso.min_dwell_h) == (4, 12, 2)
    assert (dso.return_to_initial, dict(dso.line_switching_costs_eur)) == (True, {7: 5.0})
    assert (network.substation_voltage_pu, dict(network.line_limits_a)) == (1.01, {6: 90, 7: 90, 8: 90})
    assert (network.switchable, network.initially_open) == ("all", (33, 34, 35, 36, 37))
    assert drafts.opened(scenario)["settings"] | texts == drafts.opened(scenario)["settings"]


def test_a_moved_bus_is_kept_and_is_no_change(draft: dict[str, Any], default_scenario: Scenario) -> None:
    still = drafts.verdict(draft)
    draft["places"] = {"5": [2.5, -1], "18": [0, 3]}
    verdict = drafts.verdict(draft)
    assert (verdict["changes"], verdict["edited"], verdict["moved"], verdict["problems"]) == (0, False, True, [])
    assert still["moved"] is False
    moved = document.parse(verdict["scenario"])
    assert {bus: (place.x, place.y) for bus, place in moved.network.places.items()} == {5: (2.5, -1), 18: (0, 3)}
    again = drafts.opened(moved)
    assert again["places"] == draft["places"]
    again["places"] = {}
    assert document.parse(drafts.verdict(again)["scenario"]) == default_scenario


def test_a_place_of_no_bus_is_told(draft: dict[str, Any]) -> None:
    draft["places"] = {"99": [1, 1]}
    told = drafts.verdict(draft)["problems"]
    assert len(told) == 1
    assert "99" in told[0]["message"]
