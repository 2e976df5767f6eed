"""A day with its market planned anew, judged from its file: what is altered is found."""

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
from p2pdnr.rolling_market import roll_market
from p2pdnr.scenario import document
from p2pdnr.verification.rolled import objections, unshown
from tests.rolled_scenario import priced_document, secure_document, stored_document

ASKED = Asked(2, 5, False)
Json = dict[str, Any]


@pytest.fixture(name="solved", scope="module")
def _solved() -> StudyResult:
    return study.run(document.from_dict(stored_document()))


@pytest.fixture(name="told", scope="module")
def _told(solved: StudyResult) -> Json:
    return vars(ASKED) | roll_market(solved, ASKED.every, day_of(solved, ASKED)).as_dict()


def altered(told: Json, change: Callable[[Json], None]) -> Rolled:
    other = json.loads(json.dumps(told))
    change(other)
    return Rolled.model_validate_json(json.dumps(other))


def test_a_day_that_came_stands_up(solved: StudyResult, told: Json) -> None:
    assert told["market"]["trades"], "somebody trades"
    assert objections(solved, altered(told, lambda _: None)) == []
    assert "who knew the day" in unshown(altered(told, lambda _: None))


def first(told: Json, name: str, value: float) -> None:
    """The first hour of one quantity of the prosumer who has most of it, moved."""
    rows = told["market"]["hourly"][name]
    hour, k = max(((t, k) for t, row in enumerate(rows) for k in range(len(row))), key=lambda at: rows[at[0]][at[1]])
    rows[hour][k] += value


ALTERED: dict[str, tuple[str, Callable[[Json], None]]] = {
    "another day": ("balance", lambda new: new.update(seed=6)),
    "more sun than there is": ("pv_kw", lambda new: first(new, "pv_kw", 5.0)),
    "a battery that gives more": ("battery of", lambda new: first(new, "discharge_kw", 1.0)),
    "a battery fuller than it is": ("battery of", lambda new: first(new, "energy_kwh", 1.0)),
    "a trade that one side does not have": ("balance", lambda new: new["market"]["trades"].pop()),
    "a trade below zero": ("below zero", lambda new: new["market"]["trades"][0].__setitem__(3, -1.0)),
    "less from the retailer": ("balance", lambda new: first(new, "retail_kw", -1.0)),
    "cheaper losses": ("costs_eur.rolled.losses", lambda new: new["market"]["costs_eur"]["rolled"].update(losses=0.0)),
    "a cheaper day": ("rolled_eur", lambda new: new.update(rolled_eur=new["rolled_eur"] - 1.0)),
    "a dearer plan made once": ("once_eur", lambda new: new.update(once_eur=new["once_eur"] + 1.0)),
    "a cheaper hour": ("hour 3: came_eur", lambda new: new["hours"][3].update(came_eur=-9.0)),
    "a planning": ("step 2: came_eur", lambda new: new["turns"][1].update(came_eur=-9.0)),
    "operations": ("operations from step 0", lambda new: new["turns"][0].update(operations=9)),
    "less regret": ("regret_eur", lambda new: new.update(regret_eur=-1.0)),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_is_altered_is_found(solved: StudyResult, told: Json, name: str) -> None:
    said, change = ALTERED[name]
    found = objections(solved, altered(told, change))
    assert any(said in item for item in found), found


@pytest.mark.parametrize(
    "change",
    [
        lambda market: market["hourly"].pop("pv_kw"),
        lambda market: market["hourly"]["pv_kw"].pop(),
        lambda market: market["prosumers"].reverse(),
        lambda market: market["costs_eur"].pop("once"),
        lambda market: market["trades"].append([99, *market["trades"][0][1:]]),
    ],
)
def test_a_market_that_does_not_fit_is_refused(
    solved: StudyResult, told: Json, tmp_path: Path, change: Callable[[Json], None]
) -> None:
    wrong = json.loads(json.dumps(told))
    change(wrong["market"])
    (tmp_path / rolled_file.NAME).write_text(json.dumps(wrong))
    with pytest.raises(ResultError, match=r"rolled\.json"):
        rolled_file.load(tmp_path, solved)


@pytest.mark.parametrize("made", [priced_document, secure_document])
def test_energy_not_supplied_and_true_limits_are_judged(made: Callable[[], Json]) -> None:
    result = study.run(document.from_dict(made()))
    told = vars(ASKED) | roll_market(result, ASKED.every, day_of(result, ASKED)).as_dict()
    assert objections(result, altered(told, lambda _: None)) == []
    for name in ("violations", "outages"):
        if name in told["market"]["costs_eur"]["rolled"]:
            dearer = altered(told, lambda new, part=name: more(new, part))  # type: ignore[misc]
            assert any(f"costs_eur.rolled.{name}" in item for item in objections(result, dearer))


def more(told: Json, part: str) -> None:
    """One EUR more of a part."""
    told["market"]["costs_eur"]["rolled"][part] += 1.0
