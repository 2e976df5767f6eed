"""What else than lines can be set: tap changers of substations and lines, and switched capacitors.

A network's arrays say what holds at the positions of the moment; :func:`at` gives the network at others. A tap changer
of a substation multiplies its voltage by f = 1 + (position - neutral) step. One of a line multiplies its voltage at the
side where it stands by f: at the from end its ratio grows by f; at the to end the ratio falls by f, and what is seen
from there grows by f^2 (impedances) and falls by it (admittances). A capacitor is a susceptance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from p2pdnr.network.arrays import KINDS, Floats, Ints, Lever, Levers, Network

MOST_POSITIONS = 201
LEAST_FACTOR, MOST_FACTOR = 0.5, 2.0
"""What a tap changer may multiply a voltage by."""


def range_fault(least: int, most: int) -> tuple[str, str] | None:
    """What is wrong with a range of positions, and what to do about it; None where nothing is."""
    if least <= most < least + MOST_POSITIONS:
        return None
    return f"has a range from {least} to {most}", f"Give 1 to {MOST_POSITIONS} positions"


def factor_fault(tap: Lever) -> tuple[str, str] | None:
    """The same for what a tap changer does at the ends of its range."""
    if all(LEAST_FACTOR <= tap.factor(end) <= MOST_FACTOR for end in (tap.least, tap.most)):
        return None
    message = f"takes the voltage beyond {LEAST_FACTOR:g} or {MOST_FACTOR:g} times its value"
    return message, "Give the step in per cent, and the range in steps"


def with_levers(network: Network, items: Sequence[Lever], positions: Sequence[int]) -> Network:
    """A network, its arrays so far without any lever's effect, with levers at these positions."""
    if not items:
        return network.with_(levers=None)
    pairs = zip(items, positions, strict=True)
    ordered = sorted(pairs, key=lambda pair: (KINDS.index(pair[0].kind), pair[0].place))
    where = tuple(position for _, position in ordered)
    levers = Levers(tuple(item for item, _ in ordered), where, network.with_(levers=None))
    return at(network.with_(levers=levers), where)


def at(network: Network, positions: Sequence[int] | Ints) -> Network:
    """The network with its levers at ``positions`` (L,)."""
    levers = network.levers
    if levers is None:
        return network
    where = tuple(int(position) for position in positions)
    values = _Values.of(levers.without)
    for item, position in zip(levers.items, where, strict=True):
        values.set(item, position, network)
    return network.with_(**vars(values), levers=replace(levers, positions=where))


def with_substation_voltage(network: Network, voltage: Floats) -> Network:
    """The network with substations at ``voltage`` (s,), which tap changers multiply."""
    levers = network.levers
    if levers is None:
        return network.with_(substation_vm_pu=voltage)
    return at(
        network.with_(levers=replace(levers, without=levers.without.with_(substation_vm_pu=voltage))), levers.positions
    )


def held(network: Network, free: Sequence[bool]) -> Network:
    """The network with only those levers that are ``free`` (L,); the others stay where they are."""
    levers = network.levers
    if levers is None or all(free):
        return network
    pairs = list(zip(levers.items, levers.positions, free, strict=True))
    stay = [(item, position) for item, position, may in pairs if not may]
    fixed = _set(without(network), stay)
    return _set(fixed, [(item, position) for item, position, may in pairs if may])


def without(network: Network) -> Network:
    """The network as it would be without its levers: tap changers in neutral, capacitors off."""
    if network.levers is None:
        return network
    return network.with_(levers=None, **vars(_Values.of(network.levers.without)))


def _set(plain: Network, pairs: Sequence[tuple[Lever, int]]) -> Network:
    return with_levers(plain, [item for item, _ in pairs], [position for _, position in pairs])


@dataclass
class _Values:
    """The arrays that levers change, being changed."""

    substation_vm_pu: Floats
    ratio: Floats
    r_pu: Floats
    x_pu: Floats
    g_from_pu: Floats
    b_from_pu: Floats
    g_to_pu: Floats
    b_to_pu: Floats
    shunt_b_pu: Floats

    @classmethod
    def of(cls, network: Network) -> _Values:
        """Copies of a network's."""
        names: dict[str, Any] = {item.name: getattr(network, item.name).copy() for item in fields(cls)}
        return cls(**names)

    def set(self, item: Lever, position: int, network: Network) -> None:
        """Put one lever of a network to a position."""
        if item.kind == "capacitor":
            self.shunt_b_pu[item.place] += position * item.step / network.base_kw
        elif item.kind == "substation tap":
            self.substation_vm_pu[network.substations == item.place] *= item.factor(position)
        elif item.side == "from":
            self.ratio[item.place] *= item.factor(position)
        else:
            self._set_at_to_end(item.place, item.factor(position))

    def _set_at_to_end(self, line: int, factor: float) -> None:
        self.ratio[line] /= factor
        self.r_pu[line] *= factor**2
        self.x_pu[line] *= factor**2
        for values in (self.g_from_pu, self.b_from_pu, self.g_to_pu, self.b_to_pu):
            values[line] /= factor**2
