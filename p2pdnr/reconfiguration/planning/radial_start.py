"""A radial state to start from, where a network is meshed today or buses are without supply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.topologies import switching_sequence
from p2pdnr.reconfiguration.topologies.initial_trees import nearest


@dataclass(frozen=True, eq=False)
class Start:
    """``network`` in a radial state, and the ``operations`` (line number, "close" or "open") that lead there from the
    state it was read in; none where that is radial."""

    network: Network
    operations: tuple[tuple[int, str], ...]


def radial_start(network: Network) -> Start:
    """The network as it is where it is radial, else in a radial state near the present one: in every loop the line with
    the least current is opened, and lines are closed to what has no supply. Closed lines between the same two buses
    stay together, and loops that nothing can open stay closed.

    Raises :class:`TopologyError` when no topology supplies every bus.
    """
    bundle = bundled(network)
    parts = break_points.broken(bundle.network)
    one = parts.network
    if is_radial(one, one.closed):
        return Start(network, ())
    closed = nearest(one, _currents_a(bundle.network))
    steps = switching_sequence.from_any(one, one.closed, closed)
    operations = tuple((int(line) + 1, action) for place, action in steps for line in bundle.members[place])
    return Start(network.with_(closed=bundle.closed(parts.state(closed))), operations)


def _currents_a(network: Network) -> Floats:
    """(m,) of the present state at the network's own load; nothing where it has no power flow."""
    try:
        current_a = solve_meshed(network, network.closed).current_a
    except (ImportError, PowerFlowError):
        return np.zeros(network.n_lines)
    return np.asarray(np.nan_to_num(current_a[0]))
