"""How much work something is, counted in calls of functions: the same on every machine, whatever else it does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

SECONDS = 5.0
"""Of processor time: hundreds of times what the hostile texts here take, and a fraction of what a pattern takes that
goes over them again from each of their characters."""


def calls(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and C's, and steps of generators while something works."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def assert_linear(work: Callable[[int], Callable[[], object]], size: int, slack: float = 1.3) -> None:
    """Four times the size is at most four times the calls, and some slack; ``work`` makes what works on a size."""
    work(1)()
    small, large = work(size), work(4 * size)
    assert calls(large) <= 4 * slack * calls(small)


def assert_quick(work: Callable[[], object]) -> None:
    """Something ends long before a quadratic pattern would."""
    began = time.thread_time()
    work()
    assert time.thread_time() - began < SECONDS
