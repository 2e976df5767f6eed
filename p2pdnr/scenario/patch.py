"""What differs between two scenarios, as a small JSON value: share links, question chips, sweeps, comparisons.

A patch is a merge patch (RFC 7396): objects are merged, everything else replaces, null removes and so brings back the
default. Two rules are added, because lists do not merge: prosumers are keyed by id, and ``prosumer_order`` lists all
ids where the order is not "those that stayed, then new ones by id".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.network.lever_names import NONE
from p2pdnr.scenario import document, json_text
from p2pdnr.scenario.problems import shorten
from p2pdnr.scenario.schema import Scenario

Json = dict[str, Any]

PRICES = {
    "loss_price_eur_per_kwh",
    "switching_cost_eur",
    "line_switching_costs_eur",
    "violation_price_eur_per_kwh",
    "curtailment",
    "compensation",
    "max_charge_eur_per_kwh",
    "refund",
    "security",
    "outage_price",
    "lever_cost_eur",
}
"""Of the operator's settings those under which a schedule of before is still one."""


def difference(base: Scenario, edited: Scenario) -> Json:
    """The patch that leads from ``base`` to ``edited``; empty when they say the same."""
    if base == edited:  # however they say it: a default that is written out says what leaving it out says
        return {}
    before, after = _content(base), _content(edited)
    patch = _difference(before, after)
    order = list(after["prosumers"])
    if order != _natural_order(before["prosumers"], after["prosumers"]):
        patch["prosumer_order"] = order
    return patch


def apply(base: Scenario, patch: Mapping[str, Any]) -> Scenario:
    """The scenario a patch leads to.

    Raises :class:`ScenarioError` when the patch has not the form of one, or when its result is no valid scenario.
    """
    _refuse_malformed(patch)
    before = _content(base)
    changes = {key: value for key, value in patch.items() if key != "prosumer_order"}
    after = _merge(before, changes)
    rows = after["prosumers"]
    order = patch.get("prosumer_order") or _natural_order(before["prosumers"], rows)
    if sorted(order) != sorted(rows):
        raise _refused("prosumer_order", "does not name every prosumer once", "List all ids once, or leave it out")
    return document.from_dict(after | {"prosumers": [_with_id(key, rows[key]) for key in order]})


def with_role(scenario: Scenario, role: str) -> Scenario:
    """The scenario with this role of the operator; raises :class:`ScenarioError` where there is no such role."""
    return scenario if scenario.dso.role == role else apply(scenario, {"dso": {"role": role}})


def with_security(scenario: Scenario, share: float | None) -> Scenario:
    """The scenario that asks for a secure plan with this share of days, as it was where that is None; raises
    :class:`ScenarioError` for a share that none may ask for."""
    if share is None:
        return scenario
    return apply(scenario, {"dso": {"security": {"share": share}}})


def without_levers(scenario: Scenario) -> Scenario:
    """The scenario with tap changers and capacitors that stay where they stand."""
    return scenario if scenario.dso.levers == NONE else apply(scenario, {"dso": {"levers": NONE}})


def rules(scenario: Scenario) -> dict[str, Any]:
    """What the operator may do, without what it costs."""
    return scenario.dso.model_dump(exclude=PRICES)


def without_security(scenario: Scenario) -> Scenario:
    """The scenario with a plan for the day as forecast alone."""
    return scenario if scenario.dso.security is None else apply(scenario, {"dso": {"security": None}})


def _content(scenario: Scenario) -> Json:
    """The document without nulls (null says what absence says), prosumers keyed by id."""
    content: Json = _without_nulls(json_text.plain(document.to_dict(scenario)))
    rows = {row["id"]: {key: value for key, value in row.items() if key != "id"} for row in content["prosumers"]}
    return content | {"prosumers": rows}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _difference(before: Json, after: Json) -> Json:
    patch: Json = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif before[key] != value:
            nested = isinstance(before[key], dict) and isinstance(value, dict)
            patch[key] = _difference(before[key], value) if nested else value
    return patch


def _merge(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _natural_order(before: Iterable[str], after: Mapping[str, Any]) -> list[str]:
    """Those that stayed in their order, then new ones by id: JSON objects may lose their order on the way."""
    stayed = [key for key in before if key in after]
    return stayed + sorted(set(after) - set(stayed))


def _with_id(key: str, row: Any) -> Any:
    return {"id": key} | row if isinstance(row, dict) else row


def _refuse_malformed(patch: object) -> None:
    if not isinstance(patch, Mapping):
        raise _refused("", f"{shorten(patch)} is not an object", "Give a patch as difference() makes it")
    prosumers, order = patch.get("prosumers", {}), patch.get("prosumer_order") or []
    if not isinstance(prosumers, Mapping) or not all(isinstance(key, str) for key in prosumers):
        raise _refused("prosumers", "is not an object keyed by ids", 'Write {"P1": {"pv_kw": 50}}')
    if not isinstance(order, list) or not all(isinstance(key, str) for key in order):
        raise _refused("prosumer_order", f"{shorten(order)} is not a list of ids", "List all ids, or leave it out")


def _refused(field: str, message: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("patch", field, (), message, remedy)])
