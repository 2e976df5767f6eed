"""The grid of a scenario as the page draws it, and the parts of :mod:`.payload` that a grid alone has.

They bring along no solver, so that a file that somebody imports is drawn at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.market.terms import all_terms
from p2pdnr.network import drawing
from p2pdnr.network.arrays import Network
from p2pdnr.results.withdrawn import plain, withdrawals
from p2pdnr.scenario.calendar import time_stamps
from p2pdnr.scenario.schema import Scenario

FORMAT = 1
DECIMALS = {
    "loss_kw": 4,
    "vm_pu": 5,
    "vm_min_pu": 5,
    "vm_max_pu": 5,
    "i_a": 2,
    "loading_percent": 2,
    "max_loading_percent": 2,
    "charge_eur_per_kwh": 6,
    "charge_loss": 6,
    "charge_congestion": 6,
    "charge_voltage": 6,
    "price_eur_per_kwh": 6,
}
"""Decimals by quantity where they are not ``USUAL_DECIMALS``."""

USUAL_DECIMALS = 3


def unsolved(scenario: Scenario, network: Network) -> dict[str, Any]:
    """What the page draws of a scenario that has not been solved: its grid as built, and what every bus would withdraw.

    Of the payload it has "name" to "times", "network", "diagram", "dso" and "prosumers" with all loads served, all
    PV used, and nothing stored, shifted or traded; "withdrawn" is {"p_kw", "q_kvar": (T, n)}, from which the browser
    makes the power flow.
    """
    terms = all_terms(scenario)
    day = {"load_kw": [item.load_kw for item in terms], "pv_available_kw": [item.pv_kw for item in terms]}
    injection_kw = np.array(day["pv_available_kw"]) - np.array(day["load_kw"])
    p_kw, q_kvar = withdrawals(scenario, network, injection_kw.T)
    day |= {"pv_kw": day["pv_available_kw"], "injection_kw": list(injection_kw)}
    return {
        "format": FORMAT,
        "name": scenario.name,
        "mode": "fixed",
        "p2p": False,
        "hours": scenario.hours,
        "step_h": scenario.step_h,
        "times": time_stamps(scenario),
        "network": network_of(network),
        "diagram": diagram_of(scenario, network),
        "dso": plain(scenario.dso.model_dump()),
        "prosumers": people_of(scenario) | {"day": {name: rounded(np.array(rows), name) for name, rows in day.items()}},
        "withdrawn": {"p_kw": rounded(p_kw, "p_kw"), "q_kvar": rounded(q_kvar, "q_kvar")},
    }


def people_of(scenario: Scenario) -> dict[str, Any]:
    """Ids and buses of the prosumers."""
    return {
        "id": [prosumer.id for prosumer in scenario.prosumers],
        "bus": [prosumer.bus for prosumer in scenario.prosumers],
    }


def rounded(values: npt.ArrayLike, quantity: str) -> Any:
    """Nested lists of numbers, 3 decimals unless the quantity says otherwise; negative zero becomes zero."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.floating):
        return array.tolist()
    return plain(np.round(array, DECIMALS.get(quantity, USUAL_DECIMALS)) + 0.0)


def _significant(values: npt.NDArray[np.float64]) -> list[float]:
    """Eight significant digits: what a power flow is exact to."""
    return [float(f"{value:.8g}") for value in values]


def network_of(network: Network) -> dict[str, Any]:
    """Buses and lines, "network" of the payload."""
    return {
        "name": network.name,
        "buses": network.n_buses,
        "lines": network.n_lines,
        "from": (network.from_bus + 1).tolist(),
        "to": (network.to_bus + 1).tolist(),
        "limit_a": rounded(network.limit_a, "limit_a"),
        "r_pu": _significant(network.r_pu),
        "x_pu": _significant(network.x_pu),
        "base_current_a": _significant(network.base_current_a),
        "base_kw": network.base_kw,
        "substation_vm_pu": _significant(network.substation_vm_pu),
        "earth": None if network.is_plain else _earth(network),
        "switchable": network.switchable.astype(int).tolist(),
        "initially_open": list(network.initially_open),
        "bus_ids": list(network.bus_ids) or None,
        "line_ids": list(network.line_ids) or None,
        "substations": (network.substations + 1).tolist(),
        "vm_min_pu": network.vm_min_pu,
        "vm_max_pu": network.vm_max_pu,
    }


def _earth(network: Network) -> dict[str, Any]:
    names = ("ratio", "g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu", "shunt_g_pu", "shunt_b_pu")
    earth: dict[str, Any] = {name: _significant(getattr(network, name)) for name in names}
    return earth | {"opened_at": network.opened_at.tolist()}


def diagram_of(scenario: Scenario, network: Network) -> dict[str, Any]:
    """Places and routes, "diagram" of the payload."""
    drawn = drawing.draw(network)
    place, routes = drawn.places, [route.sampled() for route in drawn.routes]
    # The layout's y grows upward, a screen's downward; the topmost bus stands at zero.
    top = place[:, 1].max()
    return {
        "x": rounded(place[:, 0], "x"),
        "y": rounded(top - place[:, 1], "y"),
        "routes": [rounded(np.column_stack([points[:, 0], top - points[:, 1]]), "route") for points in routes],
        "plan": drawing.is_plan(network),
        "places": {str(bus): [place.x, place.y] for bus, place in scenario.network.places.items()},
        "prosumer_buses": sorted({prosumer.bus for prosumer in scenario.prosumers}),
    }
