"""A result as a folder: written whole or not at all, read completely or refused with every reason.

summary.json, scenario.json, network.json, one CSV file per table, warm.npz and, where it is kept, topologies.npz: see
docs/formats.md.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem, ResultError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.network.generators import fixed, holding
from p2pdnr.results import consistency, csv_tables, files, landscape_file, summary_form
from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.given_days import day_problems
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.withdrawn import plain
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import BASE_MVA

T = TypeVar("T")
Arrays = dict[str, npt.NDArray[np.float64]]
Stored = dict[str, npt.NDArray[Any]]
REMEDY = "Solve the scenario again, or name a folder that a solve has written"
_MARKS = ("summary.json", "scenario.json", "hours.csv")


def save(result: StudyResult, folder: Path, *, landscape: bool = True) -> None:
    """Write ``result`` to ``folder``, replacing an older result there; without ``landscape`` no topologies.npz, by far
    the largest file, which everybody can compute again from the others.

    Everything is written to a temporary folder beside it and moved into place at the end, so that no folder is ever
    half written. Raises ResultError when ``folder`` holds something other than a result, or cannot be written.
    """
    folder = Path(folder)
    refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as cleanup:
            draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            cleanup.callback(shutil.rmtree, draft, ignore_errors=True)
            _write_files(result, draft)
            if landscape:
                _write_landscape(result, draft / "topologies.npz")
            _replace(folder, draft, cleanup)
    except OSError as error:
        _refuse(folder, f"cannot be written ({error.strerror or error})", "Choose a folder that may be written")


def load(folder: Path) -> StudyResult:
    """The result in ``folder``; raises ResultError with every missing file, column, row and impossible value."""
    folder = Path(folder)
    if not folder.is_dir():
        _refuse(folder, "is no folder" if folder.exists() else "does not exist", REMEDY)
    problems: list[Problem] = []
    read = _Reader(folder, problems)
    summary = read.file("summary.json", _parse_summary)
    scenario = read.file("scenario.json", document.parse)
    network = read.file("network.json", _parse_network)
    tables = {item.name: read.table(item.name) for item in fields(Tables) if item.name not in OPTIONAL_TABLES}
    more = {name: read.table(name) for name in OPTIONAL_TABLES if (folder / f"{name}.csv").exists()}
    if "levers" in more:
        tables["levers"] = more.pop("levers")
    warm = read.arrays("warm.npz", _floats)
    topologies = read.arrays("topologies.npz", _topologies) if (folder / "topologies.npz").exists() else {}
    if problems:
        raise ResultError(problems)
    assert summary is not None and scenario is not None and network is not None
    network = _with_generators(network, summary, scenario.hours)
    result = StudyResult(scenario, network, summary, Tables(**tables), warm, topologies, **more)
    _check_together(result)
    return result


def refuse_foreign(folder: Path) -> None:
    """Raise ResultError when ``folder`` holds something that a result must not replace."""
    if folder.exists() and not is_result(folder):
        _refuse(folder, "already exists and is no result folder", "Choose another folder, or an empty one")


def is_result(folder: Path) -> bool:
    """Whether ``folder`` is a result folder, or an empty one that may become one."""
    return folder.is_dir() and (not any(folder.iterdir()) or all((folder / name).is_file() for name in _MARKS))


def _refuse(folder: Path, message: str, remedy: str) -> NoReturn:
    raise ResultError([Problem("folder", "", (str(folder),), message, remedy)])


def _write_files(result: StudyResult, draft: Path) -> None:
    texts = {
        "summary.json": json.dumps(plain(result.summary), indent=1, ensure_ascii=False) + "\n",
        "scenario.json": document.dumps(result.scenario),
        "network.json": json.dumps(readers.to_table(result.network)) + "\n",
    }
    for name, table in (result.tables.there | result.optional_tables).items():
        texts[f"{name}.csv"] = csv_tables.write(table, name)
    for name, text in texts.items():
        (draft / name).write_text(text, encoding="utf-8", newline="\n")
    files.write_arrays(draft / "warm.npz", result.arrays)


def _write_landscape(result: StudyResult, path: Path) -> None:
    packed = {"loss_w_steps": landscape_file.pack(result.topologies["loss_kw"])} if result.topologies else {}
    files.write_arrays(path, packed)


def _replace(folder: Path, draft: Path, cleanup: ExitStack) -> None:
    """Move ``draft`` to ``folder``; what stood there goes only when the new one is in place, else it comes back."""
    draft.chmod(0o777 & ~_umask())
    if not folder.exists():
        os.rename(draft, folder)
        return
    attic = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    cleanup.callback(shutil.rmtree, attic, ignore_errors=True)
    os.rename(folder, attic / "old")
    try:
        os.rename(draft, folder)
    except OSError:
        os.rename(attic / "old", folder)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Reader:
    """Reads the files of one folder and collects what is wrong with them."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self.folder = folder
        self.problems = problems

    def file(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The parsed file, or None after noting why not."""
        try:
            return parse(files.read_text(self.folder / name))
        except InputError as error:
            self.problems += [
                Problem(item.component, item.field, (name, *item.ids), item.message, item.remedy)
                for item in error.problems
            ]
        except FileNotFoundError:
            self._note(name, "is missing")
        except (OSError, UnicodeDecodeError) as error:
            self._note(name, f"cannot be read ({error})")
        return None

    def table(self, name: str) -> Any:
        """One CSV table, or None after noting why not."""
        table, problems = self.file(f"{name}.csv", lambda text: csv_tables.read(text, name)) or (None, [])
        self.problems += problems
        return table

    def arrays(self, name: str, convert: Callable[[Stored], Arrays]) -> Arrays:
        """The arrays of an .npz file; never unpickles anything."""
        try:
            return convert(files.read_arrays(self.folder / name))
        except FileNotFoundError:
            self._note(name, "is missing")
        except (ValueError, TypeError) as error:
            self._note(name, f"is no file of plain arrays ({error})")
        return {}

    def _note(self, name: str, message: str) -> None:
        self.problems.append(Problem("file", "", (name,), message, REMEDY))


def _floats(stored: Stored) -> Arrays:
    return {key: np.asarray(array, dtype=np.float64) for key, array in stored.items()}


def _topologies(stored: Stored) -> Arrays:
    return {"loss_kw": landscape_file.unpack(stored["loss_w_steps"])} if "loss_w_steps" in stored else {}


def _strict_json(text: str) -> Any:
    def refuse(token: str) -> NoReturn:
        raise ValueError(f"{token} is no JSON number")

    try:
        found = json.loads(text, parse_constant=refuse)
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
    except (ValueError, RecursionError) as error:
        raise ResultError([Problem("document", "", (), f"is torn or no JSON ({error})", REMEDY)]) from None
    return found


def _parse_summary(text: str) -> dict[str, Any]:
    summary: dict[str, Any] = _strict_json(text)
    if problems := summary_form.problems(summary, REMEDY):
        raise ResultError(problems)
    return summary


def _parse_network(text: str) -> Network:
    return readers.from_table(_strict_json(text)).in_base(BASE_MVA)


def _with_generators(network: Network, summary: dict[str, Any], hours: int) -> Network:
    """The network of a solved day: generators that hold a voltage are fixed injections, and give hour by hour what the
    summary says where they held their voltages."""
    network, stated = fixed(network), summary.get("generators")
    if not stated:
        return network
    buses = [] if network.held is None else (network.held.generators.bus + 1).tolist()
    if [item["bus"] for item in stated] != buses or any(len(item["kvar"]) != hours for item in stated):
        said = "does not tell of every hour of the generators that network.json has"
        raise ResultError([Problem("document", "generators", ("summary.json",), said, REMEDY)])
    return holding(network, np.array([item["kvar"] for item in stated]).T)


def _check_together(result: StudyResult) -> None:
    problems = consistency.problems(result.scenario, result.network, result.tables)
    problems += consistency.stress_problems(result.scenario, result.stress)
    problems += consistency.role_problems(result.scenario, result.role)
    problems += consistency.secure_problems(result) or day_problems(result)
    claimed = result.summary.get("scenario_sha256")
    if claimed is not None and claimed != document.sha256(result.scenario):
        message = "is not the scenario this result was solved for (its hash differs from the one in summary.json)"
        problems.append(Problem("document", "", ("scenario.json",), message, REMEDY))
    if problems:
        raise ResultError(problems)
