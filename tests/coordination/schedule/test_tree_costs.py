"""What trees would cost: at the wish of the market, at given injections, and with prosumers that may still move."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.schedule import tree_costs
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import (
    schedule_closed,
    soft_stage_costs,
    stage_costs,
    unconstrained_injections,
)
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.schedule.settings import PoolSettings, ScheduleSettings
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import FIVE, agreed, grid, market_document, problem_of, random_document


def test_the_wish_is_the_market_without_a_grid() -> None:
    """PV of 400 kW behind a line for 173 kW: the wish is all of it, the plan is what the line carries."""
    scene = market_document({"id": "S", "pv_kw": 400}, {"id": "B", "load_kw": 100})
    scene["network"]["source"]["lines"][0]["limit_a"] = 10.0
    problem = problem_of(scene)
    wish = unconstrained_injections(problem, iterations.opening(problem, AdmmSettings()))
    assert wish[:, 0] == pytest.approx([400, -100], abs=0.5)
    assert agreed(problem).response.injection_kw[0, 0] == pytest.approx(273.2, abs=0.5)


def test_stage_costs_are_losses_and_violations_of_the_exact_power_flow() -> None:
    problem = problem_of(random_document(7))
    trees = all_trees(problem.network)
    injection = np.random.default_rng(0).uniform(-300, 300, (len(problem.block.terms), problem.hours))
    cost = stage_costs(problem, trees, injection)
    load_kw, load_kvar = problem.net_load_kw(injection), problem.operator.load_kvar
    for index in (0, 4, len(trees) - 1):
        flow = solve_tree(problem.network, orient(problem.network, trees.closed(index)), load_kw, load_kvar)
        exact = problem.terms.loss_price_eur_per_kwh * problem.step_h * flow.loss_kw.sum(axis=1)
        exact = exact + violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a)
        assert cost[index] == pytest.approx(exact, abs=2e-3)
    assert stage_costs(problem, trees, injection, np.array([2])) == pytest.approx(cost[:, [2]])


def test_injections_without_a_power_flow_cost_infinity() -> None:
    problem = problem_of(random_document(7))
    injection = np.zeros((len(problem.block.terms), problem.hours))
    injection[:, 1] = -1e6
    cost = stage_costs(problem, all_trees(problem.network), injection)
    assert np.isinf(cost[:, 1]).all()
    assert np.isfinite(cost[:, 0]).all()


def test_soft_costs_bound_what_a_tree_really_costs_at_the_agreed_injections() -> None:
    """Staying put is one of the moves, so the soft cost is never above the stage cost; in the end the plan's own."""
    problem = problem_of(random_document(12))
    trees = all_trees(problem.network)
    plan = agreed(problem)
    hard = stage_costs(problem, trees, plan.response.injection_kw)
    known = np.full_like(hard, np.nan)
    known[0, 0] = hard[0, 0]
    soft, softer = (soft_stage_costs(problem, trees, plan, resistance, known) for resistance in (1e-2, 1e-4))
    assert soft[0, 0] == softer[0, 0] == hard[0, 0]
    near = 1e-2 + 1e-3 * np.abs(hard)
    assert (soft <= hard + near).all()
    assert (softer <= soft + near).all()
    home = trees.find(problem.network.closed)
    assert soft[home] == pytest.approx(hard[home], abs=2e-2)


def test_a_schedule_is_the_closed_lines_of_its_trees() -> None:
    problem = problem_of(random_document(1))
    trees = all_trees(problem.network)
    closed = schedule_closed(trees, np.array([0, 3, 3, 1]))
    assert [trees.find(row) for row in closed] == [0, 3, 3, 1]


@pytest.mark.parametrize("pv_kw", [2e4, 2e5, 1e7])
@pytest.mark.parametrize("mode", ["static", "hourly"])
def test_a_wish_that_no_grid_carries_is_curtailed(pv_kw: float, mode: str) -> None:
    """Not even the power flow of the wish exists; the plan exists all the same, and the grid is not overloaded."""
    scene = market_document({"id": "S", "pv_kw": pv_kw, "bus": 4}, {"id": "B", "load_kw": 50, "bus": 3}, hours=2)
    scene["network"] = {"source": grid(FIVE, 50.0, limit_a=40.0), "vm_max_pu": 1.03}
    scene["dso"] = {"loss_price_eur_per_kwh": 0.1}
    problem = problem_of(scene)
    found = plan(Context(problem), all_trees(problem.network), mode)[mode]
    assert found.agreement.converged
    assert found.costs_eur["violations"] < 0.5
    assert found.total_eur < 0, "still sells what fits"


