"""The lower bound over topologies, positions of levers and inverters: against plans, every sequence by hand, and
whoever alters its prices."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr import study
from p2pdnr.coordination.bound.certificate import lower_bound, repeated_eur
from p2pdnr.coordination.bound.step_prices import StepPrices, allowed, fixed_eur
from p2pdnr.coordination.lever_modes import planned
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, at_positions
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network.hourly import steps
from p2pdnr.network.levers import at
from p2pdnr.reconfiguration.terms import LeverTerms
from p2pdnr.reconfiguration.topologies.ranking import all_trees, landscape
from p2pdnr.scenario import document
from tests.coordination.cases import Json, problem_of, strained
from tests.lever_scenario import lever_document

TAP = {"1": {"min": -1, "max": 1, "step_percent": 1.0}}


def with_levers(scene: Json, seed: int) -> Json:
    """A strained scene with a tap changer, a capacitor, inverters or none, and prices and limits of steps."""
    rng = np.random.default_rng(seed)
    scene["network"] |= {"bus_taps": TAP, "capacitors": {"3": {"steps": 2, "step_kvar": float(rng.uniform(20, 200))}}}
    scene["dso"] |= {"levers": "all", "lever_cost_eur": float(rng.choice([0.0, 0.1, 1.0]))}
    scene["dso"] |= {"return_to_initial": bool(rng.random() < 0.5)}
    scene["dso"] |= {"max_lever_steps": int(rng.integers(1, 4))} if rng.random() < 0.5 else {}
    if rng.random() < 0.6:
        for row in scene["prosumers"]:
            row["inverter_kva"] = 0.95 * row.get("pv_kw", 0.0) + 20.0
        scene["dso"]["reactive"] = str(rng.choice(["dispatch", "volt_var"]))
    return scene


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 3), mode=st.sampled_from(["hourly", "static", "fixed"]))
def test_no_plan_with_levers_that_move_costs_less(seed: int, hours: int, mode: str) -> None:
    problem = problem_of(with_levers(strained(seed, hours), seed))
    trees = all_trees(problem.network)
    plan = planned(Context(problem), trees, None, mode)[mode]
    there = at_positions(problem, plan.positions)
    found = lower_bound(there, trees, mode, plan, Journal())
    assert found.bound_eur is not None
    assert found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur
    assert repeated_eur(problem, trees, mode, found.arrays) == pytest.approx(found.bound_eur, abs=1e-3)


@pytest.fixture(scope="module")
def fixed_loads() -> tuple[CoordinationProblem, Dispatch, Json]:
    """Prosumers who can do nothing: every schedule of trees and positions can be tried."""
    told = lever_document()
    told["prosumers"] = [{"id": "A", "bus": 3, "load_kw": 400.0}, {"id": "B", "bus": 5, "load_kw": 700.0}]
    told["market"].pop("preferences")
    told["dso"] |= {"switching_cost_eur": 0.3}
    problem = problem_of(told)
    plan = planned(Context(problem), all_trees(problem.network), None, "hourly")["hourly"]
    return problem, plan, told


def operator_eur(plan: Dispatch) -> float:
    """What the operator pays."""
    return plan.total_eur - sum(plan.costs_eur[name] for name in ("retail", "own", "fees", "unserved"))


def least_by_hand(problem: CoordinationProblem, plan: Dispatch) -> float:
    """The operator's least cost of all sequences of trees and positions at a plan's injections."""
    network, terms, levers = problem.network, problem.terms, problem.network.levers
    assert levers is not None
    assert problem.levers is not None
    load_kw, trees = problem.net_load_kw(plan.response.injection_kw), all_trees(network)
    states, costs = [], []
    for where in product(*(range(item.least, item.most + 1) for item in levers.items)):
        ranked = landscape(at(network, where), trees, load_kw, problem.operator.load_kvar, terms).stage_cost(terms)
        states += [(trees.closed(tree), np.array(where)) for tree in range(len(trees))]
        costs += list(ranked)
    closed, stood = (np.array(parts) for parts in zip(*states, strict=True))

    def apart(one_closed: np.ndarray, one_stood: np.ndarray) -> np.ndarray:
        switched = (closed != one_closed) @ terms.switching_cost_eur
        return np.asarray(switched + problem.levers.step_eur * np.abs(stood - one_stood).sum(axis=1))  # type: ignore[union-attr]

    between = np.array([apart(*state) for state in states])
    start = apart(network.closed, np.array(levers.positions))
    total = start + np.array(costs)[:, 0]
    for hour in range(1, problem.hours):
        total = (total[:, None] + between).min(axis=0) + np.array(costs)[:, hour]
    return float((total + (start if terms.return_to_initial else 0.0)).min())


def test_it_is_below_every_sequence_by_hand_and_close(fixed_loads: tuple[CoordinationProblem, Dispatch, Json]) -> None:
    problem, plan, _ = fixed_loads
    trees = all_trees(problem.network)
    found = lower_bound(at_positions(problem, plan.positions), trees, "hourly", plan, Journal())
    least = plan.total_eur - operator_eur(plan) + least_by_hand(problem, plan)
    assert found.bound_eur is not None
    assert least - 0.02 * plan.scale_eur <= found.bound_eur <= least + 1e-4 * plan.scale_eur


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), size=st.sampled_from([1e-2, 1.0, 100.0]))
def test_whatever_prices_a_file_holds_they_prove_no_more_than_is_true(
    fixed_loads: tuple[CoordinationProblem, Dispatch, Json], seed: int, size: float
) -> None:
    problem, plan, _ = fixed_loads
    trees, rng = all_trees(problem.network), np.random.default_rng(seed)
    arrays = dict(lower_bound(at_positions(problem, plan.positions), trees, "hourly", plan, Journal()).arrays)
    least = plan.total_eur - operator_eur(plan) + least_by_hand(problem, plan)
    names = [name for name in arrays if name not in ("bound_tree", "bound_hour", "bound_turn")]
    for name in rng.choice(names, 3):
        arrays[name] = arrays[name] + size * rng.normal(size=arrays[name].shape)
    assert repeated_eur(problem, trees, "hourly", arrays) <= least + 1e-4 * plan.scale_eur


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), most=st.sampled_from([None, 2, 6]), back=st.booleans())
def test_priced_steps_never_cost_more_than_steps_do(seed: int, most: int | None, back: bool) -> None:
    """Ten sequences of positions each: the positions at their prices against what their steps cost."""
    rng, problem = np.random.default_rng(seed), problem_of(lever_document())
    terms = replace(problem.terms, return_to_initial=back)
    operator = replace(problem.operator, terms=terms, _days=[], _trees={})
    problem = replace(problem, operator=operator, levers=LeverTerms(0.3, most))
    levers = problem.network.levers
    assert levers is not None
    prices = allowed(problem, StepPrices(rng.normal(0.0, 1.0, (problem.hours + 1, 2)), rng.normal(0.0, 0.5, 1)))
    for _ in range(10):
        where = np.column_stack([rng.integers(item.least, item.most + 1, problem.hours) for item in levers.items])
        counts = steps(levers.positions, where, back)
        if most is not None and counts[: problem.hours].sum() > most:
            continue
        priced = float((prices.position_eur * where).sum()) + fixed_eur(problem, prices)
        assert priced <= 0.3 * counts.sum() + 1e-9


def test_a_solve_states_a_bound_that_is_found_again() -> None:
    result = study.run(document.from_dict(lever_document()), study.Options(certify=True))
    assert "all positions of tap changers and capacitors" in result.summary["proved"]
    states = {name: claim["state"] for name, claim in result.summary["certificates"].items()}
    assert states["lower_bound"] == "holds"
    assert result.summary["certificates"]["lower_bound"]["value"] < 0.05


def test_tap_changers_of_lines_have_none_and_it_says_why() -> None:
    told = lever_document()
    told["network"]["line_taps"] = {"2": {"min": -1, "max": 1, "step_percent": 1.0}}
    result = study.run(document.from_dict(told), study.Options(mode="fixed", certify=True))
    assert result.summary["lower_bound_eur"] is None
    assert "tap changers of lines move (2)" in result.summary["proved"]
    assert result.summary["certificates"]["reschedule_eur"]["state"] == "holds"


@pytest.mark.parametrize(
    ("row", "fields", "named"),
    [("lines", {"ratio": 1.02, "transformer": True}, "line 2"), ("buses", {"shunt_kvar": -50.0}, "bus 2")],
)
def test_ratios_and_shunts_have_none_and_it_says_of_which_elements(row: str, fields: Json, named: str) -> None:
    told = lever_document()
    told["network"]["source"] = deepcopy(told["network"]["source"])
    told["network"]["source"][row][1] |= fields
    result = study.run(document.from_dict(told), study.Options(mode="fixed", certify=True))
    assert result.summary["lower_bound_eur"] is None
    assert f"admittances to earth ({named})" in result.summary["proved"]
