"""The unit in which a scenario's money is computed, so that its plan does not depend on the currency.

Tolerances of solvers and limits of certificates are made for prices of some tenths of a EUR/kWh. A scenario in cents,
per MWh or in a currency of another size is solved and examined in a unit of its own, a power of ten EUR, in which its
prices are of that size, and its result is told in the money of the scenario. Names say what is money: they hold "eur".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel

from p2pdnr.scenario.schema import Scenario

USUAL_EUR_PER_KWH = 0.3
LEAST_EUR_PER_KWH, MOST_EUR_PER_KWH = 0.02, 5.0
"""Typical prices between which a scenario is reckoned with in EUR."""

Model = TypeVar("Model", bound=BaseModel)


def unit_eur(scenario: Scenario) -> float:
    """What one unit of account is in the scenario's EUR: 1 where its prices are of usual size."""
    typical = typical_eur_per_kwh(scenario)
    if typical is None or LEAST_EUR_PER_KWH <= typical <= MOST_EUR_PER_KWH:
        return 1.0
    return float(10.0 ** np.round(np.log10(typical / USUAL_EUR_PER_KWH)))


def typical_eur_per_kwh(scenario: Scenario) -> float | None:
    """The median of what prosumers pay the retailer, by hour and size; None where all is free."""
    paid = np.abs([scenario.tariff_of(item).buy_eur_per_kwh for item in scenario.prosumers])
    return float(np.median(paid[paid > 0.0])) if paid.any() else None


def scaled(scenario: Scenario, factor: float) -> Scenario:
    """The scenario with all its money times ``factor``."""
    return scenario if factor == 1.0 else _scaled(scenario, factor)


def is_money(name: str) -> bool:
    """Whether a field, column or array of this name is money, or so much of it per something."""
    return "eur" in name.split("_")


def _scaled(model: Model, factor: float) -> Model:
    given = {name: getattr(model, name) for name in type(model).model_fields}
    changes = {
        name: times(value, factor) if is_money(name) else _within(value, factor) for name, value in given.items()
    }
    # what stays must not count as given: a document says nothing of a default
    return model.model_copy(update={name: value for name, value in changes.items() if value is not given[name]})


def _within(value: Any, factor: float) -> Any:
    """A field that is no money itself; parts of the document in it have their own."""
    if isinstance(value, BaseModel):
        return _scaled(value, factor)
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return tuple(_scaled(item, factor) for item in value)
    return value


def times(value: Any, factor: float) -> Any:
    """Numbers times ``factor``, alone, in a list or by name; whatever else as it is."""
    if isinstance(value, Mapping):
        return {key: times(item, factor) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(times(item, factor) for item in value)
    return value if value is None or isinstance(value, str | bool) else factor * value
