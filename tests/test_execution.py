"""Work on threads: in order, errors come out, nothing left behind."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from p2pdnr.cli import main
from p2pdnr.execution import LocalBackend

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_answers_come_in_the_order_of_the_items(workers: int) -> None:
    with LocalBackend(workers) as backend:
        assert backend.workers == workers
        assert backend.map(lambda number: number**2, range(20)) == [number**2 for number in range(20)]
        assert backend.map(str, []) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_the_first_error_comes_out(workers: int) -> None:
    def fail(number: int) -> int:
        if number >= 3:
            raise ValueError(f"item {number}")
        return number

    with LocalBackend(workers) as backend, pytest.raises(ValueError, match="item 3"):
        backend.map(fail, range(6))


def test_two_workers_work_at_the_same_time() -> None:
    """Each waits for the other: alone it would wait for ever."""
    meeting = threading.Barrier(2, timeout=600)
    with LocalBackend(2) as backend:
        assert sorted(backend.map(lambda _: meeting.wait(), range(2))) == [0, 1]


def test_one_worker_is_the_calling_thread() -> None:
    with LocalBackend(1) as backend:
        assert backend.map(lambda _: threading.current_thread(), [0]) == [threading.current_thread()]


def test_threads_end_with_the_context() -> None:
    with LocalBackend(2) as backend:
        threads = set(backend.map(lambda _: threading.current_thread(), range(8)))
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("command", [["solve"], ["sweep", "--vary", "pv_kw=1:2:2"]])
def test_without_dask_a_command_says_how_to_get_it(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    day = str(ROOT / "data" / "scenarios" / "ieee33-solar.json")
    assert main.main([command[0], day, *command[1:], "--backend", "dask"]) == 2
    said = capsys.readouterr().err
    assert "Dask distributed is not installed" in said
    assert "requirements-dask.txt" in said
    assert "Traceback" not in said
