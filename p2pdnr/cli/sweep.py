"""``sweep SCENARIO --vary path=from:to:n``: the same scenario over and over with values varied, one row each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options
from p2pdnr.cli.csv_rows import write_csv
from p2pdnr.cli.solve import tell_shortcomings

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.scenario.variation import Variation
    from p2pdnr.study import Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``sweep``."""
    options.add_scenario(parser)
    parser.add_argument(
        "--vary",
        metavar="PATH=FROM:TO:N",
        action="append",
        required=True,
        help="N values of PATH; several give all combinations. A field of all prosumers (pv_kw) or a list is "
        "multiplied, any other number (dso.switching_cost_eur, prosumers.P1.pv_kw) is set",
    )
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), default="hourly", help="default hourly")
    options.add_solving(parser)
    options.add_backend(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=options.place, help="folder for sweep.csv (default results/SCENARIO-sweep)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Solve every combination, print and write the table; 1 when one of them does not stand up."""
    from p2pdnr.scenario import variation

    target = (arguments.out or options.default_folder(arguments.scenario, "sweep")) / "sweep.csv"
    scenario = options.read_scenario(arguments.scenario)
    combinations = _combinations([variation.parse(text) for text in arguments.vary])
    # All are made before the first is solved: a slip in the last value costs no waiting.
    scenarios = [variation.vary_all(scenario, settings) for settings in combinations]
    from p2pdnr import study
    from p2pdnr.cli import report
    from p2pdnr.results.summary import comparison_row

    solving = study.Options(
        mode=arguments.mode, **arguments.tolerance, time_limit_s=arguments.time_limit, seed=arguments.seed
    )
    rows, status = [], 0
    with options.dask_backend(arguments) or nullcontext() as backend:
        work = partial(_summary, solving, arguments.scenario.parent.resolve())
        summaries = map(work, scenarios) if backend is None else backend.each(work, scenarios)
        for number, (settings, summary) in enumerate(zip(combinations, summaries, strict=True), 1):
            print(f"{number}/{len(scenarios)} {settings}", file=sys.stderr)
            rows.append({**settings, **comparison_row(summary)})
            status = max(status, tell_shortcomings(summary, str(settings)))
            write_csv(rows, target)
    print(f"{scenario.name}\n{report.table_text(rows)}\ntable in {target}")
    return status


def _summary(solving: Options, folder: Path, scenario: Scenario) -> dict[str, Any]:
    """One scenario's summary; what a cluster's worker does."""
    from p2pdnr import study

    return study.run(scenario, solving, folder=folder).summary


def _combinations(variations: Sequence[Variation]) -> list[dict[str, float]]:
    """Every combination of the values, the last path varying fastest."""
    paths = [item.path for item in variations]
    return [dict(zip(paths, values, strict=True)) for values in product(*(item.values for item in variations))]
