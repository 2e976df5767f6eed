"""Scenarios with one thing varied: ``path=from:to:n`` as the command ``sweep`` takes it.

A path that names one number sets it: ``dso.switching_cost_eur``, ``network.background_scale``, ``prosumers.P1.pv_kw``.
A path that names many multiplies them: a field of every prosumer (``pv_kw``, ``battery.capacity_kwh``), or a list such
as ``tariff.buy_eur_per_kwh`` and ``profiles.pv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document, patch
from p2pdnr.scenario.schema import Scenario

Json = dict[str, Any]
MOST_VALUES = 1000
_SECTIONS = ("network", "profiles", "tariff", "market", "dso", "step_h")


@dataclass(frozen=True)
class Variation:
    """``values`` that one ``path`` of a scenario takes, one after the other."""

    path: str
    values: tuple[float, ...]


def parse(text: str) -> Variation:
    """``path=from:to:n``: n equal steps from one value to the other, both included. Raises ScenarioError."""
    path, separator, numbers = text.partition("=")
    parts = numbers.split(":")
    try:
        if not separator or not path.strip() or len(parts) != 3:
            raise ValueError("it is not path=from:to:n")
        first, last, count = float(parts[0]), float(parts[1]), int(parts[2])
        if not 1 <= count <= MOST_VALUES or not np.isfinite([first, last]).all():
            raise ValueError(f"n is a whole number from 1 to {MOST_VALUES}, from and to are finite")
    except ValueError as error:
        message = f"cannot be understood ({error})"
        raise ScenarioError(
            [Problem("variation", "", (text[:60],), message, "Write for example pv_kw=0.5:2:7")]
        ) from None
    return Variation(path.strip(), tuple(float(value) for value in np.linspace(first, last, count)))


def vary(scenario: Scenario, path: str, value: float) -> Scenario:
    """The scenario with ``path`` set to, or multiplied by, ``value``. Raises ScenarioError when the path names nothing,
    or when the scenario would not be valid."""
    content = scenario.model_dump(mode="json", by_alias=True)
    head, _, rest = path.partition(".")
    if head in _SECTIONS:
        return patch.apply(scenario, _nested(path.split("."), content, value, path))
    rows = {row["id"]: row for row in content["prosumers"]}
    if head != "prosumers":
        return patch.apply(scenario, {"prosumers": _of_all(rows, path, value)})
    name = max((name for name in rows if rest.startswith(f"{name}.")), key=len, default=None)
    if name is None:
        raise _unknown(path, f"no such prosumer; ids are {', '.join(list(rows)[:10])}")
    return patch.apply(
        scenario, {"prosumers": {name: _nested(rest[len(name) + 1 :].split("."), rows[name], value, path)}}
    )


def vary_all(scenario: Scenario, settings: Mapping[str, float]) -> Scenario:
    """The scenario with every path of ``settings`` varied."""
    for path, value in settings.items():
        scenario = vary(scenario, path, value)
    return document.from_dict(document.to_dict(scenario))


def _of_all(rows: Mapping[str, Json], path: str, factor: float) -> Json:
    """The patch that multiplies a field of every prosumer that has it."""
    changes = {}
    for name, row in rows.items():
        present = _value(row, path.split("."))
        if isinstance(present, int | float) and not isinstance(present, bool):
            changes[name] = _wrapped(path.split("."), present * factor)
    if not changes:
        raise _unknown(path, "no prosumer has such a number")
    return changes


def _nested(keys: list[str], content: Json, value: float, path: str) -> Json:
    """The patch that sets the number or multiplies the list at ``keys``."""
    present = _value(content, keys)
    if isinstance(present, list) and all(isinstance(item, int | float) for item in present):
        return _wrapped(keys, [item * value for item in present])
    if present is _NOTHING or isinstance(present, str | bool | list | dict):
        raise _unknown(path, "there is no number with this name")
    return _wrapped(keys, value)


_NOTHING = object()


def _value(content: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            return _NOTHING
        content = content[key]
    return content


def _wrapped(keys: list[str], value: Any) -> Json:
    for key in reversed(keys):
        value = {key: value}
    nested: Json = value
    return nested


def _unknown(path: str, message: str) -> ScenarioError:
    remedy = "Name a field of the prosumers, or section.field, or prosumers.ID.field (docs/formats.md)"
    return ScenarioError([Problem("variation", path[:60], (), message, remedy)])
