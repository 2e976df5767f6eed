"""Bounds over the positions of tap changers and capacitors: never above an exact power flow at any of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Lever, Network
from p2pdnr.network.levers import at, with_levers, without
from p2pdnr.reconfiguration.lagrangian.all_trees import BoundProblem, Seen
from p2pdnr.reconfiguration.lagrangian.lever_ranges import LeverRanges, lever_ranges
from p2pdnr.reconfiguration.lagrangian.one_tree import Devices, InverterCircles, Multipliers
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import all_trees, landscape
from tests.random_networks import networks

HOURS = 2
Where = tuple[int, ...]


def with_some(network: Network, seed: int) -> Network:
    """A tap changer at the first substation and two capacitors, one of which may be on throughout."""
    rng = np.random.default_rng(seed)
    tap = Lever(
        "substation tap", int(network.substations[0]), -1, int(rng.integers(1, 3)), float(rng.uniform(-0.02, 0.02))
    )
    buses = rng.choice(np.arange(1, network.n_buses), min(2, network.n_buses - 1), replace=False)
    most = [int(count) for count in rng.integers(1, 3, len(buses))]
    caps = [
        Lever("capacitor", int(bus), int(k == 1), count, float(rng.uniform(5, 60)))
        for k, (bus, count) in enumerate(zip(buses, most, strict=True))
    ]
    return with_levers(network, [tap, *caps], [0, *(item.least for item in caps)])


def every_position(network: Network) -> list[Where]:
    assert network.levers is not None
    return list(product(*(range(item.least, item.most + 1) for item in network.levers.items)))


def drawn(network: Network, seed: int, inverters: bool) -> tuple[BoundProblem, Floats]:
    """A problem with devices, prices of positions, and inverters if asked for; the prices (H, L)."""
    rng, plain = np.random.default_rng(seed), without(network)
    p_kw, q_kvar = (rng.uniform(-0.7, 1.0, (HOURS, 1)) * part for part in (plain.p_kw, plain.q_kvar))
    low, high = -rng.uniform(0, 150, (3, HOURS)), rng.uniform(0, 400, (3, HOURS))
    bus, cost = rng.integers(0, plain.n_buses, 3), rng.uniform(-0.3, 0.3, (3, HOURS))
    behind = np.array([0, -1, 1]) if inverters else None
    paid = rng.normal(0.0, 0.1, (2, HOURS)) if inverters else np.zeros((2, HOURS))
    cost[[0, 2]] += paid
    devices = Devices(bus, low, high, cost, rng.choice([0.0, 1e-3], 3), behind)
    circles = InverterCircles(bus[[0, 2]], rng.uniform(20, 400, 2), paid) if inverters else None
    assert network.levers is not None
    step_eur = rng.normal(0.0, 0.5, (HOURS, len(network.levers.items)))
    step_eur[:, [item.kind == "capacitor" for item in network.levers.items]] = 0.0
    terms = OperatorTerms(np.zeros(plain.n_lines))
    ranges = lever_ranges(network, step_eur)
    return BoundProblem(plain, terms, p_kw, q_kvar, devices, circles=circles, ranges=ranges), step_eur


def cost_eur(problem: BoundProblem, stood: Network, z: Floats, fed: Floats | None) -> Floats:
    """(n_trees, H) by exact power flow on the network ``stood`` with its levers somewhere."""
    own, load_kw, load_kvar = problem.devices, problem.load_kw.copy(), problem.load_kvar.copy()
    np.subtract.at(load_kw.T, own.bus, z)
    if fed is not None and problem.circles is not None:
        np.subtract.at(load_kvar.T, problem.circles.bus, fed)
    cost = (own.cost_eur * z + own.bend_eur[:, None] / 2 * z**2).sum(axis=0)
    if problem.circles is not None:  # what stands behind an inverter is what it runs
        cost = cost - (problem.circles.active_eur * z[[0, 2]]).sum(axis=0)
    ranked = landscape(stood, all_trees(stood), load_kw, load_kvar, problem.terms)
    return np.asarray(cost + ranked.stage_cost(problem.terms))


def seen_at(problem: BoundProblem, network: Network, where: Where, rng: np.random.Generator) -> Seen:
    """Power flows at a position, and prices of voltage limits out of thin air."""
    v2 = np.tile(at(network, where).substation_vm_pu ** 2, (HOURS, 1))
    limit_eur = rng.normal(0.0, 3000.0, problem.load_kvar.shape)
    if problem.circles is None:
        return Seen(problem.load_kvar, limit_eur, v2)
    active = rng.uniform(-0.9, 0.9, (2, HOURS)) * problem.circles.kva[:, None]
    return Seen(problem.load_kvar, limit_eur, v2, np.zeros((2, HOURS)), active)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(network=networks(max_buses=6, max_loops=2), seed=st.integers(0, 2**16), inverters=st.booleans())
def test_no_position_and_no_device_costs_less_than_the_bound(network: Network, seed: int, inverters: bool) -> None:
    """At multipliers from power flows at some position and at multipliers out of thin air; hundreds of plans each."""
    leveled, rng = with_some(network, seed), np.random.default_rng(seed)
    problem, step_eur = drawn(leveled, seed, inverters)
    everywhere, trees = every_position(leveled), all_trees(network)
    some = everywhere[int(rng.integers(len(everywhere)))]
    bound = problem.all_trees(trees.open_lines, problem.load_kw, 1.0, seen_at(problem, leveled, some, rng))
    size = rng.choice([1e-2, 1.0, 30.0])
    thin_air = Multipliers(*(size * rng.normal(size=(network.n_buses, HOURS)) for _ in range(5)))
    bound = np.fmax(bound, [problem.one_tree(row, thin_air) for row in trees.open_lines])
    own, checks = problem.devices, 0
    for where in everywhere:
        stood, paid = at(leveled, where), step_eur @ np.array(where)
        for _ in range(3):
            z, fed = rng.choice([own.low_kw, own.high_kw, rng.uniform(own.low_kw, own.high_kw)]), None
            if problem.circles is not None:
                kva = problem.circles.kva[:, None]
                z[[0, 2]] = np.clip(z[[0, 2]], -kva, kva)
                z = np.clip(z, own.low_kw, own.high_kw)
                room = np.sqrt(np.maximum(kva**2 - z[[0, 2]] ** 2, 0.0))
                fed = rng.choice([-1.0, 1.0, rng.uniform(-1, 1)]) * room
            cost = paid + cost_eur(problem, stood, z, fed)
            assert (bound <= cost + 1e-4 * (1.0 + np.abs(cost))).all()
            checks += cost.size
    assert checks >= 2 * 3 * len(everywhere)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(network=networks(max_buses=6, max_loops=1), seed=st.integers(0, 2**16))
def test_with_one_position_it_is_the_bound_of_that_network(network: Network, seed: int) -> None:
    tap = Lever("substation tap", 0, 2, 2, 0.01)
    leveled = with_levers(network, [tap], [2])
    problem, _ = drawn(leveled, seed, False)
    fixed = BoundProblem(at(leveled, (2,)), problem.terms, problem.load_kw, problem.load_kvar, problem.devices)
    rows = all_trees(network).open_lines
    v2 = np.tile(at(leveled, (2,)).substation_vm_pu ** 2, (HOURS, 1))
    seen = Seen(problem.load_kvar, np.zeros_like(problem.load_kvar), v2)
    price = problem.ranges.price_eur[0, 0]  # type: ignore[union-attr]
    found = problem.all_trees(rows, problem.load_kw, 1.0, seen)
    assert found == pytest.approx(fixed.all_trees(rows, problem.load_kw) + price, rel=1e-9, abs=1e-9)


def test_the_dearest_position_is_chosen_where_high_voltage_costs() -> None:
    ranges = LeverRanges(
        np.array([[0.9, 1.0, 1.1]]), np.array([[[0.0, 5.0], [1.0, 0.0], [3.0, 0.0]]]), np.zeros(1), np.ones(1)
    )
    worth = np.array([[10.0, -10.0]])
    assert ranges.source_eur(worth) == pytest.approx([min(-9.0, 1.0 - 10.0, 3.0 - 11.0), min(5.0 + 9.0, 10.0, 11.0)])
    assert ranges.rise_eur(np.array([[2.0, -2.0]])) == pytest.approx(np.array([[2.0, 0.0]]))
