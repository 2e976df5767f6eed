"""Lessons inside the page: days of the server and of a file, and the routes."""

from __future__ import annotations

import gzip
import json
import subprocess
from typing import Any

import pytest
from flask import Flask

from p2pdnr.dashboard import drafts, lesson_steps
from p2pdnr.dashboard.cases import Case, read_cases
from p2pdnr.resources import DATA
from p2pdnr.scenario import document
from scripts import node
from tests import lesson_answers


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """The package's cases."""
    return read_cases(DATA / "scenarios", {path.name for path in (DATA / "results").iterdir()})


@pytest.fixture(scope="module")
def app(cases: dict[str, Case]) -> Flask:
    """A server with lessons and nothing else."""
    flask_app = Flask("lessons")
    assert lesson_steps.register(flask_app, cases) == ("en", "de")
    return flask_app


def test_every_step_opens_a_day_of_its_lesson(app: Flask, cases: dict[str, Case]) -> None:
    told = app.test_client().get("/lessons/en.json").get_json()
    assert [lesson["name"][0] for lesson in told["lessons"]] == list("1234567")
    for lesson in told["lessons"]:
        for step in lesson["steps"]:
            of = step["check"].get("of", {})
            days = {step["open"]["day"], *of.get("days", ()), *(of[key] for key in ("day", "beside") if key in of)}
            assert days <= set(lesson["days"]), step["key"]
            for day in (lesson["days"][key] for key in days):
                mode = (day["results"] or {}).get(step["open"]["mode"], step["open"]["mode"])
                assert day["changed"] or mode in cases[day["case"]].results


def test_the_page_takes_for_right_what_other_code_reads_off_the_days_and_nothing_far_from_it(app: Flask) -> None:
    """Results of the default day stand for those of changed days, as where lessons are walked through."""
    asked: list[dict[str, Any]] = []
    for lesson in app.test_client().get("/lessons/en.json").get_json()["lessons"]:
        modes = ("hourly", "static", "fixed", "fixed-no-p2p")
        names = {key: {mode: result_of(day, mode) for mode in modes} for key, day in lesson["days"].items()}

        def payload(day: str, mode: str, names: dict[str, dict[str, str]] = names) -> Any:
            return json.loads(gzip.decompress((DATA / "results" / names[day][mode] / "payload.json.gz").read_bytes()))

        for step in lesson["steps"]:
            if "of" in step["check"]:
                answer = lesson_answers.right(step, payload)
                other = "nobody" if isinstance(answer, str) else answer + 1 + 2 * step["check"].get("within", 0)
                asked += [{"check": step["check"], "results": names, "answer": given} for given in (answer, other)]
    assert len(asked) > 80
    command = [str(node.find()), "tests/javascript/check.js", str(DATA / "results")]
    said = subprocess.run(command, cwd=DATA.parent, input=json.dumps(asked), capture_output=True, text=True, check=True)
    verdicts = json.loads(said.stdout)
    assert set(verdicts[::2]) == {"right"}
    assert "right" not in verdicts[1::2]


def result_of(day: dict[str, Any], mode: str) -> str:
    """The folder of a day's result in a mode."""
    return f"{'ieee33-solar' if day['changed'] else day['case']}-{(day['results'] or {}).get(mode, mode)}"


def test_sentences_that_are_right_are_those_of_the_page(app: Flask) -> None:
    told = app.test_client().get("/lessons/en.json").get_json()
    steps = [step for lesson in told["lessons"] for step in lesson["steps"]]
    chosen = {step["key"]: step for step in steps if step["check"]["kind"] == "choice" and "of" not in step["check"]}
    assert chosen.keys() == lesson_answers.SENTENCES.keys()
    for key, step in chosen.items():
        assert lesson_answers.SENTENCES[key] in step["options"][step["check"]["right"]]


def test_a_changed_day_is_known_by_the_hash_of_what_its_draft_says(app: Flask) -> None:
    told = app.test_client().get("/lessons/de.json").get_json()
    changed = {key: day for lesson in told["lessons"] for key, day in lesson["days"].items() if day["changed"]}
    assert sorted(changed) == ["dear", "free", "levers", "more-sun"]
    for key, day in changed.items():
        opened = app.test_client().get(f"/lessons/days/{key}.json").get_json()
        scenario = drafts.read(opened["draft"]).scenario
        assert scenario is not None and document.sha256(scenario) == day["sha256"]
        assert opened["key"] == day["case"]


def test_what_is_not_there_is_not_found(app: Flask) -> None:
    for address in ("/lessons/fr.json", "/lessons/days/ieee33-solar.json", "/lessons/days/nothing.json"):
        assert app.test_client().get(address).status_code == 404


def test_a_server_without_the_cases_has_no_lessons(cases: dict[str, Case]) -> None:
    assert lesson_steps.register(Flask("none"), {}) == ()
    few = {"ieee33-quiet": cases["ieee33-quiet"]}
    assert lesson_steps.book("en", lesson_steps.days_of_cases(few))["lessons"] == []


def test_a_file_holds_one_lesson_with_its_own_days() -> None:
    told = lesson_steps.alone("3-sun", "en")
    [lesson] = told["lessons"]
    assert lesson["name"] == "3-sun"
    assert {key: day["case"] for key, day in lesson["days"].items()} == {
        "more-sun": "more-sun",
        "ieee33-solar": "ieee33-solar",
    }
    assert not any(day["changed"] for day in lesson["days"].values())
