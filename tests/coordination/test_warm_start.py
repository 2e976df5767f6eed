"""A warm start gives the same answer sooner, and one that does not fit is ignored."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.warm_start import Before, _pairs, pack, schedule_before, unpack
from tests.coordination.cases import agreed, initial, problem_of, random_document

RULES = AdmmSettings()


def before(problem: CoordinationProblem, plan: Dispatch) -> Before:
    names = [terms.name for terms in problem.block.terms]
    pairs = tuple((names[a], names[b]) for a, b in problem.trades.pairs)
    return Before(pack(plan), tuple(names), pairs, schedule=True)


def turns(problem: CoordinationProblem, start: Agreement) -> tuple[Agreement, int]:
    seen: list[Agreement] = []
    return iterations.negotiate(problem, initial(problem), start, RULES, seen.append), len(seen)


@pytest.mark.parametrize("seed", [3, 8, 15])
def test_a_warm_start_ends_at_the_same_cost_sooner(seed: int) -> None:
    problem = problem_of(random_document(seed))
    cold, many = turns(problem, iterations.opening(problem, RULES))
    plan = agreed(problem)
    warm, few = turns(problem, unpack(problem, before(problem, plan), RULES))
    assert warm.converged
    assert few < many
    assert warm.objective_eur == pytest.approx(cold.objective_eur, abs=3e-4 * plan.scale_eur)


def test_packed_arrays_are_numbers_with_the_schedule() -> None:
    problem = problem_of(random_document(3))
    plan = agreed(problem)
    arrays = pack(plan)
    assert all(values.dtype == np.float64 for values in arrays.values())
    assert (arrays["closed"].astype(bool) == plan.closed).all()


def test_prosumers_and_pairs_are_found_by_name() -> None:
    """One has left, one has come, and the list is turned round: those who stayed start from where they stood."""
    raw = random_document(3, prosumers=4)
    raw["market"]["preferences"] = []
    problem = problem_of(raw)
    plan = agreed(problem)
    changed = raw | {"prosumers": [{**raw["prosumers"][0], "id": "New"}, *raw["prosumers"][:0:-1]]}
    now = problem_of(changed)
    start = unpack(now, before(problem, plan), RULES)
    old, new = ([terms.name for terms in item.block.terms] for item in (problem, now))
    for k, name in enumerate(new):
        expected = plan.agreement.wanted_kw[old.index(name)] if name in old else np.zeros(problem.hours)
        assert start.wanted_kw[k] == pytest.approx(expected)
    then = {(old[a], old[b]): e for e, (a, b) in enumerate(problem.trades.pairs.tolist())}
    trading, known = plan.agreement.trading, 0
    for e, (a, b) in enumerate(now.trades.pairs.tolist()):
        turned = then.get((new[b], new[a]))
        if turned is not None:
            known += 1
            assert start.trading.agreed_kw[e] == pytest.approx(-trading.agreed_kw[turned])
            assert start.trading.price_eur_per_kw[e] == pytest.approx(trading.price_eur_per_kw[turned])
        elif "New" in (new[a], new[b]):
            assert start.trading.agreed_kw[e] == pytest.approx(0.0)
            assert start.trading.price_eur_per_kw[e] == pytest.approx(np.median(trading.price_eur_per_kw, axis=0))
    assert known > 0


def test_arrays_of_another_horizon_are_left_alone() -> None:
    problem = problem_of(random_document(3, hours=3))
    earlier = before(problem, agreed(problem))
    now = problem_of(random_document(3, hours=5))
    assert unpack(now, earlier, RULES).charge_weight.shape == (5,)
    assert schedule_before(now, earlier) is None


@pytest.mark.parametrize("missing", ["agreed_kw", "price_eur", "charge_eur", "charge_weight", "trade_weight"])
def test_torn_arrays_are_left_alone(missing: str) -> None:
    problem = problem_of(random_document(3))
    earlier = before(problem, agreed(problem))
    del earlier.arrays[missing]
    start = unpack(problem, earlier, RULES)
    assert not start.charge_eur_per_kw.any()


def test_a_schedule_that_is_no_tree_any_more_is_left_alone() -> None:
    problem = problem_of(random_document(3))
    plan = agreed(problem)
    earlier = before(problem, plan)
    assert np.array_equal(schedule_before(problem, earlier), plan.closed)
    earlier.arrays["closed"][1] = 1.0
    assert schedule_before(problem, earlier) is None


@pytest.mark.parametrize("seed", range(8))
def test_pairs_are_found_by_name_whichever_way_they_stand(seed: int) -> None:
    problem, rng = problem_of(random_document(seed, prosumers=6)), np.random.default_rng(seed)
    names = [terms.name for terms in problem.block.terms] + ["gone", "left"]
    then = [(a, b) for a in names for b in names if a != b and rng.random() < 0.4]
    then = [pair for k, pair in enumerate(then) if pair[::-1] not in then[:k]]
    place = {pair: e for e, pair in enumerate(then)}
    now = [(names[a], names[b]) for a, b in problem.trades.pairs.tolist()]
    rows, sign = _pairs(problem, Before({}, tuple(names), tuple(then)))
    assert rows.tolist() == [place.get(pair, place.get(pair[::-1], -1)) for pair in now]
    assert sign.tolist() == [1.0 if pair in place else -1.0 for pair in now]
