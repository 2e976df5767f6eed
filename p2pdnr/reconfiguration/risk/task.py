"""What a schedule over scenarios is asked of, and the answers for fixed weights on scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase, schedule_eur, weighted_eur
from p2pdnr.reconfiguration.risk.settings import RiskSettings
from p2pdnr.reconfiguration.schedule import pruning
from p2pdnr.reconfiguration.schedule.dynamic_programme import no_schedule
from p2pdnr.reconfiguration.schedule.line_dwell import FoundSchedule
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

DEFAULT = RiskSettings()


@dataclass(frozen=True, eq=False)
class RiskPlan:
    """A schedule ``closed`` (T, m), its costs (N,) by scenario, the measure of these (``value``), and what no schedule
    within the limits on switching has a lower measure than (``least_eur``)."""

    closed: Bools
    costs_eur: Floats
    value: float
    least_eur: float

    @property
    def gap(self) -> float:
        """How much cheaper another schedule could be, as a share."""
        return max(0.0, self.value - self.least_eur) / max(abs(self.value), 1e-9)


@dataclass(frozen=True, eq=False)
class Expected:
    """The schedule of least expected cost, and the expected cost (n_trees, T) of every topology in every step,
    infinite where one of the scenarios has no power flow."""

    plan: RiskPlan
    stage_eur: Floats


@dataclass(frozen=True, eq=False)
class RiskTask:
    """A case, all its radial topologies, and the level of risk; ``go_on`` is asked between scenarios."""

    case: ScenarioCase
    trees: TreeSet
    level: float
    settings: RiskSettings = DEFAULT
    schedule: ScheduleSettings = pruning.DEFAULT
    go_on: Callable[[], bool] = lambda: True

    def cheapest(self, stage_eur: Floats, trees: TreeSet, weights: Floats) -> FoundSchedule:
        """The cheapest schedule over some trees, with their weighted costs, and what none over them costs less than."""
        terms = paid_in_part(self.case.terms, weights)
        return pruning.least(stage_eur, trees, terms, self.case.network.closed, self.schedule)

    def through_eur(self, stage_eur: Floats, weights: Floats) -> Floats:
        """(n_trees, T) what no schedule through a tree in an hour costs less than under these weights."""
        terms = paid_in_part(self.case.terms, weights)
        return pruning.marginals(stage_eur, self.trees, terms, self.case.network.closed, self.schedule)


def paid_in_part(terms: OperatorTerms, weights: Floats) -> OperatorTerms:
    """The terms with switching paid as far as weights sum to one."""
    return replace(terms, switching_cost_eur=float(weights.sum()) * terms.switching_cost_eur)


def schedule_of(trees: TreeSet, indices: Ints) -> Bools:
    """(T, m) from the trees of every step."""
    return np.array([trees.closed(int(index)) for index in indices])


def least_expected(task: RiskTask) -> Expected:
    """The schedule of least expected cost. Raises :class:`PowerFlowError` where no topology carries an hour in all
    scenarios, :class:`SolverError` where no schedule keeps the limits on switching."""
    case, weights = task.case, np.full(len(task.case), 1.0 / len(task.case))
    stage = weighted_eur(case, task.trees, weights, lambda: task.go_on() or True)  # begun, it is finished
    assert stage is not None
    hopeless = np.flatnonzero(~np.isfinite(stage).any(axis=0))
    if len(hopeless):
        raise PowerFlowError(f"no radial topology has a power flow in hour {hopeless[0]} in all scenarios")
    found = task.cheapest(stage, task.trees, weights)
    if found.schedule is None:
        raise no_schedule()
    closed = schedule_of(task.trees, found.schedule.indices)
    costs = schedule_eur(case, closed)
    return Expected(RiskPlan(closed, costs, float(costs.mean()), found.least_eur), stage)
