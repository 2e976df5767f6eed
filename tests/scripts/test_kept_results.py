"""Solving again what the repository keeps changes nothing but what is another result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from p2pdnr.results import folder
from p2pdnr.results.payload import payload
from p2pdnr.results.study_result import StudyResult
from scripts.kept_results import keep, keep_payload
from tests.sample_result import sample_result

Change = Callable[[StudyResult], StudyResult]


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    return lambda result: replace(
        result, tables=replace(result.tables, **{name: change(getattr(result.tables, name).copy())})
    )


def say(**changes: object) -> Change:
    return lambda result: replace(result, summary=result.summary | changes)


def measured(result: StudyResult) -> StudyResult:
    """The same solution, found in another time with other versions, its last digits as another processor gives them."""
    slower = table("convergence", lambda rows: rows.assign(seconds=3 * rows["seconds"] + 1))(result)
    other = table("lines", lambda rows: rows.assign(loss_kw=rows["loss_kw"] * (1 + 1e-13)))(slower)
    return say(seconds={"total": 99.0}, versions={"numpy": "9.9"})(other)


OTHER: dict[str, Change] = {
    "a figure": say(objective_eur=1.0),
    "a word": say(status="stopped"),
    "a watt": table("lines", lambda rows: rows.assign(loss_kw=rows["loss_kw"] + 1e-3)),
    "a hundredth of a watt": table("lines", lambda rows: rows.assign(loss_kw=rows["loss_kw"] + 1e-5)),
    "an iteration": table("convergence", lambda rows: rows.iloc[:-1]),
    "an array": lambda result: replace(result, arrays=result.arrays | {"closed": 1 - result.arrays["closed"]}),
    "one array less": lambda result: replace(
        result, arrays={name: array for name, array in result.arrays.items() if name != "closed"}
    ),
}


def content(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.iterdir()}


@pytest.fixture(scope="module")
def sample() -> StudyResult:
    return say(versions={"numpy": "2.0"})(sample_result())


@pytest.fixture
def kept(sample: StudyResult, tmp_path: Path) -> Path:
    assert keep(sample, tmp_path / "day", with_replay=True)
    return tmp_path / "day"


def test_the_same_solution_gives_the_same_bytes(sample: StudyResult, kept: Path, tmp_path: Path) -> None:
    keep(sample, tmp_path / "again", with_replay=True)
    assert content(tmp_path / "again") == content(kept)


def test_what_differs_in_times_and_last_digits_stays_untouched(sample: StudyResult, kept: Path) -> None:
    before = content(kept)
    assert not keep(measured(sample), kept, with_replay=True)
    assert content(kept) == before
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize("name", OTHER)
def test_another_result_is_written(sample: StudyResult, kept: Path, name: str) -> None:
    before = content(kept)
    assert keep(OTHER[name](sample), kept, with_replay=True)
    assert content(kept) != before
    assert "topologies.npz" not in content(kept)
    folder.load(kept)


def test_a_payload_alone_is_kept_alike(sample: StudyResult, tmp_path: Path) -> None:
    place = tmp_path / "results" / "week"
    assert keep_payload(payload(sample), place)
    before = content(place)
    assert not keep_payload(payload(measured(sample)), place)
    assert content(place) == before
    assert keep_payload(payload(OTHER["a watt"](sample)), place)
    assert content(place) != before
