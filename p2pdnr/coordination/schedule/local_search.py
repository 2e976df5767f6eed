"""Polish: look for a better schedule than the one agreed on, and take it only when it pays.

A schedule is proposed by the look that it is the cheapest of, tested by tier 1, started warm, and accepted only if its
cost as dispatched, exact power flow included, falls by more than a threshold. There are finitely many trees and the
cost falls every time: it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations, penalties
from p2pdnr.coordination.optimality import duality
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, given, without_choice
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import (
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


LOOKS = ("soft", "agreed", "unconstrained")
"""Ways to rank trees, in the order in which what they propose is tested: with prosumers that move against a resistance,
at the agreed and at the unconstrained injections."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A schedule (T, m), the ``look`` that it is the cheapest of, and what the operator's problem promises to gain by
    it: an estimate from above."""

    look: str
    closed: Bools
    promise_eur: float


def polish(context: Context, candidates: Candidates, plan: Dispatch) -> Dispatch:
    """Accept improving schedules until none of those found at the agreed injections improves."""
    settings, journal = context.settings.search, context.journal
    tested = {plan.closed.tobytes()}
    for _ in range(settings.most_improvements):
        better = None
        for proposal in proposals(context.problem, candidates, plan, settings):
            if proposal.closed.tobytes() in tested or journal.out_of_time:
                continue
            tested.add(proposal.closed.tobytes())
            if proposal.promise_eur > settings.threshold_share * plan.scale_eur:
                better = improve(context, proposal.closed, plan)
            if better is not None:
                journal.improvements.append(proposal.look)
                break
        if better is None:
            return plan
        plan = better
        journal.offer(context.problem, plan)
    return plan


def improve(context: Context, closed: Bools, plan: Dispatch) -> Dispatch | None:
    """The plan of another schedule, if what it costs as dispatched is less by more than the threshold.

    Tier 1 starts warm, with the weights of an opening in hours that change, and is asked again after every few
    iterations. A schedule is dropped when it is clearly dearer, or when a lower bound on whatever it can still reach
    leaves no gain above the threshold.
    """
    problem, search, admm = context.problem, context.settings.search, context.settings.admm
    done, threshold_eur = 0, search.threshold_share * plan.scale_eur
    state = penalties.opened(problem, plan.agreement, (closed != plan.closed).any(axis=1), admm)
    for count in search.test_iterations:
        few = replace(admm, max_iterations=count, balance_until=0)
        done += count
        try:
            state = iterations.negotiate(problem, closed, state, few, partial(context.journal.note, closed=closed))
            tested = dispatch(problem, closed, state, context.settings.acceptance)
        except (PowerFlowError, SolverError):
            continue
        gain_eur = plan.total_eur - tested.total_eur
        if gain_eur > threshold_eur:
            return tested
        dearer = done >= search.hopeless_iterations and gain_eur < -search.hopeless_share * plan.scale_eur
        if dearer or state.converged or most_gain_eur(problem, plan, tested) <= threshold_eur:
            return None
    return None


def most_gain_eur(problem: CoordinationProblem, plan: Dispatch, tested: Dispatch) -> float:
    """EUR that no dispatch on the schedule ``tested`` gains more of over a plan: by weak duality at the tested plan's
    prices, the upper voltage limit held by its tangent there; infinite where that says nothing."""
    state = tested.agreement
    assert state.answer is not None
    charge_eur_per_kw = np.ascontiguousarray(problem.step_h * state.answer.charge_eur_per_kwh.sum(axis=0).T)
    eur = tested.total_eur - tested.schedule_eur
    fed = tested.reactive_kvar, tested.inverter_eur(problem)
    stand = duality.Stand(state.trading.price_eur_per_kw, charge_eur_per_kw, tested.response.injection_kw, eur, *fed)
    at = without_choice(problem, tested.reactive_kvar)
    try:
        found = duality.near(at, tested.closed, stand, by_tangent=True)
    except (PowerFlowError, SolverError):
        return np.inf
    least_eur = found.total_eur + tested.schedule_eur
    return plan.total_eur - least_eur


def proposals(
    problem: CoordinationProblem, candidates: Candidates, plan: Dispatch, settings: SearchSettings
) -> Iterator[Proposal]:
    """Schedules worth testing, the most informed first: from all trees, at the agreed and at the unconstrained
    injections; last, where all these were refused, the next cheapest ones of the soft look."""
    known, choice = candidates.outlook, candidates.choice
    agreed_eur = stage_costs(given(problem, plan.reactive_kvar), known.trees, plan.response.injection_kw)
    in_use = [*np.unique(plan.closed, axis=0), problem.network.closed]
    same = np.array_equal(finite_costs(agreed_eur, settings.last_place), known.unconstrained_eur)
    hard = [agreed_eur] if same else [agreed_eur, known.unconstrained_eur]
    within = _within_limits(problem, candidates, hard, settings.last_place)
    rows, wanted = promising(known.trees, in_use, [*hard, *within], settings)
    trees = known.trees.subset(rows)
    stays_eur = np.where(
        wanted, np.nan, agreed_eur[rows]
    )  # prosumers move only where that costs less: staying put is an upper limit
    soft = soft_stage_costs(problem, trees, plan, settings.resistance_eur_per_kw2, stays_eur)
    for name, stage_eur in zip(LOOKS, (soft, *(look[rows] for look in hard)), strict=False):
        closed = schedule_closed(trees, choice.best(problem, trees, stage_eur))
        yield Proposal(name, closed, promise(problem, trees, plan, closed, soft))
    for closed in islice(_cheapest_first(problem, choice, trees, plan, soft), 1 + settings.next_cheapest):
        yield Proposal(LOOKS[0], closed, promise(problem, trees, plan, closed, soft))


def _cheapest_first(
    problem: CoordinationProblem, choice: Choice, trees: TreeSet, plan: Dispatch, stage_eur: Floats
) -> Iterator[Bools]:
    """The cheapest schedule (T, m) at ``stage_eur`` (n_trees, T), then the cheapest without what those before it change
    the plan to, until nothing but the plan's own is left."""
    left_eur = stage_eur.copy()
    while True:
        best = choice.best(problem, trees, left_eur)
        closed = schedule_closed(trees, best)
        changed = np.flatnonzero((closed != plan.closed).any(axis=1))
        if not len(changed):
            return
        yield closed
        left_eur[best[changed], changed] = np.inf


