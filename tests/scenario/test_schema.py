"""The models: defaults, strictness, immutability."""

from __future__ import annotations

import pickle

import pytest
from pydantic import BaseModel, ValidationError

from p2pdnr.scenario import document, network_schema, schema
from p2pdnr.scenario.network_schema import NetworkTable
from p2pdnr.scenario.schema import Battery, Prosumer, Scenario
from tests.scenario.documents import TABLE, full, minimal, with_value


def test_every_default_is_that_of_the_format() -> None:
    scenario = document.from_dict(minimal())
    assert scenario.step_h == 1.0
    assert scenario.description == ""
    assert scenario.network.model_dump() == {
        "source": "case33bw",
        "vm_min_pu": None,
        "vm_max_pu": None,
        "substation_voltage_pu": None,
        "line_limit_a": None,
        "line_limits_a": {},
        "bus_taps": {},
        "line_taps": {},
        "capacitors": {},
        "places": {},
        "switchable": None,
        "initially_open": None,
        "background_scale": 1.0,
        "background_profile": None,
    }
    assert scenario.market.model_dump() == {
        "partners": 6,
        "trade_fee_eur_per_kwh": 0.001,
        "trade_limit_kw": None,
        "preferences": (),
    }
    assert scenario.dso.model_dump() == {
        "loss_price_eur_per_kwh": 0.12,
        "switching_cost_eur": 0.0,
        "max_switching_per_hour": None,
        "max_switching_per_day": None,
        "line_switching_costs_eur": {},
        "min_dwell_h": None,
        "return_to_initial": False,
        "violation_price_eur_per_kwh": 10.0,
        "role": "welfare",
        "curtailment": "cost",
        "compensation": "none",
        "max_charge_eur_per_kwh": None,
        "refund": "none",
        "reactive": "none",
        "volt_var": None,
        "levers": "none",
        "lever_cost_eur": 0.0,
        "max_lever_steps": None,
        "security": None,
        "outage_price": None,
    }


def test_a_prosumer_needs_only_its_id_and_bus() -> None:
    prosumer = Prosumer(id="A", bus=2)
    assert prosumer.model_dump(exclude={"id", "bus"}) == {
        "load_kw": 0.0,
        "load_profile": "load",
        "power_factor": 1.0,
        "pv_kw": 0.0,
        "pv_profile": "pv",
        "inverter_kva": None,
        "flexible_share": 0.0,
        "discomfort_eur_per_kw2h": 0.0,
        "battery": None,
        "elastic": None,
        "generator": None,
        "import_limit_kw": None,
        "export_limit_kw": None,
        "tariff": None,
    }


def test_a_battery_starts_half_full_unless_it_says_otherwise() -> None:
    assert Battery(capacity_kwh=80, power_kw=10).initial_kwh == 40
    assert Battery(capacity_kwh=80, power_kw=10, initial_kwh=0).initial_kwh == 0
    battery = Battery(capacity_kwh=80, power_kw=10)
    assert (battery.efficiency, battery.wear_eur_per_kwh) == (0.95, 0.001)


def test_hours_and_tariffs() -> None:
    scenario = document.from_dict(full())
    assert scenario.hours == 3
    assert scenario.tariff_of(scenario.prosumers[0]) is scenario.tariff
    assert scenario.tariff_of(scenario.prosumers[2]).buy_eur_per_kwh == (0.2, 0.2, 0.2)


def test_keys_of_line_tables_become_numbers() -> None:
    scenario = document.from_dict(full())
    assert scenario.network.line_limits_a == {3: 250.0}
    assert scenario.dso.line_switching_costs_eur == {7: 5.0}


@pytest.mark.parametrize("key", ["03", "3.0", " 3", "+3", "0", "-1", "", "x", "٣", "1" * 30])
def test_other_spellings_of_line_numbers_are_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        Scenario.model_validate(with_value(full(), ("network", "line_limits_a"), {key: 100}))


@pytest.mark.parametrize("value", [True, "60", None, [60], {}, float("nan"), float("inf"), -1, 1e10, 10**400])
def test_a_load_is_a_finite_number_that_is_not_negative(value: object) -> None:
    with pytest.raises(ValidationError):
        Prosumer.model_validate({"id": "A", "bus": 1, "load_kw": value})


@pytest.mark.parametrize("value", [True, "6", 6.5, 0, -1, None, 10**400, float("nan")])
def test_a_bus_is_a_whole_number_from_1(value: object) -> None:
    with pytest.raises(ValidationError):
        Prosumer.model_validate({"id": "A", "bus": value})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert Prosumer.model_validate({"id": "A", "bus": 6.0}).bus == 6


@pytest.mark.parametrize(
    "name", ["", "a" * 41, "a/b", "a\u202eb", "a\u200db", "😀", "a\x1bb", "a\n", "<b>", "=1+1", "a,b"]
)
def test_ids_keep_to_their_alphabet(name: str) -> None:
    with pytest.raises(ValidationError):
        Prosumer.model_validate({"id": name, "bus": 1})


@pytest.mark.parametrize("partners", ["all", "none", 0, 6, [], [["P1", "P2"]]])
def test_forms_of_partners(partners: object) -> None:
    scenario = Scenario.model_validate(with_value(full(), ("market", "partners"), partners))
    read = scenario.market.partners
    assert read == (tuple(map(tuple, partners)) if isinstance(partners, list) else partners)


@pytest.mark.parametrize("partners", ["some", -1, 1.5, True, None, [["P1"]], [["P1", "P2", "P1"]], {"P1": "P2"}, [1]])
def test_other_forms_of_partners_are_refused(partners: object) -> None:
    with pytest.raises(ValidationError):
        Scenario.model_validate(with_value(full(), ("market", "partners"), partners))


def test_an_inline_network() -> None:
    scenario = document.from_dict(minimal(network={"source": TABLE}, prosumers=[{"id": "A", "bus": 3}]))
    table = scenario.network.source
    assert isinstance(table, NetworkTable)
    assert [line.from_ for line in table.lines] == [1, 2, 3]
    assert [line.closed for line in table.lines] == [True, True, False]
    assert table.buses[1].id == "mill"


def test_models_are_frozen_and_travel() -> None:
    scenario = document.from_dict(full())
    with pytest.raises(ValidationError):
        scenario.prosumers[0].load_kw = 3.0  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_the_document_stays_apart_from_the_scenario() -> None:
    given = full()
    scenario = document.from_dict(given)
    given["profiles"]["load"][0] = 99
    given["network"]["line_limits_a"]["4"] = 1
    assert scenario == document.from_dict(full())


def test_every_field_of_the_full_document_is_a_field_of_the_models() -> None:
    """FULL shows every field, so that nothing is added to the format without tests seeing it."""

    def aliases(model: type[BaseModel]) -> set[str]:
        return {info.alias or name for name, info in model.model_fields.items()}

    given = full()
    first = given["prosumers"][0] | {"tariff": {}}
    assert aliases(Scenario) == set(given)
    assert aliases(schema.NetworkSettings) == set(given["network"])
    assert aliases(network_schema.LineTap) == set(given["network"]["line_taps"]["5"])
    assert aliases(network_schema.Capacitor) == set(given["network"]["capacitors"]["18"])
    assert aliases(schema.Market) == set(given["market"])
    assert aliases(schema.Dso) == set(given["dso"])
    assert aliases(Prosumer) == set(first)
    assert aliases(Battery) == set(first["battery"])
    assert aliases(schema.Elastic) == set(first["elastic"])
    assert aliases(schema.Generator) == set(first["generator"])
