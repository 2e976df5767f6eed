"""Networks of a few buses that tests of several parts reconfigure, and a power flow of any of them that is not ours."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from tests.pandapower_nets import empty

pp = pytest.importorskip("pandapower")


CABLES = "S1 2 r=0.9 x=0.6, 1 2 r=0.9 x=0.6, 2 3 r=0.9 x=0.6, 3 4 r=0.9 x=0.6, 1 4 r=1.2 x=0.8 open"
RING = "S1 2 r=0.4, 2 3 r=0.5, 3 4 r=0.6, 4 5 r=0.3, 5 1 r=0.9 open, 2 5 r=1.2 open, bus 4 p=900"


def ladder(steps: int) -> Network:
    """Rails 1-3-5... and 2-4-6..., a rung at every step; only the last is closed: one rail is fed from its far end."""
    rungs = [f"{2 * k + 1} {2 * k + 2} {'open' if k < steps - 1 else ''}" for k in range(steps)]
    rails = [f"{k + 1} {k + 3}" for k in range(2 * steps - 2)]
    return from_text(", ".join([*rungs, *rails, "bus 1 v=1"]))


def newton_kw(network: Network) -> float:
    """Losses of the present state by pandapower, lines and loads entered here one by one."""
    net = empty()
    for vn_kv in network.vn_kv:
        pp.create_bus(net, vn_kv)
    for bus, vm_pu in zip(network.substations, network.substation_vm_pu, strict=True):
        pp.create_ext_grid(net, int(bus), vm_pu)
    for bus in range(network.n_buses):
        pp.create_load(net, bus, network.p_kw[bus] / 1e3, network.q_kvar[bus] / 1e3)
    for line in np.flatnonzero(network.closed).tolist():
        ohm = network.vn_kv[0] ** 2 / network.base_mva
        ends = (int(network.from_bus[line]), int(network.to_bus[line]))
        pp.create_line_from_parameters(net, *ends, 1.0, network.r_pu[line] * ohm, network.x_pu[line] * ohm, 0.0, 1.0)
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    return 1e3 * float(net.res_line.pl_mw.sum())


def cables(extra: str = "") -> Network:
    loads = ", ".join(f"bus {bus} p=2000 q=600" for bus in (2, 3, 4))
    return from_text(f"{CABLES}, {loads} {extra}", vn_kv=20.0)
