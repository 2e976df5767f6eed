"""The network as frozen arrays: buses, lines, substations, in per unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BOTH_ENDS, FROM_END, TO_END = range(3)
"""Values of ``Network.opened_at``."""


Kind = Literal["substation tap", "line tap", "capacitor"]
KINDS: tuple[Kind, ...] = ("substation tap", "line tap", "capacitor")
"""In the order in which levers stand; those of one kind in the order of their places."""
Side = Literal["from", "to"]


@dataclass(frozen=True)
class Lever:
    """One tap changer or capacitor: its ``kind``, the ``place`` (index of its bus or line), its positions from
    ``least`` to ``most``, and what a step does, ``step``: a share of the voltage, or kvar at nominal voltage."""

    kind: Kind
    place: int
    least: int
    most: int
    step: float
    neutral: int = 0
    side: Side = "from"

    def factor(self, position: int) -> float:
        """What a tap changer multiplies its voltage by."""
        return 1.0 + (position - self.neutral) * self.step


@dataclass(frozen=True, eq=False)
class Generators:
    """G generators that hold the voltage of their bus, all (G,).

    ``bus`` (index), the voltage ``vm_pu`` that is held, active power ``p_kw``, reactive power from ``least_kvar`` to
    ``most_kvar`` (infinite where there is no limit); ``kvar``, what each gives in the network's own state, which the
    network's loads count as a fixed injection as they do ``p_kw``; ``load_kw``, ``load_kvar`` of the bus without it.
    """

    bus: Ints
    vm_pu: Floats
    p_kw: Floats
    least_kvar: Floats
    most_kvar: Floats
    kvar: Floats
    load_kw: Floats
    load_kvar: Floats


@dataclass(frozen=True, eq=False)
class HeldHours:
    """Generators that hold a voltage, where the network's loads count them as fixed injections: ``kvar`` (T, G) is what
    they give hour by hour in a solved day, None where that is what they give in the network's own state."""

    generators: Generators
    kvar: Floats | None = None


def _one() -> Floats:
    return np.array(1.0)


def _zero() -> Floats:
    return np.array(0.0)


def _false() -> Bools:
    return np.array(False)


