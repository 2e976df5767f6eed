"""Radial topologies: orienting a tree from its substations, counting trees, loops.

All substations together are one root: a closed path between two of them is a loop like any other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Bools, Floats, Ints, Network

Neighbours = list[list[tuple[int, int]]]


@dataclass(frozen=True, eq=False)
class Tree:
    """A radial topology, oriented away from the substations.

    Attributes
    ----------
    order : (n,) buses, substations first, every bus after its parent
    parent_bus : (n,) the next bus towards the root, -1 at substations
    parent_line : (n,) the line to that bus, -1 at substations
    closed : (m,) state of every line
    """

    order: Ints
    parent_bus: Ints
    parent_line: Ints
    closed: Bools


def orient(network: Network, closed: Bools) -> Tree:
    """Orient the closed lines away from the substations, breadth first, in order of line numbers.

    Parameters: ``closed`` (m,), True where a line conducts.
    Raises :class:`TopologyError` naming one loop's lines and all buses without supply where there are any.
    """
    closed = _checked(network, closed)
    order, parent_bus, parent_line = _breadth_first(network, np.flatnonzero(closed))
    if len(order) < network.n_buses or int(closed.sum()) != network.n_buses - len(network.substations):
        dark = sorted(set(range(network.n_buses)) - set(order))
        raise no_tree(network, find_loop(network, closed), dark)
    frozen = closed.copy()
    frozen.flags.writeable = False
    return Tree(np.array(order, dtype=np.int64), parent_bus, parent_line, frozen)


def no_tree(network: Network, loop: Iterable[int] = (), dark: Iterable[int] = ()) -> TopologyError:
    """The error that names the lines of a ``loop`` and the ``dark`` buses (indices), as people call them."""
    lines, buses = tuple(map(int, loop)), tuple(map(int, dark))
    return TopologyError(
        tuple(line + 1 for line in lines),
        tuple(bus + 1 for bus in buses),
        tuple(map(network.line_name, lines)),
        tuple(map(network.bus_name, buses)),
    )


def is_radial(network: Network, closed: Bools) -> bool:
    """Whether the closed lines (m,) connect every bus to exactly one substation, without a loop."""
    closed = _checked(network, closed)
    if int(closed.sum()) != network.n_buses - len(network.substations):
        return False
    return len(_breadth_first(network, np.flatnonzero(closed))[0]) == network.n_buses


def find_loop(network: Network, closed: Bools) -> tuple[int, ...]:
    """Line indices of one loop among the closed lines (m,), in order along the loop; empty when there is none.

    The loop is the one completed first when lines are closed in order of their numbers.
    """
    forest, extra = _spanning_forest(network, np.flatnonzero(_checked(network, closed)))
    if not extra:
        return ()
    return tuple(_loop(network, forest, extra[0]))


def fundamental_cycles(network: Network) -> tuple[Ints, ...]:
    """One loop per line outside a spanning tree, each as line indices in order along the loop, that line first.

    The tree prefers the lines closed at the start, so in a radial network each tie line names its loop. Lines that are
    open for good (open and not switchable) take no part. Raises :class:`TopologyError` naming buses nothing can supply.
    """
    forest, extra = _connected_forest(network)
    return tuple(np.array(_loop(network, forest, line), dtype=np.int64) for line in extra)


def signed_cycles(network: Network, lines: Ints) -> tuple[Ints, Floats]:
    """The ``lines`` (indices) that close a loop with those before them, and (k, m) +1 where such a loop runs along a
    line's reference direction, -1 where it runs against it; all substations are one node."""
    forest, extra = _spanning_forest(network, lines.tolist())
    cycles = np.array([_signed_cycle(network, forest, line) for line in extra], dtype=np.float64)
    return np.array(extra, dtype=np.int64), cycles.reshape(len(extra), network.n_lines)


def count_spanning_trees(network: Network) -> int:
    """Number of radial topologies, exactly.

    Kirchhoff's theorem in its dual form: with C the oriented matrix of fundamental cycles, det(C C') is the number of
    spanning trees (Biggs, Algebraic Graph Theory, chapter 6); it has a row per loop, not per bus. Lines that are closed
    for good are contracted, which drops their column; lines that are open for good are not there; all
    substations are one node. Zero when some bus cannot be supplied or lines closed for good form a loop.
    """
    try:
        forest, extra = _connected_forest(network)
    except TopologyError:
        return 0
    free = np.flatnonzero(network.switchable)
    cycles = np.array([_signed_cycle(network, forest, line) for line in extra], dtype=np.int64)
    cycles = cycles.reshape(len(extra), network.n_lines)[:, free]
    return determinant((cycles @ cycles.T).tolist())


