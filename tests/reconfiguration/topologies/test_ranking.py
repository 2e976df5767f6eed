"""Ranking of topologies against the exact power flow of each, and against the literature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet, all_trees, evaluate, landscape, pool
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)


def plain(network: Network, **changes: object) -> OperatorTerms:
    """Default prices, switching for nothing."""
    return OperatorTerms(switching_cost_eur=np.zeros(network.n_lines), **changes)  # type: ignore[arg-type]


def ranked(network: Network, scale: np.ndarray, terms: OperatorTerms) -> Landscape:
    """All trees at the network's loads times ``scale`` (T,)."""
    return landscape(network, all_trees(network), *loads(network, scale), terms)


def loads(network: Network, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, n) the network's loads, scaled."""
    return np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar)


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=7, max_loops=3))
def test_ranking_is_the_exact_power_flow_of_every_tree(network: Network) -> None:
    terms = plain(network, step_h=0.5, violation_price_eur_per_kwh=3.0)
    scale = np.array([1.0, -2.0, 0.1])
    quick = ranked(network, scale, terms)
    exact = evaluate(network, quick.open_lines, *loads(network, scale), terms)
    for index in range(len(quick.trees)):
        flow = solve_tree(network, orient(network, quick.trees.closed(index)), *loads(network, scale))
        priced = violation_eur(network, terms, flow.vm_pu, flow.current_a)
        np.testing.assert_allclose(exact.loss_kw[index], flow.loss_kw.sum(axis=1), atol=1e-7)
        np.testing.assert_allclose(exact.violation_eur[index], priced, atol=1e-6)
        np.testing.assert_allclose(quick.loss_kw[index], flow.loss_kw.sum(axis=1), atol=1e-3)
    np.testing.assert_allclose(
        exact.stage_cost(terms), terms.loss_price_eur_per_kwh * 0.5 * exact.loss_kw + exact.violation_eur
    )


def test_minimum_loss_of_the_33_bus_feeder(network33: Network) -> None:
    ranking = ranked(network33, np.array([1.0, 0.5]), plain(network33, violation_price_eur_per_kwh=0.0))
    best = int(np.nanargmin(ranking.loss_kw[:, 0]))
    assert (ranking.open_lines[best] + 1).tolist() == [7, 9, 14, 32, 37]
    assert ranking.loss_kw[best, 0] == pytest.approx(139.551, abs=1e-3)
    initial = ranking.trees.find(network33.closed)
    assert ranking.loss_kw[initial, 0] == pytest.approx(202.677, abs=1e-3)


def test_quick_ranking_is_close_enough_for_the_best(network33: Network) -> None:
    rng = np.random.default_rng(5)
    p = rng.uniform(0.3, 1.2, (6, 33)) * network33.p_kw
    p[:, 12:18] -= 600.0 * rng.random((6, 1))
    q = np.tile(network33.q_kvar, (6, 1))
    terms = plain(network33)
    quick = landscape(network33, all_trees(network33), p, q, terms)
    best = np.argsort(quick.stage_cost(terms), axis=0)[:300].ravel()
    exact = evaluate(network33, quick.open_lines[np.unique(best)], p, q, terms)
    np.testing.assert_allclose(quick.loss_kw[np.unique(best)], exact.loss_kw, atol=1e-3)


@pytest.mark.interpreted
def test_a_tree_without_power_flow_costs_infinitely_much() -> None:
    network = from_text("S1 2, 2 3 r=20 x=20, 3 1 open, bus 3 p=2500 q=500, bus 2 p=10 q=0").with_(vm_min_pu=0.5)
    terms = plain(network)
    ranking = ranked(network, np.array([1.0, 0.1]), terms)
    assert ranking.open_lines.tolist() == [[0], [1], [2]]
    assert ranking.converged.tolist() == [[True, True], [True, True], [False, True]]
    assert np.isnan(ranking.loss_kw[2, 0])
    assert np.isnan(ranking.violation_eur[2, 0])
    assert np.isinf(ranking.stage_cost(terms)[2, 0])


@pytest.mark.interpreted
def test_limits_that_do_not_exist_cost_nothing_and_substations_have_none() -> None:
    network = from_text("S1 2 limit=50, 2 3, 3 1 open, bus 1 v=1.2, bus 3 p=300 q=0").with_(vm_max_pu=1.3)
    flow = evaluate(network, [[2]], *loads(network, np.array([10.0])), plain(network))
    closed = solve_tree(network, orient(network, network.closed), *loads(network, np.array([10.0])))
    over = np.sqrt(3) * 12.66 * 50 * ((closed.current_a[0, 0] / 50) ** 2 - 1) / 2
    assert flow.violation_eur[0, 0] == pytest.approx(10.0 * over)
    generous = network.with_(limit_a=np.full(3, np.inf), vm_max_pu=1.1, vm_min_pu=0.5)
    inside = evaluate(generous, [[2]], *loads(network, np.array([10.0])), plain(network))
    v = closed.vm_pu[0, 1:] ** 2
    assert inside.violation_eur[0, 0] == pytest.approx(10.0 * 1000 * np.maximum(v - 1.21, 0).sum() / 2)


def test_a_tree_ranks_the_same_in_any_company(network33: Network) -> None:
    p, q = loads(network33, np.linspace(0.2, 1.4, 5))
    terms = plain(network33)
    trees = all_trees(network33)
    rows = np.random.default_rng(1).permutation(len(trees))[:700]
    some = landscape(network33, pool(network33, trees.open_lines[rows]), p, q, terms)
    alone = landscape(network33, pool(network33, trees.open_lines[rows[:1]]), p, q, terms)
    np.testing.assert_array_equal(alone.loss_kw[0], some.loss_kw[0])
    np.testing.assert_array_equal(alone.violation_eur[0], some.violation_eur[0])


def test_open_sets_that_are_not_radial_are_refused(network33: Network) -> None:
    p, q = loads(network33, np.ones(1))
    with pytest.raises(TopologyError):
        evaluate(network33, [[0, 33, 34, 35, 36]], p, q, plain(network33))


@pytest.mark.interpreted
def test_an_unchecked_set_that_is_no_tree_has_no_power_flow() -> None:
    network = from_text("S1 2, 2 3, 3 4, 4 2 open, 1 4 open")
    island = TreeSet(np.array([[0, 4], [3, 4]], dtype=np.int32), 5, complete=False)
    ranking = landscape(network, island, *loads(network, np.ones(1)), plain(network))
    assert ranking.converged.tolist() == [[False], [True]]
