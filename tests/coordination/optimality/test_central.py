"""The centralised optimum: answers by hand, and that it is a lower bound of every plan."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.optimality import central
from p2pdnr.errors import TopologyError
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.solvers import Status
from tests.coordination.cases import RING, agreed, grid, initial, market_document, problem_of, random_document


def test_one_prosumer_and_the_retailer() -> None:
    """10 kW for an hour at 0.30, 2 kvar-free, no loss price."""
    problem = problem_of(market_document({"id": "A", "load_kw": 10}))
    optimum = central.solve_problem(problem, initial(problem))
    assert optimum.status is Status.OPTIMAL
    assert optimum.objective_eur == pytest.approx(3.0, abs=1e-5)
    assert optimum.injection_kw == pytest.approx(np.array([[-10.0]]), abs=1e-4)


def test_losses_are_those_of_the_power_flow() -> None:
    """One consumer, nothing to decide: 3 EUR per 10 kW to the retailer and the price of what the line loses."""
    scene = market_document({"id": "A", "load_kw": 1000, "power_factor": 0.9}, dso={"loss_price_eur_per_kwh": 0.5})
    scene["network"]["source"]["lines"][0] |= {"r_ohm": 2.0, "x_ohm": 1.0}
    problem = problem_of(scene)
    optimum = central.solve_problem(problem, initial(problem))
    load_kw, load_kvar = np.array([[0.0, 1000.0]]), np.array([[0.0, 1000.0 * np.tan(np.arccos(0.9))]])
    flow = solve_tree(problem.network, orient(problem.network, problem.network.closed), load_kw, load_kvar)
    assert optimum.objective_eur == pytest.approx(300 + 0.5 * flow.loss_kw.sum(), abs=1e-3)
    assert optimum.cone_gap < 1e-6


def test_currents_stay_on_the_power_flow_where_losses_cost_nothing() -> None:
    problem = problem_of(market_document({"id": "A", "load_kw": 1000}))
    assert central.solve_problem(problem, initial(problem)).cone_gap < 1e-4


def test_without_p2p_there_are_no_trades_and_it_costs_no_less() -> None:
    scenario = document.from_dict(random_document(2))
    network = build_network(scenario)
    closed = np.tile(network.closed, (scenario.hours, 1))
    together, alone = (central.solve(scenario, network, closed, p2p) for p2p in (True, False))
    assert together.objective_eur <= alone.objective_eur + 1e-5


def test_prosumers_that_only_exist_have_an_optimum_too() -> None:
    problem = problem_of(market_document({"id": "A"}, {"id": "B"}))
    optimum = central.solve_problem(problem, initial(problem))
    assert optimum.objective_eur == pytest.approx(0, abs=1e-6)
    assert optimum.injection_kw == pytest.approx(np.zeros((2, 1)), abs=1e-6)


def test_hours_may_run_on_different_trees() -> None:
    """A prosumer at the end of a ring of equal lines, nothing to decide: both ways round cost what they cost alone."""
    scene = market_document({"id": "A", "load_kw": 300, "bus": 2}, hours=2, dso={"loss_price_eur_per_kwh": 1.0})
    scene["network"]["source"] = grid(RING, 100.0)
    problem = problem_of(scene)
    short, long = np.array([True, True, False]), np.array([False, True, True])
    each = [central.solve_problem(problem, np.array([tree, tree])).objective_eur / 2 for tree in (short, long)]
    mixed = central.solve_problem(problem, np.array([short, long])).objective_eur
    assert each[0] < each[1]
    assert mixed == pytest.approx(sum(each), abs=1e-4)


def test_a_schedule_with_a_loop_is_refused() -> None:
    problem = problem_of(random_document(1))
    with pytest.raises(TopologyError, match="loop"):
        central.solve_problem(problem, np.ones_like(initial(problem)))


def test_where_the_relaxation_burns_power_it_is_a_bound_and_no_answer() -> None:
    """A current limit on the way to the substation and PV worth exporting: the cone loses the surplus in lines that
    have no limit, which no power flow does. Its cone gap tells, and the plan on the power flow costs more."""
    scene = random_document(31, hours=2, prosumers=3)
    scene["network"]["source"]["buses"][2]["p_kw"] = 600.0
    for row in scene["prosumers"]:
        row |= {"load_kw": 5 * row["load_kw"], "pv_kw": 8 * row.get("pv_kw", 0.0)}
    problem = problem_of(scene)
    optimum, plan = central.solve_problem(problem, initial(problem)), agreed(problem)
    assert optimum.cone_gap > 1.0
    assert plan.agreement.converged
    assert plan.costs_eur["violations"] < 0.1
    assert plan.total_eur > optimum.objective_eur + 0.01 * plan.scale_eur
