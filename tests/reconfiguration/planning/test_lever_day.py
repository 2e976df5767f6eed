"""A day in which levers move, against every sequence by exact power flow, and pandapower."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.errors import Cancelled, InputError, NetworkError
from p2pdnr.network.arrays import Lever, Network
from p2pdnr.network.levers import at, with_levers
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.planning.day import Day, plan_day
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.verification.judge import judge
from tests.random_networks import networks
from tests.reconfiguration.planning.day_costs import stage

PROPERTY = settings(deadline=None, derandomize=True, max_examples=8)
TAP, CAPACITOR = Lever("substation tap", 0, -1, 1, 0.02), Lever("capacitor", 1, 0, 1, 60.0)


def leveled(network: Network) -> Network:
    """With a tap changer at the substation and a capacitor."""
    return with_levers(network, [TAP, CAPACITOR], (0, 0))


def by_hand(case: LoadCase, levers: LeverTerms) -> float:
    """The least cost of all sequences of trees and positions."""
    network, terms, trees = case.network, case.terms, all_trees(case.network)
    states = [(tree, where) for tree in range(len(trees)) for where in product((-1, 0, 1), (0, 1))]
    load = case.load_kw, case.load_kvar
    costs = [stage(at(network, where), trees.closed(tree), load, terms) for tree, where in states]
    best = np.inf
    for sequence in product(range(len(states)), repeat=case.steps):
        closed = [network.closed, *(trees.closed(states[index][0]) for index in sequence)]
        where = [(0, 0), *(states[index][1] for index in sequence)]
        steps = [sum(abs(b - a) for a, b in zip(*pair, strict=True)) for pair in pairwise(where)]
        if levers.max_per_day is not None and sum(steps) > levers.max_per_day:
            continue
        cost = sum(costs[index][hour] for hour, index in enumerate(sequence)) + levers.step_eur * sum(steps)
        best = min(best, cost + sum(terms.switching_cost_eur[a != b].sum() for a, b in pairwise(closed)))
    return float(best)


def of(network: Network, seed: int, hours: int = 2) -> LoadCase:
    """Loads that differ."""
    rng = np.random.default_rng(seed)
    factors = rng.uniform(-0.5, 1.5, (hours, network.n_buses))
    terms = OperatorTerms(rng.uniform(0.0, 0.05, network.n_lines))
    return LoadCase(network, factors * network.p_kw, factors * network.q_kvar, terms)


def agrees_with_pandapower(case: LoadCase, day: Day) -> None:
    """Voltages and losses of every hour at its positions."""
    plan = day.hourly
    assert plan.moved is not None
    for hour, where in enumerate(plan.moved.positions):
        there = at(day.network, where)
        judged = judge(there, plan.closed[[hour]], case.load_kw[[hour]], case.load_kvar[[hour]])
        assert plan.vm_min_pu[hour] == pytest.approx(judged.vm_pu.min(), abs=1e-6)
        assert plan.vm_max_pu[hour] == pytest.approx(judged.vm_pu.max(), abs=1e-6)
        assert plan.loss_kw[hour] == pytest.approx(judged.loss_kw.sum(), abs=1e-4)


@PROPERTY
@given(networks(max_buses=5, max_loops=2), st.integers(0, 2**16), st.sampled_from([None, 0, 2]))
def test_equals_every_sequence_by_hand(network: Network, seed: int, most: int | None) -> None:
    assume(2 <= len(all_trees(network)) <= 6)
    case, levers = of(leveled(network), seed), LeverTerms(0.01, most)
    day = plan_day(case, levers=levers)
    assert day.exact
    assert day.hourly.cost_eur == pytest.approx(by_hand(case, levers), rel=1e-4, abs=1e-3)
    assert day.levers is not None
    assert day.levers.held is not None
    assert day.hourly.cost_eur <= day.levers.held.cost_eur + 1e-3
    agrees_with_pandapower(case, day)


def test_lines_that_run_together_and_a_tap_changer_in_a_line() -> None:
    network = from_text(
        "S1 2 r=2 x=2, S1 2 r=2 x=2, 2 3 r=3 x=3, 3 4 r=3 x=3, 4 1 r=3 x=3 open, bus 3 p=500 q=300, bus 4 p=400 q=200"
    )
    network = with_levers(network, [Lever("line tap", 2, -3, 3, 0.015, side="to")], (0,))
    case = LoadCase(network, network.p_kw[None], network.q_kvar[None], OperatorTerms(np.full(5, 10.0)))
    day = plan_day(case, levers=LeverTerms(0.001))
    assert day.levers is not None
    assert day.levers.rows(day.network) == [{"kind": "line tap", "line": 3, "id": "3", "min": -3, "max": 3}]
    assert day.hourly.moved is not None
    assert day.hourly.moved.positions.any()
    assert day.exact
    agrees_with_pandapower(case, day)


def test_a_pool_is_not_called_exact() -> None:
    case = of(leveled(from_text("S1 2 r=1, 2 3 r=1, 3 4 r=1, 4 1 r=1 open, bus 3 p=300 q=90, bus 4 p=200 q=90")), 1)
    pooled = plan_day(case, PlanningSettings(most_stages=20), levers=LeverTerms())
    assert not pooled.exact
    exact = plan_day(case, levers=LeverTerms())
    assert exact.exact
    assert exact.hourly.cost_eur <= pooled.hourly.cost_eur + 1e-6


def test_an_observer_may_end_it() -> None:
    def enough(_: object) -> None:
        raise Cancelled("enough")

    case = of(leveled(from_text("S1 2 r=1, 2 3 r=1, 3 1 r=1 open, bus 3 p=300 q=90")), 1)
    day = plan_day(case, watch=Watch(observe=enough), levers=LeverTerms())
    assert not day.exact
    assert day.ended == "interrupted"


def test_what_is_refused() -> None:
    network = from_text("S1 2 r=1, 2 3 r=1, 3 1 r=1 open, bus 3 p=300")
    with pytest.raises(NetworkError, match="no tap changer or capacitor"):
        plan_day(of(network, 1), levers=LeverTerms())
    case = of(leveled(network), 1)
    rested = LoadCase(network, case.load_kw, case.load_kvar, OperatorTerms(np.zeros(3), min_dwell_steps=2))
    with pytest.raises(InputError, match="not kept"):
        plan_day(LoadCase(leveled(network), rested.load_kw, rested.load_kvar, rested.terms), levers=LeverTerms())
