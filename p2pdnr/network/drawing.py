"""Where the buses of a one-line diagram stand: a place for each that does not move when the topology changes.

The initial tree is drawn tidily: a bus stands as many units to the right of its substation as there are lines between
them, the longest path runs straight, and every lateral hangs above or below it on a row of its own, with its own
laterals further out. Rows are taken from the far end of a path inwards, so that the riser of a lateral never meets
another lateral. Sides are chosen so that tie lines are short and seldom cross the main feeder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from p2pdnr.network import channels
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.line_routes import Route, are_clear, line_routes
from p2pdnr.network.topology import Tree, preferred_tree

__all__ = ["Drawing", "Route", "coordinates", "draw", "is_plan", "layout"]

_EXHAUSTIVE = 8
_PASSES = 3
_OPPOSITE_SIDES = 1.5
_ROWS_APART = 0.5
_SHARED_SPOTS = 0.05
_SMALL_AREA_DEGREES = 3.0
_BESIDE = 0.6
_MOST_TRIALS = 300
_FEW_TIES = 12


@dataclass(frozen=True, eq=False)
class Drawing:
    """A one-line diagram: ``places`` (n, 2) of the buses, x to the right and y upwards, and one route per line."""

    places: Floats
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class _Block:
    """A lateral and what hangs on it: rows outwards from its own path (row 0), and how far out each column is taken.

    ``outline`` starts at column ``start``, the one of the bus the lateral hangs on.
    """

    rows: dict[int, int]
    start: int
    outline: Ints


@dataclass(frozen=True)
class _Shape:
    """What the drawing needs of a tree: per bus its column, its child on the longest path and its laterals."""

    column: list[int]
    along: list[int]
    laterals: list[list[int]]


def draw(network: Network) -> Drawing:
    """Places and routes, which depend on the network alone, not on the state of its lines later on.

    Tie lines are curves where these keep clear of buses and of one another, as few of them do. Where there are many,
    they run at right angles in channels, and rows of buses stand further apart where channels are between them.
    """
    places = layout(network)
    if network.coordinates is not None or np.count_nonzero(~preferred_tree(network).closed) <= _FEW_TIES:
        routes = line_routes(network, places)
        if network.coordinates is not None or are_clear(network, places, routes):
            return Drawing(places, routes)
    return _in_channels(network, places)


def _in_channels(network: Network, places: Floats) -> Drawing:
    """The drawing with tie lines in channels."""
    column, row = (np.unique(places[:, axis], return_inverse=True)[1] for axis in (0, 1))
    grid = channels.Grid(column, row)
    ends = [(int(i), int(j)) for i, j in zip(network.from_bus, network.to_bus, strict=True)]
    in_tree = preferred_tree(network).closed.tolist()
    ways = {line: _at_right_angles(grid, *ends[line]) for line in range(network.n_lines) if in_tree[line]}
    ties = [line for line in range(network.n_lines) if not in_tree[line]]
    ways |= dict(zip(ties, channels.lay(grid, list(ways.values()), [ends[line] for line in ties]), strict=True))
    spots, corners = channels.spread(grid, [ways[line] for line in range(network.n_lines)])
    scale = np.array(_spacing(float(np.ptp(spots[:, 0])), float(np.ptp(spots[:, 1]))))
    return Drawing(scale * spots, tuple(Route(scale * points, False) for points in corners))


def _at_right_angles(grid: channels.Grid, start: int, end: int) -> channels.Way:
    """A line of the tree: straight, or with its corner above or below the left end, as routes draw it."""
    first, last = grid.place(start), grid.place(end)
    if first[0] == last[0] or first[1] == last[1]:
        return [first, last]
    left, right = sorted((first, last))
    return [first, (left[0], right[1]), last]


def layout(network: Network) -> Floats:
    """(n, 2) positions of the buses: x to the right, y upwards, the smallest of both zero.

    The network's own coordinates are used where it has them and hardly any buses share a spot, with a typical line one
    unit long; else the initial tree is drawn, with buses at least one unit apart. The result depends on the network
    alone, not on the state of its lines later on.
    """
    if network.coordinates is not None and is_plan(network):
        return _apart(_scaled(network, _widths(network.coordinates) * network.coordinates))
    tree = preferred_tree(network)
    shape = _shape(tree)
    rows = _forest_rows(network, shape)
    columns = np.array(shape.column, dtype=np.float64)
    step, height = _spacing(float(columns.max()), float(np.ptp(rows)))
    return np.column_stack([step * columns, height * (rows - rows.min())])


def is_plan(network: Network) -> bool:
    """Whether a network is drawn as a plan of its area: it has coordinates, and hardly any buses share a spot."""
    xy = network.coordinates
    return xy is not None and _shared_spots(xy) <= _SHARED_SPOTS * network.n_buses


def coordinates(network: Network, moved: Mapping[int, tuple[float, float]]) -> Floats:
    """(n, 2) where buses stand, in the network's own coordinates or else in those of its drawing.

    ``moved`` are places in the drawing by bus index, as people choose them.
    """
    if network.coordinates is None or not is_plan(network):
        places = draw(network).places
        here, size = places.min(axis=0), np.ones(2)
        xy = places.copy()
    else:
        xy, wide = network.coordinates.copy(), _widths(network.coordinates)
        size = _unit(network, xy * wide) / wide
        here = xy.min(axis=0)
    for bus, place in moved.items():
        xy[bus] = here + size * np.array(place)
    return xy


def _widths(xy: Floats) -> Floats:
    """(2,) what a unit of the coordinates is on the ground.

    Coordinates of a small area within the ranges of degrees are taken for longitude and latitude: a degree of the
    former is the cosine of the latitude of one of the latter.
    """
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    on_earth = max(abs(west), abs(east)) <= 180.0 and max(abs(south), abs(north)) <= 90.0
    if not on_earth or max(east - west, north - south) > _SMALL_AREA_DEGREES:
        return np.ones(2)
    return np.array([np.cos(np.radians((south + north) / 2.0)), 1.0])


def _shared_spots(coordinates: Floats) -> int:
    return len(coordinates) - len(np.unique(coordinates, axis=0))


def _apart(xy: Floats) -> Floats:
    """Buses on the same spot, as the two sides of a transformer, moved upwards one above the other."""
    moved, seen = xy.copy(), set[tuple[float, float]]()
    for place in moved:
        while (spot := (float(place[0]), float(place[1]))) in seen:
            place[1] += _BESIDE
        seen.add(spot)
    return moved


def _scaled(network: Network, coordinates: Floats) -> Floats:
    """Coordinates moved to the origin and scaled to a median line length of one."""
    return np.asarray((coordinates - coordinates.min(axis=0)) / _unit(network, coordinates), dtype=np.float64)


def _unit(network: Network, coordinates: Floats) -> float:
    """The median length of lines that have one."""
    lengths = np.linalg.norm(coordinates[network.from_bus] - coordinates[network.to_bus], axis=1)
    return float(np.median(lengths[lengths > 0.0])) if (lengths > 0.0).any() else 1.0


def _spacing(columns: float, rows: float) -> tuple[float, float]:
    """Distances of columns and rows, at least one, for a drawing rather wide than high, with room for ties."""
    height = float(np.clip(0.5 * columns / max(rows, 1.0), 1.0, 2.5))
    step = float(np.clip(1.3 * rows / max(columns, 1.0), 1.0, 4.0))
    return step, height


def _shape(tree: Tree) -> _Shape:
    count = len(tree.order)
    column, height = [0] * count, [0] * count
    along = [-1] * count
    children: list[list[int]] = [[] for _ in range(count)]
    parents = tree.parent_bus.tolist()
    for bus in tree.order.tolist():
        if parents[bus] >= 0:
            column[bus] = column[parents[bus]] + 1
            children[parents[bus]].append(bus)
    for bus in reversed(tree.order.tolist()):
        if children[bus]:
            along[bus] = max(children[bus], key=lambda child: height[child])
            height[bus] = height[along[bus]] + 1
    laterals = [
        sorted((child for child in children[bus] if child != along[bus]), key=lambda child: height[child])
        for bus in range(count)
    ]
    return _Shape(column, along, laterals)


def _path(shape: _Shape, bus: int) -> list[int]:
    """The longest path that starts at a bus."""
    path = [bus]
    while shape.along[path[-1]] >= 0:
        path.append(shape.along[path[-1]])
    return path


def _block(shape: _Shape, bus: int) -> _Block:
    """The lateral that starts at a bus."""
    path = _path(shape, bus)
    start = shape.column[bus] - 1
    hanging = [_block(shape, lateral) for junction in reversed(path) for lateral in shape.laterals[junction]]
    outline = np.zeros(shape.column[path[-1]] - start + 1, dtype=np.int64)
    rows = dict.fromkeys(path, 0)
    for block in hanging:
        rows |= _stack(block, outline, start)
    return _Block(rows, start, outline)


def _stack(block: _Block, outline: Ints, start: int) -> dict[int, int]:
    """Put a block on the first row that is free over its columns; the outline grows with it."""
    window = slice(block.start - start, block.start - start + len(block.outline))
    row = int(outline[window].max()) + 1
    outline[window] = row + block.outline
    return {bus: row + inner for bus, inner in block.rows.items()}


def _forest_rows(network: Network, shape: _Shape) -> Ints:
    """(n,) row of every bus, upwards; the trees of several substations stand below one another."""
    rows = np.zeros(network.n_buses, dtype=np.int64)
    ground = 0
    for substation in network.substations.tolist():
        tree = _tree_rows(network, shape, substation)
        shift = ground - max(tree.values())
        for bus, row in tree.items():
            rows[bus] = row + shift
        ground = min(tree.values()) + shift - 1
    return rows


def _tree_rows(network: Network, shape: _Shape, substation: int) -> dict[int, int]:
    """Rows of one substation's tree, its longest path on row 0, laterals on the sides that cost least."""
    path = _path(shape, substation)
    blocks = [_block(shape, lateral) for junction in reversed(path) for lateral in shape.laterals[junction]]
    ties = _pairs_across(network, {bus for block in blocks for bus in block.rows} | set(path))
    width = shape.column[path[-1]] + 1

    def cost(sides: tuple[int, ...]) -> float:
        return _cost(_sided_rows(path, blocks, sides, width), ties)

    tied = set(ties.ravel().tolist())
    worth = [k for k, block in enumerate(blocks) if not tied.isdisjoint(block.rows)]
    return _sided_rows(path, blocks, _best_sides(len(blocks), worth, cost), width)


