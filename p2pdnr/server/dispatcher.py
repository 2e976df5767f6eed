"""The queue of jobs and the one thread that listens to the workers.

One lock guards jobs and pool. Request threads submit, cancel and wait for events under it; the thread reads pipes,
starts and buries processes outside it, so that nobody waits for a process.
"""

from __future__ import annotations

import logging
import multiprocessing
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import connection
from typing import Any

from p2pdnr.server import child, clients, queueing
from p2pdnr.server.admission import BusyError, Order
from p2pdnr.server.answers import Answers
from p2pdnr.server.clients import Client
from p2pdnr.server.jobs import ENDED, RUNNING, WAITING, Event, Job
from p2pdnr.server.pace import Pace
from p2pdnr.server.pool import GIVE_UP, Pool, Worker
from p2pdnr.server.protocol import Stage, Task, describe, error
from p2pdnr.server.settings import Settings
from p2pdnr.server.store import Store

_log = logging.getLogger(__name__)
_TICK_S = 0.5
_ANSWER_SHARE = 0.8  # of the deadline: what a solver may use before it should answer with what it has


class Dispatcher:
    """Jobs from submission to expiry; safe to use from several threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._answers = Answers(settings.result_limit, lambda result_id: store.get(result_id) is not None)
        self._pool = Pool(settings)
        self._pace = Pace()
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition(threading.Lock())
        self._bell, self._button = multiprocessing.Pipe(duplex=False)
        self._thread: threading.Thread | None = None
        self._closed = False
        self._quiet_until = 0.0

    def start(self) -> None:
        """Begin to warm up workers; later calls do nothing."""
        with self._changed:
            if self._thread is None and not self._closed:
                self._quiet_until = time.monotonic() + self._settings.head_start_s
                self._thread = threading.Thread(target=self._listen, name="p2pdnr-dispatcher", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End all workers and wake everyone who waits."""
        with self._changed:
            if self._closed:
                return
            self._ring()
            self._closed = True
            for item in self._pool.workers:
                self._pool.retire(item)
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(10.0)

    def expect(self, client: Client) -> None:
        """Raise BusyError where an order would not be taken, before anybody reads it."""
        with self._changed:
            self._admit(client)

    def submit(self, order: Order, client: Client) -> str:
        """Queue an order and return the job's id; raises BusyError when the client or the queue has enough."""
        self.start()
        with self._changed:
            self._admit(client)
            job = self._job(order, client)
            self._jobs[job.id] = job
            self._pool.encourage()
            self._dispatch()
            return job.id

    def cancel(self, job_id: str) -> bool:
        """End a job now; False when there is no such job. An answer that is already there stays."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is not None and not self._closed:
                self._stop(job, "cancelled", error("Cancelled", "Cancelled."))
            return job is not None

    def snapshot(self, job_id: str) -> dict[str, Any] | None:
        """The state of a job, or None when it is not known; counts as a sign of life of its page."""
        with self._changed:
            job = self._seen(job_id)
            return job.snapshot() if job else None

    def events(self, job_id: str, last_id: int, timeout_s: float) -> tuple[tuple[Event, ...], bool] | None:
        """Events after ``last_id``, waiting for the first, and whether the job has ended; None for an unknown job."""
        with self._changed:
            job = self._seen(job_id)
            if job is None:
                return None
            self._changed.wait_for(lambda: self._closed or job.state in ENDED or job.after(last_id), timeout_s)
            job.seen = time.monotonic()
            return job.after(last_id), job.state in ENDED or self._closed

    def solver(self) -> dict[str, Any]:
        """Whether some worker has been ready, and how far the kernels are that one compiles, else None."""
        with self._changed:
            return {"ready": self._pool.prepared, "preparing": self._pool.preparing}

    def states(self) -> dict[str, int]:
        """How many jobs are in each state and how many workers are warm, for health checks and tests."""
        with self._changed:
            names = [job.state for job in self._jobs.values()]
            idle = sum(item.state == "idle" for item in self._pool.workers)
            counts = {name: names.count(name) for name in set(names)}
            return {
                **counts,
                "idle_workers": idle,
                "busy_workers": self._pool.busy,
                "warming_workers": self._pool.warming,
            }

    # -- under the lock --------------------------------------------------------------------------------

    def _seen(self, job_id: str) -> Job | None:
        job = self._jobs.get(job_id)
        if job is not None:
            job.seen = time.monotonic()
        return job

    def _admit(self, client: Client) -> None:
        live = [job for job in self._jobs.values() if job.state not in ENDED]
        if self._closed:
            raise BusyError("The server is shutting down.")
        if reason := clients.refusal(client, [job.client for job in live], self._settings):
            raise BusyError(reason)
        if sum(job.state in WAITING for job in live) >= self._settings.queue_limit:
            raise BusyError("The server has as many solves waiting as it takes. Try again in a moment.", 15)

    def _job(self, order: Order, client: Client) -> Job:
        job_id = secrets.token_urlsafe(16)
        stages = tuple(Stage(mode, p2p, self._store.reserve(), name) for name, mode, p2p in order.stages)
        warm = self._store.folder(order.warm) if order.warm else None
        task = Task(
            job_id,
            order.scenario,
            stages,
            str(self._store.root),
            str(warm) if warm else None,
            _ANSWER_SHARE * self._settings.deadline_s,
            self._settings.work_limit,
        )
        bounds = self._settings
        return Job(job_id, client, task, bounds.events_per_job, anew=order.anew, time_left_s=bounds.deadline_s)

    def _dispatch(self) -> None:
        """Give waiting jobs to workers in their order, answers first, and tell the others where they stand."""
        for job in list(self._jobs.values()):
            self._answer_from_store(job)
        waiting = queueing.answers_in_turn(self._jobs.values())
        waiting, crowded = queueing.first_plans_in_turn(waiting, self._pool.ready_now)
        while waiting and self._give(waiting[0], first_plan=crowded and not waiting[0].planned):
            waiting.pop(0)
        slots = self._settings.workers - self._pool.busy
        running_s = [job.running_s for job in self._jobs.values() if job.on_worker]
        waits_s = self._pace.waits_s(running_s, self._settings.workers, len(waiting))
        for place, (job, wait_s) in enumerate(zip(waiting, waits_s, strict=True)):
            job.move("warming" if place < slots else "queued", place + 1, wait_s)
        if not waiting:
            self._dispatch_references()
        self._changed.notify_all()
        self._ring()

    def _dispatch_references(self) -> None:
        running = sum(job.state == "proofs" and job.on_worker for job in self._jobs.values())
        free = queueing.most_references(self._settings.workers) - running
        for job in queueing.references_in_turn(self._jobs.values())[: max(0, free)]:
            self._give(job)

    def _give(self, job: Job, first_plan: bool = False) -> bool:
        """Hand the next stage of a job to a worker, or no more of it than a first plan; False where none is free."""
        number = job.due
        if number is None or self._pool.give(replace(job.task, due=(number,), first_plan=first_plan)) is None:
            return False
        job.begin()
        return True

    def _answer_from_store(self, job: Job) -> None:
        """What the job waits for may have been asked before."""
        while job.state not in ENDED and not job.on_worker and not job.anew and (number := job.due) is not None:
            stored = self._answers.find(job.question(number))
            if stored is None:
                return
            job.answer(number, stored)
            self._end_if_complete(job)

    def _end_if_complete(self, job: Job) -> None:
        if job.due is None:
            job.end("done")

    def _stop(self, job: Job, state: str, reason: dict[str, Any]) -> None:
        item = self._pool.at(job.id)
        if item is not None:
            self._pool.retire(item, job.unfinished_ids())
        job.end(state, reason)
        self._dispatch()

    def _ring(self) -> None:
        """Wake the listening thread."""
        self._button.send_bytes(b"!")

    # -- the listening thread -------------------------------------------------------------------------

    def _listen(self) -> None:
        child.hold_interrupts()
        while not self._closed:
            try:
                self._turn()
            except Exception:  # whatever it is, everyone waits for this thread
                _log.exception("unexpected error in the job server")
                time.sleep(_TICK_S)
        for item in self._pool.workers:
            item.bury()

    def _turn(self) -> None:
        self._staff()
        self._hear()
        self._bury()
        with self._changed:
            self._tick()
        self._store.sweep()

    def _staff(self) -> None:
        with self._changed:
            waiting = sum(job.state in WAITING for job in self._jobs.values())
            early = not waiting and time.monotonic() < self._quiet_until
            lacking = self._pool.lacking(waiting) and not early and not self._closed
        if not lacking:
            return
        try:
            item = self._pool.start()
        except OSError as exception:
            with self._changed:
                self._pool.failed_start(error("NoProcess", f"no process could be started ({exception.strerror})"))
        else:
            with self._changed:
                self._pool.workers.append(item)

    def _hear(self) -> None:
        """Wait for messages, then act on one of each worker that has something to say."""
        pipes = {item.pipe: item for item in self._pool.workers}
        ready = connection.wait([self._bell, *pipes], _TICK_S)
        while self._bell.poll():
            self._bell.recv_bytes()
        heard = [(item, item.read()) for pipe, item in pipes.items() if pipe in ready]
        with self._changed:
            for item, message in heard:
                self._act(item, message)
            self._changed.notify_all()

    def _bury(self) -> None:
        for item in [item for item in self._pool.workers if item.state == "retired"]:
            item.bury()
            for result_id in item.garbage:
                self._store.discard(result_id)
            with self._changed:
                self._pool.workers.remove(item)

    def _act(self, item: Worker, message: dict[str, Any] | None) -> None:
        """One message of a worker; what a killed one said last no longer counts."""
        if item.state == "retired":
            return
        if message is None:
            self._lost(item)
            return
        job = self._jobs.get(item.job or "")
        try:
            self._acts(message.pop("type"))(item, job, **message)
        except (KeyError, TypeError, IndexError):
            _log.exception("a worker sent what cannot be understood")
            self._lost(item)

    def _acts(self, kind: str) -> Callable[..., None]:
        acts: dict[str, Callable[..., None]] = {
            "preparing": self._preparing,
            "ready": self._ready,
            "unready": self._unready,
            "progress": self._progress,
            "result": self._result,
            "first_plan": self._first_plan,
            "stage_failed": self._stage_failed,
            "finished": self._finished,
        }
        return acts[kind]

    def _preparing(self, item: Worker, _: Job | None, **far: Any) -> None:
        item.preparing = far
        words = "Preparing the solver for this computer, once: %(done)d of %(of)d parts, about %(left_s).0f s left"
        _log.info(words, far)

    def _ready(self, item: Worker, _: Job | None) -> None:
        if item.preparing is not None:
            _log.info("The solver is ready")
        self._pool.ready(item)
        self._dispatch()

    def _unready(self, item: Worker, _: Job | None, error: dict[str, Any]) -> None:
        self._pool.unready(item, error)

    def _progress(self, _: Worker, job: Job | None, number: int, **data: Any) -> None:
        if job is not None:
            job.progress(number, data)

    def _result(self, _: Worker, job: Job | None, number: int) -> None:
        if job is None:
            return
        try:
            self._store.adopt(job.task.stages[number].result_id)
        except OSError as exception:
            job.without(number, describe(exception))
        else:
            job.answer(number)
            self._answers.remember(job.question(number), job.task.stages[number].result_id)

    def _first_plan(self, _: Worker, job: Job | None, number: int) -> None:
        if job is not None and number == 0:
            job.planned = True

    def _stage_failed(self, _: Worker, job: Job | None, number: int, error: dict[str, Any]) -> None:
        if job is not None:
            job.without(number, error)

    def _finished(self, item: Worker, job: Job | None) -> None:
        self._pool.release(item)
        if job is not None:
            if job.answering:
                self._pace.note(job.running_s)
            job.rest()
            self._end_if_complete(job)
            for result_id in job.unfinished_ids() if job.state in ENDED else ():
                self._store.discard(result_id)
        self._dispatch()

    def _lost(self, item: Worker) -> None:
        """A worker died by itself: its job fails, or keeps its answer; dying before it was ready is a failed start."""
        job = self._jobs.get(item.job or "")
        reason = error(
            "WorkerDied",
            "The solver process ended unexpectedly, perhaps for lack of memory. "
            "Earlier results are intact. Solve again, or use a smaller scenario.",
        )
        if item.state == "warming":
            self._pool.unready(item, reason)
        elif job is not None:
            self._stop(job, "failed", reason)
        else:
            self._pool.retire(item)

    def _tick(self) -> None:
        """Deadlines, pages that went away, workers that cannot start, jobs and results grown old."""
        now = time.monotonic()
        for job in [job for job in self._jobs.values() if job.state not in ENDED]:
            self._check(job, now)
        self._forget(now)

    def _check(self, job: Job, now: float) -> None:
        if job.state in RUNNING and job.deadline is not None and now > job.deadline:
            self._stop(job, "failed", self._too_long())
        elif now - job.seen > self._settings.abandoned_s:
            self._stop(job, "cancelled", error("Abandoned", "No page asked for this solve any more, so it was ended."))
        elif job.state in WAITING and self._pool.failures >= GIVE_UP and self._pool.failure is not None:
            cause = self._pool.failure["message"]
            self._stop(job, "failed", error("NoWorker", f"No solver process could be started: {cause}"))

    def _too_long(self) -> dict[str, Any]:
        return error(
            "Deadline",
            f"The solve took longer than {self._settings.deadline_s:g} s and was ended. "
            "Use fewer prosumers or hours, or solve it on the command line.",
        )

    def _forget(self, now: float) -> None:
        ended = [job for job in self._jobs.values() if job.ended is not None]
        ended.sort(key=lambda job: job.ended or 0.0)
        surplus = max(0, len(self._jobs) - self._settings.job_limit)
        for place, job in enumerate(ended):
            if place < surplus or now - (job.ended or now) > self._settings.job_age_s:
                del self._jobs[job.id]
