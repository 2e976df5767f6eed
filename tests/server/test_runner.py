"""What a worker does with a stage, with a study that answers at once with a sample result; and downloads of it."""

from __future__ import annotations

import errno
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from p2pdnr.cli.main import main
from p2pdnr.errors import InputError, ResultError, SolverError
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.server import Server, Settings, create_server, runner
from p2pdnr.server.answers import question
from p2pdnr.server.protocol import FirstPlan, Stage, Task, describe
from p2pdnr.server.store import PAYLOAD, RESULT
from tests.sample_result import sample_result


@dataclass(frozen=True)
class Options:
    mode: str
    p2p: bool
    time_limit_s: float | None
    warm: StudyResult | None
    role: str | None
    secure: float | None
    free_market: bool


@dataclass(frozen=True)
class Progress:
    stage: str
    iteration: int
    primal_kw: float
    offer: str | None = None


class Study(SimpleNamespace):
    """Stands for p2pdnr.study: one step of progress, then the sample result."""

    Options = Options
    seen: tuple[Any, ...] = ()

    def run(self, scenario: Any, options: Options, *, observe: Callable[[Progress], None]) -> StudyResult:
        self.seen += ((scenario, options),)
        observe(Progress("convex", 1, 0.25))
        observe(Progress("search", 2, 0.1, "a plan"))
        if options.mode == "static":
            raise SolverError("no plan")
        return replace(self.result, summary={**self.result.summary, "mode": options.mode})


@pytest.fixture(scope="module")
def sample() -> StudyResult:
    return sample_result(2)


@pytest.fixture
def study(sample: StudyResult, monkeypatch: pytest.MonkeyPatch) -> Study:
    import p2pdnr

    fake = Study(result=sample)
    monkeypatch.setitem(sys.modules, "p2pdnr.study", fake)
    monkeypatch.setattr(p2pdnr, "study", fake, raising=False)
    return fake


def task(sample: StudyResult, store: Path, warm: Path | None = None) -> Task:
    stages = tuple(Stage(mode, True, f"id-{mode}", mode) for mode in ("hourly", "fixed", "static"))
    return Task("j", document.dumps(sample.scenario), stages, str(store), str(warm) if warm else None, 40.0)


def test_a_stage_is_solved_observed_and_stored(study: Study, sample: StudyResult, tmp_path: Path) -> None:
    reports: list[tuple[str, dict[str, Any]]] = []
    order = task(sample, tmp_path)
    for stage in order.stages[:2]:
        runner.run_stage(order, stage, lambda kind, **fields: reports.append((kind, fields)))
    steps = (
        {"stage": "convex", "iteration": 1, "primal_kw": 0.25, "offer": None},
        {"stage": "search", "iteration": 2, "primal_kw": 0.1, "offer": "a plan"},
    )
    assert reports == [("progress", {"number": number, **step}) for number in (0, 1) for step in steps]
    assert [(item.mode, item.p2p, item.time_limit_s) for _, item in study.seen] == [
        ("hourly", True, 40.0),
        ("fixed", True, 40.0),
    ]
    assert {scenario.model_dump_json() for scenario, _ in study.seen} == {sample.scenario.model_dump_json()}
    assert folder.load(tmp_path / "id-fixed" / RESULT).summary["mode"] == "fixed"
    payload = json.loads(gzip.decompress((tmp_path / "id-fixed" / PAYLOAD).read_bytes()))
    assert payload["mode"] == "fixed" and payload["hours"] == 2


def test_an_answer_is_left_at_its_first_plan_where_no_more_is_asked_for(
    study: Study, sample: StudyResult, tmp_path: Path
) -> None:
    """References are solved to the end; nothing is stored of what was left."""
    reports: list[tuple[str, dict[str, Any]]] = []
    order = replace(task(sample, tmp_path), first_plan=True)
    with pytest.raises(FirstPlan):
        runner.run_stage(order, order.stages[0], lambda kind, **fields: reports.append((kind, fields)))
    assert [fields["offer"] for _, fields in reports] == [None, "a plan"]
    assert not any(tmp_path.iterdir())
    runner.run_stage(order, order.stages[1], lambda kind, **fields: None)
    assert (tmp_path / "id-fixed" / RESULT).is_dir()
    assert Task.decode(order.encode()) == order


def test_the_answer_starts_from_a_stored_result_and_references_from_the_answer(
    study: Study, sample: StudyResult, tmp_path: Path
) -> None:
    folder.save(sample, tmp_path / "earlier")
    order = task(sample, tmp_path, tmp_path / "earlier")
    for stage in order.stages[:2]:
        runner.run_stage(order, stage, lambda kind, **fields: None)
    first, second = (options.warm for _, options in study.seen)
    assert first is not None and first.summary["mode"] == sample.summary["mode"]
    assert second is not None and second.summary == sample.summary


