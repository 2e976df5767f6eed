"""The optional field of network tables for generators that hold the voltage of their bus.

A bus that is no substation may have a generator: {"vm_pu", "p_kw", "min_kvar", "max_kvar", "kvar"}. p_kw and q_kvar of
the row are its load alone. "kvar", what it gives in the state of the table, may be left out; it is then worked out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Floats, Generators, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.generators import giving, of_network, with_generators
from p2pdnr.network.readers.columns import Rows
from p2pdnr.network.topology import is_radial, orient

GENERATOR = ("vm_pu", "p_kw", "min_kvar", "max_kvar", "kvar")
_MOST_PU = 2.0
UNKNOWN = (
    "what generators give in the state of the table has no power flow that was found; taken as 0, within their limits"
)


def read_generators(network: Network, buses: Rows) -> Network:
    """The network with the generators that its rows state, ``kvar`` NaN where it is not said; what is wrong is noted by
    the rows, and left out."""
    held = set(network.substations.tolist())
    found: dict[int, dict[str, float]] = {}
    for index, row in enumerate(buses.rows):
        if row.get("generator") is None:
            continue
        if index in held:
            said = "stands at a substation, which holds its voltage by itself"
            buses.note("generator", [index], said, "Take its power off p_kw of the bus")
        elif (values := _values(buses, index)) is not None:
            found[index] = values
    if not found:
        return network
    at = np.array(list(found), dtype=np.int64)
    columns = {name: np.array([values[name] for values in found.values()]) for name in GENERATOR}
    made = Generators(
        at,
        columns["vm_pu"],
        columns["p_kw"],
        columns["min_kvar"],
        columns["max_kvar"],
        columns["kvar"],
        network.p_kw[at],
        network.q_kvar[at],
    )
    return with_generators(network, made)


def _values(buses: Rows, index: int) -> dict[str, float] | None:
    """The numbers of a row's generator, None where one is wrong."""
    given = buses.rows[index]["generator"]
    if not isinstance(given, Mapping):
        buses.note("generator", [index], "is not an object", "Write it as {field: value, ...}")
        return None
    for unknown in sorted(map(str, given.keys() - set(GENERATOR))):
        buses.note(f"generator.{unknown}"[:40], [index], "is not known", f"Known are {', '.join(GENERATOR)}")
    defaults = {"vm_pu": None, "p_kw": 0.0, "min_kvar": -math.inf, "max_kvar": math.inf, "kvar": math.nan}
    values = {name: _number(buses, index, name, given.get(name, None), default) for name, default in defaults.items()}
    if any(value is None for value in values.values()):
        return None
    numbers = {name: value for name, value in values.items() if value is not None}
    if not 0.0 < numbers["vm_pu"] <= _MOST_PU:
        buses.note("generator.vm_pu", [index], f"is not above 0 and up to {_MOST_PU:g}", "Give it in p.u., as in 1.02")
    elif numbers["min_kvar"] > numbers["max_kvar"]:
        buses.note("generator.min_kvar", [index], "is above max_kvar", "Correct the limits of reactive power")
    else:
        return numbers
    return None


def _number(buses: Rows, index: int, name: str, value: Any, default: float | None) -> float | None:
    """A finite number, ``default`` where there is none; None where it is wrong."""
    if value is None and default is not None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e12:
        return float(value)
    said = "is missing" if value is None else "is no finite number"
    buses.note(f"generator.{name}", [index], said, "Give a number, with a point before the decimals")
    return None


def settled(network: Network) -> Network:
    """The network with what its generators give in its own state worked out where a table does not say it."""
    if network.generators is None or not np.isnan(network.generators.kvar).any():
        return network
    generators = network.generators
    unknown = np.isnan(generators.kvar)
    first = np.clip(np.nan_to_num(generators.kvar), generators.least_kvar, generators.most_kvar)
    network = giving(network, first)
    try:
        found = _present_kvar(network)
    except (PowerFlowError, ImportError):
        return network.with_(remarks=(*network.remarks, UNKNOWN))
    return giving(network, np.where(unknown, found, first))


def _present_kvar(network: Network) -> Floats:
    """(G,) what generators give in the network's own state, radial or not; raises :class:`PowerFlowError` where there
    is none."""
    from p2pdnr.network.newton import HeldVoltages, held_kvar  # compiled kernels are slow to import
    from p2pdnr.network.powerflow import solve_tree

    one, generators = bundled(network).network, network.generators
    assert generators is not None
    if is_radial(one, one.closed):
        found = solve_tree(one, orient(one, one.closed), one.p_kw[None], one.q_kvar[None]).generated_kvar
        if found is None or np.isnan(found).any():
            raise PowerFlowError(UNKNOWN)
        return np.asarray(found[0])
    at = generators.bus
    held = HeldVoltages(at, generators.vm_pu, generators.least_kvar, generators.most_kvar)
    without = giving(network, np.zeros(len(at)))
    return held_kvar(without, held)


def generator_fields(network: Network) -> list[dict[str, Any]]:
    """Per bus its fields of this module, with its load alone."""
    rows: list[dict[str, Any]] = [{} for _ in range(network.n_buses)]
    generators = of_network(network)
    if generators is None:
        return rows
    for place, bus in enumerate(generators.bus.tolist()):
        limits = {"min_kvar": generators.least_kvar[place], "max_kvar": generators.most_kvar[place]}
        rows[bus] = {
            "p_kw": float(generators.load_kw[place]),
            "q_kvar": float(generators.load_kvar[place]),
            "generator": {
                "vm_pu": float(generators.vm_pu[place]),
                "p_kw": float(generators.p_kw[place]),
                **{name: float(value) for name, value in limits.items() if math.isfinite(value)},
                "kvar": float(generators.kvar[place]),
            },
        }
    return rows
