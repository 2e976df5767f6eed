"""Steps of a schedule as the exact search asks for them: rows of a profile, or stretches of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.horizon.horizon_costs import HorizonCosts
from p2pdnr.reconfiguration.horizon.switching_times import SwitchingTimes
from p2pdnr.reconfiguration.terms import OperatorTerms


@dataclass(frozen=True, eq=False)
class RowSteps:
    """Every row is a step."""

    costs: HorizonCosts

    @property
    def windows(self) -> list[slice]:
        """Some days each."""
        return [part for part, _ in self.costs.windows()]

    def exact_eur(self, rows: Ints, window: slice) -> Floats:
        """(k, steps) EUR of some trees."""
        return self.costs.exact_eur(rows, window)

    def floor_eur(self, window: slice, known_eur: Floats) -> Floats:
        """(n_trees, steps) EUR at least."""
        return self.costs.floor_eur(window, known_eur)


@dataclass(frozen=True, eq=False)
class StretchSteps:
    """Some days are a step; one tree serves all of them. ``costs`` has bounds of every day."""

    costs: HorizonCosts
    starts: Ints

    @property
    def windows(self) -> list[slice]:
        """All steps at once."""
        return [slice(0, len(self.starts))]

    def exact_eur(self, rows: Ints, window: slice) -> Floats:
        """(k, steps) EUR of some trees."""
        return self._sums(self.costs.exact_of_days(rows))[:, window]

    def floor_eur(self, window: slice, known_eur: Floats) -> Floats:
        """(n_trees, steps) EUR at least."""
        return self._sums(self.costs.day_floor_eur)[:, window]

    def _sums(self, days: Floats) -> Floats:
        return np.add.reduceat(days, self.starts, axis=1)


def stretches(costs: HorizonCosts, times: SwitchingTimes) -> StretchSteps:
    """The steps between times that are whole days apart."""
    return StretchSteps(costs, times.starts // costs.rows_per_day)


def bound_days(costs: HorizonCosts, known: Ints, go_on: Callable[[], bool]) -> bool:
    """Bound all trees on the days that are not yet, given some good trees; whether that came to its end."""
    for part, days in costs.windows():
        if not costs.bounded[days].all():
            if not go_on():
                return False
            costs.floor_eur(part, costs.exact_eur(known, part))
    return True


def terms_between(terms: OperatorTerms, times: SwitchingTimes) -> OperatorTerms:
    """The limits on switching for steps that are as long as times of switching are apart."""
    rows = int(times.lengths.max())
    dwell = terms.min_dwell_steps
    return replace(terms, step_h=terms.step_h * rows, min_dwell_steps=None if dwell is None else -(-dwell // rows))
