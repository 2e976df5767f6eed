"""Textbook markets with answers derived by hand; the grid is a line without losses to speak of.

The retailer sells at 0.30 and buys at 0.10 EUR/kWh unless a test says otherwise.
"""

from __future__ import annotations

import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from tests.coordination.cases import Json, agreed, market_document, problem_of

# Devices too dear to run: they leave the pair's limit, the smaller of both largest powers, above what is traded.
DEAR: Json = {"max_kw": 50.0, "cost_eur_per_kwh": 5.0}
CHEAP: Json = {"max_kw": 50.0, "utility_eur_per_kwh": 0.0}

NEAR_KW = 0.05
NEAR_EUR_PER_KWH = 2e-3

SELLER: Json = {"id": "S", "generator": {"max_kw": 100.0, "cost_eur_per_kwh": 0.12, "slope_eur_per_kw2h": 0.01}}
BUYER: Json = {"id": "B", "elastic": {"max_kw": 100.0, "utility_eur_per_kwh": 0.28, "slope_eur_per_kw2h": 0.01}}


def solve(document: Json) -> tuple[CoordinationProblem, Dispatch]:
    problem = problem_of(document)
    plan = agreed(problem, primal_kw=1e-3, objective_change=1e-7)
    assert plan.agreement.converged
    return problem, plan


def quantity(plan: Dispatch, name: str, prosumer: int = 0, hour: int = 0) -> float:
    return float(plan.response.quantity(name)[hour, prosumer])


def price(problem: CoordinationProblem, plan: Dispatch, pair: int = 0, hour: int = 0) -> float:
    """EUR/kWh."""
    return float(plan.agreement.trading.price_eur_per_kw[pair, hour]) / problem.step_h


def test_a_seller_with_more_than_the_buyer_needs_gets_what_the_retailer_pays() -> None:
    """PV 20, load 10: 10 traded, 10 exported; the seller's next kWh is worth 0.10 to it, and that is the price.

    W = -10 x 0.10.
    """
    problem, plan = solve(market_document({"id": "S", "pv_kw": 20}, {"id": "B", "load_kw": 10, "elastic": CHEAP}))
    assert plan.traded_kw[0, 0] == pytest.approx(10, abs=NEAR_KW)
    assert quantity(plan, "export_kw") == pytest.approx(10, abs=NEAR_KW)
    assert price(problem, plan) == pytest.approx(0.10, abs=NEAR_EUR_PER_KWH)
    assert plan.total_eur == pytest.approx(-1.0, abs=1e-3)


def test_a_buyer_who_needs_more_than_there_is_pays_what_the_retailer_asks() -> None:
    """PV 10, load 20: 10 traded, 10 imported; the buyer's next kWh costs 0.30. W = 10 x 0.30."""
    problem, plan = solve(market_document({"id": "S", "pv_kw": 10, "generator": DEAR}, {"id": "B", "load_kw": 20}))
    assert plan.traded_kw[0, 0] == pytest.approx(10, abs=NEAR_KW)
    assert price(problem, plan) == pytest.approx(0.30, abs=NEAR_EUR_PER_KWH)
    assert plan.total_eur == pytest.approx(3.0, abs=1e-3)


