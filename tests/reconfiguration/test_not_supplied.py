"""Energy not supplied by single faults: against walking the graph fault by fault, the search for back-feeds with limits
that never bind, and all schedules of a small network one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.not_supplied import HOURS_A_YEAR, OutagePrice, OutageTerms, without_supply_h
from p2pdnr.reconfiguration.outages.day import OutageDay, RepairTimes
from p2pdnr.reconfiguration.outages.faults import every_fault, not_supplied_kwh
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import networks
from tests.reconfiguration.planning.day_costs import stage

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)
TERMS = OutageTerms(10.0, faults_per_line_year=0.3, repair_h=3.0, operation_h=0.5)


def reached(network: Network, closed: Bools) -> set[int]:
    """Buses with supply, found by walking along closed lines."""
    found = set(network.substations.tolist())
    ends = list(zip(network.from_bus[closed].tolist(), network.to_bus[closed].tolist(), strict=True))
    while more := {bus for pair in ends for bus in pair if set(pair) & found} - found:
        found |= more
    return found


def lost_kwh(network: Network, closed: Bools, load_kw: np.ndarray, terms: OutageTerms) -> float:
    """Of one fault after the other: what no single closing brings back waits for the repair."""
    total, everything = 0.0, set(range(network.n_buses))
    for line in np.flatnonzero(closed):
        after = closed.copy()
        after[line] = False
        dark = everything - reached(network, after)
        ties = [tie for tie in np.flatnonzero(~closed) if network.switchable[tie]]
        ways = [after | (np.arange(network.n_lines) == tie) for tie in ties]
        back = any(not (everything - reached(network, way)) for way in ways) or not dark
        hours = min(terms.operation_h, terms.repair_h) if back else terms.repair_h
        total += hours * load_kw[sorted(dark)].sum()
    return float(total)


@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 2**16))
def test_every_topology_equals_walking_the_graph_and_the_search_for_back_feeds(network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    trees = all_trees(network.with_(switchable=network.switchable & (rng.random(network.n_lines) < 0.8)))
    locked = network.with_(switchable=network.switchable & (rng.random(network.n_lines) < 0.8))
    load_kw = rng.uniform(0.0, 100.0, (2, network.n_buses))
    load_kw[:, network.substations] = 0.0
    price = OutagePrice(TERMS, load_kw, step_h=0.5)
    found = price.stage_eur(locked, trees.open_lines)
    per_kwh = TERMS.eur_per_kwh * TERMS.faults_per_line_year * 0.5 / HOURS_A_YEAR
    for index in range(min(len(trees), 6)):
        closed = trees.closed(index)
        by_hand = [per_kwh * lost_kwh(locked, closed, row, TERMS) for row in load_kw]
        assert found[index] == pytest.approx(by_hand, rel=1e-9, abs=1e-12)
    closed = trees.closed(0)
    free = locked.with_(closed=closed, vm_min_pu=0.01, vm_max_pu=9.0, limit_a=np.full(network.n_lines, np.inf))
    day = OutageDay(free, np.tile(closed, (2, 1)), 1e-3 * load_kw, np.zeros_like(load_kw), load_kw)
    times, energy = RepairTimes(TERMS.repair_h, TERMS.operation_h), np.zeros(2)
    for answer in every_fault(day):
        energy[answer.hour] += not_supplied_kwh(answer, times)
    assert found[0] == pytest.approx(per_kwh * energy, rel=1e-9, abs=1e-12)


@PROPERTY
@given(networks(max_buses=6, max_loops=2), st.integers(0, 2**16))
def test_the_schedule_is_the_cheapest_of_all_sequences(network: Network, seed: int) -> None:
    trees = all_trees(network)
    assume(2 <= len(trees) <= 8)
    rng = np.random.default_rng(seed)
    load = tuple(rng.uniform(0.2, 1.5, (3, network.n_buses)) * part for part in (network.p_kw, network.q_kvar))
    terms = OperatorTerms(rng.uniform(0.0, 0.1, network.n_lines))
    price = OutagePrice(replace(TERMS, eur_per_kwh=50.0), np.maximum(load[0], 0.0))
    day = plan_day(LoadCase(network, *load, terms, price))
    states = [trees.closed(index) for index in range(len(trees))]
    costs = [
        stage(network, closed, load, terms) + price.schedule_eur(network, np.tile(closed, (3, 1))) for closed in states
    ]
    best = np.inf
    for sequence in product(range(len(trees)), repeat=3):
        ways = [network.closed, *(states[index] for index in sequence)]
        cost = sum(costs[index][hour] for hour, index in enumerate(sequence))
        cost += sum(terms.switching_cost_eur[one != two].sum() for one, two in pairwise(ways))
        best = min(best, cost)
    assert day.exact
    assert day.hourly.outage_eur is not None
    assert day.hourly.cost_eur == pytest.approx(best, rel=1e-4, abs=1e-3)


def test_with_a_high_price_less_is_left_unsupplied_and_more_is_lost() -> None:
    network = from_text("S1 2 r=0.1, 2 3 r=0.1, 3 4 r=0.1, 4 5 r=2, 1 5 r=2 open, bus 5 p=10, bus 4 p=300, bus 2 p=1")
    trees = all_trees(network)
    hours = without_supply_h(network, trees.open_lines, TERMS)
    assert (hours <= 4 * TERMS.operation_h + 1e-12).all()  # a ring: one operation brings everything back
    lone = from_text("S1 2, 2 3, bus 3 p=100")
    assert without_supply_h(lone, np.zeros((1, 0), dtype=int), TERMS).tolist() == [[0.0, 3.0, 6.0]]
    p_kw = np.tile(network.p_kw, (2, 1))
    case = LoadCase(network, p_kw, 0 * p_kw, OperatorTerms(np.zeros(network.n_lines)))
    plain = plan_day(case)
    dear = plan_day(replace(case, outages=OutagePrice(replace(TERMS, eur_per_kwh=1e5), p_kw)))
    assert plain.hourly.outage_eur is None
    assert "outages_eur" not in plain.as_dict()["hourly"]
    told = dear.as_dict()
    assert told["hourly"]["outages_eur"] == pytest.approx(sum(row["outage_eur"] for row in told["hours"]))
    assert told["hourly"]["outages_eur"] <= told["initial"]["outages_eur"]
    assert told["hourly"]["losses_kwh"] >= plain.as_dict()["hourly"]["losses_kwh"]


def test_a_repair_that_is_faster_than_switching_ends_the_outage() -> None:
    ring = from_text("S1 2, 2 3, 1 3 open, bus 3 p=100")
    fast = OutageTerms(1.0, repair_h=0.1, operation_h=0.5)
    assert without_supply_h(ring, np.array([[2]]), fast).tolist() == [[0.0, 0.1, 0.2]]
