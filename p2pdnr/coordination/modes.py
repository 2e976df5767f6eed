"""The three modes of one problem: initial topology, one best topology, a topology every hour.

Each mode also tests what the narrower one found, so that W_hourly <= W_static <= W_fixed holds by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement, Rules
from p2pdnr.coordination.loop import convex_phase, coordinate, first_plan, settled
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Hourly, Static
from p2pdnr.coordination.schedule.tree_costs import Outlook, finite_costs, outlook, searched_trees, stage_costs
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Bools = npt.NDArray[np.bool_]

MODES = ("fixed", "static", "hourly")

ANOTHER_DAY = 0.1
"""Of all injections: how much of them may have changed for an earlier schedule to be worth improving."""

ROUGH_TIMES = 20.0
ROUGH_OBJECTIVE = 1e-4
"""How well a narrower mode is negotiated when it only serves the wider one as a candidate: times the tolerance."""


def choices(journal: Journal) -> Mapping[str, Choice]:
    """What each mode that switches may choose."""
    return {"static": Static(), "hourly": Hourly(journal.remark)}


def plan(
    problem: Problem, trees: TreeSet | None, mode: str, start: Agreement | None, rules: Rules, journal: Journal
) -> dict[str, Dispatch]:
    """Plans by mode, up to the one asked for; the narrower ones are rough, see :func:`refine`.

    ``trees`` are all radial trees, None where they are too many; ``start`` comes from an earlier solve, None starts
    from nothing. Raises :class:`PowerFlowError` when the initial topology cannot carry the loads and nothing else
    was asked for.
    """
    opening = start or iterations.opening(problem, rules)
    rough = replace(rules, primal_kw=ROUGH_TIMES * rules.primal_kw, objective_change=ROUGH_OBJECTIVE, regretted=np.inf)
    plans = _initial(problem, opening, rules if mode == "fixed" else rough, journal, needed=mode == "fixed")
    if mode == "fixed":
        return plans
    if journal.out_of_time and plans:  # every topology that may change may also stay as it is
        stopped = plans["fixed"]
        return plans | {mode: replace(stopped, agreement=replace(stopped.agreement, converged=False))}
    journal.enter("search")
    choice = choices(journal)
    prospect = outlook(problem, trees, iterations.opening(problem, rules), rules.seed, lambda: not journal.out_of_time)
    journal.mode = mode
    state = plans["fixed"].agreement if plans and not is_broken(plans["fixed"]) else opening
    found = first_plan(problem, prospect, choice[mode], state, rules, journal)
    if mode == "hourly":  # its own first answer does not wait for the candidate that the best single topology is
        seen, journal.mode = prospect.for_all_hours(problem.network.closed), "static"
        if len(seen.trees) < len(prospect.trees):
            best, every = len(seen.trees), len(prospect.trees)
            journal.remark("list", f"search: the {best:,} of {every:,} topologies that are best over all hours alike")
        plans["static"] = coordinate(problem, seen, choice["static"], (state, list(plans.values())), rough, journal)
    journal.mode = mode
    plans[mode] = settled(problem, prospect, choice[mode], [found, *plans.values()], rules, journal)
    return plans


@dataclass(frozen=True, eq=False)
class Earlier:
    """A solve before: its schedule (T, m), None where it cannot be the one of ``mode`` now, and where the negotiation
    stood; ``gone_kw`` is what those injected or withdrew, summed over hours, who are no longer there."""

    mode: str
    closed: Bools | None
    state: Agreement
    gone_kw: float = 0.0


def revisit(
    problem: Problem, trees: TreeSet | None, earlier: Earlier, rules: Rules, journal: Journal
) -> Dispatch | None:
    """An earlier plan negotiated again and polished, without the search that led to it.

    None where prosumers now do so much else that the search must be done again, or the schedule has no power flow.
    """
    if earlier.closed is None or earlier.mode not in choices(journal):
        return None
    journal.mode = earlier.mode
    journal.enter("convex")
    try:
        plan = convex_phase(problem, earlier.closed, earlier.state, rules, journal)
    except (PowerFlowError, SolverError):
        return None
    injection_kw, then_kw = plan.response.injection_kw, earlier.state.wanted_kw
    moved_kw = earlier.gone_kw + np.abs(injection_kw - then_kw).sum()
    if moved_kw > ANOTHER_DAY * (earlier.gone_kw + np.abs(then_kw).sum()):
        return None
    journal.enter("polish")
    trees = trees or searched_trees(problem, injection_kw, rules.seed, lambda: not journal.out_of_time)
    prospect = Outlook(trees, injection_kw, finite_costs(stage_costs(problem, trees, injection_kw)))
    return settled(problem, prospect, choices(journal)[earlier.mode], [plan], rules, journal)


def is_broken(plan: Dispatch) -> bool:
    """Whether broken limits and unserved load are most of what a plan costs: its prices say nothing about others."""
    return plan.costs_eur["violations"] + plan.costs_eur["unserved"] > plan.scale_eur / 2


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
    journal.mode = "fixed"
    journal.enter("convex")
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    try:
        return {"fixed": convex_phase(problem, closed, opening, rules, journal)}
    except PowerFlowError as error:
        if needed:
            raise PowerFlowError(f"the initial topology cannot carry the loads: {error}") from error
        return {}
