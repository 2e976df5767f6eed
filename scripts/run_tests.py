"""Run the tests in stages and say how long each took: python scripts/run_tests.py [STAGE ...] [-- PYTEST OPTIONS].

Every stage runs, even after one failed; the exit status is 1 when any did. Coverage of the first two is left in
.coverage for ``make check``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import node

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "tests"
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Stage:
    """One call of pytest: its options, further environment and the seconds it should stay below on two cores."""

    name: str
    options: tuple[str, ...]
    budget_s: int
    environment: dict[str, str] = field(default_factory=dict)


COVERAGE = ("--cov", "--cov-report=")
# One process more than cores: some tests wait for a server, a cluster or a child.
SIDE_BY_SIDE = ("-n", str(min(4, 1 + (os.cpu_count() or 1))), "--dist", "loadfile")
TWO_BROWSERS = ("-n", "2")
JAVASCRIPT = "javascript"
STAGES = (
    Stage(JAVASCRIPT, (), 20),
    Stage("unit", ("-m", "not browser and not visual", *SIDE_BY_SIDE, *COVERAGE), 220),
    # Compiled kernels are invisible to coverage: the marked tests run once more with the kernels as plain Python.
    Stage("interpreted", ("-m", "interpreted", *COVERAGE, "--cov-append"), 40, {"NUMBA_DISABLE_JIT": "1"}),
    # Each process has a browser and a server of its own.
    Stage("browser", ("-m", "browser", *TWO_BROWSERS, "--dist", "loadfile"), 210),
    Stage("pictures", ("-m", "visual", *TWO_BROWSERS, "--dist", "load"), 80),
)


@dataclass(frozen=True)
class Outcome:
    """What a stage did: exit status, seconds and the count of tests by outcome."""

    stage: Stage
    status: int
    seconds: float
    counts: Counter[str]


def count(report: Path) -> Counter[str]:
    """Tests by outcome in a JUnit report; empty when pytest ended before it wrote one."""
    if not report.exists():
        return Counter()
    outcomes: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        tags = {child.tag for child in case}
        failed = tags & {"failure", "error"}
        outcomes["failed" if failed else "skipped" if "skipped" in tags else "passed"] += 1
    return outcomes


def compile_kernels() -> None:
    """In a new copy nothing is compiled, and the workers of the first stage would each compile everything."""
    began = time.monotonic()
    subprocess.run([sys.executable, ROOT / "scripts" / "compile_kernels.py"], cwd=ROOT, check=True)
    print(f"\n=== kernels compiled or loaded in {time.monotonic() - began:.0f} s", flush=True)


def run_javascript(stage: Stage) -> Outcome:
    """The page's own code by Node's runner; a missing Node is a failure where everything must run."""
    print(f"\n=== {stage.name}", flush=True)
    began, found, report = time.monotonic(), node.find(), REPORTS / f"{stage.name}.tap"
    if found is None:
        print(node.MISSING)
        return Outcome(stage, int(node.needed()), 0.0, Counter({"failed" if node.needed() else "skipped": 1}))
    report.unlink(missing_ok=True)
    reporters = ["--test-reporter=tap", f"--test-reporter-destination={report}"]
    told = ["--test-reporter=dot", "--test-reporter-destination=stdout"]
    status = subprocess.run([str(found), "--test", *reporters, *told, *node.tests()], cwd=ROOT).returncode
    if status:
        print(report.read_text(encoding="utf8") if report.exists() else "no report")
    return Outcome(stage, status, time.monotonic() - began, tap_count(report))


def tap_count(report: Path) -> Counter[str]:
    """Tests by outcome as Node's report ends; empty when it never did."""
    text = report.read_text(encoding="utf8") if report.exists() else ""
    names = {"pass": "passed", "fail": "failed", "skipped": "skipped"}
    found = {names[word]: int(number) for word, number in re.findall(r"^# (pass|fail|skipped) (\d+)$", text, re.M)}
    return Counter({name: number for name, number in found.items() if number})


def run(stage: Stage, options: list[str]) -> Outcome:
    """One stage, its output passed through."""
    if stage.name == JAVASCRIPT:
        return run_javascript(stage)
    report = REPORTS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    print(f"\n=== {stage.name}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *stage.options, f"--junitxml={report}", *options]
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, **stage.environment}).returncode
    return Outcome(stage, 0 if status == NOTHING_COLLECTED else status, time.monotonic() - began, count(report))


def print_summary(outcomes: list[Outcome]) -> None:
    """Seconds and outcomes by stage, and the sum as the last line."""
    print("\n=== seconds by stage")
    for outcome in outcomes:
        late = "" if outcome.seconds <= outcome.stage.budget_s else "  over its budget"
        numbers = ", ".join(f"{number} {name}" for name, number in sorted(outcome.counts.items())) or "no tests"
        print(f"{outcome.stage.name:12} {outcome.seconds:6.1f} of {outcome.stage.budget_s:3} s  {numbers}{late}")
    total: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    print(f"\ntotal: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)


def main() -> int:
    """The command line; returns the exit status."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:cut], arguments[cut + 1 :]
    if unknown := set(names) - {stage.name for stage in STAGES}:
        print(f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in STAGES)}")
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    chosen = [stage for stage in STAGES if not names or stage.name in names]
    if chosen != [STAGES[0]]:
        compile_kernels()
    outcomes = [run(stage, options) for stage in chosen]
    print_summary(outcomes)
    empty = not any(outcome.counts["passed"] for outcome in outcomes)
    return int(empty or any(outcome.status != 0 for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
