"""Weights on scenarios that bound from below what any schedule over some topologies makes of the worst scenarios."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.risk.measure import cvar
from p2pdnr.reconfiguration.risk.scenario_costs import schedule_eur
from p2pdnr.reconfiguration.risk.task import RiskPlan, RiskTask, schedule_of
from p2pdnr.reconfiguration.risk.weights import next_weights
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True, eq=False)
class Bounding:
    """The best plan met, and weights (K, N) whose bounds are the highest, the best first."""

    best: RiskPlan
    weights: Floats


def cutting_planes(task: RiskTask, trees: TreeSet, table: Floats, best: RiskPlan) -> Bounding:
    """Weights by Kelley's method among few trees with costs ``table`` (N, n, T), from a plan over them."""
    tried: list[tuple[float, Floats]] = []
    cuts = [best.costs_eur]
    for _ in range(task.settings.planes):
        weights, model = next_weights(np.array(cuts), task.level)
        found = task.cheapest(mixed(table, weights), trees, weights)
        tried.append((found.least_eur, weights))
        if found.schedule is None:
            break
        closed = schedule_of(trees, found.schedule.indices)
        cuts.append(schedule_eur(task.case, closed))
        value = cvar(cuts[-1], task.level)
        if value < best.value:
            best = replace(best, closed=closed, costs_eur=cuts[-1], value=value)
        highest = max(bound for bound, _ in tried)
        if model - highest <= task.settings.close * abs(model) or not task.go_on():
            break
    ranked = sorted(tried, key=lambda item: -item[0])[: task.settings.bounds]
    return Bounding(best, np.array([weights for _, weights in ranked]))


def mixed(table: Floats, weights: Floats) -> Floats:
    """(n, T) weighted costs; infinite where a scenario has no power flow."""
    usable, some = np.isfinite(table).all(axis=0), np.flatnonzero(weights)
    return np.where(usable, np.tensordot(weights[some], np.where(usable, table[some], 0.0), axes=1), np.inf)
