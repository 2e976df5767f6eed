"""``compare SCENARIO --roles``: the same scenario in one mode under every role of the operator, side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options
from p2pdnr.cli.solve import tell_shortcomings

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options

MOST_NAMED = 10
"""People who are named in a line; the others are counted."""


def run(arguments: argparse.Namespace, scenario: Scenario, solving: Options, target: Path) -> int:
    """Solve every role, print and write the table, then who gains and who loses by name; 1 when a result does not stand
    up. A role that cannot be planned is named on stderr."""
    from p2pdnr import study
    from p2pdnr.cli import progress, report
    from p2pdnr.cli.csv_rows import write_csv
    from p2pdnr.results import folder
    from p2pdnr.results.role_rows import role_row

    try:
        study.warm_up()
        found = study.compare_roles(
            scenario, solving, folder=arguments.scenario.parent, observe=progress.progress_line()
        )
    finally:
        progress.clear()
    results = found.results
    for role, result in results.items():
        folder.save(result, target / role)
    rows = [{"role": role, **role_row(result, results["welfare"])} for role, result in results.items()]
    write_csv(rows, target / "roles.csv")
    head = f"{scenario.name}, {solving.mode} topology"
    worse = [f"{role}: {line}" for role, item in results.items() for line in report.worse_off_lines(item.summary)]
    told = [head, *worse, report.table_text(rows), *people_lines(results), f"table in {target / 'roles.csv'}"]
    print("\n".join(told))
    for role, reason in found.missing.items():
        print(f"no row {role}: {reason}", file=sys.stderr)
    return max(tell_shortcomings(result.summary, role) for role, result in results.items())


def people_lines(results: Mapping[str, StudyResult]) -> Iterator[str]:
    """Who gains and who loses in every role, by name and EUR, against the tariff alone and against welfare."""
    from p2pdnr.results.role_rows import TARIFF, WELFARE, gains_and_losses

    words = {TARIFF: "the retailer's tariff alone", WELFARE: "the role welfare"}
    for role, result in results.items():
        for reference, said in words.items():
            if role == reference:
                continue
            people = gains_and_losses(result, results["welfare"], reference) or {}
            for verb, names in people.items():
                yield f"{role}: {verb} against {said}: {_listed(names)}"


def _listed(names: Mapping[str, float]) -> str:
    told = [f"{name} {eur:,.2f} EUR" for name, eur in names.items()]
    rest = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
    return ", ".join(told[:MOST_NAMED] + rest) or "nobody"


def refuse_mode_alone(arguments: argparse.Namespace) -> None:
    """Raise InputError for a mode without roles: the table of modes has all of them."""
    from p2pdnr.errors import InputError, Problem

    if arguments.mode is not None and not arguments.roles:
        remedy = "Add --roles, or leave it out: the table without roles has every mode"
        raise InputError([Problem("compare", "mode", (arguments.mode,), "is only used with --roles", remedy)])
    if arguments.roles and arguments.uncoordinated:
        remedy = "Ask for one after the other"
        raise InputError([Problem("compare", "roles", (), "has no rows of --uncoordinated", remedy)])


def target_of(arguments: argparse.Namespace) -> Path:
    """Where the results go: beside those of the modes unless told otherwise."""
    return arguments.out or options.default_folder(arguments.scenario, f"roles-{arguments.mode or 'hourly'}")
