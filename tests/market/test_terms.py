"""What a prosumer knows of itself, taken from the scenario."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from p2pdnr.market.terms import ProsumerTerms, TradeTerms, prosumer_terms, trade_terms
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from tests.coordination.cases import market_document


def scene(*people: dict[str, Any], **changes: Any) -> Scenario:
    profiles = {"load": [1.0, 0.5], "pv": [0.0, 0.8], "night": [1.0, 0.0]}
    return document.from_dict(market_document(*people, hours=2, profiles=profiles, **changes))


def terms_of(*people: dict[str, Any], **changes: Any) -> tuple[ProsumerTerms, ...]:
    scenario = scene(*people, **changes)
    return tuple(prosumer_terms(scenario, item) for item in scenario.prosumers)


def test_profiles_scale_load_and_sun() -> None:
    (terms,) = terms_of({"id": "A", "load_kw": 10, "load_profile": "night", "pv_kw": 50})
    assert terms.load_kw.tolist() == [10.0, 0.0]
    assert terms.pv_kw.tolist() == [0.0, 40.0]
    assert (terms.hours, terms.step_h) == (2, 1.0)


def test_what_is_not_there_has_capacity_zero() -> None:
    (terms,) = terms_of({"id": "A"})
    assert not terms.load_kw.any()
    assert not terms.pv_kw.any()
    assert (terms.battery_kwh, terms.battery_kw, terms.elastic_kw, terms.generator_kw) == (0, 0, 0, 0)
    assert math.isinf(terms.import_limit_kw)
    assert math.isinf(terms.export_limit_kw)
    assert terms.largest_power_kw == 0


def test_a_profile_that_nobody_needs_may_be_missing() -> None:
    scenario = document.from_dict(market_document({"id": "A", "load_kw": 1}, profiles={"load": [1.0]}))
    assert prosumer_terms(scenario, scenario.prosumers[0]).pv_kw.tolist() == [0.0]


def test_devices_come_with_all_their_numbers() -> None:
    (terms,) = terms_of(
        {
            "id": "A",
            "battery": {"capacity_kwh": 20, "power_kw": 5, "efficiency": 0.9, "wear_eur_per_kwh": 0.02},
            "elastic": {"max_kw": 7, "utility_eur_per_kwh": 0.3, "slope_eur_per_kw2h": 0.01},
            "generator": {"max_kw": 8, "cost_eur_per_kwh": 0.2, "slope_eur_per_kw2h": 0.02},
            "import_limit_kw": 3,
            "export_limit_kw": 0,
        }
    )
    assert (terms.battery_kwh, terms.battery_kw, terms.battery_efficiency) == (20, 5, 0.9)
    assert (terms.battery_initial_kwh, terms.wear_eur_per_kwh) == (10, 0.02), "half full where nothing is said"
    assert (terms.elastic_kw, terms.utility_eur_per_kwh, terms.elastic_slope_eur_per_kw2h) == (7, 0.3, 0.01)
    assert (terms.generator_kw, terms.generation_eur_per_kwh, terms.generator_slope_eur_per_kw2h) == (8, 0.2, 0.02)
    assert (terms.import_limit_kw, terms.export_limit_kw) == (3, 0)


@pytest.mark.parametrize(
    ("how", "pv_kw", "discharge_kw"), [("none", 50.0, 15.0), ("dispatch", 45.0, 15.0), ("volt_var", 30.0, 0.0)]
)
def test_an_inverter_lets_through_what_it_has(how: str, pv_kw: float, discharge_kw: float) -> None:
    battery = {"capacity_kwh": 20, "power_kw": 15}
    person = {"id": "A", "pv_kw": 62.5, "inverter_kva": 30, "battery": battery}
    (terms,) = terms_of(person, dso={"reactive": how})
    assert terms.pv_kw.tolist() == [0.0, pv_kw]
    assert terms.most_discharge_kw.tolist() == [15.0, discharge_kw]


@pytest.mark.parametrize(("how", "charge_kw"), [("none", 50.0), ("dispatch", 50.0), ("volt_var", 30.0)])
def test_a_battery_on_a_curve_charges_through_its_inverter(how: str, charge_kw: float) -> None:
    battery = {"capacity_kwh": 100.0, "power_kw": 50.0}
    person = {"id": "A", "inverter_kva": 30, "battery": battery}
    assert terms_of(person, dso={"reactive": how})[0].battery_kw == charge_kw


def test_an_empty_battery_is_empty_and_not_half_full() -> None:
    (terms,) = terms_of({"id": "A", "battery": {"capacity_kwh": 20, "power_kw": 5, "initial_kwh": 0}})
    assert terms.battery_initial_kwh == 0


def test_an_own_tariff_goes_before_the_scenarios() -> None:
    own = {"buy_eur_per_kwh": [0.5, 0.6], "sell_eur_per_kwh": [0.0, 0.2]}
    first, second = terms_of({"id": "A", "tariff": own}, {"id": "B"})
    assert first.buy_eur_per_kwh.tolist() == [0.5, 0.6]
    assert first.sell_eur_per_kwh.tolist() == [0.0, 0.2]
    assert second.buy_eur_per_kwh.tolist() == [0.3, 0.3]


def test_unserved_load_costs_what_a_violation_costs() -> None:
    (terms,) = terms_of({"id": "A"}, dso={"violation_price_eur_per_kwh": 7.0})
    assert terms.unserved_eur_per_kwh == 7.0


def test_largest_powers_add_up_what_can_run_together() -> None:
    (terms,) = terms_of(
        {
            "id": "A",
            "load_kw": 10,
            "flexible_share": 0.2,
            "pv_kw": 50,
            "battery": {"capacity_kwh": 20, "power_kw": 5},
            "elastic": {"max_kw": 7, "utility_eur_per_kwh": 0.3},
            "generator": {"max_kw": 8, "cost_eur_per_kwh": 0.2},
        }
    )
    assert terms.largest_injection_kw == pytest.approx(0.8 * 50 + 5 + 8)
    assert terms.largest_withdrawal_kw == pytest.approx(12 + 5 + 7)
    assert terms.largest_power_kw == pytest.approx(53)


def trades(market: dict[str, Any], pairs: list[list[int]]) -> TradeTerms:
    people = ({"id": "A", "load_kw": 10}, {"id": "B", "pv_kw": 50}, {"id": "C", "load_kw": 30})
    scenario = scene(*people, market={"partners": "all", "trade_fee_eur_per_kwh": 0.01} | market)
    prosumers = tuple(prosumer_terms(scenario, item) for item in scenario.prosumers)
    return trade_terms(scenario, np.array(pairs, dtype=np.int64).reshape(-1, 2), prosumers)


def test_the_smaller_partner_bounds_a_trade() -> None:
    assert trades({}, [[0, 1], [1, 2]]).limit_kw.tolist() == [10, 30]
    assert trades({"trade_limit_kw": 20}, [[0, 1], [1, 2]]).limit_kw.tolist() == [10, 20]


def test_fees_are_paid_by_both_and_preferences_by_their_owner() -> None:
    market = {"preferences": [{"from": "B", "to": "A", "eur_per_kwh": 0.05}]}
    terms = trades(market, [[0, 1], [1, 2]])
    assert terms.fee_eur_per_kwh == pytest.approx(np.array([[0.01, 0.06], [0.01, 0.01]]))
    assert terms.base_fee_eur_per_kwh == 0.01


def test_no_pairs_are_arrays_too() -> None:
    terms = trades({}, [])
    assert terms.n_pairs == 0
    assert terms.limit_kw.shape == (0,)
    assert terms.fee_eur_per_kwh.shape == (0, 2)
