"""Large hostile requests to app.py as in production, one after the other, and how long the page takes meanwhile.

Usage: PYTHONPATH=. python benchmarks/bench_requests.py [--seconds 60] [--first 0] [--door NAME]

Over HTTP on loopback. ``--first`` is the first seed. The exit status is 1 when a request took the server more processor
time than ``SLOWEST_S``, when one was answered with an error of the server (500), or the page took longer in the
median by the clock on the wall. Where other work uses the machine, the wall's clock says more about that. The table
goes to docs/benchmarks/requests.md.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks._tables import table
from benchmarks.bench_server import App, warm
from p2pdnr.scenario import document
from tests.fuzzing.bodies import Request, doors
from tests.small_scenario import small_document

DAY = Path(__file__).resolve().parents[1] / "data" / "scenarios" / "ieee33-solar.json"
SLOWEST_S = 0.5
HEAD = ("request", "sent", "largest, MB", "taken", "refused", "slowest, CPU s", "its seed", "slowest, s", "median, s")


@dataclass
class Tally:
    """What became of requests of one kind."""

    statuses: Counter[int] = field(default_factory=Counter)
    largest: int = 0
    slowest_cpu_s: float = 0.0
    its_seed: int = 0
    wall_s: list[float] = field(default_factory=list)

    def note(self, status: int, size: int, took: tuple[float, float], seed: int) -> None:
        """One answer, and the seconds it took on the wall and of the server's processor."""
        self.statuses[status] += 1
        self.largest = max(self.largest, size)
        self.wall_s.append(took[0])
        if took[1] > self.slowest_cpu_s:
            self.slowest_cpu_s, self.its_seed = took[1], seed

    def cells(self) -> list[str]:
        """Figures of the table."""
        taken = sum(number for status, number in self.statuses.items() if status < 300)
        sent = self.statuses.total()
        size = f"{self.largest / 1e6:.2f}"
        cpu = [f"{self.slowest_cpu_s:.2f}", str(self.its_seed)]
        return [str(sent), size, str(taken), str(sent - taken), *cpu, *_wall(self.wall_s)]


def _wall(seconds: list[float]) -> tuple[str, str]:
    """Slowest and median."""
    return f"{max(seconds, default=0.0):.2f}", f"{median(seconds or [0.0]):.3f}"


def processor_s(process: int) -> float:
    """Processor seconds of all threads of a process so far; those of the wall where the system does not say."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return time.perf_counter()
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


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
        warm(app, {"scenario": small_document(), "mode": "fixed", "references": False})
        visitor = Visitor(app.port)
        visitor.start()
        tallies = sent(app, every, options.seconds, options.first)
        visitor.ended.set()
        visitor.join(60)
    finally:
        app.process.terminate()
        app.process.wait(20)
    return judged(tallies, visitor.seconds, options)


def sent(app: App, every: dict[str, Callable[[int], Request]], seconds: float, first: int) -> dict[str, Tally]:
    """Requests of every kind in turn until the time is over, which counts their answers and not their making."""
    tallies, left = {name: Tally() for name in every}, seconds
    for seed in count(first):
        for name, make in every.items():
            path, body = make(seed)
            before = processor_s(app.process.pid)
            status, took = ask(app.port, "POST", path, body)
            tallies[name].note(status, len(body), (took, processor_s(app.process.pid) - before), seed)
            left -= took
        if left <= 0:
            return tallies
    raise AssertionError("seeds do not end")


def judged(tallies: dict[str, Tally], page_s: list[float], options: argparse.Namespace) -> int:
    """Keep the table; the exit status."""
    rows = [HEAD, *((name, *tally.cells()) for name, tally in tallies.items())]
    rows.append(("GET / meanwhile", str(len(page_s)), "", str(len(page_s)), "0", "", "", *_wall(page_s)))
    title = f"Large hostile requests for {options.seconds:.0f} s, app.py as in production"
    table("requests", title, rows, ("flask", "waitress", "pydantic"), kept=not options.door)
    broken = any(status >= 500 for tally in tallies.values() for status in tally.statuses)
    slow = max(tally.slowest_cpu_s for tally in tallies.values()) > SLOWEST_S
    return int(broken or slow or median(page_s) > SLOWEST_S)


if __name__ == "__main__":
    sys.exit(main())
