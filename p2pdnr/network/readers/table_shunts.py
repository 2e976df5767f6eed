"""The optional fields of network tables for ratios and for admittances to earth.

A bus: shunt_kw and shunt_kvar, what a constant admittance draws at nominal voltage (a capacitor: negative kvar). A
line: ratio; g_us and b_us, its conductance and susceptance to earth in microsiemens, half of them at each end;
g_from_us, b_from_us, g_to_us, b_to_us, what stands at one end beyond that; opened_at, "both", "from" or "to". As
r_ohm and x_ohm, admittances are seen from the "from" side, behind the ratio.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import BOTH_ENDS, FROM_END, TO_END, Floats, Ints, Network
from p2pdnr.network.readers.columns import Rows
from p2pdnr.network.readers.undivided import undivided

SHUNTS = ("shunt_kw", "shunt_kvar")
_ENDS = ("g_from", "b_from", "g_to", "b_to")
LINES = ("ratio", "g_us", "b_us", *(f"{name}_us" for name in _ENDS), "opened_at")
_OPENED_AT = {"both": BOTH_ENDS, "from": FROM_END, "to": TO_END}


def shunt_arrays(buses: Rows, base_kw: float) -> dict[str, Any]:
    """The shunt fields of a network."""
    return {
        "shunt_g_pu": buses.numbers("shunt_kw", default=0.0) / base_kw,
        "shunt_b_pu": -buses.numbers("shunt_kvar", default=0.0) / base_kw,
    }


def line_arrays(lines: Rows, base_ohm: Floats) -> dict[str, Any]:
    """The ratios, admittances and switches of a network's lines; ``base_ohm`` (m,) of the from side."""
    half = {kind: lines.numbers(f"{kind}_us", default=0.0) / 2.0 for kind in "gb"}
    at_ends = {f"{name}_pu": half[name[0]] + lines.numbers(f"{name}_us", default=0.0) for name in _ENDS}
    return {
        "ratio": lines.numbers("ratio", default=1.0, above=0.0),
        **{name: values / (1e6 / base_ohm) for name, values in at_ends.items()},
        "opened_at": _opened_at(lines),
    }


def _opened_at(lines: Rows) -> Ints:
    values = ["both" if row.get("opened_at") is None else row["opened_at"] for row in lines.rows]
    wrong = [index for index, value in enumerate(values) if not isinstance(value, str) or value not in _OPENED_AT]
    lines.note("opened_at", wrong, "is neither both, from nor to", "Say at which end an open line is open")
    codes = [_OPENED_AT.get(value, BOTH_ENDS) if isinstance(value, str) else BOTH_ENDS for value in values]
    return np.array(codes, dtype=np.int64)


def shunt_fields(network: Network) -> list[dict[str, float]]:
    """Per bus its shunt fields, none where there is no shunt."""
    scale = np.full(network.n_buses, network.base_kw)
    drawn = np.column_stack([undivided(network.shunt_g_pu, scale), undivided(-network.shunt_b_pu, scale)]) + 0.0
    return [{name: value for name, value in zip(SHUNTS, row, strict=True) if value} for row in drawn.tolist()]


def line_fields(network: Network, base_ohm: Floats) -> list[dict[str, Any]]:
    """Per line its fields of this module, those that are not neutral."""
    us = {name: undivided(getattr(network, f"{name}_pu"), 1e6 / base_ohm) for name in _ENDS}
    even = (us["g_from"] == us["g_to"]) & (us["b_from"] == us["b_to"])
    both = {f"{kind}_us": np.where(even, 2.0 * us[f"{kind}_to"], 0.0) for kind in "gb"}
    columns = both | {f"{name}_us": np.where(even, 0.0, values) for name, values in us.items()}
    names = {code: name for name, code in _OPENED_AT.items()}
    rows: list[dict[str, Any]] = []
    for line in range(network.n_lines):
        row: dict[str, Any] = {name: float(values[line]) for name, values in columns.items() if values[line]}
        if network.ratio[line] != 1.0:
            row["ratio"] = float(network.ratio[line])
        if network.opened_at[line] != BOTH_ENDS:
            row["opened_at"] = names[int(network.opened_at[line])]
        rows.append(row)
    return rows
