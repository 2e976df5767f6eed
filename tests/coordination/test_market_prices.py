"""Prices of trades in textbook markets, derived by hand: many sellers and buyers, product differentiation, tariffs of
one's own, storage, partner lists. The grid costs nothing; the retailer sells at 0.30 and buys at 0.10 EUR/kWh.
"""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.results.tables import bills
from tests.coordination.cases import Json, agreed, market_document, problem_of

CHEAP: Json = {"max_kw": 50.0, "utility_eur_per_kwh": 0.0}
NEAR_KW, NEAR_EUR_PER_KWH = 0.05, 2e-3


def solve(scene: Json) -> tuple[CoordinationProblem, Dispatch]:
    problem = problem_of(scene)
    plan = agreed(problem, primal_kw=1e-3, objective_change=1e-6)
    assert plan.agreement.converged
    return problem, plan


def seller(name: str, cost: float, slope: float, most: float = 100.0) -> Json:
    return {
        "id": name,
        "generator": {"max_kw": most, "cost_eur_per_kwh": cost, "slope_eur_per_kw2h": slope},
        "export_limit_kw": 0,
    }


def buyer(name: str, utility: float, slope: float) -> Json:
    return {
        "id": name,
        "elastic": {"max_kw": 100.0, "utility_eur_per_kwh": utility, "slope_eur_per_kw2h": slope},
        "import_limit_kw": 0,
    }


def made_kw(plan: Dispatch, name: str) -> list[float]:
    return plan.response.quantity(name)[0].tolist()


def test_many_sellers_and_buyers_meet_at_one_price() -> None:
    """Supply (p - 0.12) / 0.01 + (p - 0.15) / 0.02 = demand (0.28 - p) / 0.01 + (0.25 - p) / 0.02 at p = 0.20.

    q = 8 and 2.5, x = 8 and 2.5; every pair trades at 0.20.
    """
    people = (seller("S1", 0.12, 0.01), seller("S2", 0.15, 0.02), buyer("B1", 0.28, 0.01), buyer("B2", 0.25, 0.02))
    market = {"partners": [["S1", "B1"], ["S1", "B2"], ["S2", "B1"], ["S2", "B2"]], "trade_fee_eur_per_kwh": 0.0}
    _, plan = solve(market_document(*people, market=market))
    assert made_kw(plan, "generator_kw") == pytest.approx([8, 2.5, 0, 0], abs=NEAR_KW)
    assert made_kw(plan, "elastic_kw") == pytest.approx([0, 0, 8, 2.5], abs=NEAR_KW)
    assert plan.agreement.trading.price_eur_per_kw[:, 0] == pytest.approx([0.20] * 4, abs=NEAR_EUR_PER_KWH)
    # surplus: sellers 8^2 x 0.005 + 2.5^2 x 0.01, buyers the same
    assert plan.total_eur == pytest.approx(-2 * (0.32 + 0.0625), abs=1e-3)


def test_product_differentiation_drives_a_wedge_between_prices() -> None:
    """0.10 + 0.01 q1 = 0.10 + 0.01 q2 + 0.04 for a load of 20: q = 12 and 8. The liked seller gets 0.22, the other
    0.18, which with the preference of 0.04 is as dear to the buyer."""
    people = (seller("S1", 0.10, 0.01), seller("S2", 0.10, 0.01), {"id": "B", "load_kw": 20.0, "elastic": CHEAP})
    market = {
        "partners": [["S1", "B"], ["S2", "B"]],
        "trade_fee_eur_per_kwh": 0.0,
        "preferences": [{"from": "B", "to": "S2", "eur_per_kwh": 0.04}],
    }
    problem, plan = solve(market_document(*people, market=market))
    assert plan.traded_kw[:, 0] == pytest.approx([12, 8], abs=NEAR_KW)
    assert plan.agreement.trading.price_eur_per_kw[:, 0] == pytest.approx([0.22, 0.18], abs=NEAR_EUR_PER_KWH)
    assert bills(problem, plan).fees_eur == pytest.approx([0, 0, 0.32], abs=5e-3)


