"""Many who ask for the same at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from p2pdnr.server import BusyError


class Crowd:
    """Threads that do the same, held inside by a gate; counts who is inside."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.inside, self.most = 0, 0
        self.answers: list[Any] = []

    def work(self) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.gate.wait(60.0)
        with self.lock:
            self.inside -= 1

    def send(self, count: int, ask: Callable[[], Any]) -> list[threading.Thread]:
        def asked() -> None:
            try:
                answer = ask()
            except BusyError as busy:
                answer = busy
            with self.lock:
                self.answers.append(answer)

        threads = [threading.Thread(target=asked) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads
