"""A day's schedule against trying every sequence of trees by exact power flow."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.errors import Cancelled, NetworkError, PowerFlowError, SolverError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.planning.day import Day, plan_day
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import networks
from tests.reconfiguration.planning.day_costs import stage

PROPERTY = settings(deadline=None, derandomize=True, max_examples=15)


def by_hand(network: Network, load: tuple[np.ndarray, np.ndarray], terms: OperatorTerms) -> tuple[float, float]:
    """The cheapest sequence, and the cheapest single tree."""
    trees = [all_trees(network).closed(index) for index in range(len(all_trees(network)))]
    costs = [stage(network, closed, load, terms) for closed in trees]
    best, static = np.inf, np.inf
    for sequence in product(range(len(trees)), repeat=len(load[0])):
        states = [network.closed, *(trees[index] for index in sequence)]
        states += [network.closed] if terms.return_to_initial else []
        changes = [one != other for one, other in pairwise(states)]
        if terms.max_per_day is not None and sum(change.sum() for change in changes) > terms.max_per_day:
            continue
        cost = sum(costs[index][hour] for hour, index in enumerate(sequence))
        cost += sum(terms.switching_cost_eur[change].sum() for change in changes)
        best = min(best, cost)
        static = min(static, cost) if len(set(sequence)) == 1 else static
    return best, static


def check(day: Day, load: tuple[np.ndarray, np.ndarray]) -> None:
    """The plan is what its figures say, and can be switched without islanding anyone."""
    costs = [stage(day.network, closed, load, day.terms)[hour] for hour, closed in enumerate(day.hourly.closed)]
    assert day.hourly.cost_eur == pytest.approx(sum(costs) + day.hourly.switching_eur)
    closed = day.network.closed.copy()
    for hour in range(len(day.hourly.closed)):
        for _, number, action in (step for step in day.sequence if step[0] == hour):
            closed[number - 1] = action == "close"
        assert is_radial(day.network, closed)
        np.testing.assert_array_equal(closed, day.hourly.closed[hour])


@PROPERTY
@given(networks(max_buses=6, max_loops=2), st.integers(0, 2**16), st.sampled_from([None, 2, 4]), st.booleans())
def test_equals_every_sequence_by_hand(network: Network, seed: int, most: int | None, back: bool) -> None:
    assume(2 <= len(all_trees(network)) <= 9)
    rng = np.random.default_rng(seed)
    load = tuple(rng.uniform(-0.5, 1.5, (3, network.n_buses)) * part for part in (network.p_kw, network.q_kvar))
    terms = OperatorTerms(rng.uniform(0.0, 0.1, network.n_lines), max_per_day=most, return_to_initial=back)
    best, static = by_hand(network, load, terms)
    day = plan_day(LoadCase(network, *load, terms))
    check(day, load)
    assert day.exact
    assert day.hourly.cost_eur == pytest.approx(best, rel=1e-4, abs=1e-3)
    assert day.static is not None
    assert day.static.cost_eur == pytest.approx(static, rel=1e-4, abs=1e-3)
    assert day.initial is not None
    assert day.hourly.cost_eur <= day.static.cost_eur + 1e-3


def swinging(network: Network, hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Loads that differ in space and time, with surplus in the middle of the day."""
    rng = np.random.default_rng(7)
    p = rng.uniform(0.3, 1.2, (hours, network.n_buses)) * network.p_kw
    p[hours // 3 : hours // 2, 12:18] -= 600.0
    return p, rng.uniform(0.3, 1.2, p.shape) * network.q_kvar


def test_a_pool_comes_close_to_all_trees(network33_few: Network) -> None:
    load, terms = swinging(network33_few, 4), OperatorTerms(np.full(37, 1.0))
    exact = plan_day(LoadCase(network33_few, *load, terms))
    check(exact, load)
    pooled = plan_day(LoadCase(network33_few, *load, terms), PlanningSettings(most_stages=1000))
    check(pooled, load)
    assert exact.exact
    assert not pooled.exact
    assert pooled.ranked < exact.ranked
    assert exact.hourly.cost_eur <= pooled.hourly.cost_eur + 1e-6
    assert pooled.hourly.cost_eur <= 1.002 * exact.hourly.cost_eur


def test_what_has_no_schedule_says_why() -> None:
    network = from_text("S1 2 r=1, 2 3 r=1, 3 1 r=1 open, bus 3 p=100")
    load = network.p_kw[None], network.q_kvar[None]
    terms = OperatorTerms(np.zeros(3))
    with pytest.raises(NetworkError, match="not radial"):
        plan_day(LoadCase(network.with_(closed=np.ones(3, dtype=bool)), *load, terms))
    heavy = np.vstack([network.p_kw, 1e6 * network.p_kw])
    with pytest.raises(PowerFlowError, match="hour 1"):
        plan_day(LoadCase(network, heavy, heavy, terms))
    sick = from_text("S1 2 r=9, 2 3 r=200 x=200, 3 1 r=1 open, bus 3 p=2000")
    with pytest.raises(SolverError):
        plan_day(LoadCase(sick, sick.p_kw[None], sick.q_kvar[None], replace(terms, max_per_day=0)))


def test_an_observer_may_end_it(network33: Network) -> None:
    def enough(_: object) -> None:
        raise Cancelled("enough")

    load = swinging(network33, 2)
    day = plan_day(LoadCase(network33, *load, OperatorTerms(np.zeros(37))), watch=Watch(observe=enough))
    check(day, load)
    assert day.ended == "interrupted"
    assert not day.exact
    assert day.ranked < day.topologies


@pytest.mark.parametrize(("rest", "stays"), [(2, False), (3, True)])
def test_the_best_single_topology_rests_before_it_returns(rest: int, stays: bool) -> None:
    """Two steps between the operations that lead there and those that lead back."""
    network = from_text("S1 2 r=5, 2 3 r=5, 3 1 r=1 open, bus 3 p=900")
    load = np.tile(network.p_kw, (2, 1)), np.tile(network.q_kvar, (2, 1))
    terms = OperatorTerms(np.zeros(3), min_dwell_steps=rest, return_to_initial=True)
    day = plan_day(LoadCase(network, *load, terms))
    assert day.static is not None
    assert bool((day.static.closed == network.closed).all()) == stays
