"""The schedule of least mean cost of the worst scenarios, with a bound on all others.

Under fixed weights q on scenarios the cost of a schedule is a sum over hours, and the dynamic programme over all radial
topologies finds the cheapest. That is the expected cost where all weigh alike. The mean of the worst costs is the most
that any allowed weights make of a schedule, so for every q

    min over x of CVaR(C(x))  >=  min over x of sum q_s C_s(x).

Weights that make this bound high are sought by cutting planes among topologies that promise most, then all topologies
are ranked under them. What is left between the bound and the best schedule met is closed by
:mod:`.partial_schedules`, among the topologies through which the bound leaves anything better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.risk.cutting_planes import cutting_planes
from p2pdnr.reconfiguration.risk.measure import cvar
from p2pdnr.reconfiguration.risk.partial_schedules import Contest, PartialSchedules
from p2pdnr.reconfiguration.risk.scenario_costs import schedule_eur, table_eur, weighted_eur
from p2pdnr.reconfiguration.risk.task import Expected, RiskPlan, RiskTask, schedule_of


@dataclass(frozen=True, eq=False)
class _Seen:
    """All topologies under some weights: what no schedule costs less than, the trees ``used`` by the cheapest, and
    what no schedule through a tree costs less than (n_trees,)."""

    least_eur: float
    used: Ints
    through_eur: Floats


def least_risk(task: RiskTask, expected: Expected) -> RiskPlan:
    """From the schedule of least expected cost, which is the answer at level 0."""
    if task.level == 0.0:
        return expected.plan
    best = replace(expected.plan, value=cvar(expected.plan.costs_eur, task.level))
    rows, seen, weights = _promising(task, expected), None, np.zeros((0, len(task.case)))
    for _ in range(task.settings.rounds):
        few = task.trees.subset(rows)
        bounding = cutting_planes(task, few, table_eur(task.case, few), best)
        best, weights = bounding.best, bounding.weights
        looked = _look_at_all(task, expected, weights[0])
        if looked is None:
            break
        if looked.least_eur > best.least_eur or seen is None:
            seen = looked
        best = replace(best, least_eur=max(best.least_eur, looked.least_eur))
        if best.gap <= task.settings.close or np.isin(looked.used, rows).all():
            break
        rows = np.union1d(rows, looked.used)
    if seen is not None and best.gap > task.settings.close:
        best = _closed_gap(task, best, seen, weights)
    return replace(best, least_eur=min(best.least_eur, best.value))


def _promising(task: RiskTask, expected: Expected) -> Ints:
    """Topologies that are good by expected cost, those of that schedule, and the initial one."""
    stage, settings = expected.stage_eur, task.settings
    count = min(settings.each_hour, len(stage))
    each = np.argpartition(stage, count - 1, axis=0)[:count].ravel()
    alike = np.argsort(stage.sum(axis=1), kind="stable")[: settings.all_hours]
    own = task.trees.places(np.vstack([expected.plan.closed, task.case.network.closed]))
    return np.unique(np.concatenate([each, alike, own]))


def _look_at_all(task: RiskTask, expected: Expected, weights: Floats) -> _Seen | None:
    """All topologies under these weights; None where that was ended early."""
    found = weighted_eur(task.case, task.trees, weights, task.go_on)
    if found is None:
        return None
    stage = np.where(np.isfinite(expected.stage_eur), found, np.inf)
    cheapest = task.cheapest(stage, task.trees, weights)
    used = np.zeros(0, dtype=np.int64) if cheapest.schedule is None else np.unique(cheapest.schedule.indices)
    return _Seen(cheapest.least_eur, used, task.through_eur(stage, weights).min(axis=1))


def _closed_gap(task: RiskTask, best: RiskPlan, seen: _Seen, weights: Floats) -> RiskPlan:
    """The plan with the gap to its bound closed, as far as partial schedules close it."""
    rows, others_eur = _contenders(task, best, seen)
    few, network = task.trees.subset(rows), task.case.network
    contest = Contest(table_eur(task.case, few), few, task.case.terms, network.closed, task.level, weights)
    won = PartialSchedules(contest, best.value, task.settings.most_labels).search(task.go_on)
    if won.indices is not None:
        closed = schedule_of(few, won.indices)
        costs = schedule_eur(task.case, closed)
        best = replace(best, closed=closed, costs_eur=costs, value=cvar(costs, task.level))
    return replace(best, least_eur=max(best.least_eur, min(won.least_eur, others_eur)))


def _contenders(task: RiskTask, best: RiskPlan, seen: _Seen) -> tuple[Ints, float]:
    """Topologies that may be in a better schedule, and what no schedule through any other costs less than."""
    rows = np.flatnonzero(seen.through_eur < best.value)
    most = task.settings.most_contenders
    if len(rows) <= most:
        return rows, np.inf
    order = rows[np.argsort(seen.through_eur[rows], kind="stable")]
    return np.sort(order[:most]), float(seen.through_eur[order[most]])
