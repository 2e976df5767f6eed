"""The two-tier loop on one page.

Tier 1 negotiates trades and injections for a given schedule of trees (:mod:`.admm`). Tier 2 chooses the schedule:

  binary phase   while tier 1 still moves, rank radial trees at the operator's target injections by exact power flow,
                 choose the cheapest schedule, keep only trees within a shrinking margin of it. Free binaries, the
                 lines on which the kept trees of an hour differ, never grow and end at zero.
  convex phase   with every switch frozen, tier 1 runs to its tolerance, and again to a smaller one until the plan made
                 of it is accepted (:mod:`.plans.acceptance`).
  polish         search all trees again at several injections; a schedule is accepted only if its dispatched cost,
                 exact power flow included, falls by more than a threshold (:mod:`.schedule.local_search`).

What is proved: the convex phase converges, binary phase and polish end. Not: that the schedule is the best of all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.acceptance import PlanCheck, Remedy, best_of, checked, unrest
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch
from p2pdnr.coordination.plans.limit_margins import held_back
from p2pdnr.coordination.problem import given
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.kept_trees import Kept, Ranked, keep
from p2pdnr.coordination.schedule.least_curtailed import least_curtailed
from p2pdnr.coordination.schedule.local_search import improve, polish
from p2pdnr.coordination.schedule.topology_step import topology_step
from p2pdnr.coordination.schedule.tree_costs import renewed, schedule_closed
from p2pdnr.coordination.schedule.window_moves import eased
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.network.topology import count_spanning_trees

Bools = npt.NDArray[np.bool_]


def coordinate(context: Context, candidates: Candidates, start: Agreement, known: list[Dispatch]) -> Dispatch:
    """Find a schedule and everything that runs on it.

    ``start`` is where the negotiation stands, ``known`` the plans of narrower modes, which are tested as they are.
    """
    found = first_plan(context, candidates, start)
    return improved(context, candidates, [found, *known])


def first_plan(context: Context, candidates: Candidates, start: Agreement) -> Dispatch:
    """Binary and convex phase: a schedule, and the plan on it."""
    context.journal.enter("binary")
    closed, state = binary_phase(context, candidates, start)
    context.journal.enter("convex")
    return convex_phase(context, closed, state)


def improved(context: Context, candidates: Candidates, plans: list[Dispatch]) -> Dispatch:
    """The best of some plans, polished; all but the first are those of narrower modes."""
    best = min(plans, key=lambda plan: plan.total_eur)
    context.journal.enter("polish")
    better = polish(context, candidates, best)
    # those of narrower modes were negotiated roughly, however near their copies happen to be
    if better is plans[0] or (better not in plans[1:] and _is_settled(context, better)):
        return better
    return convex_phase(context, better.closed, better.agreement)


def relieved(context: Context, candidates: Candidates, plan: Dispatch) -> Dispatch:
    """A plan, or a cheaper one from the schedule on which least must be given up where the market breaks limits.

    That schedule is tested whatever it costs at first, as prosumers have far to go.
    """
    if not context.go_on():
        return plan
    context.journal.enter("search")
    closed = least_curtailed(context.problem, candidates, plan.closed, context.settings.search)
    context.journal.enter("polish")
    if closed is None or (closed == plan.closed).all():
        return plan
    patient = replace(context.settings.search, hopeless_share=np.inf)
    better = improve(replace(context, settings=replace(context.settings, search=patient)), closed, plan)
    return plan if better is None else improved(context, candidates, [plan, better])


def settled(context: Context, candidates: Candidates, plans: list[Dispatch]) -> Dispatch:
    """The best of some plans, polished; where not all trees are known, again and again over those that a search at the
    plan's own injections finds, until none of them improves it."""
    plan, outlook = relieved(context, candidates, improved(context, candidates, plans)), candidates.outlook
    moved = eased(context, candidates, plan)
    plan = plan if moved is plan else improved(context, candidates, [plan, moved])
    if outlook.trees.complete:
        return plan
    count, searched = float(count_spanning_trees(context.problem.network)), len(outlook.trees)
    context.journal.remark("pool", f"topologies: pools of some {searched:,} were searched, not all {count:.3g}")
    for _ in range(context.settings.search.renewals):
        if not context.go_on():
            break
        context.journal.enter("search")
        outlook = renewed(context.problem, outlook, plan, context.settings.search, context.go_on)
        better = improved(context, replace(candidates, outlook=outlook), [plan])
        if better is plan:
            break
        plan = better
    return plan


