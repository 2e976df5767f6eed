"""Stored results: whole or not there, bounded, cleaned up."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from p2pdnr.server.settings import Settings
from p2pdnr.server.store import PAYLOAD, RESULT, Store, write_payload


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Settings(store_dir=tmp_path / "store"))


def put(store: Store, size: int = 10) -> str:
    """A result as a worker writes it."""
    result_id = store.reserve()
    (store.root / result_id / RESULT).mkdir(parents=True)
    (store.root / result_id / RESULT / "hours.csv").write_bytes(b"x" * size)
    write_payload({"id": result_id}, store.root / result_id)
    store.adopt(result_id)
    return result_id


def test_an_adopted_result_can_be_read(store: Store) -> None:
    result_id = put(store)
    stored = store.get(result_id)
    assert stored is not None and not stored.fixed
    assert json.loads(gzip.decompress(stored.payload.read_bytes())) == {"id": result_id}
    assert store.folder(result_id) == store.root / result_id / RESULT


def test_equal_payloads_are_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_payload({"a": 1}, tmp_path / "one")
    monkeypatch.setattr("time.time", lambda: 1e9)  # a time stamp in the compressed file would show
    write_payload({"a": 1}, tmp_path / "two")
    assert (tmp_path / "one" / PAYLOAD).read_bytes() == (tmp_path / "two" / PAYLOAD).read_bytes()


def test_ids_cannot_be_guessed_or_walked(store: Store) -> None:
    assert len({store.reserve() for _ in range(100)}) == 100
    assert min(len(store.reserve()) for _ in range(100)) >= 22
    for name in ("..", "../x", "", ".", "fixed.x", "a/b"):
        assert store.get(name) is None and store.folder(name) is None


def test_what_is_not_whole_is_not_adopted(store: Store) -> None:
    result_id = store.reserve()
    (store.root / result_id / RESULT).mkdir(parents=True)
    with pytest.raises(OSError):
        store.adopt(result_id)
    assert store.get(result_id) is None
    store.discard(result_id)
    assert not (store.root / result_id).exists()


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    store = Store(Settings(store_dir=tmp_path, result_limit=2))
    first, second = put(store), put(store)
    store.get(first)
    third = put(store)
    assert [store.get(item) is not None for item in (first, second, third)] == [True, False, True]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first, third])


def test_bytes_are_bounded_and_the_newest_stays(tmp_path: Path) -> None:
    store = Store(Settings(store_dir=tmp_path, result_limit_bytes=5000))
    ids = [put(store, 2000) for _ in range(4)]
    assert [store.get(item) is not None for item in ids] == [False, False, True, True]
    huge = put(store, 9000)
    assert [store.get(item) is not None for item in (*ids, huge)] == [False] * 4 + [True]


def test_results_expire_without_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("p2pdnr.server.store.time", clock)
    store = Store(Settings(store_dir=tmp_path, result_age_s=0.3))
    used, unused = put(store), put(store)
    for _ in range(4):
        clock.now += 0.1
        store.get(used)
    store.sweep()
    assert store.get(used) is not None and store.get(unused) is None


def test_a_temporary_folder_is_private_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = Store(Settings())
    put(store)
    assert store.root.parent == tmp_path and store.root.stat().st_mode & 0o777 == 0o700
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_given_folder_stays_without_its_results(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    store = Store(Settings(store_dir=tmp_path))
    put(store)
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(os.name != "posix", reason="processes are looked up by signal 0")
def test_the_folder_of_a_killed_server_is_cleared_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, alive = tmp_path / f"p2pdnr-server-{dead.pid}-abc", tmp_path / f"p2pdnr-server-{os.getpid()}-abc"
    (left / "x").mkdir(parents=True)
    alive.mkdir()
    store = Store(Settings())
    assert not left.exists() and alive.exists()
    store.close()


def test_precomputed_results_have_names_and_never_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make(folder: Path, place: Path) -> None:
        made.append(folder)
        write_payload({"n": 1}, place)

    monkeypatch.setattr("p2pdnr.server.store._make_payload", make)
    folder = tmp_path / "data" / "results" / "day-hourly"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text("{}")
    store = Store(Settings(data_dir=tmp_path / "data", store_dir=tmp_path / "store", result_limit=1, result_age_s=0.0))
    assert store.fixed_names() == ("day-hourly",)
    assert store.folder("day-hourly") == folder
    for _ in range(2):
        put(store)
        stored = store.get("day-hourly")
        assert stored is not None and stored.fixed and stored.folder == folder
    assert made == [folder]
    assert store.get("night-hourly") is None


def test_a_payload_in_a_precomputed_folder_is_served_as_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "results" / "day-hourly"
    write_payload({"day": 1}, folder)
    (folder / "summary.json").write_text("{}")
    store = Store(Settings(data_dir=tmp_path / "data", store_dir=tmp_path / "store"))
    stored = store.get("day-hourly")
    assert stored is not None and stored.payload == folder / PAYLOAD
    assert list(store.root.iterdir()) == []
    store.close()
    assert (folder / PAYLOAD).exists()
