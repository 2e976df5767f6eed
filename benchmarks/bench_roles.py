"""Ten days with hourly switching: the agreed plan (welfare) against an operator that validates and curtails.

    PYTHONPATH=. python benchmarks/bench_roles.py [--only "default"]

Every day is the default one with some numbers changed. A share is of what validate costs in all; where income and costs
nearly cancel that is large, so that the share of all cost parts without their signs stands beside it. A search that
misses a schedule may leave welfare above validate: then the difference is below zero, and said so. The table of all
days goes to docs/benchmarks/roles.md; it takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._tables import shown, table
from p2pdnr import study
from p2pdnr.results.claims import FAILS, named
from p2pdnr.scenario import document, variation

SCENARIOS = Path(__file__).resolve().parent.parent / "data" / "scenarios"
HEAD = ("day", "validate EUR", "welfare EUR", "difference", "of the total", "of all parts", "curtailed kWh, validate",
        "welfare", "shed kWh", "violations EUR, welfare", "does not hold")  # fmt: skip

DAYS: Mapping[str, Mapping[str, float]] = {
    "default": {},
    "hardly any sun": {"pv_kw": 0.1, "network.background_scale": 0.6},
    "cloudy": {"pv_kw": 0.4},
    "1.3 times the PV, full own loads": {"pv_kw": 1.3, "network.background_scale": 1.0},
    "1.5 times the PV": {"pv_kw": 1.5},
    "twice the PV": {"pv_kw": 2.0},
    "1.6 times the PV, full own loads": {"pv_kw": 1.6, "network.background_scale": 1.0},
    "upper voltage limit 1.04": {"network.vm_max_pu": 1.04},
    "few batteries": {"battery.capacity_kwh": 0.25, "battery.power_kw": 0.25},
    "many batteries": {"battery.capacity_kwh": 4.0, "battery.power_kw": 4.0},
}
"""Name of a day -> what is changed, as ``sweep`` takes it."""


def row(name: str) -> list[str]:
    """One line of the table."""
    day = variation.vary_all(document.load(SCENARIOS / "ieee33-solar.json"), DAYS[name])
    validate, welfare = (
        study.run(day, study.Options(role=role), folder=SCENARIOS).summary  # type: ignore[arg-type]
        for role in ("validate", "welfare")
    )
    saved = validate["objective_eur"] - welfare["objective_eur"]
    parts = sum(abs(value) for value in validate["costs_eur"].values())
    failing = [name for told in (validate, welfare) for name in named(told["certificates"], FAILS)]
    cells = [f"{item['objective_eur']:.2f}" for item in (validate, welfare)]
    shares = [f"{saved / max(1.0, abs(validate['objective_eur'])):.2%}", f"{saved / max(1.0, parts):.2%}"]
    curtailed = [f"{item['curtailed_kwh']:.0f}" for item in (validate, welfare)]
    broken = f"{welfare['costs_eur']['violations']:.2f}"
    return [name, *cells, f"{saved:.2f}", *shares, *curtailed, f"{validate['role']['shed_kwh']:.1f}", broken,
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
    table("roles", "Ten days, hourly switching: welfare against validate", rows, kept=not arguments.only)


if __name__ == "__main__":
    main()
