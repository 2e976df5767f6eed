"""Finding the prices that prove a good bound.

The prices that couple the hours and those of the market come from the convex programme of the plan's schedule, the
multipliers of every other tree from one power flow. Pairs of a tree and an hour that the least schedule uses get a
programme of their own, until it uses such pairs alone: then only other prices of stored energy could raise the bound.
Where the gap to the plan is still above 0.1 %, that is done again with caps on what the operator pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints
from p2pdnr.coordination.bound.programme import Answer, solve_hours
from p2pdnr.coordination.bound.proof import Bounds, Proof, Refined, first_bounds, raise_bounds
from p2pdnr.coordination.bound.step_prices import allowed, source_v2_of
from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Floor
from p2pdnr.errors import SolverError
from p2pdnr.market.duality import Prices
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.lagrangian.all_trees import Seen
from p2pdnr.reconfiguration.lagrangian.one_tree import Multipliers
from p2pdnr.reconfiguration.lagrangian.secant_cuts import Secants, can_limit
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet
from p2pdnr.solvers import Status

RESTS = 1e-7
"""Of the sum of the cost parts: a pair within it of the least schedule counts as used by it."""

AHEAD = 0.25
"""How far above the least schedule pairs are refined at once, as a share of what is left to gain."""

MOST_AT_ONCE = 240
MOST_PAIRS = 1500
"""Of a turn."""

CLOSE = 1e-3
"""Of the sum of the cost parts: a gap below it is not worth another turn, nor one that closed by less than a tenth."""

MOST_TURNS = 3


@dataclass(frozen=True, eq=False)
class Task:
    """What does not change: the problem, its schedules, the plan and the common prices."""

    problem: CoordinationProblem
    trees: TreeSet
    choice: Choice
    plan: Dispatch
    proof: Proof
    hours: HourBounds
    journal: Journal


@dataclass(frozen=True, eq=False)
class Found:
    """A proof, the bound in EUR that it gives, and what every tree in every hour costs at least, ``stage_eur``
    (n_trees, T): its cheapest schedule is a promising one."""

    proof: Proof
    bound_eur: float
    stage_eur: Floats


def search(problem: CoordinationProblem, trees: TreeSet, choice: Choice, plan: Dispatch, journal: Journal) -> Found:
    """Prices, and the bound they prove; stops early when the time limit passes.

    Raises :class:`SolverError` when the programme of the plan's schedule has no answer.
    """
    proof, own = opening(problem, trees, plan)
    bounds = first_bounds(problem, trees, choice, proof)
    task = Task(problem, trees, choice, plan, proof, bounds.hours, journal)
    return capped(task, bounds, *turn_of(task, bounds, 0, [own], None))


def capped(task: Task, bounds: Bounds, refined: list[Refined], through: Floats) -> Found:
    """What was found, raised by turns with caps on what the operator pays while that is worth it; the first of the
    ``refined`` are the pairs of the plan's schedule."""
    problem, plan, journal, own = task.problem, task.plan, task.journal, refined[0]
    for turn in range(1, MOST_TURNS if _may_cap(problem) else 1):
        before = float(through.min())
        if plan.total_eur - before < CLOSE * plan.scale_eur or journal.out_of_time:
            break
        caps_eur = bounds.caps_eur(through, plan.total_eur)
        again = refine(task, np.column_stack([own.tree, own.hour]), turn, caps_eur)
        more, through = turn_of(task, bounds, turn, [again], caps_eur)
        refined += more
        if through.min() - before < 0.1 * (plan.total_eur - before):
            break
    return found(task, bounds, refined, through)


def found(task: Task, bounds: Bounds, refined: list[Refined], through: Floats) -> Found:
    """The bound that refined pairs prove, together with those of all others."""
    least = bounds.floor(task.problem, task.choice, through).least_eur
    bound_eur = min(least, task.plan.total_eur) if any(item.turn.any() for item in refined) else least
    return Found(replace(task.proof, refined=tuple(refined)), bound_eur, bounds.stage_eur)


def _may_cap(problem: CoordinationProblem) -> bool:
    """Whether caps on what the operator pays limit anything; with inverters or levers the ranges of reactive power they
    need are not known."""
    return can_limit(problem.network, problem.terms) and not problem.inverters.used and problem.levers is None


def turn_of(
    task: Task, bounds: Bounds, turn: int, start: Sequence[Refined], caps_eur: Floats | None
) -> tuple[list[Refined], Floats]:
    """Refine pairs until the least schedule rests on refined ones; ``start`` are refined already, those of the plan's
    schedule first."""
    problem, plan, own, more = task.problem, task.plan, start[0], start
    refined: list[Refined] = []
    exact = np.zeros(bounds.stage_eur.shape, dtype=np.bool_)
    while True:
        for pairs_of in more:
            raise_bounds(problem, bounds, task.proof, pairs_of, caps_eur)
            exact[pairs_of.tree, pairs_of.hour] = True
        refined += more
        through = bounds.through(problem, task.choice)
        stages = bounds.stage_eur[own.tree, own.hour].sum()
        reached_eur = bounds.storage_eur + stages + switching_eur(problem, plan.closed)
        pairs = _resting(through, exact, reached_eur, RESTS * plan.scale_eur)
        if not len(pairs):
            pairs = _unrefined(bounds.floor(problem, task.choice, through), exact)
        if not len(pairs) or exact.sum() >= MOST_PAIRS or task.journal.out_of_time:
            return refined, through
        task.journal.check()
        task.journal.report(None)
        more = [refine(task, pairs, turn, caps_eur)]


