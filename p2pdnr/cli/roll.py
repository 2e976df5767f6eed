"""``roll SCENARIO --every H``: a day as it is seen and as it comes, its switching or all of it planned anew."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.rolling import RolledDay


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``roll``."""
    parser.add_argument(
        "scenario", metavar="SCENARIO", type=Path, help="scenario file, or folder that a solve has written"
    )
    parser.add_argument(
        "--every", metavar="H", type=options.positive, default=1.0, help="hours between two plans (default 1)"
    )
    parser.add_argument("--seed", metavar="N", type=options.count, default=0, help="of the day that comes (default 0)")
    parser.add_argument("--exact-forecast", action="store_true", help="the day comes as forecast")
    parser.add_argument(
        "--market", action="store_true", help="plan market and batteries anew as well, not the switching alone"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--keep", metavar="DIR", type=options.place, help="result folder of the plan and the day, for check"
    )
    parser.add_argument("--out", metavar="FILE.csv", type=options.place, help="the plannings of the day as a table")


def run(arguments: argparse.Namespace) -> int:
    """Solve where needed, roll the day, and tell what came of it."""
    from p2pdnr.results import folder, rolled_file
    from p2pdnr.rolling import roll

    if arguments.keep:
        folder.refuse_foreign(arguments.keep)
    result = _result(arguments)
    every = max(1, round(arguments.every / result.scenario.step_h))
    asked = rolled_file.Asked(every, arguments.seed, arguments.exact_forecast)
    if arguments.market:
        from p2pdnr.rolling_market import roll_market

        found = roll_market(result, every, rolled_file.day_of(result, asked))
    else:
        found = roll(result, every, rolled_file.day_of(result, asked))
    if arguments.keep:
        folder.save(result, arguments.keep)
        rolled_file.save(found.as_dict(), asked, arguments.keep)
    if arguments.out:
        from p2pdnr.cli.csv_rows import write_csv

        write_csv([turn.as_dict() for turn in found.turns], arguments.out)
    print(json.dumps(found.as_dict()) if arguments.json else text(found))
    return 0


def _result(arguments: argparse.Namespace) -> StudyResult:
    from p2pdnr.results import folder

    if arguments.scenario.is_dir():
        return folder.load(arguments.scenario)
    scenario = options.read_scenario(arguments.scenario)
    from p2pdnr import study

    return study.run(scenario, folder=arguments.scenario.parent)


def text(found: RolledDay) -> str:
    """A row for every planning, and the day beside the plan made once and perfect foresight."""
    from p2pdnr.cli import reconfigure_text

    steps = [] if found.positions is None else ["steps"]
    head = ("before step", "expected for the rest EUR", "came EUR", "operations", *steps, "balanced kWh")
    rows = [
        (
            str(t.step), f"{t.seen_eur:,.2f}", f"{t.came_eur:,.2f}", str(t.operations),
            *([str(t.lever_steps)] if steps else []), f"{t.balanced_kwh:,.1f}",
        )
        for t in found.turns
    ]  # fmt: skip
    best = "" if found.proved else ", not proved to be the best"
    weighed = ["losses", "violations", *(["energy not supplied"] if found.weighs_outages else []), "switching", *steps]
    what = f"{', '.join(weighed[:-1])} and {weighed[-1]}" if found.market is None else "all costs"
    beyond = "in all three" if found.market is None else "as rolled"
    return "\n".join(
        [
            *reconfigure_text.table([head, *rows]),
            "",
            f"{what}: {found.rolled_eur:,.2f} EUR as rolled, {found.once_eur:,.2f} EUR with "
            f"the plan made once, {found.foresight_eur:,.2f} EUR with the day known{best}",
            f"retailers balance the day for {found.balancing_eur:,.2f} EUR beyond the plan, {beyond}",
        ]
    )
