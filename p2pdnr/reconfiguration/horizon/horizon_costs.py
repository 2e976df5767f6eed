"""What trees cost in the steps of a long horizon: bounds of all of them, exact power flow of few, never all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.horizon.cost_floor import floor_eur, has_floor
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import landscape
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

MOST_NUMBERS = 8_000_000
"""Of a table of trees by rows, 64 MB."""
CAP_TIMES = 2.0
"""A bound is cut off at so many times the cost of the cheapest tree known."""


@dataclass(frozen=True, eq=False)
class HorizonCosts:
    """Costs of ``trees`` in the rows of a load case.

    ``day_floor_eur`` (n_trees, days) collects the bounds by day as rows are bounded, ``bounded`` (days,) says of which
    days that is done.
    """

    case: LoadCase
    trees: TreeSet
    day_floor_eur: Floats
    bounded: Bools

    @property
    def rows_per_day(self) -> int:
        """Rows in 24 hours."""
        return self.case.terms.steps_per_day

    @property
    def window_rows(self) -> int:
        """Whole days whose table of all trees is small enough, in rows; at least one day."""
        days = MOST_NUMBERS // max(1, len(self.trees) * self.rows_per_day)
        return max(1, days) * self.rows_per_day

    def exact_eur(self, rows: Ints, part: slice) -> Floats:
        """(k, rows of the part) EUR of losses and violations of few trees."""
        case = _part(self.case, part)
        found = landscape(case.network, self.trees.subset(rows), case.load_kw, case.load_kvar, case.terms)
        return found.stage_cost(case.terms)

    def exact_of_days(self, rows: Ints) -> Floats:
        """(k, days) of few trees."""
        days = np.empty((len(rows), len(self.bounded)))
        for part, where in self.windows():
            days[:, where] = self._by_day(self.exact_eur(rows, part))
        return days

    def floor_eur(self, part: slice, known_eur: Floats) -> Floats:
        """(n_trees, rows of the part) EUR that every tree costs at least, whole days; ``known_eur`` (k, rows) are the
        costs of some trees."""
        case = _part(self.case, part)
        if has_floor(case.network):
            found = floor_eur(case, self.trees, CAP_TIMES * known_eur.min(axis=0))
        else:
            ranked = landscape(case.network, self.trees, case.load_kw, case.load_kvar, case.terms)
            found = ranked.stage_cost(case.terms)
        where = self._days(part)
        self.day_floor_eur[:, where] = self._by_day(found)
        self.bounded[where] = True
        return found

    def windows(self) -> list[tuple[slice, slice]]:
        """Parts of the rows, and the days they are."""
        parts = [slice(first, min(first + self.window_rows, self.case.steps)) for first in self._firsts()]
        return [(part, self._days(part)) for part in parts]

    def _firsts(self) -> range:
        return range(0, self.case.steps, self.window_rows)

    def _days(self, part: slice) -> slice:
        return slice(part.start // self.rows_per_day, -(-part.stop // self.rows_per_day))

    def _by_day(self, eur: Floats) -> Floats:
        return np.add.reduceat(eur, np.arange(0, eur.shape[1], self.rows_per_day), axis=1)


def horizon_costs(case: LoadCase, trees: TreeSet) -> HorizonCosts:
    """The costs of a set of trees in a load case; nothing is computed yet."""
    days = -(-case.steps // case.terms.steps_per_day)
    return HorizonCosts(case, trees, np.zeros((len(trees), days)), np.zeros(days, dtype=np.bool_))


def _part(case: LoadCase, part: slice) -> LoadCase:
    return LoadCase(case.network, case.load_kw[part], case.load_kvar[part], case.terms)
