"""The case about losses alone: feeders from the literature, one hour and a day, no market."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pandas as pd

import p2pdnr
from p2pdnr import Network
from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from scripts.docs.charts import bars
from scripts.docs.pages import ROOT, markdown

FEEDERS = ("case33bw", "cigre_mv", "mv_oberrhein", "case70da", "case118zh", "case136ma")
PROFILES = ("home", "office", "industry")
SWITCHING_EUR = 1.0


def losses() -> pd.DataFrame:
    """Initial and best radial topology for the stated loads, and initial, best fixed and hourly ones for a day."""
    return pd.DataFrame.from_dict({name: _feeder(name) for name in FEEDERS}, orient="index")


def _feeder(name: str) -> dict[str, Any]:
    network = _every_line_switchable(p2pdnr.read_network(name))
    found = p2pdnr.reconfigure(network)
    terms = OperatorTerms(np.full(network.n_lines, SWITCHING_EUR))
    day = plan_day(LoadCase(network, *working_day(network), terms))
    kwh = {mode: plan.loss_kw.sum() for mode in ("initial", "static", "hourly") if (plan := getattr(day, mode))}
    eur = {mode: plan.cost_eur for mode in ("initial", "static", "hourly") if (plan := getattr(day, mode))}
    return {
        "initial_loss_kw": found.initial_loss_kw,
        "loss_kw": found.loss_kw,
        "lower_bound_kw": found.lower_bound_kw,
        "proved": found.proved,
        "operations": len(found.operations or ()),
        **{f"{mode}_kwh": value for mode, value in kwh.items()},
        **{f"{mode}_eur": value for mode, value in eur.items()},
        "day_operations": int(day.hourly.operations.sum()),
        "exact": day.exact,
    }


def _every_line_switchable(network: Network) -> Network:
    """As the literature has it, whatever switches the file knows of; transformers stay as they are."""
    return network.with_(switchable=network.switchable | ~network.is_transformer)


def working_day(network: Network) -> tuple[Floats, Floats]:
    """(24, n) loads in kW and kvar of a summer day: the first third of the buses are homes, the second offices, the
    last industry, each with its highest hour at the load that the feeder states."""
    with (ROOT / "data" / "profiles" / "summer_day.csv").open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    kind = np.arange(network.n_buses) * len(PROFILES) // network.n_buses
    factors = np.array([[float(row[name]) for name in PROFILES] for row in rows])[:, kind]
    return factors * network.p_kw, factors * network.q_kvar


def losses_table(rows: pd.DataFrame) -> str:
    """The stated loads."""
    shown = [
        [
            str(name),
            f"{item['initial_loss_kw']:,.2f}",
            f"{item['loss_kw']:,.2f}",
            f"{100 * (1 - item['loss_kw'] / item['initial_loss_kw']):.1f} %",
            "none" if pd.isna(item["lower_bound_kw"]) else f"{item['lower_bound_kw']:,.2f}",
            "yes" if item["proved"] else "no",
            str(item["operations"]),
        ]
        for name, item in rows.iterrows()
    ]
    head = ["feeder", "initial loss, kW", "found, kW", "saved", "lower bound, kW", "proved least", "operations"]
    return markdown(head, shown)


def day_table(rows: pd.DataFrame) -> str:
    """The working day."""
    head = [
        "feeder",
        "initial, kWh",
        "best fixed, kWh",
        "hourly, kWh",
        "hourly saves, EUR",
        "operations",
        "best of all schedules",
    ]
    shown = [
        [
            str(name),
            *(f"{item[f'{mode}_kwh']:,.0f}" for mode in ("initial", "static", "hourly")),
            f"{item['static_eur'] - item['hourly_eur']:,.2f}",
            str(item["day_operations"]),
            "yes" if item["exact"] else "not proved",
        ]
        for name, item in rows.iterrows()
    ]
    return markdown(head, shown)


def losses_picture(rows: pd.DataFrame) -> str:
    """Losses as shares of those of the initial topology."""
    shares = list(100 * rows["loss_kw"] / rows["initial_loss_kw"])
    series = {"initial topology": [100.0] * len(shares), "topology found": shares}
    return bars(list(map(str, rows.index)), series, "loss, % of the initial topology's")
