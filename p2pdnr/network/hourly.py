"""A network whose tap changers and capacitors stand elsewhere from hour to hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.levers import at


@dataclass(frozen=True, eq=False)
class HourlyNetwork:
    """A ``network`` with its levers at ``positions`` (T, L), as it stands in all hours where they are None. Networks at
    positions are made once and kept; they belong to this object."""

    network: Network
    positions: Ints | None = None
    _made: dict[bytes, Network] = field(default_factory=dict)

    def at(self, hour: int) -> Network:
        """The network of an hour."""
        if self.positions is None:
            return self.network
        key = self.positions[hour].tobytes()
        if key not in self._made:
            self._made[key] = at(self.network, self.positions[hour])
        return self._made[key]

    def parts(self, hours: Ints) -> Iterator[tuple[Ints, Network]]:
        """Places among ``hours`` (H,) of those that have the same positions, and their network."""
        if self.positions is None or not len(hours):
            yield np.arange(len(hours)), self.network
            return
        for places in same_rows(self.positions[hours]):
            yield places, self.at(int(hours[places[0]]))

    @cached_property
    def is_plain(self) -> bool:
        """Whether lines are series impedances alone in every hour (:attr:`Network.is_plain`)."""
        hours = np.arange(0 if self.positions is None else len(self.positions))
        return all(network.is_plain for _, network in self.parts(hours))


def same_rows(rows: Ints | Bools | Floats) -> list[Ints]:
    """Places of equal rows (H, ...), group by group in the order of the rows."""
    _, group = np.unique(rows, axis=0, return_inverse=True)
    return [np.flatnonzero(group.ravel() == index) for index in range(int(group.max()) + 1)]


def steps(initial: Sequence[int], positions: Ints, back: bool = False) -> Ints:
    """(T, L) steps of every lever at the start of each hour, from ``initial`` (L,) to ``positions`` (T, L); with
    ``back`` (T + 1, L), the last those after the last hour."""
    start = np.array(initial, dtype=np.int64)[None]
    return np.abs(np.diff(np.vstack([start, positions, *([start] if back else [])]), axis=0))
