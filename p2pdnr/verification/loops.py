"""What is not shown of a plan beside loops that nothing can open, as the methods for it stand on radial grids."""

from __future__ import annotations

from collections.abc import Iterator

from p2pdnr.network.cuts import fixed_loop
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.verification import bound, optimum
from p2pdnr.verification.finding import Finding, not_shown
from p2pdnr.verification.plan import Plan


def central(plan: Plan, result: StudyResult) -> tuple[Finding, Finding]:
    """Gap to the centralised optimum and the gap of its cones (:func:`.optimum.central`)."""
    if not plan.meshed:
        return optimum.central(plan, result)
    found = not_shown(f"{_names(plan)}: the centralised optimum is there for radial grids")
    return found, found


def rank(plan: Plan, tables: Tables) -> Finding | None:
    """Places of the hours' topologies, which are not told beside loops; None where there are none."""
    if not plan.meshed:
        return None
    if tables.hours["rank"].notna().any():
        return Finding(None, f"{_names(plan)}, and yet a place is stated", holds=False)
    return not_shown(f"{_names(plan)}: topologies are ranked on radial grids")


def lower_bound(plan: Plan, result: StudyResult) -> Finding:
    """Distance of the plan's cost to the stated lower bound (:func:`.bound.lower_bound`), which there is none of."""
    if not plan.meshed:
        return bound.lower_bound(result)
    return Finding(None, f"{_names(plan)}, and yet a lower bound is stated", holds=False)


def contradictions(result: StudyResult) -> Iterator[str]:
    """Lines on loops that summary.json states and network.json does not have, or the reverse."""
    if (result.summary.get("meshed_lines") or []) != (fixed_loop(result.network) + 1).tolist():
        yield "states other meshed_lines than network.json has on loops that nothing can open"


def _names(plan: Plan) -> str:
    return f"lines {plan.meshed} form loops that nothing can open"
