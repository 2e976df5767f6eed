"""The cheapest schedule of trees and levers, whatever the budgets of a day: exact where few enough trees are left.

Without budgets that bind, the programme over all trees is small. Otherwise it is relaxed, with a toll on operations and
steps in place of the budgets (as in :mod:`.pruning`): what no schedule through a tree costs less than. Trees for which
that is more than some schedule within the budgets costs are in no better one; the programme with budgets then runs over
the others, each compared with each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.schedule.dynamic_programme import no_schedule
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme, JointSchedule
from p2pdnr.reconfiguration.schedule.single_tree import single_tree_eur
from p2pdnr.reconfiguration.schedule.transition_cost import distances

FIRST_TREES = 60
"""Trees over which a first schedule within the budgets is sought."""
MOST_EFFORT = 6e9
"""Elementary steps of a programme over pairs of trees, some seconds."""
MOST_NUMBERS = 1.2e8
"""Numbers that such a programme keeps, 1 GB."""
BISECTIONS = 8


@dataclass(frozen=True)
class _Toll:
    """EUR on every operation of a line and on every step of a lever, which add at most ``back_eur`` to the cost of a
    schedule within the budgets."""

    line_eur: float = 0.0
    step_eur: float = 0.0
    back_eur: float = 0.0


def cheapest_together(programme: JointProgramme) -> tuple[JointSchedule, bool]:
    """The cheapest schedule, and whether no other over the trees of the programme is cheaper.

    Raises :class:`p2pdnr.errors.SolverError` when no schedule respects the limits.
    """
    if _is_plain(programme):
        return _found(programme.best()), True
    free = programme.without_budgets()
    without = free.best()
    if without is not None and _keeps_budgets(programme, without):
        return without, True
    if _fits(programme, len(programme.trees)):
        return _found(programme.over(np.arange(len(programme.trees))).best()), True
    return _pruned(programme, free.marginals())


def cheapest_single(programme: JointProgramme) -> JointSchedule:
    """The cheapest schedule of one tree all the time, reached in the first step, with levers that move; none over the
    trees of the programme is cheaper.

    Trees are taken in the order of what they cost where steps are free, until the next costs more than the best found.
    Raises :class:`p2pdnr.errors.SolverError` when no single tree respects the limits.
    """
    free_eur = np.ascontiguousarray(programme.stage.min(axis=2).T)
    least_eur = single_tree_eur(free_eur, programme.trees, programme.terms, programme.initial)
    best, best_row = None, 0
    for row in np.argsort(least_eur, kind="stable").tolist():
        if not np.isfinite(least_eur[row]) or (best is not None and least_eur[row] >= best.cost_eur):
            break
        found = programme.over(np.array([row])).best()
        if found is not None and (best is None or found.cost_eur < best.cost_eur):
            best, best_row = found, row
    return replace(_found(best), indices=np.full(programme.hours, best_row, dtype=np.int64))


def _found(schedule: JointSchedule | None) -> JointSchedule:
    if schedule is None:
        raise no_schedule()
    return schedule


def _is_plain(programme: JointProgramme) -> bool:
    """Whether no budget of a day counts."""
    return programme.layers == 1 and not programme.counts_steps


def _keeps_budgets(programme: JointProgramme, schedule: JointSchedule) -> bool:
    """Whether a schedule keeps the budgets of a day; the return counts for the last one."""
    day = np.minimum(np.arange(programme.hours + 1), programme.hours - 1) // programme.terms.steps_per_day
    budgets = (
        (schedule.operations, schedule.final_operations, programme.terms.max_per_day),
        (schedule.lever_steps, schedule.final_steps, programme.lever_terms.max_per_day),
    )
    return all(
        most is None or bool((np.bincount(day, [*counts, final]) <= most).all()) for counts, final, most in budgets
    )


def _numbers(programme: JointProgramme, trees: int) -> float:
    """That the programme keeps in an hour for so many trees."""
    _, layers, states, steps = programme.shape
    return float(trees * layers * states * steps)


def _fits(programme: JointProgramme, trees: int) -> bool:
    """Whether the programme with budgets over so many trees is small and quick enough."""
    numbers = programme.hours * _numbers(programme, trees)
    return numbers <= MOST_NUMBERS and trees * numbers <= MOST_EFFORT


def _pruned(programme: JointProgramme, lowest: Floats) -> tuple[JointSchedule, bool]:
    """The schedule over the trees that a better one may use; ``lowest`` (n_trees,) the cost of the cheapest schedule
    without budgets that uses a tree."""
    start = distances(programme.trees, programme.initial, programme.terms.switching_cost_eur).exchanges == 0
    first = np.union1d(np.argsort(lowest, kind="stable")[:FIRST_TREES], np.flatnonzero(start))
    few = programme.over(first)
    toll = _tolls(few)
    through = programme.without_budgets(toll.line_eur, toll.step_eur).marginals() - toll.back_eur
    through = np.maximum(through, lowest)
    first = np.union1d(np.argsort(through, kind="stable")[:FIRST_TREES], np.flatnonzero(start))
    known = programme.over(first).best()
    known_eur = np.inf if known is None else known.cost_eur
    order = np.argsort(through, kind="stable")
    kept = order[(through[order] <= known_eur + 1e-9 * abs(known_eur)) & np.isfinite(through[order])]
    most = _most_trees(programme)
    rows = np.union1d(kept[:most], first)
    found = _renumbered(_found(programme.over(rows).best()), rows)
    others_eur = float(through[np.setdiff1d(kept[most:], first)].min(initial=np.inf))
    return found, found.cost_eur <= others_eur


def _most_trees(programme: JointProgramme) -> int:
    """Trees over which the programme with budgets may run."""
    each = programme.hours * _numbers(programme, 1)
    return max(1, min(int(MOST_NUMBERS / each), int(np.sqrt(MOST_EFFORT / each))))


def _tolls(few: JointProgramme) -> _Toll:
    """About the least tolls at which the cheapest schedule over a few trees keeps the budgets."""
    days = -(-few.hours // few.terms.steps_per_day)
    line_eur = step_eur = back_eur = 0.0
    if few.layers > 1:
        most = 2 * ((few.terms.max_per_day or 0) // 2) * days
        line_eur = _least_toll(few, lambda eur: _totals(few, eur, 0.0)[0] <= most)
        back_eur += line_eur * most
    if few.counts_steps:
        most = (few.lever_terms.max_per_day or 0) * days
        step_eur = _least_toll(few, lambda eur: _totals(few, line_eur, eur)[1] <= most)
        back_eur += step_eur * most
    return _Toll(line_eur, step_eur, back_eur)


def _totals(few: JointProgramme, line_eur: float, step_eur: float) -> tuple[float, float]:
    """Operations and steps of the cheapest schedule at tolls; none where there is no schedule."""
    found = few.without_budgets(line_eur, step_eur).best()
    if found is None:
        return 0.0, 0.0
    return (
        float(found.operations.sum()) + found.final_operations,
        float(found.lever_steps.sum()) + found.final_steps,
    )


def _least_toll(few: JointProgramme, enough: Callable[[float], bool]) -> float:
    """About the least toll in EUR that is enough, by bisection."""
    finite = few.stage[np.isfinite(few.stage)]
    low, high = 0.0, max(1.0, float(np.ptp(finite)) if len(finite) else 0.0)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high) if low else high / 8.0
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _renumbered(schedule: JointSchedule, rows: Ints) -> JointSchedule:
    """A schedule over some trees in terms of the whole set."""
    return replace(schedule, indices=rows[schedule.indices])
