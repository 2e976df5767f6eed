"""A result in another unit of money (:mod:`p2pdnr.scenario.money`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from p2pdnr.coordination.progress.journal import Progress
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.scenario import document
from p2pdnr.scenario.money import is_money, scaled, times, unit_eur
from p2pdnr.scenario.schema import Scenario

COLUMNS = {"charge_loss", "charge_congestion", "charge_voltage", "dual", "rho"}
"""Columns that are money without saying so."""

CERTIFICATES = {"dual", "regret", "budget_eur", "rationality_eur", "refund_eur", "compensation", "reschedule_eur"}
"""Certificates whose value and limit are money."""

ARRAYS = ("trade_weight", "charge_weight", "bound_grid_")
"""How arrays begin that are money without saying so: weights, and multipliers of the grid."""

_AMOUNT = re.compile(r"(-?\d[\d,]{0,40}(?:\.(\d{1,20}))?(e[+-]?\d{1,3})?) EUR")


Observe = Callable[[Progress], None]
Solve = Callable[[Scenario, StudyResult | None, Observe | None], dict[str, StudyResult]]
"""From a scenario, what to start from and an observer to results by mode."""


def reckoned(
    solve: Solve, scenario: Scenario, warm: StudyResult | None, observe: Observe | None
) -> dict[str, StudyResult]:
    """Solve in the unit of account of the scenario; results and progress are told in its own money."""
    unit = unit_eur(scenario)
    if unit == 1.0:
        return solve(scenario, warm, observe)
    start = in_money(warm, 1.0 / unit) if warm else None
    found = solve(scaled(scenario, 1.0 / unit), start, progress_in_money(observe, unit))
    return {mode: in_money(result, unit, scenario) for mode, result in found.items()}


def in_money(result: StudyResult, factor: float, scenario: Scenario | None = None) -> StudyResult:
    """The result with all its money times ``factor``; ``scenario`` is its own in that money, if at hand."""
    scenario = scenario or scaled(result.scenario, factor)
    tables = {name: _table(table, factor) for name, table in result.tables.there.items()}
    arrays = {
        name: factor * values if is_money(name) or name.startswith(ARRAYS) else values
        for name, values in result.arrays.items()
    }
    return replace(
        result,
        scenario=scenario,
        summary=_summary(result.summary, factor) | {"scenario_sha256": document.sha256(scenario)},
        tables=Tables(**tables),
        arrays=arrays,
        role=None if result.role is None else _table(result.role, factor),
        frames=tuple(replace(frame, price_eur_per_kw=factor * frame.price_eur_per_kw) for frame in result.frames),
    )


def _table(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    money = [name for name in table.columns if is_money(name) or name in COLUMNS]
    return table.assign(**{name: factor * table[name] for name in money})


def _summary(summary: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Money at any depth, certificates in money, and what is said of money in words."""
    told = {name: _told(name, value, factor) for name, value in summary.items()}
    bound, words = summary.get("lower_bound_eur"), summary.get("proved")
    if bound is not None and words:
        told["proved"] = words.replace(f"{bound:,.2f} EUR", f"{factor * bound:,.2f} EUR")
    return told | {"remarks": [text_in_money(text, factor) for text in summary.get("remarks", [])]}


def _told(name: str, value: Any, factor: float) -> Any:
    if name == "certificates":
        return {key: claim_in_money(key, claim, factor) for key, claim in value.items()}
    if is_money(name):
        return times(value, factor)
    return {key: _told(key, item, factor) for key, item in value.items()} if isinstance(value, Mapping) else value


def claim_in_money(name: str, claim: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """What summary.json says about the certificate ``name``."""
    if name not in CERTIFICATES:
        return dict(claim)
    return dict(claim) | {key: times(claim[key], factor) for key in ("value", "limit")}


def text_in_money(text: str, factor: float) -> str:
    """A sentence with every number before "EUR" times ``factor``, a power of ten, in as many digits as before."""
    moved = round(math.log10(factor))

    def told(found: re.Match[str]) -> str:
        value, decimals = factor * float(found[1].replace(",", "")), len(found[2] or "")
        return f"{value:.3g} EUR" if found[3] else f"{value:,.{max(0, decimals - moved)}f} EUR"

    return _AMOUNT.sub(told, text)


def progress_in_money(observe: Observe | None, factor: float) -> Observe | None:
    """An observer of a solve whose money is to be told times ``factor``."""
    if observe is None:
        return None

    def told(progress: Progress) -> None:
        offer = progress.offer
        if offer is not None:
            costs = times(offer.costs_eur, factor)
            offer = replace(offer, objective_eur=factor * offer.objective_eur, costs_eur=costs)
        figures = {"objective_eur": times(progress.objective_eur, factor), "dual": times(progress.dual, factor)}
        observe(replace(progress, offer=offer, **figures))

    return told


def remarked(result: StudyResult, remarks: list[str]) -> StudyResult:
    """The result with further remarks."""
    return replace(result, summary=result.summary | {"remarks": [*result.summary["remarks"], *remarks]})
