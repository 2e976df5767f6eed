"""The power flow by the admittance matrix against pandapower and the sweeps."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.verification.judge import judge
from p2pdnr.verification.roles.operating_points import operating_points
from tests.random_networks import build, earthed

ENDS = [(0, 1), (1, 2), (1, 3), (4, 3), (3, 5)]


def networks(seed: int) -> list[Network]:
    plain = build(ENDS, 6, seed)
    return [plain, earthed(plain, seed)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("which", ["plain", "earthed"])
def test_points_are_the_states_of_pandapower_and_of_the_sweeps(seed: int, which: str) -> None:
    network = networks(seed)[which == "earthed"]
    factor = np.random.default_rng(seed).uniform(-1.0, 2.0, (5, 1))
    p_kw, q_kvar = factor * network.p_kw, np.abs(factor) * network.q_kvar
    found = operating_points(network, network.closed, p_kw, q_kvar)
    judged = judge(network, np.tile(network.closed, (5, 1)), p_kw, q_kvar)
    swept = solve_tree(network, orient(network, network.closed), p_kw, q_kvar)
    for other in (judged, swept):
        np.testing.assert_allclose(found.vm_pu, other.vm_pu, atol=1e-8)
        np.testing.assert_allclose(found.loading, other.current_a / network.limit_a, atol=1e-6)


def test_a_point_without_power_flow_has_no_state() -> None:
    network = build(ENDS, 6, 1)
    p_kw = np.array([network.p_kw, np.full(6, 1e6)])
    found = operating_points(network, network.closed, p_kw, np.zeros((2, 6)))
    assert np.isfinite(found.vm_pu[0]).all() and np.isnan(found.vm_pu[1, 1:]).all()
