"""``export RESULT_DIR``: a result for other programmes."""

from __future__ import annotations

import argparse
from pathlib import Path

from p2pdnr.errors import Problem, ResultError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``export``."""
    parser.add_argument("result", metavar="RESULT_DIR", type=Path, help="folder that a solve has written")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--pandapower", nargs=2, metavar=("HOUR", "FILE"), help="one hour as pandapower JSON")
    form.add_argument(
        "--csv", type=Path, metavar="FILE.zip", help="all tables as CSV files that are safe in spreadsheets"
    )
    form.add_argument("--gif", type=Path, metavar="FILE", help="the day as a moving picture (needs pillow)")


def run(arguments: argparse.Namespace) -> int:
    """Write the file that is asked for."""
    from p2pdnr.figures.animation import animate
    from p2pdnr.results import exports, folder
    from p2pdnr.results.payload import payload

    target = Path(arguments.pandapower[1]) if arguments.pandapower else arguments.csv or arguments.gif
    hour = _hour(arguments.pandapower[0]) if arguments.pandapower else 0
    result = folder.load(arguments.result)
    try:
        if arguments.pandapower:
            exports.write_pandapower(result, hour, target)
        elif arguments.csv:
            exports.write_csv_zip(result, target)
        else:
            animate(payload(result), target)
    except OSError as error:
        message = f"cannot be written ({error.strerror or error})"
        raise ResultError([Problem("file", "", (str(target),), message, "Choose a file that may be written")]) from None
    print(f"wrote {target}")
    return 0


def _hour(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ResultError([Problem("result", "hour", (text,), "is not a whole number", "Hours count from 0")]) from None
