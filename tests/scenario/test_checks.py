"""Scenarios against their network."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.scenario import document
from p2pdnr.scenario.checks import check
from p2pdnr.scenario.schema import Preference
from tests.scenario.documents import TABLE, full, minimal, with_value


def problems_of(value: dict[str, Any], network: Network) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        check(document.from_dict(value), network)
    return caught.value.problems


def test_the_full_document_fits(network33: Network) -> None:
    check(document.from_dict(full()), network33)


@pytest.mark.parametrize(
    ("path", "value", "component", "field", "message"),
    [
        (("prosumers", 0, "bus"), 34, "prosumer", "bus", "bus 34 does not exist"),
        (("network", "initially_open"), [33, 34, 35, 36, 38], "network", "initially_open", "line 38 does not exist"),
        (("network", "switchable"), [1, 38, 39], "network", "switchable", "lines 38, 39 do not exist"),
        (("network", "line_limits_a"), {"99": 1}, "network", "line_limits_a", "line 99 does not exist"),
        (("dso", "line_switching_costs_eur"), {"99": 1}, "dso", "line_switching_costs_eur", "line 99 does not exist"),
        (("network", "background_profile"), {"load": [40]}, "network", "background_profile", "bus 40 does not exist"),
        (("network", "initially_open"), [], "network", "initially_open", "form a loop"),
        (("network", "initially_open"), [1, 33, 34, 35, 36], "network", "initially_open", "are without supply"),
    ],
)
def test_what_the_network_does_not_have(
    network33: Network, path: tuple[str | int, ...], value: Any, component: str, field: str, message: str
) -> None:
    (problem,) = problems_of(with_value(full(), path, value), network33)
    assert (problem.component, problem.field) == (component, field)
    assert message in problem.message
    assert problem.remedy


def test_a_prosumer_is_named_by_its_id(network33: Network) -> None:
    problems = problems_of(minimal(prosumers=[{"id": name, "bus": 50} for name in ("A", "B")]), network33)
    assert [problem.ids for problem in problems] == [("A",), ("B",)]
    assert {problem.remedy for problem in problems} == {"case33bw has buses 1 to 33"}


def test_all_at_once(network33: Network) -> None:
    value = with_value(full(), ("prosumers", 0, "bus"), 34)
    value = with_value(value, ("network", "initially_open"), [99])
    value = with_value(value, ("network", "background_profile"), {"load": [77]})
    assert {problem.field for problem in problems_of(value, network33)} == {
        "bus",
        "initially_open",
        "background_profile",
    }


def test_long_lists_of_buses_are_cut(network33: Network) -> None:
    (problem,) = problems_of(with_value(full(), ("network", "initially_open"), [1, 2, 33, 34, 35]), network33)
    assert "and 20 more are without supply" in problem.message


def test_a_prosumer_may_stand_at_the_substation(network33: Network) -> None:
    check(document.from_dict(minimal(prosumers=[{"id": "A", "bus": 1}])), network33)


def test_an_initial_topology_of_the_network_itself_that_is_no_tree() -> None:
    meshed = TABLE | {"lines": [line | {"closed": True} for line in TABLE["lines"]]}
    (problem,) = problems_of(minimal(), readers.read(meshed, None))
    assert problem.field == "initially_open"
    check(document.from_dict(minimal(network={"source": "x", "initially_open": [2]})), readers.read(meshed, None))


def test_voltage_limits_that_cross_those_of_the_network(network33: Network) -> None:
    (problem,) = problems_of(minimal(network={"source": "case33bw", "vm_min_pu": 1.15}), network33)
    assert problem.field == "vm_min_pu"
    assert "1.15 and the highest 1.1" in problem.message
    (problem,) = problems_of(minimal(network={"source": "case33bw", "vm_max_pu": 0.85}), network33)
    assert problem.field == "vm_max_pu"


def test_a_scenario_changed_behind_the_parser_is_judged_again(network33: Network) -> None:
    """model_copy validates nothing; a negative preference would leave the market without an optimum."""
    scenario = document.from_dict(full())
    cheap = Preference.model_construct(from_="P1", to="P2", eur_per_kwh=-1.0)
    market = scenario.market.model_copy(update={"preferences": (cheap,)})
    dear = scenario.tariff.model_copy(update={"sell_eur_per_kwh": (0.5, 0.5, 0.5)})
    with pytest.raises(ScenarioError) as caught:
        check(scenario.model_copy(update={"market": market, "tariff": dear}), network33)
    assert {problem.field for problem in caught.value.problems} == {"eur_per_kwh", "sell_eur_per_kwh"}


def test_a_scenario_that_came_out_of_its_document_is_not_read_again_and_a_changed_copy_is(
    network33: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, read = document.from_dict(full()), []
    monkeypatch.setattr(document, "from_dict", read.append)
    check(scenario, network33)
    assert not read and scenario.is_judged
    for other in (
        scenario.model_copy(update={"name": "B"}),
        scenario.model_copy(),
        pickle.loads(pickle.dumps(scenario)),
    ):
        assert not other.is_judged
        check(other, network33)
        assert read.pop() == document.to_dict(other)
    assert document.to_dict(scenario) == document.to_dict(scenario.model_copy()) and scenario == scenario.model_copy()
