"""Processes that need the same kernel: one compiles it, whoever dies or was stopped meanwhile."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest
from numba.core import event

from p2pdnr.network import shared_cache
from p2pdnr.network.shared_cache import WAITED, try_lock

pytestmark = pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="kernels run interpreted")

KERNEL = """
from p2pdnr.network.compilation import entry_point

@entry_point
def twice(x):
    return 2.0 * x
"""
REPORT = "from kernel import twice; twice(1.0); print(sum(twice.stats.cache_misses.values()))"
HOLD = """
import sys, time
from p2pdnr.network.shared_cache import try_lock
file = open(sys.argv[1], "ab")
assert try_lock(file)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def kernel(tmp_path: Path) -> ModuleType:
    """A module with an entry point that nobody has compiled."""
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL, encoding="utf8")
    spec = importlib.util.spec_from_file_location("kernel", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lock_of(module).parent.mkdir(exist_ok=True)
    return module


def lock_of(module: ModuleType) -> Path:
    """Where the lock of the module's entry point stands."""
    path: Path = module.twice._cache.lock_path
    return path


@pytest.fixture
def holder(kernel: ModuleType) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of the module's entry point."""
    command = [sys.executable, "-c", HOLD, str(lock_of(kernel))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def is_free(path: Path) -> bool:
    """Whether somebody could take a lock now."""
    with path.open("ab") as file:
        return try_lock(file)


def test_processes_that_start_together_compile_once(kernel: ModuleType) -> None:
    place = Path(str(kernel.__file__)).parent
    paths = os.pathsep.join([str(place), str(Path(__file__).parents[2])])
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", REPORT],
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": paths},
        )
        for _ in range(3)
    ]
    assert sorted(process.communicate()[0] for process in started) == ["0\n", "0\n", "1\n"]


def test_the_lock_is_free_once_the_kernel_is_compiled(kernel: ModuleType) -> None:
    assert kernel.twice(3.0) == 6.0
    assert is_free(lock_of(kernel))


def test_the_lock_of_a_killed_process_holds_nobody_up(kernel: ModuleType, holder: subprocess.Popen[str]) -> None:
    assert not is_free(lock_of(kernel))
    holder.kill()
    holder.wait()
    assert is_free(lock_of(kernel))
    assert kernel.twice(3.0) == 6.0


@pytest.mark.usefixtures("holder")
def test_who_waited_long_enough_compiles_by_itself(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "PATIENCE_S", 0.1)
    with event.install_recorder(WAITED) as recorder:
        assert kernel.twice(3.0) == 6.0
    assert [told.data["function"] for _, told in recorder.buffer] == ["twice", "twice"]
    assert sum(kernel.twice.stats.cache_misses.values()) == 1


def test_a_place_that_takes_no_lock_is_no_hindrance(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> IO[bytes]:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert kernel.twice(3.0) == 6.0
