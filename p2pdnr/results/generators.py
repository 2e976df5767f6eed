"""What summary.json says of generators that hold their voltages in a day."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import Network
from p2pdnr.network.generators import at_limit


def generator_figures(network: Network) -> list[dict[str, Any]]:
    """Of every one its bus from 1, the voltage that it holds, what it gives hour by hour, and in which hours it gives
    all or as little as it can; empty where none holds its voltage."""
    if network.held is None or network.held.kvar is None:
        return []
    generators, kvar = network.held.generators, network.held.kvar
    ends = at_limit(generators, kvar)
    return [
        {
            "bus": int(bus) + 1,
            "set_pu": float(generators.vm_pu[place]),
            "kvar": kvar[:, place].tolist(),
            "hours_at_limit": np.flatnonzero(ends[:, place]).tolist(),
        }
        for place, bus in enumerate(generators.bus)
    ]
