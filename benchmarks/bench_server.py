"""Times of the job server in its production start: first progress, cancel, page answers while two solves run.

``python benchmarks/bench_server.py [--rounds N] [--scenario FILE] [--json]`` starts app.py on a free port, waits until
its workers are warm and measures over HTTP on loopback. Goals: first progress 0.6 s, cancel 0.2 s, answers (median)
100 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class App:
    """app.py in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "app.py", "--no-browser", "--port", "0"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])  # type: ignore[index]

    def ask(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        """The JSON that comes back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = None if content is None else json.dumps(content)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        data = connection.getresponse().read()
        connection.close()
        return dict(json.loads(data)) if data.startswith(b"{") else {}

    def events(self, job: str) -> Iterator[str]:
        """Kinds of events as they arrive, states by their name."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/jobs/{job}/events")
        response, text = connection.getresponse(), ""
        while more := response.read1(65536):
            *blocks, text = (text + more.decode()).split("\n\n")
            for event in re.findall(r"event: (\w+)\ndata: (.*)", "\n\n".join(blocks)):
                yield json.loads(event[1])["state"] if event[0] == "state" else event[0]


def warm(app: App, order: dict[str, Any]) -> None:
    """Return when a job would start at once and no worker is warming up beside it any more."""
    while True:
        job = app.ask("POST", "/jobs", order)
        if "job" not in job:
            sys.exit(f"the job was refused: {job}")
        if job["state"] == "solving":
            break
        app.ask("DELETE", f"/jobs/{job['job']}", {})
        time.sleep(0.5)
    while not app.ask("GET", f"/jobs/{job['job']}")["ended"]:
        time.sleep(0.1)
    time.sleep(10.0)


def one_round(app: App, order: dict[str, Any]) -> tuple[float, float, float]:
    """Seconds from submit to first progress, of the cancel request, and from it to the event that says so."""
    start = time.perf_counter()
    job = app.ask("POST", "/jobs", order)["job"]
    events = app.events(job)
    next(kind for kind in events if kind == "progress")
    first = time.perf_counter()
    app.ask("DELETE", f"/jobs/{job}", {})
    answered = time.perf_counter()
    next(kind for kind in events if kind in ("cancelled", "done"))
    return first - start, answered - first, time.perf_counter() - first


def while_solving(app: App, order: dict[str, Any], path: str) -> list[float]:
    """Seconds of answers from ``path`` while two jobs run, and until one of them has ended."""
    jobs = [app.ask("POST", "/jobs", order)["job"] for _ in range(2)]
    times: list[float] = []
    while len(times) < 200 and not any(app.ask("GET", f"/jobs/{job}")["ended"] for job in jobs):
        start = time.perf_counter()
        app.ask("GET", path)
        times.append(time.perf_counter() - start)
    for job in jobs:
        app.ask("DELETE", f"/jobs/{job}", {})
    return times


def measure(app: App, scenario: Any, rounds: int) -> dict[str, float]:
    """All figures, in seconds."""
    order = {"scenario": scenario, "references": False}
    begin = time.perf_counter()
    warm(app, order)
    figures = {"warm_up_and_first_solve": time.perf_counter() - begin - 10.0}
    samples = []
    for _ in range(rounds):
        samples.append(one_round(app, order))
        time.sleep(10.0)  # until the next spare is warm
    for name, values in zip(
        ("first_progress", "cancel_answered", "cancel_event"), zip(*samples, strict=True), strict=True
    ):
        figures |= {f"{name}_median": statistics.median(values), f"{name}_max": max(values)}
    for name, path in (("page", "/"), ("unknown_job", "/jobs/none")):
        times = while_solving(app, {**order, "references": True}, path)
        figures |= {f"{name}_while_solving_median": statistics.median(times), f"{name}_while_solving_max": max(times)}
        time.sleep(10.0)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", type=Path, default=ROOT / "data" / "scenarios" / "ieee33-solar.json")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    app = App()
    try:
        figures = measure(app, json.loads(options.scenario.read_text(encoding="utf-8")), options.rounds)
    finally:
        app.process.terminate()
        app.process.wait(10)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name.replace('_', ' '):32} {value:8.3f} s" for name, value in figures.items()))


if __name__ == "__main__":
    main()
