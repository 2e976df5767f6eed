"""How loops that nothing can open are cut at joints (:mod:`p2pdnr.network.joints`)."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Joints, Network
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.names import enumerated

MOST_JOINTS = 20
"""Loops that are solved in a day with prosumers."""


def cut(network: Network) -> Network:
    """The network with its fixed loops cut, on as many buses more; itself where it has none or is cut already."""
    if network.joints is not None or not len(fixed_loop(network)):
        return network
    from p2pdnr.network.break_points import broken  # compiled code, which a page without such loops does not wait for

    parts, n = broken(network), network.n_buses
    old = network.to_bus[parts.breaks]
    new = n + np.arange(len(old))
    to_bus = network.to_bus.copy()
    to_bus[parts.breaks] = new
    nothing = np.zeros(len(old))
    ids = tuple(f"{network.bus_name(bus)} (joint {place + 1})" for place, bus in enumerate(old.tolist()))
    return network.with_(
        to_bus=to_bus,
        vn_kv=np.concatenate([network.vn_kv, network.vn_kv[old]]),
        coordinates=None if network.coordinates is None else np.vstack([network.coordinates, network.coordinates[old]]),
        bus_ids=(*network.bus_ids, *ids) if network.bus_ids else (),
        **{
            name: np.concatenate([getattr(network, name), nothing])
            for name in ("p_kw", "q_kvar", "shunt_g_pu", "shunt_b_pu")
        },
        joints=Joints(np.stack([new, old], axis=1), parts.admittance, parts.meshed, network),
    )


def loop_names(network: Network) -> str:
    """What people call the lines on loops that nothing can open: "3, 4 and 8", at most so many as fit a line; "" where
    there are none."""
    lines = fixed_loop(network).tolist()
    return enumerated([network.line_name(line).removeprefix("line").lstrip() for line in lines]) if lines else ""
