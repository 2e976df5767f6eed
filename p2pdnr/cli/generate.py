"""``generate FILE``: a synthetic scenario for a network."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.scenario.schema import Scenario

MAX_PROSUMERS = 50_000
"""More than fit into a scenario file that is read again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``generate``."""
    parser.add_argument("file", metavar="FILE", type=options.place, help="scenario file to write")
    parser.add_argument(
        "--prosumers", metavar="N", type=options.at_most(MAX_PROSUMERS), default=15, help="how many (default 15)"
    )
    parser.add_argument(
        "--network", metavar="NAME", default="case33bw", help="built-in name or file (default case33bw)"
    )
    parser.add_argument(
        "--seed", metavar="N", type=options.count, default=0, help="equal seeds give equal scenarios (default 0)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the scenario, see that it fits its network, write it."""
    from p2pdnr.scenario import document
    from p2pdnr.scenario.synthetic import synthetic

    folder: Path = arguments.file.parent
    grid = radial_grid(arguments.network)
    scenario = synthetic(grid.network, source_of(arguments.network, folder), arguments.prosumers, arguments.seed)
    scenario = grid.begun(scenario)
    with options.writing(arguments.file):
        folder.mkdir(parents=True, exist_ok=True)
        document.save(scenario, arguments.file)
    print("\n".join([*grid.told, f"wrote {arguments.file}: {scenario.name} on {arguments.network}"]))
    return 0


@dataclass(frozen=True, eq=False)
class Grid:
    """A network in the radial state in which a day on it begins, closed lines between the same two buses as one;
    ``open_lines`` (numbers in its file) where that is not the file's own state, and what changes in words, ``told``."""

    network: Network
    open_lines: tuple[int, ...] | None
    told: tuple[str, ...]

    def begun(self, scenario: Scenario) -> Scenario:
        """The scenario with that state. Raises ScenarioError where it does not fit the network."""
        from p2pdnr.scenario import checks, document

        checks.check(scenario, self.network)
        if self.open_lines is None:
            return scenario
        written = document.to_dict(scenario)
        written["network"]["initially_open"] = list(self.open_lines)
        return document.from_dict(written)


def radial_grid(source: str) -> Grid:
    """The network of a name or a file, in the radial state nearest to its own
    (:func:`p2pdnr.reconfiguration.planning.radial_start.radial_start`)."""
    from p2pdnr.network import readers
    from p2pdnr.network.bundles import bundled
    from p2pdnr.network.topology import is_radial

    network = readers.read(source, Path())
    one = bundled(network).network
    if is_radial(one, one.closed):
        return Grid(one, None, ())
    from p2pdnr.reconfiguration.planning.radial_start import radial_start
    from p2pdnr.scenario.beginning import changes

    started = radial_start(network).network
    told = changes(network, started.closed)
    return Grid(bundled(started).network, started.initially_open if told else None, told)


def source_of(network: str, folder: Path) -> str:
    """The network as the scenario names it: a file as seen from the scenario's folder, anything else as it is."""
    return Path(os.path.relpath(network, folder)).as_posix() if Path(network).is_file() else network
