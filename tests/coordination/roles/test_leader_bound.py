"""The bound of a leader: below every plan that charges can bring about, and close where sun breaks voltage limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.bound import certificate
from p2pdnr.coordination.bound.certificate import LowerBound
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles.followers import answer
from p2pdnr.coordination.roles.leader import plan_leader
from p2pdnr.coordination.roles.leader_bound import EXACT, exact_eur, least_cost, repeated_eur
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import possible_answers
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import initial, problem_of
from tests.leader_scenario import CAP, duo


def sunny() -> dict[str, Any]:
    """Sun at the end of the feeder that nobody curtails, far above the upper voltage limit, and a battery that could
    charge much in any hour, but not in both."""
    scene = duo(load_kw=100)
    scene |= {"profiles": {"load": [1.0, 0.9]}, "tariff": {"buy_eur_per_kwh": [0.3] * 2, "sell_eur_per_kwh": [0.1] * 2}}
    scene["prosumers"][0]["battery"] = {"capacity_kwh": 50, "power_kw": 400, "efficiency": 1.0}
    scene["network"] |= {"vm_max_pu": 1.02}
    scene["prosumers"][0]["elastic"]["max_kw"] = 300
    scene["prosumers"][1] = {"id": "S", "bus": 3, "pv_kw": 1500, "pv_profile": "load"}
    return scene


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(sunny())


@pytest.fixture(scope="module")
def led(problem: CoordinationProblem) -> RolePlan:
    return plan_leader(Context(problem), None, "fixed")


def known(plan: RolePlan) -> Known:
    dispatch, response = plan.dispatch, plan.dispatch.response
    paid = sum(dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))
    return Known(dispatch.closed, response.injection_kw, response.columns, paid, dispatch.total_eur - paid)


def test_where_sun_breaks_limits_the_bound_is_taken_on_the_exact_power_flow(
    problem: CoordinationProblem, led: RolePlan
) -> None:
    assert led.dispatch.costs_eur["violations"] > 4.0 * led.dispatch.costs_eur["losses"] > 0.0
    assert EXACT in led.arrays
    assert 0.0 <= led.figures["gap"] < 0.005
    all_ = possible_answers(problem, CAP)
    cone = {name: values for name, values in led.arrays.items() if name != EXACT}
    assert repeated_eur(all_, None, "fixed", known(led), cone) < 0.99 * led.figures["lower_bound_eur"]
    again = repeated_eur(all_, None, "fixed", known(led), led.arrays)
    assert again == pytest.approx(led.figures["lower_bound_eur"], rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_to_charges_costs_less_at_any_prices(problem: CoordinationProblem, led: RolePlan, seed: int) -> None:
    rng, free = np.random.default_rng(seed), whatever_charges_can_do(problem, CAP)
    price = led.arrays[EXACT] * rng.uniform(0.5, 1.5, led.arrays[EXACT].shape)
    bound = exact_eur(free, known(led), price)
    for _ in range(5):
        charge = rng.uniform(0.0, CAP, (problem.hours, len(problem.prosumers_per_bus)))
        injected_kw = problem.at_buses(answer(problem, charge)[1].injection_kw)
        assert float(LocalGrid(problem, initial(problem)).cost_eur(injected_kw).sum()) >= bound - 1e-6


def test_prices_that_do_not_fit_prove_nothing(problem: CoordinationProblem, led: RolePlan) -> None:
    all_ = possible_answers(problem, CAP)
    for wrong in (led.arrays[EXACT][:-1], np.nan * led.arrays[EXACT]):
        with pytest.raises(ValueError, match="does not fit"):
            repeated_eur(all_, None, "fixed", known(led), led.arrays | {EXACT: wrong})


def test_a_bound_below_zero_is_none(
    problem: CoordinationProblem, led: RolePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the cone loses more power than there is cost, nothing is stated, with the reason."""
    below = LowerBound(-5.0, "so low", {"bound_tree": np.zeros(1)}, np.zeros((3, 1)))
    monkeypatch.setattr(certificate, "sought", lambda *_: below)
    all_ = possible_answers(problem, CAP)
    found = least_cost(all_, all_trees(problem.network), "hourly", led.dispatch, Journal())
    assert found.bound_eur is None and found.arrays == {} and "below zero" in found.text
    assert found.stage_eur is below.stage_eur, "its cheapest schedule may still be tried"


@pytest.mark.parametrize("loss_price", [0.5, 5.0])
def test_without_a_list_of_topologies_it_is_below_every_answer_on_all_of_them(loss_price: float) -> None:
    problem = problem_of(duo(loss_price))
    plan = plan_leader(Context(problem), None, "hourly")
    bound, trees = plan.figures["lower_bound_eur"], all_trees(problem.network)
    assert 0.0 <= plan.figures["gap"] < 0.01
    again = repeated_eur(possible_answers(problem, CAP), None, "hourly", known(plan), plan.arrays)
    assert again == pytest.approx(bound, rel=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(6):
        charge = CAP * rng.integers(0, 2, (problem.hours, len(problem.prosumers_per_bus))).astype(float)
        injected_kw = problem.at_buses(answer(problem, charge)[1].injection_kw)
        for tree in range(len(trees)):
            assert float(LocalGrid(problem, trees.closed(tree)[None]).cost_eur(injected_kw).sum()) >= bound - 1e-6
    with pytest.raises(ValueError, match="missing or does not fit"):
        repeated_eur(possible_answers(problem, CAP), None, "hourly", known(plan), {})
