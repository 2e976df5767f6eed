"""Which tap changers and capacitors may move, as ``reconfigure --hours --levers`` says it, and what is told of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from p2pdnr.cli import options

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Lever, Network
    from p2pdnr.reconfiguration.planning.lever_day import LeverDay
    from p2pdnr.reconfiguration.terms import LeverTerms

GROUPS = {
    "all": ("substation tap", "line tap", "capacitor"),
    "taps": ("substation tap", "line tap"),
    "capacitors": ("capacitor",),
}


def freed(network: Network, arguments: argparse.Namespace) -> tuple[Network, LeverTerms | None]:
    """The network whose levers are just those that may move, and the terms of that; None where none may.

    Raises :class:`NetworkError` for names that mean no lever.
    """
    from p2pdnr.network.levers import held
    from p2pdnr.reconfiguration.terms import LeverTerms

    if arguments.levers is None:
        return network, None
    terms = LeverTerms(arguments.lever_cost or 0.0, arguments.max_lever_steps)
    items = network.levers.items if network.levers else ()
    chosen = _chosen(network, items, arguments.levers.strip())
    return held(network, [(item.kind, item.place) in chosen for item in items]), terms


def _chosen(network: Network, items: tuple[Lever, ...], which: str) -> set[tuple[str, int]]:
    """Kinds and places of the levers that are meant."""
    if which in GROUPS:
        return {(item.kind, item.place) for item in items if item.kind in GROUPS[which]}
    from p2pdnr.errors import NetworkError, Problem

    by_name = {_name(network, item): (item.kind, item.place) for item in items}
    found: set[tuple[str, int]] = set()
    problems = []
    for text in options.words(which):
        named = {pair for name, pair in by_name.items() if text in name}
        found |= named
        if not named:
            known = ", ".join(sorted(name[0] for name in by_name)) or "none"
            remedy = f"Write all, taps, capacitors, or some of: {known}"[:200]
            problems.append(Problem("lever", "--levers", (text[:60],), "is no tap changer or capacitor", remedy))
    if problems:
        raise NetworkError(problems)
    return found


def _name(network: Network, item: Lever) -> tuple[str, ...]:
    """What a lever may be called: by the number or the id of its bus or line; two levers may share a bus."""
    if item.kind == "line tap":
        return f"line:{network.line_name(item.place)}", f"line:{item.place + 1}", item.kind
    return f"bus:{network.bus_name(item.place)}", f"bus:{item.place + 1}", item.kind


def described(network: Network, levers: LeverDay) -> str:
    """One line: the levers in the order of their positions."""
    told = []
    for item in levers.items:
        at_line = item.kind == "line tap"
        name = network.line_name(item.place) if at_line else network.bus_name(item.place)
        where = f"line {name}" if at_line else f"bus {name}"
        what = "capacitor" if item.kind == "capacitor" else "tap changer"
        told.append(f"{what} at {where}, {item.least} to {item.most}")
    return f"positions: {'; '.join(told)}"
