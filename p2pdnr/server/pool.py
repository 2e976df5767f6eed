"""The worker processes: started, fed, killed, replaced. The caller holds the lock, except while a process starts."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from p2pdnr.server import worker
from p2pdnr.server.protocol import Task
from p2pdnr.server.settings import Settings

GIVE_UP = 3
"""Failed starts in a row after which waiting jobs fail."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Worker:
    """One process: ``state`` is "warming", "idle", "busy" or "retired" (killed or dead, not yet joined)."""

    process: BaseProcess
    pipe: Connection
    state: str = "warming"
    job: str | None = None
    jobs: int = 0
    garbage: tuple[str, ...] = field(default=())
    preparing: dict[str, Any] | None = None
    """How far the kernels are that it compiles: ``done`` ``of`` how many, ``share`` of the work, ``left_s``."""

    def read(self) -> dict[str, Any] | None:
        """The next message, or None when the process is gone."""
        try:
            message: dict[str, Any] = json.loads(self.pipe.recv_bytes(10_000_000))
        except (EOFError, OSError, ValueError):
            return None
        return message

    def bury(self) -> int | None:
        """Wait for the process to end and let go of it; its exit code."""
        self.pipe.close()
        self.process.kill()
        self.process.join(5.0)
        code = self.process.exitcode
        if code is not None:
            self.process.close()
        return code


class Pool:
    """All workers of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.workers: list[Worker] = []
        self.failures = 0
        self.failure: dict[str, Any] | None = None
        self._not_before = 0.0
        self.prepared = False
        """Whether some process has been ready: until then others would compile the same kernels once more."""

    @property
    def preparing(self) -> dict[str, Any] | None:
        """How far the kernels are; None where none are being compiled."""
        return next((item.preparing for item in self.workers if item.state == "warming" and item.preparing), None)

    @property
    def warming(self) -> int:
        """Processes that are still importing."""
        return sum(item.state == "warming" for item in self.workers)

    @property
    def busy(self) -> int:
        """Processes at work."""
        return sum(item.state == "busy" for item in self.workers)

    @property
    def free(self) -> bool:
        """Whether another job may run, be it that a worker has to warm up first."""
        return self.busy < self._settings.workers

    @property
    def ready_now(self) -> int:
        """How many jobs could start at once."""
        idle = sum(item.state == "idle" for item in self.workers)
        return min(idle, self._settings.workers - self.busy)

    def lacking(self, waiting: int) -> bool:
        """Whether to start a process now: one at a time, two while jobs wait once kernels are compiled, later and later
        when starts fail."""
        alive = sum(item.state != "retired" for item in self.workers)
        wanted = alive < self._settings.workers + self._settings.spares
        most = 2 if waiting and self.prepared else 1
        return wanted and self.warming < most and time.monotonic() >= self._not_before

    def start(self) -> Worker:
        """Start one process; takes some ten milliseconds, so call it without the lock and add the worker afterwards."""
        return Worker(*worker.start(self._settings.runner, self._settings.memory_limit_mb))

    def ready(self, item: Worker) -> None:
        """A worker has warmed up."""
        item.state, self.prepared = "idle", True
        self.failures, self.failure = 0, None

    def unready(self, item: Worker, error: dict[str, Any]) -> None:
        """A worker could not warm up."""
        self.failed_start(error)
        self.retire(item)

    def failed_start(self, error: dict[str, Any]) -> None:
        """A start came to nothing; the next try waits longer."""
        self.failures, self.failure = self.failures + 1, error
        _log.warning("a solver process could not start: %s", error["message"])
        self._not_before = time.monotonic() + min(30.0, 0.25 * 2.0**self.failures)

    def encourage(self) -> None:
        """Somebody asks for a worker: one more try now, whatever failed before."""
        self.failures, self._not_before = min(self.failures, GIVE_UP - 1), 0.0

    def give(self, task: Task) -> Worker | None:
        """Hand a task to a warm worker, if the limit on running jobs and the workers allow."""
        while self.free:
            item = next((item for item in self.workers if item.state == "idle"), None)
            if item is None:
                return None
            try:
                item.pipe.send_bytes(task.encode())
            except OSError:
                self.retire(item)
                continue
            item.state, item.job, item.jobs = "busy", task.job, item.jobs + (0 in task.due and not task.first_plan)
            return item
        return None

    def release(self, item: Worker) -> None:
        """A worker has finished its job; a worn one is replaced."""
        item.state, item.job = "idle", None
        if item.jobs >= self._settings.jobs_per_worker:
            self.retire(item)

    def retire(self, item: Worker, garbage: tuple[str, ...] = ()) -> None:
        """Kill a worker; ``garbage`` are result ids to remove once it is surely gone."""
        if item.state != "retired":  # else it may be joined by now
            item.state, item.job, item.garbage = "retired", None, garbage
            item.process.kill()

    def at(self, job: str) -> Worker | None:
        """The worker that is at that job."""
        return next((item for item in self.workers if item.job == job), None)
