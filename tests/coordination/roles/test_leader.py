"""The leader against every charge on a grid and every topology, by statements of its own; and what it must keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.bound.certificate import LowerBound
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles import leader as judged
from p2pdnr.coordination.roles.leader import lead, plan_leader
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.errors import PowerFlowError
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests import thorough
from tests.coordination.cases import problem_of, random_document
from tests.leader_scenario import BUY, CAP, SELL, duo

FINE = 0.01
"""EUR/kWh between the charges that are enumerated."""


def cost_eur(problem: CoordinationProblem, injection_kw: np.ndarray, hour: int = 0) -> np.ndarray:
    """(trees, C) losses and violations in an hour at injections (K, C), on every radial topology."""
    trees, rows = all_trees(problem.network), injection_kw.shape[1]
    load_kw = np.tile(problem.operator.load_kw[hour], (rows, 1))
    np.subtract.at(load_kw.T, problem.prosumer_bus, injection_kw)
    load_kvar = np.tile(problem.operator.load_kvar[hour], (rows, 1))
    costs = []
    for index in range(len(trees)):
        flow = solve_tree(problem.network, orient(problem.network, trees.closed(index)), load_kw, load_kvar)
        broken = violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a)
        costs.append(problem.terms.loss_price_eur_per_kwh * problem.step_h * flow.loss_kw.sum(axis=1) + broken)
    return np.array(costs)


def least_on_a_grid(problem: CoordinationProblem, answers: Iterable[np.ndarray], charges: np.ndarray) -> float:
    """Over all topologies and charges (C, K) whose revenue is covered, at injections (K, C)."""
    injection_kw = np.array(list(answers))
    costs = cost_eur(problem, injection_kw)
    revenue = -(charges.T * injection_kw).sum(axis=0)
    return float(np.where(revenue <= costs + 1e-9, costs, np.inf).min())


def planned(problem: CoordinationProblem, mode: str = "hourly") -> RolePlan:
    return plan_leader(Context(problem), every_tree(problem), mode)


def own_cost(plan: RolePlan) -> float:
    return sum(plan.dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))


def collected(plan: RolePlan) -> float:
    return -float((plan.dispatch.agreement.charge_eur_per_kw * plan.dispatch.response.injection_kw).sum())


@pytest.mark.parametrize("loss_price", [0.5, 2.0, 5.0])
def test_a_leader_is_as_good_as_every_charge_on_a_grid(loss_price: float) -> None:
    problem = problem_of(duo(loss_price))
    steps = np.arange(0.0, CAP + FINE / 2, FINE)
    charges = np.array(list(product(steps, steps)))
    load_kw = np.clip((0.6 - BUY - charges[:, 0]) / 0.001, 0.0, 400.0)
    made_kw = np.clip((SELL + charges[:, 1] - 0.12) / 0.001, 0.0, 500.0)
    enumerated = least_on_a_grid(problem, (-load_kw, made_kw), charges)
    plan = planned(problem)
    assert own_cost(plan) <= enumerated + 1e-6
    assert own_cost(plan) >= 0.98 * enumerated, "no better than between the charges of the grid"
    assert plan.figures["lower_bound_eur"] <= own_cost(plan) + 1e-6
    assert plan.figures["lower_bound_eur"] <= enumerated + 1e-6


def test_charges_that_would_collect_too_much_are_not_asked() -> None:
    """Without the generator nobody can be paid: the load is charged no more than losses cost."""
    scene = duo(load_kw=200)
    scene["prosumers"] = scene["prosumers"][:1]
    problem = problem_of(scene)
    charges = np.arange(0.0, CAP + 1e-4, 1e-4)[:, None]
    load_kw = 200.0 + np.clip((0.6 - BUY - charges[:, 0]) / 0.001, 0.0, 400.0)
    enumerated = least_on_a_grid(problem, (-load_kw,), charges)
    plan = planned(problem)
    assert own_cost(plan) == pytest.approx(enumerated, rel=2e-3)
    assert collected(plan) <= own_cost(plan) * (1 + 1e-6)
    assert collected(plan) > 0.9 * own_cost(plan), "the limit on revenue is what holds it"
    assert plan.dispatch.charge_eur_per_kwh.max() < CAP / 2


def test_of_equal_answers_the_leader_has_the_one_that_costs_it_least() -> None:
    """A battery that buys at 0.20 or 0.30 shifts all it can at no charges; the leader makes it indifferent, and it does
    what loses least: enumerated over charges on a grid and every answer to them."""
    scene = duo(2.0)
    battery = {"capacity_kwh": 400, "power_kw": 300, "efficiency": 1.0, "initial_kwh": 200, "wear_eur_per_kwh": 0.0}
    scene["prosumers"] = [{"id": "B", "bus": 2, "load_kw": 200, "battery": battery}]
    scene["profiles"] = {"load": [1.0, 1.0]}
    scene["tariff"] = {"buy_eur_per_kwh": [0.20, 0.30], "sell_eur_per_kwh": [0.0, 0.0]}
    problem = problem_of(scene)
    moved = np.linspace(-200.0, 200.0, 401)
    injection_kw = -200.0 + np.array([-moved, moved])
    costs = cost_eur(problem, injection_kw[:1], 0).min(axis=0) + cost_eur(problem, injection_kw[1:], 1).min(axis=0)
    best = np.inf
    for first, second in product(np.arange(0.0, CAP + FINE / 2, FINE), repeat=2):
        bill = -(0.20 + first) * injection_kw[0] - (0.30 + second) * injection_kw[1]
        paid = first * -injection_kw[0] + second * -injection_kw[1]
        chosen = (bill <= bill.min() + 1e-9) & (paid <= costs + 1e-9)
        best = min(best, float(costs[chosen].min(initial=np.inf)))
    plan = planned(problem)
    assert own_cost(plan) == pytest.approx(best, rel=1e-3)
    assert own_cost(plan) < 0.8 * costs[-1], "the market alone shifts 200 kW"


@pytest.mark.parametrize("seed", thorough.of([3], [0, 11, 20]))
def test_what_a_leader_must_keep_it_keeps_on_random_days(seed: int) -> None:
    problem = problem_of(random_document(seed))
    trees, cap = every_tree(problem), 0.35
    try:
        plans = {mode: lead(Context(problem), trees, mode, cap) for mode in ("fixed", "static", "hourly")}
    except PowerFlowError:
        pytest.skip("no topology carries the market alone")
    for mode, plan in plans.items():
        charge = plan.dispatch.charge_eur_per_kwh.sum(axis=0)
        assert charge.min() >= 0.0 and charge.max() <= cap, mode
        assert collected(plan) <= own_cost(plan) + 1e-4 * max(1.0, own_cost(plan)), mode
        bound = plan.figures["lower_bound_eur"]
        assert bound is None or bound <= own_cost(plan) + 1e-4 * max(1.0, own_cost(plan)), mode


def test_a_leader_without_charges_takes_the_market_as_it_is() -> None:
    problem = problem_of(duo())
    plan = lead(Context(problem), every_tree(problem), "hourly", 0.0)
    assert plan.asked_kw == pytest.approx(plan.dispatch.response.injection_kw, abs=1e-3)
    assert not plan.dispatch.charge_eur_per_kwh.any()


def test_what_no_topology_carries_is_refused_with_its_hours() -> None:
    scene = duo()
    scene["prosumers"][0]["elastic"]["max_kw"] = 5e5
    scene["prosumers"][0]["elastic"]["slope_eur_per_kw2h"] = 0.0
    with pytest.raises(PowerFlowError, match="hours 0"):
        planned(problem_of(scene))


def test_where_topologies_are_too_many_and_losses_cost_nothing_no_bound_is_stated() -> None:
    problem = problem_of(duo(0.0))
    plan = plan_leader(Context(replace(problem)), None, "hourly")
    assert plan.figures["lower_bound_eur"] is None and plan.figures["gap"] is None
    assert any("No lower bound" in remark for remark in plan.remarks)


def test_a_bound_that_says_nothing_is_not_worked_out_again_for_a_better_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes minutes on 33 buses, and what makes it say nothing is not the plan."""
    asked: list[float] = []
    bounded, best = judged.least_cost, judged._best

    def nothing(*given: Any) -> LowerBound:
        asked.append(given[3].total_eur)
        return replace(bounded(*given), bound_eur=None)

    def ever_cheaper(*given: Any) -> Any:
        led = best(*given)
        return replace(led, cost_eur=led.cost_eur * 0.9 ** len(asked))

    monkeypatch.setattr(judged, "least_cost", nothing)
    monkeypatch.setattr(judged, "_best", ever_cheaper)
    found = planned(problem_of(duo()))
    assert len(asked) == 1
    assert found.figures["lower_bound_eur"] is None and found.figures["gap"] is None
