"""Branching in areas against every tree of small networks and against the proved optimum of a feeder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import read
from p2pdnr.reconfiguration.bounds import Assumptions, area_search, lower_bound
from p2pdnr.reconfiguration.bounds.area_search import AreaSearch, in_areas
from p2pdnr.reconfiguration.bounds.areas import communities, decomposed
from p2pdnr.reconfiguration.bounds.cones import relax
from p2pdnr.reconfiguration.bounds.grid import BoundedGrid, scaled
from p2pdnr.reconfiguration.bounds.relaxation import Builder, built
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking
from tests import thorough
from tests.random_networks import networks


def search_of(grid: BoundedGrid, seed: int | None = None) -> tuple[AreaSearch, float]:
    """The search and the bound of the whole relaxation; junctions go to areas by chance, or as they belong together."""
    model, ends = Builder(grid), {int(grid.backbone.node[c.buses[k]]) for c in grid.backbone.chains for k in (0, -1)}
    rng = np.random.default_rng(seed)
    drawn = {junction: int(rng.integers(3)) for junction in sorted(ends - {grid.backbone.root})}
    whole = built(model)
    root = relax(whole, np.ones(whole.n_states, dtype=np.bool_), 1e-9)
    area_of = communities(grid.backbone) if seed is None else drawn
    return AreaSearch(decomposed(model, whole, root.multipliers.values, area_of)), root.bound


@thorough.examples(12, 500)
@given(networks(max_buses=8, max_loops=4, earth=True), st.integers(0, 2**16))
def test_areas_to_the_end_stay_below_every_tree(network: Network, seed: int) -> None:
    trees, terms = ranking.all_trees(network), OperatorTerms(np.zeros(network.n_lines))
    found = ranking.evaluate(network, trees.open_lines, network.p_kw[None], network.q_kvar[None], terms)
    losses = found.loss_kw[found.converged]
    if not len(losses) or losses.max() <= 0.0:
        return
    grid = scaled(network, network.p_kw, network.q_kvar, Assumptions(float(losses.max())))
    search, root = search_of(grid, seed)
    bounds = []
    while not search.finished:
        search.advance()
        bounds.append(search.bound)
    assert bounds == sorted(bounds)
    assert root - 2e-4 <= bounds[-1]
    assert bounds[-1] * losses.max() <= losses.min() * (1.0 + 1e-9) + 1e-9


@pytest.mark.parametrize(("name", "least_kw", "reach"), [("case33bw", 139.55134, 0.35), ("case70da", 301.645, 0.35)])
def test_areas_close_a_part_of_what_the_relaxation_leaves(name: str, least_kw: float, reach: float) -> None:
    network = read(name, None)
    search, root = search_of(scaled(network, network.p_kw, network.q_kvar, Assumptions(least_kw)))
    while not search.finished:
        search.advance()
    assert root + reach * (1.0 - root) < search.bound < 1.0


def test_few_chains_and_single_areas_are_branched_on_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    network = read("case33bw", None)
    grid = scaled(network, network.p_kw, network.q_kvar, Assumptions(139.56))
    model = Builder(grid)
    whole = built(model)
    assert in_areas(model, whole) is None
    monkeypatch.setattr(area_search, "MOST_CHAINS_AT_ONCE", 0)
    assert in_areas(model, whole) is not None
    monkeypatch.setattr(area_search, "communities", lambda backbone: dict.fromkeys(communities(backbone), 0))
    assert in_areas(model, whole) is None


def test_the_better_bound_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_search, "MOST_CHAINS_AT_ONCE", 0)
    network, told = read("case33bw", None), []
    bound = lower_bound(
        network, (network.p_kw, network.q_kvar), Assumptions(150.0), time_limit_s=60.0, observe=told.append
    )
    assert bound.proved
    assert bound.incumbent_kw == pytest.approx(139.55134, abs=1e-4)
    values = [each.value_kw for each in told]
    assert values == sorted(values)
    assert [each.nodes for each in told] == sorted(each.nodes for each in told)
