"""``reconfigure NETWORK``: the radial topology with the least loss at the network's own load."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Floats, Network
    from p2pdnr.reconfiguration.exchange import Effort
    from p2pdnr.reconfiguration.search import Landscape
    from p2pdnr.reconfiguration.terms import OperatorTerms

FINALISTS = 20
"""Topologies that are evaluated again to full accuracy."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``reconfigure``."""
    parser.add_argument(
        "network", metavar="NETWORK", help="built-in name, or a file: network table (.json) or MATPOWER (.m)"
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=options.count,
        default=0,
        help="of the search, where topologies are too many (default 0)",
    )
    parser.add_argument("--time-limit", metavar="S", type=options.positive, help="of the search, in seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Find the best radial topology and print it."""
    from p2pdnr.network import readers

    started = time.perf_counter()
    network = readers.read(arguments.network, Path())
    from p2pdnr.reconfiguration.exchange import Effort

    found = minimum_loss(network, Effort(seed=arguments.seed, time_limit_s=arguments.time_limit)) | {
        "seconds": round(time.perf_counter() - started, 3)
    }
    print(json.dumps(found) if arguments.json else _text(network.name, found))
    return 0


def minimum_loss(network: Network, effort: Effort | None = None) -> dict[str, Any]:
    """The radial topology with the least loss found by exact power flow: loss_kw, open_lines (numbers),
    initial_loss_kw (None where the initial state is not radial), lower_bound_kw, proved, topologies (how many).

    All topologies are evaluated where they are not too many, which proves the least loss; beyond that an exchange
    search of the given effort finds a good one, without a bound. A topology that breaks a limit of voltage or current
    ranks behind all that do not. Raises TopologyError when no topology supplies every bus, PowerFlowError
    when none has a solution.
    """
    import numpy as np

    from p2pdnr.errors import PowerFlowError
    from p2pdnr.network.topology import count_spanning_trees
    from p2pdnr.reconfiguration import exchange, search
    from p2pdnr.reconfiguration.terms import OperatorTerms
    from p2pdnr.reconfiguration.trees import MOST_TREES

    terms = OperatorTerms(np.zeros(network.n_lines))
    load = _load(network)
    count = count_spanning_trees(network)
    proved = count <= MOST_TREES
    effort = effort or exchange.Effort()
    trees = search.all_trees(network) if proved else exchange.search(network, *load, terms, effort)
    order = _ranked(search.landscape(network, trees, *load, terms))
    if not len(order):
        raise PowerFlowError("no radial topology of this network has a power flow solution at its load")
    finalists = search.evaluate(network, trees.open_lines[order[:FINALISTS]], *load, terms)
    best = int(_ranked(finalists)[0])
    loss_kw = float(finalists.loss_kw[best, 0])
    return {
        "loss_kw": loss_kw,
        "open_lines": [int(line) + 1 for line in finalists.open_lines[best]],
        "initial_loss_kw": _initial_loss_kw(network, terms),
        "lower_bound_kw": loss_kw if proved else None,
        "proved": proved,
        "topologies": count,
    }


def _load(network: Network) -> tuple[Floats, Floats]:
    """The network's own load as one hour, (1, n) each."""
    return network.p_kw[None, :], network.q_kvar[None, :]


def _ranked(landscape: Landscape) -> Any:
    """Indices of the topologies that have a solution, the best first: unbroken limits, then least loss."""
    import numpy as np

    solved = np.flatnonzero(landscape.converged[:, 0])
    broken = landscape.violation_eur[solved, 0] > 0
    return solved[np.lexsort((landscape.loss_kw[solved, 0], broken))]


def _initial_loss_kw(network: Network, terms: OperatorTerms) -> float | None:
    import numpy as np

    from p2pdnr.network.topology import is_radial
    from p2pdnr.reconfiguration import search

    if not is_radial(network, network.closed):
        return None
    initial = search.evaluate(network, np.flatnonzero(~network.closed)[None, :], *_load(network), terms)
    return float(initial.loss_kw[0, 0]) if initial.converged[0, 0] else None


def _text(name: str, found: dict[str, Any]) -> str:
    initial = found["initial_loss_kw"]
    before = "the initial state is not radial" if initial is None else f"{initial:.4f} kW in the initial topology"
    opened = " ".join(map(str, found["open_lines"])) or "none"
    how = "proved: all of them evaluated" if found["proved"] else "not proved: found by exchange search"
    return (
        f"{name}: least loss {found['loss_kw']:.4f} kW ({before})\n"
        f"open lines: {opened}\n"
        f"{found['topologies']:,} radial topologies, {how}, {found['seconds']:.2f} s"
    )
