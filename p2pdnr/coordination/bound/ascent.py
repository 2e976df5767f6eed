"""Better prices of stored energy and shifted load, where those of the plan's schedule leave much.

At the prices that the plan's own schedule has, another schedule may look much cheaper than it is: its batteries would
do in one hour what they cannot have stored in another. The bound is a concave function of these prices. Between those
of the plan's schedule and those of the one that looks cheapest there are prices at which neither looks too cheap; steps
that way are taken while they raise the bound, and halved where they do not (an ascent of the Lagrangian dual).

To look at many prices one look must be cheap. The power flow at which a topology's multipliers are taken is that of the
plan's injections; at the injections of the least schedule's own programmes another one is, and topologies that are
alike are raised together (:attr:`.proof.Proof.also_seen_kw`). While prices are sought, only topologies are looked at
that could matter at the first ones; what is proved at the last is over all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints
from p2pdnr.coordination.bound.programme import Answer, solve_hours
from p2pdnr.coordination.bound.proof import Bounds, Proof, Refined, first_bounds, raise_bounds
from p2pdnr.coordination.bound.search import Found, Task, answers, capped, found, joined, opening, turn_of
from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.market.duality import Storage, storage_bound
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet
from p2pdnr.solvers import Status

LOOKS = 8
"""Withdrawals looked at for one set of prices, at most."""

KEPT_LOOKS = 6
"""Withdrawals that are looked at again at other prices, the first ones."""

STEPS, FIRST_STEP, LAST_STEP = 16, 0.5, 1.0 / 32.0
"""Of the way between two prices: how many are tried, the first and the shortest."""

ENOUGH = 1e-2
"""Of the sum of the cost parts: a gap that needs no better prices."""

WORTH = 0.05
"""Of the gap: a step that raises the bound by less is the last one."""

FAR_EUR = 1e9
"""What a topology costs that is left out while prices are sought."""


@dataclass(frozen=True, eq=False)
class _Looked:
    """Bounds at some prices: the ``task`` with them, ``refined`` the pairs that have prices of their own, the plan's
    first, what schedules through a pair cost at least, and ``least`` (T,) the cheapest pairs."""

    task: Task
    bounds: Bounds
    refined: tuple[Refined, ...]
    through: Floats

    @property
    def least_eur(self) -> float:
        return float(self.through.min())

    @property
    def least(self) -> Ints:
        return np.asarray(self.through.argmin(axis=0))


def search(problem: CoordinationProblem, trees: TreeSet, choice: Choice, plan: Dispatch, journal: Journal) -> Found:
    """Prices, and the bound they prove; stops early when the time limit passes.

    Raises :class:`SolverError` when the programme of the plan's schedule has no answer.
    """
    proof, own = opening(problem, trees, plan)
    bounds = first_bounds(problem, trees, choice, proof)
    first = _looked(Task(problem, trees, choice, plan, proof, bounds.hours, journal), bounds, own)
    stages = first.bounds.stage_eur[own.tree, own.hour].sum()
    reached_eur = first.bounds.storage_eur + float(stages) + switching_eur(problem, plan.closed)
    best = _raised(first)
    task = best.task
    if best is not first:
        bounds = first_bounds(problem, trees, choice, task.proof)
    refined, through = turn_of(task, bounds, 0, best.refined, None)
    loose = plan.total_eur - reached_eur > 0.5 * (plan.total_eur - float(through.min()))
    return (capped if loose else found)(task, bounds, refined, through)


def _raised(first: _Looked) -> _Looked:
    """The best prices found from the first ones on."""
    best, step, plan = first, FIRST_STEP, first.task.plan
    rows = first.bounds.open(first.task.problem, first.task.choice, plan.total_eur)
    other = _storage_of(best)
    for _ in range(STEPS):
        journal = best.task.journal
        near = plan.total_eur - best.least_eur <= ENOUGH * plan.scale_eur
        if near or other is None or step < LAST_STEP or journal.out_of_time:
            break
        journal.check()
        journal.report(None)
        trial = _at(best.task, _between(best.task.proof.storage, other, step), rows)
        raised_eur = trial.least_eur - best.least_eur
        if raised_eur <= 0.0:
            step *= 0.5
            continue
        if raised_eur < WORTH * (plan.total_eur - best.least_eur):
            return trial
        best, other = trial, _storage_of(trial)
    return best


def _between(one: Storage, other: Storage, share: float) -> Storage:
    stored, shifted = (
        (1.0 - share) * getattr(one, name) + share * getattr(other, name) for name in ("stored_eur", "shifted_eur")
    )
    return Storage(stored, shifted)


def _storage_of(looked: _Looked) -> Storage | None:
    """Prices of the schedule that looks cheapest; None where its programme has no answer."""
    task = looked.task
    trees = [orient(task.problem.network, task.trees.closed(int(tree))) for tree in looked.least]
    answer = solve_hours(task.problem, trees, np.arange(task.problem.hours))
    return answer.storage if answer.status in (Status.OPTIMAL, Status.ALMOST) else None


def _at(task: Task, storage: Storage, rows: Ints) -> _Looked:
    """Bounds at other prices, of the trees ``rows`` alone."""
    problem = task.problem
    proof = replace(task.proof, storage=storage)
    hours = HourBounds(problem, proof.joining, proof.prices, np.arange(problem.hours))
    stage = np.full((len(task.trees), problem.hours), FAR_EUR)
    stage[rows] = -FAR_EUR
    bounds = Bounds(task.trees, hours, stage, storage_bound(problem.block, storage))
    for seen_kw in (proof.seen_kw, *_also(proof)):
        bounds.look(rows, proof, seen_kw)
    there = replace(task, proof=proof, hours=hours)
    return _looked(there, bounds, _own(there))


def _also(proof: Proof) -> tuple[Floats, ...]:
    return () if proof.also_seen_kw is None else tuple(proof.also_seen_kw)


def _own(task: Task) -> Refined:
    """The pairs of the plan's schedule at a task's prices."""
    hours = np.arange(task.problem.hours)
    pairs = np.column_stack([task.trees.places(task.plan.closed), hours])
    return joined(pairs, 0, answers(task, pairs))


def _looked(task: Task, bounds: Bounds, own: Refined) -> _Looked:
    """Look where the least schedule's programmes stand, until it rests on pairs with prices of their own."""
    problem, choice = task.problem, task.choice
    exact = np.zeros(bounds.stage_eur.shape, dtype=np.bool_)
    refined, also = [own], list(_also(task.proof))
    raise_bounds(problem, bounds, task.proof, own, None)
    exact[own.tree, own.hour] = True
    through = bounds.through(problem, choice)
    for _ in range(LOOKS):
        pairs = _unrefined(through, exact)
        if not len(pairs) or task.journal.out_of_time:
            break
        told = answers(task, pairs)
        refined.append(joined(pairs, 0, told))
        raise_bounds(problem, bounds, task.proof, refined[-1], None)
        exact[pairs[:, 0], pairs[:, 1]] = True
        seen_kw = _seen_kw(task, told, pairs[:, 1])
        bounds.look(bounds.open(problem, choice, task.proof.known_eur), task.proof, seen_kw)
        also = also if len(also) >= KEPT_LOOKS else [*also, seen_kw]
        through = bounds.through(problem, choice)
    proof = replace(task.proof, also_seen_kw=np.array(also) if also else None)
    return _Looked(replace(task, proof=proof), bounds, tuple(refined), through)


def _seen_kw(task: Task, told: list[Answer], hours: Ints) -> Floats:
    """(T, n) withdrawals in answers of ``hours``, the plan's in all others."""
    injection_kw = np.zeros((len(task.problem.block.terms), task.problem.hours))
    injection_kw[:, hours] = np.hstack([item.injection_kw for item in told])
    seen_kw = task.proof.seen_kw.copy()
    seen_kw[hours] = task.problem.net_load_kw(injection_kw)[hours]
    return seen_kw


def _unrefined(through: Floats, exact: Bools) -> Ints:
    """(N, 2) the least schedule's pairs without prices of their own."""
    pairs = np.column_stack([through.argmin(axis=0), np.arange(through.shape[1])])
    return np.asarray(pairs[~exact[pairs[:, 0], pairs[:, 1]]])
