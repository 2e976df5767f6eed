"""secure.csv and what summary.json says of a secure plan, against the same days drawn again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from p2pdnr.forecasts.binomial import most_days
from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import figures
from p2pdnr.results.true_limits import true_network
from p2pdnr.results.withdrawn import plain
from p2pdnr.verification.finding import same, same_arrays
from p2pdnr.verification.secure import CONFIDENCE, limited_hours, tested, tested_with, too_many

REL, ABS = 1e-6, 1e-6
"""The same days give the same figures, up to the rounding of another machine."""

LATER = frozenset({"worst"})
"""Of a test what results of before do not state."""


def contradictions(result: StudyResult) -> Iterator[str]:
    """What is stated about a secure plan and is not so."""
    stated, security = result.summary.get("secure"), result.scenario.dso.security
    if stated is None or result.secure is None:
        if security is not None:
            yield "summary.json says nothing of the secure plan that the scenario asks for"
        return
    if security is None:
        yield "summary.json tells of a secure plan, which the scenario does not ask for"
        return
    wanted = {"share": security.share, "confidence": CONFIDENCE, "price_eur": _price_eur(result)}
    if too_many(result):
        return
    yield from _compared("secure", {name: stated.get(name) for name in wanted}, wanted)
    yield from _plan(result)
    yield from _test(result)


def _price_eur(result: StudyResult) -> float:
    """What the plan costs on the day as forecast, broken limits being the true ones, above what the nominal plan is
    said to cost."""
    summary = result.summary
    true = figures(result.scenario, true_network(result), result.tables)["costs_eur"]["violations"]
    own = summary["objective_eur"] - summary["costs_eur"]["violations"] + true
    return float(own - summary["secure"].get("nominal", {}).get("objective_eur", np.nan))


def _plan(result: StudyResult) -> Iterator[str]:
    """The days that the plan was made with."""
    stated, security = result.summary["secure"].get("plan", {}), result.scenario.dso.security
    assert security is not None
    seed = result.summary["secure"]["test"]["seed"] - 1
    found = tested(result, limited_hours(result), security.days, max(0, seed))
    allowed = max(0, most_days(security.days, 1.0 - security.share, CONFIDENCE))
    wanted = {"days": security.days, "seed": seed, "violated": found.violated, "allowed": allowed}
    yield from _compared("secure.plan", {name: stated.get(name) for name in wanted}, wanted)


def _test(result: StudyResult) -> Iterator[str]:
    """The unseen days."""
    again = tested_with(result, limited_hours(result), result.summary["secure"])
    claims, truth = (plain(item.summary["secure"]["test"]) for item in (result, again))
    yield from _compared("secure.test", claims, truth)
    assert result.secure is not None and again.secure is not None
    for column in OPTIONAL_TABLES["secure"]:
        drawn, true = (table[column.name].to_numpy(dtype=np.float64) for table in (result.secure, again.secure))
        if not same_arrays(drawn, true, REL, ABS).all():
            yield f"secure.csv has another {column.name} than the days drawn again"


def _compared(place: str, claims: dict[str, Any], truth: dict[str, Any]) -> Iterator[str]:
    for name in truth | claims:
        if name in LATER and name not in claims:
            continue
        if not _alike(claims.get(name), truth.get(name)):
            yield f"summary.json states {place}.{name} = {claims.get(name)}, drawn again it is {truth.get(name)}"


def _alike(stated: object, true: object) -> bool:
    if isinstance(true, list) and isinstance(stated, list):
        return len(stated) == len(true) and all(map(_alike, stated, true))
    if isinstance(true, dict) and isinstance(stated, dict):
        return stated.keys() == true.keys() and all(_alike(stated[name], true[name]) for name in true)
    return stated == true if isinstance(true, str) else same(stated, true, REL, ABS)