def binary_phase(context: Context, candidates: Candidates, start: Agreement) -> tuple[Bools, Agreement]:
    """Freeze switch after switch while the negotiation moves; returns the schedule (T, m) and where tier 1 stands.

    The first ranking is at the unconstrained injections; later ones at the operator's target injections.
    """
    problem, journal, search = context.problem, context.journal, context.settings.search
    few = replace(context.settings.admm, max_iterations=search.iterations_per_round, balance_until=0)
    unconstrained_eur, state, margin = candidates.outlook.unconstrained_eur, start, search.first_margin
    everything = Kept(candidates.outlook.trees, np.ones(unconstrained_eur.shape, dtype=np.bool_))
    ranked, rank = Ranked(everything, unconstrained_eur, unconstrained_eur), topology_step(search.topology)
    for remaining in range(search.rounds, 0, -1):
        kept, best = keep(problem, ranked, candidates.choice, margin if remaining > 1 else 0.0, search.most_kept)
        journal.free_binaries, journal.survivors = kept.free_binaries, kept.survivors
        if kept.within > search.most_kept:
            most = f"binary phase: of {kept.within:,} topologies in its margin {search.most_kept} were kept"
            journal.remark("kept", most)
        closed = schedule_closed(kept.trees, best)
        if journal.free_binaries == 0:
            break
        state = iterations.negotiate(problem, closed, state, few, partial(journal.note, closed=closed))
        agreed_kvar = None if state.reactive is None else state.reactive.agreed_kvar
        at = context if agreed_kvar is None else replace(context, problem=given(problem, agreed_kvar))
        ranked = rank(at, kept, best, state.wanted_kw)
        margin *= search.margin_factor
    return closed, state


def convex_phase(context: Context, closed: Bools, start: Agreement) -> Dispatch:
    """Tier 1 to its tolerance, with every binary frozen, then the plan that can be run.

    Where trades that both sides can deliver are not found, or the plan is not accepted, tier 1 goes on to a smaller
    tolerance; how, the check of the last plan says.
    """
    problem, admm, acceptance = context.problem, context.settings.admm, context.settings.acceptance
    state, failed = start, None
    checks: list[PlanCheck] = []
    for attempt in acceptance.attempts:
        rest = bool(checks) and checks[-1].remedy is Remedy.PRICES_REST
        if attempt.is_finer and not state.converged:
            break
        strict = attempt.of(admm, rest, len(problem.block.terms) * problem.hours)
        state = iterations.negotiate(problem, closed, state, strict, partial(_observed, context, closed))
        if attempt.is_finer and not state.converged:
            break
        try:
            plan = dispatch(context.problem, closed, state, acceptance)
        except SolverError as error:
            failed = error
            continue
        context.journal.offer(context.problem, plan)
        checks.append(checked(context.problem, plan, admm.primal_kw, acceptance))
        if checks[-1].failure is None:
            return plan
        problem = held_back(problem, plan, admm.primal_kw, acceptance)
    if not checks:
        raise failed or SolverError("the negotiation found no plan")
    return best_of(checks, acceptance)


def _observed(context: Context, closed: Bools, state: Agreement) -> bool:
    """Record an iteration, with a first answer where one is due; whether the time is up."""
    problem, journal, settings = context.problem, context.journal, context.settings
    enough = journal.note(state, closed)
    if journal.awaits_answer(state, settings.acceptance, settings.admm.primal_kw):
        with suppress(SolverError, PowerFlowError):
            journal.offer(problem, dispatch(problem, closed, state, settings.acceptance, thorough=False))
    return enough


def _is_settled(context: Context, plan: Dispatch) -> bool:
    """Whether a plan was negotiated to the tolerance, and its prices will do."""
    state, settings = plan.agreement, context.settings
    close = state.converged and state.primal_kw <= settings.admm.primal_kw
    return close and unrest(context.problem, plan, settings.acceptance) is None
