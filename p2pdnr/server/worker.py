"""A worker process: imports and warms up once, then works off one task after the other.

It ends itself when the server is gone, however the server went, and leaves Ctrl-C to the server.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, Protocol, cast

from p2pdnr.server import child
from p2pdnr.server.protocol import FirstPlan, Report, Stage, Task, describe, encode


class Runner(Protocol):
    """The module that does the work; :mod:`p2pdnr.server.runner` unless the settings name another."""

    def warm_up(self, report: Report) -> None:
        """Import and compile everything a solve needs; messages "preparing" say how far that is."""

    def run_stage(self, task: Task, stage: Stage, report: Report) -> None:
        """Solve one stage and store its result in ``task.store/stage.result_id``; raise on failure, or FirstPlan where
        the task asks for no more than a first plan."""


def start(runner: str, memory_limit_mb: int | None) -> tuple[BaseProcess, Connection]:
    """Start a worker process and return it with the server's end of its pipe."""
    return child.start(main, (runner, memory_limit_mb), "p2pdnr-worker")


def main(pipe: Connection, runner: str, memory_limit_mb: int | None) -> None:
    """Body of the worker process: runs until its pipe closes."""
    logging.basicConfig(format="%(asctime)s worker %(process)d %(levelname)s %(message)s")
    child.settle(memory_limit_mb)
    tasks: SimpleQueue[Task] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, tasks), daemon=True).start()
    report = _Sender(pipe)
    module = _warm(runner, report)
    while module is not None:
        _work(module, tasks.get(), report)


def _warm(runner: str, report: Report) -> Runner | None:
    gc.disable()  # what is loaded stays: it need not be looked through for garbage, now or after a task
    try:
        module = cast(Runner, import_module(runner))
        module.warm_up(report)
    except Exception as exception:
        report("unready", error=describe(exception))
        return None
    finally:
        gc.freeze()
        gc.enable()
    report("ready")
    return module


def _work(runner: Runner, task: Task, report: Report) -> None:
    for index in task.due or range(len(task.stages)):
        try:
            runner.run_stage(task, task.stages[index], report)
        except FirstPlan:
            report("first_plan", number=index)
        except Exception as exception:
            report("stage_failed", number=index, error=describe(exception))
            if index == 0:
                break
        else:
            report("result", number=index)
    gc.collect()
    report("finished")


class _Sender:
    """Sends messages; a server that is gone ends the process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def __call__(self, kind: str, **fields: Any) -> None:
        try:
            with self._lock:
                self._pipe.send_bytes(encode({"type": kind, **fields}))
        except OSError:
            os._exit(0)


def _receive(pipe: Connection, tasks: SimpleQueue[Task]) -> None:
    """Reads tasks until the pipe closes, which ends the process even in the middle of a solve."""
    try:
        while True:
            tasks.put(Task.decode(pipe.recv_bytes()))
    except (EOFError, OSError):
        os._exit(0)
