"""A runner that does what the scenario's name says, for the reference named after "in", else for the answer.

"steps 5 0.01" reports five steps of 10 ms and stores a small result; the other words are the keys of ACTS.
"""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

from p2pdnr.errors import Problem, ScenarioError, SolverError
from p2pdnr.server.protocol import FirstPlan, Report, Stage, Task
from p2pdnr.server.store import RESULT, write_payload


def warm_up(report: Report) -> None:
    """Nothing to compile."""


def run_stage(task: Task, stage: Stage, report: Report) -> None:
    """Act, then store a result that says who made it."""
    word, where, numbers = _order(json.loads(task.scenario)["name"])
    number = task.stages.index(stage)
    if task.first_plan and number == 0:
        _progress(report, number, 1)
        raise FirstPlan
    if where in (None, stage.name):
        ACTS[word](task, lambda iteration: _progress(report, number, iteration), *numbers)
    place = Path(task.store) / stage.result_id
    (place / RESULT).mkdir(parents=True)
    (place / RESULT / "summary.json").write_text(json.dumps({"mode": stage.mode}))
    write_payload(
        {"mode": stage.mode, "pid": os.getpid(), "warm": task.warm, "name": word, "nothing": float("nan")}, place
    )


def _order(name: str):
    words = name.split()
    where = words[words.index("in") + 1] if "in" in words else None
    return words[0], where, [float(word) for word in words[1:] if word.replace(".", "").isdigit()]


def _progress(report: Report, number: int, iteration: int) -> None:
    report("progress", number=number, stage="convex", iteration=iteration, primal_kw=1.0 / iteration, seconds=0.0)


def steps(task, step, count=3.0, pause=0.0):
    for iteration in range(1, int(count) + 1):
        step(iteration)
        time.sleep(pause)


def crash(task, step):
    step(1)
    os._exit(9)


def hold(task, step):
    """Works until there is a file "go" beside the results."""
    step(1)
    while not (Path(task.store) / "go").exists():
        time.sleep(0.01)


def spin(task, step):
    """Compiled code that never lets Python's lock go."""
    step(1)
    sum(range(10**13))


def memory(task, step):
    step(1)
    bytearray(10**14)


def hungry(task, step, megabytes):
    bytearray(int(megabytes) * 1024 * 1024)


def bad(task, step):
    raise ScenarioError([Problem("prosumer", "bus", ("P1",), "does not exist", "Use 1 to 33")])


def unsolved(task, step):
    raise SolverError("The solver found no plan")


def surprise(task, step):
    raise ZeroDivisionError("secret inner workings")


def full(task, step):
    raise OSError(errno.ENOSPC, "No space left on device")


def torn(task, step):
    """Dies with half a result on disk."""
    place = Path(task.store) / task.stages[0].result_id
    place.mkdir()
    (place / "half").write_text("half a result")
    step(1)
    time.sleep(60.0)


ACTS = {act.__name__: act for act in (steps, crash, hold, spin, memory, hungry, bad, unsolved, surprise, full, torn)}
