"""``export RESULT_DIR``: a result for other programmes."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options
from p2pdnr.errors import Problem, ResultError

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``export``."""
    parser.add_argument(
        "result", metavar="RESULT_DIR", nargs="?", type=options.place, help="folder that a solve has written"
    )
    form = parser.add_mutually_exclusive_group(required=True)
    _add_tables(form)
    _add_pages(form)
    parser.add_argument(
        "--beside",
        nargs="+",
        type=options.place,
        default=(),
        metavar="RESULT_DIR",
        help="with --page: results of the same scenario in other modes, to stand beside this one",
    )
    parser.add_argument(
        "--lang", metavar="LANGUAGE", help="with --page or --report: the language, such as de (default: en)"
    )
    parser.add_argument(
        "--scorm",
        action="store_true",
        help="with --lessons: each also as a SCORM 1.2 package (zip) for learning platforms",
    )


def _add_tables(form: argparse._MutuallyExclusiveGroup) -> None:
    form.add_argument("--pandapower", nargs=2, metavar=("HOUR", "FILE"), help="one hour as pandapower JSON")
    form.add_argument(
        "--pandapower-day",
        type=options.place,
        metavar="FILE.json",
        help="all hours as one pandapower net with time series: loads, generation, switches, tap changers, capacitors",
    )
    form.add_argument(
        "--csv", type=options.place, metavar="FILE.zip", help="all tables as CSV files that are safe in spreadsheets"
    )
    form.add_argument(
        "--excel", type=options.place, metavar="FILE.xlsx", help="figures and all tables as an Excel workbook"
    )
    form.add_argument(
        "--parquet",
        type=options.place,
        metavar="FILE.zip",
        help="all tables as Parquet files in one archive (needs pyarrow)",
    )


def _add_pages(form: argparse._MutuallyExclusiveGroup) -> None:
    form.add_argument(
        "--report",
        type=options.place,
        metavar="FILE.html",
        help="assumptions, topologies, switching order, limits, bills and checks for paper; FILE.pdf with a browser",
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


def run(arguments: argparse.Namespace) -> int:
    """Write the file that is asked for."""
    if arguments.beside and not arguments.page:
        raise ResultError([Problem("option", "--beside", (), "is used by --page alone", "Add --page, or leave it out")])
    if arguments.lang and not (arguments.page or arguments.report):
        remedy = "Add --page or --report, or leave it out"
        raise ResultError([Problem("option", "--lang", (), "is used by --page and --report alone", remedy)])
    if arguments.scorm and not arguments.lessons:
        raise ResultError([Problem("option", "--scorm", (), "is used by --lessons alone", "Add --lessons DIR")])
    if arguments.lessons:
        return _lessons(arguments.lessons, arguments.scorm)
    if arguments.result is None:
        raise ResultError([Problem("option", "RESULT_DIR", (), "is missing", "Name a folder that a solve has written")])
    if arguments.page:
        return _page(arguments)
    if arguments.report:
        return _report(arguments.result, arguments.report, arguments.lang)
    return _tables(arguments)


def _page(arguments: argparse.Namespace) -> int:
    from p2pdnr.dashboard import days, one_file

    results = [days.from_folder(folder) for folder in (arguments.result, *arguments.beside)]
    text = one_file.written(replace(days.together(results), language=options.language(arguments.lang)))
    with options.writing(arguments.page):
        arguments.page.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {arguments.page} ({len(text.encode()) / 1e6:.1f} MB)")
    return 0


def _report(source: Path, target: Path, lang: str | None) -> int:
    from p2pdnr.cli import printing
    from p2pdnr.report import document
    from p2pdnr.results import folder

    language = options.language(lang)
    result = folder.load(source)
    text = document.written(result, document.checked(result), language)
    with options.writing(target):
        if target.suffix.lower() == ".pdf":
            printing.write_pdf(text, target)
        else:
            target.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {target}")
    return 0


def _lessons(target: Path, scorm: bool) -> int:
    from p2pdnr.cli.lesson_days import solved
    from p2pdnr.dashboard import learning_package, lessons

    with options.writing(target):
        target.mkdir(parents=True, exist_ok=True)
    for lesson in lessons.read():
        text = lessons.written(lesson, solved)
        path = target / f"{lesson.name}.html"
        with options.writing(path):
            path.write_text(text, encoding="utf-8", newline="\n")
            if scorm:
                learning_package.write(path.with_suffix(".zip"), lesson.name, lesson.title(), text)
        print(f"wrote {path} ({len(text.encode()) / 1e6:.1f} MB)", flush=True)
    return 0


def _tables(arguments: argparse.Namespace) -> int:
    from p2pdnr.results import folder

    target = _target(arguments)
    hour = _hour(arguments.pandapower[0]) if arguments.pandapower else 0
    result = folder.load(arguments.result)
    with options.writing(target):
        _write(arguments, result, target, hour)
    print(f"wrote {target}")
    return 0


def _target(arguments: argparse.Namespace) -> Path:
    if arguments.pandapower:
        return _place(arguments.pandapower[1])
    named: Path = arguments.pandapower_day or arguments.csv or arguments.excel or arguments.parquet or arguments.gif
    return named


def _write(arguments: argparse.Namespace, result: StudyResult, target: Path, hour: int) -> None:
    from p2pdnr.figures.animation import animate
    from p2pdnr.results import exports, pandapower_day, take_along
    from p2pdnr.results.payload import payload

    if arguments.pandapower:
        exports.write_pandapower(result, hour, target)
    elif arguments.pandapower_day:
        pandapower_day.write_day(result, target)
    elif arguments.csv:
        exports.write_csv_zip(result, target)
    elif arguments.excel:
        take_along.write_excel(result, target)
    elif arguments.parquet:
        take_along.write_parquet(result, target)
    else:
        animate(payload(result), target)


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
