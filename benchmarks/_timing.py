"""Clocks of benchmarks: wall time, and processor time of all threads of the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Timed(Generic[Answer]):
    """What some work gave, and the seconds it took by the clock on the wall and of the processor."""

    answer: Answer
    wall_s: float
    cpu_s: float


def timed(work: Callable[[], Answer]) -> Timed[Answer]:
    """Do some work once."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return Timed(answer, time.perf_counter() - wall, time.process_time() - cpu)


def least(repeats: int, work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Shortest wall time of several runs in seconds, and what the last gave."""
    runs = [timed(work) for _ in range(repeats)]
    return min(run.wall_s for run in runs), runs[-1].answer


def cpu_ms(repeats: int, work: Callable[[], object]) -> float:
    """Processor time of one run in ms, the mean of several after one that does not count."""
    work()
    return 1e3 * timed(lambda: [work() for _ in range(repeats)]).cpu_s / repeats
