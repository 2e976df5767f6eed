"""The operator's compiled hours against the cone programme and the exact power flow."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.models.tree_socp import tree_model
from p2pdnr.reconfiguration.operator import problem as operator_problem
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.solvers import Status, solve_once

pytestmark = pytest.mark.interpreted

BUSES = np.array([5, 11, 14, 17, 21, 24, 30, 32])
HOURS = 4


@pytest.fixture(scope="module")
def trees(network33: Network) -> list[np.ndarray]:
    """A few radial topologies, the initial one first."""
    every = all_trees(network33)
    return [network33.closed, *(every.closed(index) for index in (7, 20_000, 41_234))]


def problem_on(network: Network, **limits: float) -> OperatorProblem:
    limit_a = np.full(network.n_lines, limits.get("limit_a", np.inf))
    bounded = network.with_(
        vm_min_pu=limits.get("vm_min_pu", 0.9), vm_max_pu=limits.get("vm_max_pu", 1.1), limit_a=limit_a
    )
    scale = np.linspace(0.3, 1.0, HOURS)[:, None]
    terms = OperatorTerms(np.zeros(network.n_lines))
    return OperatorProblem(bounded, terms, scale * network.p_kw, scale * network.q_kvar, BUSES)


def targets(seed: int, most_kw: float) -> Floats:
    return np.random.default_rng(seed).uniform(-100.0, most_kw, (HOURS, len(BUSES)))


def by_cone(problem: OperatorProblem, closed: np.ndarray, target_kw: Floats, weight: float, hour: int) -> Floats | None:
    """(nb,) injections of one hour by the cone programme; None where its cone is loose."""
    network, base = problem.network, problem.network.base_kw
    at_bus = np.zeros((network.n_buses, len(BUSES)))
    at_bus[BUSES, np.arange(len(BUSES))] = 1.0
    injection = cp.Variable((len(BUSES), 1))
    load_p = problem.load_kw[[hour]].T / base - at_bus @ injection
    model = tree_model(network, orient(network, closed), problem.terms, load_p, problem.load_kvar[[hour]].T / base)
    pull = weight * base**2 / 2 * cp.sum_squares(injection - target_kw[[hour]].T / base)
    status = solve_once(cp.Problem(cp.Minimize(model.cost_eur + pull), model.constraints))
    assert status in (Status.OPTIMAL, Status.ALMOST)
    return base * injection.value[:, 0] if model.cone_gap < 1e-5 else None


CASES = {
    "free": ({}, 500.0),
    "voltage": ({"vm_min_pu": 0.95, "vm_max_pu": 1.01}, 900.0),
    "current": ({"limit_a": 120.0}, 600.0),
    "both": ({"limit_a": 150.0, "vm_min_pu": 0.96, "vm_max_pu": 1.02}, 900.0),
}


@pytest.mark.parametrize("case", CASES)
def test_the_kernel_agrees_with_the_cone(case: str, network33: Network, trees: list[np.ndarray]) -> None:
    limits, most_kw = CASES[case]
    problem, weight = problem_on(network33, **limits), 1e-4
    weights = np.full((HOURS, len(BUSES)), weight)
    judged = 0
    for seed, closed in enumerate(trees):
        target_kw = targets(seed, most_kw)
        answer = problem.solve(np.tile(closed, (HOURS, 1)), (target_kw, weights), np.arange(HOURS))
        for hour in (0, HOURS - 1):
            wanted = by_cone(problem, closed, target_kw, weight, hour)
            if wanted is not None:
                judged += 1
                assert answer.injection_kw[hour] == pytest.approx(wanted, abs=0.2)
    assert judged >= 3


def test_charges_are_the_slopes_of_the_cost(network33: Network, trees: list[np.ndarray]) -> None:
    """One kW more of load anywhere costs what the charge at that bus says, by the exact power flow."""
    problem = problem_on(network33, vm_min_pu=0.5)  # at a limit the slopes differ to both sides
    weights = np.full((HOURS, len(BUSES)), 1e-4)
    closed = trees[2]
    answer = problem.solve(np.tile(closed, (HOURS, 1)), (targets(3, 300.0), weights), np.arange(HOURS))
    load_kw = problem.load_kw.copy()
    np.subtract.at(load_kw.T, BUSES, answer.injection_kw.T)

    def cost(extra_kw: Floats) -> Floats:
        flow = solve_tree(problem.network, orient(problem.network, closed), load_kw + extra_kw, problem.load_kvar)
        lost = problem.terms.loss_price_eur_per_kwh * flow.loss_kw.sum(axis=1)
        return lost + violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a)

    for bus in (1, 17, 24, 32):
        step = np.zeros_like(load_kw)
        step[:, bus] = 1.0
        slope = (cost(step) - cost(-step)) / 2.0
        assert answer.charge_eur_per_kwh.sum(axis=0)[:, bus] == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_without_limits_in_reach_charges_are_loss_alone(network33: Network, trees: list[np.ndarray]) -> None:
    problem = problem_on(network33)
    weights = np.full((HOURS, len(BUSES)), 1e-4)
    answer = problem.solve(np.tile(trees[0], (HOURS, 1)), (targets(1, 100.0), weights), np.arange(HOURS))
    loss, congestion, voltage = answer.charge_eur_per_kwh
    assert np.abs(loss).max() > 0
    assert not congestion.any() and not voltage.any()
    assert answer.cost_eur[:, 1] == pytest.approx(np.zeros(HOURS), abs=1e-9)


def test_a_start_nearby_gives_the_same_answer(network33: Network, trees: list[np.ndarray]) -> None:
    problem = problem_on(network33, vm_max_pu=1.01, limit_a=150.0)
    closed, weights = np.tile(trees[1], (HOURS, 1)), np.full((HOURS, len(BUSES)), 1e-4)
    cold = problem.solve(closed, (targets(5, 700.0), weights), np.arange(HOURS))
    warm = problem.solve(closed, (targets(5, 700.0), weights), np.arange(HOURS), cold)
    assert warm.injection_kw == pytest.approx(cold.injection_kw, abs=0.05)


def test_a_load_beyond_the_collapse_is_named(network33: Network, trees: list[np.ndarray]) -> None:
    problem = problem_on(network33.with_(p_kw=20.0 * network33.p_kw))
    with pytest.raises(PowerFlowError, match="3"):
        problem.solve(
            np.tile(trees[0], (HOURS, 1)), (targets(1, 1.0), np.full((HOURS, len(BUSES)), 1e-4)), np.arange(HOURS)
        )


def long_feeder(buses: int) -> OperatorProblem:
    """A row of buses, all of them far below the lower limit, with one prosumer at its end."""
    network = from_text(", ".join(["S1 2", *(f"{bus} {bus + 1}" for bus in range(2, buses))]))
    network = network.with_(
        r_pu=np.full(buses - 1, 1e-3),
        x_pu=np.full(buses - 1, 1e-3),
        p_kw=np.full(buses, 20.0),
        q_kvar=np.zeros(buses),
        vm_min_pu=1.02,
        vm_max_pu=1.1,
    )
    terms = OperatorTerms(np.zeros(network.n_lines))
    return OperatorProblem(network, terms, network.p_kw[None], network.q_kvar[None], np.array([buses - 1]))


def voltage_slope_eur(problem: OperatorProblem, bus: int) -> float:
    """What 1 kW more at a bus adds to the price of broken voltages, by exact power flow."""
    network, costs = problem.network, []
    for extra_kw in (0.05, -0.05):
        load_kw = problem.load_kw.copy()
        load_kw[0, bus] += extra_kw
        flow = solve_tree(network, orient(network, network.closed), load_kw, problem.load_kvar)
        costs.append(violation_eur(network, problem.terms, flow.vm_pu, flow.current_a).sum())
    return 10.0 * float(costs[0] - costs[1])


def test_however_many_limits_are_broken_all_of_them_charge() -> None:
    problem = long_feeder(90)
    answer = problem.solve(np.ones((1, 89), dtype=bool), (np.zeros((1, 1)), np.full((1, 1), 1e6)), np.arange(1))
    assert answer.left_out == 0
    for bus in (5, 89):
        charge = answer.charge_eur_per_kwh[2, 0, bus]
        assert charge == pytest.approx(voltage_slope_eur(problem, bus), rel=1e-4)
    assert (answer.limit_prices_eur[1, 0] > 0).sum() == 89


def test_limits_without_room_are_counted_and_are_the_least_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_problem, "MOST_LIMITS", 70)
    problem = long_feeder(90)
    answer = problem.solve(np.ones((1, 89), dtype=bool), (np.zeros((1, 1)), np.full((1, 1), 1e6)), np.arange(1))
    assert answer.left_out == 19
    priced = answer.limit_prices_eur[1, 0] > 0
    assert priced.sum() == 70 and priced[20:].all(), "voltages fall along the row: the ends are the lowest"
