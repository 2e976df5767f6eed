"""Finding the prices that prove a good bound.

The prices that join the hours and those of the market come from the convex programme of the plan's schedule, the
multipliers of every other tree from one power flow. Pairs of a tree and an hour on which the least schedule still
rests get a programme of their own, until it rests on such pairs alone: then nothing but other prices of stored energy
could raise the bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints
from p2pdnr.coordination.bound.programme import Answer, solve_hours
from p2pdnr.coordination.bound.proof import Proof, Refined, first_bounds, raised
from p2pdnr.coordination.choice import Choice
from p2pdnr.coordination.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.journal import Journal
from p2pdnr.coordination.problem import Problem
from p2pdnr.market.duality import Prices
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.bound_arrays import Multipliers
from p2pdnr.reconfiguration.trees import TreeSet

RESTS = 1e-7
"""Of the sum of the cost parts: a pair within it of the least schedule counts as used by it."""

AHEAD = 0.25
"""How far above the least schedule pairs are refined at once, as a share of what is left to gain."""

MOST_AT_ONCE = 240
MOST_PAIRS = 6000


def search(problem: Problem, trees: TreeSet, choice: Choice, plan: Dispatch, journal: Journal) -> tuple[Proof, float]:
    """Prices, and the bound in EUR they prove; stops early when the time limit passes."""
    proof, own = opening(problem, trees, plan)
    bounds = first_bounds(problem, trees, choice, proof, plan.total_eur)
    raised(problem, bounds, proof, own)
    refined, exact = [own], np.zeros(bounds.stage_eur.shape, dtype=np.bool_)
    exact[own.tree, own.hour] = True
    reach = bounds.storage_eur + bounds.stage_eur[own.tree, own.hour].sum() + switching_eur(problem, plan.closed)
    while True:
        through = bounds.through(problem, choice)
        pairs = _resting(through, exact, (reach, RESTS * plan.scale_eur))
        if not len(pairs) or exact.sum() >= MOST_PAIRS or journal.out_of_time:
            return Proof(proof.storage, proof.prices, proof.seen_kw, tuple(refined)), float(through.min())
        journal.check()
        journal.report(None)
        more = refine(problem, trees, proof, pairs)
        raised(problem, bounds, proof, more)
        exact[more.tree, more.hour] = True
        refined.append(more)


def opening(problem: Problem, trees: TreeSet, plan: Dispatch) -> tuple[Proof, Refined]:
    """Prices from the plan's schedule: of everything, and of its own pairs of tree and hour."""
    hours = np.arange(problem.hours)
    answer = solve_hours(problem, [orient(problem.network, closed) for closed in plan.closed], hours)
    own = np.array([trees.find(closed) for closed in plan.closed])
    proof = Proof(answer.storage, answer.prices, problem.net_load_kw(answer.injection_kw))
    return proof, _refined(own, hours, [answer])


def _resting(through: Floats, exact: Bools, reach: tuple[float, float]) -> Ints:
    """(N, 2) pairs to refine, the most urgent first; none when the least schedule rests on refined pairs alone."""
    least, (most, rests) = through.min(), reach
    urgent = np.where(exact, np.inf, through)
    if urgent.min() > least + rests:
        return np.zeros((0, 2), dtype=np.int64)
    ahead = np.argwhere(urgent <= least + max(rests, AHEAD * (most - least)))
    order = np.argsort(urgent[ahead[:, 0], ahead[:, 1]], kind="stable")
    return np.asarray(ahead[order[:MOST_AT_ONCE]])


def refine(problem: Problem, trees: TreeSet, proof: Proof, pairs: Ints) -> Refined:
    """Prices of pairs (N, 2) of a tree and an hour, each from a programme of its own."""

    def answer(pair: Ints) -> Answer:
        tree = orient(problem.network, trees.closed(int(pair[0])))
        return solve_hours(problem, [tree], pair[1:], proof.storage)

    return _refined(pairs[:, 0], pairs[:, 1], problem.backend.map(answer, pairs))


def _refined(tree: Ints, hour: Ints, answers: list[Answer]) -> Refined:
    """Side by side, rounded to what will be stored."""

    def joined(parts: Iterator[Floats]) -> Floats:
        return np.hstack(list(parts)).astype(np.float32).astype(np.float64)

    names = ("balance_eur", "imports_eur", "exports_eur", "pair_eur")
    prices = Prices(*(joined(getattr(item.prices, name) for item in answers) for name in names))
    grid = Multipliers(*(joined(item.multipliers[k] for item in answers) for k in range(4)))
    return Refined(tree, hour, prices, grid)
