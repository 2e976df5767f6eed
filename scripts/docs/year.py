"""The case of a year: what hourly, daily, weekly, seasonal and a single switching save.

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

FEEDERS = ("case33bw",)
OPERATION_EUR = 1.0
"""Of one operation: the wear of a remote switch."""
HOURS = 8760


def load_case(name: str, rows: int = HOURS, step_h: float = 1.0, operation_eur: float = OPERATION_EUR) -> LoadCase:
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
    """A row for every feeder and plan, each in a process of its own, so that memory is too."""
    told = [line for name in FEEDERS for at in NAMES for line in _in_a_process(name, at)]
    rows = pd.DataFrame([line.split(",") for line in told], columns=["row", *FIGURES])
    return rows.set_index("row").astype(dict.fromkeys(FIGURES, float))


def _in_a_process(name: str, at: str) -> list[str]:
    command = [sys.executable, "-m", "scripts.docs.year", name, at]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT).stdout.splitlines()


_ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ("initial_eur", "initial_kwh", "saves_eur", "losses_kwh", "operations", "proved")


def plan(name: str, at: str) -> str:
    """The row of one feeder and one plan, as text."""
    found = plan_horizon(load_case(name), (at,))
    own, before = found.plans[at], found.day.initial
    assert before is not None
    figures = (before.cost_eur, before.loss_kw.sum(), before.cost_eur - own.cost_eur, own.loss_kw.sum())
    return f"{name} {at},{','.join(f'{value:.2f}' for value in figures)},{own.operations.sum()},{int(found.proved[at])}"


def year_table(feeder: str, rows: pd.DataFrame) -> str:
    """What every plan of a feeder saves, and its operations."""
    head = ["switched", "saves, EUR", "of the cost before", "losses, MWh", "operations", "cheapest of all"]
    return markdown(head, [[at, *_cells(rows.loc[f"{feeder} {at}"])] for at in NAMES])


def _cells(row: pd.Series) -> list[str]:
    share, proved = row["saves_eur"] / row["initial_eur"], "proved" if row["proved"] else "of a pool"
    losses = f"{row['losses_kwh'] / 1e3:,.1f}"
    return [f"{row['saves_eur']:,.0f}", f"{share:.2%}", losses, f"{row['operations']:,.0f}", proved]


def year_picture(rows: pd.DataFrame) -> str:
    """Of what hourly switching saves, the share that the others save, against the operations of the year."""
    series = {}
    for feeder in FEEDERS:
        part = [rows.loc[f"{feeder} {at}"] for at in NAMES]
        most = max(row["saves_eur"] for row in part)
        series[feeder] = sorted((row["operations"], 100.0 * row["saves_eur"] / most) for row in part)
    return points(series, "% of the most that is saved", "operations in the year")


if __name__ == "__main__":
    print(plan(sys.argv[1], sys.argv[2]))
