"""The referee's process: started when a room is first opened, fed over one pipe, started again when it dies.

Moves do not wait for what takes seconds: they are judged on a thread of their own, power flows being compiled code that
lets Python's lock go. Messages are JSON: ``{"id", "kind", "asked"}`` there, ``{"id", "value"}`` or ``{"id", "error"}``
back.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from p2pdnr.server import child
from p2pdnr.server.protocol import describe, encode

MEMORY_MB = 4096
QUICK = "judge"
"""The kind of request that does not wait for the others."""


class Refused(Exception):
    """The referee's answer is an error, as data (:func:`p2pdnr.server.protocol.describe`)."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        super().__init__(told.get("message", ""))


class Ask(Protocol):
    """How the hall asks the referee."""

    def __call__(self, kind: str, **asked: Any) -> Future[dict[str, Any]]:
        """A request of one kind; the answer, or :class:`Refused`, comes into the future."""


class RefereeProcess:
    """The server's end."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._last = 0
        self._closed = False

    def ask(self, kind: str, **asked: Any) -> Future[dict[str, Any]]:
        """See :class:`Ask`; starts the process where there is none."""
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            try:
                pipe = self._started()
                self._last += 1
                self._waiting[self._last] = future
                pipe.send_bytes(encode({"id": self._last, "kind": kind, "asked": asked}))
            except OSError as error:
                self._waiting.pop(self._last, None)
                future.set_exception(error)
        return future

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join(5.0)

    def _started(self) -> Connection:
        if self._closed:
            raise OSError("the server is shutting down")
        if self._process is None or not self._process.is_alive() or self._pipe is None:
            self._process, self._pipe = child.start(main, (str(self._data_dir),), "p2pdnr-referee")
            threading.Thread(target=self._listen, args=(self._pipe,), daemon=True).start()
        return self._pipe

    def _listen(self, pipe: Connection) -> None:
        """Hand out answers until the process is gone; whoever still waits then is told."""
        try:
            while True:
                self._hear(json.loads(pipe.recv_bytes()))
        except (EOFError, OSError):
            pass
        with self._lock:
            mine = self._pipe is pipe
            lost = list(self._waiting.values()) if mine else []
            self._waiting = {} if mine else self._waiting
            self._pipe = None if mine else self._pipe
        for future in lost:
            future.set_exception(OSError("the referee's process has ended"))

    def _hear(self, message: dict[str, Any]) -> None:
        with self._lock:
            future = self._waiting.pop(message["id"], None)
        if future is not None and "error" in message:
            future.set_exception(Refused(message["error"]))
        elif future is not None:
            future.set_result(message["value"])


def main(pipe: Connection, data_dir: str) -> None:
    """Body of the process: runs until its pipe closes."""
    logging.basicConfig(format="%(asctime)s referee %(process)d %(levelname)s %(message)s")
    child.settle(MEMORY_MB)
    from p2pdnr.room.referee import Referee

    referee, sending = Referee(Path(data_dir)), threading.Lock()
    quick, slow = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    def work(message: dict[str, Any]) -> None:
        try:
            told = {"value": referee.answer(message["kind"], **message["asked"])}
        except Exception as exception:
            told = {"error": describe(exception)}
        try:
            with sending:
                pipe.send_bytes(encode({"id": message["id"], **told}))
        except OSError:
            os._exit(0)

    try:
        while True:
            message = json.loads(pipe.recv_bytes())
            (quick if message["kind"] == QUICK else slow).submit(work, message)
    except (EOFError, OSError):
        os._exit(0)
