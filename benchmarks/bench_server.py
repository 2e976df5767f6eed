"""Times of the job server in its production start: first progress, cancel, page answers while two solves run, and 30
people who press Solve at once.

``PYTHONPATH=. python benchmarks/bench_server.py [--rounds N] [--scenario FILE] [--json]`` starts app.py on a free port,
waits until its workers are warm and measures over HTTP on loopback. Goals: first progress 0.6 s, cancel 0.2 s, answers
(median) 100 ms. Five rounds take two minutes, each more ten seconds. The table goes to docs/benchmarks/server.md;
``--json`` prints median and worst in seconds instead.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks._tables import table

ROOT = Path(__file__).parents[1]
PEOPLE = 30
"""A class that presses Solve at once, each with a day of their own."""
RETRY_S = 5.0
"""What a busy server asks for before the next try."""
SPARE_S = 10.0
"""Until the next spare worker is warm."""
MEASURED = {
    "warm_up_and_first_solve": ("start, warm-up and first solve", ""),
    "first_progress": ("order to first progress", "600"),
    "cancel_answered": ("cancel to its answer", "200"),
    "cancel_event": ("cancel to the event that says so", "200"),
    "page_while_solving": ("GET / while two solves run", "100 (median)"),
    "unknown_job_while_solving": ("GET /jobs/none while two solves run", "100 (median)"),
    "crowd_first_answer": ("30 people solve at once: until one has a first answer", "20000 (median), 120000 (worst)"),
    "crowd_answer": ("the same: until one has the answer", ""),
    "asked_before": ("order that was answered before, to its answer", ""),
}
"""What is measured: how the table calls it, and the goal in ms."""
ROUND = ("first_progress", "cancel_answered", "cancel_event")
"""What one round measures."""


class App:
    """app.py in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "app.py", "--no-browser", "--port", "0"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])  # type: ignore[index]

    def cookie(self) -> str:
        """That of a new browser session."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        connection.close()
        return (response.getheader("Set-Cookie") or "").split(";")[0]

    def ask(self, method: str, path: str, content: Any = None, cookie: str = "") -> dict[str, Any]:
        """The JSON that comes back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = None if content is None else json.dumps(content)
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body, headers | ({"Cookie": cookie} if cookie else {}))
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
    time.sleep(SPARE_S)


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


def one_of_a_crowd(app: App, scenario: dict[str, Any], number: int, start: threading.Barrier) -> tuple[float, float]:
    """Seconds from Solve to the first plan that could be run, and to the answer, of one person's own day."""
    first, *others = scenario["prosumers"]
    own = scenario | {"prosumers": [first | {"load_kw": first["load_kw"] * (1.0 + 0.01 * (number + 1))}, *others]}
    cookie = app.cookie()
    start.wait()
    begin, offered, after = time.perf_counter(), None, 0
    while "job" not in (taken := app.ask("POST", "/jobs", {"scenario": own}, cookie)):
        time.sleep(RETRY_S)
    job = taken["job"]
    while True:
        state = app.ask("GET", f"/jobs/{job}?after={after}", cookie=cookie)
        for event in state["events"]:
            after = event["id"]
            if offered is None and event["kind"] == "progress" and event["data"]["offer"] is not None:
                offered = time.perf_counter() - begin
        if state["results"] or state["ended"]:
            answered = time.perf_counter() - begin
            return answered if offered is None else offered, answered
        time.sleep(1.0)


def crowd(app: App, scenario: dict[str, Any]) -> dict[str, list[float]]:
    """First answers and answers of all who press Solve at once."""
    start = threading.Barrier(PEOPLE)
    with ThreadPoolExecutor(PEOPLE) as people:
        waits = [people.submit(one_of_a_crowd, app, scenario, number, start) for number in range(PEOPLE)]
        first, last = zip(*(wait.result() for wait in waits), strict=True)
    return {"crowd_first_answer": list(first), "crowd_answer": list(last)}


def asked_before(app: App, scenario: dict[str, Any]) -> float:
    """Seconds until an order is answered whose answer is stored."""
    order = {"scenario": scenario, "references": False}
    job = app.ask("POST", "/jobs", order)["job"]
    while not app.ask("GET", f"/jobs/{job}")["ended"]:
        time.sleep(0.1)
    begin = time.perf_counter()
    job = app.ask("POST", "/jobs", order)["job"]
    while not app.ask("GET", f"/jobs/{job}")["ended"]:
        time.sleep(0.01)
    return time.perf_counter() - begin


def measure(app: App, scenario: Any, rounds: int) -> dict[str, list[float]]:
    """All samples, in seconds."""
    order = {"scenario": scenario, "references": False, "anew": True}
    begin = time.perf_counter()
    warm(app, order)
    found = {"warm_up_and_first_solve": [told("warm", time.perf_counter() - begin - SPARE_S)]}
    samples = []
    for _ in range(rounds):
        samples.append(one_round(app, order))
        told("first progress", samples[-1][0])
        time.sleep(SPARE_S)
    found |= zip(ROUND, map(list, zip(*samples, strict=True)), strict=True)
    for name, path in (("page", "/"), ("unknown_job", "/jobs/none")):
        found[f"{name}_while_solving"] = while_solving(app, {**order, "references": True}, path)
        told(f"{path} while solving, median", statistics.median(found[f"{name}_while_solving"]))
        time.sleep(SPARE_S)
    found["asked_before"] = [told("asked before", asked_before(app, scenario))]
    found |= crowd(app, scenario)
    for name in ("crowd_first_answer", "crowd_answer"):
        told(f"{name}, median", statistics.median(found[name]))
        told(f"{name}, worst", max(found[name]))
    return found


def told(name: str, seconds: float) -> float:
    """Print a figure while others are still to come; returns it."""
    print(f"{name} {1e3 * seconds:.1f} ms", file=sys.stderr, flush=True)
    return seconds


def figures(found: dict[str, list[float]]) -> dict[str, float]:
    """Median and worst of every name, in seconds; what was measured once keeps its name."""
    result = {}
    for name, samples in found.items():
        if name == "warm_up_and_first_solve":
            result[name] = samples[0]
        else:
            result |= {f"{name}_median": statistics.median(samples), f"{name}_max": max(samples)}
    return result


def rows(found: dict[str, list[float]]) -> list[Sequence[str]]:
    """Lines of the table, in ms."""
    return [
        (what, f"{1e3 * statistics.median(samples):.1f}", f"{1e3 * max(samples):.1f}", str(len(samples)), goal)
        for name, (what, goal) in MEASURED.items()
        for samples in [found[name]]
    ]


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", type=Path, default=ROOT / "data" / "scenarios" / "ieee33-solar.json")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    app = App()
    try:
        found = measure(app, json.loads(options.scenario.read_text(encoding="utf-8")), options.rounds)
    finally:
        app.process.terminate()
        app.process.wait(10)
    if options.json:
        print(json.dumps(figures(found)))
    else:
        title = f"The job server over HTTP on loopback, {options.scenario.stem}, app.py as in production"
        table("server", title, [("ms", "median", "worst", "samples", "goal"), *rows(found)], ("flask", "waitress"))


if __name__ == "__main__":
    main()
