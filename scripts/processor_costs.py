"""Pytest plugin that notes the processor time of every test: python scripts/run_tests.py STAGE --costs.

Seconds count all threads of the process and its children, browsers and servers among them (on Linux those that still
run, too); the clock of a busy machine does not count. What a process spends before its first test (imports, collection)
is noted below ``(start)``.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

FOLDER = "P2PDNR_TEST_COSTS"
START = "(start)"


def spent_s() -> float:
    """Processor time of this process and of its children that ended, in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def with_running_s() -> float:
    """The same with the children that still run, where /proc tells of them: browsers and servers."""
    return spent_s() + sum(map(_running_s, below(os.getpid())))


def below(process: int) -> list[int]:
    """The children of a process, theirs, and so on; of each that ends meanwhile, none."""
    found: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [one for child in map(int, listed.read_text().split()) for one in (child, *below(child))]
    return found


def _running_s(process: int) -> float:
    """User and system time of a process, and of its children that ended, in seconds."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


class Notes:
    """Writes a line for every test as it ends, so that a run cut short leaves what it knew."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.started = False

    def note(self, test: str, cost_s: float) -> None:
        """Add a line."""
        with self.file.open("a", encoding="utf8") as lines:
            lines.write(json.dumps([test, cost_s]) + "\n")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Set-up, call and clean-up of a test; a shared fixture counts with the test that first asks for it."""
        before_s = with_running_s()
        if not self.started:
            self.note(START, before_s)
            self.started = True
        try:
            return (yield)
        finally:
            self.note(item.nodeid, with_running_s() - before_s)


def pytest_configure(config: pytest.Config) -> None:
    """Every process that runs tests writes a file of its own."""
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    config.pluginmanager.register(Notes(folder / f"{os.getpid()}.jsonl"))


def read(folder: Path) -> dict[str, float]:
    """Seconds by test, and those of all processes' starts as one."""
    costs: dict[str, float] = defaultdict(float)
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf8").splitlines():
            test, cost_s = json.loads(line)
            costs[test] += cost_s
    return dict(costs)


def by_file(costs: dict[str, float]) -> dict[str, float]:
    """The same by test file, dearest first."""
    sums: dict[str, float] = defaultdict(float)
    for test, cost_s in costs.items():
        sums[test.split("::")[0]] += cost_s
    return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


def table(costs: dict[str, float], dearest: int) -> list[str]:
    """Lines for people: the sum, the dearest files, the dearest tests."""

    def top(name: str, entries: dict[str, float]) -> list[str]:
        ranked = sorted(entries.items(), key=lambda entry: -entry[1])[:dearest]
        return [f"\n=== processor seconds by {name}", *(f"{cost_s:8.2f}  {entry}" for entry, cost_s in ranked)]

    return [*top("file", by_file(costs)), *top("test", costs), f"\n{sum(costs.values()):8.2f}  altogether"]
