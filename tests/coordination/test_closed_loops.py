"""Plans beside loops that nothing can open: beside every schedule, and beside pandapower."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.closed_loops import as_whole, at_flows, flows_kva, has_loops, with_loops
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.network.cut_loops import cut
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, all_trees
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.results.withdrawn import withdrawals
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.verification.judge import judge
from tests import thorough
from tests.looped_scenario import HOURS, looped_document
from tests.reconfiguration.schedule.brute_force import brute_force


def problem_of(scene: dict[str, Any]) -> CoordinationProblem:
    scenario = document.from_dict(scene)
    return build_problem(scenario, cut(build_network(scenario)))


def solved(scene: dict[str, Any], mode: study.Mode = "hourly") -> StudyResult:
    return study.run(document.from_dict(scene), study.Options(mode=mode))


def drawn(result: StudyResult) -> tuple[Floats, Floats]:
    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)
    return withdrawals(result.scenario, result.network, injection_kw)


def least_schedule_eur(problem: CoordinationProblem, trees: TreeSet, load: tuple[Floats, Floats]) -> float:
    """The least losses, violations and switching of all schedules, by Newton-Raphson."""
    network = cut(problem.network).joints.whole  # type: ignore[union-attr]
    closed = np.repeat([trees.closed(row) for row in range(len(trees))], problem.hours, axis=0)
    found = judge(network, closed, *(np.tile(part, (len(trees), 1)) for part in load))
    broken = violation_eur(network, problem.terms, found.vm_pu, found.current_a)
    stage = (problem.terms.loss_eur_per_kw * found.loss_kw.sum(axis=1) + broken).reshape(len(trees), problem.hours)
    return float(brute_force(stage, trees, problem.terms, network.closed).min())


@pytest.mark.parametrize("seed", range(5))
def test_where_nobody_can_move_the_plan_is_the_best_of_all_schedules(seed: int) -> None:
    scene = looped_document(seed)
    result, problem = solved(scene), problem_of(scene)
    trees = all_trees(problem.network)
    assert len(trees) == 3
    least = least_schedule_eur(problem, trees, drawn(result))
    costs = result.summary["costs_eur"]
    reached = costs["losses"] + costs["violations"] + costs["switching"]
    assert reached == pytest.approx(least, rel=2e-4, abs=1e-3)


@pytest.mark.parametrize("limit_a", thorough.of([10.0], [None]))
def test_where_everybody_can_move_no_schedule_leads_to_a_cheaper_plan(limit_a: float | None) -> None:
    scene = looped_document(3, flexible=True, limit_a=limit_a)
    problem, result = problem_of(scene), solved(scene)
    context, trees = Context(problem), all_trees(problem.network)
    start = iterations.opening(problem, context.settings.admm)
    closed = [trees.closed(row) for row in range(len(trees))]
    every = [np.array([closed[row] for row in way]) for way in product(range(len(trees)), repeat=HOURS)]
    best = min((convex_phase(context, schedule, start) for schedule in every), key=lambda found: found.total_eur)
    assert result.summary["objective_eur"] <= best.total_eur + 3e-4 * best.scale_eur


@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
@pytest.mark.parametrize("limit_a", [None, 10.0])
def test_state_losses_and_limits_are_those_of_pandapower_in_every_hour(mode: study.Mode, limit_a: float | None) -> None:
    result = solved(looped_document(7, flexible=True, limit_a=limit_a), mode)
    p_kw, q_kvar = drawn(result)
    vm_pu, loss_kw, current_a, closed = (
        matrix(table, name, result.scenario)
        for table, name in (
            (result.tables.buses, "vm_pu"),
            *((result.tables.lines, name) for name in ("loss_kw", "i_a", "closed")),
        )
    )
    assert vm_pu.shape == (HOURS, 6)
    assert closed[:, :4].all()
    found = judge(result.network, closed > 0.5, p_kw, q_kvar)
    np.testing.assert_allclose(vm_pu, found.vm_pu, rtol=0.0, atol=1e-8)
    np.testing.assert_allclose(loss_kw, found.loss_kw, rtol=0.0, atol=1e-5)
    np.testing.assert_allclose(current_a, found.current_a, rtol=0.0, atol=1e-4)
    if mode == "hourly":
        assert result.summary["costs_eur"]["violations"] < 1e-2
    states = {name: claim["state"] for name, claim in result.summary["certificates"].items()}
    assert {name for name, state in states.items() if state == "not shown"} == {"gap_central", "cone_gap", "rank"}
    assert "does not hold" not in states.values()


def test_limits_bind_where_they_are_asked_for() -> None:
    free, limited = (
        matrix(found.tables.lines, "i_a", found.scenario).max()
        for found in (solved(looped_document(7, flexible=True, limit_a=limit)) for limit in (None, 10.0))
    )
    assert free > 11.0 and limited <= 10.0 * (1.0 + 1e-4)


def test_what_loads_count_as_flowing_through_joints_changes_no_plan() -> None:
    problem = problem_of(looped_document(1))
    assert has_loops(problem.network)
    context = Context(problem)
    closed: Bools = np.tile(problem.network.closed, (HOURS, 1))
    start = iterations.opening(problem, context.settings.admm)
    first = convex_phase(context, closed, start)
    flows = flows_kva(problem, closed, first.response.injection_kw)
    moved = at_flows(problem, flows)
    assert np.abs(flows).min() > 1.0
    np.testing.assert_allclose(flows_kva(moved, closed, first.response.injection_kw), flows, atol=1e-6)
    again = convex_phase(Context(moved), closed, start)
    assert again.total_eur == pytest.approx(first.total_eur, rel=1e-6)
    np.testing.assert_allclose(again.flow.vm_pu, first.flow.vm_pu, atol=1e-7)
    whole, _ = as_whole(moved, again)
    np.testing.assert_allclose(whole.operator.load_kw, problem.operator.load_kw[:, :6], atol=1e-9)


def test_a_schedule_ranked_with_other_flows_is_found_out_at_the_plan_s_injections() -> None:
    """The plan of the initial topology, offered as the hourly one, is left for what exact power flows show."""
    problem = problem_of(looped_document(4))
    context, trees = Context(problem), all_trees(problem.network)
    first = plan(context, trees, "fixed", None)["fixed"]
    better = with_loops(context, trees, "hourly", first)
    assert better.total_eur < first.total_eur - 1e-3
    assert with_loops(context, trees, "fixed", first) is first
    assert with_loops(context, None, "hourly", first) is first
