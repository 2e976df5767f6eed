"""How the lines of a one-line diagram run between their buses.

Lines of the initial tree run straight, or at a right angle where they lead to another row. Tie lines, and lines
parallel to one of the tree, run in the cheapest of several curves: cost grows with length and with crossings, and
steeply where a curve passes a bus or lies on another line. Each is laid again when all others lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.topology import preferred_tree

_SAMPLES = 33
_PASSES = 3
_LENGTH = 0.35
_NEAR_BUS = 0.42
_NEAR_LINE = 0.18
_TANGLED = 1.0
_BULGES = (0.0, 0.12, -0.12, 0.22, -0.22, 0.35, -0.35, 0.55, -0.55, 0.8, -0.8)
_RISES = (0.8, 1.4, 2.2)


@dataclass(frozen=True, eq=False)
class Route:
    """The way of one line: ``points`` (k, 2) of a polyline, or, ``curved``, the 4 control points of a cubic Bezier
    curve."""

    points: Floats
    curved: bool

    def sampled(self, count: int = _SAMPLES) -> Floats:
        """Points along the route, both ends included: (count, 2) of a curve, the corners of a polyline."""
        return _bezier(self.points[None], count)[0] if self.curved else self.points

    def middle(self) -> Floats:
        """(2,) the point half way along."""
        points = self.sampled()
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        return np.array([np.interp(along[-1] / 2.0, along, points[:, axis]) for axis in (0, 1)])


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What is drawn so far: ``routes``, the segments of lines that stay (``still``), those of every tie line
    (``curves``), and those that were near it when it was laid last (``seen``)."""

    routes: dict[int, Route]
    still: Floats
    curves: dict[int, Floats] = field(default_factory=dict)
    seen: dict[int, Floats] = field(default_factory=dict)


def line_routes(network: Network, xy: Floats) -> tuple[Route, ...]:
    """One route per line, from its from bus to its to bus, for buses at ``xy`` (n, 2) as the layout gives them."""
    in_tree = preferred_tree(network).closed
    routes = {line: _tree_route(network, xy, line) for line in np.flatnonzero(in_tree).tolist()}
    drawn = _Drawn(routes, _segments([route.points for route in routes.values()]))
    for _ in range(_PASSES):
        if not _relay(network, xy, _short_first(network, xy, ~in_tree), drawn):
            break
    return tuple(routes[line] for line in range(network.n_lines))


def are_clear(network: Network, xy: Floats, routes: tuple[Route, ...]) -> bool:
    """Whether every curve keeps away from all other buses and crosses no line and lies on none."""
    pieces = [_segments([route.sampled()]) for route in routes]
    for line, route in enumerate(routes):
        if not route.curved:
            continue
        curve = route.sampled()
        others = np.concatenate([np.zeros((0, 2, 2)), *pieces[:line], *pieces[line + 1 :]])
        buses = np.delete(xy, [network.from_bus[line], network.to_bus[line]], axis=0)
        if _bus_cost(curve, buses) + _line_cost(curve, others) >= _TANGLED:
            return False
    return True


def _relay(network: Network, xy: Floats, ties: list[int], drawn: _Drawn) -> bool:
    """Lay every tie line in view of all other lines drawn so far; whether any of them moved. One near which nothing has
    changed stays."""
    moved = False
    for line in ties:
        candidates = _candidates(xy[network.from_bus[line]], xy[network.to_bus[line]])
        others = [pieces for other, pieces in drawn.curves.items() if other != line]
        near = _near(np.concatenate([drawn.still, *others]), candidates.reshape(-1, 2), _NEAR_LINE)
        if line in drawn.seen and np.array_equal(near, drawn.seen[line]):
            continue
        route = _tie_route(network, xy, line, (candidates, near))
        moved |= line not in drawn.routes or not np.array_equal(route.points, drawn.routes[line].points)
        drawn.routes[line], drawn.curves[line] = route, _segments([route.sampled()])
        drawn.seen[line] = near
    return moved


def _tree_route(network: Network, xy: Floats, line: int) -> Route:
    """Straight, or up and then along: the corner stands at the end that is nearer the substation, on the left."""
    start, end = xy[network.from_bus[line]], xy[network.to_bus[line]]
    if network.coordinates is not None or start[1] == end[1] or start[0] == end[0]:
        return Route(np.array([start, end]), False)
    left, right = (start, end) if start[0] < end[0] else (end, start)
    return Route(np.array([start, [left[0], right[1]], end]), False)


def _short_first(network: Network, xy: Floats, lines: Bools) -> list[int]:
    lengths = np.linalg.norm(xy[network.from_bus] - xy[network.to_bus], axis=1)
    return sorted(np.flatnonzero(lines).tolist(), key=lambda line: (lengths[line], line))


