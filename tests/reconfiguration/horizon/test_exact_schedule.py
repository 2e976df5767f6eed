"""Long horizons against the dynamic programme over all topologies, bounds against exact power flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.horizon import horizon_costs as costs_module
from p2pdnr.reconfiguration.horizon.cost_floor import floor_eur, has_floor
from p2pdnr.reconfiguration.horizon.pool_schedule import cheapest_of_pool
from p2pdnr.reconfiguration.horizon.switching_times import NAMES, switching_times
from p2pdnr.reconfiguration.horizon.typical_rows import typical_rows
from p2pdnr.reconfiguration.planning.long_horizon import Horizon, plan_horizon
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule
from p2pdnr.reconfiguration.schedule.pool_growth import Staged, staged
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import networks
from tests.small_networks import ladder

PROPERTY = settings(deadline=None, derandomize=True, max_examples=6)


def load_case(network: Network, rows: int, seed: int, step_h: float = 6.0) -> LoadCase:
    """Loads that change by row and bus, some feeding in, and terms under which switching pays now and then."""
    random = np.random.default_rng(seed)
    sizes = np.maximum(network.p_kw, 20.0)
    load_kw = sizes * random.uniform(-0.8, 1.6, (rows, network.n_buses))
    load_kvar = 0.4 * sizes * random.uniform(-0.2, 1.2, (rows, network.n_buses))
    cost = np.full(network.n_lines, float(random.choice([0.0, 0.002, 0.02])))
    terms = OperatorTerms(cost, step_h=step_h, return_to_initial=bool(random.integers(2)))
    return LoadCase(network, load_kw, load_kvar, terms)


def by_programme(case: LoadCase, name: str) -> float:
    """The cheapest schedule with given times of switching, by the dynamic programme over all topologies."""
    trees = all_trees(case.network)
    times = switching_times(name, case.steps, case.terms.steps_per_day)
    eur = np.add.reduceat(staged(case, trees).stage_eur, times.starts, axis=1)
    return best_schedule(eur, trees, case.terms, case.network.closed).cost_eur


@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 2**16))
def test_bounds_are_never_above_the_power_flow(network: Network, seed: int) -> None:
    case = load_case(network, 16, seed)
    if not has_floor(network):
        return
    trees = all_trees(network)
    exact = staged(case, trees).stage_eur
    for times in (1.05, 3.0):
        caps = np.nan_to_num(times * exact.min(axis=0), posinf=1e3)
        floor = floor_eur(case, trees, caps)
        assert floor.shape == exact.shape
        assert (floor <= np.minimum(exact, caps) + 1e-4 * np.maximum(1.0, caps)).all()


@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 2**16))
def test_equals_the_programme_over_all_topologies(network: Network, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs_module, "MOST_NUMBERS", 1)  # windows of a day
        case = load_case(network, 31, seed)
        try:
            found = plan_horizon(case, ("daily", "hourly", "weekly"))
        except PowerFlowError:
            return
    for name, plan in found.plans.items():
        assert found.proved[name]
        assert plan.cost_eur == pytest.approx(by_programme(case, name), rel=1e-6, abs=1e-4)
    assert found.day.static is not None
    assert found.day.static.cost_eur == pytest.approx(by_programme(case, "fixed"), rel=1e-6, abs=1e-4)
    check_times(found, case)


def check_times(found: Horizon, case: LoadCase) -> None:
    """Plans switch at their times alone."""
    for name, plan in found.plans.items():
        starts = switching_times(name, case.steps, case.terms.steps_per_day).starts
        assert set(np.flatnonzero(plan.operations)) <= set(starts.tolist())


def test_more_freedom_is_never_dearer() -> None:
    case = load_case(ladder(4), 4 * 28, 3)
    found = plan_horizon(case, NAMES)
    costs = [found.plans[name].cost_eur for name in NAMES]
    assert costs == sorted(costs)
    assert found.day.exact
    assert found.as_dict()["plans"]["weekly"]["proved"] is True


def test_networks_with_admittances_to_earth_are_ranked_in_full() -> None:
    plain = ladder(4)
    network = plain.with_(shunt_b_pu=np.full(plain.n_buses, 1e-3))
    case = load_case(network, 12, 5)
    assert not has_floor(network)
    found = plan_horizon(case)
    assert found.proved["hourly"]
    assert found.plans["hourly"].cost_eur == pytest.approx(by_programme(case, "hourly"), abs=1e-4)


def test_limits_of_a_day_count_from_midnight() -> None:
    case = load_case(ladder(4), 4 * 6, 11)
    case = replace(case, terms=replace(case.terms, max_per_day=2, return_to_initial=False))
    trees = all_trees(case.network)
    pool = Staged(trees, staged(case, trees).stage_eur)
    times = switching_times("hourly", case.steps, case.terms.steps_per_day)
    indices = cheapest_of_pool(pool, case.terms, case.network.closed, times)
    best = best_schedule(pool.stage_eur, trees, case.terms, case.network.closed)
    np.testing.assert_array_equal(indices, best.indices)
    found = plan_horizon(case)
    by_day = found.plans["hourly"].operations.reshape(-1, 4).sum(axis=1)
    assert by_day.max() <= 2
    assert by_day.sum() > 2
    assert found.proved == {"hourly": False}
    assert found.plans["hourly"].cost_eur >= best.cost_eur - 1e-4


def test_a_time_limit_leaves_the_best_so_far() -> None:
    case = load_case(ladder(4), 4 * 8, 3)
    found = plan_horizon(case, ("hourly", "daily"), watch=Watch(limit_s=0.0))
    assert found.day.ended == "time limit"
    assert not any(found.proved.values())
    assert all(np.isfinite(plan.cost_eur) for plan in found.plans.values())


def test_times_of_switching() -> None:
    starts = {name: switching_times(name, 8760, 24).starts for name in NAMES}
    assert [len(rows) for rows in starts.values()] == [8760, 365, 53, 4, 1]
    assert starts["seasonal"].tolist() == [0, 2184, 4368, 6552]
    seasons = switching_times("seasonal", 8760, 24)
    assert seasons.lengths.tolist() == [2184, 2184, 2184, 2208]
    assert len(seasons.spread(np.arange(4))) == 8760


def test_typical_rows_are_far_apart() -> None:
    network = from_text("S1 2, 2 3, 3 1 open")
    low, high = np.full((5, 3), 10.0), np.full((5, 3), 90.0)
    case = LoadCase(network, np.vstack([low, high]), np.zeros((10, 3)), OperatorTerms(np.zeros(3)))
    assert len(typical_rows(case, 6)) == 2
