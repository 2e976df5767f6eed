"""Which tap changers and capacitors may move, as ``reconfigure --hours --levers`` says it, and what is told of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.planning.lever_day import LeverDay
    from p2pdnr.reconfiguration.terms import LeverTerms


def freed(network: Network, arguments: argparse.Namespace) -> tuple[Network, LeverTerms | None]:
    """The network whose levers are just those that may move, and the terms of that; None where none may.

    Raises :class:`NetworkError` for names that mean no lever.
    """
    from p2pdnr.errors import NetworkError
    from p2pdnr.network.lever_names import chosen, strangers
    from p2pdnr.network.levers import held
    from p2pdnr.reconfiguration.terms import LeverTerms

    if arguments.levers is None:
        return network, None
    terms = LeverTerms(arguments.lever_cost or 0.0, arguments.max_lever_steps)
    free, strange = chosen(network, arguments.levers.strip())
    if strange:
        raise NetworkError(strangers(network, strange, ("lever", "--levers")))
    return held(network, free), terms


def described(network: Network, levers: LeverDay) -> str:
    """One line: the levers in the order of their positions."""
    told = []
    for item in levers.items:
        where = (network.line_label if item.kind == "line tap" else network.bus_label)(item.place)
        what = "capacitor" if item.kind == "capacitor" else "tap changer"
        told.append(f"{what} at {where}, {item.least} to {item.most}")
    return f"positions: {'; '.join(told)}"
