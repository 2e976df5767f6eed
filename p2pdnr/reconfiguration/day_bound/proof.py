"""What no schedule of a day costs less than, where the topologies are too many to be compared.

With the losses that every hour has at least, a schedule that costs no more than the known one cannot lose more than so
much in any hour; with that the relaxations of all hours are set up and coupled for prices (:mod:`.coupled`,
:mod:`.pool_prices`). At these
prices the hours are problems of their own (:mod:`.hour`), bounded by branching where the gap is widest, and the lines'
side is arithmetic (:mod:`.prices`). Broken limits cost nothing in the bound, as far as topologies that were not met go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.reconfiguration.bounds.cones import Multipliers, relax
from p2pdnr.reconfiguration.day_bound.coupled import coupled_prices
from p2pdnr.reconfiguration.day_bound.hour import HourSearch, Looked, PricedHour, priced_hour
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.pool_prices import moved
from p2pdnr.reconfiguration.day_bound.prices import Prices, lines_floor_eur
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import share

SIDE_BY_SIDE = 4
"""Hours that are branched on at a time."""
FIRST_CAP = 2.0
"""Multiple of the least loss met in an hour, beyond which no topology is looked for at first."""
LEAST_KW = 1e-9
"""Losses that an hour may have in any case: a relaxation needs a scale."""


@dataclass(frozen=True)
class Goal:
    """When a bound is good enough: within ``share`` of the known schedule's cost, or when ``go_on``, which is told the
    bound so far in EUR, says no. ``keep``: also what it rests on, so that it can be repeated."""

    share: float
    go_on: Callable[[float], bool] = lambda _: True
    keep: bool = False


@dataclass(frozen=True, eq=False)
class Floors:
    """What the losses of every hour cost at least, ``floor_eur`` (T,), from relaxations for topologies that lose no
    more than ``most_loss_kw`` (T,), with the ``multipliers`` of each."""

    floor_eur: Floats
    most_loss_kw: Floats
    multipliers: tuple[Multipliers, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a bound rests on beside its prices.

    Attributes
    ----------
    floors : of the losses without prices, which say how much an hour may lose
    cutoff_eur : (T,) topologies that cost more in an hour at the prices were not looked for
    looked : of every hour, the sets of states by number
    """

    floors: Floors
    cutoff_eur: Floats
    looked: tuple[tuple[Looked, ...], ...]


@dataclass(frozen=True, eq=False)
class DayBound:
    """No schedule within the limits costs less than ``value_eur``.

    ``hours_eur`` (T,) and ``lines_eur``, what the hours and the lines' side cost at least at ``prices``; ``nodes``,
    relaxations solved; ``met``, topologies cheaper in their hour at these prices than all that were known;
    ``evidence``, where it was to be kept.
    """

    value_eur: float
    hours_eur: Floats
    lines_eur: float
    prices: Prices
    nodes: int
    met: tuple[Bools, ...]
    evidence: Evidence | None = None


@dataclass(frozen=True, eq=False)
class Hours:
    """The relaxation of every hour, for topologies that a schedule no dearer than the known one may use, and the
    ``floors`` that say which these are."""

    priced: list[PricedHour]
    floors: Floors


def day_bound(case: LoadCase, known: KnownSchedule, goal: Goal) -> DayBound | None:
    """A lower bound, branched on until the goal is reached or no hour has a gap. None where losses cost nothing."""
    hours = hours_of(case, known)
    if hours is None:
        return None
    lines = np.flatnonzero(hours.priced[0].state >= 0)
    first = coupled_prices(hours.priced, case.terms)
    prices = moved(case, lines, known, first, goal.share * abs(known.cost_eur))
    return bound_at(hours, prices, known, goal)


def bound_at(hours: Hours, prices: Prices, known: KnownSchedule, goal: Goal) -> DayBound:
    """The bound at given prices, whatever they are."""
    first = hours.priced[0]
    prices = replace(prices, open_eur=np.where(first.state >= 0, prices.open_eur, 0.0))
    lines_eur = lines_floor_eur(first.case.network, first.case.terms, prices)
    parts = zip(hours.priced, prices.open_eur, known.least_eur(prices), strict=True)
    searches = [HourSearch(hour, open_eur, cutoff, goal.keep) for hour, open_eur, cutoff in parts]
    goal_eur = known.cost_eur - goal.share * abs(known.cost_eur)

    value = branch(searches, lines_eur, goal_eur, goal.go_on)
    return DayBound(
        value_eur=min(value, known.cost_eur),
        hours_eur=np.array([search.bound_eur for search in searches]),
        lines_eur=lines_eur,
        prices=prices,
        nodes=sum(search.nodes for search in searches),
        met=tuple(closed for search in searches for closed in search.met),
        evidence=_evidence(hours.floors, searches) if goal.keep else None,
    )


def branch(searches: Sequence[HourSearch], lines_eur: float, goal_eur: float, go_on: Callable[[float], bool]) -> float:
    """Branch on the hours with the widest gaps until they and the lines' side cost ``goal_eur`` at least, ``go_on``,
    which is told the bound so far, says no, or no hour has a gap; the bound."""

    def value() -> float:
        return lines_eur + sum(search.bound_eur for search in searches)

    share(lambda step: searches[step].advance(), range(len(searches)))
    while value() < goal_eur and go_on(value()):
        gaps = np.array([search.gap_eur for search in searches])
        widest = [int(step) for step in np.argsort(-gaps, kind="stable")[:SIDE_BY_SIDE] if gaps[step] > 0.0]
        if not widest:
            break
        share(lambda step: searches[step].advance(), widest)
    return value()


def _evidence(floors: Floors, searches: list[HourSearch]) -> Evidence:
    cutoffs = np.array([search.cutoff_eur for search in searches])
    return Evidence(floors, cutoffs, tuple(tuple(search.looked) for search in searches))


def hours_of(case: LoadCase, known: KnownSchedule) -> Hours | None:
    """The relaxations of all hours; None where losses cost nothing."""
    price = case.terms.loss_eur_per_kw
    if price <= 0.0:
        return None
    least_kw = np.maximum(known.stage_eur.min(axis=0) / price, 1e-6 * case.network.base_kw)
    floors = _floors(case, FIRST_CAP * least_kw)
    most_kw = most_loss_kw(known.cost_eur, floors.floor_eur, price)
    return Hours([priced_hour(case, step, float(most_kw[step])) for step in range(case.steps)], floors)


def most_loss_kw(cost_eur: float, floor_eur: Floats, loss_eur_per_kw: float) -> Floats:
    """(T,) what a schedule that costs no more than ``cost_eur`` may lose in each hour: what is left of it when all
    others lose the least that they can."""
    return np.asarray(np.maximum((cost_eur - floor_eur.sum() + floor_eur) / loss_eur_per_kw, LEAST_KW))


def _floors(case: LoadCase, most_kw: Floats) -> Floors:
    floors, found = np.zeros(case.steps), dict[int, Multipliers]()

    def first(step: int) -> None:
        hour = priced_hour(case, step, float(most_kw[step]))
        relaxed = relax(hour.free, hour.all_states())
        floors[step], found[step] = hour.floor_eur(relaxed.bound), relaxed.multipliers

    share(first, range(case.steps))
    return Floors(floors, most_kw, tuple(found[step] for step in range(case.steps)))
