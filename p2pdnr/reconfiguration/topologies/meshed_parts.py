"""Parts of a grid that run meshed because nothing can open them: named, with the ways to go on."""

from __future__ import annotations

import numpy as np

from p2pdnr.errors import NetworkError, PowerFlowError, Problem
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.break_points import MOST_LOOPS
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.cuts import border, fixed_loop
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.topology import signed_cycles

_MOST_NAMES = 12
_ONLY = (
    "reconfigure solves it as it is, also with --hours, --gap and --scenarios, and so does solve, but not with "
    "--levers, --proof, --outage-price, --switch-at or a long profile"
)


def refuse_fixed_loops(bundle: Bundled) -> None:
    """Raise :class:`NetworkError` where lines that nothing can open form loops, so that no topology is radial."""
    if len(fixed_loop(bundle.network)):
        raise _refused(bundle, f"this part runs meshed, and {_ONLY}")


def refuse_many_loops(bundle: Bundled) -> None:
    """Raise :class:`NetworkError` where such loops are more than can be solved."""
    network = bundle.network
    lines = np.flatnonzero(network.closed & ~network.switchable)
    count = len(signed_cycles(network, lines)[0])
    if count > MOST_LOOPS:
        raise _refused(bundle, f"there are {count} such loops, and at most {MOST_LOOPS} are solved")


def _refused(bundle: Bundled, why: str) -> NetworkError:
    lines = fixed_loop(bundle.network)
    names = tuple(map(bundle.network.line_name, lines.tolist()))
    message = f"may not be opened and form a loop: {why}"
    return NetworkError([Problem("line", "switchable", names, message, _remedy(bundle, lines))])


def _remedy(bundle: Bundled, lines: Ints) -> str:
    """How to go on, with the buses to cut at and the voltages that they have today."""
    mark, where = "Make one line of every loop switchable, or open it", cut_places(bundle, lines)
    return f"{mark}; or {where}" if where else mark


def cut_places(bundle: Bundled, lines: Ints) -> str:
    """Where to cut off the meshed part that ``lines`` (indices) form, in words; "" where nothing lies behind it."""
    network, cut = bundle.network, border(bundle.network, lines)
    if not len(cut):
        return ""
    vm_pu = _present_voltages(bundle)
    buses = [_at(network, int(bus), vm_pu) for bus in cut[:_MOST_NAMES]]
    more = f" and {len(cut) - _MOST_NAMES} more" if len(cut) > _MOST_NAMES else ""
    return (
        f"cut the grid at {', '.join(buses)}{more}: make each a substation at the voltage it has today "
        "and leave these lines out with all that lies behind them"
    )


def _at(network: Network, bus: int, vm_pu: Floats | None) -> str:
    held = "" if vm_pu is None or not vm_pu[bus] > 0.0 else f" ({vm_pu[bus]:.4f} p.u.)"
    return f"{network.bus_label(bus)}{held}"


def _present_voltages(bundle: Bundled) -> Floats | None:
    try:
        return np.asarray(solve_meshed(bundle.whole, bundle.whole.closed).vm_pu[0])
    except (ImportError, PowerFlowError):
        return None
