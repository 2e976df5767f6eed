"""Which stored result answers a question that was asked before."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from p2pdnr.server.protocol import Task


def question(task: Task, number: int) -> str:
    """What a stage of a task asks for, whoever asks and wherever the solve starts: scenario, mode, trades, role, share
    of days, and whether bills without an operator come along."""
    stage = task.stages[number]
    parts = (
        task.scenario,
        stage.mode,
        str(stage.p2p),
        str(stage.role),
        str(stage.share),
        str(task.has_free_market(stage)),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Answers:
    """Ids of stored results by question, the latest ``limit`` of them; the caller holds the lock.

    ``is_stored`` tells whether a result is still there.
    """

    def __init__(self, limit: int, is_stored: Callable[[str], bool]) -> None:
        self._limit = limit
        self._is_stored = is_stored
        self._ids: OrderedDict[str, str] = OrderedDict()

    def remember(self, asked: str, result_id: str) -> None:
        """``result_id`` answers ``asked`` from now on."""
        self._ids[asked] = result_id
        self._ids.move_to_end(asked)
        while len(self._ids) > self._limit:
            self._ids.popitem(last=False)

    def find(self, asked: str) -> str | None:
        """The stored result that answers ``asked``, or None."""
        result_id = self._ids.get(asked)
        if result_id is not None and not self._is_stored(result_id):
            del self._ids[asked]
            return None
        return result_id