def test_supply_meets_demand_between_the_retailers_prices() -> None:
    """Marginal cost 0.12 + 0.01 q meets marginal utility 0.28 - 0.01 q at q = 8 and 0.20.

    W = 0.12 x 8 + 0.005 x 64 - (0.28 x 8 - 0.005 x 64) = -0.64.
    """
    problem, plan = solve(market_document(SELLER, BUYER))
    assert plan.traded_kw[0, 0] == pytest.approx(8, abs=NEAR_KW)
    assert price(problem, plan) == pytest.approx(0.20, abs=NEAR_EUR_PER_KWH)
    assert quantity(plan, "import_kw", 1) == pytest.approx(0, abs=NEAR_KW)
    assert quantity(plan, "export_kw", 0) == pytest.approx(0, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(-0.64, abs=1e-3)


def test_a_fee_is_borne_by_the_side_that_can_do_least_without() -> None:
    """Demand three times as steep as supply, 0.02 from each side: 0.12 + 0.01 q + 0.02 = 0.28 - 0.03 q - 0.02, q = 3.

    Without the fee q = 4 at 0.16. Now the price is 0.12 + 0.03 + 0.02 = 0.17: the buyer pays 0.19, three hundredths
    more than before, the seller keeps 0.15, one less. W = 0.36 + 0.045 - (0.84 - 0.135) + 2 x 3 x 0.02.
    """
    steep = BUYER | {"elastic": {"max_kw": 100.0, "utility_eur_per_kwh": 0.28, "slope_eur_per_kw2h": 0.03}}
    free_problem, free = solve(market_document(SELLER, steep))
    fee = {"partners": "all", "trade_fee_eur_per_kwh": 0.02}
    problem, plan = solve(market_document(SELLER, steep, market=fee))
    assert free.traded_kw[0, 0] == pytest.approx(4, abs=NEAR_KW)
    assert price(free_problem, free) == pytest.approx(0.16, abs=NEAR_EUR_PER_KWH)
    assert plan.traded_kw[0, 0] == pytest.approx(3, abs=NEAR_KW)
    assert price(problem, plan) == pytest.approx(0.17, abs=NEAR_EUR_PER_KWH)
    assert plan.costs_eur["fees"] == pytest.approx(0.12, abs=2e-3)
    assert plan.total_eur == pytest.approx(-0.18, abs=1e-3)


def test_a_trade_limit_that_binds_leaves_the_price_between_the_two_sides() -> None:
    """8 kW wanted, 5 allowed: the seller's last kWh costs 0.17, the buyer's is worth 0.23.

    W = 0.12 x 5 + 0.125 - (0.28 x 5 - 0.125) = -0.55.
    """
    limit = {"partners": "all", "trade_fee_eur_per_kwh": 0.0, "trade_limit_kw": 5.0}
    problem, plan = solve(market_document(SELLER, BUYER, market=limit))
    assert plan.traded_kw[0, 0] == pytest.approx(5, abs=NEAR_KW)
    assert 0.17 - NEAR_EUR_PER_KWH <= price(problem, plan) <= 0.23 + NEAR_EUR_PER_KWH
    assert plan.total_eur == pytest.approx(-0.55, abs=1e-3)


@pytest.mark.parametrize(("disliked", "chosen"), [("S1", "S2"), ("S2", "S1")])
def test_a_preference_decides_between_equal_sellers(disliked: str, chosen: str) -> None:
    """Two generators at 0.15 for a load of 10; who is disliked by 0.03 sells nothing. The price is 0.15, W = 1.5."""
    generator = {"max_kw": 20.0, "cost_eur_per_kwh": 0.15}
    buyer = {"id": "B", "load_kw": 10, "elastic": CHEAP}
    people = ({"id": "S1", "generator": generator}, {"id": "S2", "generator": generator}, buyer)
    market = {
        "partners": [["S1", "B"], ["S2", "B"]],
        "trade_fee_eur_per_kwh": 0.0,
        "preferences": [{"from": "B", "to": disliked, "eur_per_kwh": 0.03}],
    }
    problem, plan = solve(market_document(*people, market=market))
    sold = dict(zip(("S1", "S2"), plan.traded_kw[:, 0], strict=True))
    assert sold[disliked] == pytest.approx(0, abs=NEAR_KW)
    assert sold[chosen] == pytest.approx(10, abs=NEAR_KW)
    assert price(problem, plan, pair=int(chosen[1]) - 1) == pytest.approx(0.15, abs=NEAR_EUR_PER_KWH)
    assert plan.total_eur == pytest.approx(1.5, abs=1e-3)


def test_a_battery_buys_cheap_and_spares_the_dear_hour() -> None:
    """0.10, then 0.40 EUR/kWh; 10 kW, efficiency 0.9 each way: 10 kWh in leave 8.1 kWh out.

    A load of 30: W = 40 x 0.10 + 21.9 x 0.40 = 12.76.
    """
    store = {"capacity_kwh": 20, "power_kw": 10, "efficiency": 0.9, "initial_kwh": 0, "wear_eur_per_kwh": 0}
    tariff = {"buy_eur_per_kwh": [0.10, 0.40], "sell_eur_per_kwh": [0.05, 0.05]}
    _, plan = solve(market_document({"id": "A", "load_kw": 30, "battery": store}, hours=2, tariff=tariff))
    assert quantity(plan, "charge_kw") == pytest.approx(10, abs=NEAR_KW)
    assert quantity(plan, "energy_kwh") == pytest.approx(9, abs=NEAR_KW)
    assert quantity(plan, "discharge_kw", hour=1) == pytest.approx(8.1, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(12.76, abs=1e-3)


def test_a_battery_that_loses_more_than_prices_differ_rests() -> None:
    """Efficiency 0.9 each way asks for a ratio of 1 / 0.81 = 1.23; prices differ by 1.2."""
    store = {"capacity_kwh": 20, "power_kw": 10, "efficiency": 0.9, "wear_eur_per_kwh": 0}
    tariff = {"buy_eur_per_kwh": [0.25, 0.30], "sell_eur_per_kwh": [0.05, 0.05]}
    _, plan = solve(market_document({"id": "A", "load_kw": 30, "battery": store}, hours=2, tariff=tariff))
    assert quantity(plan, "charge_kw") == pytest.approx(0, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(30 * 0.55, abs=1e-3)


def test_a_neighbours_battery_moves_noon_into_the_evening() -> None:
    """PV 10 at noon (export worth 0.10), load 10 in the evening (0.30): a third one's lossless battery joins them.

    All 10 kWh are stored and used: W = 0.
    """
    store = {"capacity_kwh": 50, "power_kw": 50, "efficiency": 1.0, "initial_kwh": 0, "wear_eur_per_kwh": 0}
    people = ({"id": "Sun", "pv_kw": 10}, {"id": "Store", "battery": store}, {"id": "Home", "load_kw": 10})
    profiles = {"load": [0.0, 1.0], "pv": [1.0, 0.0]}
    _, plan = solve(market_document(*people, hours=2, profiles=profiles))
    assert quantity(plan, "energy_kwh", 1) == pytest.approx(10, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(0, abs=2e-3)


def test_who_has_neither_retailer_nor_partner_is_not_served() -> None:
    """10 kW at 10 EUR/kWh."""
    _, plan = solve(market_document({"id": "A", "load_kw": 10, "import_limit_kw": 0}))
    assert quantity(plan, "unserved_kw") == pytest.approx(10, abs=NEAR_KW)
    assert plan.costs_eur["unserved"] == pytest.approx(100, abs=1e-2)
    assert plan.total_eur == pytest.approx(100, abs=1e-2)


def test_a_neighbour_serves_who_is_cut_off_from_the_retailer() -> None:
    """Load 10 behind a limit of 4, a neighbour's PV of 6: nobody sits in the dark, W = 4 x 0.30."""
    people = ({"id": "A", "load_kw": 10, "import_limit_kw": 4}, {"id": "S", "pv_kw": 6})
    _, plan = solve(market_document(*people))
    assert quantity(plan, "unserved_kw") == pytest.approx(0, abs=NEAR_KW)
    assert plan.traded_kw[0, 0] == pytest.approx(-6, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(1.2, abs=2e-2)


def test_nobody_resells_what_the_retailer_delivers() -> None:
    """Islanded A asks for 10 kW at any price; B may import for its own 5 kW alone, so that 10 kW are missing somewhere.

    W = 10 x 10 + 5 x 0.30.
    """
    people = ({"id": "A", "load_kw": 10, "import_limit_kw": 0}, {"id": "B", "load_kw": 5})
    _, plan = solve(market_document(*people))
    assert plan.response.quantity("unserved_kw").sum() == pytest.approx(10, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(101.5, abs=0.02)


def test_what_a_neighbour_sold_may_be_passed_on() -> None:
    """S and A are not partners, M is a partner of both: 10 kW travel over two trades, and nothing is paid for."""
    people = (
        {"id": "S", "pv_kw": 10, "export_limit_kw": 0},
        {"id": "M", "generator": DEAR},
        {"id": "A", "load_kw": 10, "import_limit_kw": 0},
    )
    market = {"partners": [["S", "M"], ["M", "A"]], "trade_fee_eur_per_kwh": 0.0}
    _, plan = solve(market_document(*people, market=market))
    assert plan.traded_kw[:, 0] == pytest.approx([10, 10], abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(0, abs=0.02)


def test_who_has_no_power_of_its_own_cannot_trade() -> None:
    """The limit of a pair is the smaller of both largest powers: M's is zero, and A stays with the retailer."""
    people = ({"id": "S", "pv_kw": 10, "export_limit_kw": 0}, {"id": "M"}, {"id": "A", "load_kw": 10})
    market = {"partners": [["S", "M"], ["M", "A"]], "trade_fee_eur_per_kwh": 0.0, "trade_limit_kw": 50.0}
    problem, plan = solve(market_document(*people, market=market))
    assert problem.trades.limit_kw.tolist() == [0.0, 0.0]
    assert plan.total_eur == pytest.approx(3.0, abs=1e-3)


def test_an_elastic_load_is_used_until_its_utility_meets_the_tariff() -> None:
    """0.35 - 0.01 x = 0.30 at x = 5: cost 1.5 - (1.75 - 0.125) = -0.125."""
    elastic = {"max_kw": 50, "utility_eur_per_kwh": 0.35, "slope_eur_per_kw2h": 0.01}
    _, plan = solve(market_document({"id": "A", "elastic": elastic}))
    assert quantity(plan, "elastic_kw") == pytest.approx(5, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(-0.125, abs=1e-3)


def test_a_generator_runs_until_its_cost_meets_the_tariff() -> None:
    """0.20 + 0.01 q = 0.30 at q = 10 of a load of 30: 2 + 0.5 + 20 x 0.30 = 8.5."""
    generator = {"max_kw": 50, "cost_eur_per_kwh": 0.20, "slope_eur_per_kw2h": 0.01}
    _, plan = solve(market_document({"id": "A", "load_kw": 30, "generator": generator}))
    assert quantity(plan, "generator_kw") == pytest.approx(10, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(8.5, abs=1e-3)


def test_load_is_shifted_until_discomfort_meets_the_difference_of_prices() -> None:
    """0.40 and 0.20: shifting f saves 0.2 f and costs 2 x 0.05 f^2, so f = 1 of 10; 9 x 0.4 + 11 x 0.2 + 0.1 = 5.9."""
    tariff = {"buy_eur_per_kwh": [0.40, 0.20], "sell_eur_per_kwh": [0.05, 0.05]}
    person = {"id": "A", "load_kw": 10, "flexible_share": 0.5, "discomfort_eur_per_kw2h": 0.1}
    _, plan = solve(market_document(person, hours=2, tariff=tariff))
    assert quantity(plan, "flexible_kw", hour=0) == pytest.approx(-1, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(5.9, abs=1e-3)


@pytest.mark.parametrize("step_h", [0.25, 0.5, 2.0])
def test_a_step_of_another_length_scales_energy_and_money_alike(step_h: float) -> None:
    """8 kW at 0.20 EUR/kWh whatever the step; W = -0.64 EUR per hour."""
    problem, plan = solve(market_document(SELLER, BUYER, step_h=step_h))
    assert plan.traded_kw[0, 0] == pytest.approx(8, abs=NEAR_KW)
    assert price(problem, plan) == pytest.approx(0.20, abs=NEAR_EUR_PER_KWH)
    assert plan.total_eur == pytest.approx(-0.64 * step_h, abs=2e-3)


def test_negative_prices_pay_for_use_and_curtail_the_sun() -> None:
    """-0.10 to buy, -0.20 to sell: the 10 kW of load are imported for 1 EUR of income, the PV stays off."""
    tariff = {"buy_eur_per_kwh": [-0.10], "sell_eur_per_kwh": [-0.20]}
    people = ({"id": "A", "load_kw": 10}, {"id": "S", "pv_kw": 20})
    _, plan = solve(market_document(*people, tariff=tariff))
    assert quantity(plan, "pv_kw", 1) == pytest.approx(0, abs=NEAR_KW)
    assert plan.total_eur == pytest.approx(-1.0, abs=1e-3)


def test_the_charge_of_a_bus_is_the_marginal_loss() -> None:
    """A consumer at the end of a line of r p.u. that loses r P^2 / V^2: the next kWh costs about 2 r P more loss.

    10 kV, 1 MVA: 2 ohm are 0.02 p.u.; 1 MW: loss 20 kW, marginal loss 4 % and a little more for the sagging voltage.
    At 0.5 EUR per kWh of loss that is 0.02 EUR/kWh, within the next order of 2 r P.
    """
    document = market_document({"id": "A", "load_kw": 1000}, dso={"loss_price_eur_per_kwh": 0.5})
    document["network"]["source"]["lines"][0] |= {"r_ohm": 2.0, "x_ohm": 0.001}
    problem, plan = solve(document)
    loss, congestion, voltage = plan.charge_eur_per_kwh[:, 0, 1]
    assert loss == pytest.approx(0.02, rel=0.1)
    assert (congestion, voltage) == (0.0, 0.0)
    assert plan.charge_eur_per_kwh[:, 0, 0] == pytest.approx(0)
    assert plan.costs_eur["losses"] == pytest.approx(0.5 * 20, rel=0.06)
    assert problem.terms.loss_price_eur_per_kwh == 0.5


def test_a_line_limit_curtails_the_sun_and_pays_for_the_bottleneck() -> None:
    """10 kV and 20 A let sqrt(3) x 10 x 20 = 346 kW through: of 500 kW of PV the rest is curtailed.

    Where PV is curtailed its kWh is worth nothing: the charge takes all of the 0.10 that the retailer pays.
    """
    document = market_document({"id": "S", "pv_kw": 500})
    document["network"]["source"]["lines"][0]["limit_a"] = 20.0
    _, plan = solve(document)
    assert quantity(plan, "pv_kw") == pytest.approx(346.4, abs=0.5)
    assert plan.charge_eur_per_kwh[1, 0, 1] == pytest.approx(-0.10, abs=NEAR_EUR_PER_KWH)
    assert plan.costs_eur["violations"] == pytest.approx(0, abs=1e-2)
    assert plan.total_eur == pytest.approx(-34.64, abs=0.05)
