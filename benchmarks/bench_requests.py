"""Large hostile requests to app.py as in production, one after the other, and how long the page takes meanwhile.

Usage: PYTHONPATH=. python benchmarks/bench_requests.py [--seconds 60] [--first 0] [--door NAME]

Over HTTP on loopback. ``--first`` is the first seed. The exit status is 1 when a request took longer than
``SLOWEST_S``, when one was answered with an error of the server (500), or the page took longer. The table goes to
docs/benchmarks/requests.md.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks._tables import table
from benchmarks.bench_server import App
from p2pdnr.scenario import document
from tests.fuzzing.bodies import Request, doors

DAY = Path(__file__).resolve().parents[1] / "data" / "scenarios" / "ieee33-solar.json"
SLOWEST_S = 0.5
HEAD = ("request", "sent", "largest, MB", "taken", "refused", "slowest, s", "its seed")


@dataclass
class Tally:
    """What became of requests of one kind."""

    statuses: Counter[int] = field(default_factory=Counter)
    largest: int = 0
    slowest_s: float = 0.0
    its_seed: int = 0

    def note(self, status: int, size: int, seconds: float, seed: int) -> None:
        """One answer."""
        self.statuses[status] += 1
        self.largest = max(self.largest, size)
        if seconds > self.slowest_s:
            self.slowest_s, self.its_seed = seconds, seed

    def cells(self) -> list[str]:
        """Figures of the table."""
        taken = sum(number for status, number in self.statuses.items() if status < 300)
        sent = self.statuses.total()
        size = f"{self.largest / 1e6:.2f}"
        return [str(sent), size, str(taken), str(sent - taken), f"{self.slowest_s:.2f}", str(self.its_seed)]


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, float]:
    """Status and seconds of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.perf_counter()
    connection.request(method, path, body, {"Content-Type": "application/json"} if body is not None else {})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, time.perf_counter() - began


class Visitor(threading.Thread):
    """Somebody who looks at the page all the while."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.ended, self.seconds = port, threading.Event(), list[float]()

    def run(self) -> None:
        """Ask for the page ten times a second."""
        while not self.ended.wait(0.1):
            self.seconds.append(ask(self.port, "GET", "/")[1])


def main() -> int:
    """Send, count, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--door", default="")
    options = parser.parse_args()
    every = {name: make for name, make in doors(document.load(DAY)).items() if options.door in name}
    app = App()
    try:
        time.sleep(5.0)  # what the first page is made of, and workers that warm up
        visitor = Visitor(app.port)
        visitor.start()
        tallies = sent(app.port, every, options.seconds, options.first)
        visitor.ended.set()
        visitor.join(60)
    finally:
        app.process.terminate()
        app.process.wait(20)
    return judged(tallies, visitor.seconds, options)


def sent(port: int, every: dict[str, Callable[[int], Request]], seconds: float, first: int) -> dict[str, Tally]:
    """Requests of every kind in turn until the time is over, which counts their answers and not their making."""
    tallies, left = {name: Tally() for name in every}, seconds
    for seed in count(first):
        for name, make in every.items():
            path, body = make(seed)
            status, took = ask(port, "POST", path, body)
            tallies[name].note(status, len(body), took, seed)
            left -= took
        if left <= 0:
            return tallies
    raise AssertionError("seeds do not end")


def judged(tallies: dict[str, Tally], page_s: list[float], options: argparse.Namespace) -> int:
    """Keep the table; the exit status."""
    rows = [HEAD, *((name, *tally.cells()) for name, tally in tallies.items())]
    looks = Tally()
    for seconds in page_s:
        looks.note(200, 0, seconds, 0)
    rows.append(("GET / meanwhile", str(len(page_s)), "", str(len(page_s)), "0", f"{looks.slowest_s:.2f}", ""))
    title = f"Large hostile requests for {options.seconds:.0f} s, app.py as in production"
    table("requests", title, rows, ("flask", "waitress", "pydantic"), kept=not options.door)
    broken = any(status >= 500 for tally in tallies.values() for status in tally.statuses)
    slow = max([tally.slowest_s for tally in tallies.values()] + page_s) > SLOWEST_S
    return int(broken or slow)


if __name__ == "__main__":
    sys.exit(main())