def test_a_stage_of_a_role_asks_for_it_and_starts_anew(study: Study, sample: StudyResult, tmp_path: Path) -> None:
    folder.save(sample, tmp_path / "earlier")
    roles = tuple(Stage("hourly", True, f"id-{role}", role) for role in ("welfare", "leader"))
    order = replace(task(sample, tmp_path, tmp_path / "earlier"), stages=roles)
    for stage in roles:
        runner.run_stage(order, stage, lambda kind, **fields: None)
    assert [options.role for _, options in study.seen] == ["welfare", "leader"]
    assert [options.warm is None for _, options in study.seen] == [False, True]
    assert not any(options.free_market for _, options in study.seen)


def test_a_stage_of_a_share_of_days_asks_for_a_secure_plan_and_starts_anew(
    study: Study, sample: StudyResult, tmp_path: Path
) -> None:
    folder.save(sample, tmp_path / "earlier")
    shares = tuple(Stage("hourly", True, f"id-{name}", name) for name in ("secure-95", "secure-65"))
    order = replace(task(sample, tmp_path, tmp_path / "earlier"), stages=shares)
    for stage in shares:
        runner.run_stage(order, stage, lambda kind, **fields: None)
    assert [options.secure for _, options in study.seen] == [0.95, 0.65]
    assert not any(options.warm or options.role or options.free_market for _, options in study.seen)
    assert len({question(order, number) for number in (0, 1)}) == 2


def test_the_market_without_an_operator_comes_after_the_answer(
    study: Study, sample: StudyResult, tmp_path: Path
) -> None:
    stages = tuple(Stage("hourly", p2p, f"id-{name}", name) for name, p2p in (("a", True), ("b", True), ("c", False)))
    order = replace(task(sample, tmp_path), stages=stages)
    for stage in stages:
        runner.run_stage(order, stage, lambda kind, **fields: None)
    assert [options.free_market for _, options in study.seen] == [False, True, False]


