"""Energy that faults leave unsupplied, as a price on topologies: exact for each of them, hour by hour.

Every line in use fails ``faults_per_year`` times a year. What lies behind it has no supply for ``operation_h`` where
one open line that may be operated joins it to the rest, which takes a single operation, and for ``repair_h`` where none
does. Limits of voltage and current during the outage are not looked at; :mod:`p2pdnr.reconfiguration.outages` does
that for a topology that is known. Expected over a step of ``step_h`` at loads L_i, the topology s costs

    price x faults_per_year x step_h / 8760 h x sum over buses i of L_i h_i(s),

h_i(s) being the sum over the lines between i and its substation of the hours above (docs/model.md). The price knows the
topology and the hour alone, so that it adds to the cost of a tree in an hour and no schedule needs anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Ints, Network

Lines = npt.NDArray[np.int32] | Ints

HOURS_A_YEAR = 8760.0
TREES_AT_ONCE = 4096
"""Which bounds the memory."""


@dataclass(frozen=True)
class OutageTerms:
    """The price of a kWh not supplied in EUR, faults of each line a year, hours that a repair and that an operation
    takes."""

    eur_per_kwh: float
    faults_per_line_year: float = 0.1
    repair_h: float = 4.0
    operation_h: float = 0.25

    @property
    def switched_h(self) -> float:
        """Hours without supply where one operation brings it back."""
        return min(self.repair_h, self.operation_h)


@dataclass(frozen=True, eq=False)
class OutagePrice:
    """What faults cost in a horizon: ``load_kw`` (T, n) is lost where a bus has no supply, the load as forecast.

    ``known`` keeps the hours of the last set of topologies that was asked about.
    """

    terms: OutageTerms
    load_kw: Floats
    step_h: float = 1.0
    known: list[tuple[Lines, Floats]] = field(default_factory=list)

    def stage_eur(self, network: Network, open_lines: Lines) -> Floats:
        """(k, T) EUR of trees given by their open lines (k, n_open)."""
        terms = self.terms
        faults = terms.faults_per_line_year * self.step_h / HOURS_A_YEAR
        return terms.eur_per_kwh * faults * (self._hours(network, open_lines) @ self.load_kw.T)

    def schedule_eur(self, network: Network, closed: Bools) -> Floats:
        """(T,) EUR of a schedule (T, m)."""
        states, which = np.unique(closed, axis=0, return_inverse=True)
        opened = np.array([np.flatnonzero(~row) for row in states], dtype=np.int64)
        return np.asarray(self.stage_eur(network, opened)[which.ravel(), np.arange(len(closed))])

    def at(self, hours: Ints | slice) -> OutagePrice:
        """The same of some hours."""
        return replace(self, load_kw=self.load_kw[hours])

    def _hours(self, network: Network, open_lines: Lines) -> Floats:
        for then, found in self.known:
            if then is open_lines:
                return found
        found = without_supply_h(network, open_lines, self.terms)
        self.known[:] = [(open_lines, found)]
        return found


def without_supply_h(network: Network, open_lines: Lines, terms: OutageTerms) -> Floats:
    """(k, n) hours that every bus has no supply when each line in use fails once, by itself, of trees (k, n_open)."""
    found = np.empty((len(open_lines), network.n_buses))
    for first in range(0, len(open_lines), TREES_AT_ONCE):
        part = slice(first, first + TREES_AT_ONCE)
        found[part] = _Trees(network, np.asarray(open_lines[part], dtype=np.int64)).hours(terms)
    return found


class _Trees:
    """Some trees side by side: of every bus (k, n) the bus that feeds it (-1 at substations) and its ``depth``."""

    def __init__(self, network: Network, open_lines: Ints) -> None:
        self.network, self.open_lines = network, open_lines
        shape = (len(open_lines), network.n_buses)
        self.parent, self.depth = np.full(shape, -1), np.full(shape, -1)
        self.depth[:, network.substations] = 0
        closed = np.ones((len(open_lines), network.n_lines), dtype=np.bool_)
        np.put_along_axis(closed, open_lines, False, axis=1)
        while self._spread(closed):
            pass

    def _spread(self, closed: Bools) -> bool:
        """One pass over all lines; whether any bus was reached in it."""
        news = False
        for line, ends in enumerate(zip(self.network.from_bus, self.network.to_bus, strict=True)):
            for here, there in (ends, ends[::-1]):
                rows = np.flatnonzero(closed[:, line] & (self.depth[:, here] >= 0) & (self.depth[:, there] < 0))
                self.parent[rows, there], self.depth[rows, there] = here, self.depth[rows, here] + 1
                news |= bool(len(rows))
        return news

    def hours(self, terms: OutageTerms) -> Floats:
        """(k, n) as :func:`without_supply_h`."""
        own = np.where(self._joined(), terms.switched_h, terms.repair_h)
        found = np.zeros(own.shape)
        for depth in range(1, int(self.depth.max(initial=0)) + 1):
            rows, buses = np.nonzero(self.depth == depth)
            found[rows, buses] = found[rows, self.parent[rows, buses]] + own[rows, buses]
        return found

    def _joined(self) -> Bools:
        """(k, n) whether an open line that may be operated leads out of what the line above a bus supplies: the lines
        above the two ends of it, up to where they meet."""
        found = np.zeros(self.depth.shape, dtype=np.bool_)
        rows, place = np.nonzero(self.network.switchable[self.open_lines])
        lines = self.open_lines[rows, place]
        one, other = self.network.from_bus[lines].astype(np.int64), self.network.to_bus[lines].astype(np.int64)
        while len(rows):
            swap = self.depth[rows, one] < self.depth[rows, other]
            one, other = np.where(swap, other, one), np.where(swap, one, other)
            up = (one != other) & (self.depth[rows, one] > 0)
            rows, one, other = rows[up], one[up], other[up]
            found[rows, one] = True
            one = self.parent[rows, one]
        return found
