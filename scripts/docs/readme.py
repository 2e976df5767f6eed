"""The table of results in README.md, from data/results, and the figures that all tables of modes show."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from p2pdnr.results.summary import comparison_row
from scripts.docs.pages import RESULTS, ROOT, fill, markdown

MODES = {
    "fixed-no-p2p": "initial topology, no trading",
    "fixed": "initial topology",
    "static": "best fixed topology",
    "hourly": "hourly topology",
}
FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "total cost, EUR": lambda row: f"{row['objective_eur']:,.0f}",
    "of it losses": lambda row: f"{row['losses_eur']:,.0f}",
    "of it violations": lambda row: f"{row['violations_eur']:,.0f}",
    "of it switching": lambda row: f"{row['switching_eur']:,.0f}",
    "PV curtailed, kWh": lambda row: f"{abs(row['curtailed_kwh']):,.0f}",
    "losses, kWh": lambda row: f"{row['losses_kwh']:,.0f}",
    "voltage, p.u.": lambda row: f"{row['vm_min_pu']:.3f} to {row['vm_max_pu']:.3f}",
    "switching operations": lambda row: f"{row['operations']:.0f}",
}

OF_PEOPLE: dict[str, Callable[[pd.DataFrame], str]] = {
    "network charges collected, EUR": lambda bills: f"{bills['network_eur'].sum():,.0f}",
    "pay more than the tariff without charges": lambda bills: f"{(_excess(bills) > CENT).sum()} of {len(bills)}",
    "the most above it, EUR": lambda bills: f"{_excess(bills).max():,.0f}" if _excess(bills).max() > CENT else "-",
}
"""Figures of the prosumers' bills."""

CENT = 0.01


def _excess(bills: pd.DataFrame) -> pd.Series[float]:
    """What each prosumer pays beyond the retailer's tariff without trading and without network charges, EUR."""
    return bills["total_eur"] - bills["retail_only_uncharged_eur"]


def table() -> str:
    """The table as Markdown."""
    rows, bills = [stored(mode) for mode in MODES], [stored_bills(mode) for mode in MODES]
    shown = [[name, *map(show, rows)] for name, show in FIGURES.items()]
    return markdown(["", *MODES.values()], shown + [[name, *map(show, bills)] for name, show in OF_PEOPLE.items()])


def stored_bills(mode: str) -> pd.DataFrame:
    """The bills of a mode of the default day, from data/results."""
    return pd.read_csv(RESULTS / f"ieee33-solar-{mode}" / "bills.csv")


def stored(mode: str) -> dict[str, Any]:
    """The row of a mode of the default day, from data/results."""
    text = (RESULTS / f"ieee33-solar-{mode}" / "summary.json").read_text(encoding="utf8")
    return comparison_row(json.loads(text))


def write() -> None:
    """Renew the table in README.md."""
    fill(ROOT / "README.md", table())
