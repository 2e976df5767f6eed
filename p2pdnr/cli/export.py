"""``export RESULT_DIR``: a result for other programmes."""

from __future__ import annotations

import argparse
from pathlib import Path

from p2pdnr.cli import options
from p2pdnr.errors import Problem, ResultError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``export``."""
    parser.add_argument(
        "result", metavar="RESULT_DIR", nargs="?", type=options.place, help="folder that a solve has written"
    )
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--pandapower", nargs=2, metavar=("HOUR", "FILE"), help="one hour as pandapower JSON")
    form.add_argument(
        "--csv", type=options.place, metavar="FILE.zip", help="all tables as CSV files that are safe in spreadsheets"
    )
    form.add_argument("--gif", type=options.place, metavar="FILE", help="the day as a moving picture (needs pillow)")
    form.add_argument(
        "--page",
        type=options.place,
        metavar="FILE.html",
        help="the page with this day as one file, without a server",
    )
    form.add_argument(
        "--lessons",
        type=options.place,
        metavar="DIR",
        help="the lessons as such files, without RESULT_DIR; two of them are solved first",
    )
    parser.add_argument(
        "--beside",
        nargs="+",
        type=options.place,
        default=(),
        metavar="RESULT_DIR",
        help="with --page: results of the same scenario in other modes, to stand beside this one",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file that is asked for."""
    if arguments.beside and not arguments.page:
        raise ResultError([Problem("option", "--beside", (), "is used by --page alone", "Add --page, or leave it out")])
    if arguments.lessons:
        return _lessons(arguments.lessons)
    if arguments.result is None:
        raise ResultError([Problem("option", "RESULT_DIR", (), "is missing", "Name a folder that a solve has written")])
    if arguments.page:
        return _page(arguments)
    return _tables(arguments)


def _page(arguments: argparse.Namespace) -> int:
    from p2pdnr.dashboard import days, one_file

    results = [days.from_folder(folder) for folder in (arguments.result, *arguments.beside)]
    text = one_file.written(days.together(results))
    with options.writing(arguments.page):
        arguments.page.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {arguments.page} ({len(text.encode()) / 1e6:.1f} MB)")
    return 0


def _lessons(target: Path) -> int:
    from p2pdnr.cli.lesson_days import solved
    from p2pdnr.dashboard import lessons

    with options.writing(target):
        target.mkdir(parents=True, exist_ok=True)
    for lesson in lessons.read():
        text = lessons.written(lesson, solved)
        path = target / f"{lesson.name}.html"
        with options.writing(path):
            path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path} ({len(text.encode()) / 1e6:.1f} MB)", flush=True)
    return 0


def _tables(arguments: argparse.Namespace) -> int:
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
