"""The table of results in README.md, from data/results: python scripts/readme_table.py writes it between its marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- results -->", "<!-- end of results -->"
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
    summaries = [
        json.loads((ROOT / "data" / "results" / f"ieee33-solar-{mode}" / "summary.json").read_text(encoding="utf8"))
        for mode in MODES
    ]
    head = ["| | " + " | ".join(MODES.values()) + " |", "|---|" + "---:|" * len(MODES)]
    return "\n".join(head + [f"| {name} | {' | '.join(map(show, summaries))} |" for name, show in ROWS.items()])


def filled(text: str, content: str) -> str:
    """``text`` with a table between its marks."""
    before, rest = text.split(START)
    return f"{before}{START}\n{content}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the table into README.md."""
    path = ROOT / "README.md"
    path.write_text(filled(path.read_text(encoding="utf8"), table()), encoding="utf8")


if __name__ == "__main__":
    main()
