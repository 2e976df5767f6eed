"""What a group of prosumers leaves unserved or unused hangs on what its batteries, generators and loads do.

:mod:`.shortages` bounds what is left by a constant: every battery that could add to it does so at full power. The
balance of the group says more. Of a member with sun to spare, or short, let

    share  =  max(made - limit of export, 0) - used       (sun that is left unused)
    share  =  max(used - limit of import, 0) - made       (load that is left unserved)

with made = PV that shines + generator + discharge and used = load + shifted in + charge + elastic load as they are in
the answer. As there, a member with a limit exports (imports) up to it, or all that it makes (uses) and then leaves
nothing. Who is not of the group adds nothing, and a partner of somebody who leaves something takes the limit of their
pair off it. So of those who can sell to each other, with k any one who leaves something, in every hour

    left in all  <=  sum over all j of max(share_j, - limit of pair kj)  <=  sum of shares + D_k,
    D_k = sum over j of max(0, - limit of pair kj - least share of j)      (no limit: 0),

and nothing is left where that is below zero. Both max lie below their chords over what devices can do, so that

    left in all  <=  most + sum over members and columns of slope x column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, ELASTIC, FLEXIBLE, GENERATOR, PV, UNSERVED
from p2pdnr.market.responses import ProsumerBlock

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

MADE, USED = (DISCHARGE, GENERATOR), (CHARGE, FLEXIBLE, ELASTIC)
"""Columns besides the PV that shines, and besides the load."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of columns: a ``constant`` (K, T) in kW, and a ``slope`` (K, T, 12) by which each column counts."""

    constant_kw: Floats
    slope: Floats

    def ends_kw(self, block: ProsumerBlock) -> tuple[Floats, Floats]:
        """(K, T) the least and the most that they can be within the bounds of a block."""
        ends = self.slope * block.lower, self.slope * block.upper
        return self.constant_kw + np.minimum(*ends).sum(axis=2), self.constant_kw + np.maximum(*ends).sum(axis=2)


def balances(free: CoordinationProblem, part: Ints, known: tuple[Bools, Bools]) -> tuple[Floats, Floats]:
    """``most`` (2, P, T) in kW and ``slope`` (2, K, T, 12) of what each part leaves unserved and unused; infinite where
    the prices of its hour do not say (``known``, (K, T) each). ``free`` bounds all that charges can do."""
    block = free.block
    made, used = _sums(block, "pv_kw", MADE), _sums(block, "load_kw", USED)
    import_kw, export_kw = (np.array([getattr(item, name) for item in block.terms]) for name in _LIMITS)
    shares = _share(block, used, made, import_kw), _share(block, made, used, export_kw)
    leaves = block.upper[:, :, UNSERVED] > 0.0, block.upper[:, :, PV] > block.lower[:, :, PV]
    found = [_of_part(free, part, share, who) for share, who in zip(shares, leaves, strict=True)]
    most = np.array([item[0] for item in found])
    for kind, holds in zip(most, known, strict=True):
        kind[part] = np.where(holds, kind[part], np.inf)
    return most, np.array([item[1] for item in found])


_LIMITS = ("import_limit_kw", "export_limit_kw")


def _sums(block: ProsumerBlock, profile: str, columns: tuple[int, ...]) -> Sums:
    slope = np.zeros_like(block.linear)
    slope[:, :, list(columns)] = 1.0
    return Sums(np.array([getattr(item, profile) for item in block.terms]), slope)


def _share(block: ProsumerBlock, own: Sums, other: Sums, limit_kw: Floats) -> Sums:
    """Above the share of each: what is beyond the limit of its ``own`` at its chord, less all of the ``other``."""
    low, high = own.ends_kw(block)
    start, rise = _chord(low, high, low - limit_kw[:, None], high - limit_kw[:, None])
    constant = start + rise * (own.constant_kw - low) - other.constant_kw
    return Sums(constant, rise[:, :, None] * own.slope - other.slope)


def _chord(low: Floats, high: Floats, at_low: Floats, at_high: Floats) -> tuple[Floats, Floats]:
    """Of max(0, x) at the chord: the value at the lower end, and its rise per unit between both ends."""
    start, end = np.maximum(at_low, 0.0), np.maximum(at_high, 0.0)
    width = high - low
    return np.where(width > 0.0, start, end), (end - start) / np.where(width > 0.0, width, 1.0)


def _of_part(free: CoordinationProblem, part: Ints, share: Sums, leaves: Bools) -> tuple[Floats, Floats]:
    """(P, T) and (K, T, 12): what each part leaves at most, by the chord of its members' shares."""
    low, high = share.ends_kw(free.block)
    count = int(part.max()) + 1
    constant, least, most = (_by_part(part, count, values) for values in (share.constant_kw, low, high))
    outside = np.zeros_like(least)
    np.maximum.at(outside, part, np.where(leaves, _outside_kw(free, part, low), 0.0))
    start, rise = _chord(least, most, least + outside, most + outside)
    return start + rise * (constant - least), rise[part][:, :, None] * share.slope


def _by_part(part: Ints, count: int, values: Floats) -> Floats:
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, part, values)
    return total


def _outside_kw(free: CoordinationProblem, part: Ints, low: Floats) -> Floats:
    """(K, T) D_k: by how much shares below zero may overstate what others take off."""
    below = np.maximum(-low, 0.0)
    found = _by_part(part, int(part.max()) + 1, below)[part] - below
    for (first, second), limit_kw in zip(free.trades.pairs, free.trades.limit_kw, strict=True):
        for asked, partner in ((first, second), (second, first)):
            found[asked] -= below[partner] - np.maximum(below[partner] - limit_kw, 0.0)
    return found
