"""The table of results in README.md, from data/results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scripts.docs.pages import RESULTS, ROOT, fill, markdown

MODES = {
    "fixed-no-p2p": "initial topology, no trading",
    "fixed": "initial topology",
    "static": "best fixed topology",
    "hourly": "hourly topology",
}
ROWS: dict[str, Callable[[dict[str, Any]], str]] = {
    "total cost, EUR": lambda s: f"{s['objective_eur']:,.0f}",
    "of it losses": lambda s: f"{s['costs_eur']['losses']:,.0f}",
    "of it violations": lambda s: f"{s['costs_eur']['violations']:,.0f}",
    "of it switching": lambda s: f"{s['costs_eur']['switching']:,.0f}",
    "PV curtailed, kWh": lambda s: f"{s['curtailed_kwh']:,.0f}",
    "losses, kWh": lambda s: f"{s['losses_kwh']:,.0f}",
    "voltage, p.u.": lambda s: f"{s['vm_min_pu']:.3f} to {s['vm_max_pu']:.3f}",
    "switching operations": lambda s: str(s["operations"]),
}


def table() -> str:
    """The table as Markdown."""
    summaries = [summary(mode) for mode in MODES]
    return markdown(["", *MODES.values()], [[name, *map(show, summaries)] for name, show in ROWS.items()])


def summary(mode: str) -> dict[str, Any]:
    """The summary of a mode of the default day."""
    text = (RESULTS / f"ieee33-solar-{mode}" / "summary.json").read_text(encoding="utf8")
    found: dict[str, Any] = json.loads(text)
    return found


def write() -> None:
    """Renew the table in README.md."""
    fill(ROOT / "README.md", table())