def test_more_load_than_any_tree_carries_is_answered_by_not_serving_it() -> None:
    elastic = {"max_kw": 1e6, "utility_eur_per_kwh": 0.5}
    scene = market_document({"id": "E", "elastic": elastic, "bus": 4}, hours=2)
    scene["network"] = {"source": grid(FIVE, 50.0, limit_a=40.0)}
    problem = problem_of(scene)
    found = plan(Context(problem), all_trees(problem.network), "hourly")["hourly"]
    assert found.costs_eur["violations"] < 0.5
    assert 100 < float(found.response.quantity("elastic_kw")[0, 0]) < 1000


def test_the_outlook_of_too_many_trees_is_a_pool_with_the_initial_one() -> None:
    problem = problem_of(random_document(3))
    few = SearchSettings(schedule=ScheduleSettings(pool=PoolSettings(trees=3)))
    pool = tree_costs.outlook(problem, None, iterations.opening(problem, AdmmSettings()), few)
    assert not pool.trees.complete
    assert pool.trees.find(problem.network.closed) >= 0
    assert pool.unconstrained_eur.shape == (len(pool.trees), problem.hours)
    found = plan(Context(problem, Settings(search=few)), None, "hourly")
    assert found["hourly"].total_eur <= found["fixed"].total_eur


def test_all_trees_are_ranked_only_where_they_are_few() -> None:
    problem = problem_of(random_document(3))
    trees = tree_costs.every_tree(problem)
    assert trees is not None
    assert len(trees) == 11
    assert tree_costs.every_tree(problem, 11 * problem.hours - 1) is None


def test_curtailment_that_is_not_looked_at_could_not_have_mattered() -> None:
    """The cheapest tree of every hour and the cheapest of all hours are those that looking at everything finds."""
    for seed in (1, 5, 6, 9):
        problem = problem_of(random_document(seed))
        trees = all_trees(problem.network)
        wish = 3.0 * np.abs(unconstrained_injections(problem, iterations.opening(problem, AdmmSettings())))
        pruned = tree_costs.unconstrained_costs(problem, trees, wish)
        whole = stage_costs(problem, trees, wish)
        sell = np.array([terms.sell_eur_per_kwh for terms in problem.block.terms])
        value = problem.step_h * (np.maximum(sell, 0.0) * wish).sum(axis=0)
        for share in SearchSettings.curtailed_shares:
            whole = np.minimum(whole, stage_costs(problem, trees, (1.0 - share) * wish) + share * value)
        assert pruned.min(axis=0) == pytest.approx(whole.min(axis=0))
        assert pruned.sum(axis=1).min() == pytest.approx(whole.sum(axis=1).min())


def test_trees_that_are_cheap_in_few_hours_alone_are_ranked_in_all() -> None:
    """What is ranked is ranked as without the screen, the cheapest of every hour looked at are among it, and all others
    stand behind."""
    problem = problem_of(random_document(3, 8, 7))
    trees, start = all_trees(problem.network), iterations.opening(problem, AdmmSettings())
    few = SearchSettings(screen_hours=2, screen_each=2, screen_together=3)
    some, every = tree_costs.outlook(problem, trees, start, few), tree_costs.outlook(problem, trees, start)
    rows = tree_costs.screened(problem, trees, some.unconstrained_kw, few)
    others = np.setdiff1d(np.arange(len(trees)), rows)
    assert some.screened == len(rows) < len(trees) == every.screened
    assert trees.find(problem.network.closed) in rows
    assert some.uncut_eur is not None
    assert every.uncut_eur is not None
    assert some.uncut_eur[rows] == pytest.approx(every.uncut_eur[rows], rel=1e-3, abs=1e-3)
    assert np.isinf(some.uncut_eur[others]).all()
    assert (some.unconstrained_eur[others] > some.unconstrained_eur[rows].max(axis=0)).all()
    for hour in (0, problem.hours // 2):
        assert set(np.argsort(every.uncut_eur[:, hour])[:2]) <= set(rows)


def test_under_limits_on_switching_all_trees_are_ranked() -> None:
    scene = random_document(3, 8, 7)
    scene["dso"]["max_switching_per_hour"] = 2
    problem = problem_of(scene)
    few = SearchSettings(screen_hours=2, screen_each=2, screen_together=3)
    trees = all_trees(problem.network)
    assert len(tree_costs.screened(problem, trees, np.zeros((len(problem.block.terms), 8)), few)) == len(trees)
