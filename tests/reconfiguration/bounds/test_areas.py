"""Areas of a relaxation against every tree of small networks, whatever the prices are and wherever it is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.readers import from_text, read
from p2pdnr.reconfiguration.bounds.areas import Decomposition, communities, decomposed
from p2pdnr.reconfiguration.bounds.cones import relax
from p2pdnr.reconfiguration.bounds.grid import Assumptions, BoundedGrid, scaled
from p2pdnr.reconfiguration.bounds.relaxation import Builder, built
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking
from tests import thorough
from tests.random_networks import networks


def losses_kw(network: Network) -> Floats:
    """Of all trees that have a power flow, by exact power flow."""
    trees, terms = ranking.all_trees(network), OperatorTerms(np.zeros(network.n_lines))
    found = ranking.evaluate(network, trees.open_lines, network.p_kw[None], network.q_kvar[None], terms)
    return np.asarray(found.loss_kw[found.converged])


def grid_of(network: Network, known_kw: float) -> BoundedGrid:
    return scaled(network, network.p_kw, network.q_kvar, Assumptions(known_kw))


def summed(parts: Decomposition) -> float:
    """The bound of all areas without branching."""
    every = (np.ones(area.programme.n_states, dtype=np.bool_) for area in parts.areas)
    found = [relax(area.programme, alive, 1e-9) for area, alive in zip(parts.areas, every, strict=True)]
    return parts.constant + sum(each.bound for each in found)


def cut(grid: BoundedGrid, seed: int, most: int = 3) -> dict[int, int]:
    """Each junction in one of a few areas, by chance."""
    rng = np.random.default_rng(seed)
    ends = {int(grid.backbone.node[chain.buses[end]]) for chain in grid.backbone.chains for end in (0, -1)}
    return {junction: int(rng.integers(most)) for junction in sorted(ends - {grid.backbone.root})}


@thorough.examples(25, 2000)
@given(networks(max_buses=8, max_loops=4, earth=True), st.integers(0, 2**16), st.sampled_from([0.0, 1e-3, 0.1, 10.0]))
def test_no_prices_and_no_cut_lift_the_sum_above_a_tree(network: Network, seed: int, wrong: float) -> None:
    losses = losses_kw(network)
    if not len(losses) or losses.max() <= 0.0:
        return
    grid = grid_of(network, float(losses.max()))
    model = Builder(grid)
    whole = built(model)
    prices = relax(whole, np.ones(whole.n_states, dtype=np.bool_)).multipliers.values
    noise = np.random.default_rng(seed).normal(size=len(prices)) * wrong
    parts = decomposed(model, whole, prices + noise, cut(grid, seed))
    assert summed(parts) * losses.max() <= losses.min() * (1.0 + 1e-9) + 1e-9


@settings(max_examples=15, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=4, earth=True), st.integers(0, 2**16))
def test_at_the_best_prices_nothing_is_lost(network: Network, seed: int) -> None:
    losses = losses_kw(network)
    if not len(losses) or losses.max() <= 0.0:
        return
    grid = grid_of(network, float(losses.max()))
    model = Builder(grid)
    whole = built(model)
    root = relax(whole, np.ones(whole.n_states, dtype=np.bool_), 1e-9)
    parts = decomposed(model, whole, root.multipliers.values, cut(grid, seed))
    assert summed(parts) == pytest.approx(root.bound, abs=2e-4)


def test_chains_between_areas_are_in_both_and_every_row_counts_once() -> None:
    network = read("case33bw", None)
    grid = grid_of(network, 139.56)
    model = Builder(grid)
    whole = built(model)
    area_of = communities(grid.backbone)
    parts = decomposed(model, whole, np.zeros(len(whole.right)), area_of)
    twice = [
        chain
        for chain in grid.backbone.chains
        if len({area_of.get(int(grid.backbone.node[chain.buses[end]]), -1) for end in (0, -1)} - {-1}) == 2
    ]
    assert twice
    assert sum(int(area.order.chain.max(initial=-1)) + 1 for area in parts.areas) == len(grid.backbone.chains) + len(
        twice
    )
    # without prices nobody pays at the rim, and the costs of all copies of a column sum to its cost
    assert sum(area.programme.linear.sum() for area in parts.areas) == pytest.approx(whole.linear.sum())
    assert parts.constant == whole.offset


def test_prices_that_no_row_may_have_do_no_harm() -> None:
    """Of the ways into a ring of meshes at most one is open: a row that fits into no area, with no price below 0."""
    network = from_text("S1 2, 2 3 r=5, 2 3 r=5 open, 3 4, 4 5, 4 5 open, 5 1 open")
    losses = losses_kw(network)
    grid = grid_of(network, float(losses.min()))
    model = Builder(grid)
    whole = built(model)
    area_of = {1: 0, 2: 1, 3: 2, 4: 3}
    prices = relax(whole, np.ones(whole.n_states, dtype=np.bool_), 1e-9).multipliers.values
    prices[whole.cones.zero : whole.cones.zero + whole.cones.nonnegative] = -0.05
    assert summed(decomposed(model, whole, prices, area_of)) <= 1.0 + 1e-9
