"""A warm start gives the same answer sooner, and one that does not fit is ignored."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination import convex
from p2pdnr.coordination.convex import Agreement, Rules
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.warm import pack, unpack
from tests.coordination.cases import agreed, initial, problem_of, random_document

RULES = Rules()


def turns(problem: Problem, start: Agreement) -> tuple[Agreement, int]:
    seen: list[Agreement] = []
    return convex.negotiate(problem, initial(problem), start, RULES, seen.append), len(seen)


@pytest.mark.parametrize("seed", [3, 8, 15])
def test_a_warm_start_ends_at_the_same_cost_sooner(seed: int) -> None:
    problem = problem_of(random_document(seed))
    cold, many = turns(problem, convex.opening(problem, RULES))
    plan = agreed(problem)
    warm, few = turns(problem, unpack(problem, pack(plan), RULES))
    assert warm.converged
    assert few < many
    assert warm.objective_eur == pytest.approx(cold.objective_eur, abs=3e-4 * plan.scale_eur)


def test_packed_arrays_are_numbers_with_the_schedule() -> None:
    problem = problem_of(random_document(3))
    plan = agreed(problem)
    arrays = pack(plan)
    assert all(values.dtype == np.float64 for values in arrays.values())
    assert (arrays["closed"].astype(bool) == plan.closed).all()


def test_arrays_of_another_market_are_left_alone() -> None:
    arrays = pack(agreed(problem_of(random_document(3, prosumers=3))))
    problem = problem_of(random_document(3, prosumers=4))
    start = unpack(problem, arrays, RULES)
    assert not start.trading.agreed_kw.any()
    assert start.wanted_kw.shape == (4, 4)


def test_arrays_of_another_horizon_are_left_alone() -> None:
    arrays = pack(agreed(problem_of(random_document(3, hours=3))))
    start = unpack(problem_of(random_document(3, hours=5)), arrays, RULES)
    assert start.charge_weight.shape == (5,)


@pytest.mark.parametrize("missing", ["agreed_kw", "price_eur", "charge_eur", "charge_weight", "trade_weight"])
def test_torn_arrays_are_left_alone(missing: str) -> None:
    problem = problem_of(random_document(3))
    arrays = pack(agreed(problem))
    del arrays[missing]
    start = unpack(problem, arrays, RULES)
    assert not start.charge_eur.any()
