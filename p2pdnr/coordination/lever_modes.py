"""Tap changers and capacitors that move: the last stage of a solve, in every mode.

A plan with levers held is where it begins, so that no plan is dearer than one without them. A schedule with other
positions (:mod:`.schedule.joint_moves`) is tested by tier 1, negotiated to the tolerance where that pays, and taken
only where the whole of it costs less; then everything is looked at again, until nothing that is proposed improves. In
modes "fixed" and "static" the topology is held over the day and levers move all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import MODES, Earlier, choices, plan, refine, revisit
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import at_positions
from p2pdnr.coordination.schedule.choice import Static
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.joint_moves import Among, JointProposal, joint_proposals, positions_of, states_of
from p2pdnr.coordination.schedule.local_search import improve
from p2pdnr.coordination.schedule.tree_costs import searched_trees, unconstrained_injections
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.reconfiguration.topologies.tree_set import pool


def planned(
    context: Context, trees: TreeSet | None, earlier: Earlier | None, mode: str, every: bool = False
) -> dict[str, Dispatch]:
    """Plans by mode: of the one asked for, or of every one on the way to it, with levers that move where they may;
    ``trees`` are all radial trees, None where they are too many, ``earlier`` a solve to start from."""
    known = None if every or earlier is None else revisit(_where(context, earlier), trees, earlier)
    start = None if earlier is None else earlier.state
    plans = {mode: known} if known else plan(context, trees, mode, start, every)
    wanted = refine(context, plans) if every else {mode: plans[mode]}
    return wanted if context.problem.levers is None else with_levers(context, trees, wanted)


def _where(context: Context, earlier: Earlier) -> Context:
    """The context with levers where they stood in an earlier solve."""
    if earlier.positions is None:
        return context
    return replace(context, problem=at_positions(context.problem, earlier.positions))


def with_levers(context: Context, trees: TreeSet | None, plans: Mapping[str, Dispatch]) -> dict[str, Dispatch]:
    """Plans by mode with levers that move, none dearer than that of a narrower mode. ``trees`` are all radial trees,
    None where they are too many.

    Raises :class:`NetworkError` where levers have too many positions together.
    """
    states_of(context.problem)
    found: dict[str, Dispatch] = {}
    for mode in [name for name in MODES if name in plans]:
        context.journal.mode = mode
        own = _improved(context, _among(context, trees, mode, plans[mode]), plans[mode])
        found[mode] = min([own, *found.values()], key=lambda plan: plan.total_eur)
    return found


def at_plan(context: Context, plan: Dispatch) -> Context:
    """The context with levers where a plan has them."""
    return replace(context, problem=at_positions(context.problem, plan.positions))


def _among(context: Context, trees: TreeSet | None, mode: str, plan: Dispatch) -> Among:
    """What a mode may choose from."""
    problem, settings = context.problem, context.settings
    opening = iterations.opening(problem, settings.admm)
    unconstrained_kw = unconstrained_injections(problem, opening, settings.search)
    if mode == "fixed":
        initial = pool(problem.network, [np.flatnonzero(~problem.network.closed)])
        return Among(initial, unconstrained_kw, Static())
    found = trees or searched_trees(problem, plan.response.injection_kw, settings.search, context.go_on)
    return Among(found, unconstrained_kw, choices(context.journal, settings.search)[mode])


def _improved(context: Context, among: Among, plan: Dispatch) -> Dispatch:
    """The plan, or the cheapest that moving levers leads to."""
    here = replace(context, problem=at_positions(context.problem, positions_of(at_plan(context, plan).problem)))
    plan = replace(plan, positions=positions_of(here.problem), costs_eur=_with_steps(plan))
    tested: set[bytes] = set()
    for _ in range(context.settings.search.lever_turns):
        if not context.go_on():
            break
        context.journal.enter("polish")
        better = _better(here, among, plan, tested)
        if better is None:
            break
        plan, here = better, at_plan(context, better)
        context.journal.offer(here.problem, plan)
    return plan


def _with_steps(plan: Dispatch) -> dict[str, float]:
    """The parts of a plan's cost where levers may move, and in this one did not."""
    return {name: value for name, value in plan.costs_eur.items() if name != "unserved"} | {
        "levers": plan.costs_eur.get("levers", 0.0),
        "unserved": plan.costs_eur["unserved"],
    }


def _better(context: Context, among: Among, plan: Dispatch, tested: set[bytes]) -> Dispatch | None:
    """A settled plan that costs less; None where no proposal leads to one."""
    search = context.settings.search
    for proposal in joint_proposals(context, among, plan):
        key = proposal.closed.tobytes() + proposal.positions.tobytes()
        same = (proposal.closed == plan.closed).all() and (proposal.positions == plan.positions).all()
        if key in tested or same or context.journal.out_of_time:
            continue
        tested.add(key)
        if proposal.promise_eur <= search.threshold_share * plan.scale_eur:
            continue
        found = _negotiated(context, proposal, plan)
        if found is not None and found.total_eur < plan.total_eur:
            context.journal.improvements.append(f"levers, {proposal.look}")
            return found
    return None


def _negotiated(context: Context, proposal: JointProposal, plan: Dispatch) -> Dispatch | None:
    """The plan on a proposal, to the tolerance; None where a test shows that it does not pay, or it has none."""
    there = replace(context, problem=at_positions(context.problem, proposal.positions))
    try:
        found = improve(there, proposal.closed, plan)
        return None if found is None else convex_phase(there, found.closed, found.agreement)
    except (PowerFlowError, SolverError):
        return None
