"""``reconfigure NETWORK``: the radial topology with the least loss, the best single exchanges, or a day's schedule."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options, reconfigure_day, reconfigure_text
from p2pdnr.cli.progress import Line, interruptible, observer

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``reconfigure``."""
    parser.add_argument(
        "network",
        metavar="NETWORK",
        help="built-in name, or a file: network table (.json), MATPOWER (.m), pandapower (.json, .xlsx) or sheets",
    )
    parser.add_argument(
        "--exact", action="store_true", help="go on until the least loss is proved, by branch and bound where needed"
    )
    parser.add_argument(
        "--seed", metavar="N", type=options.count, default=0, help="of the search, where topologies are too many"
    )
    parser.add_argument("--time-limit", metavar="S", type=options.positive, help="for everything, in seconds")
    parser.add_argument(
        "--locked", metavar="LINES", type=options.words, default=(), help="lines that keep their state, as in 3,K17"
    )
    parser.add_argument(
        "--switchable",
        metavar="LINES",
        help="lines that may be operated whatever the network says: as in 3,17, or all (but transformers)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--progress", action="store_true", help="show progress even where stderr is no terminal")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--swaps", metavar="K", type=options.count, help="rank single exchanges of two lines: the K that save most"
    )
    what.add_argument(
        "--hours", metavar="PROFILE.csv", type=Path, help="the cheapest schedule over the hours of a load profile"
    )
    reconfigure_day.add_arguments(parser.add_argument_group("with --hours"))


def run(arguments: argparse.Namespace) -> int:
    """Find what is asked for and print it."""
    from p2pdnr.network import readers

    reconfigure_day.refuse_without_hours(arguments)
    network = _locked(_freed(readers.read(arguments.network, Path()), arguments.switchable), arguments.locked)
    found, text = _answer(network, arguments)
    print(json.dumps(found) if arguments.json else text)
    return 0


def _answer(network: Network, arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    if arguments.swaps is None and arguments.hours is None:
        return _minimum_loss(network, arguments)
    from p2pdnr.reconfiguration.planning.radial_start import radial_start

    start = radial_start(network, meshed=arguments.swaps is None)
    how = _swaps if arguments.swaps is not None else reconfigure_day.answer
    found, text = how(start.network, arguments)
    ids = network.line_names(line for line, _ in start.operations)
    found |= {"start_operations": [list(step) for step in start.operations], "start_operation_ids": ids}
    return found, reconfigure_text.started(network, start.operations) + text


def _minimum_loss(network: Network, arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    from p2pdnr.reconfiguration.planning import snapshot

    with Line(always=arguments.progress) as line, interruptible() as interrupt:
        line.show(reconfigure_text.PREPARING)
        snapshot.warm_up(network.is_plain)  # kernels that are compiled once are no part of the search
        found = snapshot.reconfigure(
            network,
            exact=arguments.exact,
            time_limit_s=arguments.time_limit,
            seed=arguments.seed,
            observe=observer(line, reconfigure_text.progress, interrupt),
        )
    return found.as_dict(), reconfigure_text.minimum_loss(found)


def _swaps(network: Network, arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    from p2pdnr.reconfiguration.planning import single_exchanges

    found = single_exchanges.rank_swaps(network, arguments.swaps)
    return found.as_dict(), reconfigure_text.swaps(network, found)


def _freed(network: Network, named: str | None) -> Network:
    """The network in which just the lines named may be operated: "all" that are no transformers, or numbers and ids
    separated by commas."""
    from p2pdnr.network.bundles import bundled

    if named is None:
        return network
    everything = named.strip() == "all"
    chosen = everything & ~network.is_transformer
    chosen[[] if everything else options.lines(network, options.words(named), "--switchable")] = True
    apart = network.apart.copy()
    for group in bundled(network).groups:
        if not chosen[group].all():  # naming one of several parallel lines asks for that one by itself
            apart[group] |= chosen[group]
    return network.with_(switchable=chosen, apart=apart, switchable_by=f"as --switchable {named.strip()[:60]} says")


def _locked(network: Network, named: tuple[str, ...]) -> Network:
    """The network with some lines, named by number or id, held in their state."""
    switchable = network.switchable.copy()
    switchable[options.lines(network, named, "--locked")] = False
    return network.with_(switchable=switchable)
