from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from p2pdnr.coordination.schedule import tree_costs
from p2pdnr.network import powerflow, topology
from p2pdnr.reconfiguration import terms
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.rank import rank


@pytest.fixture(scope="module")
def plan(sample: StudyResult) -> Plan:
    return read_plan(sample)


@pytest.fixture(scope="module")
def costs_eur(plan: Plan) -> np.ndarray:
    operator = terms.from_scenario(plan.scenario, plan.network)
    trees = ranking.all_trees(plan.network)
    return ranking.landscape(plan.network, trees, plan.withdrawal_kw, plan.withdrawal_kvar, operator).stage_cost(
        operator
    )


@pytest.fixture(scope="module")
def places(plan: Plan, costs_eur: np.ndarray) -> np.ndarray:
    """Counted here with the exact power flow of each hour's own topology."""
    found = []
    for hour, closed in enumerate(plan.closed):
        p_kw, q_kvar = plan.withdrawal_kw[[hour]], plan.withdrawal_kvar[[hour]]
        flow = powerflow.solve_tree(plan.network, topology.orient(plan.network, closed), p_kw, q_kvar)
        found.append(1 + int((costs_eur[:, hour] < 0.12 * flow.loss_kw.sum() - 1e-3).sum()))
    return np.array(found)


def ranked(sample: StudyResult, places: np.ndarray) -> Tables:
    return replace(sample.tables, hours=sample.tables.hours.assign(rank=places))


def test_true_places_hold(sample: StudyResult, plan: Plan, places: np.ndarray, costs_eur: np.ndarray) -> None:
    given = rank(plan, ranked(sample, places), costs_eur)
    again = rank(plan, ranked(sample, places))
    assert given.holds
    assert again == given
    assert given.value == places.max() > places.min() >= 1
    assert "50751" in given.detail


@pytest.mark.parametrize("hour", [0, 7])
def test_a_place_that_is_not_so_is_found(
    sample: StudyResult, plan: Plan, places: np.ndarray, costs_eur: np.ndarray, hour: int
) -> None:
    boasting = places + (np.arange(8) == hour) * (50 if places[hour] < 50 else -50)
    found = rank(plan, ranked(sample, boasting), costs_eur)
    assert found.holds is False
    assert f"hour {hour} has place {places[hour]}" in found.detail


def test_nothing_is_shown_where_topologies_are_too_many(
    sample: StudyResult, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_costs, "few", partial(tree_costs.few, most_stages=50751 * 8 - 1))
    found = rank(plan, sample.tables)
    assert found.value is None
    assert found.state(None) == "not shown"
    assert "50,751" in found.detail


def test_places_that_are_missing_do_not_hold(sample: StudyResult, plan: Plan) -> None:
    assert rank(plan, sample.tables).state(None) == "does not hold"


def test_a_topology_that_is_no_tree_has_no_place(sample: StudyResult, plan: Plan, places: np.ndarray) -> None:
    closed = plan.closed.copy()
    closed[2, 32] = True
    found = rank(replace(plan, closed=closed), ranked(sample, places))
    assert found.value is None
    assert found.holds is None
