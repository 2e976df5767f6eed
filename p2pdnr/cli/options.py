"""Arguments that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
import csv
import errno
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.errors import InputError, NetworkError, P2pdnrError, Problem, ResultError
from p2pdnr.results.limits import MAX_STRESS_DAYS

if TYPE_CHECKING:
    from p2pdnr.execution import DaskBackend
    from p2pdnr.forecasts.given_days import GivenDays
    from p2pdnr.languages import Language
    from p2pdnr.network.arrays import Network
    from p2pdnr.scenario.schema import Scenario


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """The scenario file."""
    parser.add_argument("scenario", metavar="SCENARIO", type=place, help="scenario file (JSON, docs/formats.md)")


def add_solving(parser: argparse.ArgumentParser) -> None:
    """How exactly and how long to solve."""
    parser.add_argument(
        "--tolerance",
        metavar="KW",
        type=tolerance,
        default={"tolerance_kw": 0.05},
        help="primal residual to stop at: kW (default 0.05), or %% of the largest injection without trading",
    )
    parser.add_argument("--time-limit", metavar="S", type=positive, help="stop improving after so many seconds")
    parser.add_argument(
        "--seed", metavar="N", type=count, default=0, help="seed of the search where it is random (default 0)"
    )


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Where prosumers, or scenarios, are worked on."""
    parser.add_argument(
        "--backend", choices=("local", "dask"), default="local", help="threads here, or a Dask cluster (default local)"
    )
    parser.add_argument(
        "--address",
        metavar="tcp://HOST:PORT",
        help="scheduler of a running Dask cluster (default: one on this machine)",
    )


def dask_backend(arguments: argparse.Namespace) -> DaskBackend | None:
    """The cluster that was asked for; raises InputError where it is not to be had, None for the local backend."""
    from p2pdnr.execution import DaskBackend

    if arguments.backend == "dask":
        return DaskBackend(arguments.address)
    if arguments.address:
        remedy = "Add --backend dask, or leave the address out"
        raise InputError([Problem("backend", "address", (arguments.address,), "is only used by Dask", remedy)])
    return None


def add_stress(parser: argparse.ArgumentParser) -> None:
    """Whether, and on how many days, the plan is tested."""
    parser.add_argument(
        "--stress",
        metavar="N",
        type=at_most(MAX_STRESS_DAYS),
        default=0,
        help="test the plan on N days whose PV and loads are not the expected ones (drawn from the seed)",
    )


def add_secure(parser: argparse.ArgumentParser) -> None:
    """Whether the plan is to keep its limits on days that are not as forecast."""
    parser.add_argument(
        "--secure",
        metavar="SHARE",
        type=share,
        help="a plan that keeps its limits on this share of days not as forecast: 95%% (default: as the scenario says)",
    )
    parser.add_argument(
        "--test-days",
        metavar="N",
        type=at_most(MAX_STRESS_DAYS),
        help="unseen days that test a secure plan (default: as the scenario says, else 1000)",
    )
    parser.add_argument(
        "--scenarios",
        metavar="FILE",
        type=place,
        help="days of a secure plan from a file, every other one to test it, not drawn ones (docs/forecasts.md)",
    )


def share(text: str) -> float:
    """A share as 0.95 or 95%, from 0.5 to 0.999."""
    number = text.strip()
    try:
        value = float(number[:-1]) / 100.0 if number.endswith("%") else float(number)
    except ValueError:
        value = math.nan
    if not 0.5 <= value <= 0.999:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no share from 50% to 99.9%")
    return value


def tolerance(text: str) -> dict[str, float]:
    """Kilowatts, or with a percent sign a share of the largest injection: as the study's options take it."""
    if text.endswith("%"):
        return {"tolerance_share": positive(text.removesuffix("%")) / 100.0}
    return {"tolerance_kw": positive(text)}


def place(text: str) -> Path:
    """A file or folder whose name can be one."""
    try:
        os.lstat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("the name holds a character that none can have; choose another") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise argparse.ArgumentTypeError("the name is too long for this disk; choose a shorter one") from None
    return Path(text)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Inside, what keeps a file from being written is told: InputError where another place would do."""
    try:
        yield
    except OSError as error:
        message = f"cannot be written ({error.strerror or error})"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise P2pdnrError(f"{target} {message}") from None
        remedy = "Choose a place that may be written"
        raise InputError([Problem("file", "", (str(target),), message, remedy)]) from None


def at_most(most: int) -> Callable[[str], int]:
    """A type of arguments: whole numbers from 0 to ``most``."""

    def bounded(text: str) -> int:
        if count(text) > most:
            raise argparse.ArgumentTypeError(f"{text} is more than {most:,}")
        return count(text)

    return bounded


def positive(text: str) -> float:
    """A finite number above zero."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def not_negative(text: str) -> float:
    """A finite number from zero."""
    value = number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return value


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not finite")
    return value


def count(text: str) -> int:
    """A whole number from 0."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return value


def words(text: str) -> tuple[str, ...]:
    """Numbers or ids separated by commas; one with a comma in it stands in double quotes."""
    row = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(part.strip() for part in row if part.strip())


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file, seen to fit its network; raises ScenarioError or NetworkError with every problem."""
    from p2pdnr.scenario import assembly, document
    from p2pdnr.scenario.parallel_lines import together

    scenario = together(document.load(path), path.parent)
    assembly.build_network(scenario, path.parent)
    return scenario


def language(key: str | None) -> Language:
    """The language of that key, English without one; raises ResultError for one that is not known."""
    from p2pdnr import languages

    known = languages.known()
    if key is not None and key not in known:
        remedy = f"Choose one of {', '.join(known)}, or add its file to data/languages"
        raise ResultError([Problem("option", "--lang", (key[:20],), "is no language known here", remedy)])
    return known[key or languages.ENGLISH.key]


def read_days(path: Path | None, scenario: Scenario, folder: Path) -> GivenDays | None:
    """The days in a file, None without one; raises InputError with every problem."""
    if path is None:
        return None
    from p2pdnr.forecasts import given_days
    from p2pdnr.scenario import assembly

    return given_days.read_days(path, scenario, assembly.build_network(scenario, folder))


def default_folder(path: Path, suffix: str) -> Path:
    """results/<file name of the scenario>-<suffix>"""
    return Path("results") / f"{path.stem}-{suffix}"


def lines(network: Network, named: tuple[str, ...], option: str) -> list[int]:
    """Indices of the lines with these numbers or ids; raises NetworkError with all that are none."""
    from p2pdnr.network.names import Register

    register, found, problems = Register("line", network.line_ids, network.n_lines), [], []
    for text in named:
        try:
            found.append(register.find(text))
        except ValueError as error:
            example = f", which have ids such as {network.line_name(0)}" if network.line_ids else ""
            known = f"{network.name} has lines 1 to {network.n_lines}{example}"
            problems.append(Problem("line", option, (text[:60],), str(error), known))
    if problems:
        raise NetworkError(problems)
    return found