def _pairs_across(network: Network, buses: set[int]) -> Ints:
    """(k, 2) ends of the initially open lines within a set of buses."""
    ends = np.column_stack([network.from_bus, network.to_bus])[~network.closed]
    return ends[[i in buses and j in buses for i, j in ends.tolist()]].reshape(-1, 2)


def _sided_rows(path: list[int], blocks: list[_Block], sides: tuple[int, ...], width: int) -> dict[int, int]:
    outlines = {1: np.zeros(width, dtype=np.int64), -1: np.zeros(width, dtype=np.int64)}
    rows = dict.fromkeys(path, 0)
    for block, side in zip(blocks, sides, strict=True):
        rows |= {bus: side * row for bus, row in _stack(block, outlines[side], 0).items()}
    return rows


def _cost(rows: dict[int, int], ties: Ints) -> float:
    """Height of the drawing, and how far and how often across the main feeder the tie lines reach."""
    height = max(rows.values()) - min(rows.values())
    ends = np.array([rows[bus] for bus in ties.ravel().tolist()], dtype=np.int64).reshape(-1, 2)
    apart = np.abs(ends[:, 0] - ends[:, 1]).sum()
    opposite = (ends[:, 0] * ends[:, 1] < 0).sum()
    return float(height + _ROWS_APART * apart + _OPPOSITE_SIDES * opposite)


def _best_sides(count: int, worth: list[int], cost: Callable[[tuple[int, ...]], float]) -> tuple[int, ...]:
    """Side of every block, 1 above and -1 below: the cheapest of all when they are few; else they alternate, but for
    flips of those ``worth`` it, where tie lines end, as long as there are not too many."""
    if count <= _EXHAUSTIVE:
        return min((sides[::-1] for sides in product((1, -1), repeat=count)), key=cost)
    best = tuple(1 - 2 * (block % 2) for block in range(count))
    value = cost(best)
    for block in (worth * _PASSES)[:_MOST_TRIALS]:
        flipped = (*best[:block], -best[block], *best[block + 1 :])
        if (changed := cost(flipped)) < value:
            best, value = flipped, changed
    return best
