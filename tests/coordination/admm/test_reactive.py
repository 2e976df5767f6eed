"""Reactive power that the operator chooses: the negotiation against both levels in one programme."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.optimality.central import solve_problem
from p2pdnr.coordination.optimality.duality import Stand, near
from p2pdnr.market.inverters import active_kw
from tests.coordination.cases import agreed, initial, problem_of, random_document
from tests.coordination.inverter_feeders import inverter_document

BATTERY = {"capacity_kwh": 400.0, "power_kw": 200.0}


def with_battery(document: dict[str, Any]) -> dict[str, Any]:
    """The first plant has a battery."""
    document["prosumers"][0]["battery"] = BATTERY
    return document


def random_inverters(seed: int) -> dict[str, Any]:
    """Everything a scenario may hold, with inverters that are a little small."""
    document = random_document(seed, hours=3)
    for row in document["prosumers"]:
        row["inverter_kva"] = 0.95 * row.get("pv_kw", 0.0) + 20.0
    document["dso"] = document.get("dso", {}) | {"reactive": "dispatch"}
    return document


DOCUMENTS = {
    "limits bind": inverter_document(),
    "circles bind": inverter_document(most_pu=1.01, share=1.0),
    "a battery behind a small inverter": with_battery(inverter_document(share=0.9)),
    "nothing binds": inverter_document(most_pu=1.1),
    "random 3": random_inverters(3),
    "random 8": random_inverters(8),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_negotiation_ends_at_the_optimum_of_both_levels(name: str) -> None:
    problem = problem_of(DOCUMENTS[name])
    plan, optimum = agreed(problem), solve_problem(problem, initial(problem))
    reached = plan.total_eur - plan.costs_eur["switching"]
    assert plan.agreement.converged
    assert abs(reached - optimum.objective_eur) <= 1e-4 * plan.scale_eur
    assert optimum.cone_gap < 1e-3
    assert plan.reactive_kvar is not None
    apparent_kva = np.hypot(active_kw(plan.response.columns), plan.reactive_kvar)
    has = problem.inverters.kva > 0.0
    assert (apparent_kva[has] <= problem.inverters.kva[has, None] + 1e-6).all()
    assert not plan.reactive_kvar[~has].any()


def test_reactive_power_makes_room_for_sun() -> None:
    without, with_it = (agreed(problem_of(inverter_document(kind))) for kind in ("none", "dispatch"))
    assert with_it.total_eur < without.total_eur - 50.0
    assert without.reactive_kvar is None


@pytest.mark.parametrize("seed", range(4))
def test_no_prices_bound_a_plan_from_above(seed: int) -> None:
    problem = problem_of(DOCUMENTS["circles bind"])
    plan, rng = agreed(problem), np.random.default_rng(seed)
    assert plan.reactive_kvar is not None
    shape = plan.reactive_kvar.shape
    active, reactive = (rng.normal(0.0, 0.05, shape) * (problem.inverters.kva > 0.0)[:, None] for _ in range(2))
    prices = plan.agreement.trading.price_eur_per_kw + rng.normal(0.0, 0.02, plan.traded_kw.shape)
    charges = rng.normal(0.0, 0.05, (problem.network.n_buses, problem.hours))
    injection_kw = plan.response.injection_kw
    stand = Stand(prices, charges, injection_kw, plan.total_eur, plan.reactive_kvar, (active, reactive))
    assert near(problem, initial(problem), stand).total_eur <= plan.total_eur + 1e-3


def test_at_the_plans_own_prices_the_bound_is_close() -> None:
    problem = problem_of(DOCUMENTS["circles bind"])
    plan = agreed(problem)
    charges = np.ascontiguousarray(problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T)
    own = plan.agreement.trading.price_eur_per_kw, charges, plan.response.injection_kw
    stand = Stand(*own, plan.total_eur, plan.reactive_kvar, plan.inverter_eur(problem))
    least_eur = near(problem, initial(problem), stand).total_eur
    assert 0.0 <= plan.total_eur - least_eur + 1e-3 <= 1e-4 * plan.scale_eur + 1e-3
