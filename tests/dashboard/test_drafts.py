"""Drafts and their verdicts, as they travel between page and server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from p2pdnr.dashboard import callbacks, drafts
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
    draft["rows"][1]["pv_kw"] = "1,5"
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
    draft = drafts.imported(document.dumps(default_scenario))
    assert draft["rows"] == drafts.opened(default_scenario)["rows"]
    assert drafts.verdict(draft)["edited"]


def test_a_bad_import_tells_every_problem() -> None:
    with pytest.raises(ScenarioError) as caught:
        drafts.imported('{"name": 3}')
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
