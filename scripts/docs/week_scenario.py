"""The week of the cases, made from the default day and written to data/scenarios.

Feeder, prosumers and prices are those of the default day; the profiles are those of data/profiles/summer_week.csv, and
the tariff repeats every day.
"""

from __future__ import annotations

import csv

from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from scripts.docs.pages import ROOT, SCENARIOS

DAY, WEEK = SCENARIOS / "ieee33-solar.json", SCENARIOS / "ieee33-week.json"
PROFILES = ROOT / "data" / "profiles" / "summer_week.csv"
DESCRIPTION = (
    "Monday to Sunday of the cloudless week in June that the sunny day is taken from: the same feeder, prosumers and "
    "prices. Offices and workshops rest at the weekend, the sun does not, so that more of it has to leave the grid. "
    "Load is shifted within each day; batteries balance over the week, not over every day."
)


def week() -> Scenario:
    """The default day with the profiles of a week."""
    with PROFILES.open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    day = document.to_dict(document.load(DAY))
    profiles = {name: [float(row[name]) for row in rows] for name in day["profiles"]}
    tariff = {name: prices * (len(rows) // len(prices)) for name, prices in day["tariff"].items()}
    changed = {"name": "IEEE 33, sunny week", "description": DESCRIPTION, "profiles": profiles, "tariff": tariff}
    return document.from_dict(day | changed | {"flexible_window_h": 24})


def write() -> None:
    """Renew data/scenarios/ieee33-week.json."""
    document.save(week(), WEEK)
