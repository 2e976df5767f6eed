"""The operator's terms as a scenario states them, and the price of broken limits."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.terms import OperatorTerms, from_scenario, limit_kva, violation_eur
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario


def scenario(step_h: float, dso: dict[str, object]) -> Scenario:
    """A small scenario with these terms of the operator."""
    profiles = {"load": [1.0, 1.0], "pv": [0.0, 0.0]}
    tariff = {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]}
    return document.from_dict({
        "name": "terms", "step_h": step_h, "network": {"source": "case33bw"}, "profiles": profiles, "tariff": tariff,
        "prosumers": [{"id": "A", "bus": 2, "load_kw": 1.0}], "dso": dso,
    })  # fmt: skip


def test_from_scenario(network33: Network) -> None:
    dso = {
        "loss_price_eur_per_kwh": 0.2, "violation_price_eur_per_kwh": 7.0, "switching_cost_eur": 1.5,
        "line_switching_costs_eur": {"7": 5.0}, "max_switching_per_hour": 4, "max_switching_per_day": 10,
        "min_dwell_h": 1.2, "return_to_initial": True,
    }  # fmt: skip
    terms = from_scenario(scenario(0.5, dso), network33)
    assert terms.switching_cost_eur[6] == 5.0
    assert set(np.delete(terms.switching_cost_eur, 6)) == {1.5}
    assert (terms.loss_price_eur_per_kwh, terms.violation_price_eur_per_kwh) == (0.2, 7.0)
    assert (terms.max_per_hour, terms.max_per_day, terms.step_h) == (4, 10, 0.5)
    assert (terms.min_dwell_steps, terms.return_to_initial, terms.steps_per_day) == (3, True, 48)


def test_from_scenario_without_limits(network33: Network) -> None:
    terms = from_scenario(scenario(1.0, {}), network33)
    assert (terms.max_per_hour, terms.max_per_day, terms.min_dwell_steps) == (None, None, None)
    assert not terms.return_to_initial
    assert terms.steps_per_day == 24


def test_violations_are_priced_as_stated() -> None:
    network = from_text("S1 2 limit=100, 2 3").with_(vm_min_pu=0.95, vm_max_pu=1.05)
    terms = OperatorTerms(np.zeros(2), violation_price_eur_per_kwh=4.0, step_h=0.5)
    vm = np.array([[1.2, 1.0, 1.0], [1.0, 1.06, 0.94], [1.0, 1.0, 1.0]])
    current = np.array([[99.0, 5000.0], [0.0, 0.0], [150.0, 0.0]])
    voltage = 1000.0 * ((1.06**2 - 1.05**2) + (0.95**2 - 0.94**2)) / 2
    overload = np.sqrt(3.0) * 12.66 * 100 * (1.5**2 - 1) / 2
    np.testing.assert_allclose(violation_eur(network, terms, vm, current), [0.0, 2.0 * voltage, 2.0 * overload])
    assert violation_eur(network, terms, vm[1], current[1]) == pytest.approx(2.0 * voltage)
    np.testing.assert_allclose(limit_kva(network), [np.sqrt(3.0) * 12.66 * 100, 0.0])
