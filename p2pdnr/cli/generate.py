"""``generate FILE``: a synthetic scenario for a network."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from p2pdnr.cli import options

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
    from p2pdnr.network import readers
    from p2pdnr.network.bundles import bundled
    from p2pdnr.scenario import checks, document
    from p2pdnr.scenario.synthetic import synthetic

    folder: Path = arguments.file.parent
    network = bundled(readers.read(arguments.network, Path())).network
    scenario = synthetic(network, source_of(arguments.network, folder), arguments.prosumers, arguments.seed)
    checks.check(scenario, network)
    with options.writing(arguments.file):
        folder.mkdir(parents=True, exist_ok=True)
        document.save(scenario, arguments.file)
    print(f"wrote {arguments.file}: {scenario.name} on {arguments.network}")
    return 0


def source_of(network: str, folder: Path) -> str:
    """The network as the scenario names it: a file as seen from the scenario's folder, anything else as it is."""
    return Path(os.path.relpath(network, folder)).as_posix() if Path(network).is_file() else network
