"""Which tap changers and capacitors are meant: all of a kind, or some by the name of their bus or line."""

from __future__ import annotations

import csv

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Kind, Lever, Network

NONE = "none"
GROUPS: dict[str, tuple[Kind, ...]] = {
    "all": ("substation tap", "line tap", "capacitor"),
    "taps": ("substation tap", "line tap"),
    "capacitors": ("capacitor",),
}


def chosen(network: Network, which: str) -> tuple[list[bool], list[str]]:
    """Whether each lever of a network is meant by ``which``: "none", a group, or names such as "bus:1,line:K17"; and
    the names that mean no lever."""
    items = network.levers.items if network.levers else ()
    if which == NONE:
        return [False] * len(items), []
    if which in GROUPS:
        return [item.kind in GROUPS[which] for item in items], []
    names = [names_of(network, item) for item in items]
    words = [word.strip() for word in next(csv.reader([which], skipinitialspace=True), []) if word.strip()]
    strange = [word for word in words if not any(word in own for own in names)]
    return [any(word in own for word in words) for own in names], strange


def names_of(network: Network, item: Lever) -> tuple[str, ...]:
    """What a lever may be called: by the id or the number of its bus or line; two levers may share a bus."""
    if item.kind == "line tap":
        return f"line:{network.line_name(item.place)}", f"line:{item.place + 1}"
    return f"bus:{network.bus_name(item.place)}", f"bus:{item.place + 1}"


def strangers(network: Network, words: list[str], place: tuple[str, str]) -> list[Problem]:
    """What is wrong with names that mean no lever; ``place`` is the component and the field they stand in."""
    items = network.levers.items if network.levers else ()
    known = ", ".join(sorted({names_of(network, item)[0] for item in items})) or "none"
    remedy = f"Write all, taps, capacitors, or some of: {known}"[:200]
    return [Problem(*place, (word[:60],), "is no tap changer or capacitor", remedy) for word in words]
