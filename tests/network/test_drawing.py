"""Positions of buses in the one-line diagram."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.drawing import coordinates, draw, is_plan, layout, line_routes
from p2pdnr.network.readers import from_text, read
from p2pdnr.network.topology import preferred_tree

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)


@st.composite
def feeders(draw: st.DrawFn) -> Network:
    """Trees of up to 40 buses from one or two substations, some tie lines between them."""
    count = draw(st.integers(2, 40))
    substations = draw(st.integers(1, min(2, count - 1)))
    rows = [f"{'S' if bus <= substations else ''}{bus} {draw(st.integers(1, bus - 1))}" for bus in range(3, count + 1)]
    rows = ["bus S1", "bus S2" if substations == 2 else "1 2", *rows]
    pairs = st.tuples(st.integers(1, count), st.integers(1, count)).filter(lambda pair: pair[0] != pair[1])
    rows += [f"{i} {j} open" for i, j in draw(st.lists(pairs, max_size=5))]
    return from_text("\n".join(rows))


def closest(xy: Floats) -> float:
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    return float((distance + 1e9 * np.eye(len(xy))).min())


def clearance(point: Floats, polyline: Floats) -> float:
    """Distance of a point from a polyline, by dense sampling."""
    steps = np.linspace(0.0, 1.0, 41)[:, None]
    samples = np.concatenate([a + steps * (b - a) for a, b in pairwise(polyline)])
    return float(np.linalg.norm(samples - point, axis=1).min())


@PROPERTY
@given(feeders())
def test_buses_keep_apart_and_tree_lines_pass_none(network: Network) -> None:
    xy = layout(network)
    assert closest(xy) >= 1.0 - 1e-9
    assert xy.min() >= 0.0
    routes = line_routes(network, xy)
    for line in np.flatnonzero(preferred_tree(network).closed):
        points = routes[line].points
        ends = (network.from_bus[line], network.to_bus[line])
        assert all((np.diff(points, axis=0) == 0.0).any(axis=1)), "at right angles"
        assert all(clearance(xy[bus], points) > 0.9 for bus in range(network.n_buses) if bus not in ends)


@PROPERTY
@given(feeders())
def test_risers_of_different_junctions_never_meet(network: Network) -> None:
    xy = layout(network)
    tree = preferred_tree(network)
    rooted = tree.parent_bus < 0
    child = np.flatnonzero(~rooted)
    parent = tree.parent_bus[child]
    risers = [(xy[p, 0], *sorted((xy[p, 1], xy[c, 1])), p) for p, c in zip(parent, child, strict=True)]
    for k, (x, low, high, one) in enumerate(risers):
        for other_x, other_low, other_high, other in risers[:k]:
            if x == other_x and one != other:
                assert high < other_low or low > other_high


def test_case33bw_reads_as_a_main_feeder_with_laterals() -> None:
    network = read("case33bw", None)
    xy = layout(network)
    main = xy[:18]
    assert len(set(main[:, 1])) == 1 and (np.diff(main[:, 0]) == 1.0).all()
    for lateral in (range(18, 22), range(22, 25), range(25, 33)):
        assert len(set(xy[list(lateral), 1])) == 1 and xy[lateral[0], 1] != main[0, 1]
    sides = {lateral: np.sign(xy[lateral, 1] - main[0, 1]) for lateral in (18, 22, 25)}
    assert sides[22] == sides[25] != sides[18], "the laterals joined by line 37 hang on one side"


def test_the_place_of_a_bus_depends_on_the_network_alone() -> None:
    network = read("case33bw", None)
    assert np.array_equal(layout(network), layout(network))
    loaded = network.with_(p_kw=2.0 * network.p_kw, vm_min_pu=0.95)
    assert np.array_equal(layout(network), layout(loaded))


def test_own_coordinates_are_used_scaled_to_the_length_of_a_line() -> None:
    network = from_text("1 2, 2 3, bus 1 x=10 y=10, bus 2 x=10 y=30, bus 3 x=30 y=30")
    assert layout(network).tolist() == [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert all(len(route.points) == 2 for route in line_routes(network, layout(network)))


def test_coordinates_that_hide_a_bus_are_not_used() -> None:
    network = from_text("1 2, 2 3, bus 1 x=10 y=10, bus 2 x=10 y=10, bus 3 x=30 y=30")
    assert closest(layout(network)) == 1.0


def test_meshed_start_and_single_bus() -> None:
    assert closest(layout(from_text("1 2, 2 3, 3 1, 3 4"))) >= 1.0
    assert layout(from_text("bus 1")).tolist() == [[0.0, 0.0]]
    assert line_routes(from_text("bus 1"), np.zeros((1, 2))) == ()


@pytest.mark.parametrize("count", [50, 400])
def test_a_long_feeder_and_a_star(count: int) -> None:
    chain = from_text("\n".join(f"{bus} {bus + 1}" for bus in range(1, count)))
    assert np.ptp(layout(chain)[:, 1]) == 0.0
    star = from_text("\n".join(f"1 {bus}" for bus in range(2, count)))
    assert closest(layout(star)) >= 1.0


def test_buses_on_one_spot_of_a_map_stand_apart() -> None:
    places = ", ".join(f"bus {bus} x={bus % 20} y={bus // 20}" for bus in range(2, 41))
    network = from_text("\n".join([*(f"S{1} {bus}" for bus in range(2, 41)), places, "bus 1 x=2 y=0"]))
    xy = layout(network)
    assert len(np.unique(xy, axis=0)) == 40
    assert xy[0, 0] == xy[1, 0] and xy[0, 1] != xy[1, 1]


def test_two_lines_between_two_buses_are_drawn_apart() -> None:
    network = from_text("S1 2\nS1 2 open")
    first, second = line_routes(network, layout(network))
    assert max(clearance(point, first.points) for point in second.points) > 0.2


PLACES = [(8.0, 48.0), (8.01, 48.0), (8.01, 48.01), (8.03, 48.01)]
"""Longitudes and latitudes along a road with two bends."""


def plan(places: list[tuple[float, float]]) -> Network:
    """A feeder that stands at places on a map."""
    rows = from_text("\n".join(f"{bus} {bus + 1}" for bus in range(1, len(places))))
    return rows.with_(coordinates=np.array(places))


def test_degrees_are_drawn_as_the_ground_lies() -> None:
    xy = layout(plan(PLACES))
    east, north = np.linalg.norm(xy[1] - xy[0]), np.linalg.norm(xy[2] - xy[1])
    assert east / north == pytest.approx(np.cos(np.radians(48.005)))


def test_metres_are_drawn_as_they_are() -> None:
    xy = layout(plan([(3_400_000.0 + 1000 * x, 5_300_000.0 + 1000 * y) for x, y in PLACES]))
    assert np.linalg.norm(xy[1] - xy[0]) == pytest.approx(np.linalg.norm(xy[2] - xy[1]))


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_moved_bus_has_coordinates_where_it_was_put(scale: float) -> None:
    network = plan([(scale * x, scale * y) for x, y in PLACES])
    moved = coordinates(network, {2: (1.5, 2.5)})
    assert moved[[0, 1, 3]] == pytest.approx(scale * np.array(PLACES)[[0, 1, 3]])
    put_there = layout(network.with_(coordinates=moved))
    still = layout(network)
    grown = np.linalg.norm(put_there[3] - put_there[0]) / np.linalg.norm(still[3] - still[0])
    assert (put_there[2] - put_there[0]) / grown == pytest.approx(np.array([1.5, 2.5]) - still[0], rel=1e-3)


def test_a_network_without_coordinates_has_those_of_its_drawing() -> None:
    network = from_text("1 2\n2 3\n3 4\n2 5")
    assert not is_plan(network)
    found, drawn = coordinates(network, {4: (7.0, 3.0)}), draw(network).places
    assert found[:4] == pytest.approx(drawn[:4])
    assert found[4].tolist() == [7.0, 3.0]
