"""A day as it came, judged from its file: what is altered is found, and pandapower has the same costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from p2pdnr import study
from p2pdnr.errors import ResultError
from p2pdnr.results import rolled_file
from p2pdnr.results.rolled_file import Asked, Rolled, day_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.rolling import roll
from p2pdnr.scenario import document
from p2pdnr.verification.rolled import objections, unshown
from tests.rolled_scenario import priced_document, rolled_document, rolled_levers_document, secure_document

ASKED = Asked(2, 5, False)
Json = dict[str, Any]


@pytest.fixture(name="solved", scope="module")
def _solved() -> StudyResult:
    return study.run(document.from_dict(rolled_document()))


@pytest.fixture(name="told", scope="module")
def _told(solved: StudyResult) -> Json:
    return vars(ASKED) | roll(solved, ASKED.every, day_of(solved, ASKED)).as_dict()


def altered(told: Json, change: Callable[[Json], None]) -> Rolled:
    other = json.loads(json.dumps(told))
    change(other)
    return Rolled.model_validate_json(json.dumps(other))


def test_a_day_that_came_stands_up(solved: StudyResult, told: Json) -> None:
    assert sum(turn["operations"] for turn in told["turns"]) > 0, "something is switched"
    assert objections(solved, altered(told, lambda _: None)) == []
    assert "said to be proved" in unshown(altered(told, lambda _: None))
    assert "of a search" in unshown(altered(told, lambda new: new.update(foresight_proved=False)))


def test_the_film_is_that_of_the_plannings(solved: StudyResult, told: Json) -> None:
    hours, price = told["hours"], solved.scenario.dso.switching_cost_eur
    for turn in told["turns"]:
        came = sum(hour["came_eur"] for hour in hours[turn["step"] : turn["step"] + 2])
        assert turn["came_eur"] == pytest.approx(came + price * turn["operations"])
    assert any(hour["seen_kw"] != pytest.approx(hour["came_kw"], rel=1e-3) for hour in hours)
    exact = roll(solved, 6, day_of(solved, Asked(6, 5, True))).as_dict()["hours"]
    for name in ("kw", "eur"):
        assert [hour[f"seen_{name}"] for hour in exact] == pytest.approx([hour[f"came_{name}"] for hour in exact])


ALTERED: dict[str, tuple[str, Callable[[Json], None]]] = {
    "another day": ("came_kw", lambda new: new.update(seed=6)),
    "no errors": ("came_kw", lambda new: new.update(exact_forecast=True)),
    "a cheaper hour": ("hour 3: came_eur", lambda new: new["hours"][3].update(came_eur=0.0)),
    "a plan made once that costs more": ("once_eur", lambda new: new.update(once_eur=2 * new["once_eur"])),
    "a cheaper day": ("rolled_eur", lambda new: new.update(rolled_eur=0.9 * new["rolled_eur"])),
    "less regret": ("regret_eur", lambda new: new.update(regret_eur=-1.0)),
    "another regret of once": ("regret_of_once_eur", lambda new: new.update(regret_of_once_eur=-1.0)),
    "less balancing": ("balancing_eur", lambda new: new.update(balancing_eur=new["balancing_eur"] - 1.0)),
    "operations": ("operations from step 0", lambda new: new["turns"][0].update(operations=9)),
    "a planning": ("step 2: came_eur", lambda new: new["turns"][1].update(came_eur=0.0)),
    "balanced energy": ("balanced_kwh", lambda new: new["turns"][1].update(balanced_kwh=0.0)),
    "a loop": ("hour 1: the lines in use are no tree", lambda new: new["hours"][1].update(open_lines=[])),
    "two gaps": ("hour 1: the lines in use are no tree", lambda new: new["hours"][1].update(open_lines=[1, 2])),
    "a foresight that is none": (
        "above what the day cost",
        lambda new: new.update(foresight_eur=9e3, regret_eur=new["rolled_eur"] - 9e3, regret_of_once_eur=0.0),
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_is_altered_is_found(solved: StudyResult, told: Json, name: str) -> None:
    said, change = ALTERED[name]
    assert any(said in item for item in objections(solved, altered(told, change)))


def test_limits_of_the_day_are_kept(solved: StudyResult, told: Json) -> None:
    made = sum(turn["operations"] for turn in told["turns"])
    dso = solved.scenario.dso.model_copy(update={"max_switching_per_day": made - 1})
    strict = StudyResult(**(vars(solved) | {"scenario": solved.scenario.model_copy(update={"dso": dso})}))
    assert any(f"allowed are {made - 1}" in item for item in objections(strict, altered(told, lambda _: None)))


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new.pop("hours"),
        lambda new: new["hours"].pop(),
        lambda new: new["turns"].pop(),
        lambda new: new["hours"][0].update(open_lines=[99]),
        lambda new: new.update(rolled_eur=float("nan")),
        lambda new: new.update(colour="red"),
        lambda new: new.update(every=0),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    solved: StudyResult, told: Json, tmp_path: Path, change: Callable[[Json], None]
) -> None:
    assert rolled_file.load(tmp_path, solved) is None
    rolled_file.save(told, ASKED, tmp_path)
    assert rolled_file.load(tmp_path, solved) is not None
    wrong = json.loads(json.dumps(told))
    change(wrong)
    (tmp_path / rolled_file.NAME).write_text(json.dumps(wrong))
    with pytest.raises(ResultError, match=r"rolled\.json"):
        rolled_file.load(tmp_path, solved)


@pytest.fixture(name="leveled", scope="module")
def _leveled() -> StudyResult:
    return study.run(document.from_dict(rolled_levers_document(return_to_initial=True)))


LEVERS: dict[str, tuple[str, Callable[[Json], None]]] = {
    "steps": ("steps of levers from step 0", lambda new: new["turns"][0].update(lever_steps=9)),
    "positions": ("steps of levers", lambda new: new["hours"][2].update(positions=[-2, 1])),
    "cost": ("rolled_eur", lambda new: new.update(rolled_eur=new["rolled_eur"] + 0.1)),
}


@pytest.mark.parametrize("name", [None, *LEVERS])
def test_levers_that_moved_are_judged(leveled: StudyResult, name: str | None) -> None:
    day = vars(ASKED) | roll(leveled, ASKED.every, day_of(leveled, ASKED)).as_dict()
    message, change = LEVERS.get(name or "", ("", lambda _: None))
    found = objections(leveled, altered(day, change))
    assert any(message in text for text in found) if name else found == []


def test_positions_that_there_are_not_are_refused(leveled: StudyResult, tmp_path: Path) -> None:
    day = roll(leveled, ASKED.every, day_of(leveled, ASKED)).as_dict()
    for positions in ([7, 0], [0], None):
        day["hours"][0]["positions"] = positions
        rolled_file.save(day, ASKED, tmp_path)
        with pytest.raises(ResultError, match="other positions"):
            rolled_file.load(tmp_path, leveled)


def test_energy_not_supplied_is_judged() -> None:
    result = study.run(document.from_dict(priced_document()))
    told = vars(ASKED) | roll(result, ASKED.every, day_of(result, ASKED)).as_dict()
    assert objections(result, altered(told, lambda _: None)) == []
    dso = result.scenario.dso.model_copy(update={"outage_price": None})
    free = StudyResult(**(vars(result) | {"scenario": result.scenario.model_copy(update={"dso": dso})}))
    assert any("came_eur" in item for item in objections(free, altered(told, lambda _: None)))


def test_a_secure_plan_is_judged_by_true_limits_and_with_its_limits_on_feeding_in() -> None:
    result, found = study.run(document.from_dict(secure_document())), list[str]()
    for seed in range(6):
        asked = Asked(2, seed, False)
        told = altered(vars(asked) | roll(result, 2, day_of(result, asked)).as_dict(), lambda _: None)
        assert objections(result, told) == []
        found += objections(StudyResult(**(vars(result) | {"secure": None})), told)
    assert any("came_kw" in item for item in found), "PV is kept to the plan on one of the days"
