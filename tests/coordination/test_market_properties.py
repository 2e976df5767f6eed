"""What holds in every market: reciprocity, money that goes nowhere, energy that comes from somewhere, and how the cost
answers to names, units and possibilities."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.negotiation import delivered
from p2pdnr.results.tables import bills
from tests.coordination.cases import Json, agreed, problem_of, random_document

SEEDS = st.integers(0, 400)
FEW = settings(max_examples=3, deadline=None, derandomize=True)
NEAR = 1e-3
"""Of the sum of the cost parts: the certified gap of every plan."""

MONEY = ("eur_per_kwh", "eur_per_kw2h", "cost_eur")


def solve(scene: Json, p2p: bool = True) -> tuple[CoordinationProblem, Dispatch]:
    problem = problem_of(scene, p2p)
    return problem, agreed(problem, primal_kw=0.02, objective_change=1e-5)


def scaled(part: Any, factor: float, money: bool = False) -> Any:
    """The document with every price times ``factor``: all numbers below a key that names money."""
    if isinstance(part, dict):
        return {key: scaled(item, factor, money or any(word in key for word in MONEY)) for key, item in part.items()}
    if isinstance(part, list):
        return [scaled(item, factor, money) for item in part]
    return part * factor if money and isinstance(part, int | float) else part


@FEW
@given(SEEDS)
def test_what_one_sells_another_buys_and_no_money_is_lost(seed: int) -> None:
    problem, plan = solve(random_document(seed))
    sold = delivered(problem.block, plan.traded_kw)
    response = plan.response
    retail = response.quantity("export_kw") - response.quantity("import_kw")
    assert sold.sum(axis=0) == pytest.approx(0.0, abs=1e-9)
    assert response.injection_kw.T == pytest.approx(sold.T + retail, abs=1e-4)
    bill = bills(problem, plan)
    assert bill.trades_eur.sum() == pytest.approx(0.0, abs=1e-9)
    operator = sum(plan.costs_eur[name] for name in ("losses", "violations", "switching"))
    assert bill.total_eur.sum() - bill.network_eur.sum() + operator == pytest.approx(plan.total_eur, abs=1e-6)


@FEW
@given(SEEDS)
def test_a_battery_gives_what_it_took(seed: int) -> None:
    problem, plan = solve(random_document(seed))
    quantities = plan.response.quantities
    for k, terms in enumerate(problem.block.terms):
        charge, discharge, energy = (quantities[name][:, k] for name in ("charge_kw", "discharge_kw", "energy_kwh"))
        eta = terms.battery_efficiency
        stored = terms.step_h * np.cumsum(eta * charge - discharge / eta)
        assert energy == pytest.approx(stored + terms.battery_initial_kwh * (terms.battery_kwh > 0), abs=1e-3)
        assert energy[-1] == pytest.approx(terms.battery_initial_kwh if terms.battery_kwh else 0.0, abs=1e-3)
        assert np.minimum(charge, discharge).max() < 0.05, "wear keeps it from doing both at once"


@FEW
@given(SEEDS, st.permutations(range(4)))
def test_names_and_their_order_change_nothing(seed: int, order: list[int]) -> None:
    scene = random_document(seed)
    other = copy.deepcopy(scene)
    other["prosumers"] = [scene["prosumers"][k] | {"id": f"Q{k}"} for k in order]
    rename = {f"P{k + 1}": f"Q{k}" for k in range(4)}
    for item in other["market"]["preferences"]:
        item |= {"from": rename[item["from"]], "to": rename[item["to"]]}
    (_, plan), (_, twin) = solve(scene), solve(other)
    assert twin.total_eur == pytest.approx(plan.total_eur, abs=NEAR * plan.scale_eur)


@FEW
@given(SEEDS, st.sampled_from([0.01, 0.3, 7.0, 100.0]))
def test_prices_in_another_currency_cost_as_much_in_it(seed: int, factor: float) -> None:
    scene = random_document(seed)
    scene["dso"]["violation_price_eur_per_kwh"] = 10.0
    for row in scene["prosumers"]:
        if "battery" in row:
            row["battery"]["wear_eur_per_kwh"] = 0.001
    (_, plan), (_, other) = solve(scene), solve(scaled(scene, factor))
    spread = sum(abs(value) for value in plan.costs_eur.values())
    assert other.total_eur == pytest.approx(factor * plan.total_eur, abs=NEAR * max(1.0, factor) * max(1.0, spread))


@FEW
@given(SEEDS, st.permutations([(a, b) for a in range(4) for b in range(a)]), st.integers(0, 5))
def test_another_partner_and_trading_at_all_never_cost_more(seed: int, pairs: list[tuple[int, int]], some: int) -> None:
    scene = random_document(seed)
    names = [row["id"] for row in scene["prosumers"]]
    costs = []
    for count in (some, some + 1):
        scene["market"]["partners"] = [[names[a], names[b]] for a, b in pairs[:count]]
        scene["market"]["preferences"] = []
        costs.append(solve(scene)[1])
    _, alone = solve(scene, p2p=False)
    few, more = costs
    assert more.total_eur <= few.total_eur + NEAR * few.scale_eur
    assert few.total_eur <= alone.total_eur + NEAR * alone.scale_eur


@FEW
@given(SEEDS, st.integers(0, 3), st.sampled_from(["pv", "battery", "limit", "cheaper"]))
def test_what_can_be_left_unused_never_costs_more(seed: int, who: int, gift: str) -> None:
    scene = random_document(seed)
    richer = copy.deepcopy(scene)
    row = richer["prosumers"][who]
    if gift == "pv":
        row["pv_kw"] = row.get("pv_kw", 0.0) + 200.0
    elif gift == "battery":
        row.setdefault("battery", {"capacity_kwh": 100.0, "power_kw": 50.0, "initial_kwh": 0.0})
    elif gift == "limit":
        row |= {"import_limit_kw": None, "export_limit_kw": None}
    else:
        richer["dso"]["loss_price_eur_per_kwh"] = 0.0
    (_, plan), (_, better) = solve(scene), solve(richer)
    assert better.total_eur <= plan.total_eur + NEAR * plan.scale_eur
