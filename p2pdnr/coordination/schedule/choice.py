"""What a mode may choose: a tree for every hour, or one tree for the whole horizon.

Both answer the same questions about stage costs: which schedule is cheapest, what no schedule through a tree in an hour
costs less than (its min-marginal), and what no schedule at all costs less than, switching included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.reconfiguration.schedule import pruning
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.schedule.single_tree import single_tree_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Floor:
    """What no schedule of a mode costs less than, and the schedule ``indices`` (T,) it rests on, None where the
    min-marginals say which trees it rests on."""

    least_eur: float
    indices: Ints | None = None


class Choice(Protocol):
    """How schedules are chosen from stage costs (n_trees, T)."""

    def best(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """(T,) tree indices of the cheapest schedule found."""
        ...

    def marginals(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """(n_trees, T) what no schedule through a tree in an hour costs less than."""
        ...

    def floor(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats, through_eur: Floats) -> Floor:
        """What no schedule costs less than, from stage costs and their :meth:`marginals`."""
        ...


@dataclass(frozen=True)
class Hourly:
    """Any sequence of trees that the operator's switching limits allow; every line rests by itself. ``tell`` hears of a
    matter and of what was left out where a schedule is not proved to be the cheapest; ``settings`` say how it is
    sought."""

    tell: Callable[[str, str], None] | None = None
    settings: ScheduleSettings = ScheduleSettings()

    def best(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """By dynamic programming over all trees, or over those a cheapest schedule may use where they are too many."""
        schedule, proved = pruning.cheapest(stage_eur, trees, problem.terms, problem.network.closed, self.settings)
        if self.tell and not proved:
            self.tell("schedules", self._left_out(len(trees)))
        return schedule.indices

    def marginals(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """By the same programme, forward and backward, without dwell."""
        return pruning.marginals(stage_eur, trees, problem.terms, problem.network.closed, self.settings)

    def floor(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats, through_eur: Floats) -> Floor:
        """The least marginal where these are costs of schedules, else a search with all limits, bounded from below."""
        if pruning.is_exact(trees, stage_eur.shape[1], problem.terms, self.settings):
            return Floor(float(through_eur.min()))
        found = pruning.least(stage_eur, trees, problem.terms, problem.network.closed, self.settings)
        indices = None if found.schedule is None else found.schedule.indices
        return Floor(max(float(through_eur.min()), found.least_eur), indices)

    def _left_out(self, count: int) -> str:
        most, labels = self.settings.most_trees, self.settings.most_labels
        searched = f"the best {most:,} of {count:,} topologies" if count > most else f"{count:,} topologies"
        return (
            f"schedules: under the limits on switching {searched} were searched with {labels} ways on from each step, "
            "and a cheaper schedule may have been missed"
        )


@dataclass(frozen=True)
class Static:
    """One tree all the time, reached from the initial state in the first hour."""

    def best(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Ints:
        """The tree of least total cost; the lower index among equals."""
        total = _single_tree_eur(problem, trees, stage_eur)
        if not np.isfinite(total).any():
            raise SolverError("no single topology can serve every hour within the switching limits")
        return np.full(stage_eur.shape[1], int(np.argmin(total)), dtype=np.int64)

    def marginals(self, problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Floats:
        """The total of a tree, whatever the hour."""
        return np.repeat(_single_tree_eur(problem, trees, stage_eur)[:, None], stage_eur.shape[1], axis=1)

    def floor(self, _problem: CoordinationProblem, _trees: TreeSet, _stage_eur: Floats, through_eur: Floats) -> Floor:
        """The cheapest topology's."""
        return Floor(float(through_eur.min()))


def _single_tree_eur(problem: CoordinationProblem, trees: TreeSet, stage_eur: Floats) -> Floats:
    return single_tree_eur(stage_eur, trees, problem.terms, problem.network.closed)
