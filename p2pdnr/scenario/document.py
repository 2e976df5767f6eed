"""Scenarios as documents: load, parse, write, hash; errors name every problem of a document at once.

``python -m p2pdnr.scenario.document > data/scenario.schema.json`` exports the JSON schema.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from p2pdnr.errors import NetworkError, Problem, ScenarioError
from p2pdnr.network import readers
from p2pdnr.network.readers.foreign import no_scenario
from p2pdnr.scenario import json_text
from p2pdnr.scenario.consistency import find_problems
from p2pdnr.scenario.problems import MAX_PROBLEMS, translate
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.spelling import Ids, prepared


def load(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file (UTF-8 JSON); raises :class:`ScenarioError` with every problem."""
    if told := no_scenario(os.fspath(path)):
        raise ScenarioError([Problem("document", "", (Path(path).name,), *told)])
    try:
        with Path(path).open("rb") as file:
            text = file.read(json_text.MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not a usable path"
        name, remedy = Path(path).name, "Check the file's name and place"
        raise ScenarioError([Problem("document", "", (name,), f"cannot be read: {reason}", remedy)]) from None
    document, problems = json_text.read(text)
    return _built(document, problems, Path(path).parent)


def parse(text: str | bytes) -> Scenario:
    """A scenario from JSON text; raises :class:`ScenarioError` with every problem."""
    document, problems = json_text.read(text)
    return _built(document, problems)


def from_dict(document: object) -> Scenario:
    """A scenario from the value a JSON reader gives; raises :class:`ScenarioError` with every problem."""
    return _built(document, [])


def to_dict(scenario: Scenario) -> dict[str, Any]:
    """The document of a scenario as JSON values, fields in the order of the schema; what was not given is left out."""
    document: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    return document


def dumps(scenario: Scenario) -> str:
    """The document as text that people like to read: number lists on one line, what was not given left out."""
    return json_text.write(json_text.plain(to_dict(scenario)))


def save(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Write :func:`dumps` to a file, whole or not at all."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(dumps(scenario), encoding="utf-8", newline="\n")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(scenario: Scenario) -> str:
    """Hex digest of what the scenario says: equal scenarios have equal digests, however they were written."""
    content = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json_text.canonical(content).encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of the document: types and ranges; what spans several fields is not in it."""
    schema: dict[str, Any] = Scenario.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def schema_text() -> str:
    """The text of data/scenario.schema.json."""
    return json_text.write(json_text.plain(json_schema()))


def _built(document: object, problems: list[Problem], folder: Path | None = None) -> Scenario:
    if told := no_scenario("", document):
        raise ScenarioError([Problem("document", "", (), *told)])
    document, doubtful = prepared(document, partial(_ids, folder))
    scenario, problems = None, problems + doubtful
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        problems = problems + translate(error, document)
    problems = _some(problems + find_problems(document))
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario.judged()


def _ids(folder: Path | None, source: str) -> Ids | None:
    """What buses and lines of a network are called; None where no file may be read, or it cannot be."""
    if folder is None:
        return None
    try:
        network = readers.read(source, folder)
    except NetworkError:
        return None
    return network.bus_ids, network.line_ids


def _some(problems: list[Problem]) -> list[Problem]:
    """All problems, or where nobody could read them the first ones, which says so."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    message = f"has more problems than can be told; these are the first {MAX_PROBLEMS:,}"
    rest = Problem("document", "", (), message, "Correct these and read it again")
    return [rest, *problems[:MAX_PROBLEMS]]


if __name__ == "__main__":
    sys.stdout.write(schema_text())