def _within_limits(
    problem: CoordinationProblem, candidates: Candidates, looks: list[Floats], last_place: float
) -> list[Floats]:
    """(n_trees, T) for every look what no schedule through a tree costs less than: where switching is limited or a pool
    was made for it, cheap trees may be out of reach, and those in between count."""
    trees = candidates.outlook.trees
    if trees.complete and not problem.terms.limits_switching:
        return []
    return [candidates.choice.marginals(problem, trees, finite_costs(look, last_place)) for look in looks]


def promise(problem: CoordinationProblem, trees: TreeSet, plan: Dispatch, closed: Bools, soft: Floats) -> float:
    """EUR that a schedule gains over the plan's by the costs ``soft`` (n_trees, T), prosumers moving."""
    hours = np.arange(len(closed))
    now, then = (soft[trees.places(rows), hours].sum() for rows in (plan.closed, closed))
    return float(now - then) + switching_eur(problem, plan.closed) - switching_eur(problem, closed)


def promising(
    trees: TreeSet, in_use: list[Bools], looks: Sequence[Floats], settings: SearchSettings
) -> tuple[Ints, Bools]:
    """Rows of the trees in use and, for every look, of the cheapest few of each hour and of all hours together; and
    (n_rows, T) in which hours each of them is promising, or beside such an hour: where it may stay on."""
    hours = looks[0].shape[1]
    everywhere = {trees.find(closed) for closed in in_use if (~closed).sum() == trees.open_lines.shape[1]}
    here: list[tuple[int, int]] = []
    for stage in looks:
        by_hour = np.ascontiguousarray(np.where(np.isfinite(stage), stage, 1e12).T)
        for hour, cost in enumerate(by_hour):
            here.extend((row, hour) for row in cheapest(cost, settings.finalists_per_hour))
        everywhere.update(cheapest(by_hour.sum(axis=0), settings.finalists_of_all_hours))
    here.extend((row, hour) for row in everywhere for hour in range(hours))
    found, when = np.array(here, dtype=np.int64).T
    rows = np.unique(found)
    wanted = np.zeros((len(rows), hours), dtype=np.bool_)
    wanted[np.searchsorted(rows, found), when] = True
    beside = np.pad(wanted, ((0, 0), (1, 1)))
    return rows, wanted | beside[:, :-2] | beside[:, 2:]


def cheapest(cost: Floats, count: int) -> list[int]:
    """Indices of the ``count`` least, or of all."""
    if count >= len(cost):
        return list(range(len(cost)))
    return [int(index) for index in np.argpartition(cost, count)[:count]]
