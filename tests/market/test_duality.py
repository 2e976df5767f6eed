"""The market's share of a bound: below every plan whatever the prices, and equal to the optimum at the right ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market import duality
from p2pdnr.market.duality import Prices, Storage
from tests.coordination.cases import agreed, problem_of, random_document


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
