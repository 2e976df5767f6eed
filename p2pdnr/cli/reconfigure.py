"""``reconfigure NETWORK``: the radial topology with the least loss at the network's own load."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.search import Landscape, TreeSet
    from p2pdnr.reconfiguration.terms import OperatorTerms

FINALISTS = 20
"""Topologies that are evaluated again to full accuracy."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``reconfigure``."""
    parser.add_argument(
        "network", metavar="NETWORK", help="built-in name, or a file: network table (.json) or MATPOWER (.m)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate every radial topology and print the best."""
    from p2pdnr.network import readers

    started = time.perf_counter()
    network = readers.read(arguments.network, Path())
    found = minimum_loss(network) | {"seconds": round(time.perf_counter() - started, 3)}
    print(json.dumps(found) if arguments.json else _text(network.name, found))
    return 0


def minimum_loss(network: Network) -> dict[str, Any]:
    """Least loss over all radial topologies by exact power flow: loss_kw, open_lines (numbers), initial_loss_kw (None
    where the initial state is not radial), lower_bound_kw, proved, topologies.

    A topology that breaks a limit of voltage or current ranks behind all that do not. Raises SolverError when there are
    too many topologies to evaluate, PowerFlowError when none has a solution.
    """
    import numpy as np

    from p2pdnr.errors import PowerFlowError
    from p2pdnr.reconfiguration import search
    from p2pdnr.reconfiguration.terms import OperatorTerms

    terms = OperatorTerms(np.zeros(network.n_lines))
    p_kw, q_kvar = network.p_kw[None, :], network.q_kvar[None, :]
    trees = search.all_trees(network)
    order = _ranked(search.landscape(network, trees, p_kw, q_kvar, terms))
    if not len(order):
        raise PowerFlowError("no radial topology of this network has a power flow solution at its load")
    finalists = search.evaluate(network, trees.open_lines[order[:FINALISTS]], p_kw, q_kvar, terms)
    best = int(_ranked(finalists)[0])
    loss_kw = float(finalists.loss_kw[best, 0])
    return {
        "loss_kw": loss_kw,
        "open_lines": [int(line) + 1 for line in finalists.open_lines[best]],
        "initial_loss_kw": _initial_loss_kw(network, trees, terms),
        "lower_bound_kw": loss_kw,
        "proved": True,
        "topologies": len(trees),
    }


def _ranked(landscape: Landscape) -> Any:
    """Indices of the topologies that have a solution, the best first: unbroken limits, then least loss."""
    import numpy as np

    solved = np.flatnonzero(landscape.converged[:, 0])
    broken = landscape.violation_eur[solved, 0] > 0
    return solved[np.lexsort((landscape.loss_kw[solved, 0], broken))]


def _initial_loss_kw(network: Network, trees: TreeSet, terms: OperatorTerms) -> float | None:
    import numpy as np

    from p2pdnr.reconfiguration import search

    try:
        trees.find(network.closed)
    except KeyError:
        return None
    opened = np.flatnonzero(~network.closed)[None, :]
    initial = search.evaluate(network, opened, network.p_kw[None, :], network.q_kvar[None, :], terms)
    return float(initial.loss_kw[0, 0]) if initial.converged[0, 0] else None


def _text(name: str, found: dict[str, Any]) -> str:
    initial = found["initial_loss_kw"]
    before = "the initial state is not radial" if initial is None else f"{initial:.4f} kW in the initial topology"
    opened = " ".join(map(str, found["open_lines"])) or "none"
    return (
        f"{name}: least loss {found['loss_kw']:.4f} kW ({before})\n"
        f"open lines: {opened}\n"
        f"proved: all {found['topologies']} radial topologies evaluated, {found['seconds']:.2f} s"
    )
