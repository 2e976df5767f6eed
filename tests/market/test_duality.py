"""The market's share of a bound: below every plan whatever the prices, and equal to the optimum at the right ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market import duality
from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.market.duality import Prices, Storage
from tests.coordination.cases import agreed, problem_of, random_document
from tests.market.prosumers import block_of, terms


def market_bound(problem: CoordinationProblem, storage: Storage, prices: Prices) -> float:
    """Least cost of all prosumers where nobody asks what the grid costs."""
    hours, block = np.arange(problem.hours), problem.block
    cost = duality.reduced_costs(block, storage, prices, hours)
    own = duality.injections(block, cost, hours)
    bend = np.where(own.bend_eur > 0, own.bend_eur, 1.0)[:, None]
    inner = np.clip(-own.cost_eur / bend, own.low_kw, own.high_kw)
    at_ends = np.minimum(own.cost_eur * own.low_kw, own.cost_eur * own.high_kw)
    within = own.cost_eur * inner + bend / 2 * inner**2
    devices = np.where(own.bend_eur[:, None] > 0, within, at_ends).sum()
    rest = duality.hour_bounds(block, prices, cost, hours).sum() + duality.storage_bound(block, storage)
    return float(devices + rest)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), size=st.sampled_from([0.0, 0.1, 10.0]))
def test_prices_out_of_thin_air_give_a_bound(seed: int, size: float) -> None:
    problem = problem_of(random_document(seed % 50))
    plan = agreed(problem, primal_kw=0.5, max_iterations=300)
    rng = np.random.default_rng(seed)
    count, hours, pairs = len(problem.block.terms), problem.hours, problem.trades.n_pairs
    balance, pair = size * rng.normal(size=(count, hours)), size * rng.normal(size=(pairs, hours))
    resale = size * rng.random((2, count, hours))
    storage = Storage(size * rng.normal(size=(count, hours)), size * rng.normal(size=(count, 1)))
    bound = market_bound(problem, storage, Prices(balance, resale[0], resale[1], pair))
    assert bound <= problem.block.cost_eur(plan.response) + 1e-6


def test_a_column_that_may_inject_in_one_hour_counts_in_all_with_its_sign() -> None:
    """PV at noon alone, and a load of 4 kW of which a fifth may be shifted."""
    block = block_of((terms(2, pv_kw=[0.0, 3.0], load_kw=[4.0, 4.0], flexible_share=0.2),), [])
    cost = np.arange(24.0).reshape(1, 2, 12)
    found = duality.injections(block, cost, np.arange(2))
    rows = {int(column): row for row, column in enumerate(found.column)}
    assert rows.keys() == {kernel.PV, kernel.FLEXIBLE, kernel.UNSERVED}
    sun, shifted = rows[kernel.PV], rows[kernel.FLEXIBLE]
    assert (found.low_kw[sun].tolist(), found.high_kw[sun].tolist()) == ([0.0, 0.0], [0.0, 3.0])
    np.testing.assert_allclose(found.cost_eur[sun], cost[0, :, kernel.PV])
    np.testing.assert_allclose(found.cost_eur[shifted], -cost[0, :, kernel.FLEXIBLE])
    np.testing.assert_allclose(found.low_kw[shifted], -block.upper[0, :, kernel.FLEXIBLE])
    np.testing.assert_allclose(found.high_kw[shifted], -block.lower[0, :, kernel.FLEXIBLE])
