"""Pools for schedules: what they hold, and what limits on switching make of them."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration import enrichment
from p2pdnr.reconfiguration.exchange import Effort, search_hours
from p2pdnr.reconfiguration.schedule import best_schedule
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.trees import all_trees


@pytest.mark.parametrize("limit", [{"max_per_hour": 2}, {"max_per_day": 4}, {}])
def test_a_pool_serves_schedules_with_limits_on_switching(network33: Network, limit: dict[str, int]) -> None:
    rng = np.random.default_rng(11)
    p = rng.uniform(0.2, 1.2, (5, 33)) * network33.p_kw
    p[2:4, 12:18] -= 700.0
    load = p, np.tile(network33.q_kvar, (5, 1))
    case = enrichment.Case(network33, load, OperatorTerms(np.zeros(37), **limit))
    pool = enrichment.staged(case, search_hours(network33, *load, case.terms, Effort(keep=60)))
    rich = enrichment.enrich(case, pool, lambda: True)
    every = enrichment.staged(case, all_trees(network33))
    bare_eur, rich_eur, least_eur = (
        best_schedule(part.stage_eur, part.trees, case.terms, network33.closed).cost_eur for part in (pool, rich, every)
    )
    assert least_eur - 1e-6 <= rich_eur <= bare_eur
    assert rich_eur <= 1.03 * least_eur
    assert len(pool.trees) < len(rich.trees) <= enrichment.LARGEST
    assert len(np.unique(rich.trees.open_lines, axis=0)) == len(rich.trees)
    assert all(is_radial(network33, rich.trees.closed(index)) for index in range(len(rich.trees)))


def test_it_may_be_told_to_stop(network33: Network) -> None:
    load = network33.p_kw[None], network33.q_kvar[None]
    case = enrichment.Case(network33, load, OperatorTerms(np.zeros(37)))
    pool = enrichment.staged(case, search_hours(network33, *load, case.terms, Effort(rounds=2, keep=5)))
    assert len(enrichment.enrich(case, pool, lambda: False).trees) < len(pool.trees) + 20
