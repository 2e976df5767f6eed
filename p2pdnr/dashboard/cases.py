"""The cases of the page: scenario files, and the stored results that belong to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pdnr.dashboard import drafts
from p2pdnr.network import readers
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.parallel_lines import together
from p2pdnr.scenario.schema import Scenario

MODES = drafts.MODES
"""Modes the page can show, in the order of its switch."""

DEFAULT = "ieee33-solar"
"""The case that the page opens with where it is there."""

UNTRADED = "fixed-no-p2p"
"""The initial topology without trading: stands beside the modes in their table."""


@dataclass(frozen=True)
class Case:
    """A scenario to choose; ``results`` maps modes (and UNTRADED) to the ids of results that are there already."""

    key: str
    scenario: Scenario
    results: dict[str, str]

    @property
    def draft(self) -> dict[str, Any]:
        """What the table shows when the case is opened."""
        fresh = drafts.opened(self.scenario) if self.results else drafts.unsolved(self.scenario)
        return fresh | {"case": self.key}

    @property
    def title(self) -> str:
        """The scenario's name."""
        return self.scenario.name


def read_cases(folder: Path, stored: Iterable[str]) -> dict[str, Case]:
    """The scenarios of a folder by file name; a stored result belongs to a case when it is called <case>-<mode>.

    Raises :class:`p2pdnr.errors.ScenarioError` for a file that is no scenario.
    """
    names = set(stored)
    cases = {}
    for path in sorted(folder.glob("*.json")):
        results = {mode: f"{path.stem}-{mode}" for mode in (*MODES, UNTRADED) if f"{path.stem}-{mode}" in names}
        cases[path.stem] = Case(path.stem, read_scenario(path), results)
    return cases


def read_scenario(path: Path) -> Scenario:
    """A scenario file that stands for itself: a network that lies beside it is written into it.

    A server reads no files for a browser, so the page needs all of it.

    Raises :class:`p2pdnr.errors.InputError` with every problem.
    """
    return assembly.standalone(together(document.load(path), path.parent), path.parent)


def read_result(folder: Path) -> tuple[Scenario, str]:
    """The scenario of a result folder, its network written out unless built in, and the mode it was solved in.

    Raises :class:`p2pdnr.errors.ResultError` with every problem.
    """
    from p2pdnr.results import folder as folders  # pandas, which the page does without otherwise

    result = folders.load(folder)
    written = document.to_dict(result.scenario)
    if written["network"]["source"] not in readers.BUILT_IN:
        written["network"]["source"] = readers.to_table(result.network)
    return document.from_dict(written), str(result.summary["mode"])


def first_case(cases: dict[str, Case]) -> Case:
    """The case the page opens with: the default day, else the first that is solved, else the first."""
    solved = [case for case in cases.values() if case.results]
    return cases.get(DEFAULT) or (solved or list(cases.values()))[0]
