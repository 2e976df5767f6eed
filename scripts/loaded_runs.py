"""Run tests again and again on a busy machine: python scripts/loaded_runs.py [--times N] [STAGE ...] [-- OPTIONS].

Meanwhile as many processes as there are cores do nothing but compute, so that a test that trusts the clock fails here.
What follows ``--`` goes to pytest: paths, -k and so on. The exit status is 1 when any run failed.

    python scripts/loaded_runs.py --times 10 unit -- tests/server tests/cli
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "tests"


@dataclass(frozen=True)
class Run:
    """How one run ended: exit status, the tests that failed, processor minutes, and what it printed."""

    status: int
    failed: tuple[str, ...]
    minutes: float
    output: str


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep this many cores busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def failed_tests(folder: Path) -> tuple[str, ...]:
    """Names of the tests that failed, from the JUnit reports of all stages."""
    cases = [case for file in sorted(folder.glob("*.xml")) for case in ElementTree.parse(file).iter("testcase")]
    failed = [case for case in cases if {"failure", "error"} & {child.tag for child in case}]
    return tuple(f"{case.get('classname')}::{case.get('name')}" for case in failed)


def processor_minutes(output: str) -> float:
    """What scripts/run_tests.py says it took."""
    found = re.search(r"^processors: ([\d.]+) min", output, re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def run(stages: Sequence[str], options: Sequence[str]) -> Run:
    """One run of the stages."""
    for report in REPORTS.glob("*.xml"):
        report.unlink()
    command = [sys.executable, str(ROOT / "scripts" / "run_tests.py"), *stages, "--", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Run(done.returncode, failed_tests(REPORTS), processor_minutes(done.stdout), done.stdout)


def parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command line, and what goes to pytest."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="loaded_runs.py", description="Run tests again and again on a busy machine.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="all when none is named")
    parser.add_argument("--times", type=int, default=10, help="how often; 10 when not given")
    parser.add_argument("--busy", type=int, default=os.cpu_count(), help="busy processes; one a core when not given")
    return parser.parse_args(arguments[:cut]), list(arguments[cut + 1 :])


def main() -> int:
    """The command line; returns the exit status."""
    asked, options = parsed(sys.argv[1:])
    failures: Counter[str] = Counter()
    statuses = []
    with busy_cores(asked.busy):
        for number in range(1, asked.times + 1):
            ended = run(asked.stages, options)
            statuses.append(ended.status)
            failures.update(ended.failed)
            print(f"run {number:2}: status {ended.status}, {ended.minutes:.1f} min of processors", flush=True)
            if ended.status:
                print(ended.output, flush=True)
    green = statuses.count(0)
    print("\n".join(f"{count:3} times {name}" for name, count in failures.most_common()))
    print(f"{green} of {asked.times} runs green with {asked.busy} busy processes beside them")
    return int(green < asked.times)


if __name__ == "__main__":
    raise SystemExit(main())