def opening(problem: CoordinationProblem, trees: TreeSet, plan: Dispatch) -> tuple[Proof, Refined]:
    """Prices from the plan's schedule: of everything, and of its own pairs of tree and hour."""
    hours = np.arange(problem.hours)
    answer = solve_hours(problem, [orient(problem.network, closed) for closed in plan.closed], hours)
    if answer.status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the relaxation of the plan's schedule was not solved: {answer.status}")
    own = np.array([trees.find(closed) for closed in plan.closed])
    seen_kw = problem.net_load_kw(answer.injection_kw)
    steps = None if answer.steps is None else allowed(problem, answer.steps)
    proof = Proof(answer.storage, answer.prices, seen_kw, plan.total_eur, seen=_seen(problem, answer), steps=steps)
    return proof, joined(np.column_stack([own, hours]), 0, [answer])


def _seen(problem: CoordinationProblem, answer: Answer) -> Seen | None:
    """Where inverters and levers stand, None where there are neither."""
    if answer.reactive_kvar is None and answer.capacitor_kvar is None:
        return None
    kvar, source_v2 = given(problem, answer.reactive_kvar).operator.load_kvar, None
    if answer.capacitor_kvar is not None:
        kvar, source_v2 = kvar - answer.capacitor_kvar, source_v2_of(problem)
    who = problem.inverters.who
    fed = None if answer.reactive_kvar is None else answer.reactive_kvar[who]
    active = None if answer.active_kw is None else answer.active_kw[who]
    return Seen(kvar, answer.multipliers.nu.T, source_v2, fed, active)


def _resting(through_eur: Floats, exact: Bools, reached_eur: float, rests_eur: float) -> Ints:
    """(N, 2) pairs to refine, the most urgent first; none when the least schedule rests on refined pairs alone, costs
    closer than ``rests_eur`` being the same. The plan's own schedule is bounded at ``reached_eur``."""
    least = through_eur.min()
    urgent = np.where(exact, np.inf, through_eur)
    if urgent.min() > least + rests_eur:
        return np.zeros((0, 2), dtype=np.int64)
    ahead = np.argwhere(urgent <= least + max(rests_eur, AHEAD * (reached_eur - least)))
    order = np.argsort(urgent[ahead[:, 0], ahead[:, 1]], kind="stable")
    return np.asarray(ahead[order[:MOST_AT_ONCE]])


def _unrefined(floor: Floor, exact: Bools) -> Ints:
    """(N, 2) pairs of the schedule on which the bound rests that are not refined yet."""
    if floor.indices is None:
        return np.zeros((0, 2), dtype=np.int64)
    pairs = np.column_stack([floor.indices, np.arange(len(floor.indices))])
    return np.asarray(pairs[~exact[pairs[:, 0], pairs[:, 1]]])


def refine(task: Task, pairs: Ints, turn: int, caps_eur: Floats | None) -> Refined:
    """Prices of pairs (N, 2) of a tree and an hour, each from a programme of its own."""
    return joined(pairs, turn, answers(task, pairs, caps_eur))


def answers(task: Task, pairs: Ints, caps_eur: Floats | None = None) -> list[Answer]:
    """What the programmes of pairs (N, 2) of a tree and an hour say."""
    problem, grid = task.problem, task.hours.grid

    def answer(pair: Ints) -> Answer:
        tree = orient(problem.network, task.trees.closed(int(pair[0])))
        cuts = None
        if caps_eur is not None:
            every = grid.secants(tree, caps_eur[pair[0]])
            cuts = Secants(*(part[:, pair[1:]] for part in vars(every).values()))
        return solve_hours(problem, [tree], pair[1:], task.proof.joining, cuts)

    return list(problem.backend.map(answer, pairs))


def joined(pairs: Ints, turn: int, answers: list[Answer]) -> Refined:
    """Side by side, rounded to what will be stored; a programme that failed has no prices."""

    def side_by_side(parts: Iterator[Floats]) -> Floats:
        rounded = np.hstack(list(parts)).astype(np.float32).astype(np.float64)
        return np.nan_to_num(rounded, nan=0.0, posinf=0.0, neginf=0.0)

    names = [name for name, part in vars(answers[0].prices).items() if part is not None]
    prices = Prices(*(side_by_side(getattr(item.prices, name) for item in answers) for name in names))
    parts = range(len(Multipliers._fields))
    grid = Multipliers(*(side_by_side(item.multipliers[k] for item in answers) for k in parts))
    return Refined(pairs[:, 0], pairs[:, 1], np.full(len(pairs), turn), prices, grid)
