"""Transformers in parallel, which nobody switches one by one, as one."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.names import together as one_id

_SUMS = ("g_us", "b_us", "g_from_us", "b_from_us", "g_to_us", "b_to_us")


def joined(rows: list[dict[str, Any]], names: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of a network table, and what the lines are called, with closed lines that cannot be switched and join the
    same two buses at the same ratio made one: admittances add up, and the limit is reached when one of them reaches
    its own."""
    groups: dict[Any, list[int]] = {}
    for index, row in enumerate(rows):
        alone = row.get("switchable", True) or not row.get("closed", True)
        key = index if alone else (row["from"], row["to"], round(row.get("ratio", 1.0), 9))
        groups.setdefault(key, []).append(index)
    together = [[rows[index] for index in group] for group in groups.values()]
    titles = [one_id(names[index] for index in group) for group in groups.values()]
    return [group[0] if len(group) == 1 else _one(group) for group in together], titles


def _one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    z_ohm = np.array([complex(row["r_ohm"], row["x_ohm"]) for row in rows])
    if np.any(z_ohm == 0):
        return rows[0]
    whole = 1.0 / (1.0 / z_ohm).sum()
    sums = {name: sum(row.get(name, 0.0) for row in rows) for name in _SUMS}
    limits = [row["limit_a"] * abs(z) / abs(whole) for row, z in zip(rows, z_ohm, strict=True) if row.get("limit_a")]
    limit = {"limit_a": float(min(limits))} if limits else {}
    impedance = {"r_ohm": float(whole.real), "x_ohm": float(whole.imag)}
    return rows[0] | impedance | limit | {name: float(value) for name, value in sums.items() if value}
