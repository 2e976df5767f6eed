"""What the switches of a pandapower net operate.

Where a net has switches at lines or between buses, exactly what they operate is switchable: the lines in service that
have one, and couplers. A coupler is a bus-bus switch that can move the open point: an open one, or a closed one on a
loop of all that can be closed. Other closed ones make their buses one, as do several whose loops hold nothing else, or
hold nothing but branches in parallel that stay together anyway. An open one behind which there is nothing but dead
buses without load stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from networkx import MultiGraph

_ROOT = -1
"""All substations as one node; pandapower counts buses from 0."""
_CONNECTED = ("load", "sgen", "storage", "asymmetric_load", "asymmetric_sgen", "shunt", "ward", "xward", "motor")
_ENDS = {"line": ("from_bus", "to_bus"), "trafo": ("hv_bus", "lv_bus"), "impedance": ("from_bus", "to_bus")}
_KIND = {"line": "l", "trafo": "t"}


@dataclass(frozen=True)
class Operable:
    """``lines`` that have a switch, ``couplers`` that operate or have an impedance (index -> closed today), ``any``
    whether there are switches at lines or between buses at all; ``said`` in words for people."""

    lines: frozenset[int]
    couplers: dict[int, bool]
    any: bool
    said: str


def operable(net: Any) -> Operable:
    """Which lines and couplers of a net the switches in it operate."""
    with_switch = frozenset(int(line) for line in net.switch.element[net.switch.et == "l"])
    lines = frozenset(line for line in with_switch if line in net.line.index and net.line.in_service[line])
    between = net.switch[net.switch.et == "b"]
    couplers = _couplers(net, lines, between) if len(between) else {}
    found = bool(with_switch) or bool(len(between))
    return Operable(lines, couplers, found, _said(len(net.line), len(lines), len(couplers), found))


def _said(count: int, switched: int, couplers: int, found: bool) -> str:
    if not found:
        return f"no line has a switch, so all {count} lines count as switchable; transformers stay as they are"
    text = f"{switched or 'none'} of {count} lines {'have' if switched > 1 else 'has'} a switch"
    couple = f", {couplers} bus-bus {'switch' if couplers == 1 else 'switches'} can move the open point"
    return f"{text}{couple if couplers else ''}; transformers stay as they are"


def _couplers(net: Any, lines: frozenset[int], between: Any) -> dict[int, bool]:
    """Bus-bus switches (index -> closed) that become lines."""
    alive = between[between.bus.map(_living(net)).astype(bool) & between.element.map(_living(net)).astype(bool)]
    ideal = alive[~(alive.z_ohm > 0)]
    shut = {int(s.Index): (int(s.bus), int(s.element)) for s in ideal[ideal.closed.astype(bool)].itertuples()}
    open_ = {int(s.Index): (int(s.bus), int(s.element)) for s in ideal[~ideal.closed.astype(bool)].itertuples()}
    with_z = {int(s.Index): bool(s.closed) for s in alive[alive.z_ohm > 0].itertuples()}
    others = [(int(s.bus), int(s.element)) for s in alive[alive.z_ohm > 0].itertuples()]
    kept = _moving(net, (shut, open_), [*_branches(net, lines, _groups(net, shut)), *others])
    states = {index: index in shut for index in kept} | with_z
    return dict(sorted(states.items()))


def _living(net: Any) -> Any:
    return net.bus.in_service.astype(bool)


def _groups(net: Any, shut: dict[int, tuple[int, int]]) -> dict[int, int]:
    """What stands for every bus when closed couplers make buses one; the root for those that are substations."""
    import networkx as nx

    graph = nx.Graph(list(shut.values()))
    graph.add_nodes_from(map(int, net.bus.index))
    graph.add_edges_from((_ROOT, bus) for bus in _substations(net))
    return {bus: min(group) for group in nx.connected_components(graph) for bus in group}


def grids(net: Any) -> Any:
    """External grids and generators that are slack, in service on buses in service: the columns bus, vm_pu and
    va_degree."""
    import pandas as pd

    slack = net.gen[net.gen.slack.astype(bool)]
    columns = ["bus", "vm_pu", "in_service", "va_degree"]
    parts = [part.reindex(columns=columns) for part in (net.ext_grid, slack) if len(part)]
    if not parts:
        return net.ext_grid.reindex(columns=columns).iloc[:0]
    both = pd.concat(parts).fillna({"va_degree": 0.0})
    return both[both.in_service.astype(bool) & both.bus.map(net.bus.in_service).astype(bool)]


def _substations(net: Any) -> list[int]:
    return [int(bus) for bus in grids(net).bus]


def _branches(net: Any, lines: frozenset[int], group: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Ends of all that is closed or may be, several that stay together once."""
    seen: set[frozenset[int]] = set()
    for table, (here, there) in _ENDS.items():
        opened = net.switch.element[(net.switch.et == _KIND.get(table)) & ~net.switch.closed.astype(bool)]
        rows = net[table][net[table].in_service.astype(bool)]
        for index, *ends in zip(rows.index, rows[here], rows[there], strict=True):
            open_now = bool((opened == index).any())
            pair = frozenset(group[int(bus)] for bus in ends)
            operates = table == "line" and int(index) in lines
            if not _living(net)[ends].all() or (not operates if open_now else pair in seen):
                continue
            seen |= set() if open_now else {pair}
            yield int(ends[0]), int(ends[1])
    for unit in net.trafo3w[net.trafo3w.in_service.astype(bool)].itertuples():
        yield from pairwise(int(bus) for bus in (unit.mv_bus, unit.hv_bus, unit.lv_bus))


