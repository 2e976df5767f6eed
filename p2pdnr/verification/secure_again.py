"""secure.csv and what summary.json says of a secure plan, against the unseen days drawn again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import plain
from p2pdnr.scenario.schema import Security
from p2pdnr.verification.finding import same, same_arrays
from p2pdnr.verification.secure import CONFIDENCE, limited_hours, tested_with

REL, ABS = 1e-6, 1e-6
"""The same days give the same figures, up to the rounding of another machine."""


def contradictions(result: StudyResult) -> Iterator[str]:
    """What is stated about a secure plan and is not so."""
    stated, security = result.summary.get("secure"), result.scenario.dso.security
    if stated is None or result.secure is None:
        if security is not None:
            yield "summary.json says nothing of the secure plan that the scenario asks for"
        return
    if not same(stated.get("share"), (security or Security()).share, REL) or security is None:
        yield "summary.json states secure.share, which is not what the scenario asks for"
    if not same(stated.get("confidence"), CONFIDENCE, REL):
        yield f"summary.json states secure.confidence, which is {CONFIDENCE}"
    yield from _test(result)


def _test(result: StudyResult) -> Iterator[str]:
    """The unseen days, and what must follow from objective and violations."""
    stated = result.summary["secure"]
    if stated["test"]["seed"] == stated.get("plan", {}).get("seed"):
        yield "summary.json states that the plan was tested on the days it was made with"
    again = tested_with(result, limited_hours(result), stated)
    claims, truth = (plain(item.summary["secure"]["test"]) for item in (result, again))
    for name in truth | claims:
        if not _alike(claims.get(name), truth.get(name)):
            yield f"summary.json states secure.test.{name} = {claims.get(name)}, drawn again it is {truth.get(name)}"
    assert result.secure is not None and again.secure is not None
    for column in OPTIONAL_TABLES["secure"]:
        drawn, true = (table[column.name].to_numpy(dtype=np.float64) for table in (result.secure, again.secure))
        if not same_arrays(drawn, true, REL, ABS).all():
            yield f"secure.csv has another {column.name} than the days drawn again"


def _alike(stated: object, true: object) -> bool:
    return stated == true if isinstance(true, dict | list) else same(stated, true, REL, ABS)
