"""Bounds of trees by weak duality: never above an exact power flow, and equal to it where nothing may move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.lagrangian.all_trees import BoundProblem
from p2pdnr.reconfiguration.lagrangian.one_tree import Devices, InverterCircles, Multipliers
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import all_trees, landscape
from tests.random_networks import networks

HOURS = 3


def loads(network: Network, seed: int, strain: float) -> tuple[Floats, Floats]:
    """(T, n) withdrawals, some of them reverse flow."""
    rng = np.random.default_rng(seed)
    return tuple(strain * rng.uniform(-0.7, 1.0, (HOURS, 1)) * part for part in (network.p_kw, network.q_kvar))  # type: ignore[return-value]


def devices(network: Network, seed: int) -> Devices:
    rng = np.random.default_rng(seed)
    bus = rng.integers(0, network.n_buses, 4)
    low, high = -rng.uniform(0, 150, (4, HOURS)), rng.uniform(0, 400, (4, HOURS))
    return Devices(bus, low, high, rng.uniform(-0.3, 0.3, (4, HOURS)), rng.choice([0.0, 1e-3], 4))


def nothing(network: Network) -> Devices:
    return Devices(np.zeros(0, dtype=np.int64), *(np.zeros((0, HOURS)),) * 3, np.zeros(0))


def terms(network: Network) -> OperatorTerms:
    return OperatorTerms(np.zeros(network.n_lines))


def operator_eur(problem: BoundProblem, injection_kw: Floats, fed_kvar: Floats | None = None) -> Floats:
    """(n_trees, T) losses and violations by exact power flow at injections (D, T), inverters feeding in (I, T)."""
    load_kw, load_kvar = problem.load_kw.copy(), problem.load_kvar.copy()
    np.subtract.at(load_kw.T, problem.devices.bus, injection_kw)
    if problem.circles is not None and fed_kvar is not None:
        np.subtract.at(load_kvar.T, problem.circles.bus, fed_kvar)
    trees = all_trees(problem.network)
    return landscape(problem.network, trees, load_kw, load_kvar, problem.terms).stage_cost(problem.terms)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(network=networks(), seed=st.integers(0, 2**16))
def test_no_reactive_power_within_the_inverters_costs_less_than_the_bound(network: Network, seed: int) -> None:
    """Also at given multipliers; active power within the circle is paid what the inverter's price says."""
    p_kw, q_kvar = loads(network, seed, 1.0)
    rng, trees = np.random.default_rng(seed), all_trees(network)
    circles = InverterCircles(
        rng.integers(0, network.n_buses, 3), rng.uniform(20, 200, 3), rng.normal(0, 0.1, (3, HOURS))
    )
    problem = BoundProblem(network, terms(network), p_kw, q_kvar, devices(network, seed), circles=circles)
    bound = problem.all_trees(trees.open_lines, p_kw, 1.0, q_kvar - 20.0)
    drawn = Multipliers(*(rng.normal(size=(network.n_buses, HOURS)) for _ in range(5)))
    bound = np.fmax(bound, [problem.one_tree(row, drawn) for row in trees.open_lines])
    for _ in range(6):
        angle, radius = rng.uniform(-np.pi, np.pi, (3, HOURS)), rng.choice([1.0, rng.random()]) * circles.kva[:, None]
        own = problem.devices
        z = rng.uniform(own.low_kw, own.high_kw)
        cost = (own.cost_eur * z + own.bend_eur[:, None] / 2 * z**2).sum(axis=0)
        cost = cost - (circles.active_eur * radius * np.cos(angle)).sum(axis=0)
        cost = cost + operator_eur(problem, z, radius * np.sin(angle))
        assert (bound <= cost + 1e-4 * (1.0 + np.abs(cost))).all()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(network=networks(), seed=st.integers(0, 2**16), strain=st.sampled_from([0.3, 1.0, 4.0]))
