"""The network as frozen arrays: buses, lines, substations, in per unit."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Network:
    """A distribution network of ``n`` buses and ``m`` lines.

    Indices count from 0 inside; people and files see index + 1. ``from_bus``/``to_bus`` give the reference direction of
    a line's flow, nothing else. Per-unit values stand on ``base_mva`` and each bus's ``vn_kv``.

    Attributes
    ----------
    vn_kv, p_kw, q_kvar : (n,) nominal voltage; active and reactive background load (q positive = lagging)
    from_bus, to_bus : (m,) bus indices
    r_pu, x_pu : (m,) series impedance
    limit_a : (m,) current limit, ``inf`` where there is none
    switchable : (m,) whether the line may change state
    closed : (m,) initial state
    substations : (s,) bus indices that hold their voltage; together they are the one root of every tree
    substation_vm_pu : (s,) their voltages
    vm_min_pu, vm_max_pu : voltage limits of all other buses
    coordinates : (n, 2) positions for drawing, or None
    """

    name: str
    base_mva: float
    vn_kv: Floats
    p_kw: Floats
    q_kvar: Floats
    from_bus: Ints
    to_bus: Ints
    r_pu: Floats
    x_pu: Floats
    limit_a: Floats
    switchable: Bools
    closed: Bools
    substations: Ints
    substation_vm_pu: Floats
    vm_min_pu: float = 0.9
    vm_max_pu: float = 1.1
    coordinates: Floats | None = field(default=None)

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                frozen = value.copy()
                frozen.flags.writeable = False
                object.__setattr__(self, item.name, frozen)

    @property
    def n_buses(self) -> int:
        """Number of buses."""
        return len(self.vn_kv)

    @property
    def n_lines(self) -> int:
        """Number of lines, open ones included."""
        return len(self.from_bus)

    @property
    def base_kw(self) -> float:
        """Power of one per unit, in kW."""
        return 1000.0 * self.base_mva

    @property
    def base_current_a(self) -> Floats:
        """(m,) current of one per unit on each line, in A: S / (sqrt(3) Vn)."""
        return np.asarray(self.base_kw / (np.sqrt(3.0) * self.vn_kv[self.from_bus]), dtype=np.float64)

    @property
    def limit_pu(self) -> Floats:
        """(m,) current limit in per unit, ``inf`` where there is none."""
        return self.limit_a / self.base_current_a

    @property
    def initially_open(self) -> tuple[int, ...]:
        """Numbers (from 1) of the lines that are open at the start."""
        return tuple(int(line) + 1 for line in np.flatnonzero(~self.closed))

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)
