"""What tests cost is summed over processes, by file, dearest first; runs on a busy machine say what failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import loaded_runs, processor_costs, run_tests

pytest_plugins = ["pytester"]


def test_every_test_is_noted_with_what_it_computed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pytester.path / "costs"
    monkeypatch.setenv(processor_costs.FOLDER, str(folder))
    clock = iter([1.0, 3.0, 3.0, 3.5])
    monkeypatch.setattr(processor_costs, "with_running_s", lambda: next(clock))
    pytester.makepyfile(test_it="def test_dear(): pass\ndef test_cheap(): pass\n")
    pytester.inline_run("-p", "scripts.processor_costs", "-p", "no:cacheprovider").assertoutcome(passed=2)
    costs = processor_costs.read(folder)
    assert costs == {processor_costs.START: 1.0, "test_it.py::test_dear": 2.0, "test_it.py::test_cheap": 0.5}


def test_costs_of_all_processes_are_summed_by_file_dearest_first(tmp_path: Path) -> None:
    notes = {"1.jsonl": [("(start)", 1.0), ("a.py::x", 2.0)], "2.jsonl": [("(start)", 1.5), ("b.py::y[1]", 4.0)]}
    for name, rows in notes.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    costs = processor_costs.read(tmp_path)
    assert list(processor_costs.by_file(costs).items()) == [("b.py", 4.0), ("(start)", 2.5), ("a.py", 2.0)]
    told = processor_costs.table(costs, dearest=1)
    assert [line.split() for line in told if line.strip()][1] == ["4.00", "b.py"]
    assert told[-1].split() == ["8.50", "altogether"]


REPORT = """<testsuites><testsuite><testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure/></testcase><testcase classname="b" name="torn"><error/></testcase>
<testcase classname="b" name="left"><skipped/></testcase></testsuite></testsuites>"""


def test_failures_of_all_stages_are_named(tmp_path: Path) -> None:
    (tmp_path / "unit.xml").write_text(REPORT)
    (tmp_path / "browser.xml").write_text(REPORT.replace('"a"', '"c"'))
    assert loaded_runs.failed_tests(tmp_path) == ("c::bad", "b::torn", "a::bad", "b::torn")


def test_stages_and_options_are_told_apart() -> None:
    asked, options = loaded_runs.parsed(["--times", "3", "unit", "--", "tests/server", "-x"])
    assert (asked.times, asked.stages, options) == (3, ["unit"], ["tests/server", "-x"])
    everything, none = loaded_runs.parsed([])
    assert (everything.stages, none) == ([], [])


def test_the_runner_says_minutes_as_the_repeated_runs_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    run_tests.print_summary([run_tests.Outcome(run_tests.STAGES[0], 0, 9.0, 5.0, run_tests.Counter(passed=2))])
    told = capsys.readouterr().out
    assert "5.0 of" in told and "over its budget" not in told
    assert loaded_runs.processor_minutes(told) == pytest.approx(run_tests.children_s() / 60, abs=0.06)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="nothing tells of children")
def test_children_count_while_they_run_and_theirs_too() -> None:
    code = "import subprocess, sys; subprocess.run(['cat'], stdin=sys.stdin)"
    with subprocess.Popen([sys.executable, "-c", f"print(flush=True); {code}"], stdin=-1, stdout=-1) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        assert child.pid in processor_costs.below(os.getpid())
        assert processor_costs.spent_s() <= processor_costs.with_running_s()
        child.stdin.close()
    assert child.pid not in processor_costs.below(os.getpid())
