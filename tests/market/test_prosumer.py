"""The prosumer's problem as stated, alone, solved by a general solver."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.market.prosumer import QUANTITIES, MarketModel, prosumer_model
from p2pdnr.market.terms import ProsumerTerms
from p2pdnr.solvers import Status, solve_once
from tests.market.prosumers import terms

NOBODY = np.zeros(0)


def solve(model: MarketModel, extra: cp.Expression | float = 0.0) -> float:
    problem = cp.Problem(cp.Minimize(model.cost_eur + extra), model.constraints)
    assert solve_once(problem) is Status.OPTIMAL
    return float(model.cost_eur.value)


def alone(own: ProsumerTerms) -> tuple[float, dict[str, np.ndarray]]:
    model = prosumer_model(own, NOBODY, NOBODY)
    cost = solve(model)
    return cost, {name: np.asarray(model.quantities[name].value) for name in QUANTITIES}


def test_a_load_is_imported_and_the_sun_exported() -> None:
    cost, day = alone(terms(load_kw=[10, 0], pv_kw=[0, 20]))
    assert day["import_kw"] == pytest.approx([10, 0], abs=1e-6)
    assert day["export_kw"] == pytest.approx([0, 20], abs=1e-6)
    assert cost == pytest.approx(10 * 0.3 - 20 * 0.1)


def test_parts_that_are_not_there_are_no_variables() -> None:
    model = prosumer_model(terms(), NOBODY, NOBODY)
    assert all(model.quantities[name].is_constant() for name in QUANTITIES)
    assert model.trades_kw.is_constant()
    hour = prosumer_model(terms(hours=1, load_kw=[10], flexible_share=0.5), NOBODY, NOBODY)
    assert hour.quantities["flexible_kw"].is_constant(), "in a single hour nothing can be shifted"


def test_limits_of_the_retailer_leave_load_unserved_and_sun_unused() -> None:
    cost, day = alone(terms(load_kw=[10, 0], pv_kw=[0, 20], import_limit_kw=4.0, export_limit_kw=5.0))
    assert day["unserved_kw"] == pytest.approx([6, 0], abs=1e-6)
    assert day["pv_kw"] == pytest.approx([0, 5], abs=1e-6)
    assert cost == pytest.approx(4 * 0.3 + 60 - 0.5)


def test_a_battery_ends_as_it_began() -> None:
    own = terms(
        load_kw=[10, 10], pv_kw=[20, 0], battery_kwh=20.0, battery_kw=5.0, battery_efficiency=0.8,
        battery_initial_kwh=3.0, wear_eur_per_kwh=0.001,
    )  # fmt: skip
    cost, day = alone(own)
    assert day["charge_kw"] == pytest.approx([5, 0], abs=1e-5)
    assert day["energy_kwh"] == pytest.approx([7, 3], abs=1e-5)
    assert day["discharge_kw"] == pytest.approx([0, 3.2], abs=1e-5)
    assert cost == pytest.approx(-0.1 * 5 + 0.3 * 6.8 + 0.001 * 8.2, abs=1e-5)


def test_shifted_load_stays_within_its_share_and_sums_to_zero() -> None:
    own = terms(load_kw=[10, 20], flexible_share=0.3, buy_eur_per_kwh=[0.2, 0.4])
    cost, day = alone(own)
    assert day["flexible_kw"] == pytest.approx([3, -3], abs=1e-5)
    assert cost == pytest.approx(13 * 0.2 + 17 * 0.4)


def test_own_costs_scale_with_the_step() -> None:
    own = terms(hours=1, elastic_kw=50.0, utility_eur_per_kwh=0.35, elastic_slope_eur_per_kw2h=0.01)
    whole, _ = alone(own)
    half, _ = alone(replace(own, step_h=0.5))
    assert whole == pytest.approx(-0.125, abs=1e-6)
    assert half == pytest.approx(whole / 2, abs=1e-6)


@pytest.mark.parametrize(("price", "sold"), [(0.05, 0.0), (0.2, 8.0)])
def test_a_partner_is_sold_to_when_it_pays_more_than_the_retailer_and_the_fee(price: float, sold: float) -> None:
    model = prosumer_model(terms(hours=1, pv_kw=[20]), np.array([8.0]), np.array([0.02]))
    cost = solve(model, -price * cp.sum(model.trades_kw))
    assert model.trades_kw.value.item() == pytest.approx(sold, abs=1e-5)
    assert cost == pytest.approx(-0.1 * (20 - sold) + 0.02 * sold, abs=1e-5)
    assert model.injection_kw.value.item() == pytest.approx(20, abs=1e-5)


def test_what_the_retailer_delivers_is_not_resold() -> None:
    model = prosumer_model(terms(hours=1, load_kw=[5]), np.array([100.0]), np.array([0.0]))
    solve(model, -5.0 * cp.sum(model.trades_kw))
    assert model.trades_kw.value.item() == pytest.approx(0, abs=1e-5), "a price of 5 is below that of unserved load"


def test_what_a_partner_delivers_is_not_exported() -> None:
    model = prosumer_model(terms(hours=1, load_kw=[5]), np.array([100.0]), np.array([0.0]))
    solve(model, -0.01 * cp.sum(model.trades_kw))
    assert model.trades_kw.value.item() == pytest.approx(-5, abs=1e-5)
