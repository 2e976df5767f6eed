"""The schedule that costs least over drawn days (sample average), among topologies that promise most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.tree_costs import outages_eur
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, landscape


@dataclass(frozen=True, eq=False)
class ScheduleOverDays:
    """Which schedule is asked for: true limits (``problem``), trees to choose among and how a mode chooses, the days'
    withdrawals (N, T, n) in kW and kvar, and the weight on the price of broken limits."""

    problem: CoordinationProblem
    trees: TreeSet
    choice: Choice
    loads: tuple[Floats, Floats]
    weight: float
    settings: SecuritySettings

    def best(self, plan: Dispatch) -> Bools | None:
        """(T, m) the schedule of least expected losses, violations and switching; None where none keeps the limits on
        switching. Days and topologies are those near ``plan``."""
        problem = self.problem
        each, everywhere = self.looked_at(plan)
        rows = np.unique(np.concatenate([*each, everywhere]))
        stage = np.full((len(rows), problem.hours), np.inf)
        for hour in range(problem.hours):
            here = np.searchsorted(rows, np.union1d(each[hour], everywhere))
            stage[here, hour] = self._expected_eur(self.trees.subset(rows[here]), hour)
        return self.cheapest(rows, stage)

    def cheapest(self, rows: Ints, stage: Floats) -> Bools | None:
        """(T, m) the cheapest schedule over some trees (R,) with stage costs (R, T); None where there is none."""
        some = self.trees.subset(rows)
        try:
            found = self.choice.best(self.problem, some, stage)
        except SolverError:
            return None
        return np.array([some.closed(int(index)) for index in found])

    def looked_at(self, plan: Dispatch) -> tuple[list[Ints], Ints]:
        """Topologies of every hour that are best on the day as forecast, and those of all hours, the plan's among
        them."""
        problem, injection_kw = self.problem, plan.response.injection_kw
        load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
        ranked = landscape(problem.network, self.trees, load_kw, load_kvar, problem.terms)
        stage_eur = ranked.stage_cost(problem.terms) + outages_eur(problem, self.trees)
        count = min(self.settings.trees_each_hour, len(stage_eur))
        each = np.argpartition(stage_eur, count - 1, axis=0)[:count]
        alike = np.argsort(stage_eur.sum(axis=1), kind="stable")[: self.settings.trees_all_hours]
        return list(each.T), np.union1d(alike, self.trees.places(plan.closed))

    def _expected_eur(self, trees: TreeSet, hour: int) -> Floats:
        """(n_trees,) mean over the days, infinite where one of them has no power flow."""
        p_kw, q_kvar = (part[: self.settings.scenarios, hour] for part in self.loads)
        ranked = landscape(self.problem.network, trees, p_kw, q_kvar, self.problem.terms)
        cost = self.problem.terms.loss_eur_per_kw * ranked.loss_kw + self.weight * ranked.violation_eur
        fixed_eur = np.zeros((len(trees), 1)) + outages_eur(self.problem, trees, np.array([hour]))
        return np.asarray(np.where(ranked.converged, cost, np.inf).mean(axis=1)) + fixed_eur[:, 0]
