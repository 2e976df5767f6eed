"""What is told of generators that hold a voltage, in plans without a market."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.generators import bus_names
from p2pdnr.network.powerflow import Flow

HELD_PU = 1e-6
"""Within which a voltage is the one that is held."""


def generator_rows(network: Network, flow: Flow) -> list[dict[str, Any]]:
    """What every generator gives in the first hour of a flow, numbers from 1: bus, id, kvar, vm_pu, set_pu, and at
    which end of its range it is ("upper", "lower") where it does not hold its voltage, else None."""
    generators, given = network.generators, flow.generated_kvar
    if generators is None or given is None:
        return []
    return [
        {
            "bus": bus + 1,
            "id": network.bus_name(bus),
            "kvar": float(given[0, place]),
            "vm_pu": float(flow.vm_pu[0, bus]),
            "set_pu": float(generators.vm_pu[place]),
            "at_limit": _at_limit(float(flow.vm_pu[0, bus] - generators.vm_pu[place])),
        }
        for place, bus in enumerate(generators.bus.tolist())
    ]


def _at_limit(beyond_pu: float) -> str | None:
    """The end of its range at which a generator misses its voltage by so much."""
    if abs(beyond_pu) <= HELD_PU:
        return None
    return "lower" if beyond_pu > 0.0 else "upper"


def told_rows(rows: list[dict[str, Any]]) -> str:
    """One line about generators."""
    return "generators: " + "; ".join(_told(row) for row in rows)


def _told(row: dict[str, Any]) -> str:
    name = str(row["id"]).removeprefix("bus ")
    if row["at_limit"] is None:
        return f"bus {name} gives {row['kvar']:,.1f} kvar and holds {row['vm_pu']:.4f} p.u."
    end = {"upper": "most", "lower": "least"}[row["at_limit"]]
    return f"bus {name} gives its {end}, {row['kvar']:,.1f} kvar, at {row['vm_pu']:.4f} p.u. of {row['set_pu']:.4f}"


def no_bound(network: Network) -> str:
    """Why there is no lower bound, where generators are the reason; else ""."""
    if network.generators is None:
        return ""
    buses = bus_names(network)
    said = "their reactive power follows the topology, and the bound knows fixed powers alone"
    return f"lower bound not shown: generators at bus {buses} hold a voltage; {said}"


def own_kvar(flows: list[Flow]) -> Floats | None:
    """(T, G) what generators give, from the flows of single hours; None without any."""
    given = [flow.generated_kvar for flow in flows]
    return np.vstack([one for one in given if one is not None]) if given and given[0] is not None else None


def told_hours(network: Network, given: Floats) -> str:
    """One line about what generators give (T, G) over the hours."""
    assert network.generators is not None
    names = [network.bus_name(bus).removeprefix("bus ") for bus in network.generators.bus.tolist()]
    ranges = zip(names, given.min(axis=0), given.max(axis=0), strict=True)
    return "generators: " + "; ".join(f"bus {name} gives {low:,.1f} to {high:,.1f} kvar" for name, low, high in ranges)
