"""Which days a file holds: results of one scenario, and what is stored of it where it is one of the package's own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from p2pdnr.dashboard import cases, questions
from p2pdnr.dashboard.cases import UNTRADED, Case
from p2pdnr.dashboard.one_file import Day, OneFile
from p2pdnr.errors import Problem, ResultError
from p2pdnr.resources import DATA
from p2pdnr.scenario import document
from p2pdnr.server.store import PAYLOAD, REPLAY

OWN = "day"
"""Key of a day that is none of the package's cases."""


@dataclass(frozen=True)
class Result:
    """A result as a file keeps it: compressed payload and negotiation, and its scenario as JSON; ``name`` is what a
    message calls it."""

    name: str
    payload: bytes
    replay: bytes | None = None
    scenario: str | None = None

    @cached_property
    def loaded(self) -> Mapping[str, Any]:
        """The payload itself."""
        payload: dict[str, Any] = json.loads(gzip.decompress(self.payload))
        return payload

    @property
    def scenario_sha256(self) -> str:
        """The hash of its scenario."""
        return str(self.loaded["summary"]["scenario_sha256"])


def from_folder(folder: Path) -> Result:
    """A result folder. Raises ResultError with every problem."""
    from p2pdnr.results import folder as folders  # pandas, which the page does without otherwise
    from p2pdnr.results.payload import payload

    result, replay = folders.load(folder), folder / REPLAY
    return Result(
        str(folder),
        packed(payload(result)),
        replay.read_bytes() if replay.is_file() else None,
        document.dumps(result.scenario),
    )


def from_files(name: str, payload: Path, folder: Path | None) -> Result:
    """A result as the server stores it: its payload, what lies beside that, and its folder where there is one.

    Raises OSError when the payload is gone.
    """
    replay = payload.with_name(REPLAY)
    scenario = folder / "scenario.json" if folder else None
    return Result(
        name,
        payload.read_bytes(),
        replay.read_bytes() if replay.is_file() else None,
        scenario.read_text(encoding="utf-8") if scenario and scenario.is_file() else None,
    )


def together(results: Sequence[Result], stored: Path | None = DATA) -> OneFile:
    """A file of results of one scenario, the first on show.

    Of a scenario that is one of the cases in ``stored``, what is there of its other modes stands beside them, and the
    questions of that case with their answers. Raises ResultError for results of different scenarios and for two of the
    same mode.
    """
    first = results[0]
    by_mode = _by_mode(results)
    case = _known_case(first, stored) if stored and first.loaded["p2p"] else None
    if case is None or stored is None:
        return OneFile((_day(OWN, first.loaded["name"], by_mode),))
    by_mode |= {mode: _stored(stored, name) for mode, name in case.results.items() if mode not in by_mode}
    day = _day(case.key, first.loaded["name"], by_mode)
    asked = _questions(case, stored)
    answers = [
        _day(item.case.key, item.case.title, {"hourly": _stored(stored, item.case.key)}) for item in asked if item.case
    ]
    return OneFile((day, *answers), asked)


def _by_mode(results: Sequence[Result]) -> dict[str, Result]:
    first = results[0]
    found: dict[str, Result] = {}
    for result in results:
        if result.scenario_sha256 != first.scenario_sha256:
            raise _refused(result, "is a day of another scenario", "Give results of one scenario")
        mode = result.loaded["mode"]
        if result.loaded["p2p"] != first.loaded["p2p"]:
            if mode != "fixed" or result.loaded["p2p"]:
                raise _refused(result, "was solved with other trading", "Beside trading, only fixed without it fits")
            mode = UNTRADED
        if mode in found:
            raise _refused(result, f"is a second result of the mode {mode}", "Give one result of each mode")
        found[mode] = result
    return found


def _refused(result: Result, message: str, remedy: str) -> ResultError:
    return ResultError([Problem("result", "", (result.name,), message, remedy)])


def _day(key: str, title: str, by_mode: Mapping[str, Result]) -> Day:
    return Day(
        key,
        title,
        {mode: result.payload for mode, result in by_mode.items()},
        {mode: result.replay for mode, result in by_mode.items() if result.replay},
        next((result.scenario for result in by_mode.values() if result.scenario), None),
    )


def stored_day(key: str, title: str, names: Mapping[str, str], scenario: str, data: Path = DATA) -> Day:
    """A day of stored results, named by mode."""
    by_mode = {mode: _stored(data, name) for mode, name in names.items()}
    return replace(_day(key, title, by_mode), scenario=scenario)


def _stored(data: Path, name: str) -> Result:
    folder = data / "results" / name
    return from_files(name, folder / PAYLOAD, folder)


@lru_cache(maxsize=2)
def known(data: Path) -> dict[str, Case]:
    """The cases of a folder, with their stored results."""
    return cases.read_cases(data / "scenarios", _names(data))


def _names(data: Path) -> tuple[str, ...]:
    return tuple(path.parent.name for path in data.glob(f"results/*/{PAYLOAD}"))


def _known_case(result: Result, data: Path) -> Case | None:
    """The case that this is a day of."""
    wanted = result.scenario_sha256
    return next((case for case in known(data).values() if document.sha256(case.scenario) == wanted), None)


def _questions(case: Case, data: Path) -> tuple[questions.Question, ...]:
    return questions.read_questions(data / "questions", {case.key: case}, _names(data))


def packed(value: Mapping[str, Any]) -> bytes:
    """A payload as a file keeps it."""
    return gzip.compress(json.dumps(value, separators=(",", ":")).encode(), compresslevel=9, mtime=0)
