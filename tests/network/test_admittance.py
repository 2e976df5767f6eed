"""Ratios, charging, shunts and half-open lines, judged by pandapower."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import FROM_END, TO_END, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_table, from_text, to_table
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from p2pdnr.reconfiguration.topologies.ranking import evaluate
from p2pdnr.verification.judge import judge
from tests.random_networks import earthed, networks, spanning

PROPERTY = settings(deadline=None, derandomize=True, max_examples=15)
SCALE = np.array([1.0, -0.7])


@PROPERTY
@given(networks(max_buses=10), st.integers(0, 2**16))
def test_random_networks_in_random_trees_agree_with_newton(network: Network, seed: int) -> None:
    network = earthed(network, seed)
    closed = spanning(network, np.random.default_rng(seed).permutation(network.n_lines))
    load = np.outer(SCALE, network.p_kw), np.outer(SCALE, network.q_kvar)
    flow = solve_tree(network, orient(network, closed), *load)
    judged = judge(network, np.tile(closed, (2, 1)), *load)
    np.testing.assert_allclose(flow.vm_pu, judged.vm_pu, atol=1e-9)
    np.testing.assert_allclose(flow.loss_kw, judged.loss_kw, atol=1e-6)
    np.testing.assert_allclose(flow.current_a, judged.current_a, atol=1e-6)
    terms = OperatorTerms(np.zeros(network.n_lines))
    ranked = evaluate(network, np.flatnonzero(~closed)[None], *load, terms)
    np.testing.assert_allclose(ranked.loss_kw[0], flow.loss_kw.sum(axis=1), atol=1e-6)
    violated = violation_eur(network, terms, flow.vm_pu, np.where(closed, flow.current_a, 0.0))
    np.testing.assert_allclose(ranked.violation_eur[0], violated, atol=1e-6)


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=6), st.integers(0, 2**16))
def test_turning_lines_around_without_ratio_changes_only_signs(network: Network, seed: int) -> None:
    network = earthed(network, seed).with_(ratio=np.ones(network.n_lines))
    opened_at = np.select([network.opened_at == FROM_END, network.opened_at == TO_END], [TO_END, FROM_END], 0)
    turned = network.with_(
        from_bus=network.to_bus, to_bus=network.from_bus, opened_at=opened_at,
        g_from_pu=network.g_to_pu, b_from_pu=network.b_to_pu, g_to_pu=network.g_from_pu, b_to_pu=network.b_from_pu,
    )  # fmt: skip
    load = network.p_kw[None], network.q_kvar[None]
    here, there = (solve_tree(item, orient(item, item.closed), *load) for item in (network, turned))
    np.testing.assert_allclose(here.vm_pu, there.vm_pu, atol=1e-11)
    np.testing.assert_allclose(here.loss_kw, there.loss_kw, atol=1e-8)
    np.testing.assert_allclose(here.current_a, there.current_a, atol=1e-7)


@PROPERTY
@given(networks(max_buses=6), st.integers(0, 2**16))
def test_tables_give_the_network_back(network: Network, seed: int) -> None:
    table = to_table(earthed(network, seed))
    again = from_table(table)
    assert to_table(again) == table
    for name in ("ratio", "g_from_pu", "b_to_pu", "shunt_b_pu", "opened_at"):
        np.testing.assert_allclose(getattr(again, name), getattr(earthed(network, seed), name), rtol=1e-14)


def test_a_cable_open_at_one_end_charges_the_other() -> None:
    network = from_text("S1 2, 2 3 open, S1 3, bus 2 p=0 q=0, bus 3 p=0 q=0", vn_kv=20.0)
    loose = network.with_(b_from_pu=np.full(3, 0.05), b_to_pu=np.full(3, 0.05), opened_at=np.array([0, TO_END, 0]))
    flow = solve_tree(loose, orient(loose, loose.closed), np.zeros((1, 3)), np.zeros((1, 3)))
    assert flow.vm_pu[0, 1] > flow.vm_pu[0, 2] > 1.0
    assert flow.q_kvar[0, 1] == pytest.approx(-100.0, rel=1e-3) and flow.current_a[0, 1] > 0.0
    dead = loose.with_(opened_at=np.zeros(3, dtype=np.int64))
    assert solve_tree(dead, orient(dead, dead.closed), np.zeros((1, 3)), np.zeros((1, 3))).q_kvar[0, 1] == 0.0
