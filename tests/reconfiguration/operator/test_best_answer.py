"""Answers to charges on the exact power flow: nothing costs less than the bound, what is found costs little more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.operator.best_answer import Asked, best_answers
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from tests.random_networks import earthed, networks


def operator_of(network: Network, buses: list[int], loss: float = 0.12) -> OperatorProblem:
    """One hour with the network's loads; prosumers at some buses."""
    terms = OperatorTerms(np.zeros(network.n_lines), loss_price_eur_per_kwh=loss)
    return OperatorProblem(network, terms, network.p_kw[None].copy(), network.q_kvar[None].copy(), np.array(buses))


def cost_eur(operator: OperatorProblem, charge_eur_per_kw: Floats, injection_kw: Floats) -> Floats:
    """(C,) of injections (C, nb)."""
    network, terms = operator.network, operator.terms
    load = np.tile(operator.load_kw, (len(injection_kw), 1))
    np.subtract.at(load.T, operator.buses, injection_kw.T)
    tree = orient(network, network.closed)
    flow = solve_tree(network, tree, load, np.tile(operator.load_kvar, (len(injection_kw), 1)))
    cost = terms.loss_price_eur_per_kwh * flow.loss_kw.sum(axis=1) + injection_kw @ charge_eur_per_kw
    return np.where(flow.converged, cost + violation_eur(network, terms, flow.vm_pu, flow.current_a), np.inf)


def ask(operator: OperatorProblem, charge_eur_per_kw: Floats, ends: tuple[Floats, Floats], known_kw: Floats) -> Asked:
    least, most = ends
    closed = operator.network.closed[None]
    return Asked(np.array([0]), closed, charge_eur_per_kw[None], least[None], most[None], known_kw[None])


@settings(max_examples=10, deadline=None, derandomize=True)
@given(networks(max_buses=6, max_loops=1), st.integers(0, 2**16), st.booleans())
def test_no_injection_costs_less_than_the_bound(network: Network, seed: int, plain: bool) -> None:
    network = network if plain else earthed(network, seed)
    rng, buses = np.random.default_rng(seed), [1, network.n_buses - 1]
    operator = operator_of(network, sorted(set(buses)), loss=float(rng.choice([0.05, 0.2])))
    charge_eur_per_kw = rng.normal(-0.1, 0.1, len(operator.buses))
    ends = np.full(len(charge_eur_per_kw), -50.0), rng.uniform(50.0, 1500.0, len(charge_eur_per_kw))
    tried = ends[0] + (ends[1] - ends[0]) * rng.random((3000, len(charge_eur_per_kw)))
    costs = cost_eur(operator, charge_eur_per_kw, tried)
    found = best_answers(operator, ask(operator, charge_eur_per_kw, ends, tried[0]), np.array([-np.inf]), 1e-3)
    assert found.known_eur[0] == pytest.approx(costs[0])
    scale = 1.0 + abs(found.known_eur[0])
    assert found.least_eur[0] <= costs.min() + 1e-6 * scale
    assert found.least_eur[0] <= found.found_eur[0] <= found.known_eur[0]
    assert found.found_eur[0] <= costs.min() + 0.01 * scale, "what is found is no worse than what chance finds"


def bottleneck() -> OperatorProblem:
    """A lateral without limit behind a trunk of 30 A: the cone loses the surplus there."""
    network = from_text("S1 2 r=0.01 x=0.005, 2 3 r=0.01 x=0.005").with_(
        limit_a=np.array([30.0, np.inf]), vm_min_pu=0.9, vm_max_pu=1.1, vn_kv=np.full(3, 10.0)
    )
    return operator_of(network, [2], loss=0.05)


def test_where_the_cone_is_loose_the_answer_is_that_of_a_scan() -> None:
    operator, charge_eur_per_kw = bottleneck(), np.array([-0.25])
    scan = np.arange(0.0, 1500.0, 0.05)[:, None]
    costs = cost_eur(operator, charge_eur_per_kw, scan)
    asked = ask(operator, charge_eur_per_kw, (np.array([0.0]), np.array([1500.0])), np.array([0.0]))
    root = best_answers(operator, asked, np.array([-np.inf]), 1e-2, rounds=0)
    assert root.cone_gap > 0.1 and root.least_eur[0] < costs.min() - 5e-3
    found = best_answers(operator, asked, np.array([-np.inf]), 1e-3)
    assert found.known_eur[0] == pytest.approx(costs[0])
    assert found.found_eur[0] == pytest.approx(costs.min(), abs=0.02)
    assert found.least_eur[0] == pytest.approx(costs.min(), abs=0.02)
    assert found.least_eur[0] <= costs.min() + 1e-4


def test_hours_that_are_close_are_left_as_they_are() -> None:
    operator = bottleneck()
    asked = ask(operator, np.array([-0.25]), (np.array([0.0]), np.array([1500.0])), np.array([0.0]))
    found = best_answers(operator, asked, np.array([-1e-3]), 1e-2)
    assert found.least_eur[0] == -1e-3 and found.found_eur[0] == found.known_eur[0]
