"""Polish: look for a better schedule than the one agreed on, and take it only when it pays.

A candidate is tested by tier 1, started warm, and accepted only if its cost as dispatched, exact power flow
included, falls by more than a threshold. There are finitely many trees and the cost falls every time: it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Rules
from p2pdnr.coordination.optimality import duality
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch, switching_eur
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.tree_costs import (
    Outlook,
    finite_costs,
    schedule_closed,
    soft_stage_costs,
    stage_costs,
)
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

THRESHOLD = 2e-4
"""Of the sum of the cost parts: what a candidate must gain, above twice the error of an evaluation."""

RESISTANCES_EUR_PER_KW2 = (1e-3, 3e-4)
FINALISTS_PER_HOUR = 6
FINALISTS_OF_ALL_HOURS = 40
MAX_ROUNDS = 8
LOOKS = (15, 10, 25, 25)
"""Turns of a test, after each of which it is looked at."""

HOPELESS, HOPELESS_TURNS = 3e-3, 25
"""Of the sum of the cost parts: a candidate that costs so much more after as many turns is dropped."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A schedule, and what the operator's problem promises to gain by it: an estimate from above."""

    closed: Bools
    promise_eur: float


def polish(
    problem: Problem, outlook: Outlook, choice: Choice, plan: Dispatch, rules: Rules, journal: Journal
) -> Dispatch:
    """Accept improving candidates until none of those found at the agreed injections improves."""
    tested = {plan.closed.tobytes()}
    for _ in range(MAX_ROUNDS):
        better = None
        for candidate in candidates(problem, outlook, choice, plan):
            if candidate.closed.tobytes() in tested or journal.out_of_time:
                continue
            tested.add(candidate.closed.tobytes())
            if candidate.promise_eur > THRESHOLD * plan.scale_eur:
                better = improve(problem, candidate.closed, plan, rules, journal)
            if better is not None:
                break
        if better is None:
            return plan
        plan = better
        journal.offer(problem, plan)
    return plan


def improve(problem: Problem, closed: Bools, plan: Dispatch, rules: Rules, journal: Journal) -> Dispatch | None:
    """The plan of another schedule, if what it costs as dispatched is less by more than the threshold.

    Tier 1 starts warm and is asked again after every few turns. A candidate is dropped when it is clearly dearer, or
    when a lower bound on whatever its schedule can still reach leaves no gain above the threshold.
    """
    state, turns = plan.agreement, 0
    for count in LOOKS:
        few = replace(rules, max_iterations=count, balance_until=0)
        turns += count
        try:
            state = iterations.negotiate(problem, closed, state, few, journal.note)
            candidate = dispatch(problem, closed, state)
        except (PowerFlowError, SolverError):
            continue
        gain = plan.total_eur - candidate.total_eur
        if gain > THRESHOLD * plan.scale_eur:
            return candidate
        dearer = turns >= HOPELESS_TURNS and gain < -HOPELESS * plan.scale_eur
        if dearer or state.converged or most_gain_eur(problem, plan, candidate) <= THRESHOLD * plan.scale_eur:
            return None
    return None


def most_gain_eur(problem: Problem, plan: Dispatch, candidate: Dispatch) -> float:
    """EUR that no dispatch on the candidate's schedule gains more of over a plan: by weak duality at the candidate's
    prices, the upper voltage limit held by its tangent there; infinite where that says nothing."""
    state = candidate.agreement
    assert state.answer is not None
    charge_eur = np.ascontiguousarray(problem.step_h * state.answer.charge_eur_per_kwh.sum(axis=0).T)
    eur = candidate.total_eur - candidate.costs_eur["switching"]
    stand = duality.Stand(state.trading.price_eur, charge_eur, candidate.response.injection_kw, eur)
    try:
        found = duality.near(problem, candidate.closed, stand, by_tangent=True)
    except (PowerFlowError, SolverError):
        return np.inf
    least_eur = found.total_eur + candidate.costs_eur["switching"]
    return plan.total_eur - least_eur


def candidates(problem: Problem, outlook: Outlook, choice: Choice, plan: Dispatch) -> Iterator[Candidate]:
    """Schedules worth testing, the most informed first: from all trees, at the agreed and at the
    unconstrained injections."""
    agreed_eur = stage_costs(problem, outlook.trees, plan.response.injection_kw)
    in_use = [*np.unique(plan.closed, axis=0), problem.network.closed]
    same = np.array_equal(finite_costs(agreed_eur), outlook.wish_eur)
    hard = [agreed_eur] if same else [agreed_eur, outlook.wish_eur]
    rows, wanted = promising(outlook.trees, in_use, [*hard, *_within_limits(problem, outlook.trees, choice, hard)])
    trees = outlook.trees.subset(rows)
    known = np.where(wanted, np.nan, agreed_eur[rows])  # who moves does so to pay less: no more than without moving
    soft = soft_stage_costs(problem, trees, plan, RESISTANCES_EUR_PER_KW2, known)
    for stage in (*soft, *(look[rows] for look in hard)):
        closed = schedule_closed(trees, choice.best(problem, trees, stage))
        yield Candidate(closed, promise(problem, trees, plan, closed, soft[-1]))


def _within_limits(problem: Problem, trees: TreeSet, choice: Choice, looks: list[Floats]) -> list[Floats]:
    """(n_trees, T) for every look what no schedule through a tree costs less than: where switching is limited or a pool
    was made for it, cheap trees may be out of reach, and those in between count."""
    if trees.complete and not problem.terms.limits_switching:
        return []
    return [choice.marginals(problem, trees, finite_costs(look)) for look in looks]


def promise(problem: Problem, trees: TreeSet, plan: Dispatch, closed: Bools, soft: Floats) -> float:
    """EUR that a schedule gains over the plan's when prosumers move against the smallest resistance."""
    hours = np.arange(len(closed))
    now, then = (soft[trees.places(rows), hours].sum() for rows in (plan.closed, closed))
    return float(now - then) + switching_eur(problem, plan.closed) - switching_eur(problem, closed)


def promising(trees: TreeSet, in_use: list[Bools], looks: Sequence[Floats]) -> tuple[Ints, Bools]:
    """Rows of the trees in use and, for every look, of the cheapest few of each hour and of all hours together; and
    (n_rows, T) in which hours each of them is promising."""
    hours = looks[0].shape[1]
    everywhere = {trees.find(closed) for closed in in_use if (~closed).sum() == trees.open_lines.shape[1]}
    here: list[tuple[int, int]] = []
    for stage in looks:
        by_hour = np.ascontiguousarray(np.where(np.isfinite(stage), stage, 1e12).T)
        for hour, cost in enumerate(by_hour):
            here.extend((row, hour) for row in cheapest(cost, FINALISTS_PER_HOUR))
        everywhere.update(cheapest(by_hour.sum(axis=0), FINALISTS_OF_ALL_HOURS))
    here.extend((row, hour) for row in everywhere for hour in range(hours))
    found, when = np.array(here, dtype=np.int64).T
    rows = np.unique(found)
    wanted = np.zeros((len(rows), hours), dtype=np.bool_)
    wanted[np.searchsorted(rows, found), when] = True
    return rows, wanted


def cheapest(cost: Floats, count: int) -> list[int]:
    """Indices of the ``count`` least, or of all."""
    if count >= len(cost):
        return list(range(len(cost)))
    return [int(index) for index in np.argpartition(cost, count)[:count]]
