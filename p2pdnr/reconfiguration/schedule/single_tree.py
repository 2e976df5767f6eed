"""One tree all the time: what it costs with the way there and back, and whether the limits on switching allow it."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


def single_tree_eur(stage_eur: Floats, trees: TreeSet, terms: OperatorTerms, initial: Bools) -> Floats:
    """(n_trees,) cost of using one tree all the time, with the operations to reach it in the first step, and to return
    after the last one where the terms ask for it; infinite where the limits on switching do not allow that.

    Parameters: as of :func:`p2pdnr.reconfiguration.schedule.dynamic_programme.best_schedule`.
    """
    there = distances(trees, initial, terms.switching_cost_eur)
    ways = 2.0 if terms.return_to_initial else 1.0
    allowed = reachable(terms, there.exchanges, stage_eur.shape[1])
    return np.where(allowed, stage_eur.sum(axis=1) + ways * there.cost_eur, np.inf)


def reachable(terms: OperatorTerms, exchanges: Ints, steps: int) -> Bools:
    """(n_trees,) whether the limits on switching allow to go to a tree in the first of so many ``steps``, ``exchanges``
    (n_trees,) away from the initial state, and back after the last one where that is asked for."""
    operations = 2 * exchanges
    same_day = terms.return_to_initial and steps <= terms.steps_per_day
    allowed = np.ones(len(exchanges), dtype=np.bool_)
    if terms.max_per_hour is not None:
        allowed &= operations <= terms.max_per_hour
    if terms.max_per_day is not None:
        allowed &= (2 if same_day else 1) * operations <= terms.max_per_day
    if terms.return_to_initial and (terms.min_dwell_steps or 0) > steps:
        allowed &= exchanges == 0
    return allowed
