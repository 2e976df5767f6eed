"""The operator's roles side by side: a row of figures for each, and who gains or loses by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.market.settlement import LEAST_KWH, worth_eur_per_kwh
from p2pdnr.market.terms import all_terms
from p2pdnr.network.arrays import Floats
from p2pdnr.results.claims import HOLDS, state_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import comparison_row, scale_eur

TARIFF, WELFARE = "tariff", "welfare"
"""What a bill is held against: the retailer's tariff alone, or the bill in the role welfare."""


@dataclass(frozen=True, eq=False)
class RoleComparison:
    """One scenario in one mode under every role of the operator: ``results`` by role, and why a role is ``missing``."""

    results: dict[str, StudyResult]
    missing: dict[str, str]


def role_row(result: StudyResult, welfare: StudyResult | None) -> dict[str, Any]:
    """One row of roles.csv: total and its parts, what the operator pays, what is curtailed and lost, how far from an
    optimum, how many gain and lose against each reference."""
    figures = comparison_row(result.summary)
    against = {name: gains_and_losses(result, welfare, name) for name in (TARIFF, WELFARE)}
    counts = {
        f"{verb}_against_{name}": None if people is None else len(people[verb])
        for name, people in against.items()
        for verb in ("gain", "lose")
    }
    first = ("objective_eur", "losses_kwh", "curtailed_kwh")
    return {
        "objective_eur": figures["objective_eur"],
        "operator_cost_eur": operator_cost_eur(result.summary),
        "curtailed_kwh": figures["curtailed_kwh"],
        "losses_kwh": figures["losses_kwh"],
        "gap": gap(result.summary),
        "above_welfare": above_welfare(result, welfare),
        **counts,
        **{name: value for name, value in figures.items() if name not in first},
    }


def operator_cost_eur(summary: Mapping[str, Any]) -> float:
    """Losses, violations, switching, and what a role pays those whom it curtails."""
    costs = summary["costs_eur"]
    paid_eur = (summary.get("role") or {}).get("compensation_eur") or 0.0
    return float(costs["losses"] + costs["violations"] + costs["switching"] + paid_eur)


def gap(summary: Mapping[str, Any]) -> float | None:
    """How far from its own optimum a role is shown to be at most: of welfare the distance of the plan from the optimum
    of its schedule (``gap_central``, where that holds), of others what the role states; None where nothing is shown."""
    role = summary.get("role")
    if role is not None:
        value = role.get("gap")
        return None if value is None else float(value)
    claim = (summary.get("certificates") or {}).get("gap_central")
    return claim["value"] if claim and state_of(claim) == HOLDS else None


def above_welfare(result: StudyResult, welfare: StudyResult | None) -> float | None:
    """The total above that of welfare, as a share of the sum of welfare's cost parts without their signs."""
    if welfare is None:
        return None
    scale = scale_eur(welfare.summary["costs_eur"])
    return float((result.summary["objective_eur"] - welfare.summary["objective_eur"]) / scale)


def gains_and_losses(
    result: StudyResult, welfare: StudyResult | None, reference: str
) -> dict[str, dict[str, float]] | None:
    """Who pays less ("gain") and more ("lose") than a reference, id -> EUR, the largest first; differences of up to
    0.04 kWh's worth count as none. None where the reference is not there."""
    bills = result.tables.bills
    if reference == TARIFF:
        other = bills["retail_only_uncharged_eur"]
    elif welfare is not None:
        other = welfare.tables.bills["total_eur"]
    else:
        return None
    more: Floats = (bills["total_eur"] - other).to_numpy(dtype=np.float64)
    scenario = result.scenario
    little = LEAST_KWH * worth_eur_per_kwh(all_terms(scenario))
    return {"gain": _named(result, -more, little), "lose": _named(result, more, little)}


def _named(result: StudyResult, eur: Floats, little: Floats) -> dict[str, float]:
    order = np.argsort(-eur, kind="stable")
    return {result.scenario.prosumers[k].id: float(eur[k]) for k in order if eur[k] > little[k]}
