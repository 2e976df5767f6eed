"""Plans with generators that hold their voltages: beside every schedule, and beside pandapower."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.coordination.held_voltages import at_generators, held_kvar, with_held_voltages
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network.arrays import Floats
from p2pdnr.network.generators import at_limit, at_work
from p2pdnr.network.held_newton import solve_held
from p2pdnr.reconfiguration.topologies.ranking import all_trees, evaluate_trees
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.results.withdrawn import withdrawals
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.study_held import begun
from tests.held_scenario import HOURS, held_document
from tests.reconfiguration.schedule.brute_force import brute_force


def problem_of(scene: dict[str, Any]) -> CoordinationProblem:
    scenario = document.from_dict(scene)
    return build_problem(scenario, begun(scenario, build_network(scenario)))


def solved(scene: dict[str, Any], mode: study.Mode = "hourly") -> StudyResult:
    return study.run(document.from_dict(scene), study.Options(mode=mode))


def least_schedule_eur(problem: CoordinationProblem, injection_kw: Floats) -> float:
    """The least losses, violations and switching of all schedules, voltages held."""
    held = problem.network.held
    assert held is not None and held.kvar is not None
    load_kvar = problem.operator.load_kvar.copy()
    load_kvar[:, held.generators.bus] += held.kvar
    trees = all_trees(problem.network)
    found = evaluate_trees(at_work(problem.network), trees, problem.net_load_kw(injection_kw), load_kvar, problem.terms)
    stage = found.stage_cost(problem.terms)
    return float(brute_force(stage, trees, problem.terms, problem.network.closed).min())


@pytest.mark.parametrize("seed", range(5))
def test_where_nobody_can_move_the_plan_is_the_best_of_all_schedules(seed: int) -> None:
    scene = held_document(seed, generators=1 + seed % 2)
    result, problem = solved(scene), problem_of(scene)
    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario).T
    least = least_schedule_eur(problem, injection_kw)
    costs = result.summary["costs_eur"]
    reached = costs["losses"] + costs["violations"] + costs["switching"]
    assert reached == pytest.approx(least, rel=2e-4, abs=1e-3)


@pytest.mark.parametrize("flexible", [False, True])
@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
def test_voltages_are_those_of_pandapower_with_generators_in_every_hour(mode: study.Mode, flexible: bool) -> None:
    result = solved(held_document(7, 2, flexible), mode)
    held = result.network.held
    assert held is not None and held.kvar is not None
    hours, buses = result.tables.hours, result.tables.buses
    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)
    p_kw, q_kvar = withdrawals(result.scenario, result.network, injection_kw)
    for hour in range(HOURS):
        rows = buses[buses["hour"] == hour]
        network = at_work(result.network)
        generators = network.generators
        assert generators is not None
        loads = {"p_kw": p_kw[hour].copy(), "q_kvar": q_kvar[hour].copy()}
        loads["q_kvar"][generators.bus] += held.kvar[hour]
        at = {"load_kw": loads["p_kw"][generators.bus], "load_kvar": loads["q_kvar"][generators.bus]}
        own = {**vars(generators), **at, "p_kw": np.zeros(len(generators.bus))}
        network = network.with_(**loads, generators=type(generators)(**own))
        opened = [int(line) - 1 for line in str(hours["open_lines"].iloc[hour]).split()]
        judge, kvar = solve_held(network, ~np.isin(np.arange(network.n_lines), opened))
        np.testing.assert_allclose(rows["vm_pu"].to_numpy(), judge.vm_pu[0], rtol=0.0, atol=1e-6)
        np.testing.assert_allclose(held.kvar[hour], kvar, rtol=1e-4, atol=0.1)


def test_a_plan_costs_no_more_than_today_s_reactive_powers_would_have_it() -> None:
    scene = held_document(3, 2, flexible=True)
    problem = problem_of(scene)
    context = Context(problem)
    first = plan(context, all_trees(problem.network), "hourly", None)["hourly"]
    there, kept = with_held_voltages(context, None, "hourly", first)
    _, better = with_held_voltages(context, all_trees(problem.network), "hourly", first)
    assert better.total_eur <= kept.total_eur + 1e-9
    assert there.network.held is not None and there.network.held.kvar is not None
    again = held_kvar(there, kept.closed, kept.response.injection_kw)
    np.testing.assert_allclose(again, there.network.held.kvar, atol=1e-6)


def test_what_generators_give_moves_nothing_else() -> None:
    problem = problem_of(held_document(1, 2))
    held = problem.network.held
    assert held is not None and held.kvar is not None
    moved = at_generators(problem, held.kvar + 10.0)
    change = moved.operator.load_kvar - problem.operator.load_kvar
    np.testing.assert_allclose(change[:, held.generators.bus], -10.0, atol=1e-9)
    assert np.count_nonzero(np.abs(change) > 1e-9) == change[:, held.generators.bus].size
    ends = at_limit(held.generators, np.array([held.generators.most_kvar, held.generators.least_kvar]))
    assert (ends == [[1, 1], [-1, -1]]).all()


def test_levers_and_other_roles_keep_what_generators_give_today() -> None:
    scene = held_document(0)
    scene["dso"]["role"] = "validate"
    result = solved(scene)
    assert "generators" not in result.summary and "held_voltages_pu" not in result.summary["certificates"]
    assert any("keep giving what does so today" in remark for remark in result.summary["remarks"])