def _segments(polylines: list[Floats]) -> Floats:
    """(k, 2, 2) start and end of every straight piece."""
    pieces = [np.stack([points[:-1], points[1:]], axis=1) for points in polylines]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2, 2))


def _tie_route(network: Network, xy: Floats, line: int, ways: tuple[Floats, Floats]) -> Route:
    """The cheapest candidate, the first of equals, of those given with the segments near them; no part of the cost is
    negative, so short ones are tried first."""
    candidates, segments = ways
    curves = _bezier(candidates, _SAMPLES)
    lengths = _LENGTH * np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1)
    ends = [network.from_bus[line], network.to_bus[line]]
    buses = _near(np.delete(xy, ends, axis=0), candidates.reshape(-1, 2), _NEAR_BUS)
    best, chosen = np.inf, 0
    for candidate in np.argsort(lengths, kind="stable").tolist():
        curve, cost = curves[candidate], float(lengths[candidate])
        cost += _bus_cost(curve, buses) if cost < best else 0.0
        cost += _line_cost(curve, segments) if cost < best else 0.0
        if cost < best - 1e-9:
            best, chosen = cost, candidate
    return Route(candidates[chosen], True)


def _candidates(start: Floats, end: Floats) -> Floats:
    """(c, 4, 2) control points: bows to both sides, and curves that leave both ends upwards or downwards."""
    chord = end - start
    across, up = np.array([-chord[1], chord[0]]), np.array([0.0, 1.0])
    thirds = np.array([start + chord / 3.0, end - chord / 3.0])
    bows = [np.array([start, *(thirds + 4.0 / 3.0 * bulge * across), end]) for bulge in _BULGES]
    rises = [
        np.array([start, start + first * rise * up, end + second * rise * up, end])
        for rise in _RISES
        for first, second in ((1, 1), (-1, -1), (1, -1), (-1, 1))
    ]
    return np.array(bows + rises)


def _bezier(control: Floats, count: int) -> Floats:
    """(c, count, 2) points of cubic curves with control points (c, 4, 2)."""
    t = np.linspace(0.0, 1.0, count)
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return np.asarray(np.einsum("tk,ckd->ctd", weights, control))


def _near(boxes: Floats, curve: Floats, margin: float) -> Floats:
    """Those points (k, 2) or segments (k, 2, 2) that come within a margin of a curve's bounding box."""
    low, high = curve.min(axis=0) - margin, curve.max(axis=0) + margin
    first, last = (boxes[:, 0], boxes[:, 1]) if boxes.ndim == 3 else (boxes, boxes)
    inside = (np.maximum(first, last) > low) & (np.minimum(first, last) < high)
    return np.asarray(boxes[inside[:, 0] & inside[:, 1]])


def _bus_cost(curve: Floats, buses: Floats) -> float:
    """8 for every bus that a curve meets, less the further it keeps away."""
    close = _near(buses, curve, _NEAR_BUS)
    if not len(close):
        return 0.0
    nearest = _distances(close, _segments([curve])).min(axis=1)
    return 8.0 * float(np.clip(1.0 - nearest / _NEAR_BUS, 0.0, None).sum())


def _line_cost(curve: Floats, segments: Floats) -> float:
    """1 for every crossing of another line, and 0.8 for every further inner point that lies on one."""
    close = _near(segments, curve, _NEAR_LINE)
    if not len(close):
        return 0.0
    inner = curve[3:-3]
    touching = int((_distances(inner, close).min(axis=1) < _NEAR_LINE).sum())
    crossing = _crossings(_segments([inner]), close)
    return crossing + 0.8 * max(touching - 2 * crossing, 0)


def _distances(points: Floats, segments: Floats) -> Floats:
    """(p, k) distances of points from segments."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    offset = points[:, None] - start
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    place = np.clip((offset * along).sum(axis=2) / squared, 0.0, 1.0)
    return np.asarray(np.linalg.norm(offset - place[..., None] * along, axis=2))


def _crossings(mine: Floats, others: Floats) -> int:
    """How many pairs of segments cross."""

    def side(line: Floats, points: Floats) -> Floats:
        along = line[:, None, 1] - line[:, None, 0]
        offset = points[None] - line[:, None, 0]
        return np.asarray(along[..., 0] * offset[..., 1] - along[..., 1] * offset[..., 0])

    mine_split = side(mine, others[:, 0]) * side(mine, others[:, 1]) < 0
    others_split = side(others, mine[:, 0]) * side(others, mine[:, 1]) < 0
    return int((mine_split & others_split.T).sum())
