"""Trading first, grid afterwards: the market's own optimum, priced by a grid that was not asked."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.coordination.modes import MODES, plan, refine
from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from p2pdnr.errors import PowerFlowError
from p2pdnr.market.prosumer import market_model
from p2pdnr.scenario import document
from tests.coordination.cases import market_document, problem_of, random_document

SEEDS = (3, 11)
MARKET_PARTS = ("retail", "own", "fees", "unserved")


def uncoordinated(problem: CoordinationProblem) -> dict[str, Dispatch]:
    cleared, trees = clear_market(Context(problem)), every_tree(problem)
    return {mode: take_as_given(Context(problem), trees, mode, cleared) for mode in MODES}


@pytest.mark.parametrize("seed", SEEDS)
def test_coordination_never_costs_more_in_any_mode(seed: int) -> None:
    problem = problem_of(random_document(seed))
    apart = uncoordinated(problem)
    rough = plan(Context(problem), every_tree(problem), "hourly")
    together = refine(Context(problem), rough)
    for mode in MODES:
        assert together[mode].total_eur <= apart[mode].total_eur + 1e-3 * apart[mode].scale_eur, mode
    costs = [apart[mode].total_eur for mode in MODES]
    assert costs == sorted(costs, reverse=True), "the more topologies to choose from the better"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_market_clears_at_its_own_optimum(seed: int) -> None:
    """The same prosumers and pairs in one programme, without any grid."""
    problem = problem_of(random_document(seed))
    model = market_model(problem.block.terms, central.links(problem))
    best = cp.Problem(cp.Minimize(model.cost_eur), model.constraints)
    best.solve(solver=cp.CLARABEL)
    found = uncoordinated(problem)["fixed"]
    assert not found.charge_eur_per_kwh.any()
    paid = sum(found.costs_eur[name] for name in MARKET_PARTS)
    assert paid == pytest.approx(best.value, abs=2e-4 * found.scale_eur)


def test_a_line_that_nobody_asked_is_overloaded_at_a_price() -> None:
    """500 kW of PV behind 346.4 kVA (10 kV, 20 A): all of it is exported for 50 EUR.

    (500 / 346.4)^2 = 2.0833, so that the overload costs 10 x 346.4 x 1.0833 / 2 = 1876 EUR; coordinated, W = -34.64.
    """
    scene = market_document({"id": "S", "pv_kw": 500})
    scene["network"]["source"]["lines"][0]["limit_a"] = 20.0
    problem = problem_of(scene)
    found = uncoordinated(problem)["fixed"]
    assert found.costs_eur["retail"] == pytest.approx(-50, abs=0.01)
    assert found.costs_eur["violations"] == pytest.approx(10 * np.sqrt(3) * 200 * (2.5 / 1.2 - 1) / 2, rel=1e-3)


def test_what_no_grid_carries_is_an_error_that_names_the_hours() -> None:
    scene = market_document({"id": "S", "pv_kw": 1e6}, hours=3)
    scene["profiles"]["pv"] = [0.0, 1.0, 0.0]
    scene["network"]["source"]["lines"][0]["r_ohm"] = 5.0
    problem = problem_of(scene)
    cleared = clear_market(Context(problem))
    for mode in MODES:
        with pytest.raises(PowerFlowError, match=r"hours 1$"):
            take_as_given(Context(problem), every_tree(problem), mode, cleared)


def test_its_results_are_certified_and_their_gap_is_a_quantity() -> None:
    scenario = document.from_dict(random_document(3))
    apart, together = study.uncoordinated(scenario), study.compare(scenario)
    assert list(apart) == list(MODES)
    for mode, result in apart.items():
        claims = result.summary["certificates"]
        assert [name for name, claim in claims.items() if not claim["holds"]] == ["gap_central"]
        assert claims["gap_central"]["state"] == "not shown"
        assert "took no notice of the grid" in claims["gap_central"]["reason"]
        assert claims["gap_central"]["limit"] is None
        assert claims["gap_central"]["value"] > -1e-4
        assert result.summary["coordinated"] is False and together[mode].summary["coordinated"] is True
        assert result.tables.bills["network_eur"].to_numpy() == pytest.approx(0.0, abs=1e-9)
        surplus = result.summary["costs_eur"]["losses"] + result.summary["costs_eur"]["switching"]
        assert result.summary["operator_surplus_eur"] == pytest.approx(-surplus)
