"""What a pandapower net leads to without supplying it: lines that end at buses out of service, and dead buses.

A line in service to a bus out of service stays charged, as pandapower's power flow has it: it ends at a bus of its own
without load. Buses in service that nothing can supply are left out; where they draw something, that is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from p2pdnr.network.readers.pandapower_branches import element_id
from p2pdnr.network.readers.pandapower_model import Model
from p2pdnr.network.readers.report import Note

Row = dict[str, Any]
_DRAWN = ("p_kw", "q_kvar", "shunt_kw", "shunt_kvar")
_PLACE = ("vn_kv", "x", "y")


def loose_ends(net: Any, model: Model) -> dict[int, tuple[str, int]]:
    """The nodes of the solver's model at which lines to buses out of service end: the line's id, and that bus."""
    return {node: (title, dead) for node, title, dead in _loose(net, model)}


def _loose(net: Any, model: Model) -> Iterator[tuple[int, str, int]]:
    alive = dict(zip(net.bus.index, net.bus.in_service.astype(bool), strict=True))
    if all(alive.values()):
        return
    opened = net.switch[(net.switch.et == "l") & ~net.switch.closed.astype(bool)]
    cut = set(zip(opened.element.astype(int), opened.bus.astype(int), strict=True))
    for number, line in enumerate(net.line.itertuples()):
        ends = ((int(line.from_bus), 0), (int(line.to_bus), 1))
        (near, _), (far, column) = ends if alive[ends[0][0]] else ends[::-1]
        if line.in_service and alive[near] and not alive[far] and (int(line.Index), near) not in cut:
            yield int(model.branches["line"].ends[number, column]), element_id("line", line.Index, line.name), far


def charged(row: Row, ends: set[int]) -> Row:
    """The row of a line, which stands closed for good where it ends at one of the buses (numbers) ``ends``."""
    if row["from"] in ends or row["to"] in ends:
        return {key: value for key, value in row.items() if key != "opened_at"} | {"closed": True, "switchable": False}
    return row


def without_inner(buses: list[Row], lines: list[Row]) -> tuple[list[Row], list[Row], tuple[Note, ...]]:
    """The rows without lines both ends of which closed switches make one bus, and what was left out: nothing flows
    through them, and their charging stands at the bus."""
    inner = [line for line in lines if line["from"] == line["to"]]
    rows = [dict(row) for row in buses]
    for line in inner:
        if line["closed"] or "opened_at" in line:
            row = rows[line["from"] - 1]
            square = row["vn_kv"] ** 2 / 1e3
            row["shunt_kw"] = row.get("shunt_kw", 0.0) + square * line.get("g_us", 0.0)
            row["shunt_kvar"] = row.get("shunt_kvar", 0.0) - square * line.get("b_us", 0.0)
    said = "left out but for the charging, as closed switches make both ends one bus"
    notes = (Note("left out", "line", tuple(str(line["id"]) for line in inner), said),) if inner else ()
    return rows, [line for line in lines if line["from"] != line["to"]], notes


def without_dead(buses: list[Row], lines: list[Row]) -> tuple[list[Row], list[Row], tuple[Note, ...]]:
    """The rows without those of buses that nothing can supply, and what was left out.

    A line that is charged from its other end keeps an end of its own.
    """
    dark = dropped = _dark(buses, lines)
    if not dropped:
        return buses, lines, ()
    kept = [number for number in range(1, len(buses) + 1) if number not in dropped]
    place = {number: index + 1 for index, number in enumerate(kept)}
    rows, ends = [buses[number - 1] for number in kept], list[Row]()
    for line in lines:
        far = {"from": line["from"], "to": line["to"]}.get(line.get("opened_at", ""))
        near = line["to"] if far == line["from"] else line["from"]
        if far in dropped and near not in dark:
            place_of = {name: value for name, value in buses[far - 1].items() if name in _PLACE}
            rows.append({**place_of, "p_kw": 0.0, "q_kvar": 0.0, "id": f"open end of {line['id']}"})
            new = {far: len(rows), near: place[near]}
            ends.append(charged(line, {far}) | {name: new[line[name]] for name in ("from", "to")})
        elif not {line["from"], line["to"]} & dropped:
            ends.append(line | {"from": place[line["from"]], "to": place[line["to"]]})
    return rows, ends, tuple(_told([buses[number - 1] for number in sorted(dropped)]))


def _told(dropped: list[Row]) -> Iterator[Note]:
    """What is said of buses without supply: those with load apart, with what they draw."""
    loaded = [row for row in dropped if any(row.get(name) for name in _DRAWN) or "generator" in row]
    idle = tuple(str(row["id"]) for row in dropped if row not in loaded)
    if idle:
        yield Note("left out", "bus", idle, "no line or switch can bring supply, and nothing is drawn there")
    if loaded:
        p_kw = sum(row.get("p_kw", 0.0) + row.get("shunt_kw", 0.0) for row in loaded)
        q_kvar = sum(row.get("q_kvar", 0.0) + row.get("shunt_kvar", 0.0) for row in loaded)
        said = f"no line or switch can bring supply; {p_kw:,.6g} kW and {q_kvar:,.6g} kvar are in no result"
        yield Note("left out", "bus", tuple(str(row["id"]) for row in loaded), said)


def _dark(buses: list[Row], lines: list[Row]) -> set[int]:
    """Numbers of the buses that no substation reaches with everything closed that may be."""
    beside: dict[int, list[int]] = {}
    for line in lines:
        if line.get("closed", True) or line.get("switchable", True):
            beside.setdefault(line["from"], []).append(line["to"])
            beside.setdefault(line["to"], []).append(line["from"])
    reached = {number for number, bus in enumerate(buses, 1) if bus.get("substation_voltage_pu") is not None}
    new = list(reached)
    while new:
        further = [bus for bus in beside.get(new.pop(), ()) if bus not in reached]
        reached |= set(further)
        new += further
    return set(range(1, len(buses) + 1)) - reached
