"""What is shown about monotone power flow, against power flows; and cases in which nothing is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.network.monotone import Interval, is_monotone, most_current2
from p2pdnr.network.topology import orient
from p2pdnr.verification.roles.operating_points import operating_points
from tests.random_networks import build, earthed

ENDS = [(0, 1), (1, 2), (1, 3), (4, 3), (3, 5)]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_shown_is_true_of_every_power_flow(seed: int) -> None:
    network, rng = build(ENDS, 6, seed), np.random.default_rng(seed)
    tree, base = orient(network, network.closed), network.base_kw
    low_kw, high_kw = network.p_kw - rng.uniform(0, 900, 6), network.p_kw + rng.uniform(0, 900, 6)
    p, q = Interval(low_kw / base, high_kw / base), network.q_kvar / base
    assert is_monotone(network, tree, p, q)
    points_kw = np.vstack([high_kw, low_kw, low_kw + rng.random((500, 6)).round(seed % 2) * (high_kw - low_kw)])
    found = operating_points(network, network.closed, points_kw, np.tile(network.q_kvar, (502, 1)))
    assert (found.vm_pu >= found.vm_pu[0] - 1e-9).all() and (found.vm_pu <= found.vm_pu[1] + 1e-9).all()
    most = most_current2(network, tree, (p, q), Interval(found.vm_pu[0] ** 2, found.vm_pu[1] ** 2))
    assert (found.loading**2 <= most / network.limit_pu**2 + 1e-9).all()
    assert np.allclose(found.loading.max(axis=0) ** 2, most / network.limit_pu**2, rtol=0.35), "and not far above"


def test_nothing_is_shown_where_power_flow_is_not_monotone() -> None:
    """Lines of hardly anything but reactance, and so much fed in at the end that the reactive power which a kW more
    loses on the way takes more voltage than the kW brings."""
    network = replace(
        build([(0, 1), (1, 2)], 3, 0), r_pu=np.array([0.001, 0.001]), x_pu=np.array([0.3, 0.3]), q_kvar=np.zeros(3)
    )
    tree = orient(network, network.closed)
    p_kw = np.array([[0.0, 0.0, -700.0], [0.0, 0.0, -600.0]])
    vm_pu = operating_points(network, network.closed, p_kw, np.zeros((2, 3))).vm_pu
    assert vm_pu[0, 2] < vm_pu[1, 2], "more is fed in, and the voltage falls"
    assert not is_monotone(network, tree, Interval(p_kw[0] / 1e3, p_kw[1] / 1e3), np.zeros(3))


def test_nothing_is_shown_beyond_collapse_or_with_admittances_to_earth() -> None:
    network = build(ENDS, 6, 1)
    tree, nothing = orient(network, network.closed), np.zeros(6)
    assert not is_monotone(network, tree, Interval(nothing, np.full(6, 1e3)), nothing)
    other = earthed(network, 1)
    assert is_monotone(network, tree, Interval(nothing, nothing + 0.1), nothing)
    assert not is_monotone(other, orient(other, other.closed), Interval(nothing, nothing + 0.1), nothing)
