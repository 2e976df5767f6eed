"""Generators that hold the voltage of their bus, in plans with prosumers.

What a generator gives hangs on the schedule and on what everybody injects, and both hang on it. So a solve takes turns:
a plan with what generators give held fixed hour by hour, then the power flow of that plan in which they hold their
voltages within their limits, then the plan again, until what they give rests. Every plan that is compared or taken
has the power flow with voltages held, exactly; its charges take what generators give as fixed. At the plan's injections
all topologies are ranked with voltages held, too, and a schedule that is cheaper so is negotiated and taken where the
whole plan costs less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, dispatched, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import outages_eur, schedule_closed, unplanned
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.network.generators import at_work, holding
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, evaluate_trees, landscape

Floats = npt.NDArray[np.float64]

TURNS = 8
"""Of planning and power flow, at most."""

RESTS_KVAR = 0.5
"""A change of what a generator gives that is not worth another plan."""

EXACT_KVAR, EXACT_TURNS = 1e-7, 40
"""How near what is given and what holds the voltage come in a plan that is taken, where inverters answer as well."""

SCHEDULES = 3
"""That may be tried because they are cheaper with voltages held."""


def opened(context: Context) -> Context:
    """The context with what generators give in the initial topology at the unconstrained injections; as it is where
    that has no power flow."""
    problem = context.problem
    closed, injection_kw = unplanned(problem, context.settings.admm, context.settings.search)
    try:
        return replace(context, problem=at_generators(problem, held_kvar(problem, closed, injection_kw)))
    except PowerFlowError:
        return context


def held_kvar(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Floats:
    """(T, G) what generators give with a schedule (T, m) at injections (K, T). Raises :class:`PowerFlowError`."""
    network, (load_kw, load_kvar) = at_work(problem.network), _loads(problem, injection_kw)
    assert network.generators is not None
    found = np.full((problem.hours, len(network.generators.bus)), np.nan)
    for rows in problem.operator.alike(closed, np.arange(problem.hours)):
        flow = solve_tree(network, orient(network, closed[rows[0]]), load_kw[rows], load_kvar[rows])
        assert flow.generated_kvar is not None
        found[rows] = flow.generated_kvar
    if np.isnan(found).any():
        hours = ", ".join(map(str, np.flatnonzero(np.isnan(found).any(axis=1))))
        raise PowerFlowError(f"generators that hold a voltage have no power flow in hours {hours}")
    return found


def at_generators(problem: CoordinationProblem, kvar: Floats) -> CoordinationProblem:
    """The same problem with generators giving ``kvar`` (T, G)."""
    network, held = problem.network, problem.network.held
    assert held is not None
    load_kvar = _without_generators(problem)
    load_kvar[:, held.generators.bus] -= kvar
    operator = replace(problem.operator, load_kvar=load_kvar, _days=[])
    return replace(problem, network=holding(network, kvar), operator=operator, rankings=[])


def with_held_voltages(
    context: Context, trees: TreeSet | None, mode: str, plan: Dispatch
) -> tuple[CoordinationProblem, Dispatch]:
    """A plan of a mode in whose power flow generators hold their voltages, and the problem with what they give.

    ``trees`` are all radial topologies, None where they are too many. Raises :class:`PowerFlowError` where the plan has
    no such power flow.
    """
    context.journal.enter("polish")
    context.journal.mode = mode
    here, plan = _rested(context, plan)
    for _ in range(SCHEDULES if trees is not None and mode != "fixed" else 0):
        if not context.go_on():
            break
        found = _rescheduled(here, trees, mode, plan)
        if found is None or found[1].total_eur >= plan.total_eur:
            break
        here, plan = found
    return here.problem, plan


def _rested(context: Context, plan: Dispatch) -> tuple[Context, Dispatch]:
    """Turns of plan and power flow, until what generators give rests; the cheapest of the plans."""
    best: tuple[Context, Dispatch] | None = None
    for _ in range(TURNS):
        here, exact = _exact(context, plan)
        if best is None or exact.total_eur < best[1].total_eur:
            best = here, exact
        moved = np.abs(_kvar(here.problem) - _kvar(context.problem)).max()
        if moved <= RESTS_KVAR or not context.go_on():
            return here, exact
        context = here
        try:
            plan = convex_phase(context, plan.closed, plan.agreement)
        except (PowerFlowError, SolverError):
            break
    assert best is not None
    return best


def _exact(context: Context, plan: Dispatch) -> tuple[Context, Dispatch]:
    """The plan with the power flow in which generators hold their voltages."""
    problem = context.problem
    for _ in range(EXACT_TURNS):
        own = given(problem, plan.reactive_kvar)
        kvar = held_kvar(own, plan.closed, plan.response.injection_kw)
        moved = np.abs(kvar - _kvar(problem)).max()
        problem = at_generators(problem, kvar)
        plan = dispatched(problem, plan.closed, plan.agreement, plan.traded_kw, plan.response)
        if plan.reactive_kvar is None or moved <= EXACT_KVAR:
            break
    return replace(context, problem=problem), plan


def _rescheduled(context: Context, trees: TreeSet | None, mode: str, plan: Dispatch) -> tuple[Context, Dispatch] | None:
    """A plan on the schedule that is cheapest with voltages held at the plan's injections; None where that is the
    plan's own, or promises too little."""
    assert trees is not None
    problem, search = context.problem, context.settings.search
    costs = stage_eur(given(problem, plan.reactive_kvar), trees, plan.response.injection_kw)
    closed = schedule_closed(trees, choices(Journal(), search)[mode].best(problem, trees, costs))
    hours = np.arange(problem.hours)
    pairs = [costs[trees.places(item), hours].sum() + switching_eur(problem, item) for item in (plan.closed, closed)]
    if not pairs[0] - pairs[1] > search.threshold_share * plan.scale_eur:
        return None
    try:
        kvar = held_kvar(problem, closed, plan.response.injection_kw)
        there = replace(context, problem=at_generators(problem, kvar))
        return _rested(there, convex_phase(there, closed, plan.agreement))
    except (PowerFlowError, SolverError):
        return None


def stage_eur(problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats, exact: bool = False) -> Floats:
    """(n_trees, T) losses and violations of every topology at injections (K, T) with voltages held, to the accuracy of
    a ranking or ``exact``; infinite where there is no solution."""
    load_kw, load_kvar = _loads(problem, injection_kw)
    rank = evaluate_trees if exact else landscape
    found = rank(at_work(problem.network), trees, load_kw, load_kvar, problem.terms)
    return np.asarray(found.stage_cost(problem.terms) + outages_eur(problem, trees))


def _loads(problem: CoordinationProblem, injection_kw: Floats) -> tuple[Floats, Floats]:
    """(T, n) net withdrawals without what generators give in reactive power."""
    return problem.net_load_kw(injection_kw), _without_generators(problem)


def _without_generators(problem: CoordinationProblem) -> Floats:
    held, load_kvar = problem.network.held, problem.operator.load_kvar.copy()
    assert held is not None
    load_kvar[:, held.generators.bus] += _kvar(problem)
    return load_kvar


def _kvar(problem: CoordinationProblem) -> Floats:
    """(T, G) what generators give in a problem."""
    held = problem.network.held
    assert held is not None and held.kvar is not None
    return held.kvar
