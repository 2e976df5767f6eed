"""Loops that nothing can open, in plans with prosumers.

They are cut at joints (:mod:`p2pdnr.network.joints`), so that topologies are trees. Every plan has the power flow with
joints closed, and so has the operator's problem: its charges count what then flows otherwise. The ranking of topologies
alone takes what flows through joints for given: that of the initial topology at first, that of the plan at last. At the
plan's injections every topology is then solved with joints closed where they are few, and a schedule that is cheaper so
is negotiated and taken where the whole plan costs less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import schedule_closed, stage_costs, unplanned
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.network.arrays import Network
from p2pdnr.network.joints import Complexes, pairs, whole
from p2pdnr.network.powerflow import has_solution, joined_through, solve_tree, tree_branches, withdrawals_pu
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FEW = 500
"""Topologies up to which each is solved with joints closed at a plan's injections."""

SCHEDULES = 4
"""That may be tried because they are cheaper with joints closed."""


def has_loops(network: Network) -> bool:
    """Whether loops that nothing can open were cut."""
    return len(pairs(network)) > 0


def opened(context: Context) -> Context:
    """The context with what flows through joints in the initial topology at the unconstrained injections; as it is
    where that has no power flow."""
    problem = context.problem
    closed, injection_kw = unplanned(problem, context.settings.admm, context.settings.search)
    try:
        return replace(context, problem=at_flows(problem, flows_kva(problem, closed, injection_kw)))
    except PowerFlowError:
        return context


def flows_kva(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Complexes:
    """(T, k) what flows through joints with a schedule (T, m) at injections (K, T), kW + j kvar.

    Raises :class:`PowerFlowError`.
    """
    network, load_kw, load_kvar = problem.network, problem.net_load_kw(injection_kw), problem.operator.load_kvar
    found = np.full((problem.hours, len(pairs(network))), np.nan, dtype=np.complex128)
    for rows in problem.operator.alike(closed, np.arange(problem.hours)):
        branches = tree_branches(network, orient(network, closed[rows[0]]))
        withdrawals, hours = withdrawals_pu(network, load_kw[rows], load_kvar[rows])
        state, through = joined_through(network, branches, withdrawals, hours)
        solved = has_solution(state)[:hours]
        found[rows[solved]] = network.base_kw * through[:, :hours].T[solved]
    if np.isnan(found).any():
        hours_without = ", ".join(map(str, np.flatnonzero(np.isnan(found).any(axis=1))))
        raise PowerFlowError(f"there is no power flow with loops closed in hours {hours_without}")
    return _given_kva(problem) + found


def at_flows(problem: CoordinationProblem, flows: Complexes) -> CoordinationProblem:
    """The same problem whose loads count ``flows`` (T, k) through joints, in kW + j kvar: where the power flow with
    joints closed begins, and what a ranking takes for given."""
    moved = flows - _given_kva(problem)
    first, second = pairs(problem.network).T
    loads = problem.operator.load_kw.copy(), problem.operator.load_kvar.copy()
    for load, part in zip(loads, (moved.real, moved.imag), strict=True):
        np.add.at(load.T, first, part.T)
        np.add.at(load.T, second, -part.T)
    operator = replace(problem.operator, load_kw=loads[0], load_kvar=loads[1], _days=[])
    return replace(problem, operator=operator, rankings=[])


def _given_kva(problem: CoordinationProblem) -> Complexes:
    """(T, k) what the loads count as flowing through joints, whose first buses have no load."""
    first = pairs(problem.network)[:, 0]
    return np.asarray(problem.operator.load_kw[:, first] + 1j * problem.operator.load_kvar[:, first])


def with_loops(context: Context, trees: TreeSet | None, mode: str, plan: Dispatch) -> Dispatch:
    """The plan of a mode, or a cheaper one on a schedule that its own injections show; ``trees`` are all radial
    topologies, None where they are too many."""
    context.journal.enter("polish")
    context.journal.mode = mode
    if trees is None or mode == "fixed":
        return plan
    if len(trees) > FEW:
        told = f"topologies: {len(trees):,} were ranked with what flows in closed loops in the plan, not each solved"
        context.journal.remark("loops", told)
    for _ in range(SCHEDULES):
        found = _rescheduled(context, trees, mode, plan) if context.go_on() else None
        if found is None or found.total_eur >= plan.total_eur:
            break
        plan = found
    return plan


def _rescheduled(context: Context, trees: TreeSet, mode: str, plan: Dispatch) -> Dispatch | None:
    """A plan on the schedule that is cheapest at the plan's injections; None where that is the plan's own, or promises
    too little."""
    search = context.settings.search
    own = given(context.problem, plan.reactive_kvar)
    there = at_flows(context.problem, flows_kva(own, plan.closed, plan.response.injection_kw))
    costs = _stage_eur(given(there, plan.reactive_kvar), trees, plan.response.injection_kw)
    closed = schedule_closed(trees, choices(Journal(), search)[mode].best(there, trees, costs))
    hours = np.arange(there.hours)
    before, after = (
        costs[trees.places(item), hours].sum() + switching_eur(there, item) for item in (plan.closed, closed)
    )
    if not before - after > search.threshold_share * plan.scale_eur:
        return None
    try:
        return convex_phase(replace(context, problem=there), closed, plan.agreement)
    except (PowerFlowError, SolverError):
        return None


def _stage_eur(problem: CoordinationProblem, trees: TreeSet, injection_kw: Floats) -> Floats:
    """(n_trees, T) losses and violations of every topology, with joints closed where they are few."""
    if len(trees) > FEW:
        return stage_costs(problem, trees, injection_kw)
    network, terms = problem.network, problem.terms
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    found = np.empty((len(trees), problem.hours))
    for row in range(len(trees)):
        flow = solve_tree(network, orient(network, trees.closed(row)), load_kw, load_kvar)
        cost = terms.loss_eur_per_kw * flow.loss_kw.sum(axis=1)
        cost = cost + violation_eur(network, terms, flow.vm_pu, flow.current_a)
        found[row] = np.where(flow.converged, cost, np.inf)
    return found


def as_whole(problem: CoordinationProblem, plan: Dispatch) -> tuple[CoordinationProblem, Dispatch]:
    """A problem and its plan on the network before its loops were cut: buses that a cut made are left out, and what the
    loads count as flowing through joints is taken back."""
    network = whole(problem.network)
    if network is problem.network:
        return problem, plan
    n = network.n_buses
    plain = at_flows(problem, np.zeros_like(_given_kva(problem))).operator
    operator = replace(
        plain,
        network=network,
        load_kw=plain.load_kw[:, :n],
        load_kvar=plain.load_kvar[:, :n],
        _trees={},
        _workspaces=[],
    )
    answer = plan.agreement.answer
    assert answer is not None
    answer = replace(
        answer,
        charge_eur_per_kwh=answer.charge_eur_per_kwh[:, :, :n],
        limit_prices_eur=answer.limit_prices_eur[:, :, :n],
    )
    flow = replace(plan.flow, vm_pu=plan.flow.vm_pu[:, :n])
    plan = replace(plan, flow=flow, agreement=replace(plan.agreement, answer=answer))
    return replace(problem, network=network, operator=operator, rankings=[]), plan
