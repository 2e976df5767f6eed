"""The schedule on which fewest days break a limit, among the topologies that carry the days on which a plan breaks one.

The schedule of least expected cost knows a broken limit by its price alone, over few days, and looks at topologies that
are good on the day as forecast. Where a share of days is still missed, what counts is how many days break a limit at
all. So in every hour the days on which the plan breaks one are carried by all topologies, those that break it on fewest
of them join, and a broken limit costs a fixed sum beside its price. Limits of different hours may break on the same
day: the sum over hours is an upper bound on the days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.schedule.tree_costs import finite_costs, outages_eur
from p2pdnr.coordination.security.expected_schedule import ScheduleOverDays
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, landscape

MOST_HARD = 96
"""Days that a plan breaks limits on, over which topologies are compared."""
HARD_OF_ALL = 12
"""Of an hour, that are carried by all topologies."""


@dataclass(frozen=True, eq=False)
class FewestBroken:
    """As :class:`.expected_schedule.ScheduleOverDays`, from the days on which a plan breaks limits in an hour, ``hard``
    (N, T), and with ``broken_eur`` for an hour of a day on which any limit breaks."""

    over: ScheduleOverDays
    hard: Bools
    broken_eur: float

    def best(self, plan: Dispatch) -> Bools | None:
        """(T, m) the schedule; None where none keeps the limits on switching."""
        hours = range(self.hard.shape[1])
        each, everywhere = self.over.looked_at(plan)
        looked = [np.union1d(np.union1d(each[hour], everywhere), self._carrying(hour)) for hour in hours]
        rows = np.unique(np.concatenate(looked))
        stage = np.full((len(rows), len(hours)), np.inf)
        days, share = sample(np.asarray(self.hard.any(axis=1)), self.over.settings.scenarios)
        for hour in hours:
            here = np.searchsorted(rows, looked[hour])
            stage[here, hour] = self._cost_eur(self.over.trees.subset(rows[here]), hour, (days, share))
        return self.over.cheapest(rows, stage)

    def _carrying(self, hour: int) -> Ints:
        """Topologies that break limits on fewest of an hour's hard days, and among these lose least."""
        days = np.flatnonzero(self.hard[:, hour])
        days = days[np.unique(np.linspace(0, len(days) - 1, min(len(days), HARD_OF_ALL)).astype(np.int64))]
        if not len(days):
            return np.zeros(0, dtype=np.int64)
        loss_eur, _, breaks = self._on(self.over.trees, hour, days)
        return np.lexsort((loss_eur.mean(axis=1), breaks.sum(axis=1)))[: self.over.settings.trees_all_hours]

    def _cost_eur(self, trees: TreeSet, hour: int, drawn: tuple[Ints, Floats]) -> Floats:
        """(n_trees,) expected over some days (D,) that stand for shares (D,) of all."""
        days, share = drawn
        loss_eur, violation_eur, breaks = self._on(trees, hour, days)
        cost = loss_eur + self.over.weight * violation_eur + self.broken_eur * breaks
        fixed = np.zeros((len(trees), 1)) + outages_eur(self.over.problem, trees, np.array([hour]))
        return np.asarray(cost @ share + fixed[:, 0])

    def _on(self, trees: TreeSet, hour: int, days: Ints) -> tuple[Floats, Floats, Bools]:
        """(n_trees, D) losses, broken limits at their price, and whether any breaks; a day without a power flow costs
        more than all others."""
        problem, (p_kw, q_kvar) = self.over.problem, self.over.loads
        ranked = landscape(problem.network, trees, p_kw[days, hour], q_kvar[days, hour], problem.terms)
        losses = np.where(ranked.converged, problem.terms.loss_eur_per_kw * ranked.loss_kw, np.inf)
        priced = np.where(ranked.converged, ranked.violation_eur, np.inf)
        return finite_costs(losses), finite_costs(priced), ~(priced <= 0.0)


def sample(hard: Bools, others: int) -> tuple[Ints, Floats]:
    """Days by number, the ``hard`` ones (N,) before all, and the share of all days that each of them stands for."""
    parts = [(np.flatnonzero(hard), MOST_HARD), (np.flatnonzero(~hard), others)]
    taken = [rows[:most] for rows, most in parts]
    stand_for = [len(rows) / len(hard) for rows, _ in parts]
    shares = [np.full(len(some), all_of / max(1, len(some))) for some, all_of in zip(taken, stand_for, strict=True)]
    return np.concatenate(taken), np.concatenate(shares)
