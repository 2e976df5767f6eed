"""``export RESULT_DIR``: a result for other programmes."""

from __future__ import annotations

import argparse
from pathlib import Path

from p2pdnr.cli import options
from p2pdnr.errors import Problem, ResultError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``export``."""
    parser.add_argument("result", metavar="RESULT_DIR", type=options.place, help="folder that a solve has written")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--pandapower", nargs=2, metavar=("HOUR", "FILE"), help="one hour as pandapower JSON")
    form.add_argument(
        "--csv", type=options.place, metavar="FILE.zip", help="all tables as CSV files that are safe in spreadsheets"
    )
    form.add_argument("--gif", type=options.place, metavar="FILE", help="the day as a moving picture (needs pillow)")


def run(arguments: argparse.Namespace) -> int:
    """Write the file that is asked for."""
    from p2pdnr.figures.animation import animate
    from p2pdnr.results import exports, folder
    from p2pdnr.results.payload import payload

    target = _place(arguments.pandapower[1]) if arguments.pandapower else arguments.csv or arguments.gif
    hour = _hour(arguments.pandapower[0]) if arguments.pandapower else 0
    result = folder.load(arguments.result)
    with options.writing(target):
        if arguments.pandapower:
            exports.write_pandapower(result, hour, target)
        elif arguments.csv:
            exports.write_csv_zip(result, target)
        else:
            animate(payload(result), target)
    print(f"wrote {target}")
    return 0


def _place(text: str) -> Path:
    try:
        return options.place(text)
    except argparse.ArgumentTypeError as error:
        raise ResultError([Problem("file", "", (text[:60],), str(error), "Choose another name")]) from None


def _hour(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ResultError([Problem("result", "hour", (text,), "is not a whole number", "Hours count from 0")]) from None