def determinant(matrix: list[list[int]]) -> int:
    """Determinant of a square matrix of integers, exactly (fraction-free elimination, Bareiss 1968)."""
    rows, sign, previous = [list(row) for row in matrix], 1, 1
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return 0
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        for i in range(k + 1, len(rows)):
            factor = rows[i][k]
            rows[i] = [(rows[k][k] * a - factor * b) // previous for a, b in zip(rows[i], rows[k], strict=True)]
        previous = rows[k][k]
    return sign * previous


def changes(network: Network, closed: Bools) -> Bools:
    """(T, m) which lines change state at the start of each hour of a schedule (T, m); hour 0 against the initial
    state."""
    return np.asarray(closed != np.vstack([network.closed, closed[:-1]]))


def preferred_tree(network: Network) -> Tree:
    """A spanning tree that has as many of the initially closed lines as any: the initial tree where that is radial.

    Raises :class:`TopologyError` naming buses nothing can supply.
    """
    closed = np.zeros(network.n_lines, dtype=np.bool_)
    closed[_connected_forest(network)[0]] = True
    return orient(network, closed)


def radial_start(network: Network) -> Bools:
    """(m,) a state without loops as near to the initial one as can be; the initial one where that is radial.

    Lines that nothing can open stay closed, so loops of these are left. Of every other loop the switchable line
    furthest from the substations (in lines) opens, and open lines close where a bus has no other supply.

    Raises :class:`TopologyError` naming buses nothing can supply.
    """
    if dark := unreachable_buses(network):
        raise no_tree(network, dark=dark)
    usable = np.flatnonzero(network.switchable | network.closed)
    place = np.empty(network.n_buses, dtype=np.int64)
    place[_breadth_first(network, usable)[0]] = np.arange(network.n_buses)
    far = (place[network.from_bus] + place[network.to_bus])[usable]
    wanted = usable[np.lexsort((far, network.switchable[usable], ~network.closed[usable]))]
    return (network.closed & ~network.switchable) | spanning_tree(network, wanted)


def spanning_tree(network: Network, order: Ints) -> Bools:
    """(m,) the lines that are closed when all of an ``order`` (line indices) are taken but those that close a loop with
    lines taken before them; all substations are one node."""
    closed = np.zeros(network.n_lines, dtype=np.bool_)
    closed[_spanning_forest(network, order)[0]] = True
    return closed


def unreachable_buses(network: Network) -> tuple[int, ...]:
    """Bus indices that no substation reaches even with every line closed that may be closed."""
    usable = np.flatnonzero(network.switchable | network.closed)
    reached = _breadth_first(network, usable)[0]
    return tuple(sorted(set(range(network.n_buses)) - set(reached)))


def dead_buses(network: Network, closed: Bools) -> tuple[int, ...]:
    """Bus indices that the closed lines (m,) connect to no substation."""
    reached = _breadth_first(network, np.flatnonzero(_checked(network, closed)))[0]
    return tuple(sorted(set(range(network.n_buses)) - set(reached)))


def reach(network: Network, closed: Bools) -> tuple[Ints, Ints, Ints]:
    """The buses that the closed lines (m,) connect to a substation, substations first, every bus after the one that
    feeds it; and per bus (n,) that one and the line to it, -1 at substations and where there is no supply."""
    order, parent_bus, parent_line = _breadth_first(network, np.flatnonzero(_checked(network, closed)))
    return np.array(order, dtype=np.int64), parent_bus, parent_line


def _checked(network: Network, closed: Bools) -> Bools:
    closed = np.asarray(closed, dtype=np.bool_)
    if closed.shape != (network.n_lines,):
        raise ValueError(f"closed has shape {closed.shape}, the network has {network.n_lines} lines")
    return closed


def _neighbours(network: Network, lines: Iterable[int]) -> Neighbours:
    """Per bus its (line, other bus), lines in the order given."""
    neighbours: Neighbours = [[] for _ in range(network.n_buses)]
    ends = list(zip(network.from_bus.tolist(), network.to_bus.tolist(), strict=True))
    for line in map(int, lines):
        i, j = ends[line]
        neighbours[i].append((line, j))
        neighbours[j].append((line, i))
    return neighbours


def _breadth_first(network: Network, lines: Iterable[int]) -> tuple[list[int], Ints, Ints]:
    """Buses reached from the substations over ``lines``, with the bus and line each was reached by."""
    neighbours = _neighbours(network, lines)
    order: list[int] = [int(bus) for bus in network.substations]
    parent_bus, parent_line = [-1] * network.n_buses, [-1] * network.n_buses
    seen = set(order)
    for bus in order:
        for line, other in neighbours[bus]:
            if other not in seen:
                seen.add(other)
                order.append(other)
                parent_bus[other], parent_line[other] = bus, line
    return order, np.array(parent_bus, dtype=np.int64), np.array(parent_line, dtype=np.int64)


def _merged(network: Network) -> list[int]:
    """(n,) node of each bus in the graph whose substations are one node."""
    node = list(range(network.n_buses))
    for bus in network.substations.tolist():
        node[bus] = int(network.substations[0])
    return node


def _spanning_forest(network: Network, lines: Iterable[int]) -> tuple[list[int], list[int]]:
    """Lines of a spanning forest of the merged graph, taken greedily in the order given, and the lines left over."""
    root = _merged(network)
    forest: list[int] = []
    extra: list[int] = []
    starts, ends = network.from_bus.tolist(), network.to_bus.tolist()
    for line in map(int, lines):
        i, j = _find(root, starts[line]), _find(root, ends[line])
        (extra if i == j else forest).append(line)
        root[i] = j
    return forest, extra


def _find(root: list[int], node: int) -> int:
    """The representative of a node's component, with path halving."""
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


def _connected_forest(network: Network) -> tuple[list[int], list[int]]:
    """A spanning tree that prefers lines closed at the start, and the other lines that may be closed."""
    if dark := unreachable_buses(network):
        raise no_tree(network, dark=dark)
    usable = np.flatnonzero(network.switchable | network.closed)
    return _spanning_forest(network, usable[np.argsort(~network.closed[usable], kind="stable")])


def _steps(network: Network, forest: list[int], line: int) -> list[tuple[int, int]]:
    """The loop that ``line`` closes with the forest, that line first, as (line, bus it is entered from)."""
    node = _merged(network)
    start, goal = int(network.to_bus[line]), int(network.from_bus[line])
    neighbours = _merged_neighbours(network, forest, node)
    came: dict[int, tuple[int, int, int]] = {}
    queue, seen = deque([node[start]]), {node[start]}
    while queue and node[goal] not in seen:
        here = queue.popleft()
        for other_line, entered, there in neighbours[here]:
            if there not in seen:
                seen.add(there)
                came[there] = (other_line, entered, here)
                queue.append(there)
    steps: list[tuple[int, int]] = []
    here = node[goal]
    while here != node[start]:
        other_line, entered, here = came[here]
        steps.append((other_line, entered))
    return [(line, goal), *reversed(steps)]


def _merged_neighbours(network: Network, lines: list[int], node: list[int]) -> dict[int, list[tuple[int, int, int]]]:
    """Per node of the merged graph its (line, bus the line is entered from, node it leads to)."""
    neighbours: dict[int, list[tuple[int, int, int]]] = {there: [] for there in node}
    for line in lines:
        i, j = int(network.from_bus[line]), int(network.to_bus[line])
        neighbours[node[i]].append((line, i, node[j]))
        neighbours[node[j]].append((line, j, node[i]))
    return neighbours


def _loop(network: Network, forest: list[int], line: int) -> list[int]:
    return [other for other, _ in _steps(network, forest, line)]


def _signed_cycle(network: Network, forest: list[int], line: int) -> Ints:
    """(m,) +1 where the loop runs along a line's reference direction, -1 against it, 0 elsewhere."""
    signs = np.zeros(network.n_lines, dtype=np.int64)
    for other, entered in _steps(network, forest, line):
        signs[other] = 1 if entered == int(network.from_bus[other]) else -1
    return signs
