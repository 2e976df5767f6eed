"""Result folders from somebody else: what is no result is refused with a reason, and nothing in it is run."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.results import files, folder
from p2pdnr.results.study_result import StudyResult
from tests.fuzzing.doors import Door, a_result

INPUTS = 15
"""Broken versions of each file; the benchmark takes many more."""

Damage = Callable[[Path], object]


class Attack:
    """Unpickled, it would leave a mark in the folder that tests run in."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, ("p2pdnr-unpickled",)


def summary(**changes: object) -> Damage:
    def damage(place: Path) -> None:
        path = place / "summary.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


def text(name: str, change: Callable[[str], str]) -> Damage:
    return lambda place: (place / name).write_text(change((place / name).read_text()))


def raw(name: str, change: Callable[[bytes], bytes]) -> Damage:
    return lambda place: (place / name).write_bytes(change((place / name).read_bytes()))


def linked(name: str, target: str) -> Damage:
    return lambda place: ((place / name).unlink(), os.symlink(target, place / name))


def claims(shape: str) -> Damage:
    """Arrays whose header promises more than follows."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(118) + b"\n"

    def damage(place: Path) -> None:
        with zipfile.ZipFile(place / "warm.npz", "w") as archive:
            archive.writestr("closed.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)

    return damage


HOSTILE: dict[str, tuple[Damage, str]] = {
    "objects among the arrays": (
        lambda place: np.savez(place / "warm.npz", a=np.array([Attack()], dtype=object)),
        "warm.npz",
    ),
    "a pickle for arrays": (lambda place: (place / "warm.npz").write_bytes(pickle.dumps(Attack())), "warm.npz"),
    "a header that asks for terabytes": (claims("(10000000000000,)"), "warm.npz"),
    "a header of less than nothing": (claims("(-5,)"), "warm.npz"),
    "arrays of words": (lambda place: np.savez(place / "warm.npz", closed=np.array(["x"])), "warm.npz"),
    "arrays that are cut off": (raw("warm.npz", lambda data: data[:-60]), "warm.npz"),
    "topologies of letters": (
        lambda place: np.savez(place / "topologies.npz", loss_w_steps=np.array(["a"])),
        "topologies.npz",
    ),
    "a summary that is a list": (text("summary.json", lambda told: f"[{told}]"), "no JSON object"),
    "a summary without end": (text("summary.json", lambda told: "[" * 100_000), "summary.json"),
    "a number of 5000 digits": (
        text("summary.json", lambda told: told.replace("{", '{"big": ' + "9" * 5000 + ",", 1)),
        "summary.json",
    ),
    "a stress test without end": (summary(stress={"days": 10**9, "seed": 0, "model": {}}), "less than or equal to"),
    "a stress test of infinite days": (
        text("summary.json", lambda told: told.replace("{", '{"stress": {"days": 1e400},', 1)),
        "days",
    ),
    "NaN in the summary": (text("summary.json", lambda told: told.replace("{", '{"x": NaN,', 1)), "NaN"),
    "a mode that is none": (summary(mode="../../hourly"), "mode"),
    "certificates that are a word": (summary(certificates="all hold"), "certificates"),
    "a certificate that perhaps holds": (summary(certificates={"radial": {"holds": "yes"}}), "radial.holds"),
    "a tolerance in words": (summary(tolerance_kw="0.05"), "tolerance_kw"),
    "costs that are a list": (summary(costs_eur=[1.0]), "costs_eur"),
    "a table in UTF-16": (raw("hours.csv", lambda data: data.decode().encode("utf-16")), "hours.csv"),
    "a table of zeros": (raw("hours.csv", lambda data: bytes(300)), "hours.csv"),
    "a table of another name": (lambda place: shutil.copy(place / "buses.csv", place / "hours.csv"), "loss_kw"),
    "a quote that never closes": (text("hours.csv", lambda told: '"' + told), "hours.csv"),
    "rows that are missing": (text("buses.csv", lambda told: told[: told.rindex("\n", 0, -1) + 1]), "rows"),
    "a folder for a table": (
        lambda place: ((place / "hours.csv").unlink(), (place / "hours.csv").mkdir()),
        "no ordinary file",
    ),
    "a device for a summary": (linked("summary.json", "/dev/zero"), "no ordinary file"),
    "a link to itself": (linked("network.json", "network.json"), "network.json"),
    "a network that is a path": (text("network.json", lambda told: '{"source": "/etc/passwd"}'), "buses"),
    "a scenario that is torn": (text("scenario.json", lambda told: told[: len(told) // 2]), "scenario.json"),
}


@pytest.fixture(scope="module")
def whole(sample: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a solve writes it."""
    folder.save(sample, place := tmp_path_factory.mktemp("whole") / "result")
    return place


@pytest.fixture
def place(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(whole, tmp_path / "result"))


@pytest.mark.skipif(os.name != "posix", reason="links and devices of Unix")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_result_is_refused(place: Path, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damage, told = HOSTILE[name]
    damage(place)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ResultError) as caught:
        folder.load(place)
    assert told in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["result"], "something was run"


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_pipe_is_not_waited_for(place: Path) -> None:
    (place / "hours.csv").unlink()
    os.mkfifo(place / "hours.csv")
    with pytest.raises(ResultError, match="no ordinary file"):
        folder.load(place)


def test_arrays_that_unpack_to_too_much_are_not_unpacked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ARRAY_BYTES", 1000)
    with pytest.raises(ResultError, match="unpacks to"):
        folder.load(place)


@pytest.mark.parametrize("dtype", ["i1", "u1", "?", "f2", "f8"])
def test_arrays_count_as_the_floats_they_become(place: Path, monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    monkeypatch.setattr(files, "MAX_ARRAY_BYTES", 80_000)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("was unpacked"))
    np.savez_compressed(place / "warm.npz", zeros=np.zeros(10_001, dtype=dtype))
    with pytest.raises(ValueError, match="unpacks to"):
        files.read_arrays(place / "warm.npz")


def test_files_that_are_too_long_are_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_TEXT_BYTES", 1000)
    with pytest.raises(ResultError, match="more than 1,000"):
        folder.load(place)


def test_a_mark_at_the_start_is_passed_over(place: Path) -> None:
    raw("hours.csv", lambda data: b"\xef\xbb\xbf" + data)(place)
    assert list(folder.load(place).tables.hours["hour"]) == list(range(len(folder.load(place).tables.hours)))


def test_every_problem_is_told_at_once(place: Path) -> None:
    for damage in (summary(mode=5, p2p="no"), claims("(-5,)"), text("hours.csv", lambda told: "")):
        damage(place)
    with pytest.raises(ResultError) as caught:
        folder.load(place)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("name", ["summary.json", "network.json", "lines.csv", "trades.csv", "warm.npz"])
def test_a_broken_file_is_read_or_refused(place: Path, name: str) -> None:
    door = Door(name, a_result(place, name), ((place / name).read_bytes(),))
    outcomes = [door.outcome(door.given(seed)) for seed in range(INPUTS)]
    assert set(outcomes) <= {"read", "ResultError"} and "ResultError" in outcomes
