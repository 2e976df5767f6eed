from __future__ import annotations

import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import variation
from p2pdnr.scenario.schema import Scenario
from tests.sample_result import sample_scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return sample_scenario(4)


def test_values_are_equal_steps_with_both_ends() -> None:
    assert variation.parse("pv_kw=0.5:2:4") == variation.Variation("pv_kw", (0.5, 1.0, 1.5, 2.0))
    assert variation.parse(" dso.switching_cost_eur = 3:3:1") == variation.Variation("dso.switching_cost_eur", (3.0,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pv_kw",
        "pv_kw=1",
        "pv_kw=1:2",
        "=1:2:3",
        "pv_kw=a:2:3",
        "pv_kw=1:2:0",
        "pv_kw=1:2:2.5",
        "x=1:inf:2",
        "x=1:2:9999",
    ],
)
def test_what_is_no_variation_is_told(text: str) -> None:
    with pytest.raises(ScenarioError, match="Write for example"):
        variation.parse(text)


def test_a_field_of_all_prosumers_is_multiplied(scenario: Scenario) -> None:
    varied = variation.vary(scenario, "pv_kw", 2.0)
    assert [prosumer.pv_kw for prosumer in varied.prosumers] == [0, 600, 160, 300, 0]
    battery = variation.vary(scenario, "battery.capacity_kwh", 0.5).prosumers[3].battery
    assert battery is not None
    assert battery.capacity_kwh == 100


def test_one_number_is_set(scenario: Scenario) -> None:
    assert variation.vary(scenario, "dso.switching_cost_eur", 4.0).dso.switching_cost_eur == 4
    assert variation.vary(scenario, "network.background_scale", 0.9).network.background_scale == 0.9
    assert variation.vary(scenario, "prosumers.Farm.pv_kw", 7.0).prosumers[1].pv_kw == 7
    assert variation.vary(scenario, "step_h", 0.5).step_h == 0.5
    generator = variation.vary(scenario, "prosumers.Works.generator.max_kw", 7.0).prosumers[4].generator
    assert generator is not None
    assert generator.max_kw == 7


def test_a_number_that_is_not_given_is_set_too(scenario: Scenario) -> None:
    assert variation.vary(scenario, "market.trade_limit_kw", 5.0).market.trade_limit_kw == 5
    assert variation.vary(scenario, "prosumers.Home.import_limit_kw", 5.0).prosumers[0].import_limit_kw == 5


def test_a_list_is_multiplied(scenario: Scenario) -> None:
    assert variation.vary(scenario, "tariff.buy_eur_per_kwh", 2.0).tariff.buy_eur_per_kwh == (0.6,) * 4
    assert variation.vary(scenario, "profiles.load", 0.0).profiles["load"] == (0,) * 4


def test_several_at_once(scenario: Scenario) -> None:
    varied = variation.vary_all(scenario, {"pv_kw": 0.0, "dso.loss_price_eur_per_kwh": 0.5})
    assert not any(prosumer.pv_kw for prosumer in varied.prosumers)
    assert varied.dso.loss_price_eur_per_kwh == 0.5


@pytest.mark.parametrize(
    "path",
    ["colour", "dso.colour", "prosumers.Moon.pv_kw", "id", "network.source", "market.partners", "dso", "prosumers"],
)
def test_a_path_that_names_no_number(scenario: Scenario, path: str) -> None:
    with pytest.raises(ScenarioError):
        variation.vary(scenario, path, 1.0)


def test_a_value_that_makes_no_scenario(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match="pv_kw"):
        variation.vary(scenario, "pv_kw", -1.0)
