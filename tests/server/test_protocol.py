"""What travels through the pipe, and how errors become data."""

from __future__ import annotations

import errno
import json
import logging

import numpy as np
import pytest

from p2pdnr.errors import Problem, ScenarioError, SolverError, TopologyError
from p2pdnr.server.protocol import Stage, Task, describe, encode


def test_a_task_survives_the_pipe() -> None:
    stages = (Stage("hourly", True, "a", "hourly"), Stage("fixed", False, "b", "fixed-no-p2p"))
    task = Task("j", '{"name": "é"}', stages, "/store", "/warm", 12.5)
    assert Task.decode(task.encode()) == task


def test_messages_are_json_without_nan() -> None:
    message = {"a": float("nan"), "b": [float("-inf"), 1.5], "c": {"d": np.float64(2.5)}, "e": np.int64(3), "f": None}
    assert json.loads(encode(message)) == {"a": None, "b": [None, 1.5], "c": {"d": 2.5}, "e": 3, "f": None}


def test_a_numpy_nan_of_any_width_is_null() -> None:
    assert json.loads(encode({"a": np.float64("nan"), "b": np.float32("nan")})) == {"a": None, "b": None}


def test_input_errors_carry_every_problem() -> None:
    problems = [
        Problem("prosumer", "bus", ("P1",), "does not exist", "Use 1 to 33"),
        Problem("profile", "pv", (), "has 23 values", "Give 24"),
    ]
    data = describe(ScenarioError(problems))
    assert data["kind"] == "ScenarioError"
    assert json.loads(encode(data))["problems"] == [
        {"component": "prosumer", "field": "bus", "ids": ["P1"], "message": "does not exist", "remedy": "Use 1 to 33"},
        {"component": "profile", "field": "pv", "ids": [], "message": "has 23 values", "remedy": "Give 24"},
    ]


@pytest.mark.parametrize("exception", [SolverError("no plan"), TopologyError(loop_lines=(3, 4))])
def test_our_own_errors_say_what_they_say(exception: Exception) -> None:
    assert describe(exception) == {"kind": type(exception).__name__, "message": str(exception), "problems": []}


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        (MemoryError(), "MemoryError"),
        (OSError(errno.ENOSPC, "full"), "DiskFull"),
        (OSError(errno.EIO, "secret"), "InternalError"),
        (ZeroDivisionError("secret"), "InternalError"),
    ],
)
def test_foreign_errors_keep_their_inner_workings_in_the_log(
    exception: Exception, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        data = describe(exception)
    assert data["kind"] == kind
    assert "secret" not in json.dumps(data)
    assert caplog.records[0].exc_info[1] is exception
