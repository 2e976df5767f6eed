"""Bounds against every tree of small networks, by exact power flow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import read
from p2pdnr.reconfiguration import search
from p2pdnr.reconfiguration.bounds import lower_bound
from p2pdnr.reconfiguration.terms import OperatorTerms
from tests.random_networks import networks


def landscape(network: Network) -> search.Landscape:
    """Every tree at the network's own load."""
    terms = OperatorTerms(np.zeros(network.n_lines))
    trees = search.all_trees(network)
    return search.evaluate(network, trees.open_lines, network.p_kw[None], network.q_kvar[None], terms)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(networks(max_buses=9, max_loops=5), st.booleans(), st.booleans())
def test_no_tree_loses_less(network: Network, injections: bool, within_limits: bool) -> None:
    if not injections:
        network = network.with_(p_kw=np.abs(network.p_kw), q_kvar=np.abs(network.q_kvar))
    trees = landscape(network)
    wanted = trees.converged & ((trees.violation_eur == 0.0) | (not within_limits))
    if wanted.any():
        least = float(trees.loss_kw[wanted].min())
        for known in (None, least):
            bound = lower_bound(
                network,
                network.p_kw,
                network.q_kvar,
                incumbent_kw=known,
                within_limits=within_limits and known is not None,
            )
            assert bound.value_kw <= least * (1.0 + 1e-9)


@pytest.mark.parametrize(
    ("name", "loss_kw", "reach_kw"), [("case33bw", 139.5514, 133.0), ("case118zh", 869.730, 834.0)]
)
def test_bounds_of_known_feeders(name: str, loss_kw: float, reach_kw: float) -> None:
    network = read(name, None)
    bound = lower_bound(network, network.p_kw, network.q_kvar, incumbent_kw=loss_kw)
    assert reach_kw < bound.value_kw < loss_kw
    assert not bound.proved
