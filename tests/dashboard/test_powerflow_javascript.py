"""The power flow of the page against the solver's, on networks with ratios, charging, shunts and half-open lines."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.results import payload
from tests import random_networks
from tests.dashboard.test_javascript import run

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")

ENDS = [(0, 1), (1, 2), (2, 3), (4, 3), (1, 5), (6, 5), (6, 7), (3, 7), (2, 5), (4, 7)]
SEEDS = (3, 4, 5, 6)
FLOWS = """a[0].map(({ shown, others }) => others.map((closed) => {
  const grid = p.gridOf(shown);
  const found = p.flowOf(grid, p.withdrawals(grid, shown, 0), Uint8Array.from(closed));
  return { ...found, kw: found.p, order: null };
}))"""


def grid(seed: int) -> Network:
    """Eight buses, three loops, earth everywhere; odd seeds have two substations."""
    drawn = random_networks.earthed(random_networks.build(ENDS, 8, seed, 1 + seed % 2), seed, 0.7)
    return drawn.with_(limit_a=np.full(drawn.n_lines, 6.0), vm_min_pu=0.9, vm_max_pu=1.01)


def flow_of(network: Network, closed: np.ndarray) -> Flow:
    return solve_tree(network, orient(network, closed), network.p_kw[None], network.q_kvar[None])


def shown(network: Network, closed: np.ndarray) -> dict[str, Any]:
    """What the page holds of one hour, rounded as it is."""
    flow = flow_of(network, closed)
    lines = {"p_kw": flow.p_kw, "q_kvar": flow.q_kvar, "i_a": flow.current_a, "loss_kw": flow.loss_kw}
    return {
        "step_h": 0.5,
        "dso": {"loss_price_eur_per_kwh": 0.2, "violation_price_eur_per_kwh": 7.0},
        "network": payload._network(network),
        "lines": {name: payload._rounded(values, name) for name, values in lines.items()}
        | {"closed": [closed.astype(int).tolist()]},
        "buses": {"vm_pu": payload._rounded(flow.vm_pu, "vm_pu")},
    }


def test_power_flow_of_the_page_knows_ratios_charging_and_shunts() -> None:
    networks = [grid(seed) for seed in SEEDS]
    trees = [ranking.all_trees(network) for network in networks]
    closed = [~np.isin(np.arange(len(ENDS)), opened) for opened in (found.open_lines[0] for found in trees)]
    others = [
        [~np.isin(np.arange(len(ENDS)), opened) for opened in found.open_lines[:: max(1, len(found) // 6)]]
        for found in trees
    ]
    asked = [
        {"shown": shown(network, own), "others": [other.astype(int).tolist() for other in wanted]}
        for network, own, wanted in zip(networks, closed, others, strict=True)
    ]
    for network, wanted, answers in zip(networks, others, run(FLOWS, asked), strict=True):
        for other, answer in zip(wanted, answers, strict=True):
            assert_same(network, other, answer)


def assert_same(network: Network, closed: np.ndarray, answer: dict[str, Any]) -> None:
    flow = flow_of(network, closed)
    assert flow.converged[0]
    assert np.abs(flow.vm_pu[0] - answer["vm"]).max() < 1e-6
    assert np.abs(flow.p_kw[0] - answer["kw"]).max() < 0.02
    assert np.abs(flow.q_kvar[0] - answer["q"]).max() < 0.1  # charging at voltages of five decimals
    assert np.abs(flow.current_a[0] - answer["amperes"]).max() < 0.01
    assert np.abs(flow.loss_kw[0] - answer["lost"]).max() < 1e-3
    terms = OperatorTerms(np.zeros(network.n_lines), 0.2, 7.0, 0.5)
    ranked = ranking.evaluate(network, [np.flatnonzero(~closed)], network.p_kw[None], network.q_kvar[None], terms)
    assert answer["loss"] == pytest.approx(ranked.loss_kw[0, 0], abs=2e-3)
    assert ranked.violation_eur[0, 0] > 0.0
    assert answer["breach"] == pytest.approx(ranked.violation_eur[0, 0], rel=1e-3)
