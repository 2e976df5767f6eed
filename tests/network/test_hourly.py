"""A network whose levers stand elsewhere from hour to hour."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Lever
from p2pdnr.network.hourly import HourlyNetwork, same_rows, steps
from p2pdnr.network.levers import with_levers
from tests.small_networks import ladder

ITEMS = [Lever("substation tap", 0, -2, 2, 0.01), Lever("capacitor", 2, 0, 2, 50.0)]
POSITIONS = np.array([[0, 0], [1, 0], [0, 0], [1, 2]])


def test_networks_of_hours_are_those_at_their_positions() -> None:
    plain = ladder(2)
    hourly = HourlyNetwork(with_levers(plain, ITEMS, (0, 0)), POSITIONS)
    assert hourly.at(1).substation_vm_pu[0] == plain.substation_vm_pu[0] * 1.01
    assert hourly.at(3).shunt_b_pu[2] == 100.0 / plain.base_kw
    assert hourly.at(0) is hourly.at(2)
    parts = {tuple(places.tolist()): network for places, network in hourly.parts(np.array([1, 2, 3, 0]))}
    assert set(parts) == {(0,), (1, 3), (2,)}
    assert parts[0,] is hourly.at(1)


def test_a_network_is_plain_where_it_is_at_every_position() -> None:
    network = with_levers(ladder(2), ITEMS, (0, 0))
    assert HourlyNetwork(network).is_plain
    assert HourlyNetwork(network, POSITIONS[:3]).is_plain
    assert not HourlyNetwork(network, POSITIONS).is_plain


def test_levers_that_stay_are_the_network_itself() -> None:
    network = ladder(2)
    hourly = HourlyNetwork(network)
    assert hourly.at(7) is network
    ((places, part),) = hourly.parts(np.array([4, 5]))
    assert part is network
    assert places.tolist() == [0, 1]


def test_equal_rows_stand_together() -> None:
    groups = same_rows(np.array([[1, 0], [0, 1], [1, 0]]))
    assert sorted(group.tolist() for group in groups) == [[0, 2], [1]]


def test_steps_count_from_the_start_and_back() -> None:
    assert steps((0, 0), POSITIONS).sum(axis=1).tolist() == [0, 1, 1, 3]
    assert steps((0, 0), POSITIONS, back=True).sum(axis=1).tolist() == [0, 1, 1, 3, 3]
