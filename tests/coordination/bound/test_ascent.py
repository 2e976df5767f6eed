"""Better prices of stored energy: a much closer bound, below every schedule with the batteries that are best for it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from p2pdnr.coordination.bound import ascent
from p2pdnr.coordination.bound.certificate import LowerBound, Quest, repeated_eur, sought
from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import FOUR, Json, agreed, grid, problem_of

SEED, STEPS_KW = 3, np.linspace(-400.0, 400.0, 9)


def three_batteries() -> Json:
    """Three loads with large batteries that nothing else wants anything of, on four buses with eight topologies."""
    rng = np.random.default_rng(SEED)
    network = grid(FOUR, 0.0)
    for line in network["lines"]:
        line["r_ohm"] = float(rng.uniform(0.3, 2.0))
    battery = {"capacity_kwh": 900, "power_kw": 400, "initial_kwh": 450, "efficiency": 1.0}
    sizes = [float(rng.uniform(200, 900)) for _ in range(3)]
    return {
        "name": "three batteries",
        "network": {"source": network, "vm_min_pu": 0.85, "vm_max_pu": 1.1},
        "profiles": {f"p{k}": rng.uniform(0, 1, 2).round(2).tolist() for k in range(3)},
        "tariff": {"buy_eur_per_kwh": [0.3] * 2, "sell_eur_per_kwh": [0.1] * 2},
        "dso": {"switching_cost_eur": 0.3, "loss_price_eur_per_kwh": 0.5},
        "prosumers": [
            {"id": f"P{k}", "bus": k + 2, "load_kw": size, "load_profile": f"p{k}", "battery": battery}
            for k, size in enumerate(sizes)
        ],
    }


@pytest.fixture(scope="module")
def free() -> CoordinationProblem:
    return whatever_charges_can_do(problem_of(three_batteries()), 0.3)


@pytest.fixture(scope="module")
def plan(free: CoordinationProblem) -> Dispatch:
    return agreed(free)


@pytest.fixture(scope="module")
def raised(free: CoordinationProblem, plan: Dispatch) -> LowerBound:
    return sought(free, all_trees(free.network), "hourly", plan, Quest(Journal(), ascent.search))


def _loads(problem: CoordinationProblem) -> tuple[np.ndarray, np.ndarray]:
    """(T, n) each, in kW and kvar."""
    idle = -np.array([terms.load_kw for terms in problem.block.terms])
    return problem.net_load_kw(idle), problem.operator.load_kvar


@pytest.fixture(scope="module")
def enumerated_eur(free: CoordinationProblem) -> float:
    """The least by exact power flow over every schedule and what batteries move from hour to hour, on a grid."""
    problem, trees, best = free, all_trees(free.network), np.inf
    moved_kw = np.array(list(product(STEPS_KW, repeat=len(free.block.terms))))
    hour_eur = np.empty((len(trees), 2, len(moved_kw)))
    for tree, hour in product(range(len(trees)), range(2)):
        load_kw, load_kvar = (np.tile(part[hour], (len(moved_kw), 1)) for part in _loads(problem))
        load_kw[:, problem.prosumer_bus] += moved_kw * (1.0 - 2.0 * hour)
        flow = solve_tree(problem.network, orient(problem.network, trees.closed(tree)), load_kw, load_kvar)
        assert flow.converged.all() and flow.vm_pu.min() > 0.85, "no limit is broken: losses are all"
        hour_eur[tree, hour] = problem.terms.loss_price_eur_per_kwh * flow.loss_kw.sum(axis=1)
    for first, second in product(range(len(trees)), repeat=2):
        switched_eur = switching_eur(problem, np.array([trees.closed(first), trees.closed(second)]))
        best = min(best, float((hour_eur[first, 0] + hour_eur[second, 1]).min()) + switched_eur)
    return best


def test_no_schedule_is_below_the_bound_and_prices_of_the_plans_schedule_leave_much(
    free: CoordinationProblem, plan: Dispatch, raised: LowerBound, enumerated_eur: float
) -> None:
    plain = sought(free, all_trees(free.network), "hourly", plan, Quest(Journal()))
    assert plain.bound_eur is not None and raised.bound_eur is not None
    assert raised.bound_eur <= enumerated_eur + 1e-6
    assert enumerated_eur - raised.bound_eur < 0.6 * (enumerated_eur - plain.bound_eur)


def test_the_proof_is_repeated_by_arithmetic_and_needs_all_of_its_withdrawals_to_be_numbers(
    free: CoordinationProblem, raised: LowerBound
) -> None:
    trees, seen = all_trees(free.network), raised.arrays["bound_also_seen_kw"]
    assert repeated_eur(free, trees, "hourly", raised.arrays) == pytest.approx(raised.bound_eur, abs=1e-6)
    for wrong in (np.nan * seen, seen[:, :-1]):
        with pytest.raises(ValueError, match="also_seen_kw is missing or does not fit"):
            repeated_eur(free, trees, "hourly", raised.arrays | {"bound_also_seen_kw": wrong})


@pytest.mark.parametrize("seed", range(3))
def test_any_withdrawals_give_a_bound(
    free: CoordinationProblem, raised: LowerBound, enumerated_eur: float, seed: int
) -> None:
    seen = raised.arrays["bound_also_seen_kw"]
    drawn = seen * np.random.default_rng(seed).uniform(-1.0, 3.0, seen.shape)
    again = repeated_eur(free, all_trees(free.network), "hourly", raised.arrays | {"bound_also_seen_kw": drawn})
    assert again <= enumerated_eur + 1e-6


def test_in_static_mode_one_topology_is_bounded(free: CoordinationProblem, plan: Dispatch) -> None:
    found = sought(free, all_trees(free.network), "static", plan, Quest(Journal(), ascent.search))
    assert found.bound_eur is not None and found.bound_eur <= plan.total_eur + 1e-6
