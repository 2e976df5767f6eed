"""What a scenario makes of its network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError, ScenarioError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.topology import orient
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import (
    background_kw,
    build_network,
    electrical_distance_pu,
    partner_pairs,
    profile,
)
from p2pdnr.scenario.schema import Scenario
from tests.random_networks import networks
from tests.scenario.documents import TABLE, full, minimal

QUICK = settings(deadline=None, derandomize=True, max_examples=60)


def scenario_on(source: Any, buses: list[int], partners: Any = 6, **network: Any) -> Scenario:
    rows = [{"id": f"P{k}", "bus": bus} for k, bus in enumerate(buses)]
    return document.from_dict(
        minimal(network={"source": source} | network, prosumers=rows, market={"partners": partners})
    )


def test_every_setting_is_applied() -> None:
    network = build_network(document.from_dict(full()))
    assert (network.vm_min_pu, network.vm_max_pu) == (0.94, 1.06)
    assert network.substation_vm_pu.tolist() == [1.01 * 1.0125]
    assert network.levers is None and network.shunt_b_pu[17] == 0.1
    assert network.limit_a.tolist() == [400, 400, 250, *[400] * 34]
    assert network.switchable.all()
    assert network.initially_open == (33, 34, 35, 36, 37)


def test_what_is_not_set_stays_as_the_network_says() -> None:
    table = TABLE | {"vm_min_pu": 0.93, "vm_max_pu": 1.07}
    network = build_network(scenario_on(table, [3]))
    assert (network.vm_min_pu, network.vm_max_pu) == (0.93, 1.07)
    assert network.substation_vm_pu.tolist() == [1.02]
    assert network.limit_a.tolist() == [120, np.inf, np.inf]
    assert network.switchable.tolist() == [True, False, True]
    assert network.initially_open == (3,)


def test_limits_and_switches_of_single_lines() -> None:
    settings_ = {"line_limits_a": {"2": 80}, "switchable": [1, 3], "initially_open": [1]}
    network = build_network(scenario_on(TABLE, [3], **settings_))
    assert network.limit_a.tolist() == [120, 80, np.inf]
    assert network.switchable.tolist() == [True, False, True]
    assert network.initially_open == (1,)
    assert build_network(scenario_on(TABLE, [3], switchable="all")).switchable.all()
    assert not build_network(scenario_on(TABLE, [3], switchable=[])).switchable.any()


def test_the_defaults_of_the_built_in_feeder(network33: Network) -> None:
    network = build_network(scenario_on("case33bw", [5]))
    assert (network.vm_min_pu, network.vm_max_pu) == (0.9, 1.1)
    assert np.isinf(network.limit_a).all()
    assert network.initially_open == network33.initially_open


def test_a_file_next_to_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "ring.json").write_text(json.dumps(TABLE), encoding="utf8")
    assert build_network(scenario_on("ring.json", [3]), tmp_path).n_buses == 3
    with pytest.raises(NetworkError):
        build_network(scenario_on("ring.json", [3]), None)


def test_a_scenario_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ScenarioError, match="prosumer P0 bus: bus 4 does not exist"):
        build_network(scenario_on(TABLE, [4]))


def test_profiles() -> None:
    assert profile(document.from_dict(full()), "load").tolist() == [0.5, 0.75, 1.0]


def test_background_follows_its_profiles(network33: Network) -> None:
    p_kw, q_kvar = background_kw(document.from_dict(full()), network33)
    assert p_kw.shape == q_kvar.shape == (3, 33)
    factors = np.ones((3, 33))
    factors[:, [1, 2]] = [[0.5], [0.75], [1.0]]
    factors[:, [18, 19]] = [[0.1], [1.0], [1.0]]
    np.testing.assert_allclose(p_kw, 0.8 * factors * network33.p_kw)
    np.testing.assert_allclose(q_kvar, 0.8 * factors * network33.q_kvar)


@pytest.mark.parametrize(("background", "factors"), [(None, [1, 1]), ({}, [1, 1]), ("dusk", [0.5, 2])])
def test_background_of_all_buses(network33: Network, background: Any, factors: list[float]) -> None:
    network = {"source": "case33bw", "background_profile": background}
    p_kw, _ = background_kw(document.from_dict(minimal(network=network, profiles={"dusk": [0.5, 2]})), network33)
    np.testing.assert_allclose(p_kw, np.outer(factors, network33.p_kw))


def distances_by_walking(network: Network) -> Floats:
    """(n, n) by breadth-first search over the closed lines; substations are joined by lines without impedance."""
    distance = np.full((network.n_buses, network.n_buses), np.inf)
    edges = [
        (int(network.from_bus[e]), int(network.to_bus[e]), float(np.hypot(network.r_pu[e], network.x_pu[e])))
        for e in np.flatnonzero(network.closed)
    ] + [(int(network.substations[0]), int(bus), 0.0) for bus in network.substations[1:]]
    for start in range(network.n_buses):
        distance[start, start], queue = 0.0, [start]
        for here in queue:
            for a, b, z in [*edges, *((b, a, z) for a, b, z in edges)]:
                if a == here and np.isinf(distance[start, b]):
                    distance[start, b] = distance[start, here] + z
                    queue.append(b)
    return distance


@QUICK
@given(networks())
def test_distances_are_those_of_walking_along_the_tree(network: Network) -> None:
    buses = np.arange(network.n_buses)
    np.testing.assert_allclose(electrical_distance_pu(network, buses), distances_by_walking(network), atol=1e-12)


@QUICK
@given(networks(), st.data())
def test_the_k_nearest_are_partners(network: Network, data: st.DataObject) -> None:
    orient(network, network.closed)
    buses = data.draw(st.lists(st.integers(1, network.n_buses), min_size=1, max_size=7))
    k = data.draw(st.integers(0, 7))
    pairs = partner_pairs(scenario_on("case33bw", buses, k), network).tolist()
    distance = np.round(distances_by_walking(network), 10)
    wanted = set()
    for a, bus in enumerate(buses):
        others = [b for b in range(len(buses)) if b != a]
        nearest = sorted(others, key=lambda b, bus=bus: (distance[bus - 1, buses[b] - 1], b))[:k]  # type: ignore[misc]
        wanted |= {(min(a, b), max(a, b)) for b in nearest}
    assert [tuple(pair) for pair in pairs] == sorted(wanted)


def test_ties_are_broken_by_the_list_even_when_sums_round_differently() -> None:
    """Two arms of equal lines: 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ in the last bit."""
    lengths = [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]
    ends = [(1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7)]
    table = {
        "buses": [{"vn_kv": 1.0} for _ in range(7)],
        "lines": [{"from": a, "to": b, "r_ohm": r, "x_ohm": 0.0} for (a, b), r in zip(ends, lengths, strict=True)],
    }
    for buses in ([1, 4, 4, 7, 7], [1, 7, 7, 4, 4]):
        scenario = scenario_on(table, buses, 1)
        assert partner_pairs(scenario, build_network(scenario)).tolist() == [[0, 1], [1, 2], [3, 4]]


def test_forms_of_partners(network33: Network) -> None:
    def pairs(partners: Any) -> list[list[int]]:
        return partner_pairs(scenario_on("case33bw", [2, 3, 4, 2], partners), network33).tolist()

    every = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert pairs("all") == pairs(3) == pairs(99) == every
    assert pairs("none") == pairs(0) == pairs([]) == []
    assert pairs([["P3", "P0"], ["P2", "P1"], ["P0", "P3"]]) == [[0, 3], [1, 2]]
    assert partner_pairs(scenario_on("case33bw", [2], 6), network33).shape == (0, 2)


def test_partners_at_the_same_bus_come_first(network33: Network) -> None:
    assert partner_pairs(scenario_on("case33bw", [18, 2, 18], 1), network33).tolist() == [[0, 1], [0, 2]]


def test_partners_follow_the_initial_topology(network33: Network) -> None:
    """Buses 8 and 21 are neighbours over tie line 33, far apart while it is open."""
    scenario = scenario_on("case33bw", [8, 21, 3], 1)
    assert [0, 1] not in partner_pairs(scenario, network33).tolist()
    closed = network33.closed.copy()
    closed[[32, 6]] = True, False
    assert [0, 1] in partner_pairs(scenario, network33.with_(closed=closed)).tolist()


def test_thousands_of_prosumers(network33: Network) -> None:
    scenario = scenario_on("case33bw", [2 + k % 32 for k in range(5_000)], 6)
    pairs = partner_pairs(scenario, network33)
    counts = np.bincount(pairs.ravel(), minlength=5_000)
    assert counts.min() >= 6
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_readers_and_scenarios_agree_on_tables() -> None:
    scenario = scenario_on(TABLE, [3])
    direct, built = readers.to_table(readers.read(TABLE, None)), readers.to_table(build_network(scenario))
    assert built == direct


@QUICK
@given(networks(), st.data())
def test_the_nearest_found_for_all_at_once_are_those_of_each(network: Network, data: st.DataObject) -> None:
    """The plain statement: each looks through the whole list, the nearest first, of equally near ones the first."""
    count = data.draw(st.integers(4, 30))
    buses = data.draw(st.lists(st.integers(1, network.n_buses), min_size=count, max_size=count))
    most = data.draw(st.integers(1, count - 2))
    scenario = scenario_on(readers.to_table(network), buses, most)
    distance = np.round(electrical_distance_pu(network, np.array(buses) - 1), 10)[np.array(buses) - 1]
    pairs = set()
    for k in range(count):
        nearest = [int(other) for other in np.argsort(distance[:, k], kind="stable") if other != k][:most]
        pairs |= {(min(k, other), max(k, other)) for other in nearest}
    assert partner_pairs(scenario, network).tolist() == [list(pair) for pair in sorted(pairs)]
