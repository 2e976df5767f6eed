"""Generators of a pandapower net that hold the voltage of their bus, as the fields of a network table.

Those that closed switches join to one bus are one, with the set point of the last of them, as in pandapower's power
flow, and the sums of their powers and limits. At the bus of an external grid, which holds the voltage, a generator is
a fixed injection. Slack generators are substations. What each gives today (:mod:`.pandapower_today`) stands beside.
"""

from __future__ import annotations

import math
from typing import Any

from p2pdnr.network.readers.pandapower_powers import Today, power

Row = dict[str, Any]


def add_generators(rows: list[Row], net: Any, today: Today, place: dict[int, int]) -> None:
    """Put the generators of a net into the rows of its buses; ``place`` gives the index of a row by bus."""
    for item in net.gen[net.gen.in_service.astype(bool)].itertuples():
        if item.slack or int(item.bus) not in place:
            continue
        row = rows[place[int(item.bus)]]
        p_mw, q_mvar = today.generators.get(int(item.Index), (0.0, 0.0))
        if row.get("substation_voltage_pu") is not None:
            row["p_kw"] = row.get("p_kw", 0.0) - 1e3 * p_mw
            row["q_kvar"] = row.get("q_kvar", 0.0) - 1e3 * q_mvar
            continue
        more = _fields(item, p_mw, q_mvar)
        row["generator"] = _together(row["generator"], more) if "generator" in row else more


def _fields(item: Any, p_mw: float, q_mvar: float) -> Row:
    """What a table says of one generator; null where it has no limit."""
    limits = {"min_kvar": _limit(item, "min_q_mvar"), "max_kvar": _limit(item, "max_q_mvar")}
    return {"vm_pu": float(item.vm_pu), "p_kw": 1e3 * power(p_mw), **limits, "kvar": 1e3 * power(q_mvar)}


def _limit(item: Any, name: str) -> float | None:
    value = float(getattr(item, name, math.nan))
    return 1e3 * value if math.isfinite(value) and abs(value) < 1e6 else None


def _together(one: Row, other: Row) -> Row:
    """Two generators at one bus as one."""
    sums = {name: _sum(one[name], other[name]) for name in ("p_kw", "min_kvar", "max_kvar", "kvar")}
    return {"vm_pu": other["vm_pu"], **sums}


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
