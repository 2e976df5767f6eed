"""One job: its state, its events for replay, its results. No threads and no processes here; the caller holds the lock.

    queued, warming <-> solving -> proofs -> done
           \\______________\\____________________ failed | cancelled

``queued`` waits for a free worker, ``warming`` for a worker that is still importing, ``proofs`` has its answer and
fills in references. Whatever ends a job after its first answer leaves it ``done``, with what is missing named.
``expired`` is what asking for a job says once it, or its answer, is gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from p2pdnr.server.answers import question
from p2pdnr.server.clients import Client
from p2pdnr.server.protocol import Task, encode

WAITING = frozenset({"queued", "warming"})
"""States of a job that no worker has taken yet."""

RUNNING = frozenset({"solving", "proofs"})
"""States of a job that a worker is at."""

ENDED = frozenset({"done", "failed", "cancelled"})
"""States that no job leaves."""


@dataclass(frozen=True)
class Event:
    """One thing that happened: ``kind`` is "state", "progress" or "result", ``data`` its JSON."""

    id: int
    kind: str
    data: str


@dataclass(eq=False)
class Job:
    """What is known of one job. ``seen`` is when its page last asked or listened, all times by time.monotonic()."""

    id: str
    client: Client
    task: Task
    progress_limit: int
    state: str = "queued"
    position: int | None = None
    wait_s: float | None = None
    """Until its turn comes, where that can be told."""
    error: dict[str, Any] | None = None
    results: dict[str, str] = field(default_factory=dict)
    missing: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    seen: float = field(default_factory=time.monotonic)
    anew: bool = False
    planned: bool = False
    """Whether it was left once with a first plan, so that others got theirs."""
    answering: bool = False
    """Whether a process was given the answer to work out, not a reference."""
    time_left_s: float = 0.0
    deadline: float | None = None
    ended: float | None = None
    events: list[Event] = field(default_factory=list)
    _last_id: int = 0
    _questions: dict[int, str] = field(default_factory=dict)
    _progress_kept: int = 0

    @property
    def owner(self) -> str:
        """Whose turn it takes: that of a browser session, or of all that came without a cookie from one address."""
        return self.client.session if self.client.known else f"without a cookie at {self.client.address}"

    @property
    def on_worker(self) -> bool:
        """Whether a process is at it now."""
        return self.deadline is not None

    @property
    def due(self) -> int | None:
        """Number of the stage that is next: the answer, then one reference after the other; None when none is left."""
        if 0 not in self._open():
            return next(iter(self._open()), None)
        return None if self.error else 0

    def question(self, number: int) -> str:
        """What the stage of that number asks for, worked out once: a scenario is long, and a job that waits is asked
        often."""
        if number not in self._questions:
            self._questions[number] = question(self.task, number)
        return self._questions[number]

    def _open(self) -> list[int]:
        settled = self.results.keys() | self.missing.keys()
        return [number for number, stage in enumerate(self.task.stages) if stage.name not in settled]

    @property
    def running_s(self) -> float:
        """How long the process has been at it."""
        return 0.0 if self.deadline is None else time.monotonic() + self.time_left_s - self.deadline

    def begin(self) -> None:
        """A process takes it; the deadline counts the time on processes alone."""
        self.answering = self.due == 0
        self.deadline = time.monotonic() + self.time_left_s
        if self.state in WAITING:
            self.move("solving")

    def rest(self) -> None:
        """The process has done what it was given; after no more than a first plan the job waits again."""
        if self.deadline is not None:
            self.time_left_s = self.deadline - time.monotonic()
            self.deadline = None
        if self.state == "solving" and self.due == 0:
            self.move("queued")

    def move(self, state: str, position: int | None = None, wait_s: float | None = None) -> None:
        """Change state or place in the queue; says so in an event when anything is new but the time until its turn."""
        self.wait_s = wait_s
        if self.state in ENDED or (self.events and (state, position) == (self.state, self.position)):
            return
        self.state, self.position = state, position
        if state in ENDED:
            self.ended = time.monotonic()
            self.task = replace(self.task, scenario="")  # the longest part, and of no more use
        self.record("state", self.snapshot())

    def record(self, kind: str, data: dict[str, Any]) -> None:
        """Append an event; beyond the limit the oldest progress goes, states and results stay."""
        self._last_id += 1
        self.events.append(Event(self._last_id, kind, encode(data).decode()))
        self._progress_kept += kind == "progress"
        if self._progress_kept > self.progress_limit:
            self.events.remove(next(event for event in self.events if event.kind == "progress"))
            self._progress_kept -= 1

    def progress(self, number: int, data: dict[str, Any]) -> None:
        """What the solver says about the stage of that number."""
        stage = self.task.stages[number]
        self.record("progress", {"mode": stage.name, "p2p": stage.p2p, **data})

    def answer(self, number: int, stored: str | None = None) -> None:
        """The result of a stage is in the store, be it one that was ``stored`` before."""
        stage = self.task.stages[number]
        if stored is not None:
            stage = replace(stage, result_id=stored)
            stages = self.task.stages
            self.task = replace(self.task, stages=(*stages[:number], stage, *stages[number + 1 :]))
            self.stored.append(stage.name)
        self.results[stage.name] = stage.result_id
        told = {"mode": stage.name, "p2p": stage.p2p, "id": stage.result_id, "answer": number == 0}
        self.record("result", told | ({"stored": True} if stored is not None else {}))
        if number == 0 and len(self.task.stages) > 1:
            self.move("proofs")

    def without(self, number: int, error: dict[str, Any]) -> None:
        """A stage ended without a result: for the answer that is the job's error, else a reference is missing."""
        if number == 0:
            self.error = error
        else:
            self.missing[self.task.stages[number].name] = error

    def end(self, state: str, error: dict[str, Any] | None = None) -> None:
        """Finish, however it came; a job that has its answer is done, and the rest is missing for the reason given."""
        if self.state in ENDED:
            return
        if not self.results:
            self.error = error or self.error
            self.move(state if state != "done" else "failed")
            return
        for stage in self.task.stages:
            if stage.name not in self.results and error is not None:
                self.missing.setdefault(stage.name, error)
        self.move("done")

    def unfinished_ids(self) -> tuple[str, ...]:
        """Result ids that were reserved and never used."""
        return tuple(stage.result_id for stage in self.task.stages if stage.name not in self.results)

    def after(self, last_id: int) -> tuple[Event, ...]:
        """Events later than that id."""
        newer: Iterable[Event] = (event for event in reversed(self.events) if event.id > last_id)
        return tuple(reversed(tuple(newer)))

    def snapshot(self) -> dict[str, Any]:
        """The job as the page sees it; ``results`` and ``pending`` in the order of the stages."""
        stages = self.task.stages
        pending = (
            []
            if self.state in ENDED
            else [stage.name for stage in stages if stage.name not in self.results and stage.name not in self.missing]
        )
        return {
            "job": self.id,
            "state": self.state,
            "ended": self.state in ENDED,
            "position": self.position,
            "wait_s": None if self.wait_s is None else round(self.wait_s, 1),
            "error": self.error,
            "mode": stages[0].mode,
            "p2p": stages[0].p2p,
            "results": {stage.name: self.results[stage.name] for stage in stages if stage.name in self.results},
            "pending": pending,
            "missing": self.missing,
            "stored": self.stored,
        }
