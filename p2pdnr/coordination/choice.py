"""What a mode may choose: a tree for every hour, or one tree for the whole horizon.

Both answer the same two questions about stage costs: which schedule is cheapest, and what the cheapest schedule
through each tree and hour costs (its min-marginal), switching included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import SolverError
from p2pdnr.reconfiguration.contenders import manageable
from p2pdnr.reconfiguration.moves import distances
from p2pdnr.reconfiguration.schedule import best_schedule, min_marginals
from p2pdnr.reconfiguration.search import TreeSet
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Choice(Protocol):
    """How schedules are chosen from stage costs (n_trees, T)."""

    def best(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """(T,) tree indices of the cheapest schedule."""
        ...

    def marginals(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """(n_trees, T) cost of the cheapest schedule through a tree in an hour."""
        ...


@dataclass(frozen=True)
class Hourly:
    """Any sequence of trees that the operator's switching limits allow."""

    def best(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """By dynamic programming over all trees, or over those a cheapest schedule may use where they are too many."""
        rows, some, stage = _raced(problem, trees, stage_eur)
        schedule = best_schedule(stage, some, problem.terms, problem.network.closed)
        return np.asarray(rows[schedule.indices], dtype=np.int64)

    def marginals(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """By the same programme, forward and backward; infinite for trees that were left out."""
        rows, some, stage = _raced(problem, trees, stage_eur)
        found = np.full(stage_eur.shape, np.inf)
        found[rows] = min_marginals(stage, some, problem.terms, problem.network.closed)
        return found


def _raced(problem: Problem, trees: TreeSet, stage_eur: Floats) -> tuple[Ints, TreeSet, Floats]:
    """Indices of the trees that a schedule is sought over, these trees, and their stage costs."""
    rows = manageable(stage_eur, trees, problem.terms, problem.network.closed)
    return (rows, trees, stage_eur) if len(rows) == len(trees) else (rows, trees.subset(rows), stage_eur[rows])


@dataclass(frozen=True)
class Static:
    """One tree all the time, reached from the initial state in the first hour."""

    def best(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """The tree of least total cost; the lower index among equals."""
        total = static_cost_eur(problem, trees, stage_eur)
        if not np.isfinite(total).any():
            raise SolverError("no single topology can serve every hour within the switching limits")
        return np.full(stage_eur.shape[1], int(np.argmin(total)), dtype=np.int64)

    def marginals(self, problem: Problem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """The total of a tree, whatever the hour."""
        return np.repeat(static_cost_eur(problem, trees, stage_eur)[:, None], stage_eur.shape[1], axis=1)


def static_cost_eur(problem: Problem, trees: TreeSet, stage_eur: Floats) -> Floats:
    """(n_trees,) cost of using one tree all the time, with the operations to reach it, and to return where asked."""
    terms = problem.terms
    price, exchanges = distances(trees, problem.network.closed, terms.switching_cost_eur)
    twice = 2.0 if terms.return_to_initial else 1.0
    allowed = reachable(terms, exchanges, stage_eur.shape[1])
    return np.where(allowed, stage_eur.sum(axis=1) + twice * price, np.inf)


def reachable(terms: OperatorTerms, exchanges: Ints, hours: int) -> npt.NDArray[np.bool_]:
    """(n_trees,) whether the limits on switching allow to go to a tree in the first of ``hours`` steps, ``exchanges``
    away from the initial state, and back after the last one where that is asked for."""
    operations = 2 * exchanges
    same_day = terms.return_to_initial and hours <= terms.steps_per_day
    allowed = np.ones(len(exchanges), dtype=np.bool_)
    if terms.max_per_hour is not None:
        allowed &= operations <= terms.max_per_hour
    if terms.max_per_day is not None:
        allowed &= (2 if same_day else 1) * operations <= terms.max_per_day
    if terms.return_to_initial and (terms.min_dwell_steps or 0) > hours:
        allowed &= exchanges == 0
    return allowed
