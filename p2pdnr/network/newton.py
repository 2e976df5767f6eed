"""Power flow of any state of a network, meshed or partly without supply, by pandapower's Newton-Raphson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import pandapower_net
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.pandapower_net import Solved


@dataclass(frozen=True, eq=False)
class HeldVoltages:
    """G buses (index ``bus``) at which generators hold a voltage: ``vm_pu``, and reactive power between ``least_kvar``
    and ``most_kvar``, all (G,)."""

    bus: Ints
    vm_pu: Floats
    least_kvar: Floats
    most_kvar: Floats


def held_kvar(network: Network, held: HeldVoltages) -> Floats:
    """(G,) reactive power that holds the voltages in the network's own state, with whatever else it has there as a part
    of its load; at the end of its range where that does not reach. Raises :class:`PowerFlowError` where there is no
    solution. Imports pandapower."""
    import pandapower as pp

    net = pandapower_net.build(network, network.closed[None]).net
    pp.create_loads(net, np.arange(network.n_buses), p_mw=network.p_kw / 1e3, q_mvar=network.q_kvar / 1e3)
    limits = {"min_q_mvar": held.least_kvar / 1e3, "max_q_mvar": held.most_kvar / 1e3}
    pp.create_gens(net, held.bus, p_mw=np.zeros(len(held.bus)), vm_pu=held.vm_pu, **limits)
    try:
        pp.runpp(net, tolerance_mva=1e-9, max_iteration=50, numba=False, enforce_q_lims=True)
    except (pp.LoadflowNotConverged, FloatingPointError, np.linalg.LinAlgError):
        raise PowerFlowError("generators that hold a voltage have no power flow in the present state") from None
    return np.asarray(1e3 * net.res_gen.q_mvar.to_numpy(dtype=np.float64))


def solve_meshed(network: Network, closed: Bools) -> Solved:
    """Voltages, losses and currents with lines ``closed`` (m,) at the network's own load, one hour; NaN at buses
    without supply, 0 on lines there. Raises :class:`PowerFlowError` where there is no solution. Imports pandapower."""
    import pandapower as pp

    built = pandapower_net.build(network, np.asarray(closed, dtype=np.bool_)[None])
    pp.create_loads(built.net, np.arange(network.n_buses), p_mw=network.p_kw / 1e3, q_mvar=network.q_kvar / 1e3)
    try:
        pandapower_net.run(built.net, network)
    except PowerFlowError:
        raise PowerFlowError("the present state has no power flow solution that was found at its load") from None
    found = pandapower_net.read(built)
    dead = np.isnan(found.vm_pu[0])
    dark = (dead[[network.from_bus, network.to_bus]] & pandapower_net.joined_ends(network, closed)).any(axis=0)
    return Solved(found.vm_pu, np.where(dark, 0.0, found.loss_kw), np.where(dark, 0.0, found.current_a))
