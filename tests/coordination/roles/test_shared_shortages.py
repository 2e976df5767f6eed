"""What groups leave unserved and unused, priced on its sum: below every answer to charges, and closer than without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import answer
from p2pdnr.coordination.roles.leader import lead
from p2pdnr.coordination.roles.leader_bound import SHARED, least_cost, repeated_eur
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import left_kw, possible_answers, priced
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.market.kernel_arrays import PV, UNSERVED
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import FIVE, grid, problem_of

CAP = 0.3


def islanded(seed: int = 0) -> dict[str, Any]:
    """Two hours, four prosumers who have each other, three of them without a retailer: by day too much sun, in the
    evening too little."""
    rng = np.random.default_rng(seed)
    return {
        "name": "islanded",
        "network": {"source": grid(FIVE, 60.0, r_ohm=3.0, x_ohm=2.0), "vm_min_pu": 0.8, "vm_max_pu": 1.2},
        "profiles": {"load": [0.6, 1.0], "pv": [1.0, 0.2]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
        "market": {"partners": "all", "trade_fee_eur_per_kwh": 0.001},
        "dso": {"role": "leader", "loss_price_eur_per_kwh": 0.5, "switching_cost_eur": 0.1},
        "prosumers": [
            {
                "id": f"P{bus}",
                "bus": bus,
                "load_kw": float(rng.uniform(100, 200)),
                "pv_kw": float(rng.uniform(150, 400)),
            }
            | ({"import_limit_kw": 0.0, "export_limit_kw": 0.0} if bus < 5 else {})
            for bus in (2, 3, 4, 5)
        ],
    }


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(islanded())


@pytest.fixture(scope="module")
def led(problem: CoordinationProblem) -> RolePlan:
    return lead(Context(problem), all_trees(problem.network), "hourly", CAP)


def known(plan: RolePlan) -> Known:
    dispatch, response = plan.dispatch, plan.dispatch.response
    paid = sum(dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))
    return Known(dispatch.closed, response.injection_kw, response.columns, paid, dispatch.total_eur - paid)


def test_counted_once_what_is_left_brings_the_bound_nearer(problem: CoordinationProblem, led: RolePlan) -> None:
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    assert SHARED in led.arrays and led.arrays[SHARED].max() > 0.0
    nothing = replace(all_.groups, most_kw=np.full_like(all_.groups.most_kw, np.inf))
    without = least_cost(replace(all_, groups=nothing), trees, "hourly", led.dispatch, Context(problem).journal)
    assert without.bound_eur is not None and SHARED not in without.arrays
    assert without.bound_eur < led.figures["lower_bound_eur"] - 0.01 * known(led).cost_eur
    again = repeated_eur(all_, trees, "hourly", known(led), led.arrays)
    assert again == pytest.approx(led.figures["lower_bound_eur"], abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_to_charges_costs_less_at_any_prices(problem: CoordinationProblem, led: RolePlan, seed: int) -> None:
    rng, trees, all_ = np.random.default_rng(seed), all_trees(problem.network), possible_answers(problem, CAP)
    price = led.arrays[SHARED] * rng.uniform(0.0, 3.0, led.arrays[SHARED].shape)
    bound = repeated_eur(all_, trees, "hourly", known(led), led.arrays | {SHARED: price})
    for _ in range(6):
        charge = CAP * rng.integers(0, 2, (problem.hours, len(problem.prosumers_per_bus))).astype(float)
        injected_kw = problem.at_buses(answer(problem, charge)[1].injection_kw)
        for tree in range(len(trees)):
            closed = np.tile(trees.closed(tree), (problem.hours, 1))
            assert float(LocalGrid(problem, closed).cost_eur(injected_kw).sum()) >= bound - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_prices_add_nothing_above_zero_to_any_answer(seed: int) -> None:
    rng, problem = np.random.default_rng(seed), problem_of(islanded(seed))
    all_ = possible_answers(problem, CAP)
    price = rng.uniform(-0.1, 0.5, all_.groups.most_kw.shape)
    price[2:] = 0.0
    free, constant_eur = priced(all_, price)
    columns = free.block.upper.copy()
    for kind, column, sign in ((0, UNSERVED, 1.0), (1, PV, -1.0)):
        share = rng.dirichlet(np.ones(len(columns)), problem.hours).T * all_.groups.most_kw[kind, all_.groups.part]
        columns[:, :, column] = share if sign > 0 else columns[:, :, column] - share
    left = left_kw(free, columns)
    assert left.sum(axis=1) == pytest.approx(all_.groups.most_kw[:2, 0])
    paid = (free.block.linear[:, :, [UNSERVED, PV]] * columns[:, :, [UNSERVED, PV]]).sum() + constant_eur
    assert paid == pytest.approx(0.0, abs=1e-9), "what a group may leave at most"
    assert (free.block.linear[:, :, UNSERVED] >= 0.0).all() and (free.block.linear[:, :, PV] <= 0.0).all()


def test_prices_of_older_results_are_those_of_two_rules(problem: CoordinationProblem, led: RolePlan) -> None:
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    price = led.arrays[SHARED].copy()
    price[2:] = 0.0
    both = [repeated_eur(all_, trees, "hourly", known(led), led.arrays | {SHARED: item}) for item in (price, price[:2])]
    assert both[0] == both[1]


def test_what_is_not_known_of_a_group_has_no_price(problem: CoordinationProblem) -> None:
    all_ = possible_answers(problem, CAP)
    unknown = replace(all_, groups=replace(all_.groups, most_kw=np.full_like(all_.groups.most_kw, np.inf)))
    free, constant_eur = priced(unknown, np.ones_like(all_.groups.most_kw))
    assert constant_eur == 0.0 and not free.block.linear.any()


def test_prices_that_do_not_fit_prove_nothing(problem: CoordinationProblem, led: RolePlan) -> None:
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    for wrong in (led.arrays[SHARED][:1], np.nan * led.arrays[SHARED]):
        with pytest.raises(ValueError, match="does not fit"):
            repeated_eur(all_, trees, "hourly", known(led), led.arrays | {SHARED: wrong})