def _moving(
    net: Any, couplers: tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]], branches: list[tuple[int, int]]
) -> list[int]:
    """Ideal couplers, closed and open ones, that lie on a loop, and open ones that alone can bring supply to a load."""
    shut, open_ = couplers
    joint = _joined(net, _rings(net, shut))
    kept = _on_loops(_graph(net, joint, [*branches, *shut.values(), *_apart(net, shut, open_)]), joint, shut)
    joint = _joined(net, [ends for index, ends in shut.items() if index not in kept])
    between = {index: ends for index, ends in open_.items() if joint[ends[0]] != joint[ends[1]]}
    graph = _graph(net, joint, [*branches, *(shut[index] for index in kept), *between.values()])
    return [*kept, *_on_loops(graph, joint, between), *_supplying(net, graph, joint, between)]


def _rings(net: Any, shut: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    """Closed couplers on loops of closed couplers alone."""
    joint = _joined(net, [])
    graph = _graph(net, joint, list(shut.values()))
    ringed = _on_loops(graph, joint, shut)
    return [shut[index] for index in ringed]


def _apart(net: Any, shut: dict[int, tuple[int, int]], open_: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    """Open couplers between buses that closed ones do not join."""
    group = _groups(net, shut)
    return [ends for ends in open_.values() if group[ends[0]] != group[ends[1]]]


def _joined(net: Any, pairs: list[tuple[int, int]]) -> dict[int, int]:
    """The node of every bus when the pairs are one, and the substations are."""
    return _groups(net, dict(enumerate(pairs)))


def _graph(net: Any, joint: dict[int, int], pairs: list[tuple[int, int]]) -> MultiGraph:
    import networkx as nx

    graph = nx.MultiGraph((joint[here], joint[there]) for here, there in pairs if joint[here] != joint[there])
    graph.add_nodes_from(joint[bus] for bus in joint)
    return graph


def _on_loops(graph: MultiGraph, joint: dict[int, int], pairs: dict[int, tuple[int, int]]) -> list[int]:
    """Which of the pairs are no bridges of the graph."""
    import networkx as nx

    bridges = {frozenset(ends) for ends in nx.bridges(graph)}
    nodes = {index: frozenset((joint[here], joint[there])) for index, (here, there) in pairs.items()}
    return [index for index, ends in nodes.items() if len(ends) == 2 and ends not in bridges]


def _supplying(net: Any, graph: MultiGraph, joint: dict[int, int], pairs: dict[int, tuple[int, int]]) -> list[int]:
    """Which of the pairs are bridges between the substations and something connected."""
    import networkx as nx

    loaded = {joint[int(bus)] for table in _CONNECTED if table in net for bus in _used(net, table)}
    loop = set(_on_loops(graph, joint, pairs))
    found = []
    for index, (here, there) in pairs.items():
        if index in loop:
            continue
        cut = graph.copy()
        cut.remove_edge(joint[here], joint[there])
        sides = [nx.node_connected_component(cut, joint[bus]) for bus in (here, there)]
        beyond = [side for side in sides if _ROOT not in side]
        if len(beyond) == 1 and beyond[0] & loaded:
            found.append(index)
    return found


def _used(net: Any, table: str) -> Any:
    rows = net[table][net[table].in_service.astype(bool)]
    return rows.bus[_living(net)[rows.bus].to_numpy(dtype=np.bool_)]
