"""stress.csv and what summary.json says of perturbed days, against the same days drawn again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.withdrawn import plain
from p2pdnr.verification.finding import same, same_arrays
from p2pdnr.verification.stress import Disturbance, stressed

MOST_CELLS = 10_000_000
"""Days times hours times buses up to which days are drawn again: 12,600 days of 33 buses and 24 hours."""

REL, ABS = 1e-6, 1e-6
"""The same days give the same figures, up to the rounding of another machine."""


def too_many(result: StudyResult) -> str:
    """Why the days are not drawn again, empty where they are."""
    stated = result.summary.get("stress")
    days = stated.get("days") if isinstance(stated, dict) else None
    cells = result.scenario.hours * result.network.n_buses
    if not isinstance(days, int) or days * cells <= MOST_CELLS:
        return ""
    return f"{days:,} perturbed days are more than are drawn again ({max(1, MOST_CELLS // cells):,})"


def contradictions(result: StudyResult) -> Iterator[str]:
    """What is stated about perturbed days and is not so."""
    stated = result.summary.get("stress")
    if stated is None:
        if result.stress is not None:
            yield "stress.csv is about perturbed days of which summary.json says nothing"
        return
    wrong = _form(stated)
    if wrong:
        yield f"summary.json states a stress test that cannot be repeated ({wrong})"
    elif not too_many(result):
        model = Disturbance(**{name: float(value) for name, value in stated["model"].items()})
        yield from _compared(result, stressed(result, stated["days"], stated["seed"], model))


def _form(stated: Any) -> str:
    """What of days, seed and model is none."""
    if not isinstance(stated, dict) or not isinstance(stated.get("model"), dict):
        return "it has no model"
    names = {item.name for item in fields(Disturbance)}
    model = stated["model"]
    if set(model) != names or not all(_number(value) and 0.0 <= value <= 10.0 for value in model.values()):
        return f"its model needs a number from 0 to 10 for each of {', '.join(sorted(names))}"
    if model["per_hour"] > 1.0:
        return "per_hour is above 1"
    if not _whole(stated.get("days"), 1) or not _whole(stated.get("seed"), 0):
        return "days and seed must be whole numbers"
    return ""


def _compared(result: StudyResult, again: StudyResult) -> Iterator[str]:
    claims, truth = (_leaves(plain(item.summary["stress"])) for item in (result, again))
    for name in truth | claims:
        if name not in truth:
            yield f"summary.json states stress.{name}, which is unknown"
        elif not same(claims.get(name), truth[name], REL, ABS):
            yield f"summary.json states stress.{name} = {claims.get(name)}, drawn again it is {truth[name]}"
    if result.stress is None or again.stress is None:
        yield "stress.csv is missing"
        return
    for column in OPTIONAL_TABLES["stress"]:
        drawn, true = (table[column.name].to_numpy(dtype=np.float64) for table in (result.stress, again.stress))
        if not same_arrays(drawn, true, REL, ABS).all():
            yield f"stress.csv has another {column.name} than the days drawn again"


def _leaves(tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Nested figures by their dotted path."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found |= _leaves(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
    return found


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= 2**63
