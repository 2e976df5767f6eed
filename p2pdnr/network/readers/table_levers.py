"""The optional fields of network tables for tap changers and switched capacitors.

A substation's bus may have a tap: {"min", "max", "step_percent", "neutral", "position"}; a line too, with "side" "from"
or "to". A bus may have a capacitor: {"step_kvar", "steps", "on"}. What substation_voltage_pu, ratio and shunt_kvar of
the same row say holds at the neutral position, and with the capacitor off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2pdnr.network.arrays import Kind, Lever, Network, Side
from p2pdnr.network.levers import factor_fault, range_fault, with_levers
from p2pdnr.network.readers.columns import Rows

_TAP = {"min", "max", "step_percent", "neutral", "position"}
_CAPACITOR = {"step_kvar", "steps", "on"}

Found = list[tuple[Lever, int]]
"""Levers, and where they stand."""


def read_levers(network: Network, buses: Rows, lines: Rows) -> Network:
    """The network with the levers that its rows state; what is wrong is noted by the rows, and left out."""
    found: Found = []
    substations = set(network.substations.tolist())
    for index, row in enumerate(buses.rows):
        if row.get("tap") is not None:
            if index not in substations:
                buses.note("tap", [index], "stands at a bus that is no substation", "Put it on the line that it is in")
            else:
                _add(found, buses, index, "substation tap")
        if row.get("capacitor") is not None:
            _add_capacitor(found, buses, index)
    for index, row in enumerate(lines.rows):
        if row.get("tap") is not None:
            _add(found, lines, index, "line tap")
    return with_levers(network, [item for item, _ in found], [position for _, position in found]) if found else network


def _add(found: Found, rows: Rows, index: int, kind: Kind) -> None:
    """The tap changer of a row, unless it is wrong."""
    row = _nested(rows, index, "tap", _TAP | ({"side"} if kind == "line tap" else set()))
    side: Side = "from"
    if row is None:
        return
    least, most = _whole(rows, index, row, "tap.min"), _whole(rows, index, row, "tap.max")
    neutral = _whole(rows, index, row, "tap.neutral", 0)
    step = _number(rows, index, row, "tap.step_percent")
    if kind == "line tap" and row.get("side") is not None:
        if row["side"] not in ("from", "to"):
            rows.note("tap.side", [index], "is neither from nor to", "Say at which end of the line the tap changer is")
            return
        side = "to" if row["side"] == "to" else "from"
    if least is None or most is None or neutral is None or step is None:
        return
    position = _whole(rows, index, row, "tap.position", neutral)
    if position is None or not _is_range(rows, index, "tap", (least, position, most)):
        return
    item = Lever(kind, index, least, most, step / 100.0, neutral, side)
    fault = factor_fault(item)
    if fault:
        rows.note("tap.step_percent", [index], *fault)
    else:
        found.append((item, position))


def _add_capacitor(found: Found, rows: Rows, index: int) -> None:
    """The capacitor of a row, unless it is wrong."""
    row = _nested(rows, index, "capacitor", _CAPACITOR)
    if row is None:
        return
    step = _number(rows, index, row, "capacitor.step_kvar")
    steps, on = _whole(rows, index, row, "capacitor.steps", 1), _whole(rows, index, row, "capacitor.on", 0)
    if step is None or steps is None or on is None or not _is_range(rows, index, "capacitor", (0, on, steps)):
        return
    found.append((Lever("capacitor", index, 0, steps, step), on))


def _nested(rows: Rows, index: int, name: str, fields: set[str]) -> Mapping[str, Any] | None:
    """The object in a field of a row."""
    row = rows.rows[index][name]
    if not isinstance(row, Mapping):
        rows.note(name, [index], "is not an object", "Write it as {field: value, ...}")
        return None
    for unknown in sorted(row.keys() - fields):
        rows.note(f"{name}.{unknown}"[:40], [index], "is not known", f"Known are {', '.join(sorted(fields))}")
    return row


def _number(rows: Rows, index: int, row: Mapping[str, Any], field: str) -> float | None:
    """A positive number, None where it is not one."""
    value = row.get(field.partition(".")[2])
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= 1e9:
        return float(value)
    rows.note(field, [index], "is missing" if value is None else "is no positive number", "Give a number above 0")
    return None


def _whole(rows: Rows, index: int, row: Mapping[str, Any], field: str, default: int | None = None) -> int | None:
    """A whole number, None where it is not one."""
    value = row.get(field.partition(".")[2])
    if value is None and default is not None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e6 and value == int(value):
        return int(value)
    rows.note(field, [index], "is missing" if value is None else "is no whole number", "Give a whole number")
    return None


def _is_range(rows: Rows, index: int, name: str, where: tuple[int, int, int]) -> bool:
    """Whether least, present and most position fit each other."""
    least, position, most = where
    fault = range_fault(least, most)
    if fault:
        rows.note(name, [index], *fault)
    elif not least <= position <= most:
        here = "tap.position" if name == "tap" else "capacitor.on"
        rows.note(here, [index], f"is {position}, beyond {least} to {most}", "Give a position within the range")
    else:
        return True
    return False


def lever_fields(network: Network) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Per bus and per line its fields of this module."""
    buses: list[dict[str, Any]] = [{} for _ in range(network.n_buses)]
    lines: list[dict[str, Any]] = [{} for _ in range(network.n_lines)]
    if network.levers is None:
        return buses, lines
    for item, position in zip(network.levers.items, network.levers.positions, strict=True):
        if item.kind == "capacitor":
            buses[item.place]["capacitor"] = {"step_kvar": item.step, "steps": item.most, "on": position}
            continue
        tap = {"min": item.least, "max": item.most, "step_percent": _percent(item.step), "neutral": item.neutral}
        if item.kind == "substation tap":
            buses[item.place]["tap"] = tap | {"position": position}
        else:
            lines[item.place]["tap"] = tap | {"position": position, "side": item.side}
    return buses, lines


def _percent(step: float) -> float:
    """The number of per cent that gives a step when it is divided by 100."""
    rounded = round(100.0 * step, 12)
    return rounded if rounded / 100.0 == step else 100.0 * step
