"""What a worker does for the page: solve a stage with :mod:`p2pdnr.study`, save its folder, write its payload."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.server.protocol import FirstPlan, Report, Stage, Task
from p2pdnr.server.store import REPLAY, RESULT, write_payload

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Observe, Options, Progress


def warm_up(report: Report) -> None:
    """Import the solvers and load the kernels; says how far it is where they have to be compiled."""
    from p2pdnr import preparation
    from p2pdnr.results import folder, payload  # noqa: F401  their imports are part of the warming

    preparation.prepare(
        lambda done, of, share, left_s: report("preparing", done=done, of=of, share=share, left_s=left_s)
    )


def run_stage(task: Task, stage: Stage, report: Report) -> None:
    """Solve ``stage`` of ``task`` and store its result folder and payload.

    Raises :class:`p2pdnr.errors.P2pdnrError`, OSError when the result cannot be written, and FirstPlan where the task
    asks for no more.
    """
    from p2pdnr import study
    from p2pdnr.scenario import document

    scenario = document.parse(task.scenario)
    if stage == task.stages[0]:
        _limit_work(scenario, task.work_limit)
    observe = partial(_forward, report, task.stages.index(stage))
    if task.first_plan and stage == task.stages[0]:
        observe = partial(_until_first_plan, observe)
    store(study.run(scenario, _options(task, stage), observe=observe), Path(task.store) / stage.result_id)


def _limit_work(scenario: Scenario, limit: int | None) -> None:
    """Judge a scenario whose network was too slow to read in the server; raises InputError as admission does."""
    from p2pdnr.network import readers
    from p2pdnr.scenario import assembly
    from p2pdnr.server import admission

    if limit is not None and not readers.is_quick(scenario.network.source):
        admission.limit_work(scenario, assembly.build_network(scenario, None, parsed=True), limit)


def store(result: StudyResult, place: Path) -> None:
    """Write the result folder and the payload of the page below ``place``."""
    from p2pdnr.results import folder
    from p2pdnr.results.payload import payload
    from p2pdnr.results.replay import replay

    place.mkdir(parents=True, exist_ok=True)
    folder.save(result, place / RESULT)
    write_payload(replay(result), place, REPLAY)
    write_payload(payload(result), place)


def _forward(report: Report, number: int, progress: Progress) -> None:
    report("progress", number=number, **asdict(progress))


def _until_first_plan(observe: Observe, progress: Progress) -> None:
    observe(progress)
    if progress.offer is not None:
        raise FirstPlan


def _options(task: Task, stage: Stage) -> Options:
    from p2pdnr import study
    from p2pdnr.results import folder

    first = task.stages[0]
    origin = Path(task.store) / first.result_id / RESULT if stage != first else Path(task.warm) if task.warm else None
    warm = folder.load(origin) if origin and origin.is_dir() else None  # it may have expired while the job waited
    return study.Options(
        mode=stage.mode,
        p2p=stage.p2p,
        time_limit_s=task.time_limit_s,
        warm=None if stage.share or (stage.role and stage != first) else warm,
        role=stage.role,
        secure=stage.share,
        free_market=task.has_free_market(stage),
    )
