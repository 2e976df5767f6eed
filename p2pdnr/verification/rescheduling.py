"""What another schedule would still save if nobody changed what they inject: `reconfigure --hours` at the plan's own
injections, by the planner that knows no market.

A cheaper schedule at the same injections is a cheaper plan, so a plan with much left is not the best. The reverse does
not follow: with nothing left here, other injections may still be cheaper; that is what a lower bound is for.
"""

from __future__ import annotations

from dataclasses import replace

from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.errors import P2pdnrError
from p2pdnr.network import break_points
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.hourly import steps
from p2pdnr.reconfiguration import terms
from p2pdnr.reconfiguration.planning.day import Day, plan_day
from p2pdnr.reconfiguration.planning.day_plan import DayPlan, Moved, day_plan
from p2pdnr.reconfiguration.planning.lever_day import single_tree_day
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import costs_eur, scale_eur
from p2pdnr.verification.finding import Finding, same
from p2pdnr.verification.plan import Plan, read_plan

ROUNDING = 1e-6
"""Of the sum of the cost parts: how far a stated saving may be from the one found again."""

SEED = 1
"""Another than the default of the search that made the plan."""


def left_eur(plan: Plan, mode: str) -> tuple[float, Day]:
    """What the cheapest schedule that is found saves at the injections of ``plan``, in EUR, at least zero, and the day.

    In mode "static" one topology counts for all hours. Raises :class:`P2pdnrError` where there is no schedule.
    """
    case = LoadCase(
        plan.network,
        plan.withdrawal_kw,
        plan.withdrawal_kvar,
        terms.from_scenario(plan.scenario, plan.network),
    )
    levers = terms.lever_terms(plan.scenario)
    day = plan_day(case, PlanningSettings(seed=SEED), levers=levers)
    own = _own(case, plan, levers)
    other = _other(case, day, mode, levers)
    return (0.0 if other is None else max(0.0, own.cost_eur - other.cost_eur)), day


def _own(case: LoadCase, plan: Plan, levers: LeverTerms | None) -> DayPlan:
    """The plan's own schedule at its injections, loops that nothing can open by their break points."""
    if not len(fixed_loop(case.network)):
        return day_plan(case, plan.closed, None if levers is None else moved(plan, levers))
    parts = break_points.broken(case.network)
    apart = plan.closed.copy()
    apart[:, parts.breaks] = False
    return day_plan(replace(case, network=parts.network), apart, parts=parts)


def moved(plan: Plan, levers: LeverTerms) -> Moved:
    """What the levers of a plan do."""
    assert plan.positions is not None and plan.network.levers is not None
    counts = steps(plan.network.levers.positions, plan.positions, plan.scenario.dso.return_to_initial).sum(axis=1)
    hours, final = len(plan.closed), int(counts[len(plan.closed) :].sum())
    return Moved(plan.positions, counts[:hours], final, levers.step_eur * int(counts.sum()))


def _other(case: LoadCase, day: Day, mode: str, levers: LeverTerms | None) -> DayPlan | None:
    """The cheapest schedule of a mode; with levers that move the initial topology has one of its own."""
    if levers is None:
        return day.static if mode == "static" else day.hourly
    if mode == "static":
        return single_tree_day(case, levers)
    return day.hourly if day.levers is None or mode == "hourly" else day.levers.initial


def rescheduled(result: StudyResult) -> dict[str, float]:
    """What the summary of a result states; nothing where the topology is fixed and no lever moves."""
    mode = str(result.summary.get("mode"))
    return (
        {}
        if mode == "fixed" and result.tables.levers is None
        else {"reschedule_eur": left_eur(read_plan(result), mode)[0]}
    )


def rescheduling(plan: Plan, result: StudyResult) -> Finding:
    """The saving that is left; holds when it is below what a schedule must gain to be accepted, and stated truly where
    the summary states it."""
    scale = scale_eur(costs_eur(result.scenario, result.network, result.tables))
    try:
        value, day = left_eur(plan, str(result.summary.get("mode")))
    except P2pdnrError as error:
        return Finding(None, str(error))
    how = f"all {day.topologies:,} topologies ranked" if day.exact else f"{day.ranked:,} topologies found by a search"
    stated = result.summary.get("reschedule_eur")
    if not same(stated, value, abs_=ROUNDING * scale):
        return Finding(value, f"{stated} EUR are stated, {value:.4f} EUR are found; {how}", holds=False)
    return Finding(value, how, limit=SearchSettings.threshold_share * scale)
