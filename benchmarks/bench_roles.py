"""Ten days with hourly switching: the agreed plan (welfare) against an operator that validates and curtails.

    PYTHONPATH=. python benchmarks/bench_roles.py [--only "default"]

Every day is a stored one with some numbers changed. A share is of what validate costs in all; where income and costs
nearly cancel that is large, so that the share of all cost parts without their signs stands beside it. A search that
misses a schedule may leave welfare above validate: then the difference is below zero, and said so. The table of all
days goes to docs/benchmarks/roles.md; it takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks._tables import shown, table
from p2pdnr import study
from p2pdnr.results.claims import FAILS, named
from p2pdnr.scenario import document, patch, variation
from p2pdnr.scenario.schema import Scenario

SCENARIOS = Path(__file__).resolve().parent.parent / "data" / "scenarios"
HEAD = ("day", "validate EUR", "welfare EUR", "difference", "of the total", "of all parts", "curtailed kWh, validate",
        "welfare", "shed kWh", "violations EUR, validate", "welfare", "does not hold")  # fmt: skip
NOTE = (
    "Difference: what validate costs in all less what welfare costs, as a share of the total of validate, and of"
    " its cost parts without their signs. Load that is shed costs 10 EUR per kWh, which is most of the difference"
    " where any is. Vehicles: seven car parks of 40 kW that charge from 17 to 3 o'clock, 60 % of it free to be"
    " moved, on the quiet winter day with less of the feeder's own loads (0.6; with the day's own 0.7 validate must"
    " shed 212 kWh, welfare none). Line limits: all limits of the day times the number. At 0.75 times the feeder is"
    " overloaded: validate sheds 472 kWh, welfare serves all but breaks limits for 2,109 EUR, 38 % less in all."
)
VEHICLES = {"Supermarket": 7, "Row houses N": 12, "Solar park": 16, "Cold store": 21, "Bus depot": 25, "Hotel": 28,
            "Row houses S": 32}  # fmt: skip
"""Beside whom a car park lies, and at which bus."""
PLUGGED_IN = (0.3, 0.2, 0.1, *(0.0,) * 14, 0.5, 0.8, 1.0, 1.0, 0.9, 0.7, 0.5)

DAYS: Mapping[str, Mapping[str, float]] = {
    "default, sunny": {},
    "cloudy": {"pv_kw": 0.4},
    "hardly any sun": {"pv_kw": 0.1, "network.background_scale": 0.6},
    "winter evening with vehicles": {"network.background_scale": 0.6},
    "many batteries, 4 times": {
        "battery.capacity_kwh": 4.0,
        "battery.power_kw": 4.0,
        "battery.initial_kwh": 4.0,
    },
    "few batteries, a quarter": {
        "battery.initial_kwh": 0.25,
        "battery.capacity_kwh": 0.25,
        "battery.power_kw": 0.25,
    },
    "tight line limits, 0.8 times": {},
    "loose line limits, 2 times": {},
    "upper voltage limit 1.04": {"network.vm_max_pu": 1.04},
    "surplus (stored)": {},
}
"""Name of a day -> what is changed, as ``sweep`` takes it."""
BASE = {"winter evening with vehicles": "ieee33-quiet", "surplus (stored)": "ieee33-surplus"}
LINE_LIMITS = {"tight line limits, 0.8 times": 0.8, "loose line limits, 2 times": 2.0}


def day(name: str) -> Scenario:
    """The scenario of a day of the table."""
    scenario = document.load(SCENARIOS / f"{BASE.get(name, 'ieee33-solar')}.json")
    changed = _line_limits(scenario, LINE_LIMITS[name]) if name in LINE_LIMITS else {}
    changed |= _vehicles() if "vehicles" in name else {}
    return variation.vary_all(patch.apply(scenario, changed), DAYS[name])


def _line_limits(scenario: Scenario, factor: float) -> dict[str, Any]:
    """The patch that multiplies the limits of all lines."""
    common_a, own_a = scenario.network.line_limit_a or 0.0, scenario.network.line_limits_a
    limits_a = {str(line): factor * limit_a for line, limit_a in own_a.items()}
    return {"network": {"line_limit_a": factor * common_a, "line_limits_a": limits_a}}


def _vehicles() -> dict[str, Any]:
    """The patch that brings the car parks."""
    parks = {
        f"Cars at {near}": {"bus": bus, "load_kw": 40.0, "load_profile": "vehicles", "flexible_share": 0.6,
                          "discomfort_eur_per_kw2h": 0.001}
        for near, bus in VEHICLES.items()
    }  # fmt: skip
    return {"profiles": {"vehicles": list(PLUGGED_IN)}, "prosumers": parks}


def row(name: str) -> list[str]:
    """One line of the table."""
    validate, welfare = (
        study.run(day(name), study.Options(role=role), folder=SCENARIOS).summary  # type: ignore[arg-type]
        for role in ("validate", "welfare")
    )
    saved = validate["objective_eur"] - welfare["objective_eur"]
    parts = sum(abs(value) for value in validate["costs_eur"].values())
    failing = [item for told in (validate, welfare) for item in named(told["certificates"], FAILS)]
    cells = [f"{item['objective_eur']:.2f}" for item in (validate, welfare)]
    shares = [f"{saved / max(1.0, abs(validate['objective_eur'])):.2%}", f"{saved / max(1.0, parts):.2%}"]
    curtailed = [f"{abs(item['curtailed_kwh']):.0f}" for item in (validate, welfare)]
    broken = [f"{abs(item['costs_eur']['violations']):.2f}" for item in (validate, welfare)]
    return [name, *cells, f"{saved:.2f}", *shares, *curtailed, f"{validate['role']['shed_kwh']:.1f}", *broken,
            ", ".join(failing) or "-"]  # fmt: skip


def main() -> None:
    """Solve every day in both roles, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(DAYS))
    arguments = parser.parse_args()
    study.warm_up()
    rows: list[Sequence[str]] = [HEAD]
    for name in [arguments.only] if arguments.only else DAYS:
        rows.append(shown(row(name)))
    table("roles", "Ten days, hourly switching: welfare against validate", rows, kept=not arguments.only, note=NOTE)


if __name__ == "__main__":
    main()
