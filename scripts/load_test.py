"""Many people at once: sessions that open the page, edit, solve, look and cancel against the production start.

    python scripts/load_test.py [--sessions 20] [--minutes 3] [--scenario FILE]

Every session scales the PV of a prosumer by a figure of its own and looks for that figure in every result it gets, so
that a mixed-up result shows. "Busy" (429, 503) is an answer and is waited for; every other failure counts. The exit
status is 1 when a request failed, results were mixed, the median answer took longer than 100 ms while solves ran, or
the server's memory still grew in the second half.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUSY = (429, 503)
MEDIAN_S = 0.1
GROWTH = 1.15
"""Memory of the second half may exceed that of the first by this factor: workers fill their caches once."""


@dataclass
class Record:
    """What all sessions together have seen; appending is safe from threads."""

    page_s: list[float] = field(default_factory=list)
    data_s: list[float] = field(default_factory=list)
    solve_s: list[float] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])


class Visitor:
    """One browser session: its cookie, its own PV, and one connection after the other."""

    def __init__(self, number: int, port: int, scenario: dict[str, Any], record: Record) -> None:
        self.number, self.port, self.record = number, port, record
        self.chance = random.Random(number)
        self.cookie = ""
        self.scenario = json.loads(json.dumps(scenario))
        self.scenario["name"] = f"Visitor {number}"

    def ask(self, method: str, path: str, content: Any = None) -> tuple[int, bytes]:
        """Status and body; what cannot be reached has status 0."""
        headers = {"Cookie": self.cookie, "Accept-Encoding": "identity"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if content is None else json.dumps(content), headers)
            response = connection.getresponse()
            self.cookie = self.cookie or (response.getheader("Set-Cookie") or "").split(";")[0]
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error).encode()
        finally:
            connection.close()

    def look(self, path: str, times: list[float]) -> bytes:
        """A page or a file, timed."""
        started = time.perf_counter()
        status, body = self.ask("GET", path)
        times.append(time.perf_counter() - started)
        self.expect(status == 200, f"GET {path}: {status}")
        return body

    def expect(self, good: bool, text: str) -> None:
        """Note a failure."""
        if not good:
            self.record.failures.append(f"visitor {self.number}: {text}")

    def visit(self, until: float) -> None:
        """Open the page, then edit and solve again and again."""
        self.look("/", self.record.page_s)
        self.look("/_dash-layout", self.record.page_s)
        while time.monotonic() < until:
            self.edit()
            self.solve(until)
            time.sleep(self.chance.uniform(0.5, 3.0))

    def edit(self) -> None:
        """Another PV for the first prosumer, a figure no other session has."""
        self.pv_kw = round(50 + self.number + self.chance.randrange(1, 1000) / 1000, 3)
        self.scenario["prosumers"][0]["pv_kw"] = self.pv_kw

    def solve(self, until: float) -> None:
        """Submit, follow, now and then cancel, and look at the result."""
        order = {"scenario": self.scenario, "mode": "hourly", "references": self.chance.random() < 0.3}
        started = time.perf_counter()
        status, body = self.ask("POST", "/jobs", order)
        if status in BUSY:
            self.record.busy.append(self.number)
            return time.sleep(2.0)
        if status != 202:
            return self.expect(False, f"POST /jobs: {status} {body[:200]!r}")
        job, impatient = json.loads(body)["job"], self.chance.random() < 0.25
        while not (state := self.follow(job)).get("ended"):
            if (impatient and state.get("state") == "solving") or time.monotonic() > until:
                status, _ = self.ask("DELETE", f"/jobs/{job}", {})
                self.record.cancelled.append(self.number)
                return self.expect(status == 200, f"DELETE /jobs: {status}")
            self.look("/", self.record.page_s)
            time.sleep(self.chance.uniform(0.3, 1.0))
        self.expect(state.get("state") == "done", f"a solve ended {state.get('state')}: {state.get('error')}")
        self.record.solve_s.append(time.perf_counter() - started)
        for result in state.get("results", {}).values():
            self.judge(self.look(f"/results/{result}.json", self.record.data_s))

    def follow(self, job: str) -> dict[str, Any]:
        """The state of a job."""
        status, body = self.ask("GET", f"/jobs/{job}?after=0")
        self.expect(status == 200, f"GET /jobs: {status}")
        return dict(json.loads(body)) if status == 200 else {"ended": True}

    def judge(self, body: bytes) -> None:
        """Whether a result is this session's: its name, and the PV it can have at most."""
        payload = json.loads(body)
        most_kw = max(payload["prosumers"]["day"]["pv_available_kw"][0], default=0.0)
        peak = max(self.scenario["profiles"][self.scenario["prosumers"][0].get("pv_profile", "pv")])
        if payload["name"] != self.scenario["name"] or abs(most_kw - self.pv_kw * peak) > 0.01:
            self.record.mixed.append(f"visitor {self.number} got {payload['name']} with {most_kw} kW")


