"""Polish: look for a better schedule than the one agreed on, and take it only when it pays.

Ranking trees at the agreed injections alone hides those that would relieve a curtailment, so candidates come from several
looks: the agreed injections, what prosumers would inject without charges, and, for the most promising trees, the operator's
own problem at the present charges with prosumers free to move (a proximal step: charge x movement + weight/2 movement^2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination import convex
from p2pdnr.coordination.choice import Choice
from p2pdnr.coordination.convex import Agreement, Rules
from p2pdnr.coordination.dispatch import Dispatch, dispatch
from p2pdnr.coordination.journal import Journal
from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.reconfiguration.search import TreeSet, landscape, pool

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

THRESHOLD = 2e-4
"""Of the sum of the cost parts: a candidate must gain more than this, above twice the error of an evaluation."""

FINALISTS_PER_HOUR = 8
SOFTNESS_EUR_PER_KW2 = (1e-3, 1e-4)
MAX_ROUNDS = 6
TURNS_PER_LOOK = 25
LOOKS = 3
HOPELESS = 2e-3


def polish(
    problem: Problem, trees: TreeSet, choice: Choice, plan: Dispatch, rules: Rules, journal: Journal
) -> Dispatch:
    """Accept improving candidates until none of those tested improves."""
    tested = {plan.closed.tobytes()}
    wish_kw = wished_injections(problem, plan.agreement)
    for _ in range(MAX_ROUNDS):
        improved = False
        for closed in candidates(problem, trees, choice, plan, wish_kw):
            if closed.tobytes() in tested or journal.out_of_time:
                continue
            tested.add(closed.tobytes())
            better = improve(problem, closed, plan, rules, journal)
            if better is not None:
                plan, improved = better, True
                break
        if not improved:
            return plan
    return plan


def improve(problem: Problem, closed: Bools, plan: Dispatch, rules: Rules, journal: Journal) -> Dispatch | None:
    """The plan of another schedule, if what it costs as dispatched is less by more than the threshold.

    Tier 1 starts warm and is asked again after every few turns; a candidate that is clearly dearer is dropped early.
    """
    few = replace(rules, max_iterations=TURNS_PER_LOOK, balance_until=0)
    state = plan.agreement
    for _ in range(LOOKS):
        try:
            state = convex.negotiate(problem, closed, state, few, journal.note)
            candidate = dispatch(problem, closed, state)
        except (PowerFlowError, SolverError):
            continue
        gain = plan.total_eur - candidate.total_eur
        if gain > THRESHOLD * plan.scale_eur:
            return candidate
        if gain < -HOPELESS * plan.scale_eur:
            return None
    return None


def candidates(
    problem: Problem, trees: TreeSet, choice: Choice, plan: Dispatch, wish_kw: Floats
) -> Iterator[Bools]:
    """Schedules worth testing, the most informed first."""
    agreed_kw = plan.response.injection_kw
    looks = [stage_costs(problem, trees, kw) for kw in (agreed_kw, wish_kw, (agreed_kw + wish_kw) / 2)]
    finalists = promising(problem, trees, plan, looks)
    for weight in SOFTNESS_EUR_PER_KW2:
        stage = soft_stage_costs(problem, finalists, plan, weight)
        yield schedule(finalists, choice.best(problem, finalists, stage))
    for stage in looks:
        yield schedule(trees, choice.best(problem, trees, stage))


def promising(problem: Problem, trees: TreeSet, plan: Dispatch, looks: list[Floats]) -> TreeSet:
    """The trees in use and, for every look and hour, the cheapest few; and the cheapest over all hours."""
    chosen = {trees.find(row) for row in np.unique(plan.closed, axis=0)}
    for stage in looks:
        count = min(FINALISTS_PER_HOUR, len(trees)) - 1
        for column in (*stage.T, np.where(np.isfinite(stage), stage, 1e9).sum(axis=1)):
            chosen.update(np.argpartition(column, count)[: count + 1].tolist())
    return pool(problem.network, trees.open_lines[sorted(chosen)])


def stage_costs(problem: Problem, trees: TreeSet, injection_kw: Floats) -> Floats:
    """(n_trees, T) losses and violations by AC power flow at injections (K, T)."""
    load_kw = problem.net_load_kw(injection_kw)
    return landscape(problem.network, trees, load_kw, problem.operator.load_kvar, problem.terms).stage_cost(problem.terms)


def soft_stage_costs(problem: Problem, trees: TreeSet, plan: Dispatch, weight_eur: float) -> Floats:
    """(n_trees, T) least of operator's cost + charge x (injection - agreed) + weight/2 (injection - agreed)^2."""
    charge = plan.agreement.charge_eur
    agreed_kw = problem.at_buses(plan.response.injection_kw)
    by_bus = problem.at_buses(charge) / problem.crowd
    weight = np.full(len(problem.crowd), weight_eur) / problem.crowd
    stage = np.empty((len(trees), problem.hours))
    hours = np.arange(problem.hours)
    target = agreed_kw - by_bus / weight
    for index in range(len(trees)):
        closed = np.tile(trees.closed(index), (problem.hours, 1))
        stage[index] = _soft_cost(problem, closed, (target, np.tile(weight, (problem.hours, 1))), hours)
    return stage - (weight / 2 * (by_bus / weight) ** 2).sum(axis=1)


def _soft_cost(problem: Problem, closed: Bools, pull: tuple[Floats, Floats], hours: Ints) -> Floats:
    """(T,) the operator's cost and the pull's, infinite where the tree has no power flow there."""
    target, weight = pull
    try:
        answer = problem.operator.solve(closed, target, weight, hours)
    except PowerFlowError:
        if len(hours) == 1:
            return np.full(1, np.inf)
        parts = [_soft_cost(problem, closed[[t]], (target[[t]], weight[[t]]), hours[[t]]) for t in range(len(hours))]
        return np.concatenate(parts)
    moved = answer.injection_kw - target
    return np.asarray(answer.cost_eur.sum(axis=1) + (weight / 2 * moved**2).sum(axis=1))


def wished_injections(problem: Problem, agreement: Agreement) -> Floats:
    """(K, T) injections prosumers would agree on among themselves if there were no charges: the market without a grid."""
    state = replace(agreement, charge_eur=np.zeros_like(agreement.charge_eur))
    for _ in range(20):
        response = convex.answer_prices(problem, replace(state, charge_weight=np.full(problem.hours, 1e-9)))
        trading = convex.negotiation.agree(problem.block, state.trading, response.trade_kw, state.trade_weight, 1.6)
        state = replace(state, trading=trading, response=response)
    assert state.response is not None
    return state.response.injection_kw


def schedule(trees: TreeSet, indices: Ints) -> Bools:
    """(T, m) closed lines of a schedule given by tree indices."""
    return np.array([trees.closed(int(index)) for index in indices])
