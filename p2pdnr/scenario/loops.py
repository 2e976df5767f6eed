"""Loops that nothing can open in a scenario: what is refused beside them, by the names of their lines."""

from __future__ import annotations

from collections.abc import Iterator

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.cut_loops import MOST_JOINTS, cut, loop_names
from p2pdnr.network.cuts import border, fixed_loop
from p2pdnr.network.lever_names import NONE
from p2pdnr.network.names import enumerated
from p2pdnr.scenario.schema import Scenario


def loop_problems(scenario: Scenario, network: Network) -> Iterator[Problem]:
    """What a scenario asks for that is not there beside loops which nothing can open; nothing where there are none.

    ``network`` has the initial state and the switches of the scenario.
    """
    if not len(fixed_loop(network)):
        return
    joints = cut(network).joints
    count = 0 if joints is None else len(joints.pairs)
    if count > MOST_JOINTS:
        message = f"{_lines(network)}: {count} loops, and a day is solved with at most {MOST_JOINTS}"
        yield Problem("network", "initially_open", (), message, way_out(network))
    beside, dso = f"is not there beside loops that nothing can open ({_lines(network)})", scenario.dso
    asked = {
        "role": (dso.role != "welfare", "Choose the role welfare, or make a line of every loop switchable"),
        "levers": (dso.levers.strip() != NONE, "Set dso.levers to none, or make a line of every loop switchable"),
        "security": (dso.security is not None, "Leave it out, or make a line of every loop switchable"),
        "outage_price": (dso.outage_price is not None, "Leave it out, or make a line of every loop switchable"),
    }
    for name, (is_asked, remedy) in asked.items():
        if is_asked:
            yield Problem("dso", name, (), beside, remedy)


def refuse_loops(network: Network, what: str) -> None:
    """Raise :class:`NetworkError` where loops that nothing can open stand in the way of ``what`` is done, in words."""
    if len(fixed_loop(network)):
        message = f"{_lines(network)}, and {what} needs a grid that is radial"
        raise NetworkError([Problem("line", "switchable", _names(network), message, way_out(network))])


def way_out(network: Network) -> str:
    """How to get rid of the loops, in words."""
    one = bundled(network).network
    lines = fixed_loop(one)
    cuts = [one.bus_name(bus).removeprefix("bus ") for bus in border(one, lines).tolist()]
    where = f", or cut the grid at bus {enumerated(cuts)} with a substation there at today's voltage" if cuts else ""
    return f"Make a line of every loop switchable{where} (network import tells it)"


def loop_remark(network: Network) -> str:
    """What a reader must know of a plan with loops."""
    return (
        f"{_lines(network)}: they stay closed, with the exact power flow; no bound covers them, and trials by hand "
        "and previews on the page are there for radial grids"
    )


def _lines(network: Network) -> str:
    return f"lines {loop_names(network)} form loops that nothing can open"


def _names(network: Network) -> tuple[str, ...]:
    return tuple(map(network.line_name, fixed_loop(network).tolist()))
