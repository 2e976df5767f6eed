"""Which days stand in a file: those of one scenario, and what is stored of a case."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pdnr.dashboard import days
from p2pdnr.dashboard.days import Result
from p2pdnr.errors import ResultError
from p2pdnr.resources import DATA
from p2pdnr.results import folder
from p2pdnr.results.payload import payload
from p2pdnr.scenario import document
from tests.sample_result import sample_result

HOURLY = DATA / "results" / "ieee33-solar-hourly"


def result(mode: str, sha: str = "a", p2p: bool = True) -> Result:
    day: Mapping[str, Any] = {"name": "A day", "mode": mode, "p2p": p2p, "summary": {"scenario_sha256": sha}}
    return Result(f"{mode} {sha}", gzip.compress(json.dumps(day).encode()))


def test_results_of_one_scenario_stand_side_by_side() -> None:
    found = days.together([result("static"), result("fixed"), result("fixed", p2p=False)])
    [day] = found.days
    assert (day.key, day.title) == ("day", "A day")
    assert list(day.payloads) == ["static", "fixed", "fixed-no-p2p"]
    assert day.ids["static"] == "day-static"
    assert found.asked == ()


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (result("fixed", sha="b"), "another scenario"),
        (result("hourly"), "second result of the mode hourly"),
        (result("static", p2p=False), "other trading"),
    ],
)
def test_results_that_do_not_go_together(second: Result, told: str) -> None:
    with pytest.raises(ResultError, match=told) as refused:
        days.together([result("hourly"), second])
    assert refused.value.problems[0].ids == (second.name,)


def test_a_day_of_the_package_comes_with_its_modes_and_questions() -> None:
    own = days.from_files("given", HOURLY / "payload.json.gz", HOURLY)
    found = days.together([replace(own, scenario="as given")])
    day, *answers = found.days
    assert day.key == "ieee33-solar" and set(day.payloads) == {"hourly", "static", "fixed", "fixed-no-p2p"}
    assert day.payloads["hourly"] == own.payload and day.scenario == "as given"
    assert set(day.replays) == {"hourly"}
    assert [item.key for item in answers] == [question.case.key for question in found.asked if question.case]
    assert {question.mode for question in found.asked if question.case is None} <= set(day.payloads)
    assert len(found.asked) == 3


def test_without_stored_cases_a_day_stands_alone() -> None:
    own = days.from_files("given", HOURLY / "payload.json.gz", None)
    found = days.together([own], None)
    assert [(day.key, list(day.payloads), day.scenario) for day in found.days] == [("day", ["hourly"], None)]


def test_a_result_folder_is_read_whole(tmp_path: Path) -> None:
    solved = sample_result(8)
    folder.save(solved, tmp_path / "result")
    read = days.from_folder(tmp_path / "result")
    assert read.loaded == json.loads(json.dumps(payload(solved)))
    assert read.scenario == document.dumps(solved.scenario) and read.replay is None
    (tmp_path / "result" / "hours.csv").unlink()
    with pytest.raises(ResultError, match="hours"):
        days.from_folder(tmp_path / "result")
