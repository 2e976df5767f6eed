"""Power flow of any state of a network, meshed or partly without supply, by pandapower's Newton-Raphson."""

from __future__ import annotations

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import pandapower_net
from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.pandapower_net import Solved


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
