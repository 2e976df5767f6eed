"""The programme over all topologies, cut down to one, against the bound of that topology in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.joint_hour import HourFrame, JointHour, injected, joint_hour, possible_kw
from p2pdnr.coordination.bound.programme import OWN, solve_hours
from p2pdnr.coordination.bound.step_prices import JoiningPrices
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import Storage
from p2pdnr.market.kernel_arrays import PV, UNSERVED
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.bounds.free_injections import Watched
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import FIVE, problem_of, random_document, strained

FAR_EUR = 1e4


def frame_of(problem: CoordinationProblem, storage: Storage, hour: int, watched: bool = True) -> HourFrame:
    buses, lines = problem.network.n_buses, problem.network.n_lines
    limits = Watched(np.full(buses, watched), np.full(buses, watched), np.full(lines, watched))
    block = problem.block
    bounds = block.lower[:, hour, :OWN], block.upper[:, hour, :OWN]
    return HourFrame(hour, storage, FAR_EUR, *bounds, limits, 10.0)


def with_storage(seed: int, hours: int, narrow: bool = False) -> tuple[CoordinationProblem, Storage]:
    problem = problem_of(strained(seed, hours, FIVE) if narrow else random_document(seed, hours, 4, FIVE))
    trees = [orient(problem.network, problem.network.closed)] * hours
    return problem, solve_hours(problem, trees, np.arange(hours)).storage


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_of_one_topology_it_is_the_bound_in_closed_form(seed: int) -> None:
    problem, storage = with_storage(seed, 2)
    given, hours = JoiningPrices(storage), np.array([1])
    joint = joint_hour(problem, frame_of(problem, storage, 1))
    nothing = np.zeros(problem.network.n_lines)
    costs = []
    trees = all_trees(problem.network)
    for tree in range(len(trees)):
        closed = trees.closed(tree)
        answer = solve_hours(problem, [orient(problem.network, closed)], hours, given)
        bounds = HourBounds(problem, given, answer.prices, hours)
        known = float(bounds.one_tree(trees.open_lines[tree], answer.multipliers, None)[0])
        costs.append(joint.cost_eur(closed, nothing))
        assert costs[-1] == pytest.approx(known, abs=1e-3 * max(1.0, abs(known)))
        assert joint.states_of(closed).sum() == len(joint.grid.backbone.chains)
    over_all = joint.scale_eur * joint.relax(joint.free, joint.all_states()).bound
    assert over_all <= min(costs) + 1e-5 * max(1.0, abs(over_all))
    no_tree = np.ones(problem.network.n_lines, dtype=np.bool_)
    assert joint.cost_eur(no_tree, nothing) == np.inf


def test_prices_on_open_lines_are_paid() -> None:
    problem, storage = with_storage(4, 1)
    joint = joint_hour(problem, frame_of(problem, storage, 0))
    closed, price = problem.network.closed, np.arange(1.0, problem.network.n_lines + 1)
    paid = joint.cost_eur(closed, price) - joint.cost_eur(closed, np.zeros_like(price))
    assert paid == pytest.approx(price[~closed & (joint.state >= 0)].sum(), abs=1e-3)


def test_limits_that_are_left_out_lower_the_bound() -> None:
    problem, storage = with_storage(5, 1, narrow=True)

    def bound(watched: bool) -> float:
        joint: JointHour = joint_hour(problem, frame_of(problem, storage, 0, watched))
        return joint.scale_eur * joint.relax(joint.free, joint.all_states()).bound

    assert bound(watched=False) < bound(watched=True) - 1.0


def test_what_costs_more_than_is_left_is_out_of_reach() -> None:
    problem, _ = with_storage(1, 1)
    cost = np.full((len(problem.block.terms), 12), 0.1)
    low, high = possible_kw(problem.block, cost, 0, 2.0)
    assert (low <= high).all()
    assert high[:, UNSERVED] == pytest.approx(np.minimum(problem.block.upper[:, 0, UNSERVED], 20.0))
    free = possible_kw(problem.block, np.zeros_like(cost), 0, 2.0)[1]
    assert free[:, PV] == pytest.approx(problem.block.upper[:, 0, PV])
    frame = frame_of(problem, Storage(np.zeros((4, 1)), np.zeros((4, 1))), 0)
    least, most = injected(problem, frame)
    assert (least <= most).all()