def test_a_network_that_only_the_worker_reads_is_measured_there(
    study: Study, sample: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pdnr.network.readers.is_quick", lambda source: False)
    large = replace(task(sample, tmp_path), work_limit=10)
    with pytest.raises(InputError, match="the limit is 10"):
        runner.run_stage(large, large.stages[0], lambda kind, **fields: None)
    runner.run_stage(replace(large, work_limit=10_000), large.stages[0], lambda kind, **fields: None)
    assert len(study.seen) == 1


def test_a_start_that_has_expired_is_a_cold_start(study: Study, sample: StudyResult, tmp_path: Path) -> None:
    order = task(sample, tmp_path, tmp_path / "gone")
    runner.run_stage(order, order.stages[0], lambda kind, **fields: None)
    assert study.seen[0][1].warm is None


def test_a_failed_stage_leaves_nothing(study: Study, sample: StudyResult, tmp_path: Path) -> None:
    order = task(sample, tmp_path)
    with pytest.raises(SolverError):
        runner.run_stage(order, order.stages[2], lambda kind, **fields: None)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_what_it_is(
    study: Study, sample: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    given = task(sample, tmp_path)
    monkeypatch.setattr("p2pdnr.results.files.write_arrays", full)
    with pytest.raises(ResultError) as caught:
        runner.run_stage(given, given.stages[0], lambda kind, **fields: None)
    told = describe(caught.value)
    assert told["kind"] == "DiskFull" and str(tmp_path) not in told["message"]
    assert not (tmp_path / "id-hourly" / RESULT).exists()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("place", ["p2pdnr.results.files.write_arrays", "p2pdnr.server.runner.write_payload"])
def test_a_disk_that_cannot_be_written_is_told_as_what_it_is(
    study: Study, sample: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, place: str
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OSError(number, "not to be written", str(tmp_path / "secret"))

    given = task(sample, tmp_path)
    monkeypatch.setattr(place, locked)
    with pytest.raises((ResultError, OSError)) as caught:
        runner.run_stage(given, given.stages[0], lambda kind, **fields: None)
    told = describe(caught.value)
    assert told["kind"] == "NotWritable" and str(tmp_path) not in json.dumps(told)


@pytest.fixture
def shelf(sample: StudyResult, tmp_path: Path) -> Flask:
    """An app whose data folder has the sample as a precomputed result."""
    folder.save(sample, tmp_path / "data" / "results" / "sample-hourly")
    app = Flask("test")
    server: Server = create_server(app, Settings(data_dir=tmp_path / "data"))
    yield app
    server.close()


def test_precomputed_results_are_served_without_a_stored_payload(shelf: Flask) -> None:
    response = shelf.test_client().get("/results/sample-hourly.json")
    assert response.status_code == 200 and response.json["hours"] == 2


def test_tables_can_be_taken_away(shelf: Flask, sample: StudyResult) -> None:
    response = shelf.test_client().get("/results/sample-hourly/tables.zip")
    assert response.headers["Content-Disposition"] == 'attachment; filename="tables.zip"'
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert len(archive.read("hours.csv").splitlines()) == 1 + sample.scenario.hours


def test_tables_need_no_disk(shelf: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("wrote to the disk"))
    assert shelf.test_client().get("/results/sample-hourly/tables.zip").status_code == 200


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, "DiskFull"), (errno.EROFS, "NotWritable")])
def test_a_disk_in_the_way_of_a_download_is_told(
    shelf: Flask, monkeypatch: pytest.MonkeyPatch, number: int, kind: str
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("tempfile.mkdtemp", failing)
    answer = shelf.test_client().get("/results/sample-hourly/pandapower-0.json")
    assert answer.status_code == 507 and answer.json["error"]["kind"] == kind


def test_an_export_that_fails_shows_no_temporary_path(shelf: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(command: list[str], **_: object) -> SimpleNamespace:
        return SimpleNamespace(returncode=2, stdout="", stderr=f"error: file {command[-1]}: cannot be written")

    monkeypatch.setattr("subprocess.run", failing)
    answer = shelf.test_client().get("/results/sample-hourly/pandapower-0.json")
    assert answer.status_code == 422 and "p2pdnr-download" not in answer.text and "hour.json" in answer.text


@pytest.mark.slow
def test_hours_can_be_taken_away_as_pandapower_networks(shelf: Flask) -> None:
    response = shelf.test_client().get("/results/sample-hourly/pandapower-1.json")
    assert response.status_code == 200 and response.json["_class"] == "pandapowerNet"


def test_an_hour_that_is_none_is_told_without_a_path(
    shelf: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command runs here instead of in a process of its own, which the test above is about."""

    def here(command: list[str], **_: object) -> SimpleNamespace:
        status = main(command[command.index("p2pdnr") + 1 :])
        return SimpleNamespace(returncode=status, stdout="", stderr=capsys.readouterr().err)

    monkeypatch.setattr("subprocess.run", here)
    wrong = shelf.test_client().get("/results/sample-hourly/pandapower-99.json")
    assert wrong.status_code == 422 and "hour" in wrong.json["error"]["message"]
    assert str(shelf.extensions["p2pdnr"].settings.data_dir) not in wrong.text


def test_a_single_fault_is_told_and_one_that_is_none_without_a_path(
    shelf: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command runs here instead of in a process of its own; the browser's test has it in one."""

    def here(command: list[str], **_: object) -> SimpleNamespace:
        status = main(command[command.index("p2pdnr") + 1 :])
        told = capsys.readouterr()
        return SimpleNamespace(returncode=status, stdout=told.out, stderr=told.err)

    monkeypatch.setattr("subprocess.run", here)
    found = shelf.test_client().get("/results/sample-hourly/outage-1-1.json")
    assert found.status_code == 200 and found.json["faults"][0]["line"] == 1
    wrong = shelf.test_client().get("/results/sample-hourly/outage-99-0.json")
    assert wrong.status_code == 422 and "line" in wrong.json["error"]["message"]
    assert str(shelf.extensions["p2pdnr"].settings.data_dir) not in wrong.text
    every = shelf.test_client().get("/results/sample-hourly/outages-1.json").json["faults"]
    assert found.json["faults"][0] in every and len(every) > 1
    came = shelf.test_client().get("/results/sample-hourly/rolled-2-4.json").json
    assert [turn["step"] for turn in came["turns"]] == list(range(0, len(came["hours"]), 2))
    anew = shelf.test_client().get("/results/sample-hourly/rolled-2-4.json?market=1").json
    assert sum(anew["market"]["costs_eur"]["rolled"].values()) == pytest.approx(anew["rolled_eur"])
    loops = shelf.test_client().get("/results/sample-hourly/outages-1.json?open=1")
    assert loops.status_code == 422 and "exactly one path" in loops.json["error"]["message"]


@pytest.mark.parametrize(
    ("file", "holds"),
    [
        ("tables.xlsx", b"PK"),
        ("report.html", b'<html lang="en">'),
        ("report.html?lang=de", b'<html lang="de">'),
        ("report.html?lang=../x", b'<html lang="en">'),
        ("pandapower-day.json", b"ConstControl"),
    ],
)
def test_other_forms_can_be_taken_away(
    shelf: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str, holds: bytes
) -> None:
    """The command runs here instead of in a process of its own."""

    def here(command: list[str], **_: object) -> SimpleNamespace:
        status = main(command[command.index("p2pdnr") + 1 :])
        return SimpleNamespace(returncode=status, stdout="", stderr=capsys.readouterr().err)

    monkeypatch.setattr("subprocess.run", here)
    answer = shelf.test_client().get(f"/results/sample-hourly/{file}")
    assert answer.status_code == 200 and holds in answer.data
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.split("?")[0]}"'


@pytest.mark.parametrize(
    "path",
    [
        "tables.zip",
        "tables.xlsx",
        "report.html",
        "pandapower-0.json",
        "outage-1-0.json",
        "outages-0.json",
        "rolled-1-0.json",
    ],
)
def test_nothing_is_taken_away_of_what_has_expired(path: str, shelf: Flask) -> None:
    response = shelf.test_client().get(f"/results/unknown/{path}")
    assert response.status_code == 404 and response.json["state"] == "expired"
