"""Tap changers of substations and capacitors in a bound: what they may do in every hour, at the price of a position.

A bound's value is linear in the squared voltage v of a substation, which is paid y + s (:mod:`.kernel`): the least over
the positions p of a tap changer, with a price on each, is the least of finitely many numbers

    price_p - v_p (y + s).

A capacitor of susceptance B with k steps on withdraws -k B v_i. At the price b_i of reactive power that costs no less
than -v_i B max(b_i k_least, b_i k_most), as v_i is not below zero: a term of the squared voltage of its bus.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Lever, Network


@dataclass(frozen=True, eq=False)
class LeverRanges:
    """What levers may do in H hours: ``source_v2`` (s, P) squared voltages that substations may have, and ``price_eur``
    (s, P, H) of each over a step; ``least_pu``, ``most_pu`` (n,) the susceptances of all capacitors at a bus."""

    source_v2: Floats
    price_eur: Floats
    least_pu: Floats
    most_pu: Floats

    @classmethod
    def held(cls, network: Network, hours: int) -> LeverRanges:
        """Levers that stay where they are in a network without any."""
        source_v2 = network.substation_vm_pu[:, None] ** 2
        nothing = np.zeros(network.n_buses)
        return cls(source_v2, np.zeros((*source_v2.shape, hours)), nothing, nothing)

    def source_eur(self, worth_eur: Floats) -> Floats:
        """(H,) the least that positions cost where a unit of squared voltage of a substation is paid ``worth_eur``
        (s, H)."""
        each = self.price_eur - self.source_v2[:, :, None] * worth_eur[:, None, :]
        return np.asarray(each.min(axis=1).sum(axis=0))

    def rise_eur(self, reactive_eur: Floats) -> Floats:
        """(n, H) what capacitors add to the price of the squared voltage at their bus, at prices (n, H) of reactive
        power."""
        return np.maximum(reactive_eur * self.least_pu[:, None], reactive_eur * self.most_pu[:, None])


def lever_ranges(network: Network, step_eur: Floats) -> LeverRanges:
    """Of a network whose levers may all move, one step of lever j upward costing ``step_eur`` (H, L) in an hour.

    Only tap changers of substations and capacitors; the price of a capacitor's steps is left out, which keeps a bound.
    """
    assert network.levers is not None
    plain, items = network.levers.without, network.levers.items
    found = LeverRanges.held(plain, len(step_eur))
    width = max([1, *(_positions(item) for item in items if item.kind == "substation tap")])
    v2, price = (np.repeat(part, width, axis=1) for part in (found.source_v2, found.price_eur))
    least, most = found.least_pu.copy(), found.most_pu.copy()
    for j, item in enumerate(items):
        if item.kind == "capacitor":
            least[item.place] += item.least * item.step / plain.base_kw
            most[item.place] += item.most * item.step / plain.base_kw
            continue
        row = int(np.flatnonzero(plain.substations == item.place)[0])
        position = np.minimum(item.least + np.arange(width), item.most)
        v2[row] = (plain.substation_vm_pu[row] * (1.0 + (position - item.neutral) * item.step)) ** 2
        price[row] = position[:, None] * step_eur[:, j]
    return LeverRanges(v2, price, least, most)


def _positions(item: Lever) -> int:
    return item.most - item.least + 1
