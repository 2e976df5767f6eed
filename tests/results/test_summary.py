from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.reconfiguration import terms as operator_terms
from p2pdnr.results import summary
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.withdrawn import plain
from p2pdnr.scenario import document


def test_parts_add_up_to_the_objective_and_to_the_bills(sample: StudyResult) -> None:
    figures = summary.figures(sample.scenario, sample.network, sample.tables)
    costs = figures["costs_eur"]
    assert tuple(costs) == summary.COST_PARTS
    assert figures["objective_eur"] == pytest.approx(sum(costs.values()))
    bills = sample.tables.bills
    # Trades and network charges move money between people; the rest is what it costs.
    paid = bills["total_eur"].sum() - bills["network_eur"].sum()
    assert costs["retail"] + costs["own"] + costs["fees"] + costs["unserved"] == pytest.approx(paid)


def test_losses_switching_and_energy_by_hand(sample: StudyResult) -> None:
    figures = summary.figures(sample.scenario, sample.network, sample.tables)
    assert figures["losses_kwh"] == pytest.approx(sample.tables.lines["loss_kw"].sum())
    assert figures["costs_eur"]["losses"] == pytest.approx(0.12 * figures["losses_kwh"])
    assert figures["operations"] == 8
    assert figures["costs_eur"]["switching"] == 8.0
    assert figures["curtailed_kwh"] == pytest.approx(0.0, abs=1e-9)


def test_curtailment_counts_what_was_available(sample: StudyResult) -> None:
    people = sample.tables.prosumers
    curtailed = replace(sample.tables, prosumers=people.assign(pv_kw=0.9 * people["pv_kw"]))
    available = people["pv_kw"].sum()
    assert summary.curtailed_kwh(sample.scenario, curtailed) == pytest.approx(0.1 * available)


def test_own_costs_of_every_device_by_hand(sample: StudyResult) -> None:
    own = summary.prosumer_costs_eur(sample.scenario, sample.tables)["own"]
    people = sample.tables.prosumers
    store, works = (people[people["prosumer"] == name] for name in ("Store", "Works"))
    assert own[3] == pytest.approx(0.001 * (store["charge_kw"] + store["discharge_kw"]).sum())
    q, x = works["generator_kw"], works["elastic_kw"]
    expected = (0.2 * q + 0.0005 * q**2 - 0.31 * x + 0.001 * x**2).sum()
    assert own[4] == pytest.approx(expected)


def test_both_sides_pay_the_fee_and_a_preference_costs_its_owner_alone(sample: StudyResult) -> None:
    trades = sample.tables.trades
    with_farm = trades[(trades["seller"] == "Farm") & (trades["buyer"] == "Home")]["power_kw"].sum()
    assert with_farm > 1
    fees = summary.fees_eur(sample.scenario, trades)
    assert fees.sum() == pytest.approx(2 * 0.001 * trades["power_kw"].sum() + 0.002 * with_farm)
    home = trades[(trades["seller"] == "Home") | (trades["buyer"] == "Home")]["power_kw"].sum()
    assert fees[0] == pytest.approx(0.001 * home + 0.002 * with_farm)


def test_preferences_cost_nothing_where_nobody_trades(sample: StudyResult) -> None:
    assert sample.scenario.market.preferences
    fees = summary.fees_eur(sample.scenario, sample.tables.trades.iloc[:0])
    assert fees.tolist() == [0.0] * len(sample.scenario.prosumers)


def test_price_of_violations_is_the_operators(sample: StudyResult) -> None:
    rng = np.random.default_rng(3)
    vm_pu, current_a = rng.uniform(0.8, 1.2, (8, 33)), rng.uniform(0, 800, (8, 37))
    terms = operator_terms.from_scenario(sample.scenario, sample.network)
    expected = operator_terms.violation_eur(sample.network, terms, vm_pu, current_a).sum()
    assert expected > 100
    assert summary.violations_eur(sample.scenario, sample.network, vm_pu, current_a) == pytest.approx(expected)


def test_one_bus_and_one_line_beyond_their_limits_by_hand(sample: StudyResult) -> None:
    vm_pu, current_a = np.ones((8, 33)), np.zeros((8, 37))
    vm_pu[3, 10] = 1.07
    current_a[2, 4] = 440.0
    voltage = 10.0 * 1000 * (1.07**2 - 1.05**2) / 2
    current = 10.0 * np.sqrt(3) * 12.66 * 400 * (1.1**2 - 1) / 2
    priced = summary.violations_eur(sample.scenario, sample.network, vm_pu, current_a)
    assert priced == pytest.approx(voltage + current)


def test_lines_may_cost_differently_and_the_way_back_counts(sample: StudyResult) -> None:
    told = document.to_dict(sample.scenario)
    told["dso"] |= {"line_switching_costs_eur": {"7": 5.0}, "return_to_initial": True}
    scenario = document.from_dict(told)
    closed = sample.arrays["closed"] > 0.5
    assert summary.operations(scenario, sample.network, closed).sum() == 16
    assert summary.switching_eur(scenario, sample.network, closed) == pytest.approx(14 + 2 * 5.0)


def test_a_row_of_the_comparison_has_a_number_for_every_figure(sample: StudyResult) -> None:
    claims = {"violations": {"value": 0.01, "limit": None, "holds": True}}
    row = summary.comparison_row(sample.summary | {"certificates": claims})
    assert row["violations"] == 0.01
    assert row["objective_eur"] == sample.summary["objective_eur"]
    assert sum(row[f"{name}_eur"] for name in summary.COST_PARTS) == pytest.approx(row["objective_eur"])


def test_what_json_cannot_say_becomes_null() -> None:
    given = {"a": np.float64("nan"), 1: (np.int64(3), np.array([1.5, np.inf])), "b": np.bool_(True), "c": None}
    assert plain(given) == {"a": None, "1": [3, [1.5, None]], "b": True, "c": None}


def test_who_pays_more_than_the_tariff_without_charges_is_told(sample: StudyResult) -> None:
    bills = sample.tables.bills.copy()
    bills["retail_only_uncharged_eur"] = bills["total_eur"] + 1.0
    assert summary.above_tariff(sample.scenario, bills)["above_tariff"] == 0
    assert summary.above_tariff(sample.scenario, bills)["above_tariff_most_eur"] == 0.0
    bills.loc[[1, 3], "total_eur"] += [3.0, 6.0]
    told = summary.above_tariff(sample.scenario, bills)
    assert told["above_tariff_eur"] == pytest.approx([5.0, 2.0])
    names = bills["prosumer"].tolist()
    assert told["above_tariff"] == 2 and told["prosumers"] == len(names)
    assert told["above_tariff_ids"] == [names[3], names[1]]
    assert told["above_tariff_most_eur"] == pytest.approx(5.0)
    figures = summary.figures(sample.scenario, sample.network, sample.tables)
    assert figures["charges_collected_eur"] == pytest.approx(sample.tables.bills["network_eur"].sum())
