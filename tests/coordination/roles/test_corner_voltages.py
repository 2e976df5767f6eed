"""Upper voltages at the corner where all draw the most: below every plan, and of use where sun breaks limits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.bound.certificate import schedules
from p2pdnr.coordination.bound.hours import HourBounds, JoiningPrices
from p2pdnr.coordination.bound.proof import Bounds
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.plans.dispatch import switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.corner_voltages import Corners, corner_eur, drawn_pu
from p2pdnr.coordination.roles.followers import answer
from p2pdnr.coordination.roles.leader import plan_leader
from p2pdnr.coordination.roles.leader_bound import ALONE, ALONE_TREES, CORNERS, repeated_eur
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.shared_shortages import possible_answers
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.market.duality import Prices, Storage
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, all_trees
from tests.coordination.cases import problem_of, random_document
from tests.leader_scenario import CAP, duo


def sunny() -> dict[str, Any]:
    """Two hours of sun in the middle of a ring, above the upper voltage limit on every topology, with a battery and
    little else to move."""
    scene = duo(loss_price=0.1, load_kw=100)
    scene |= {"profiles": {"load": [1.0, 0.6]}, "tariff": {"buy_eur_per_kwh": [0.3] * 2, "sell_eur_per_kwh": [0.1] * 2}}
    scene["network"] |= {"vm_max_pu": 1.01}
    scene["prosumers"][0]["elastic"]["max_kw"] = 20
    scene["prosumers"][0]["battery"] = {"capacity_kwh": 60, "power_kw": 30}
    scene["prosumers"][1] = {"id": "S", "bus": 3, "pv_kw": 1500, "pv_profile": "load"}
    return scene


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    return problem_of(sunny())


@pytest.fixture(scope="module", params=["static", "hourly"])
def led(request: pytest.FixtureRequest, problem: CoordinationProblem) -> tuple[str, RolePlan]:
    return request.param, plan_leader(Context(problem), all_trees(problem.network), request.param)


def known(plan: RolePlan) -> Known:
    dispatch, response = plan.dispatch, plan.dispatch.response
    paid = sum(dispatch.costs_eur[name] for name in ("losses", "violations", "switching"))
    return Known(dispatch.closed, response.injection_kw, response.columns, paid, dispatch.total_eur - paid)


def test_a_leader_whose_sun_breaks_limits_is_near_a_bound(
    problem: CoordinationProblem, led: tuple[str, RolePlan]
) -> None:
    mode, plan = led
    assert plan.dispatch.flow.vm_pu.max() > problem.network.vm_max_pu + 1e-4
    assert CORNERS in plan.arrays and 0.0 <= plan.figures["gap"] < 0.03
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    again = repeated_eur(all_, trees, mode, known(plan), plan.arrays)
    assert again == pytest.approx(plan.figures["lower_bound_eur"], rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_to_charges_on_any_topology_costs_less(
    problem: CoordinationProblem, led: tuple[str, RolePlan], seed: int
) -> None:
    """At whatever prices: those of the proof, and others drawn around them."""
    (mode, plan), rng = led, np.random.default_rng(seed)
    all_, trees = possible_answers(problem, CAP), all_trees(problem.network)
    arrays = {name: rng.uniform(0.7, 1.3, part.shape) * part for name, part in plan.arrays.items() if "grid_" in name}
    bounds = [repeated_eur(all_, trees, mode, known(plan), item) for item in (plan.arrays, plan.arrays | arrays)]
    assert bounds[1] != bounds[0]
    hours = [(tree,) * problem.hours for tree in range(len(trees))]
    hours = hours if mode == "static" else list(product(range(len(trees)), repeat=problem.hours))
    for _ in range(4):
        charge = rng.uniform(0.0, CAP, (problem.hours, len(problem.prosumers_per_bus)))
        injected_kw = problem.at_buses(answer(problem, charge)[1].injection_kw)
        for schedule in hours:
            closed = np.array([trees.closed(tree) for tree in schedule])
            cost_eur = LocalGrid(problem, closed).cost_eur(injected_kw).sum() + switching_eur(problem, closed)
            assert float(cost_eur) >= max(bounds) - 1e-6


def test_topologies_with_proofs_of_their_own_that_do_not_fit_prove_nothing(problem: CoordinationProblem) -> None:
    trees, all_ = all_trees(problem.network), possible_answers(problem, CAP)
    plan = plan_leader(Context(problem), trees, "static")
    assert len(plan.arrays[ALONE_TREES]) >= 1
    missing = {name: part for name, part in plan.arrays.items() if not name.startswith(ALONE.format(0))}
    for wrong in (plan.arrays | {ALONE_TREES: np.array([len(trees)])}, missing):
        with pytest.raises(ValueError, match="fit"):
            repeated_eur(all_, trees, "static", known(plan), wrong)
    other = plan.arrays | {ALONE_TREES: (plan.arrays[ALONE_TREES] + 1) % len(trees)}
    assert repeated_eur(all_, trees, "static", known(plan), other) <= plan.figures["lower_bound_eur"] + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_no_injections_break_upper_limits_for_less(seed: int) -> None:
    scene = random_document(seed)
    scene["network"] |= {"vm_max_pu": 1.001}
    problem = problem_of(scene)
    free, trees, rng = whatever_charges_can_do(problem, 0.4), all_trees(problem.network), np.random.default_rng(seed)
    box, least = drawn_pu(free), shown(free, trees)
    for tree in range(len(trees)):
        for _ in range(20):
            drawn = box.low + rng.random(box.low.shape).round(seed % 2) * (box.high - box.low)
            oriented = orient(problem.network, trees.closed(tree))
            flow = solve_tree(problem.network, oriented, drawn * problem.network.base_kw, problem.operator.load_kvar)
            beyond = np.maximum(flow.vm_pu**2 - problem.network.vm_max_pu**2, 0.0)[:, 1:].sum(axis=1)
            price = 1000.0 * problem.terms.half_violation_eur_per_kw
            assert (price * beyond >= least[tree] - 1e-9)[flow.converged].all()


def shown(problem: CoordinationProblem, trees: TreeSet) -> np.ndarray:
    """(n_trees, T) all that can be shown of broken upper limits."""
    own, choice = schedules(problem, trees, "hourly")
    corners = Corners(problem, own)
    people, hours = len(problem.block.terms), problem.hours
    none = np.zeros((people, hours))
    prices = Prices(none, none, none, np.zeros((problem.trades.n_pairs, hours)))
    at = HourBounds(problem, JoiningPrices(Storage(none, none)), prices, np.arange(hours))
    return corners.added(Bounds(own, at, np.zeros((len(own), hours)), 0.0), choice, 1e9).stage_eur


def test_what_can_be_drawn_holds_every_answer() -> None:
    problem = problem_of(random_document(3))
    free, rng = whatever_charges_can_do(problem, 0.4), np.random.default_rng(3)
    box = drawn_pu(free)
    for _ in range(4):
        charge = rng.uniform(0.0, 0.4, (problem.hours, len(problem.prosumers_per_bus)))
        drawn = problem.net_load_kw(answer(problem, charge)[1].injection_kw) / problem.network.base_kw
        assert (drawn >= box.low - 1e-9).all() and (drawn <= box.high + 1e-9).all()


def test_where_power_flow_is_not_shown_to_be_monotone_nothing_is_counted(problem: CoordinationProblem) -> None:
    """With next to no resistance a kW more that is fed in may lower voltages by the reactive power it loses."""
    free, trees = whatever_charges_can_do(problem, CAP), all_trees(problem.network)
    assert shown(free, trees).min() > 0.0
    lines = problem.network.n_lines
    odd = replace(problem.network, r_pu=np.full(lines, 0.002), x_pu=np.full(lines, 0.3), vm_max_pu=0.9)
    assert corner_eur(replace(free, network=odd), trees, drawn_pu(free)).any()
    assert not shown(replace(free, network=odd), trees).any()
