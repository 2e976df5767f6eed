"""Pools for schedules: what they hold, and what limits on switching make of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.schedule.dynamic_programme import best_schedule
from p2pdnr.reconfiguration.schedule.settings import PoolSettings, ScheduleSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search_hours
from p2pdnr.reconfiguration.topologies.tree_set import all_trees


@pytest.fixture(scope="module")
def day(network33_few: Network) -> tuple[LoadCase, pool_growth.Staged, pool_growth.Staged]:
    """Five hours, two of them with surplus: the case, a pool, and all trees."""
    rng = np.random.default_rng(11)
    p = rng.uniform(0.2, 1.2, (5, 33)) * network33_few.p_kw
    p[2:4, 12:18] -= 700.0
    case = LoadCase(network33_few, p, np.tile(network33_few.q_kvar, (5, 1)), OperatorTerms(np.zeros(37)))
    pool = pool_growth.staged(
        case, search_hours(network33_few, case.load_kw, case.load_kvar, case.terms, Effort(rounds=5, keep=40))
    )
    return case, pool, pool_growth.staged(case, all_trees(network33_few))


@pytest.mark.parametrize("limit", [{"max_per_hour": 2}, {"max_per_day": 4}, {}])
def test_a_pool_serves_schedules_with_limits_on_switching(
    day: tuple[LoadCase, pool_growth.Staged, pool_growth.Staged], limit: dict[str, int]
) -> None:
    free, pool, every = day
    case, network = replace(free, terms=replace(free.terms, **limit)), free.network
    rich = pool_growth.enrich(case, pool, lambda: True)
    bare_eur, rich_eur, least_eur = (
        best_schedule(part.stage_eur, part.trees, case.terms, network.closed).cost_eur for part in (pool, rich, every)
    )
    assert least_eur - 1e-6 <= rich_eur <= bare_eur
    assert rich_eur <= 1.03 * least_eur
    assert len(pool.trees) < len(rich.trees) <= PoolSettings().most_trees
    assert len(np.unique(rich.trees.open_lines, axis=0)) == len(rich.trees)
    assert all(is_radial(network, rich.trees.closed(index)) for index in range(len(rich.trees)))


def test_it_may_be_told_to_stop(network33: Network) -> None:
    load = network33.p_kw[None], network33.q_kvar[None]
    case = LoadCase(network33, *load, OperatorTerms(np.zeros(37)))
    pool = pool_growth.staged(case, search_hours(network33, *load, case.terms, Effort(rounds=2, keep=5)))
    assert len(pool_growth.enrich(case, pool, lambda: False).trees) < len(pool.trees) + 20


def test_a_pool_is_never_larger_than_the_settings_say(
    day: tuple[LoadCase, pool_growth.Staged, pool_growth.Staged],
) -> None:
    case, pool, _ = day
    settings = ScheduleSettings(pool=PoolSettings(most_trees=len(pool.trees) + 3))
    assert len(pool_growth.enrich(case, pool, lambda: True, settings).trees) == len(pool.trees) + 3
