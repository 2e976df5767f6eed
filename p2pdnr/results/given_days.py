"""The days of a file with which a secure plan was made and tested, as a result keeps them."""

from __future__ import annotations

from typing import Any

from p2pdnr.errors import Problem
from p2pdnr.forecasts.given_days import MOST_FACTOR, GivenDays, column_problems
from p2pdnr.network.arrays import Floats
from p2pdnr.results.csv_tables import problem
from p2pdnr.results.study_result import StudyResult

DAYS = "secure_days"
"""Name of their factors (N, T, C) among the result's arrays; file and columns stand in summary.json."""


def kept(given: GivenDays | None) -> tuple[dict[str, Any], dict[str, Floats]]:
    """What summary.json tells of the days of a file, and their array; nothing where they are drawn."""
    if given is None:
        return {}, {}
    return {"file": given.name, "columns": list(given.columns)}, {DAYS: given.factors}


def stored_days(result: StudyResult) -> GivenDays | None:
    """The days that a result keeps; None where they are drawn from the model of errors."""
    stated = result.summary.get("secure") or {}
    if stated.get("columns") is None:
        return None
    return GivenDays(str(stated.get("file", "")), tuple(stated["columns"]), result.arrays[DAYS])


def day_problems(result: StudyResult) -> list[Problem]:
    """Whether the days of a file are there as summary.json tells of them."""
    stated = result.summary.get("secure") or {}
    if "columns" not in stated:
        return []
    columns, found = stated["columns"], result.arrays.get(DAYS)
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        return [problem("secure", "columns", "are no names")]
    if found is None or found.ndim != 3 or found.shape[1:] != (result.scenario.hours, len(columns)):
        return [problem("secure", DAYS, "is not in warm.npz with a factor for each day, hour and column")]
    given, security = GivenDays("", tuple(columns), found), result.scenario.dso.security
    if not ((found >= 0.0) & (found <= MOST_FACTOR)).all():
        return [problem("secure", DAYS, f"holds what is no factor from 0 to {MOST_FACTOR:g}")]
    wanted = (0 if security is None else security.days, stated["test"]["days"])
    if any(count > there for count, there in zip(wanted, given.counts, strict=True)):
        return [problem("secure", DAYS, "holds fewer days than the plan was made and tested with")]
    return column_problems("summary.json", result.scenario, result.network, columns)
