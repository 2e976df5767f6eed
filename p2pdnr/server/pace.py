"""How long it is until a job's turn comes, from how long processes were at the last answers."""

from __future__ import annotations

import heapq
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

REMEMBERED = 8
"""Answers that count."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a process was at each of the last answers, or at a first plan where no more was asked of it."""

    taken_s: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def note(self, seconds: float) -> None:
        """One more."""
        self.taken_s.append(seconds)

    def waits_s(self, running_s: Iterable[float], processes: int, waiting: int) -> list[float | None]:
        """Seconds until each of so many jobs that wait begins, in their order, while others have been ``running_s``;
        none is told before an answer was timed."""
        if not self.taken_s:
            return [None] * waiting
        usual_s = statistics.median(self.taken_s)
        ends = [max(0.0, usual_s - spent) for spent in running_s][:processes]
        ends += [0.0] * (processes - len(ends))
        heapq.heapify(ends)
        return [_next(ends, usual_s) for _ in range(waiting)]


def _next(ends: list[float], usual_s: float) -> float:
    begins = heapq.heappop(ends)
    heapq.heappush(ends, begins + usual_s)
    return begins
