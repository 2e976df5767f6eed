"""What stands in a result for a next solve and for the page, against the tables it repeats."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from p2pdnr.network.arrays import Floats
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.results.columns import present
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.verification.finding import same_arrays
from p2pdnr.verification.plan import Plan, read_plan

SUMS = 1e-6
"""Relative difference allowed between the sum of a charge's parts and the charge, and EUR/kWh."""

CHARGES = 1e-3
"""The same between a charge and what the negotiation ended with: both are multipliers, found in two ways."""


def contradictions(result: StudyResult) -> Iterator[str]:
    """Everything that is stated a second time and differs, and numbers that are none."""
    yield from _finite(result)
    yield from _charges(result)
    yield from _loadings(result)
    yield from _trades(result)
    yield from _convergence(result.tables.convergence)
    yield from _warm(result, read_plan(result))
    yield from _topologies(result)


def _finite(result: StudyResult) -> Iterator[str]:
    """No number of a table or an array is infinite, and none is missing where a table must have it."""
    for name, table in (result.tables.there | result.optional_tables).items():
        for column in present(name, table.columns):
            if column.kind != "text" and not _sound(table[column.name], column.optional):
                yield f"{name}.csv holds something in {column.name} that is no number"
    for name, values in result.arrays.items():
        if not np.isfinite(values).all():
            yield f"warm.npz holds something in {name} that is no number"


def _sound(column: pd.Series[float], optional: bool) -> bool:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool((np.isfinite(values) | (optional & np.isnan(values))).all())


def _charges(result: StudyResult) -> Iterator[str]:
    table = result.tables.buses
    parts = table[["charge_loss", "charge_congestion", "charge_voltage"]].to_numpy().sum(axis=1)
    if not same_arrays(parts, table["charge_eur_per_kwh"].to_numpy(), rel=SUMS, abs_=SUMS).all():
        yield "buses.csv has a charge that is not the sum of its parts"


def _loadings(result: StudyResult) -> Iterator[str]:
    """A line without a limit has no loading, and an hour none where no line has a limit."""
    limited = np.isfinite(result.network.limit_a)
    stated = matrix(result.tables.lines, "loading_percent", result.scenario)
    if not (np.isnan(stated) == ~limited).all():
        yield "lines.csv has a loading where a line has no limit, or none where it has one"
    hourly = result.tables.hours["max_loading_percent"].to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isnan(hourly) == (not limited.any())).all():
        yield "hours.csv has a loading where no line has a limit, or none where one has"


def _trades(result: StudyResult) -> Iterator[str]:
    if (result.tables.trades["power_kw"] < 0.0).any():
        yield "trades.csv has a negative power"


def _convergence(rows: pd.DataFrame) -> Iterator[str]:
    if rows["iteration"].tolist() != list(range(len(rows))):
        yield "convergence.csv does not count its iterations from 0"


def _warm(result: StudyResult, plan: Plan) -> Iterator[str]:
    """warm.npz repeats schedule, prices and charges; an array that is not there is not compared."""
    step_h = plan.scenario.step_h
    charge = step_h * plan.charge_eur_per_kwh[:, plan.prosumer_bus].T
    slack = CHARGES * max(1e-3, float(np.abs(charge).max(initial=0.0)))
    repeated: dict[str, tuple[Floats, float]] = {
        "closed": (plan.closed.astype(np.float64), 0.0),
        "price_eur": (step_h * plan.price_eur_per_kwh.T, 1e-9),
        "charge_eur": (charge, slack),
    }
    if plan.positions is not None:
        repeated["positions"] = plan.positions.astype(np.float64), 0.0
    for name, (true, abs_) in repeated.items():
        stated = result.arrays.get(name)
        if stated is None:
            continue
        if stated.shape != true.shape or not same_arrays(stated, true, rel=1e-9, abs_=abs_).all():
            yield f"warm.npz has another {name} than the tables"


def _topologies(result: StudyResult) -> Iterator[str]:
    """How many radial topologies there are; where their losses are kept, a row of them for each hour."""
    stated, losses = result.summary.get("topologies"), result.topologies.get("loss_kw")
    if stated is None and losses is None:
        return
    count = count_spanning_trees(result.network)
    if stated != count:
        yield f"summary.json states {stated} topologies, there are {count}"
    if losses is not None and losses.shape != (result.scenario.hours, count):
        yield "topologies.npz does not hold the losses of every topology in each hour"
