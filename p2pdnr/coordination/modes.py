"""The three modes of one problem: initial topology, one best topology, a topology every hour.

Each mode also tests what the narrower one found, so that W_hourly <= W_static <= W_fixed holds by construction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.coordination import convex
from p2pdnr.coordination.choice import Hourly, Static
from p2pdnr.coordination.convex import Agreement, Rules
from p2pdnr.coordination.dispatch import Dispatch
from p2pdnr.coordination.journal import Journal
from p2pdnr.coordination.loop import convex_phase, coordinate
from p2pdnr.coordination.outlook import outlook
from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import PowerFlowError
from p2pdnr.reconfiguration.search import TreeSet

MODES = ("fixed", "static", "hourly")


ROUGH_TIMES = 20.0
ROUGH_OBJECTIVE = 1e-4
"""How well a narrower mode is negotiated when it only serves the wider one as a candidate: times the tolerance."""


def plan(
    problem: Problem, trees: TreeSet | None, mode: str, start: Agreement | None, rules: Rules, journal: Journal
) -> dict[str, Dispatch]:
    """Plans by mode, up to the one asked for; the narrower ones are rough, see :func:`refine`.

    ``trees`` are all radial trees, None where they are too many; ``start`` comes from an earlier solve, None starts
    from nothing. Raises :class:`PowerFlowError` when the initial topology cannot carry the loads and nothing else
    was asked for.
    """
    opening = start or convex.opening(problem, rules)
    rough = replace(rules, primal_kw=ROUGH_TIMES * rules.primal_kw, objective_change=ROUGH_OBJECTIVE)
    plans = _initial(problem, opening, rules if mode == "fixed" else rough, journal, needed=mode == "fixed")
    if mode == "fixed":
        return plans
    journal.enter("search")
    prospect = outlook(problem, trees, opening)
    for name, choice in (("static", Static()), ("hourly", Hourly())):
        before = list(plans.values())
        state = before[-1].agreement if before else opening
        own, seen = (rules, prospect) if name == mode else (rough, prospect.for_all_hours(problem.network.closed))
        plans[name] = coordinate(problem, seen, choice, (state, before), own, journal)
        if name == mode:
            break
    return plans


def refine(problem: Problem, plans: dict[str, Dispatch], rules: Rules, journal: Journal) -> dict[str, Dispatch]:
    """All plans to the full tolerance, none dearer than a narrower one."""
    journal.enter("convex")
    refined: dict[str, Dispatch] = {}
    for mode, item in plans.items():
        own = convex_phase(problem, item.closed, item.agreement, rules, journal)
        refined[mode] = min([own, *refined.values()], key=lambda candidate: candidate.total_eur)
    return refined


def _initial(problem: Problem, opening: Agreement, rules: Rules, journal: Journal, needed: bool) -> dict[str, Dispatch]:
    """The initial topology all the time; nothing where it cannot carry the loads and is not needed."""
    journal.enter("convex")
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    try:
        return {"fixed": convex_phase(problem, closed, opening, rules, journal)}
    except PowerFlowError as error:
        if needed:
            raise PowerFlowError(f"the initial topology cannot carry the loads: {error}") from error
        return {}
