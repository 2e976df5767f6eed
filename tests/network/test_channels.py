"""Tie lines in channels: what a drawing of many of them must keep."""

from __future__ import annotations

import time
from itertools import pairwise, product

import numpy as np
import pytest

from p2pdnr.network import channels
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.channels import Grid
from p2pdnr.network.drawing import draw, layout
from p2pdnr.network.line_routes import Route, are_clear, line_routes
from p2pdnr.network.readers import from_text, read
from p2pdnr.network.topology import preferred_tree

LARGE = ("case70da", "case118zh", "case136ma")


def pieces_of(route: Route) -> Floats:
    """(k, 2, 2) ends of the straight pieces of a route."""
    return np.array(list(pairwise(route.sampled())))


def distance(points: Floats, piece: Floats) -> Floats:
    start, along = piece[0], piece[1] - piece[0]
    place = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - start - place[:, None] * along, axis=1))


def overlap(one: Floats, other: Floats) -> float:
    """The length two parallel pieces share, where they lie on one another."""
    for axis in (0, 1):
        if one[0, axis] == one[1, axis] == other[0, axis] == other[1, axis]:
            (low, high), (start, end) = sorted(one[:, 1 - axis]), sorted(other[:, 1 - axis])
            return float(max(0.0, min(high, end) - max(low, start)))
    return 0.0


def ties(network: Network) -> list[int]:
    return [int(line) for line in np.flatnonzero(~preferred_tree(network).closed)]


@pytest.mark.parametrize("name", LARGE)
def test_ties_of_large_feeders_pass_no_bus(name: str) -> None:
    network = read(name, None)
    drawn = draw(network)
    for line in ties(network):
        ends = [network.from_bus[line], network.to_bus[line]]
        others = np.delete(drawn.places, ends, axis=0)
        assert min(distance(others, piece).min() for piece in pieces_of(drawn.routes[line])) > 0.24


@pytest.mark.parametrize("name", LARGE)
def test_ties_of_large_feeders_lie_on_no_other_line(name: str) -> None:
    network = read(name, None)
    drawn = draw(network)
    for line in ties(network):
        for other in set(range(network.n_lines)) - {line}:
            shared = [overlap(*pair) for pair in product(pieces_of(drawn.routes[line]), pieces_of(drawn.routes[other]))]
            assert max(shared) < 1e-9, (line, other)


@pytest.mark.parametrize("name", LARGE)
def test_routes_end_at_their_buses(name: str) -> None:
    network = read(name, None)
    drawn = draw(network)
    for line, route in enumerate(drawn.routes):
        np.testing.assert_allclose(route.points[0], drawn.places[network.from_bus[line]])
        np.testing.assert_allclose(route.points[-1], drawn.places[network.to_bus[line]])


def test_few_clear_ties_stay_curves_and_tangled_ones_run_in_channels() -> None:
    clear, tangled = read("case33bw", None), read("case70da", None)
    assert are_clear(clear, layout(clear), line_routes(clear, layout(clear)))
    assert not are_clear(tangled, layout(tangled), line_routes(tangled, layout(tangled)))
    assert [route.curved for route in draw(clear).routes] == [False] * 32 + [True] * 5
    assert not any(route.curved for route in draw(tangled).routes)


def test_own_coordinates_are_kept_whatever_the_ties_look_like() -> None:
    places = ", ".join(f"bus {bus} x={bus} y={bus % 2}" for bus in range(1, 9))
    network = from_text(f"1 2, 2 3, 3 4, 4 5, 5 6, 6 7, 7 8, 1 8 open, 2 7 open, {places}")
    np.testing.assert_array_equal(draw(network).places, layout(network))


def test_a_tie_goes_around_what_stands_in_its_way() -> None:
    grid = Grid(np.array([0, 1, 2]), np.array([0, 0, 0]))
    line = [grid.place(0), grid.place(1)], [grid.place(1), grid.place(2)]
    (way,) = channels.lay(grid, line, [(0, 2)])
    assert way[0] == grid.place(0) and way[-1] == grid.place(2)
    assert {y for _, y in way[1:-1]} - {grid.place(0)[1]}
    assert all(a == c or b == d for (a, b), (c, d) in pairwise(way[1:-1])), "at right angles but for the ends"


def test_parallel_lines_get_tracks_of_their_own() -> None:
    network = from_text("1 2, 1 2 open, 1 2 open, 2 3, 1 3 open")
    grid = Grid(np.array([0, 1, 2]), np.array([0, 0, 0]))
    ways = channels.lay(grid, [[grid.place(0), grid.place(1)]], [(0, 1), (0, 1)])
    assert ways[0] != ways[1]
    assert len(draw(network).routes) == 5


def test_rows_stand_apart_where_ways_run_between_them() -> None:
    grid = Grid(np.array([0, 0, 0]), np.array([0, 1, 2]))
    free, _ = channels.spread(grid, [])
    (x, y), (_, top) = grid.place(0), grid.place(1)
    wide, (corners,) = channels.spread(grid, [[(x, y), (x + 1, y + 2), (x + 3, y + 2), (x, top)]])
    assert np.diff(free[:, 1]).tolist() == [1.0, 1.0]
    assert np.diff(wide[:, 1]).tolist() == pytest.approx([1.35, 1.0])
    assert corners[1].tolist() == pytest.approx([0.27, 0.5])


def test_the_drawing_depends_on_the_network_alone() -> None:
    network = read("case118zh", None)
    switched = network.with_(p_kw=2.0 * network.p_kw)
    first, second = draw(network), draw(switched)
    np.testing.assert_array_equal(first.places, second.places)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first.routes, second.routes, strict=True))


def test_five_hundred_buses_are_drawn_in_seconds() -> None:
    network = read("case533mt_hi", None)
    start = time.process_time()
    drawn = draw(network)
    assert time.process_time() - start < 5.0
    assert len(np.unique(drawn.places.round(6), axis=0)) == 533
