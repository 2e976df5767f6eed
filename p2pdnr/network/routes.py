"""How the lines of a one-line diagram run between their buses.

Lines of the initial tree run straight, or at a right angle where they lead to another row. Tie lines, and lines
parallel to one of the tree, run in the cheapest of several curves: cost grows with length and with crossings, and
steeply where a curve passes a bus or lies on another line. Each is laid again when all others lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.topology import preferred_tree

_SAMPLES = 33
_PASSES = 3
_NEAR_BUS = 0.42
_NEAR_LINE = 0.18
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


def line_routes(network: Network, xy: Floats) -> tuple[Route, ...]:
    """One route per line, from its from bus to its to bus, for buses at ``xy`` (n, 2) as the layout gives them."""
    in_tree = preferred_tree(network).closed
    routes = {line: _tree_route(network, xy, line) for line in np.flatnonzero(in_tree).tolist()}
    pieces = {line: _segments([route.points]) for line, route in routes.items()}
    for line in _short_first(network, xy, ~in_tree) * _PASSES:
        others = [piece for other, piece in pieces.items() if other != line]
        routes[line] = _tie_route(network, xy, line, np.concatenate([np.zeros((0, 2, 2)), *others]))
        pieces[line] = _segments([routes[line].sampled()])
    return tuple(routes[line] for line in range(network.n_lines))


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


def _tie_route(network: Network, xy: Floats, line: int, segments: Floats) -> Route:
    """The cheapest candidate; nearly straight ones come first, so that they win when nothing is in the way."""
    start, end = int(network.from_bus[line]), int(network.to_bus[line])
    candidates = _candidates(xy[start], xy[end])
    curves = _bezier(candidates, _SAMPLES)
    others = np.delete(xy, [start, end], axis=0)
    box = segments[_boxed(segments, curves)]
    costs = _length_cost(curves) + _bus_cost(curves, others) + _line_cost(curves, box)
    return Route(candidates[int(np.argmin(np.round(costs, 9)))], True)


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


def _boxed(segments: Floats, curves: Floats) -> Bools:
    """(k,) segments that come near any of the curves' bounding box."""
    low, high = curves.min(axis=(0, 1)) - 1.0, curves.max(axis=(0, 1)) + 1.0
    return np.asarray(((segments.max(axis=1) > low) & (segments.min(axis=1) < high)).all(axis=1))


def _length_cost(curves: Floats) -> Floats:
    return np.asarray(0.35 * np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1))


def _bus_cost(curves: Floats, buses: Floats) -> Floats:
    """(c,) 8 for every bus that a curve passes too closely, in proportion to how closely."""
    if not len(buses):
        return np.zeros(len(curves))
    nearest = np.array([_distances(buses, _segments([curve])).min(axis=1) for curve in curves])
    return np.asarray(8.0 * np.clip(1.0 - nearest / _NEAR_BUS, 0.0, None).sum(axis=1))


def _line_cost(curves: Floats, segments: Floats) -> Floats:
    """(c,) 1 per crossing of another line, and 0.8 for every inner point that lies on one."""
    if not len(segments):
        return np.zeros(len(curves))
    inner = curves[:, 3:-3]
    touching = np.array([_distances(points, segments).min(axis=1) < _NEAR_LINE for points in inner]).sum(axis=1)
    crossing = np.array([_crossings(_segments([points]), segments) for points in inner])
    return np.asarray(1.0 * crossing + 0.8 * np.clip(touching - 2 * crossing, 0, None))


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
