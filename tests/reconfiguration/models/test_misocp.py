"""The mixed-integer cone programme against all trees by exact power flow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.readers import read
from p2pdnr.reconfiguration.models import misocp
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking
from tests.random_networks import networks


def every_loss(network: Network) -> tuple[ranking.TreeSet, Floats]:
    """All trees and their losses in kW, infinite without a power flow."""
    trees = ranking.all_trees(network)
    terms = OperatorTerms(np.zeros(network.n_lines))
    found = ranking.evaluate(network, trees.open_lines, network.p_kw[None], network.q_kvar[None], terms)
    return found.trees, np.where(found.converged[:, 0], found.loss_kw[:, 0], np.inf)


def loss_of(trees: ranking.TreeSet, losses: Floats, closed: Bools | None) -> float:
    """Loss of one of the trees."""
    assert closed is not None
    return float(losses[trees.find(closed)])


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(networks(max_buses=5, max_loops=2), st.booleans())
def test_finds_the_best_of_all_trees(network: Network, injections: bool) -> None:
    """What is called proved is; with injections a proof may take long, and the bound stands without."""
    if not injections:
        network = network.with_(p_kw=np.abs(network.p_kw), q_kvar=np.abs(network.q_kvar))
    trees, losses = every_loss(network)
    least = float(losses.min())
    if np.isfinite(least) and least > 0.01:
        found = misocp.solve(network, (network.p_kw, network.q_kvar), misocp.Wanted(1.2 * least), time_limit_s=0.5)
        assert found.bound_kw <= least * (1.0 + 1e-4)
        if found.proved:
            assert loss_of(trees, losses, found.closed) == pytest.approx(least, rel=1e-4)


def test_lines_that_are_not_free_keep_their_state(network33_few: Network) -> None:
    network = network33_few
    free = np.zeros(network.n_lines, dtype=bool)
    free[[5, 7, 32, 34]] = True
    trees, losses = every_loss(network)
    kept = np.isin(trees.open_lines, np.flatnonzero(free | ~network.closed)).all(axis=1)
    kept &= np.array([(~trees.closed(k))[~network.closed & ~free].all() for k in range(len(trees))])
    least = float(losses[kept].min())
    found = misocp.solve(network, (network.p_kw, network.q_kvar), misocp.Wanted(1.01 * least, free=free))
    assert found.proved
    assert found.binaries == 4
    assert loss_of(trees, losses, found.closed) == pytest.approx(least, rel=1e-6)
    assert found.loss_kw == pytest.approx(least, rel=1e-4)


def test_the_time_limit_leaves_a_bound() -> None:
    network = read("case33bw", None)
    found = misocp.solve(network, (network.p_kw, network.q_kvar), misocp.Wanted(202.7), time_limit_s=0.5)
    assert not found.proved
    assert found.bound_kw < 139.5514


def test_says_so_when_every_topology_loses_more() -> None:
    network = read("case33bw", None)
    free = np.zeros(network.n_lines, dtype=bool)
    found = misocp.solve(network, (network.p_kw, network.q_kvar), misocp.Wanted(150.0, free=free))
    assert found.closed is None
    assert found.bound_kw == 150.0
    assert found.proved
