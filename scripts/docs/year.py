"""The case of a year: what hourly, daily, weekly, seasonal and a single switching save, on two feeders.

The loads are made here: three kinds of curves over the buses with noise of each bus, feed-in at three buses by day and
season (docs/benchmarks/horizons.md measures plans of the same loads).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from p2pdnr.network import readers
from p2pdnr.reconfiguration.horizon.switching_times import NAMES
from p2pdnr.reconfiguration.planning.long_horizon import plan_horizon
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from scripts.docs.charts import points
from scripts.docs.pages import markdown

FEEDERS = ("case33bw", "case118zh")
OPERATION_EUR = (0.05, 1.0, 20.0)
"""Prices of an operation that are looked at: nearly nothing, wear of a remote switch, somebody who drives there."""
HOURS = 8760


def load_case(name: str, rows: int = HOURS, step_h: float = 1.0, operation_eur: float = 0.05) -> LoadCase:
    """A year of a built-in feeder, or a part of it."""
    network = readers.read(name, None)
    random, n = np.random.default_rng(1), network.n_buses
    hour = np.arange(rows)[:, None] * step_h
    kinds = np.array([9.0, 14.0, 19.0])[np.arange(n) % 3]
    day = 0.7 + 0.4 * np.cos((hour - kinds) / 12.0 * np.pi)
    season = 1.0 + 0.2 * np.cos(hour / 8760.0 * 2.0 * np.pi)
    factor = np.clip(day * season * random.uniform(0.8, 1.2, (rows, n)), 0.05, None)
    load_kw, load_kvar = factor * network.p_kw, factor * network.q_kvar
    sun = np.clip(np.cos((hour - 13.0) / 12.0 * np.pi), 0.0, None) * (0.6 - 0.4 * np.cos(hour / 8760.0 * 2.0 * np.pi))
    load_kw[:, [10, 20, 28]] -= 900.0 * sun * random.uniform(0.2, 1.0, (rows, 1))
    return LoadCase(network, load_kw, load_kvar, OperatorTerms(np.full(network.n_lines, operation_eur), step_h=step_h))


def year() -> pd.DataFrame:
    """A row for every feeder, price and plan, each feeder and price in a process of its own, so that memory is too."""
    parts = []
    for name in FEEDERS:
        for price in OPERATION_EUR:
            command = [sys.executable, "-m", "scripts.docs.year", name, str(price)]
            told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT).stdout
            parts.append(pd.DataFrame([line.split(",") for line in told.splitlines()], columns=["row", *FIGURES]))
    return pd.concat(parts).set_index("row").astype(dict.fromkeys(FIGURES, float))


_ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ("initial_eur", "initial_kwh", "saves_eur", "losses_kwh", "operations", "proved")


def plans(name: str, operation_eur: float) -> list[str]:
    """Rows of one feeder and one price, as text."""
    case = load_case(name, operation_eur=operation_eur)
    found = plan_horizon(case, NAMES)
    assert found.day.initial is not None
    start_eur, start_kwh = found.day.initial.cost_eur, float(found.day.initial.loss_kw.sum())
    return [
        f"{name} {operation_eur:g} {at},{start_eur:.2f},{start_kwh:.1f},{start_eur - plan.cost_eur:.2f},"
        f"{plan.loss_kw.sum():.1f},{int(plan.operations.sum())},{int(found.proved[at])}"
        for at, plan in found.plans.items()
    ]


def year_table(feeder: str, rows: pd.DataFrame) -> str:
    """Savings and operations of every plan of a feeder, a column for each price."""
    head = ["switched", *(f"{price:g} EUR an operation" for price in OPERATION_EUR)]
    body = [[at, *(_cell(rows.loc[f"{feeder} {price:g} {at}"]) for price in OPERATION_EUR)] for at in NAMES]
    return markdown(head, body)


def _cell(row: pd.Series) -> str:
    share = row["saves_eur"] / row["initial_eur"]
    told = "" if row["proved"] else ", not proved"
    return f"{row['saves_eur']:,.0f} EUR ({share:.1%}), {row['operations']:,.0f} operations{told}"


def year_picture(rows: pd.DataFrame) -> str:
    """What is saved of the initial topology's cost against the operations of the year."""
    series = {}
    for feeder in FEEDERS:
        for price in OPERATION_EUR[:2]:
            part = [rows.loc[f"{feeder} {price:g} {at}"] for at in NAMES]
            places = [(row["operations"], 100.0 * row["saves_eur"] / row["initial_eur"]) for row in part]
            series[f"{feeder}, {price:g} EUR"] = sorted(places)
    return points(series, "% of the initial topology's cost", "operations in the year")


if __name__ == "__main__":
    print("\n".join(plans(sys.argv[1], float(sys.argv[2]))))
