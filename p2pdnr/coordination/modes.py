"""The three modes of one problem: initial topology, one best topology, a topology every hour.

Each mode also tests what the narrower one found, so that W_hourly <= W_static <= W_fixed holds by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.loop import convex_phase, coordinate, first_plan, settled
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import given
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Hourly, Static
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.local_search import most_gain_eur
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import (
    Outlook,
    finite_costs,
    outlook,
    schedule_closed,
    searched_trees,
    stage_costs,
)
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

MODES = ("fixed", "static", "hourly")


def choices(journal: Journal, settings: SearchSettings = SearchSettings()) -> Mapping[str, Choice]:
    """What each mode that switches may choose."""
    return {"static": Static(), "hourly": Hourly(journal.remark, settings.schedule)}


def plan(
    context: Context, trees: TreeSet | None, mode: str, start: Agreement | None = None, every: bool = False
) -> dict[str, Dispatch]:
    """Plans by mode, up to the one asked for; the narrower ones are rough, see :func:`refine`, and where they are not
    asked for (``every``) they end as soon as a bound shows that they cannot be cheaper.

    ``trees`` are all radial trees, None where they are too many; ``start`` comes from an earlier solve, None starts
    from nothing. Raises :class:`PowerFlowError` when the initial topology cannot carry the loads and nothing else
    was asked for.
    """
    problem, settings, journal = context.problem, context.settings, context.journal
    opening = iterations.opening(problem, settings.admm)
    if mode == "fixed":
        return _initial(context, start or opening, needed=True)
    every = every or not settings.search.glimpse_iterations
    plans = {} if every else _initial(context.glimpse, start or opening, needed=False)
    every = every or any(map(is_broken, plans.values()))  # where limits stay broken, bounds say little
    plans = _initial(context.rough, start or opening, needed=False) if every else plans
    if journal.out_of_time and plans:  # every topology that may change may also stay as it is
        stopped = plans["fixed"]
        return plans | {mode: replace(stopped, agreement=replace(stopped.agreement, converged=False))}
    journal.enter("search")
    prospect = outlook(problem, trees, opening, settings.search, context.go_on)
    candidates = Candidates(prospect, choices(journal, settings.search)[mode])
    journal.mode = mode
    _tell_screened(journal, prospect, settings.search)
    state = plans["fixed"].agreement if plans and not is_broken(plans["fixed"]) else start or opening
    found = first_plan(context, candidates, state)
    if not every:
        plans = _rivals(context, plans, found)
    if mode == "hourly":  # its own first answer does not wait for the candidate that the best single topology is
        single = None if every else _glimpsed_single(context, prospect, found)
        plans["static"] = single or _best_single(context, prospect, state, list(plans.values()))
    journal.mode = mode
    plans[mode] = settled(context, candidates, [found, *plans.values()])
    return plans


def _tell_screened(journal: Journal, prospect: Outlook, search: SearchSettings) -> None:
    """Say how many topologies the first plan chooses from."""
    some, count, hours = prospect.screened, len(prospect.trees), search.screen_hours
    if some is not None and some < count:
        journal.remark(
            "screen", f"first plan: the {some:,} of {count:,} topologies that are best in one of {hours} hours"
        )


def _rivals(context: Context, plans: dict[str, Dispatch], found: Dispatch) -> dict[str, Dispatch]:
    """The plans of narrower modes that were only glimpsed, negotiated roughly where nothing shows that their schedules
    cannot be cheaper than the plan ``found``."""
    return {
        mode: plan if _is_beaten(context, plan, found) else convex_phase(context.rough, plan.closed, plan.agreement)
        for mode, plan in plans.items()
    }


def _is_beaten(context: Context, plan: Dispatch, found: Dispatch) -> bool:
    """Whether a lower bound on the schedule of a plan shows that another one, which breaks no limits, is at least as
    cheap. Where limits stay broken any plan may lead to a better one."""
    threshold_eur = context.settings.search.threshold_share * found.scale_eur
    if found.costs_eur["violations"] + found.costs_eur["unserved"] > threshold_eur:
        return False
    return most_gain_eur(context.problem, found, plan) <= threshold_eur


def _glimpsed_single(context: Context, prospect: Outlook, found: Dispatch) -> Dispatch | None:
    """The plan of the topology that is best for all hours at the unconstrained injections, from the prices of the plan
    ``found``, where a bound shows that it cannot be cheaper; else None."""
    problem, journal = context.problem, context.journal
    journal.mode = "static"
    seen = prospect.for_all_hours(problem.network.closed, context.settings.search.short_list)
    try:
        best = choices(journal)["static"].best(problem, seen.trees, seen.unconstrained_eur)
        plan = convex_phase(context.glimpse, schedule_closed(seen.trees, best), found.agreement)
    except (PowerFlowError, SolverError):
        return None
    return plan if _is_beaten(context, plan, found) else None


def _best_single(context: Context, prospect: Outlook, state: Agreement, known: list[Dispatch]) -> Dispatch:
    """The best single topology, as a candidate for an hourly schedule: roughly, among those that are best over all
    hours alike."""
    problem, journal = context.problem, context.journal
    journal.mode = "static"
    seen = prospect.for_all_hours(problem.network.closed, context.settings.search.short_list)
    if len(seen.trees) < len(prospect.trees):
        best, every = len(seen.trees), len(prospect.trees)
        journal.remark("list", f"search: the {best:,} of {every:,} topologies that are best over all hours alike")
    return coordinate(context.rough, Candidates(seen, choices(journal)["static"]), state, known)


@dataclass(frozen=True, eq=False)
class Earlier:
    """A solve before: its schedule (T, m), None where it cannot be the one of ``mode`` now, and where the negotiation
    stood; ``gone_kw`` is what those injected or withdrew, summed over hours, who are no longer there; ``positions``
    (T, L) are those of its levers, None where none moved or they may not stand there now."""

    mode: str
    closed: Bools | None
    state: Agreement
    gone_kw: float = 0.0
    positions: Ints | None = None


def revisit(context: Context, trees: TreeSet | None, earlier: Earlier) -> Dispatch | None:
    """An earlier plan negotiated again and polished, without the search that led to it.

    None where prosumers now do so much else that the search must be done again, or the schedule has no power flow.
    """
    problem, search, journal = context.problem, context.settings.search, context.journal
    if earlier.closed is None or earlier.mode not in choices(journal):
        return None
    then_kw = earlier.state.wanted_kw
    most_kw = search.another_day_share * (earlier.gone_kw + np.abs(then_kw).sum())
    if earlier.gone_kw > most_kw:
        return None
    journal.mode = earlier.mode
    journal.enter("convex")
    try:
        plan = convex_phase(context, earlier.closed, earlier.state)
    except (PowerFlowError, SolverError):
        return None
    injection_kw = plan.response.injection_kw
    if earlier.gone_kw + np.abs(injection_kw - then_kw).sum() > most_kw:
        return None
    journal.enter("polish")
    trees = trees or searched_trees(problem, injection_kw, search, context.go_on)
    stage_eur = stage_costs(given(problem, plan.reactive_kvar), trees, injection_kw)
    costs_eur = finite_costs(stage_eur, search.last_place)
    candidates = Candidates(Outlook(trees, injection_kw, costs_eur), choices(journal, search)[earlier.mode])
    return settled(context, candidates, [plan])


def is_broken(plan: Dispatch) -> bool:
    """Whether broken limits and unserved load are most of what a plan costs: its prices say nothing about others."""
    return plan.costs_eur["violations"] + plan.costs_eur["unserved"] > plan.scale_eur / 2


def refine(context: Context, plans: dict[str, Dispatch]) -> dict[str, Dispatch]:
    """All plans to the full tolerance, none dearer than a narrower one."""
    context.journal.enter("convex")
    refined: dict[str, Dispatch] = {}
    for mode, item in plans.items():
        own = convex_phase(context, item.closed, item.agreement)
        refined[mode] = min([own, *refined.values()], key=lambda candidate: candidate.total_eur)
    return refined


def _initial(context: Context, opening: Agreement, needed: bool) -> dict[str, Dispatch]:
    """The initial topology all the time; nothing where it cannot carry the loads and is not needed."""
    problem = context.problem
    context.journal.mode = "fixed"
    context.journal.enter("convex")
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    try:
        return {"fixed": convex_phase(context, closed, opening)}
    except PowerFlowError as error:
        if needed:
            raise PowerFlowError(f"the initial topology cannot carry the loads: {error}") from error
        return {}
