"""The three modes of one problem: initial topology, one best topology, a topology every hour.

Each mode also tests what the narrower one found, so that W_hourly <= W_static <= W_fixed holds by construction.
"""

from __future__ import annotations

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


def initial_plan(problem: Problem, start: Agreement, rules: Rules, journal: Journal) -> Dispatch:
    """The initial topology all the time. Raises :class:`PowerFlowError` when it cannot carry the loads."""
    journal.enter("convex")
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    return convex_phase(problem, closed, start, rules, journal)


def plan(
    problem: Problem, trees: TreeSet, mode: str, start: Agreement | None, rules: Rules, journal: Journal
) -> dict[str, Dispatch]:
    """Plans by mode, up to the one asked for; ``start`` comes from an earlier solve, None starts from nothing."""
    opening = start or convex.opening(problem, rules)
    plans: dict[str, Dispatch] = {}
    prospect = None if mode == "fixed" else outlook(problem, trees, opening)
    try:
        plans["fixed"] = initial_plan(problem, opening, rules, journal)
    except PowerFlowError:
        if mode == "fixed":
            raise
    for name, choice in (("static", Static()), ("hourly", Hourly())):
        if prospect is None or MODES.index(mode) < MODES.index(name):
            break
        before = list(plans.values())
        state = before[-1].agreement if before else opening
        plans[name] = coordinate(problem, prospect, choice, (state, before), rules, journal)
    return plans
