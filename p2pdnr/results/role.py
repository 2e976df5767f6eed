"""What a result tells about the operator's role, where it is another than welfare: role.csv, and "role" of
summary.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.scenario.schema import Scenario


def role_table(scenario: Scenario, plan: RolePlan) -> pd.DataFrame:
    """role.csv: the arrays of a plan, a row for every hour and prosumer; a column is empty where the role has none."""
    ids = [prosumer.id for prosumer in scenario.prosumers]
    values = [column.name for column in OPTIONAL_TABLES["role"] if column.kind == "number"]
    nothing = np.full((len(ids), scenario.hours), np.nan)
    arrays = {name: getattr(plan, name) for name in values}
    return pd.DataFrame(
        {"hour": np.repeat(np.arange(scenario.hours), len(ids)), "prosumer": ids * scenario.hours}
        | {name: (nothing if array is None else array).T.ravel() for name, array in arrays.items()}
    )


def with_role_table(draft: StudyResult, plan: RolePlan) -> StudyResult:
    """The draft of a result with what the operator's role tells."""
    table = role_table(draft.scenario, plan)
    told = plan.figures | role_figures(draft.scenario, table, draft.summary)
    return replace(draft, role=table, arrays=draft.arrays | plan.arrays, summary=draft.summary | {"role": told})


OF_ROLE = {
    "validate": ("asked_kw", "curtailed_kw", "shed_kw", "compensation_eur"),
    "envelopes": ("asked_kw", "low_kw", "high_kw", "curtailed_kw"),
    "leader": ("asked_kw",),
}
"""Columns of role.csv that a role fills; compensation only where any was agreed on."""


def column_faults(scenario: Scenario, table: pd.DataFrame) -> Iterator[str]:
    """What is missing in role.csv, or stands there although the role has no such quantity."""
    filled = set(OF_ROLE.get(scenario.dso.role, ()))
    if scenario.dso.compensation == "none":
        filled.discard("compensation_eur")
    for column in OPTIONAL_TABLES["role"]:
        empty = table[column.name].isna()
        if column.kind == "number" and column.name in filled and empty.any():
            yield f"role.csv has no {column.name} in {int(empty.sum())} rows"
        if column.kind == "number" and column.name not in filled and not empty.all():
            yield f"role.csv has {column.name}, which the role {scenario.dso.role} does not know"


def compensated(tables: Tables, plan: RolePlan) -> Tables:
    """The tables with what the operator pays in bills.csv, where a role pays anything at all."""
    if plan.compensation_eur is None:
        return tables
    paid = -plan.compensation_eur.sum(axis=1)
    bills = tables.bills.assign(total_eur=tables.bills["total_eur"] + paid, compensation_eur=paid)
    return replace(tables, bills=bills)


def role_figures(scenario: Scenario, table: pd.DataFrame, figures: dict[str, Any]) -> dict[str, Any]:
    """What follows from role.csv and the other ``figures`` of a summary: name, operator_cost_eur (losses, violations,
    switching and compensation), curtailed_kwh and shed_kwh by the operator, compensation_eur, and revenue_eur, the
    network charges that it collects."""
    costs, step_h = figures["costs_eur"], scenario.step_h
    sums = {name: float(np.nansum(table[name])) for name in ("curtailed_kw", "shed_kw", "compensation_eur")}
    return {
        "name": scenario.dso.role,
        "operator_cost_eur": costs["losses"] + costs["violations"] + costs["switching"] + sums["compensation_eur"],
        "curtailed_kwh": step_h * sums["curtailed_kw"],
        "shed_kwh": step_h * sums["shed_kw"],
        "compensation_eur": sums["compensation_eur"],
        "revenue_eur": figures["charges_collected_eur"],
    }
