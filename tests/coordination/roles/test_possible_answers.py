"""What charges can do at most: every answer to random charges is within it, and no kW that must be is left out."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.coordination.optimality.central import links
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import injected
from p2pdnr.coordination.roles.possible_answers import highest_buy_eur_per_kwh, whatever_charges_can_do
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, ELASTIC, GENERATOR, PV, UNSERVED
from p2pdnr.market.prosumer import QUANTITIES, market_model
from tests import thorough
from tests.coordination.cases import market_document, problem_of, random_document

LOAD = {"id": "B", "load_kw": 10}


def bounds(problem: CoordinationProblem, column: int, cap: float = 0.2) -> tuple[float, float]:
    """Of the first prosumer in the first hour."""
    block = whatever_charges_can_do(problem, cap).block
    return float(block.lower[0, 0, column]), float(block.upper[0, 0, column])


def generator(slope: float, cost: float = 0.15) -> dict[str, Any]:
    device = {"max_kw": 100, "cost_eur_per_kwh": cost, "slope_eur_per_kw2h": slope}
    return {"id": "G", "generator": device}


def elastic(slope: float, utility: float) -> dict[str, Any]:
    device = {"max_kw": 100, "utility_eur_per_kwh": utility, "slope_eur_per_kw2h": slope}
    return {"id": "E", "elastic": device}


@pytest.mark.parametrize("seed", thorough.of(range(5), range(5, 16)))
def test_every_answer_to_random_charges_is_within(seed: int) -> None:
    scene, drawn = random_document(seed), np.random.default_rng(seed)
    if seed >= 12:  # everybody short of something, in one market or in two
        for row in scene["prosumers"]:
            row |= {"import_limit_kw": float(drawn.uniform(0, 60)), "export_limit_kw": float(drawn.uniform(0, 60))}
        names = [row["id"] for row in scene["prosumers"]]
        scene["market"] |= {"preferences": []}
        if seed % 2:
            scene["market"]["partners"] = [names[:2], names[2:]]
    elif seed % 2:
        for row in scene["prosumers"]:
            row.pop("import_limit_kw", None), row.pop("export_limit_kw", None)
    problem, rng = problem_of(scene), np.random.default_rng(seed)
    cap = highest_buy_eur_per_kwh(problem)
    block = whatever_charges_can_do(problem, cap).block
    for _ in range(4):
        shape = problem.hours, len(problem.prosumers_per_bus)
        charge = problem.step_h * np.clip(rng.uniform(-cap, 2 * cap, shape), 0.0, cap)
        market = market_model(problem.block.terms, links(problem))
        paid = cp.sum(cp.multiply(charge, injected(problem, market)))
        cp.Problem(cp.Minimize(market.cost_eur - paid), market.constraints).solve(solver=cp.CLARABEL)
        for column in (PV, ELASTIC, GENERATOR, UNSERVED):
            value = np.asarray(market.quantities[QUANTITIES[column] if column < 7 else "unserved_kw"].value).T
            assert (value >= block.lower[:, :, column] - 1e-3).all(), (column, seed)
            assert (value <= block.upper[:, :, column] + 1e-3).all(), (column, seed)


def test_the_sun_is_used_in_full_where_it_earns_anything() -> None:
    assert bounds(problem_of(market_document({"id": "S", "pv_kw": 20})), PV) == (20.0, 20.0)
    nothing = market_document({"id": "S", "pv_kw": 20}, tariff={"buy_eur_per_kwh": [0.3], "sell_eur_per_kwh": [0.0]})
    assert bounds(problem_of(nothing), PV) == (0.0, 20.0)
    limited = market_document({"id": "S", "pv_kw": 20, "export_limit_kw": 5})
    assert bounds(problem_of(limited), PV) == (5.0, 20.0), "what may be exported is"


def test_a_generator_gives_at_least_what_export_is_worth_and_at_most_what_anybody_pays() -> None:
    """It sells at 0.10, the highest price is 0.30 and a charge of 0.20: a slope of 0.01 from 0.05 gives 5 to 45 kW."""
    problem = problem_of(market_document(generator(0.01, 0.05), LOAD))
    assert bounds(problem, GENERATOR) == pytest.approx((5.0, 45.0), abs=1e-4)
    assert bounds(problem_of(market_document(generator(0.0, 0.6), LOAD)), GENERATOR) == (0.0, 0.0)
    assert bounds(problem_of(market_document(generator(0.0, 0.05), LOAD)), GENERATOR) == (100.0, 100.0)


def test_elastic_load_uses_at_least_what_is_worth_the_dearest_and_at_most_the_cheapest_energy() -> None:
    """Bought at 0.30 and a charge of 0.20 at the dearest, worth 0.10 at the cheapest: of 0.6 at 0.01, 10 to 50 kW."""
    problem = problem_of(market_document(elastic(0.01, 0.6)))
    assert bounds(problem, ELASTIC) == pytest.approx((10.0, 50.0), abs=1e-4)


def test_load_is_unserved_at_most_by_what_imports_leave_short() -> None:
    assert bounds(problem_of(market_document(LOAD)), UNSERVED) == (0.0, 0.0)
    assert bounds(problem_of(market_document(LOAD | {"import_limit_kw": 4})), UNSERVED) == (0.0, 6.0)
    cheap = market_document(LOAD, dso={"violation_price_eur_per_kwh": 0.4})
    assert bounds(problem_of(cheap), UNSERVED) == (0.0, 10.0), "0.30 and a charge of 0.20 are dearer"


def test_what_the_operator_decides_itself_costs_nobody_anything() -> None:
    block = whatever_charges_can_do(problem_of(random_document(3)), 0.3).block
    assert not block.linear.any() and not block.quadratic.any() and not block.edge_fee_eur.any()


def test_in_a_single_hour_a_battery_does_nothing() -> None:
    battery = {"capacity_kwh": 100, "power_kw": 50, "efficiency": 0.9}
    problem = problem_of(market_document({"id": "B", "pv_kw": 20, "battery": battery}))
    assert bounds(problem, CHARGE) == bounds(problem, DISCHARGE) == (0.0, 0.0)
    longer = problem_of(market_document({"id": "B", "pv_kw": 20, "battery": battery}, hours=2))
    assert bounds(longer, CHARGE) == bounds(longer, DISCHARGE) == (0.0, 50.0)
