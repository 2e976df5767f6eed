"""What anybody may send takes time in proportion to its length, however it is made up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from p2pdnr.dashboard import cells, drafts, shapes
from p2pdnr.dashboard.cells import CellError
from p2pdnr.dashboard.columns import COLUMNS, SETTINGS
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from tests.counted_work import assert_linear, assert_quick

LENGTH = 40_000
PARSERS = sorted({field.parse for field in (*COLUMNS, *SETTINGS)}, key=lambda parse: parse.__name__)
RUNS = (" ", "1", "-", ",", ", ", "1 ", "1-", ": ", "1:", "1: 1, ", ";", "+", "A + ", "1.1", "e", "– ", ".", "\u00a0")
HOSTILE = [
    f"{start}{run * (LENGTH // len(run))}{end}"
    for run in RUNS
    for start, end in (("", ""), ("1", "1"), ("1", "x"), ("x", ":"), ("home: 1", "1"))
]


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
def test_a_cell_is_read_in_linear_time(parse: Callable[[str], Any]) -> None:
    def read() -> None:
        for text in HOSTILE:
            with suppress(CellError):
                cells.read(parse, text)

    assert_quick(read)


def test_a_cell_holds_only_so_much() -> None:
    with pytest.raises(CellError, match="at most 100,000 characters"):
        cells.read(cells.lines, "1 " * cells.MAX_CELL)
    with pytest.raises(CellError, match="at most 672"):
        cells.series("1 " * 673)
    with pytest.raises(CellError, match="not a number"):
        cells.number("1" * (cells.MAX_NUMBER + 1))


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (cells.lines, "1-10000 " * 10_000),
        (cells.line_values, "1-10000: 1, " * 1_000),
        (cells.bus_groups, "home: " + "1-10000 " * 10_000),
    ],
)
def test_few_characters_do_not_spell_out_millions_of_lines(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(CellError, match="names more than 20,000"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("6 - 8 : 100 ,3: 2,5", {"6": 100, "7": 100, "8": 100, "3": 2.5}),
        ("1:2;3:4  5 :6", {"1": 2, "3": 4, "5": 6}),
        ("12: 1e3,", {"12": 1000.0}),
    ],
)
def test_blanks_and_separators_mean_what_they_did(text: str, values: dict[str, float]) -> None:
    assert cells.line_values(text) == values


def big(scenario: Scenario, count: int, **changed: str) -> dict[str, Any]:
    """A draft of so many prosumers, with some cells of each changed."""
    content = document.to_dict(scenario)
    people = content["prosumers"]
    content["prosumers"] = [people[k % len(people)] | {"id": f"P {k}"} for k in range(count)]
    content["market"] = {"partners": 3}
    draft = drafts.opened(document.from_dict(content))
    return draft | {"rows": [row | changed for row in draft["rows"]]}


@pytest.mark.parametrize("changed", [{}, {"bus": "x"}, {"bus": "99"}, {"id": "same"}, {"load_profile": "none"}])
def test_a_draft_is_judged_in_linear_time(default_scenario: Scenario, changed: dict[str, str]) -> None:
    assert_linear(lambda count: partial(drafts.verdict, big(default_scenario, count, **changed)), 60)


def test_a_draft_with_preferences_is_judged_in_linear_time(default_scenario: Scenario) -> None:
    def judged(count: int) -> Callable[[], object]:
        wishes = {f"@p{k}>@p{(k + 1) % count}": "0.1" for k in range(count)}
        return partial(drafts.verdict, big(default_scenario, count) | {"preferences": wishes})

    assert_linear(judged, 60)


def test_a_body_that_is_wrong_everywhere_ends_at_the_first_fault(default_scenario: Scenario) -> None:
    draft = big(default_scenario, 2)
    wrong = draft | {"rows": [dict.fromkeys(row, 5) for row in draft["rows"]] * 500}
    wordy = [{"component": "x", "field": "", "ids": ["x"] * 5_000, "message": "", "remedy": ""}]
    for shape, value in ((shapes.Draft, wrong), (shapes.AllTold, wordy)):
        with pytest.raises(Exception, match="not what the page sends") as caught:
            shapes.expect(shape, value)
        assert len(str(caught.value)) < 300
