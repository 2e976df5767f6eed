"""The week of the cases, made from the default day: python scripts/week_scenario.py writes it to data/scenarios.

Feeder, prosumers and prices are those of the default day; the profiles are those of data/profiles/summer_week.csv, and
the tariff repeats every day.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from p2pdnr.scenario import document  # noqa: E402
from p2pdnr.scenario.schema import Scenario  # noqa: E402

DAY, WEEK = (ROOT / "data" / "scenarios" / f"ieee33-{name}.json" for name in ("solar", "week"))
PROFILES = ROOT / "data" / "profiles" / "summer_week.csv"
DESCRIPTION = (
    "Monday to Sunday of the cloudless week in June that the sunny day is taken from: the same feeder, prosumers and "
    "prices. Offices and workshops rest at the weekend, the sun does not, so that more of it has to leave the grid. "
    "Batteries and shifted load balance over the week, not over every day."
)


def week() -> Scenario:
    """The default day with the profiles of a week."""
    with PROFILES.open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    day = document.to_dict(document.load(DAY))
    profiles = {name: [float(row[name]) for row in rows] for name in day["profiles"]}
    tariff = {name: prices * (len(rows) // len(prices)) for name, prices in day["tariff"].items()}
    changed = {"name": "IEEE 33, sunny week", "description": DESCRIPTION, "profiles": profiles, "tariff": tariff}
    return document.from_dict(day | changed)


if __name__ == "__main__":
    document.save(week(), WEEK)
    print(WEEK.relative_to(ROOT))
