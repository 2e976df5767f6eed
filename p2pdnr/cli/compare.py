"""``compare SCENARIO``: the same scenario in every mode, or in every role of the operator, side by side."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import compare_roles, options
from p2pdnr.cli.csv_rows import write_csv
from p2pdnr.cli.solve import tell_shortcomings

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options

MODES = ("fixed", "static", "hourly")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``compare``."""
    options.add_scenario(parser)
    options.add_solving(parser)
    options.add_stress(parser)
    parser.add_argument(
        "--uncoordinated",
        action="store_true",
        help="add rows in which trading takes no notice of the grid, and the grid takes trading as it is",
    )
    parser.add_argument(
        "--roles",
        action="store_true",
        help="every role of the operator in one mode, instead of every mode, and who gains and who loses by name",
    )
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), help="of --roles: the mode (default hourly)")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=options.place,
        help="folder for compare.csv or roles.csv and a result folder per row (default results/SCENARIO-compare, with "
        "--roles SCENARIO-roles-MODE)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Solve every mode or role, print and write the table; 1 when one of them does not stand up."""
    compare_roles.refuse_mode_alone(arguments)
    scenario = options.read_scenario(arguments.scenario)
    solving = _options(arguments)
    if arguments.roles:
        return compare_roles.run(arguments, scenario, solving, compare_roles.target_of(arguments))
    return _modes(arguments, scenario, solving)


def _modes(arguments: argparse.Namespace, scenario: Scenario, solving: Options) -> int:
    target = arguments.out or options.default_folder(arguments.scenario, "compare")
    from p2pdnr import study
    from p2pdnr.cli import progress, report
    from p2pdnr.results import folder
    from p2pdnr.results.summary import comparison_row

    try:
        study.warm_up()  # imports, and kernels that are compiled once, are not part of the solve
        results = study.compare(scenario, solving, folder=arguments.scenario.parent, observe=progress.progress_line())
        if arguments.uncoordinated:
            results |= _uncoordinated(scenario, solving, arguments.scenario.parent)
    finally:
        progress.clear()
    for mode, result in results.items():
        folder.save(result, target / mode)
    rows = [{"mode": mode, **comparison_row(result.summary)} for mode, result in results.items()]
    write_csv(rows, target / "compare.csv")
    people = [f"{mode}: {line}" for mode, result in results.items() for line in report.worse_off_lines(result.summary)]
    told = [scenario.name, *people, report.table_text(rows), f"table in {target / 'compare.csv'}"]
    print("\n".join(told))
    for mode, result in results.items():
        if result.stress is not None:
            print(f"\n{mode}\n{report.stress_text(result.summary['stress'])}")
    return max(tell_shortcomings(result.summary, mode) for mode, result in results.items())


def _options(arguments: argparse.Namespace) -> Options:
    from p2pdnr.study import Options

    return Options(
        mode=arguments.mode or "hourly",
        **arguments.tolerance,
        time_limit_s=arguments.time_limit,
        seed=arguments.seed,
        stress_days=arguments.stress,
        free_market=True,
    )


def _uncoordinated(scenario: Scenario, solving: Options, folder: Path) -> dict[str, StudyResult]:
    """Results by the names of their rows; says which row is missing because no topology carries the
    unconstrained injections."""
    from p2pdnr import study

    found = study.uncoordinated(scenario, solving, folder=folder)
    for mode in MODES:
        if mode not in found:
            message = "its topologies do not carry what the market agreed on"
            print(f"no row uncoordinated-{mode}: {message}", file=sys.stderr)
    return {f"uncoordinated-{mode}": result for mode, result in found.items()}
