"""The kernels' preparation: what it tells, and that it names kernels that exist."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

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
    done, of, share, left_s = said[-1]
    assert [far[0] for far in said] == list(range(len(COST) + 1))
    assert (done, of, round(share, 9), round(left_s, 9)) == (len(COST), len(COST), 1.0, 0.0)


def test_nothing_is_told_where_everything_is_compiled() -> None:
    preparation.prepare(lambda *_: None)
    said: list[int] = []
    preparation.prepare(lambda done, *_: said.append(done))
    assert said == []
