"""A price on regret: below every answer to charges up to the cap, above for charges beyond it, and a closer bound."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.coordination.optimality.central import links
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import injected, solved
from p2pdnr.coordination.roles.leader import lead
from p2pdnr.coordination.roles.leader_bound import REGRET, repeated_eur
from p2pdnr.coordination.roles.regret import Known, counted, regret
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import possible_answers
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.market.kernel_arrays import ELASTIC
from p2pdnr.market.prosumer import QUANTITIES, market_model
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import problem_of
from tests.leader_scenario import EVENING_CAP as CAP
from tests.leader_scenario import evening

SOLVED_EUR = 1e-5


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(evening())


@pytest.fixture(scope="module")
def led(problem: CoordinationProblem) -> RolePlan:
    return lead(Context(problem), all_trees(problem.network), "hourly", CAP)


def known(plan: RolePlan) -> Known:
    dispatch = plan.dispatch
    own = sum(dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))
    response = dispatch.response
    return Known(dispatch.closed, response.injection_kw, response.columns, own, dispatch.total_eur - own)


def answered(problem: CoordinationProblem, charge: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Columns (K, T, 12) of an answer to charges (T, nb) per kWh, what prosumers pay in it, and what buses inject."""
    market = market_model(problem.block.terms, links(problem))
    paid = problem.step_h * cp.sum(cp.multiply(charge, injected(problem, market)))
    solved(cp.Problem(cp.Minimize(market.cost_eur - paid), market.constraints), "an answer")
    columns = np.zeros_like(problem.block.lower)
    for place, name in enumerate(QUANTITIES):
        columns[:, :, place] = np.broadcast_to(np.asarray(market.quantities[name].value), columns.shape[1::-1]).T
    return columns, float(market.cost_eur.value), problem.at_buses(np.asarray(market.injection_kw.value).T)


def drawn(problem: CoordinationProblem, seed: int, cap: float) -> np.ndarray:
    """(T, nb) charges at either end or anywhere between."""
    rng, shape = np.random.default_rng(seed), (problem.hours, len(problem.prosumers_per_bus))
    return cap * (rng.integers(0, 2, shape) if seed % 2 else rng.uniform(0.0, 1.0, shape))


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_to_charges_up_to_the_cap_costs_prosumers_more(
    problem: CoordinationProblem, led: RolePlan, seed: int
) -> None:
    bound = regret(possible_answers(problem, CAP), known(led))
    columns, paid_eur, _ = answered(problem, drawn(problem, seed, CAP))
    assert paid_eur - float((bound.slope * columns).sum()) <= bound.constant_eur + SOLVED_EUR


def test_answers_to_charges_beyond_the_cap_do_cost_more(problem: CoordinationProblem, led: RolePlan) -> None:
    bound = regret(possible_answers(problem, CAP), known(led))
    beyond = [
        paid_eur - float((bound.slope * columns).sum()) - bound.constant_eur
        for columns, paid_eur, _ in (answered(problem, drawn(problem, seed, 60.0 * CAP)) for seed in range(12))
    ]
    assert max(beyond) > 1.0, "else the bound would say nothing about the cap"


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_to_charges_costs_the_operator_less_at_any_price(
    problem: CoordinationProblem, led: RolePlan, seed: int
) -> None:
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    price = np.array([[-0.01, 1e-3, 0.01, 0.2][seed]])
    bound = repeated_eur(all_, trees, "hourly", known(led), led.arrays | {REGRET: price})
    for draw in range(4):
        injected_kw = answered(problem, drawn(problem, 4 * seed + draw, CAP))[2]
        for tree in range(len(trees)):
            closed = np.tile(trees.closed(tree), (problem.hours, 1))
            assert float(LocalGrid(problem, closed).cost_eur(injected_kw).sum()) >= bound - 1e-6


def test_the_price_brings_the_bound_nearer(problem: CoordinationProblem, led: RolePlan) -> None:
    assert led.arrays[REGRET].item() > 0.0
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    stated, cost_eur = led.figures["lower_bound_eur"], known(led).cost_eur
    assert repeated_eur(all_, trees, "hourly", known(led), led.arrays) == pytest.approx(stated, abs=1e-6)
    without = repeated_eur(all_, trees, "hourly", known(led), led.arrays | {REGRET: np.zeros(1)})
    assert without < stated - 0.05 * cost_eur


def test_a_plan_that_pays_less_than_it_says_lowers_no_bound_to_an_error(
    problem: CoordinationProblem, led: RolePlan
) -> None:
    """What prosumers pay in the plan enters at the price: told less, the same prices would prove more."""
    all_, trees, true = possible_answers(problem, CAP), all_trees(problem.network), known(led)
    told = replace(true, prosumers_eur=true.prosumers_eur - 10.0)
    proved = [repeated_eur(all_, trees, "hourly", item, led.arrays) for item in (true, told)]
    more_eur = min(proved[0] + 10.0 * led.arrays[REGRET].item(), true.cost_eur)
    assert proved[1] == pytest.approx(more_eur, abs=1e-6)


def test_a_price_of_zero_changes_nothing(problem: CoordinationProblem, led: RolePlan) -> None:
    all_ = possible_answers(problem, CAP)
    for price in (0.0, -1.0):
        free, more_eur = counted(all_.problem, all_, known(led), price)
        assert more_eur == 0.0 and not free.block.linear.any() and not free.block.edge_fee_eur.any()


def test_prices_that_do_not_fit_prove_nothing(problem: CoordinationProblem, led: RolePlan) -> None:
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    for wrong in (np.zeros(2), np.array([np.nan])):
        with pytest.raises(ValueError, match="does not fit"):
            repeated_eur(all_, trees, "hourly", known(led), led.arrays | {REGRET: wrong})


def test_nothing_less_would_do_where_the_plan_stands_at_a_limit() -> None:
    """An elastic load that is worth all but the cap more than it costs: the plan uses it in full, a charge at the cap
    turns it off, which costs almost what the bound allows."""
    cap, most_kw, left_eur = 0.1, 60.0, 0.001
    scene = evening()
    elastic = {"max_kw": most_kw, "utility_eur_per_kwh": 0.3 + cap - left_eur}
    scene["prosumers"] = [{"id": "C", "bus": 2, "load_kw": 40.0, "elastic": elastic}]
    problem = problem_of(scene)
    charge = np.zeros((problem.hours, 1))
    columns, paid_eur, _ = answered(problem, charge)
    plan = Known(np.zeros((0, 0), dtype=bool), np.zeros((1, 3)), columns, 0.0, paid_eur)
    bound = regret(possible_answers(problem, cap), plan)
    charge[1] = cap
    columns, paid_eur, _ = answered(problem, charge)
    beyond_eur = paid_eur - float((bound.slope * columns).sum()) - bound.constant_eur
    assert columns[0, 1, ELASTIC] == pytest.approx(0.0, abs=1e-3), "else the charge would not matter"
    assert -1.1 * left_eur * most_kw < beyond_eur < 1e-4
