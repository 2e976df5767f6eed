"""What is allowed in a scenario and hardly meant: told with its result."""

from __future__ import annotations

import numpy as np

from p2pdnr.scenario.field_types import FREE_HOURS
from p2pdnr.scenario.schema import Scenario


def advice(scenario: Scenario) -> list[str]:
    """Remarks about the scenario, for people."""
    return [*cheap_violations(scenario), *longer_than_a_week(scenario)]


def longer_than_a_week(scenario: Scenario) -> list[str]:
    """Up to 168 steps may be longer than an hour each: then the horizon is longer than the week that is meant."""
    together_h = scenario.step_h * scenario.hours
    if together_h <= FREE_HOURS:
        return []
    return [
        f"its {scenario.hours} steps of {scenario.step_h:g} h are {together_h / 24:.3g} days together, longer than a "
        f"week: where steps are hours or quarter hours say step_h: 1 or 0.25. {_planned(scenario)} planned "
        "over all of it, as if everything were known on its first day"
    ]


def _planned(scenario: Scenario) -> str:
    """What is planned over the whole horizon."""
    return "Batteries and shifted load are" if scenario.flexible_window_h is None else "Batteries are"


def cheap_violations(scenario: Scenario) -> list[str]:
    """Load that is not served costs the violation price: below what the load costs at the retailer nobody serves it."""
    violation = scenario.dso.violation_price_eur_per_kwh
    highest = {
        item.id: float(np.max(scenario.tariff_of(item).buy_eur_per_kwh)) for item in scenario.prosumers if item.load_kw
    }
    above = [name for name, price in highest.items() if price > violation]
    if not above:
        return []
    dearest = max(above, key=lambda name: highest[name])
    others = f" and {len(above) - 1} others" if len(above) > 1 else ""
    return [
        f"violation_price_eur_per_kwh is {violation:g}, below what load costs at the retailer (up to "
        f"{highest[dearest]:g} for {dearest}{others}): load goes unserved because that is cheaper, and limits are "
        "broken for little. State it in the unit of the tariff, well above all prices"
    ]
