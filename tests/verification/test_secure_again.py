"""Whatever is changed in what a result says of its secure plan is noticed, or docs/formats.md says that it is not."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification import network_again, secure_again

FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


def objections(result: StudyResult) -> list[str]:
    stated = result.summary.get("secure")
    return [
        *secure_again.contradictions(result),
        *network_again.differences(result.scenario, result.network, stated),
    ]


def with_claim(result: StudyResult, claim: dict[str, Any] | None) -> StudyResult:
    return replace(result, summary=result.summary | {"secure": claim})


def leaves(tree: dict[str, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def changed(tree: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    other = copy.deepcopy(tree)
    place = other
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    if isinstance(value, list):
        place[path[-1]] = [*value[:-1], changed(value[-1], ("hour",)) if isinstance(value[-1], dict) else value[-1] + 1]
    elif isinstance(value, dict):
        place[path[-1]] = {"3": 1}
    else:
        place[path[-1]] = value + 1 if isinstance(value, int) else value + 0.01
    return other


def test_what_is_honest_is_not_objected_to(secured: StudyResult) -> None:
    assert objections(secured) == []


def test_every_figure_is_noticed_or_named(secured: StudyResult) -> None:
    claim = secured.summary["secure"]
    unnoticed = {
        ".".join(("secure", *path))
        for path in leaves(claim)
        if not objections(with_claim(secured, changed(claim, path)))
    }
    section = FORMATS.read_text(encoding="utf-8").split("### What `check` does not look at")[1].split("\n### ")[0]
    assert unnoticed == set(re.findall(r"`(secure\.[\w.]+)`", section))


@pytest.mark.parametrize("column", [column.name for column in OPTIONAL_TABLES["secure"] if column.name != "hour"])
def test_every_column_is_noticed(secured: StudyResult, column: str) -> None:
    assert secured.secure is not None
    table = secured.secure.copy()
    before = table.loc[2, column]
    table.loc[2, column] = 1 - before if column == "limited" else before + (1 if column == "days_violated" else 0.01)
    assert objections(replace(secured, secure=table))


def test_a_result_of_before_that_names_no_worst_days_in_full_stands(secured: StudyResult) -> None:
    claim = copy.deepcopy(secured.summary["secure"])
    del claim["test"]["worst"]
    assert objections(with_claim(secured, claim)) == []


@pytest.mark.parametrize("name", ["day", "hour", "hours", "limit", "at", "value"])
def test_every_figure_of_a_worst_day_is_noticed(secured: StudyResult, name: str) -> None:
    claim = copy.deepcopy(secured.summary["secure"])
    before = claim["test"]["worst"][1][name]
    claim["test"]["worst"][1][name] = "high" if name == "limit" else before + 1
    assert any("secure.test.worst" in item for item in objections(with_claim(secured, claim)))


def test_a_test_on_the_days_it_was_made_with_is_noticed(secured: StudyResult) -> None:
    claim = copy.deepcopy(secured.summary["secure"])
    claim["test"]["seed"] = claim["plan"]["seed"]
    assert any("secure.plan.seed" in item for item in objections(with_claim(secured, claim)))


def test_wider_limits_than_the_scenarios_are_noticed(secured: StudyResult) -> None:
    wide = secured.network.with_(limit_a=2.0 * secured.network.limit_a)
    assert any("wider limits" in item for item in objections(replace(secured, network=wide)))
    claim = copy.deepcopy(secured.summary["secure"])
    claim["limits"]["limit_a"] = [2.0 * limit for limit in claim["limits"]["limit_a"]]
    assert any("another limit_a" in item for item in objections(with_claim(secured, claim)))


def test_who_asks_for_a_secure_plan_and_says_nothing_of_it_is_noticed(secured: StudyResult) -> None:
    silent = replace(with_claim(secured, None), secure=None)
    assert any("says nothing of the secure plan" in item for item in objections(silent))
