"""What switching must keep: limits, dwell and order, the return to the initial state included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.scenario import document
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.switching import objections

Operations = list[tuple[int, int, int, str]]
# lines.csv says: as at first for two hours, then line 33 closed and line 7 open, at last also 34 closed and 14 open
BEFORE: Operations = [(2, 0, 33, "close"), (2, 1, 7, "open"), (3, 0, 34, "close"), (3, 1, 14, "open")]
RETURN: Operations = [(4, 0, 7, "close"), (4, 1, 33, "open"), (4, 2, 14, "close"), (4, 3, 34, "open")]


@pytest.fixture(scope="module")
def initial(sample: StudyResult) -> Plan:
    return read_plan(sample)


def scene(sample: StudyResult, initial: Plan, operations: Operations, **dso: Any) -> tuple[Plan, Tables]:
    closed = np.tile(initial.network.closed, (4, 1))
    closed[2:, 32], closed[2:, 6] = True, False
    closed[3:, 33], closed[3:, 13] = True, False
    told = document.to_dict(sample.scenario)
    told["dso"] |= {"return_to_initial": True} | dso
    plan = replace(initial, scenario=document.from_dict(told), closed=closed)
    opened = [" ".join(map(str, np.flatnonzero(~row) + 1)) for row in closed]
    hours = pd.DataFrame({"open_lines": opened, "operations": [0, 0, 2, 2]})
    table = pd.DataFrame(operations, columns=["hour", "step", "line", "action"])
    return plan, replace(sample.tables, hours=hours, operations=table)


def said(sample: StudyResult, initial: Plan, operations: Operations, **dso: Any) -> str:
    return "; ".join(objections(*scene(sample, initial, operations, **dso), "hourly"))


def test_a_return_within_its_limits_passes(sample: StudyResult, initial: Plan) -> None:
    limits = {"max_switching_per_hour": 4, "max_switching_per_day": 8, "min_dwell_h": 1.0}
    assert said(sample, initial, BEFORE + RETURN, **limits) == ""


@pytest.mark.parametrize(
    ("dso", "expected"),
    [
        ({"max_switching_per_hour": 2}, "the return to the initial state: 4 operations, allowed are 2"),
        ({"max_switching_per_day": 6}, "day 0: 8 operations, allowed are 6"),
        ({"min_dwell_h": 2.0}, "line 14 changes state again within 2 h"),
    ],
)
def test_the_return_counts_for_every_limit(
    sample: StudyResult, initial: Plan, dso: dict[str, Any], expected: str
) -> None:
    assert expected in said(sample, initial, BEFORE + RETURN, **dso)
    assert said(sample, initial, BEFORE, return_to_initial=False, **dso) == ""


def test_a_line_is_called_by_its_owners_name(sample: StudyResult, initial: Plan) -> None:
    plan, tables = scene(sample, initial, BEFORE + RETURN, min_dwell_h=2.0)
    names = tuple("Mill Road" if line == 13 else "" for line in range(plan.network.n_lines))
    plan = replace(plan, network=plan.network.with_(line_ids=names))
    assert "line Mill Road changes state again within 2 h" in objections(plan, tables, "hourly")


def test_the_return_counts_for_the_last_day_alone(sample: StudyResult, initial: Plan) -> None:
    """Steps of 8 hours: the fourth begins the second day, which has two operations and four of the return."""
    plan, tables = scene(sample, initial, BEFORE + RETURN, max_switching_per_day=5)
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"step_h": 8.0}))
    assert objections(plan, tables, "hourly") == ["day 1: 6 operations, allowed are 5"]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (BEFORE, "the return to the initial state: the operations do not lead to the states of the lines"),
        (BEFORE + RETURN[:2], "the return to the initial state: the operations do not lead"),
        (
            [*BEFORE, (4, 0, 33, "open"), (4, 1, 7, "close"), *RETURN[2:]],
            "the return to the initial state: the operation 'open line 33' leaves buses without supply",
        ),
        ([*BEFORE, BEFORE[-1], *RETURN], "not numbered in their order"),
        ([*BEFORE, (3, 2, 14, "open"), *RETURN], "hour 3: the operation 'open line 14' changes nothing"),
        ([*BEFORE[2:], *BEFORE[:2], *RETURN], "not numbered in their order (row 2 of operations.csv)"),
        ([(2, 1, 33, "close"), (2, 2, 7, "open"), *BEFORE[2:], *RETURN], "not numbered in their order"),
        ([*BEFORE[:2], *BEFORE[3:], *RETURN], "not numbered in their order"),
    ],
)
def test_operations_are_replayed_in_their_order(
    sample: StudyResult, initial: Plan, operations: Operations, expected: str
) -> None:
    assert expected in said(sample, initial, operations)


def test_a_locked_line_is_found_in_the_return_too(sample: StudyResult, initial: Plan) -> None:
    plan, tables = scene(sample, initial, BEFORE + RETURN)
    network = plan.network.with_(switchable=np.arange(37) != 6)
    found = objections(replace(plan, network=network), tables, "hourly")
    assert found == [
        "hour 2: line 7 may not be switched",
        "the return to the initial state: line 7 may not be switched",
    ]
