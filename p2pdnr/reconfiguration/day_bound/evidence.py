"""What stored sets of states and their multipliers show of an hour, by arithmetic.

What multipliers show of a set of states is weak duality, whatever they are; what it does not rule out must be covered
by the sets that were split off it, or counts with its own bound. So wrong multipliers or splits can only lower the
bound that comes out, or be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.bounds.branching import closed_lines
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, bounded
from p2pdnr.reconfiguration.day_bound.hour import Looked, SearchedHour

SAME_SHARE = 1e-8
"""Of the scale of an hour: topologies that cost that much less than the cutoff are not ruled out by rounding."""


class Unsound(Exception):
    """The evidence is not about this day, or a set of states is not what its split left."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """An hour whose bound is repeated: its relaxation at the prices (``programme``), its stored sets of states, which
    of them were split off each (``parts``), and the objective from which on nothing was looked for."""

    hour: SearchedHour
    open_eur: Floats
    programme: ConeProgramme
    looked: Sequence[Looked]
    parts: dict[int, list[int]]
    known: float

    @property
    def chain_of(self) -> Ints:
        """(Y,) chain of every state."""
        return self.hour.grid.states.chain


def least_shown_eur(
    hour: SearchedHour, open_eur: Floats, looked: Sequence[Looked], cutoff_eur: float, name: str
) -> float:
    """No topology of this hour costs less at prices ``open_eur`` (m,) on open lines, nor less than ``cutoff_eur`` where
    it was not looked for. Raises :class:`Unsound`, with the ``name`` of the hour, where the sets are none of it."""
    shown = _Shown(hour, open_eur, hour.at(open_eur), looked, {}, cutoff_eur / hour.scale_eur - SAME_SHARE)
    _split_sets(shown, name)
    bounds = np.full(len(looked), -np.inf)  # of every set, the best that it or those before it show
    least = shown.known
    for number, one in enumerate(looked):
        before = bounds[one.parent] if one.parent >= 0 else -np.inf
        bounds[number], left = _left(shown, one, before, name)
        if left is None:
            least = min(least, float(bounds[number]))
        elif left.any():
            least = min(least, _split(shown, number, left, float(bounds[number])))
    return float(hour.scale_eur * least)


def _split_sets(shown: _Shown, name: str) -> None:
    """Which sets were split off each, into ``parts``."""
    hour, looked = shown.hour, shown.looked
    priced = np.zeros(len(shown.open_eur), dtype=np.bool_)
    priced[hour.state >= 0] = True
    if (shown.open_eur[~priced] != 0.0).any():
        raise Unsound(f"{name}: a line has a price that is open in all topologies or in none")
    if not looked or any(len(one.alive) != hour.grid.states.count for one in looked):
        raise Unsound(f"{name}: there are {hour.grid.states.count} states of chains")
    for number, one in enumerate(looked):
        if not -1 <= one.parent < number or (one.parent == -1) != (number == 0):
            raise Unsound(f"{name}: set {number} was split off none that stands before it")
        shown.parts.setdefault(one.parent, []).append(number)
    if not looked[0].alive.all():
        raise Unsound(f"{name}: the first set leaves states out")


def _left(shown: _Shown, one: Looked, before: float, name: str) -> tuple[float, Bools | None]:
    """The bound of a set, and the states (Y,) that it does not rule out: none where every topology of it costs too
    much, None where it was left as it is."""
    if one.multipliers is None:
        return before, None
    try:
        found = bounded(shown.programme, one.alive, one.multipliers)
    except ValueError as error:
        raise Unsound(f"{name}, a set of states: {error}") from error
    bound, nothing = max(before, found.bound), np.zeros(len(one.alive), dtype=np.bool_)
    if bound >= shown.known:
        return bound, nothing
    left = one.alive & (found.at_one < shown.known)
    chains = np.bincount(shown.chain_of[left], minlength=len(shown.hour.grid.backbone.chains))
    return bound, left if chains.all() else nothing


def _split(shown: _Shown, number: int, left: Bools, bound: float) -> float:
    """What is known of the states that a set leaves, beside what is said of the sets split off it."""
    hour, chain_of = shown.hour, shown.chain_of
    if hour.exact and np.bincount(chain_of[left]).max() == 1:
        only = closed_lines(hour.grid, np.flatnonzero(left))
        return hour.cost_eur(only, shown.open_eur) / hour.scale_eur
    numbers = shown.parts.get(number, [])
    if not numbers:
        return bound
    uncovered = [chain_of[left & ~shown.looked[part].alive] for part in numbers]
    missing = np.unique(np.concatenate(uncovered))
    together = np.any([shown.looked[part].alive for part in numbers], axis=0)
    if len(missing) > 1 or (left & ~together).any():
        return bound  # the parts do not cover it, so that they say nothing of it
    return np.inf
