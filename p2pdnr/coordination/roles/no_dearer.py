"""A plan of welfare is no dearer than that of an operator who validates: what validate does is open to welfare, too.

The search for a schedule ranks topologies at injections that are given. Where the market alone breaks limits it sees
curtailment as a share of all feed-in at best, and may miss the schedule on which least must be curtailed. An operator
who validates looks for just that one (:func:`.validate.reconsidered`). So its schedule is negotiated as well where
limits bind, and kept where that is cheaper.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.loop import convex_phase, improved
from p2pdnr.coordination.modes import candidates_at
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, power_flow
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles.validate import reconsidered
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import unconstrained_injections
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from p2pdnr.errors import PowerFlowError, SolverError, TimeLimitError
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet


def no_dearer(context: Context, trees: TreeSet, mode: str, plan: Dispatch) -> Dispatch:
    """A plan of welfare in a mode that switches, or a cheaper one on the schedule of an operator who validates.

    ``trees`` are all radial ones. Where the market alone keeps all limits on the plan's schedule nothing is looked for.
    """
    if not (context.go_on() and _market_breaks_limits(context, plan.closed)):
        return plan
    context.journal.enter("search")
    closed = _validated(context, trees, mode)
    if closed is None or (closed == plan.closed).all():
        return plan
    context.journal.enter("convex")
    with suppress(PowerFlowError, SolverError):
        other = convex_phase(context, closed, plan.agreement)
        if other.total_eur < plan.total_eur:
            return improved(context, candidates_at(context, trees, mode, other), [other])
    return plan


def _market_breaks_limits(context: Context, closed: Bools) -> bool:
    """Whether what prosumers would do without charges breaks a limit on a schedule (T, m), or has no power flow."""
    problem, settings = context.problem, context.settings
    injection_kw = unconstrained_injections(problem, iterations.opening(problem, settings.admm), settings.search)
    try:
        flow = power_flow(problem, closed, injection_kw)
    except PowerFlowError:
        return True
    return bool((violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a) > 0.0).any())


def _validated(context: Context, trees: TreeSet, mode: str) -> Bools | None:
    """The schedule (T, m) of an operator who validates, None where there is none; what is tried on the way to it is no
    plan that could be run, and the solve's journal does not tell of it."""
    told = context.journal
    limit_s = None if told.time_limit_s is None else max(0.0, told.time_limit_s - told.seconds)
    quiet = replace(context, journal=Journal(stop=told.stop, time_limit_s=limit_s))
    try:
        market = take_as_given(quiet, trees, mode, clear_market(quiet))
        return reconsidered(quiet, trees, mode, market).closed
    except (PowerFlowError, SolverError, TimeLimitError):
        return None