@pytest.mark.parametrize(("pv_kw", "price"), [(20.0, 0.15), (5.0, 0.40)])
def test_with_tariffs_of_their_own_the_scarce_side_decides(pv_kw: float, price: float) -> None:
    """Home buys at 0.40, Sun sells at 0.15: 10 kW of load meet 20 of PV at 0.15, or 5 at 0.40."""
    own = [
        {"buy_eur_per_kwh": [0.40], "sell_eur_per_kwh": [0.05]},
        {"buy_eur_per_kwh": [0.20], "sell_eur_per_kwh": [0.15]},
    ]
    people = (
        {"id": "Home", "load_kw": 10.0, "elastic": CHEAP, "tariff": own[0]},
        {"id": "Sun", "pv_kw": pv_kw, "generator": {"max_kw": 50.0, "cost_eur_per_kwh": 5.0}, "tariff": own[1]},
    )
    _, plan = solve(market_document(*people))
    assert plan.agreement.trading.price_eur_per_kw[0, 0] == pytest.approx(price, abs=NEAR_EUR_PER_KWH)
    traded = min(pv_kw, 10.0)
    assert plan.traded_kw[0, 0] == pytest.approx(-traded, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(0.40 * (10 - traded) - 0.15 * (pv_kw - traded), abs=1e-3)


def test_nobody_sells_through_a_neighbour_with_a_better_tariff() -> None:
    """Sun may sell at 0.10, the neighbour at 0.25, but what is exported must be its own: W = -0.10 x 20."""
    better = {"buy_eur_per_kwh": [0.30], "sell_eur_per_kwh": [0.25]}
    people = ({"id": "Sun", "pv_kw": 20.0}, {"id": "N", "elastic": CHEAP, "tariff": better})
    _, plan = solve(market_document(*people))
    assert plan.total_eur == pytest.approx(-2.0, abs=1e-3)


def test_storage_ties_two_hours_by_its_efficiency() -> None:
    """A generator of 0.10 + 0.01 q in both hours, a load of 10 in the second, a neighbour's battery of 0.9 each way.

    A kWh stored leaves 0.81: p0 = 0.81 p1, 0.10 + 0.01 c = 0.81 (0.10 + 0.01 (10 - 0.81 c)), c = 0.062 / 0.016561.
    """
    store = {"capacity_kwh": 50, "power_kw": 50, "efficiency": 0.9, "initial_kwh": 0, "wear_eur_per_kwh": 0}
    people = (
        seller("G", 0.10, 0.01),
        {"id": "Store", "battery": store, "import_limit_kw": 0, "export_limit_kw": 0},
        {"id": "Home", "load_kw": 10.0, "import_limit_kw": 0},
    )
    _, plan = solve(market_document(*people, hours=2, profiles={"load": [0.0, 1.0]}))
    charged = 0.062 / 0.016561
    first, second = 0.10 + 0.01 * charged, 0.10 + 0.01 * (10 - 0.81 * charged)
    assert plan.response.quantity("charge_kw")[0, 1] == pytest.approx(charged, abs=NEAR_KW)
    prices = plan.agreement.trading.price_eur_per_kw
    busy = np.abs(plan.traded_kw) > 0.5
    assert prices[:, 0][busy[:, 0]] == pytest.approx(first, abs=NEAR_EUR_PER_KWH)
    assert prices[:, 1][busy[:, 1]] == pytest.approx(second, abs=NEAR_EUR_PER_KWH)
    assert first / second == pytest.approx(0.81)


def test_partner_lists_part_the_market() -> None:
    """Two couples who may not meet: 0.12 + 0.01 q = 0.28 - 0.01 q at 0.20; 0.05 + 0.01 q = 0.15 - 0.01 q at 0.10. All
    together they would meet at 0.15, and save 0.0025 x 100 x 2 more."""
    people = (seller("S1", 0.12, 0.01), buyer("B1", 0.28, 0.01), seller("S2", 0.05, 0.01), buyer("B2", 0.15, 0.01))
    apart = {"partners": [["S1", "B1"], ["S2", "B2"]], "trade_fee_eur_per_kwh": 0.0}
    _, two = solve(market_document(*people, market=apart))
    assert two.agreement.trading.price_eur_per_kw[:, 0] == pytest.approx([0.20, 0.10], abs=NEAR_EUR_PER_KWH)
    assert two.total_eur == pytest.approx(-0.64 - 0.25, abs=1e-3)
    all_pairs = {"partners": [["S1", "B1"], ["S1", "B2"], ["S2", "B1"], ["S2", "B2"]], "trade_fee_eur_per_kwh": 0.0}
    _, one = solve(market_document(*people, market=all_pairs))
    assert made_kw(one, "generator_kw") == pytest.approx([3, 0, 10, 0], abs=NEAR_KW)
    assert made_kw(one, "elastic_kw") == pytest.approx([0, 13, 0, 0], abs=NEAR_KW)
    assert one.total_eur == pytest.approx(-0.64 - 0.25 - 0.50, abs=1e-3)


def test_at_the_final_prices_everybody_is_content() -> None:
    """The best answer to the prices costs what the bill says, to a thousandth of what the prosumer turns over."""
    people = (seller("S1", 0.12, 0.01), seller("S2", 0.15, 0.02), buyer("B1", 0.28, 0.01), buyer("B2", 0.25, 0.02))
    problem, plan = solve(market_document(*people))
    bill = bills(problem, plan)
    charge = plan.charge_eur_per_kwh.sum(axis=0)[:, problem.prosumer_bus].T
    best = least_bills_eur(problem.block, plan.agreement.trading.price_eur_per_kw, np.ascontiguousarray(charge))
    turnover = np.abs([bill.retail_eur, bill.trades_eur, bill.fees_eur, bill.network_eur, bill.own_costs_eur]).sum(
        axis=0
    )
    assert (bill.total_eur - best <= 1e-3 * turnover).all()
