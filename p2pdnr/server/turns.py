"""Bounds on heavy requests: some of a kind work at once, some wait a little, the others are asked to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from p2pdnr.server.admission import BusyError


class Turns:
    """Turns of one kind of request: ``at_once`` work, ``waiting`` more wait for at most ``patience_s``.

    All of them together hold so many threads of the server at most, whatever is asked of it.
    """

    def __init__(self, at_once: int, waiting: int, patience_s: float) -> None:
        self._places = threading.Semaphore(at_once + waiting)
        self._turn = threading.Semaphore(at_once)
        self._patience_s = patience_s

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Work inside, when it is one's turn; raises BusyError where there is no place or the wait grows long."""
        if not self._places.acquire(blocking=False):
            raise BusyError("The server is busy with others who asked for the same. Try again in a few seconds.")
        try:
            if not self._turn.acquire(timeout=self._patience_s):
                raise BusyError("The server is too busy for this at the moment. Try again in a few seconds.")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()
