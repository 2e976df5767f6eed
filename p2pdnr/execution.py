"""Where independent pieces of work run: in this process, on a few threads.

The kernels release the interpreter lock, so threads are enough on one machine and nothing is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class LocalBackend:
    """Runs work on ``workers`` threads of this process; use as a context manager."""

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="p2pdnr") if workers > 1 else None

    def map(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """The answers in the order of the items; the first exception comes out."""
        if self._pool is None:
            return [function(item) for item in items]
        return list(self._pool.map(function, items))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
