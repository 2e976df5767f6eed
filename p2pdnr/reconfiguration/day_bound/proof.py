"""What no schedule of a day costs less than, where the topologies are too many to be compared.

With the losses that every hour has at least, a schedule that costs no more than the known one cannot lose more than so
much in any hour; with that the relaxations of all hours are set up and coupled for prices (:mod:`.coupled`,
:mod:`.pool_prices`). At these
prices the hours are problems of their own (:mod:`.hour`), bounded by branching where the gap is widest, and the lines'
side is arithmetic (:mod:`.prices`). Broken limits cost nothing in the bound, as far as topologies that were not met go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.reconfiguration.day_bound.coupled import coupled_prices
from p2pdnr.reconfiguration.day_bound.hour import HourSearch, PricedHour, priced_hour
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.pool_prices import moved
from p2pdnr.reconfiguration.day_bound.prices import Prices, lines_floor_eur
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import share

SIDE_BY_SIDE = 4
"""Hours that are branched on at a time."""
FIRST_CAP = 2.0
"""Multiple of the least loss met in an hour, beyond which no topology is looked for at first."""


@dataclass(frozen=True, eq=False)
class DayBound:
    """No schedule within the limits costs less than ``value_eur``.

    ``hours_eur`` (T,) and ``lines_eur``, what the hours and the lines' side cost at least at ``prices``; ``nodes``,
    relaxations solved; ``met``, topologies cheaper in their hour at these prices than all that were known.
    """

    value_eur: float
    hours_eur: Floats
    lines_eur: float
    prices: Prices
    nodes: int
    met: tuple[Bools, ...]


def day_bound(
    case: LoadCase, known: KnownSchedule, goal_share: float, go_on: Callable[[float], bool] = lambda _: True
) -> DayBound | None:
    """A lower bound, branched on until it is within ``goal_share`` of the known schedule's cost, no hour has a gap, or
    ``go_on``, which is told the bound so far, says no. None where losses cost nothing.
    """
    hours = hours_of(case, known)
    if hours is None:
        return None
    lines = np.flatnonzero(hours[0].state >= 0)
    first = coupled_prices(hours, case.terms)
    prices = moved(case, lines, known, first, goal_share * abs(known.cost_eur))
    return bound_at(hours, prices, known, goal_share, go_on)


def bound_at(
    hours: list[PricedHour],
    prices: Prices,
    known: KnownSchedule,
    goal_share: float,
    go_on: Callable[[float], bool] = lambda _: True,
) -> DayBound:
    """The bound at given prices, whatever they are."""
    case = hours[0].case
    prices = replace(prices, open_eur=np.where(hours[0].state >= 0, prices.open_eur, 0.0))
    lines_eur = lines_floor_eur(case.network, case.terms, prices)
    cutoffs = known.least_eur(prices)
    searches = [
        HourSearch(hour, open_eur, cutoff)
        for hour, open_eur, cutoff in zip(hours, prices.open_eur, cutoffs, strict=True)
    ]
    goal_eur = known.cost_eur - goal_share * abs(known.cost_eur)

    def value() -> float:
        return lines_eur + sum(search.bound_eur for search in searches)

    share(lambda step: searches[step].advance(), range(len(searches)))
    while value() < goal_eur and go_on(value()):
        gaps = np.array([search.gap_eur for search in searches])
        widest = [int(step) for step in np.argsort(-gaps, kind="stable")[:SIDE_BY_SIDE] if gaps[step] > 0.0]
        if not widest:
            break
        share(lambda step: searches[step].advance(), widest)
    return DayBound(
        value_eur=min(value(), known.cost_eur),
        hours_eur=np.array([search.bound_eur for search in searches]),
        lines_eur=lines_eur,
        prices=prices,
        nodes=sum(search.nodes for search in searches),
        met=tuple(closed for search in searches for closed in search.met),
    )


def hours_of(case: LoadCase, known: KnownSchedule) -> list[PricedHour] | None:
    """The relaxation of every hour, for topologies that a schedule no dearer than the known one may use; None where
    losses cost nothing."""
    price = case.terms.loss_eur_per_kw
    if price <= 0.0:
        return None
    least_kw = np.maximum(known.stage_eur.min(axis=0) / price, 1e-6 * case.network.base_kw)
    floors = np.zeros(case.steps)

    def first(step: int) -> None:
        floors[step] = priced_hour(case, step, FIRST_CAP * float(least_kw[step])).free_floor_eur()

    share(first, range(case.steps))
    most_kw = (known.cost_eur - floors.sum() + floors) / price
    return [priced_hour(case, step, max(float(most_kw[step]), 1e-9)) for step in range(case.steps)]