def test_where_nothing_may_move_the_bound_is_the_power_flow(network: Network, seed: int, strain: float) -> None:
    p_kw, q_kvar = loads(network, seed, strain)
    problem = BoundProblem(network, terms(network), p_kw, q_kvar, nothing(network))
    found = problem.all_trees(all_trees(network).open_lines, p_kw)
    exact = operator_eur(problem, np.zeros((0, HOURS)))
    assert (found <= exact + 1e-4 * (1.0 + np.abs(exact))).all()
    low = exact < 1e-3 * network.base_kw  # no broken limits to speak of, so that a single share of their prices fits
    kept = low & (landscape(network, all_trees(network), p_kw, q_kvar, problem.terms).violation_eur == 0.0)
    assert found[kept] == pytest.approx(exact[kept], rel=1e-3, abs=1e-5)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(network=networks(), seed=st.integers(0, 2**16), strain=st.sampled_from([0.3, 1.0, 4.0]))
def test_no_choice_of_the_devices_costs_less_than_the_bound(network: Network, seed: int, strain: float) -> None:
    p_kw, q_kvar = loads(network, seed, strain)
    own, rng = devices(network, seed), np.random.default_rng(seed + 1)
    problem = BoundProblem(network, terms(network), p_kw, q_kvar, own)
    trees = all_trees(network)
    seen = p_kw.copy()
    np.subtract.at(seen.T, own.bus, own.high_kw / 2)
    bound = np.fmax(problem.all_trees(trees.open_lines, seen), problem.all_trees(trees.open_lines, p_kw, 0.5))
    assert np.isfinite(bound).all()
    for _ in range(6):
        z = rng.choice([own.low_kw, own.high_kw, rng.uniform(own.low_kw, own.high_kw)])
        cost = (own.cost_eur * z + own.bend_eur[:, None] / 2 * z**2).sum(axis=0) + operator_eur(problem, z)
        assert (bound <= cost + 1e-4 * (1.0 + np.abs(cost))).all()


@pytest.mark.interpreted
@settings(max_examples=15, deadline=None, derandomize=True)
@given(network=networks(max_buses=5, max_loops=2), seed=st.integers(0, 2**16), size=st.sampled_from([1e-3, 1.0, 1e3]))
def test_any_multipliers_give_a_bound(network: Network, seed: int, size: float) -> None:
    """Prices out of thin air, beyond what limits may cost and at substations too."""
    rng = np.random.default_rng(seed)
    p_kw, q_kvar = loads(network, seed, 1.0)
    own = devices(network, seed)
    problem = BoundProblem(network, terms(network), p_kw, q_kvar, own)
    multipliers = Multipliers(*(size * rng.normal(size=(network.n_buses, HOURS)) for _ in range(5)))
    exact = operator_eur(problem, own.low_kw) + (own.cost_eur * own.low_kw).sum(axis=0)
    exact += (own.bend_eur[:, None] / 2 * own.low_kw**2).sum(axis=0)
    for index, row in enumerate(all_trees(network).open_lines):
        assert (problem.one_tree(row, multipliers) <= exact[index] + 1e-6 * (1.0 + np.abs(exact[index]))).all()


@pytest.mark.interpreted
def test_lines_without_impedance_and_multipliers_of_nothing() -> None:
    network = Network(
        "three", 1.0, np.full(3, 10.0), np.zeros(3), np.zeros(3), np.array([0, 1, 2]), np.array([1, 2, 0]),
        np.array([0.0, 0.01, 0.01]), np.array([0.0, 0.01, 0.0]), np.array([np.inf, 50.0, np.inf]),
        np.ones(3, dtype=bool), np.array([True, True, False]), np.array([0]), np.array([1.0]),
    )  # fmt: skip
    p_kw, q_kvar = np.array([[0.0, 100.0, 200.0]]), np.array([[0.0, 50.0, 20.0]])
    one = Devices(np.array([2]), np.array([[-50.0]]), np.array([[80.0]]), np.array([[0.1]]), np.array([0.0]))
    problem = BoundProblem(network, terms(network), p_kw, q_kvar, one)
    trees = all_trees(network)
    bound = problem.all_trees(trees.open_lines, p_kw + 50.0)
    free = problem.one_tree(trees.open_lines[0], Multipliers(*(np.zeros((3, 1)) for _ in range(5))))
    assert free == pytest.approx(one.least_eur)
    cost = np.min([operator_eur(problem, z * np.ones((1, 1))) + 0.1 * z for z in np.linspace(-50, 80, 131)], axis=0)
    assert (bound <= cost + 1e-6).all()
    assert bound == pytest.approx(cost, rel=2e-3)
