"""Run the tests in stages and say what each took.

    python scripts/run_tests.py [--costs] [--thorough] [STAGE ...] [-- OPTIONS]

What follows ``--`` goes to pytest. Every stage runs, even after one failed; the exit status is 1 when any did. Which
lines the unit and the interpreted tests ran is left in .coverage for ``make check``. ``--costs`` lists the dearest
files and tests; ``--thorough`` tries all that is drawn at random, where few of it are tried else, and solves what
stands stored else.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import node, processor_costs  # noqa: E402
from scripts.seen_lines import line_marks  # noqa: E402

REPORTS = ROOT / "build" / "tests"
LINES = REPORTS / "lines"
COVERED = ROOT / ".coverage"
NOTHING_COLLECTED = 5
DEAREST = 25
COSTS, THOROUGH = FLAGS = ("--costs", "--thorough")
ALL_TRIED = "P2PDNR_THOROUGH"
"""What tests/thorough.py looks for."""


@dataclass(frozen=True)
class Stage:
    """One call of pytest: its options, further environment, the processor seconds it should stay below, and whether the
    lines it runs count as covered."""

    name: str
    options: tuple[str, ...]
    budget_s: int
    environment: dict[str, str] = field(default_factory=dict)
    covers: bool = False


JAVASCRIPT = "javascript"
UNIT = "not browser and not visual"
# One process at a time: solving, browser and server use both cores as it is, and two calls of pytest side by side took
# twice the processor time and no less time by the clock.
STAGES = (
    Stage(JAVASCRIPT, (), 20),
    Stage("unit", ("-m", UNIT), 450, covers=True),
    # Which lines of compiled kernels run nobody sees: the marked tests run once more with the kernels as plain Python.
    Stage("interpreted", ("-m", "interpreted"), 40, {"NUMBA_DISABLE_JIT": "1"}, covers=True),
    Stage("browser", ("-m", "browser"), 170),
    Stage("pictures", ("-m", "visual"), 60),
)
# Every process that tests start would compile all modules again.
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True)
class Outcome:
    """What a stage did: exit status, seconds by the clock and of all processors, and the count of tests by outcome."""

    stage: Stage
    status: int
    seconds: float
    processor_s: float
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


def children_s() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def compile_kernels() -> None:
    """In a new copy nothing is compiled, and what the first test to need it compiles would count as its own."""
    began = time.monotonic()
    subprocess.run([sys.executable, ROOT / "scripts" / "compile_kernels.py"], cwd=ROOT, check=True)
    seconds, spent_s = time.monotonic() - began, children_s()
    print(f"\n=== kernels compiled or loaded in {seconds:.0f} s, {spent_s:.0f} s of processors", flush=True)


def run_javascript(stage: Stage) -> Outcome:
    """The page's own code by Node's runner; a missing Node is a failure where everything must run."""
    print(f"\n=== {stage.name}", flush=True)
    began, before_s = time.monotonic(), children_s()
    found, report = node.find(), REPORTS / f"{stage.name}.tap"
    if found is None:
        print(node.MISSING)
        return Outcome(stage, int(node.needed()), 0.0, 0.0, Counter({"failed" if node.needed() else "skipped": 1}))
    report.unlink(missing_ok=True)
    reporters = ["--test-reporter=tap", f"--test-reporter-destination={report}"]
    told = ["--test-reporter=dot", "--test-reporter-destination=stdout"]
    status = subprocess.run([str(found), "--test", *reporters, *told, *node.tests()], cwd=ROOT).returncode
    if status:
        print(report.read_text(encoding="utf8") if report.exists() else "no report")
    return Outcome(stage, status, time.monotonic() - began, children_s() - before_s, tap_count(report))


def tap_count(report: Path) -> Counter[str]:
    """Tests by outcome as Node's report ends; empty when it never did."""
    text = report.read_text(encoding="utf8") if report.exists() else ""
    names = {"pass": "passed", "fail": "failed", "skipped": "skipped"}
    found = {names[word]: int(number) for word, number in re.findall(r"^# (pass|fail|skipped) (\d+)$", text, re.M)}
    return Counter({name: number for name, number in found.items() if number})