def _both_ends() -> Ints:
    return np.array(BOTH_ENDS, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Network:
    """A distribution network of ``n`` buses and ``m`` lines.

    Indices count from 0 inside; people and files see index + 1. ``from_bus``/``to_bus`` give the reference direction of
    a line's flow, and which end of a transformer its ratio stands at. Per-unit values stand on ``base_mva`` and each
    bus's ``vn_kv``. A line is a series impedance with an admittance to earth at either end and, at its from end, an
    ideal transformer; phase shifts mean nothing in a tree and are left out.

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
    ratio : (m,) of the ideal transformer: behind it the voltage is that of the from bus divided by ``ratio``
    g_from_pu, b_from_pu, g_to_pu, b_to_pu : (m,) conductance and susceptance to earth at the ends of the series
        impedance, the from end's behind the ratio: half of a line's charging each. A closed line draws
        (g_from - j b_from) v_from / ratio^2 and (g_to - j b_to) v_to at its ends, v the squared voltage
    apart : (m,) lines that are operated by themselves though others run in parallel; closed lines between the same two
        buses stay together otherwise (:mod:`p2pdnr.network.bundles`)
    opened_at : (m,) where a line that is open is open: :data:`BOTH_ENDS` (it is dead), or at its ``FROM_END`` or its
        ``TO_END`` alone (it stays charged from the other bus)
    shunt_g_pu, shunt_b_pu : (n,) constant admittance at a bus, which draws g v and -b v
    remarks : what a reader took otherwise than the file has it, for people
    switchable_by : how it was decided which lines are switchable, for people; "" where the file says it line by line
    stated_base_mva : the base that the network's file states, where the arrays stand on another; None where they do not
    bus_ids, line_ids : what people call every bus and line, "" for those without an id; () where none has one
    levers : tap changers and capacitors that may be moved (:mod:`p2pdnr.network.levers`); the arrays have their effect
    generators : those that hold a voltage (:mod:`p2pdnr.network.generators`); ``p_kw`` and ``q_kvar`` have what they
        give in the network's own state, the power flow of a tree finds what they give in its own
    held : the same where loads alone count, and a day may have what they give hour by hour
    joints : pairs of buses that are one point, where loops that nothing can open were cut
        (:mod:`p2pdnr.network.joints`)
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
    ratio: Floats = field(default_factory=_one)
    g_from_pu: Floats = field(default_factory=_zero)
    b_from_pu: Floats = field(default_factory=_zero)
    g_to_pu: Floats = field(default_factory=_zero)
    b_to_pu: Floats = field(default_factory=_zero)
    opened_at: Ints = field(default_factory=_both_ends)
    shunt_g_pu: Floats = field(default_factory=_zero)
    shunt_b_pu: Floats = field(default_factory=_zero)
    bus_ids: tuple[str, ...] = ()
    line_ids: tuple[str, ...] = ()
    apart: Bools = field(default_factory=_false)
    switchable_by: str = ""
    stated_base_mva: float | None = None
    remarks: tuple[str, ...] = ()
    levers: Levers | None = None
    generators: Generators | None = None
    held: HeldHours | None = None
    joints: Joints | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):  # a default is one number for every line or bus
                count = self.n_buses if item.name.startswith("shunt") else self.n_lines
                frozen = value.copy() if value.ndim else np.full(count, value)
                frozen.flags.writeable = False
                object.__setattr__(self, item.name, frozen)

    def __repr__(self) -> str:
        opened = " ".join(map(str, self.initially_open[:12])) or "none"
        return f"<Network {self.name!r}: {self.n_buses} buses, {self.n_lines} lines, open {opened}>"

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

    @cached_property
    def is_plain(self) -> bool:
        """Whether lines are series impedances alone: no ratio, no admittance to earth anywhere."""
        return bool((self.ratio == 1.0).all()) and not any(
            np.any(getattr(self, f"{kind}_{place}_pu" if place else f"shunt_{kind}_pu"))
            for kind in "gb"
            for place in ("from", "to", "")
        )

    @cached_property
    def is_passive(self) -> bool:
        """Whether no series impedance has a part below zero, as a leg of a transformer with three windings may."""
        return bool((self.r_pu >= 0.0).all() and (self.x_pu >= 0.0).all())

    @property
    def is_transformer(self) -> Bools:
        """(m,) whether a line has a ratio or connects two voltage levels."""
        return np.asarray((self.ratio != 1.0) | (self.vn_kv[self.from_bus] != self.vn_kv[self.to_bus]))

    @property
    def initially_open(self) -> tuple[int, ...]:
        """Numbers (from 1) of the lines that are open at the start."""
        return tuple(int(line) + 1 for line in np.flatnonzero(~self.closed))

    def bus_name(self, bus: int) -> str:
        """What people call a bus (index from 0): its id, or its number where it has none."""
        return (self.bus_ids[bus] if self.bus_ids else "") or str(bus + 1)

    def line_name(self, line: int) -> str:
        """What people call a line (index from 0): its id, or its number where it has none."""
        return (self.line_ids[line] if self.line_ids else "") or str(line + 1)

    def bus_label(self, bus: int) -> str:
        """A bus (index from 0) in a sentence: "bus 7", or its id alone where that says so already: "Bus 4"."""
        return _labelled("bus", self.bus_name(bus))

    def line_label(self, line: int) -> str:
        """A line (index from 0) in a sentence: "line 7", or its id alone where that says so already: "Line 2-3"."""
        return _labelled("line", self.line_name(line))

    def line_names(self, numbers: Iterable[int]) -> list[str]:
        """What people call the lines with these numbers (from 1)."""
        return [self.line_name(number - 1) for number in numbers]

    def in_base(self, base_mva: float) -> Self:
        """The same network with its per-unit values on another base, and the base of its file remembered."""
        if base_mva == self.base_mva:
            return self
        larger = base_mva / self.base_mva
        impedances = {name: larger * getattr(self, name) for name in ("r_pu", "x_pu")}
        admittances = {
            name: getattr(self, name) / larger
            for name in ("g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu", "shunt_g_pu", "shunt_b_pu")
        }
        stated = self.stated_base_mva or self.base_mva
        same = self.with_(base_mva=base_mva, stated_base_mva=stated, **impedances, **admittances)
        if self.levers is None:
            return same
        return same.with_(levers=replace(self.levers, without=self.levers.without.in_base(base_mva)))

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def _labelled(kind: str, name: str) -> str:
    return name if name.lower().startswith((f"{kind} ", f"{kind}_", f"{kind}-")) else f"{kind} {name}"


@dataclass(frozen=True, eq=False)
class Levers:
    """The levers of a network, their ``positions`` of the moment, and the network ``without`` any effect of theirs."""

    items: tuple[Lever, ...]
    positions: tuple[int, ...]
    without: Network


@dataclass(frozen=True, eq=False)
class Joints:
    """Where ``k`` loops were cut, so that the network is radial: a line of each ends at a bus of its own.

    ``pairs`` (k, 2) that bus and the one that it was cut from, indices; ``admittance`` (k, k) complex, p.u., the
    inverse of the impedance of the loops: the current from the first to the second of every pair, by the voltage
    between them; ``meshed`` the lines on such loops; ``whole`` the network before it was cut, whose lines are the same
    and whose buses are the first ones.
    """

    pairs: Ints
    admittance: npt.NDArray[np.complex128]
    meshed: Ints
    whole: Network
