"""Files that a browser brings: a scenario, a network table, a MATPOWER case, a pandapower net, sheets of lines and
buses, or meter readings, told apart by what they say.

Everything is read as data: nothing is unpickled, evaluated or given to another library's reader, and a network named
inside a scenario must be built in or written out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from p2pdnr.dashboard import network_files
from p2pdnr.errors import InputError, Problem, ScenarioError
from p2pdnr.network import readers, topology
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers.matpower import from_matpower
from p2pdnr.scenario import assembly, beginning, checks, document, json_text, size
from p2pdnr.scenario.parallel_lines import together
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.synthetic import synthetic

MAX_CHARACTERS, MAX_CASE_CHARACTERS = 3_000_000, 300_000
"""Of a file; 500 prosumers on 500 buses take a fifth of it. A MATPOWER case of 533 buses takes a third of its own."""

FIRST_PROSUMERS, SEED = 8, 1
"""A network without a scenario begins with so many made-up prosumers."""


@dataclass(frozen=True)
class Opened:
    """A scenario, and what became of the parts of a file of another program."""

    scenario: Scenario
    notes: tuple[str, ...] = ()


def read(text: str, name: str) -> Scenario:
    """The scenario of a file's text; raises InputError with every problem."""
    return opened(text, name).scenario


def opened(text: str, name: str) -> Opened:
    """The same with what became of the file."""
    is_case = PurePath(name).suffix.lower() == ".m" or text.lstrip("\ufeff \t\r\n").startswith(("function", "%"))
    most = MAX_CASE_CHARACTERS if is_case else MAX_CHARACTERS
    if len(text) > most:
        raise _refused(name, f"has more than {most:,} characters", "Use the command line for such a size")
    if is_case:
        return _first_day(from_matpower(text, PurePath(name).stem))
    given, problems = json_text.read(text)
    if network_files.is_foreign(given):
        return _of_files(network_files.from_document(given, name))
    size.limit(given)
    if isinstance(given, Mapping) and "buses" in given and "network" not in given:
        if problems:
            raise InputError(problems)
        return _first_day(readers.from_table(given, PurePath(name).stem))
    scenario = document.parse(text)
    if readers.is_quick(scenario.network.source):
        scenario = together(scenario, None)
        _sized(assembly.build_network(scenario, None, parsed=True))
    return Opened(scenario)


def opened_files(files: Sequence[Mapping[str, str]]) -> Opened:
    """The same of files that are no text, or several: each has its ``name`` and its bytes in ``base64``."""
    from p2pdnr.dashboard import meter_files

    if (made := meter_files.made_of(files)) is not None:
        size.limit(document.to_dict(made.scenario))
        checks.check(made.scenario, assembly.build_network(made.scenario, None, parsed=True), parsed=True)
        return Opened(made.scenario, made.notes)
    return _of_files(network_files.from_files(files))


def marked_rows(files: Sequence[Mapping[str, str]], problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The rows of sheets that ``problems`` name, as the page shows them (:mod:`.sheet_marks`); none of other files."""
    from p2pdnr.dashboard import sheet_marks
    from p2pdnr.network.readers import importing

    try:
        sheets = importing.sheets_of(network_files.contents_of(files), network_files.MAX_UNPACKED) if files else []
    except InputError:
        return []
    return sheet_marks.marked(sheets, problems)


def _of_files(brought: network_files.Brought) -> Opened:
    return _first_day(brought.network, brought.told, brought.notes)


def drawn(scenario: Scenario) -> dict[str, Any] | None:
    """The grid of an imported scenario as the page draws it before anything is solved; None where it cannot be."""
    if not readers.is_quick(scenario.network.source):
        return None
    from p2pdnr.results.grid_payload import unsolved

    return unsolved(scenario, assembly.build_network(scenario, None, parsed=True))


def _first_day(network: Network, told: str = "", notes: tuple[str, ...] = ()) -> Opened:
    """A network that came without a scenario, with a made-up day of a few prosumers; ``told`` describes it."""
    _sized(network)
    network = bundled(network).network
    network, changed = _radial(network)
    made = document.to_dict(synthetic(network, "case33bw", min(FIRST_PROSUMERS, max(1, network.n_buses - 1)), SEED))
    made["name"] = f"{network.name[:160]}, made-up prosumers"
    made["network"]["source"] = readers.to_table(network)
    made["description"] = " ".join([*changed, told]).strip() or made.get("description", "")
    scenario = document.from_dict(made)
    checks.check(scenario, network, parsed=True)
    return Opened(scenario, (*changed, *notes))


def _radial(network: Network) -> tuple[Network, tuple[str, ...]]:
    """A day starts from a state without loops; what of the network's own state that changes, in words."""
    if topology.is_radial(network, network.closed):
        return network, ()
    closed = topology.radial_start(network)
    return network.with_(closed=closed), beginning.changes(network, closed)


def _sized(network: Network) -> None:
    if network.n_buses > size.MAX_BUSES:
        raise _refused(network.name, f"has more than {size.MAX_BUSES:,} buses", "Use the command line for such a size")


def _refused(name: str, message: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("file", "", (name[:100],), message, remedy)])
