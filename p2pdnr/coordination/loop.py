"""The two-tier loop on one page.

Tier 1 negotiates trades and injections for a given schedule of trees (:mod:`.convex`). Tier 2 chooses the schedule:

  binary phase   while tier 1 still moves, rank radial trees at the operator's target injections by exact power flow, choose
                 the cheapest schedule, keep only trees within a shrinking margin of it. Free binaries, the lines on which
                 the kept trees of an hour differ, never grow and end at zero.
  convex phase   with every switch frozen, tier 1 runs to its tolerance.
  polish         search all trees again at several injections; a candidate is accepted only if its dispatched cost, exact
                 power flow included, falls by more than a threshold (:mod:`.polish`).

What is proved: the convex phase converges, binary phase and polish end. Not: that the schedule is the best of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination import convex
from p2pdnr.coordination.choice import Choice
from p2pdnr.coordination.convex import Agreement, Rules
from p2pdnr.coordination.dispatch import Dispatch, dispatch
from p2pdnr.coordination.journal import Journal
from p2pdnr.coordination.polish import polish
from p2pdnr.coordination.problem import Problem
from p2pdnr.reconfiguration.reduction import free_binaries
from p2pdnr.reconfiguration.search import TreeSet, landscape, pool

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHRINK = 0.35
ROUNDS = 5
NEGOTIATIONS_PER_ROUND = 8
FIRST_MARGIN = 0.25
SMALL_POOL = 500
"""Of the best schedule's stage cost: how far from it a tree may be and still be kept after the first ranking."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The trees that are still in play: ``trees`` and ``mask`` (n_trees, T)."""

    trees: TreeSet
    mask: Bools

    @property
    def free_binaries(self) -> int:
        """Lines, summed over hours, on which the kept trees differ."""
        return free_binaries(self.trees.open_lines, self.mask)


def coordinate(
    problem: Problem,
    trees: TreeSet,
    choice: Choice,
    start: tuple[Agreement, list[Dispatch]],
    rules: Rules,
    journal: Journal,
) -> Dispatch:
    """Find a schedule and everything that runs on it.

    ``start`` is where the negotiation stands, and the plans of narrower modes, which are tested as they are.
    """
    state, known = start
    journal.enter("binary")
    closed, state = binary_phase(problem, trees, choice, state, rules, journal)
    journal.enter("convex")
    found = convex_phase(problem, closed, state, rules, journal)
    best = min([found, *known], key=lambda plan: plan.total_eur)
    journal.enter("polish")
    better = polish(problem, trees, choice, best, rules, journal)
    return better if better.agreement.converged else convex_phase(problem, better.closed, better.agreement, rules, journal)


def binary_phase(
    problem: Problem, trees: TreeSet, choice: Choice, state: Agreement, rules: Rules, journal: Journal
) -> tuple[Bools, Agreement]:
    """Freeze switch after switch while the negotiation moves; returns the schedule (T, m) and where tier 1 stands."""
    kept = Kept(trees, np.ones((len(trees), problem.hours), dtype=np.bool_))
    margin = FIRST_MARGIN
    few = replace(rules, max_iterations=NEGOTIATIONS_PER_ROUND, balance_until=0)
    for round_ in range(ROUNDS):
        stage = stage_costs(problem, kept, state.wanted_kw)
        last = round_ == ROUNDS - 1
        kept, best = keep(problem, kept, choice, stage, 0.0 if last else margin)
        journal.free_binaries = kept.free_binaries
        closed = schedule_closed(kept.trees, best)
        if journal.free_binaries == 0:
            break
        state = convex.negotiate(problem, closed, state, few, journal.note)
        margin *= SHRINK
    return closed, state


def keep(problem: Problem, kept: Kept, choice: Choice, stage: Floats, margin: float) -> tuple[Kept, npt.NDArray[np.int64]]:
    """The trees within ``margin`` of the best schedule, and that schedule; with margin zero, its trees alone."""
    best = choice.best(problem, kept.trees, stage)
    hours = np.arange(problem.hours)
    if margin == 0.0:
        near = np.zeros_like(kept.mask)
    else:
        marginals = choice.marginals(problem, kept.trees, stage)
        room = margin * max(1.0, float(stage[best, hours].sum()))
        near = marginals <= marginals[best, hours].min() + room
    near[best, hours] = True
    mask = kept.mask & near
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) > SMALL_POOL:
        return Kept(kept.trees, mask), best
    few = pool(problem.network, kept.trees.open_lines[rows])
    place = {int(row): few.find(kept.trees.closed(int(row))) for row in rows}
    reduced = np.zeros((len(few), problem.hours), dtype=np.bool_)
    reduced[list(place.values())] = mask[rows]
    return Kept(few, reduced), np.array([place[int(tree)] for tree in best])


def stage_costs(problem: Problem, kept: Kept, injection_kw: Floats) -> Floats:
    """(n_trees, T) losses and violations of the kept trees by AC power flow; infinite where a tree is out."""
    rows = np.flatnonzero(kept.mask.any(axis=1))
    trees = kept.trees if len(rows) == len(kept.trees) else pool(problem.network, kept.trees.open_lines[rows])
    load_kw = problem.net_load_kw(injection_kw)
    ranking = landscape(problem.network, trees, load_kw, problem.operator.load_kvar, problem.terms)
    stage = np.full(kept.mask.shape, np.inf)
    stage[rows] = ranking.stage_cost(problem.terms)
    return np.where(kept.mask, stage, np.inf)


def schedule_closed(trees: TreeSet, indices: npt.NDArray[np.int64]) -> Bools:
    """(T, m) closed lines of a schedule given by tree indices."""
    return np.array([trees.closed(int(index)) for index in indices])


def convex_phase(problem: Problem, closed: Bools, state: Agreement, rules: Rules, journal: Journal) -> Dispatch:
    """Tier 1 to its tolerance, with every binary frozen, then the plan that can be run."""
    agreement = convex.negotiate(problem, closed, state, rules, journal.note)
    return dispatch(problem, closed, agreement)