def files_of(stage: Stage) -> list[str]:
    """Files that may hold tests of a stage, since to read all others costs seconds."""
    mark = stage.options[stage.options.index("-m") + 1]
    texts = {file: file.read_text(encoding="utf8") for file in sorted((ROOT / "tests").rglob("test_*.py"))}
    other = re.compile(r"^pytestmark = .*\b(browser|visual)\b", re.M)
    if mark == UNIT:
        wanted = [file for file, text in texts.items() if not other.search(text)]
    else:
        wanted = [file for file, text in texts.items() if f"pytest.mark.{mark}" in text]
    return [str(file.relative_to(ROOT)) for file in wanted]


def run(stage: Stage, options: list[str], costs: bool) -> Outcome:
    """One stage, its output passed through."""
    if stage.name == JAVASCRIPT:
        return run_javascript(stage)
    folder, report = REPORTS / f"{stage.name}-costs", REPORTS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\n=== {stage.name}", flush=True)
    began, before_s = time.monotonic(), children_s()
    noted = ["-p", "scripts.processor_costs"] if costs else []
    given = any("::" in option or (ROOT / option).exists() for option in options)
    files = [] if given else files_of(stage)
    environment = {**os.environ, **stage.environment, **_marking(stage), processor_costs.FOLDER: str(folder)}
    command = [sys.executable, "-m", "pytest", *stage.options, f"--junitxml={report}", *noted, *files, *options]
    status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if costs:
        print("\n".join(processor_costs.table(processor_costs.read(folder), DEAREST)), flush=True)
    spent = time.monotonic() - began, children_s() - before_s
    return Outcome(stage, 0 if status == NOTHING_COLLECTED else status, *spent, count(report))


def _marking(stage: Stage) -> dict[str, str]:
    """What makes every process below a stage mark the lines it runs."""
    paths = [str(Path(line_marks.__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {line_marks.FOLDER: str(LINES), "PYTHONPATH": os.pathsep.join(paths)} if stage.covers else {}


def store_lines() -> None:
    """The lines that ran, as ``coverage report`` reads them; files of which none did, too."""
    from coverage import CoverageData

    os.environ[line_marks.FOLDER] = str(LINES)
    COVERED.unlink(missing_ok=True)
    data = CoverageData(basename=str(COVERED))
    found = {str(source): lines for source, lines in line_marks.seen()}
    data.add_lines(found)
    data.touch_files(found)
    data.write()


def print_summary(outcomes: list[Outcome]) -> None:
    """Processor seconds, seconds by the clock and outcomes by stage, and the sum as the last line."""
    print("\n=== processor seconds by stage, and seconds by the clock")
    for outcome in outcomes:
        late = "" if outcome.processor_s <= outcome.stage.budget_s else "  over its budget"
        numbers = ", ".join(f"{number} {name}" for name, number in sorted(outcome.counts.items())) or "no tests"
        spent = f"{outcome.processor_s:6.1f} of {outcome.stage.budget_s:3} s, {outcome.seconds:6.1f} s"
        print(f"{outcome.stage.name:12} {spent}  {numbers}{late}")
    total: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    print(f"\nprocessors: {children_s() / 60:.1f} min with what was compiled before")
    print(f"total: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)


def main() -> int:
    """The command line; returns the exit status."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    given, options = arguments[:cut], arguments[cut + 1 :]
    if {"-h", "--help"} & set(given):
        print(f"{__doc__}\nStages: {', '.join(stage.name for stage in STAGES)}.")
        return 0
    names = [word for word in given if word not in FLAGS]
    if unknown := set(names) - {stage.name for stage in STAGES}:
        print(f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in STAGES)}")
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    chosen = [stage for stage in STAGES if not names or stage.name in names]
    os.environ.pop(UNCOMPILED, None)
    if chosen != [STAGES[0]]:
        compile_kernels()
    costs = COSTS in given
    if THOROUGH in given:
        os.environ[ALL_TRIED] = "1"
    if any(stage.name == "unit" for stage in chosen):
        shutil.rmtree(LINES, ignore_errors=True)
    LINES.mkdir(exist_ok=True)
    outcomes = [run(stage, options, costs) for stage in chosen]
    if any(stage.covers for stage in chosen):
        store_lines()
    print_summary(outcomes)
    empty = not any(outcome.counts["passed"] for outcome in outcomes)
    return int(empty or any(outcome.status != 0 for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