def memory_mb(process: int) -> float:
    """Resident memory of a process and all its descendants (Linux)."""
    found, waiting = 0.0, [process]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text(encoding="ascii", errors="replace")
            found += int((re.search(r"VmRSS:\s+(\d+)", status) or [0, 0])[1]) / 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def warm_up(visitor: Visitor) -> None:
    """Return when the app has solved once: what a new server compiles and imports is measured elsewhere."""
    order = {"scenario": visitor.scenario, "mode": "fixed", "references": False}
    while (answer := visitor.ask("POST", "/jobs", order))[0] in (0, *BUSY):
        time.sleep(1.0)
    job = json.loads(answer[1])["job"]
    while not visitor.follow(job).get("ended"):
        time.sleep(0.5)


def run(options: argparse.Namespace) -> tuple[Record, float]:
    """Start the app, send everybody in, and write down its memory meanwhile; returns the record and the seconds."""
    command = [sys.executable, "app.py", "--no-browser", "--port", "0"]
    app = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    port = int(re.search(r":(\d+)/", app.stdout.readline())[1])  # type: ignore[index]
    record, scenario = Record(), json.loads(options.scenario.read_text(encoding="utf-8"))
    warm_up(Visitor(-1, port, scenario, record))
    started = time.monotonic()
    until = started + 60 * options.minutes
    visitors = [Visitor(number, port, scenario, record) for number in range(options.sessions)]
    threads = [threading.Thread(target=visitor.visit, args=(until,)) for visitor in visitors]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            record.memory_mb.append((time.monotonic() - started, memory_mb(app.pid)))
            time.sleep(2.0)
    finally:
        app.terminate()
        app.wait(20)
    return record, time.monotonic() - started


def median(values: list[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


def summary(record: Record, seconds: float) -> tuple[str, bool]:
    """The figures as text, and whether all is well."""
    half = seconds / 2
    halves = [[mb for at, mb in record.memory_mb if (at > half) == later] for later in (False, True)]
    peaks = [max(half_mb, default=0.0) for half_mb in halves]
    lines = [
        f"load of the machine before  {record.load_before:10.1f}",
        f"seconds                     {seconds:10.0f}",
        f"pages                       {len(record.page_s):10}",
        f"page, median                {1e3 * median(record.page_s):10.1f} ms",
        f"page, slowest               {1e3 * max(record.page_s, default=0):10.1f} ms",
        f"results read                {len(record.data_s):10}",
        f"result, median              {1e3 * median(record.data_s):10.1f} ms",
        f"solves finished             {len(record.solve_s):10}",
        f"solve with waiting, median  {median(record.solve_s):10.1f} s",
        f"solves cancelled            {len(record.cancelled):10}",
        f"told to come back           {len(record.busy):10}",
        f"failed requests             {len(record.failures):10}",
        f"mixed results               {len(record.mixed):10}",
        f"memory, peak of each half   {peaks[0]:10.0f} MB {peaks[1]:.0f} MB",
    ]
    well = not record.failures and not record.mixed and bool(record.solve_s)
    well = well and median(record.page_s) < MEDIAN_S and peaks[1] <= GROWTH * peaks[0]
    return "\n".join(lines + record.failures[:10] + record.mixed[:10]), well


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--scenario", type=Path, default=ROOT / "data" / "scenarios" / "ieee33-solar.json")
    text, well = summary(*run(parser.parse_args()))
    print(text)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
