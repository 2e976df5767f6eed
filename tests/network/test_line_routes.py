"""How lines run between their buses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.drawing import layout
from p2pdnr.network.line_routes import Route, line_routes
from p2pdnr.network.readers import from_text, read


def drawn(network: Network) -> tuple[Floats, tuple[Route, ...]]:
    xy = layout(network)
    return xy, line_routes(network, xy)


def test_routes_run_from_bus_to_bus() -> None:
    network = read("case33bw", None)
    xy, routes = drawn(network)
    for line, route in enumerate(routes):
        for points in (route.points, route.sampled()):
            np.testing.assert_allclose(points[0], xy[network.from_bus[line]], atol=1e-12)
            np.testing.assert_allclose(points[-1], xy[network.to_bus[line]], atol=1e-12)
        assert route.curved == (line >= 32)


def test_tie_lines_of_case33bw_pass_no_bus_and_cross_nothing() -> None:
    network = read("case33bw", None)
    xy, routes = drawn(network)
    for line in range(32, 37):
        ends = [network.from_bus[line], network.to_bus[line]]
        samples = routes[line].sampled(200)
        distance = np.linalg.norm(samples[:, None] - np.delete(xy, ends, axis=0)[None], axis=2)
        assert distance.min() > 0.4
        inner = samples[30:-30]
        for other in set(range(37)) - {line}:
            assert np.linalg.norm(inner[:, None] - dense(routes[other])[None], axis=2).min() > 0.1


def dense(route: Route) -> Floats:
    if route.curved:
        return route.sampled(200)
    steps = np.linspace(0.0, 1.0, 50)[:, None]
    return np.concatenate([a + steps * (b - a) for a, b in pairwise(route.points)])


def test_parallel_lines_are_drawn_apart() -> None:
    _, routes = drawn(from_text("1 2, 1 2, 2 1 open, 2 3"))
    middles = np.array([route.middle() for route in routes[:3]])
    distance = np.linalg.norm(middles[:, None] - middles[None], axis=2) + np.eye(3)
    assert distance.min() > 0.15


def test_a_tie_along_a_row_bows_around_the_buses_between() -> None:
    network = from_text("1 2, 2 3, 3 4, 4 5, 1 5 open")
    xy, routes = drawn(network)
    distance = np.linalg.norm(routes[4].sampled(200)[:, None] - xy[None, 1:4], axis=2)
    assert routes[4].curved and distance.min() > 0.4


def test_middle_of_a_corner_lies_half_way_along() -> None:
    route = Route(np.array([[0.0, 0.0], [0.0, 3.0], [1.0, 3.0]]), False)
    assert route.middle().tolist() == pytest.approx([0.0, 2.0])
    straight = Route(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), True)
    assert straight.middle().tolist() == pytest.approx([1.5, 0.0])
