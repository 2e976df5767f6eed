"""Tap changers and capacitors that move in a solve: against pandapower, every sequence by hand, and levers held."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import NetworkError
from p2pdnr.network.levers import at
from p2pdnr.reconfiguration import terms
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import costs_eur, matrix
from p2pdnr.scenario import document
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.rescheduling import left_eur
from tests.lever_scenario import lever_document
from tests.reconfiguration.planning.day_costs import stage


@pytest.fixture(scope="module")
def solved() -> dict[str, StudyResult]:
    """By mode, levers moving."""
    return study.compare(document.from_dict(lever_document()))


@pytest.fixture(scope="module")
def held() -> dict[str, StudyResult]:
    """The same with levers held, in two of the modes."""
    scenario = document.from_dict(lever_document(levers="none"))
    return {mode: study.run(scenario, study.Options(mode=mode)) for mode in ("fixed", "hourly")}


def positions(plan: Plan) -> np.ndarray:
    """(T, L), which there are."""
    assert plan.positions is not None
    return plan.positions


def test_levers_move_within_every_mode_and_pay(solved: dict[str, StudyResult], held: dict[str, StudyResult]) -> None:
    for mode in ("fixed", "static", "hourly"):
        assert solved[mode].summary["lever_steps"] > 0, mode
        states = {name: claim["state"] for name, claim in solved[mode].summary["certificates"].items()}
        assert states.pop("cone_gap") in ("holds", "not shown")
        assert set(states.values()) == {"holds"}, mode
    cost = [solved[mode].summary["objective_eur"] for mode in ("hourly", "static", "fixed")]
    assert cost == sorted(cost)
    for mode, result in held.items():
        assert solved[mode].summary["objective_eur"] < result.summary["objective_eur"] - 1.0
    assert solved["fixed"].summary["operations"] == 0


def test_voltages_and_losses_are_those_of_pandapower_at_the_positions(solved: dict[str, StudyResult]) -> None:
    plan = read_plan(solved["hourly"])
    assert len(np.unique(positions(plan), axis=0)) > 1
    for hour, where in enumerate(positions(plan)):
        drawn = plan.withdrawal_kw[[hour]], plan.withdrawal_kvar[[hour]]
        judged = judge(at(plan.network, where), plan.closed[[hour]], *drawn)
        assert plan.vm_pu[hour] == pytest.approx(judged.vm_pu[0], abs=1e-6)
        assert plan.loss_kw[hour] == pytest.approx(judged.loss_kw[0], abs=1e-4)


def least_by_hand(plan: Plan) -> float:
    """The cost of the cheapest of all sequences of trees and positions at a plan's own injections."""
    network, operator, dso = plan.network, terms.from_scenario(plan.scenario, plan.network), plan.scenario.dso
    trees, ranges = all_trees(network), [range(item.least, item.most + 1) for item in network.levers.items]  # type: ignore[union-attr]
    load = plan.withdrawal_kw, plan.withdrawal_kvar
    states = [(trees.closed(tree), np.array(where)) for tree in range(len(trees)) for where in product(*ranges)]
    costs = np.array([stage(at(network, tuple(where)), closed, load, operator) for closed, where in states])

    def apart(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
        switched = operator.switching_cost_eur[one[0] != other[0]].sum()
        return float(switched + dso.lever_cost_eur * np.abs(one[1] - other[1]).sum())

    start = network.closed, np.array(network.levers.positions)  # type: ignore[union-attr]
    first = np.array([apart(start, state) for state in states])
    between = np.array([[apart(one, other) for other in states] for one in states])
    total = (first + costs[:, 0])[:, None, None] + (between + costs[:, 1])[:, :, None]
    total = total + (between + costs[:, 2])[None] + (first if dso.return_to_initial else 0.0)
    return float(total.min())


def test_no_other_schedule_of_trees_and_positions_is_cheaper_at_the_plans_injections(
    solved: dict[str, StudyResult],
) -> None:
    result, plan = solved["hourly"], read_plan(solved["hourly"])
    costs = costs_eur(result.scenario, result.network, result.tables)
    own = sum(costs[name] for name in ("losses", "violations", "switching", "levers"))
    assert own == pytest.approx(least_by_hand(plan), abs=1e-3)
    assert left_eur(plan, "hourly")[0] == pytest.approx(0.0, abs=1e-3)


def test_what_is_left_is_what_every_sequence_by_hand_would_save(solved: dict[str, StudyResult]) -> None:
    plan = read_plan(solved["hourly"])
    worse = replace(plan, positions=np.tile([1, 0], (3, 1)))
    case = LoadCase(
        plan.network, plan.withdrawal_kw, plan.withdrawal_kvar, terms.from_scenario(plan.scenario, plan.network)
    )
    load = case.load_kw, case.load_kvar
    hourly = [stage(at(plan.network, (1, 0)), plan.closed[hour], load, case.terms)[hour] for hour in range(3)]
    closed = np.vstack([plan.network.closed, plan.closed, plan.network.closed])
    switching = ((closed[1:] != closed[:-1]) @ case.terms.switching_cost_eur).sum()
    own = sum(hourly) + switching + 2 * plan.scenario.dso.lever_cost_eur
    assert left_eur(worse, "hourly")[0] == pytest.approx(own - least_by_hand(plan), abs=1e-3)
    assert left_eur(worse, "hourly")[0] > 1.0


def test_budgets_of_steps_are_kept_and_cost(solved: dict[str, StudyResult]) -> None:
    few = study.run(document.from_dict(lever_document(max_lever_steps=2)))
    assert few.summary["lever_steps"] <= 2
    assert few.summary["objective_eur"] >= solved["hourly"].summary["objective_eur"] - 1e-2


def test_the_operator_pays_for_steps(solved: dict[str, StudyResult]) -> None:
    result = solved["hourly"]
    costs, figures = result.summary["costs_eur"], result.summary
    assert costs["levers"] == pytest.approx(0.1 * figures["lever_steps"])
    spent = costs["losses"] + costs["switching"] + costs["levers"]
    assert figures["operator_surplus_eur"] == pytest.approx(figures["charges_collected_eur"] - spent)
    table = result.tables.levers
    assert table is not None
    where = matrix(table, "position", result.scenario)
    back = np.abs(np.diff(np.vstack([[0, 0], where, [0, 0]]), axis=0)).sum()
    assert back == figures["lever_steps"]


def test_an_earlier_result_is_a_start(solved: dict[str, StudyResult]) -> None:
    again = study.run(document.from_dict(lever_document()), study.Options(warm=solved["hourly"]))
    assert again.summary["objective_eur"] == pytest.approx(solved["hourly"].summary["objective_eur"], rel=1e-3)


def test_too_many_positions_are_refused() -> None:
    told = lever_document()
    told["network"]["bus_taps"]["1"] = {"min": -90, "max": 90, "step_percent": 0.1}
    told["network"]["capacitors"]["5"]["steps"] = 9
    with pytest.raises(NetworkError, match="positions together"):
        study.run(document.from_dict(told))
