"""Arguments that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.errors import InputError, Problem

if TYPE_CHECKING:
    from p2pdnr.execution import DaskBackend
    from p2pdnr.scenario.schema import Scenario


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """The scenario file."""
    parser.add_argument("scenario", metavar="SCENARIO", type=Path, help="scenario file (JSON, docs/formats.md)")


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
        type=count,
        default=0,
        help="test the plan on N days whose PV and loads are not the expected ones (drawn from the seed)",
    )


def tolerance(text: str) -> dict[str, float]:
    """Kilowatts, or with a percent sign a share of the largest injection: as the study's options take it."""
    if text.endswith("%"):
        return {"tolerance_share": positive(text.removesuffix("%")) / 100.0}
    return {"tolerance_kw": positive(text)}


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


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers from 1, separated by commas."""
    values = tuple(count(part) for part in text.split(",") if part.strip())
    if 0 in values:
        raise argparse.ArgumentTypeError("lines count from 1")
    return values


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file, seen to fit its network; raises ScenarioError or NetworkError with every problem."""
    from p2pdnr.scenario import assembly, document
    from p2pdnr.scenario.parallel_lines import together

    scenario = together(document.load(path), path.parent)
    assembly.build_network(scenario, path.parent)
    return scenario


def default_folder(path: Path, suffix: str) -> Path:
    """results/<file name of the scenario>-<suffix>"""
    return Path("results") / f"{path.stem}-{suffix}"
