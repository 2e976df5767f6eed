"""The kernels' preparation: what it tells, and that it names kernels that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import p2pdnr
from p2pdnr import preparation
from p2pdnr.preparation import COST, _Progress

SOURCES = "\n".join(path.read_text(encoding="utf8") for path in Path(p2pdnr.__file__).parent.rglob("*.py"))


def told_by(name: str) -> SimpleNamespace:
    return SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=SimpleNamespace(__name__=name))})


def test_every_kernel_in_the_list_is_a_function_of_the_package() -> None:
    assert [name for name in COST if not re.search(rf"def {name}\(", SOURCES)] == []


def test_progress_counts_each_kernel_once_and_ends_at_all_of_the_work() -> None:
    said: list[tuple[int, int, float, float]] = []
    progress = _Progress(lambda *far: said.append(far))
    progress.on_start(told_by("no kernel"))
    assert said == []
    for name in [*COST, *COST]:
        progress.on_start(told_by(name))
        progress.on_end(told_by(name))
        progress.note([name])
    done, of, share, left_s = said[-1]
    assert [far[0] for far in said] == list(range(len(COST) + 1))
    assert (done, of, round(share, 9), round(left_s, 9)) == (len(COST), len(COST), 1.0, 0.0)


def test_a_kernel_that_another_process_compiles_counts_when_it_was_waited_for() -> None:
    said: list[int] = []
    progress = _Progress(lambda done, *_: said.append(done))
    waited = SimpleNamespace(data={"function": "rank"})
    progress.on_start(waited)
    progress.on_end(waited)
    assert said == [0, 1]


def test_loading_alone_tells_nothing() -> None:
    said: list[int] = []
    _Progress(lambda done, *_: said.append(done)).note(COST)
    assert said == []


NEW = """
from p2pdnr import preparation, study
from p2pdnr.market.kernel import solve_block
from p2pdnr.network.kernel import power_flow, rank
from p2pdnr.reconfiguration.operator.kernel import shared_buses, solve_hours
from p2pdnr.reconfiguration.schedule.transition_cost import _distances, _pairs, _rounds
from p2pdnr.reconfiguration.topologies.tree_set import _buckets, _enumerate

kernels = solve_block, power_flow, rank, shared_buses, solve_hours, _distances, _pairs, _rounds, _buckets, _enumerate
assert {kernel.__name__ for kernel in kernels} == preparation.COST.keys()
for work, names in preparation.JOBS.items():
    before = [len(kernel.signatures) for kernel in kernels]
    work()
    after = [len(kernel.signatures) for kernel in kernels]
    grown = {kernel.__name__ for kernel, old, new in zip(kernels, before, after, strict=True) if new > old}
    assert names.keys() <= grown, (names, grown)
study.warm_up()
assert [len(kernel.signatures) for kernel in kernels] == after, "a solve needs what no job compiles"
"""


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="kernels run interpreted")
def test_the_jobs_make_the_kernels_they_name_and_all_that_a_solve_needs() -> None:
    done = subprocess.run([sys.executable, "-c", NEW], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_is_told_where_everything_is_compiled() -> None:
    preparation.prepare(lambda *_: None)
    said: list[int] = []
    preparation.prepare(lambda done, *_: said.append(done))
    assert said == []
