from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.results import exports, folder
from p2pdnr.results.columns import TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import calendar, document


def landscape() -> np.ndarray:
    return np.sort(200 * np.random.default_rng(1).random((8, 50)))


@pytest.fixture
def saved(sample: StudyResult, tmp_path: Path) -> Path:
    folder.save(replace(sample, topologies={"loss_kw": landscape()}), tmp_path / "out")
    return tmp_path / "out"


def refused(path: Path) -> list[str]:
    with pytest.raises(ResultError) as caught:
        folder.load(path)
    return [str(problem) for problem in caught.value.problems]


def rewrite(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def test_every_number_comes_back_exactly(sample: StudyResult, saved: Path) -> None:
    loaded = folder.load(saved)
    assert sample.tables.there.keys() == loaded.tables.there.keys()
    for name, stored in sample.tables.there.items():
        read = loaded.tables.there[name]
        pd.testing.assert_frame_equal(stored, read, check_exact=True, check_dtype=False)
    assert loaded.scenario == sample.scenario
    assert loaded.summary == json.loads(json.dumps(sample.summary))
    assert np.array_equal(loaded.network.r_pu, sample.network.r_pu)
    assert loaded.network.initially_open == sample.network.initially_open
    assert np.array_equal(loaded.network.limit_a, sample.network.limit_a)
    assert np.array_equal(loaded.arrays["closed"], sample.arrays["closed"])
    assert np.allclose(loaded.topologies["loss_kw"], landscape(), atol=5.1e-4, rtol=0)


def test_saving_what_was_loaded_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    folder.save(folder.load(saved), tmp_path / "again")
    for file in sorted(saved.iterdir()):
        if file.suffix != ".npz":
            assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_nothing_else_is_left_beside_the_folder(saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == ["out"]
    assert {path.name for path in saved.iterdir()} == {f"{name}.csv" for name in TABLES} | {
        "summary.json", "scenario.json", "network.json", "warm.npz", "topologies.npz",
    }  # fmt: skip


def test_the_landscape_may_be_left_out(saved: Path, tmp_path: Path) -> None:
    folder.save(folder.load(saved), tmp_path / "small", landscape=False)
    assert {path.name for path in saved.iterdir()} - {path.name for path in (tmp_path / "small").iterdir()} == {
        "topologies.npz"
    }
    assert folder.load(tmp_path / "small").topologies == {}


def test_an_older_result_is_replaced_and_a_foreign_folder_is_not(
    sample: StudyResult, saved: Path, tmp_path: Path
) -> None:
    folder.save(replace(sample, summary=sample.summary | {"status": "stopped"}), saved)
    assert folder.load(saved).summary["status"] == "stopped"
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(ResultError, match="no result folder"):
        folder.save(sample, foreign)
    assert (foreign / "cat.jpg").read_bytes() == b"meow"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos"]


def test_a_failed_save_leaves_the_older_result(sample: StudyResult, saved: Path) -> None:
    broken = replace(sample, tables=replace(sample.tables, bills=sample.tables.bills.drop(columns="total_eur")))
    with pytest.raises(KeyError):
        folder.save(broken, saved)
    assert folder.load(saved).summary["status"] == "converged"
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("writes", [0, 5, 11])
def test_a_full_disk_leaves_the_older_result(
    sample: StudyResult, saved: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    left, write = [writes], Path.write_text

    def full(path: Path, text: str, **how: str) -> int:
        left[0] -= 1
        if left[0] < 0:
            write(path, text[:10], **how)
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, text, **how)

    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ResultError, match="No space left on device"):
        folder.save(replace(sample, summary=sample.summary | {"status": "stopped"}), saved)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


def test_an_empty_folder_may_become_a_result(sample: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder.save(sample, tmp_path / "empty")
    assert folder.load(tmp_path / "empty").summary["name"] == "Sample day"


def test_a_path_below_a_file_is_refused(sample: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ResultError, match="cannot be written"):
        folder.save(sample, tmp_path / "file" / "out")
    with pytest.raises(ResultError, match="no result folder"):
        folder.save(sample, tmp_path / "file")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nowhere")[0]
    (tmp_path / "file").write_text("x")
    assert "is no folder" in refused(tmp_path / "file")[0]
    assert len(refused(tmp_path)) == 4 + len(TABLES)


def test_all_problems_are_told_at_once(saved: Path) -> None:
    (saved / "bills.csv").unlink()
    (saved / "summary.json").write_text('{"name": "torn')
    rewrite(saved / "buses.csv", lambda table: table.drop(columns="vm_pu"))
    rewrite(saved / "lines.csv", lambda table: table.assign(p_kw="much"))
    told = "\n".join(refused(saved))
    for expected in ("bills.csv: is missing", "summary.json: is torn", "buses.csv vm_pu", "lines.csv p_kw", "'much'"):
        assert expected in told


ALTERATIONS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a row is gone": ("hours", lambda t: t.iloc[1:], "has 7 rows where 8 are expected"),
    "rows swapped": ("buses", lambda t: t.iloc[[1, 0, *range(2, len(t))]], "row 2 is about 2 where 1 is expected"),
    "another prosumer": ("bills", lambda t: t.replace("Home", "Mill"), "Mill where Home is expected"),
    "no number": ("prosumers", lambda t: t.assign(pv_kw=""), "holds '' (and 39 more rows) where a number"),
    "nan": ("buses", lambda t: t.assign(vm_pu="nan"), "where a finite number is expected"),
    "infinite": ("lines", lambda t: t.assign(i_a="inf"), "where a finite number is expected"),
    "half an hour": ("hours", lambda t: t.assign(operations="0.5"), "where a whole number is expected"),
    "a number beyond all": ("hours", lambda t: t.assign(operations="1e300"), "where a whole number is expected"),
    "a line half closed": ("lines", lambda t: t.assign(closed="2"), "not among the possible values"),
    "an open line that is none": ("hours", lambda t: t.assign(open_lines="99"), "names the line 99"),
    "a pair twice": ("trades", lambda t: t.iloc[[0, 0, *range(2, len(t))]], "stands twice in the same hour"),
    "strangers trading": ("trades", lambda t: t.assign(buyer=t["seller"]), "trade but are no partners"),
    "a trade missing": ("trades", lambda t: t.iloc[1:], "each partner pair in every hour"),
    "a strange action": ("operations", lambda t: t.assign(action="toggle"), "'toggle'"),
    "a strange phase": ("convergence", lambda t: t.assign(phase="magic"), "'magic'"),
    "a partner that is none": ("partners", lambda t: t.replace("Farm", "Moon"), "'Moon'"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_tables_are_refused(saved: Path, name: str) -> None:
    table, change, expected = ALTERATIONS[name]
    rewrite(saved / f"{table}.csv", change)
    assert any(expected in told for told in refused(saved)), refused(saved)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": NaN}', "[" * 100_000, '{"name": "x"}', "\x00"])
@pytest.mark.parametrize("name", ["summary.json", "network.json", "scenario.json"])
def test_torn_documents_are_refused(saved: Path, name: str, text: str) -> None:
    (saved / name).write_text(text)
    assert any(name in told for told in refused(saved))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"no archive"])
def test_torn_arrays_are_refused(saved: Path, content: bytes) -> None:
    (saved / "warm.npz").write_bytes(content)
    assert any("warm.npz" in told for told in refused(saved))


def test_pickled_arrays_are_refused_without_running_them(saved: Path) -> None:
    np.savez(saved / "warm.npz", trap=np.array([{"a": 1}], dtype=object))
    assert any("warm.npz" in told for told in refused(saved))


def test_another_scenario_in_the_folder_is_noticed(sample: StudyResult, saved: Path) -> None:
    cheaper = sample.scenario.model_copy(update={"description": "another"})
    (saved / "scenario.json").write_text(document.dumps(cheaper))
    assert any("is not the scenario this result was solved for" in told for told in refused(saved))


def test_binary_in_place_of_text_is_refused(saved: Path) -> None:
    (saved / "hours.csv").write_bytes(b"\xff\xfe\x00\x00")
    assert any("hours.csv" in told for told in refused(saved))


def dated(sample: StudyResult) -> StudyResult:
    """The sample on a summer's day."""
    scenario = sample.scenario.model_copy(update={"start": "2026-06-21T00:00", "time_zone": "Europe/Berlin"})
    hours = sample.tables.hours.assign(time=calendar.time_stamps(scenario))
    summary = sample.summary | {"scenario_sha256": document.sha256(scenario)}
    return replace(sample, scenario=scenario, summary=summary, tables=replace(sample.tables, hours=hours))


def test_time_stamps_come_back_and_must_be_those_of_the_start(sample: StudyResult, tmp_path: Path) -> None:
    folder.save(dated(sample), tmp_path / "out")
    assert folder.load(tmp_path / "out").tables.hours["time"].iloc[1] == "2026-06-21T01:00+02:00"
    rewrite(tmp_path / "out/hours.csv", lambda t: t.replace("2026-06-21T01:00+02:00", "2026-06-21T01:00+01:00"))
    assert "row 3 says 2026-06-21T01:00+01:00 where 2026-06-21T01:00+02:00" in refused(tmp_path / "out")[0]
    rewrite(tmp_path / "out/hours.csv", lambda t: t.drop(columns="time"))
    assert "hours.csv time: is missing" in refused(tmp_path / "out")[0]


def test_time_stamps_without_a_start_are_refused(saved: Path) -> None:
    rewrite(saved / "hours.csv", lambda t: t.assign(time="2026-06-21T03:00"))
    assert "stands without a start" in refused(saved)[0]


def test_exports_tell_the_time_of_every_hour(sample: StudyResult) -> None:
    tables = exports.all_tables(dated(sample))
    assert {name for name, table in tables.items() if "time" in table} == {
        name for name, columns in TABLES.items() if columns[0].name == "hour"
    }
    assert tables["trades"].columns[:2].tolist() == ["hour", "time"]
    assert exports.all_tables(sample)["hours"].columns.tolist() == sample.tables.hours.columns.tolist()
