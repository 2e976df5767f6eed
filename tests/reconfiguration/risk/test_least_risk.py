"""Schedules over scenarios, against all schedules of small networks one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.risk.least_risk import least_risk
from p2pdnr.reconfiguration.risk.measure import cvar
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase, schedule_eur
from p2pdnr.reconfiguration.risk.settings import RiskSettings
from p2pdnr.reconfiguration.risk.task import RiskTask, least_expected
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees
from tests.random_networks import build

ENDS = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)]
STEPS, SCENARIOS = 3, 7


def case_of(seed: int, **limits: Any) -> tuple[ScenarioCase, TreeSet]:
    """Four buses with eight trees, loads that differ widely between scenarios."""
    rng = np.random.default_rng(seed)
    network = build(ENDS, 4, seed)
    trees = all_trees(network)
    network = network.with_(closed=trees.closed(int(rng.integers(len(trees)))))
    factor = rng.uniform(0.2, 2.5, (SCENARIOS, STEPS, 4))
    terms = OperatorTerms(rng.uniform(0.0, 0.02, 5), **limits)
    return ScenarioCase(network, factor * network.p_kw, factor * network.q_kvar, terms), trees


def by_hand(case: ScenarioCase, trees: TreeSet, level: float) -> float:
    """The least measure of all sequences of trees that keep the limits."""
    network, terms = case.network, case.terms
    states = [trees.closed(index) for index in range(len(trees))]
    table = np.empty((SCENARIOS, len(states), STEPS))
    for (scenario, load_kw), (tree, closed) in product(enumerate(case.load_kw), enumerate(states)):
        flow = solve_tree(network, orient(network, closed), load_kw, case.load_kvar[scenario])
        price = terms.loss_eur_per_kw * flow.loss_kw.sum(axis=1)
        table[scenario, tree] = price + violation_eur(network, terms, flow.vm_pu, flow.current_a)
    best = np.inf
    for picks in product(range(len(states)), repeat=STEPS):
        way = [network.closed, *(states[pick] for pick in picks)]
        way += [network.closed] if terms.return_to_initial else []
        moved = [one != other for one, other in pairwise(way)]
        if not within(moved, terms):
            continue
        costs = sum(table[:, pick, step] for step, pick in enumerate(picks))
        costs = costs + sum(terms.switching_cost_eur[change].sum() for change in moved)
        best = min(best, cvar(costs, level))
    return float(best)


def within(moved: list[np.ndarray], terms: OperatorTerms) -> bool:
    """Whether a way keeps the limits on switching."""
    counts = [int(change.sum()) for change in moved]
    if terms.max_per_hour is not None and max(counts) > terms.max_per_hour:
        return False
    if terms.max_per_day is not None and sum(counts) > terms.max_per_day:
        return False
    dwell = terms.min_dwell_steps or 1
    return not any(
        (moved[first] & moved[second]).any()
        for first in range(len(moved))
        for second in range(first + 1, min(first + dwell, len(moved)))
    )


limits = st.fixed_dictionaries(
    {},
    optional={
        "max_per_hour": st.just(2),
        "max_per_day": st.sampled_from([2, 4]),
        "min_dwell_steps": st.just(2),
        "return_to_initial": st.just(True),
    },
)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 0.8]), limits)
def test_no_schedule_has_less(seed: int, level: float, some: dict[str, Any]) -> None:
    case, trees = case_of(seed, **some)
    task = RiskTask(case, trees, level)
    try:
        expected = least_expected(task)
    except (PowerFlowError, SolverError):
        return
    found = least_risk(task, expected)
    true = by_hand(case, trees, level)
    assert found.value == pytest.approx(true, rel=1e-6, abs=1e-6)
    assert found.least_eur <= true * (1 + 1e-6) + 1e-6
    assert found.gap <= 1e-6
    assert cvar(schedule_eur(case, found.closed), level) == pytest.approx(found.value)


def test_who_weighs_the_worst_accepts_a_higher_mean() -> None:
    gained = []
    for seed in range(12):
        case, trees = case_of(seed)
        task = RiskTask(case, trees, 0.8)
        expected = least_expected(task)
        found = least_risk(task, expected)
        assert found.costs_eur.mean() >= expected.plan.value - 1e-9
        gained.append(cvar(expected.plan.costs_eur, 0.8) - found.value)
    assert min(gained) >= -1e-9
    assert max(gained) > 1e-6


def test_a_search_that_is_cut_short_states_a_bound_that_is_true() -> None:
    few = RiskSettings(each_hour=1, all_hours=1, planes=1, rounds=1, most_contenders=2, most_labels=1)
    for seed in range(8):
        case, trees = case_of(seed)
        task = RiskTask(case, trees, 0.8, few)
        found = least_risk(task, least_expected(task))
        true = by_hand(case, trees, 0.8)
        assert found.least_eur <= true * (1 + 1e-6)
        assert found.value >= true * (1 - 1e-6)


def test_ended_early_it_keeps_what_it_has() -> None:
    case, trees = case_of(3)
    task = RiskTask(case, trees, 0.8, go_on=lambda: False)
    found = least_risk(task, least_expected(task))
    assert found.least_eur <= found.value
    assert np.isfinite(found.value)


def test_a_step_without_a_power_flow_is_named() -> None:
    case, trees = case_of(0)
    heavy = case.load_kw.copy()
    heavy[2, 1] = 1e7
    with pytest.raises(PowerFlowError, match="hour 1"):
        least_expected(RiskTask(replace(case, load_kw=heavy), trees, 0.0))
