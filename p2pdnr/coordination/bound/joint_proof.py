"""What proves a lower bound where topologies are too many to be enumerated, and the bound that it proves.

    W >= S(psi, phi) + sum over hours of B_t(lambda_t) + what the lines' side of switching costs at these prices

S is the least cost of stored energy, B_t that of both levels in an hour over all topologies, energy stored, load
shifted and open lines at their prices (:mod:`.joint_hour`); the lines' side is
:func:`p2pdnr.reconfiguration.day_bound.prices.lines_floor_eur`. A plan that costs no more than a known one leaves so
much for every hour at most; its losses, and how far prosumers are from what is cheapest without a grid, are limited by
it. So the bound is the smaller of the known cost and that sum. Everything here is arithmetic on stored numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.joint_hour import HourFrame, JointHour, joint_hour, possible_kw
from p2pdnr.coordination.bound.matrix import Floats
from p2pdnr.coordination.bound.step_prices import JoiningPrices
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import Prices, Storage, reduced_costs, storage_bound
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.bounds.cones import Multipliers, bounded
from p2pdnr.reconfiguration.bounds.free_injections import Watched
from p2pdnr.reconfiguration.day_bound.evidence import Unsound, least_shown_eur
from p2pdnr.reconfiguration.day_bound.hour import Looked
from p2pdnr.reconfiguration.day_bound.prices import Prices as LinePrices
from p2pdnr.reconfiguration.day_bound.prices import lines_floor_eur
from p2pdnr.reconfiguration.terms import OperatorTerms

LEAST_KW = 1e-3
"""Losses that an hour may have in any case: a relaxation needs a scale."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What the hours are set up from: prices of stored energy, those of the market (.., T), the known plan's cost, and
    the limits that count in every hour (T, n) and (T, m)."""

    storage: Storage
    prices: Prices
    known_eur: float
    watched: Watched


@dataclass(frozen=True, eq=False)
class JointEvidence:
    """What a bound rests on: multipliers of the first relaxation of every hour, prices of open lines and of limits on
    switching, cutoffs (T,), and of every hour the sets of states by number."""

    floors: tuple[Multipliers, ...]
    prices: LinePrices
    cutoff_eur: Floats
    looked: tuple[tuple[Looked, ...], ...]


class JointDay:
    """The hours of a problem on their ground.

    ``storage_eur``: least cost of stored energy; ``least_eur`` (T,): what prosumers pay at least in every hour whatever
    the grid is like; ``first_eur``: what is left for an hour beyond that in a plan no dearer than the known one.
    """

    def __init__(self, problem: CoordinationProblem, ground: Ground) -> None:
        hours = np.arange(problem.hours)
        self.problem, self.ground = problem, ground
        self.storage_eur = storage_bound(problem.block, ground.storage)
        self.least_eur = HourBounds(problem, JoiningPrices(ground.storage), ground.prices, hours).without_grid_eur
        self.first_eur = np.full(problem.hours, ground.known_eur - self.storage_eur - float(self.least_eur.sum()))
        self._cost = reduced_costs(problem.block, ground.storage, ground.prices, hours)

    def left_eur(self, floors_eur: Floats) -> Floats:
        """(T,) the same when every hour costs ``floors_eur`` (T,) at least."""
        return np.asarray(self.ground.known_eur - self.storage_eur - floors_eur.sum() + floors_eur - self.least_eur)

    def hour(self, step: int, left_eur: float) -> JointHour:
        """An hour in plans that leave ``left_eur`` for it beyond what prosumers pay at least."""
        problem, watched, left_eur = self.problem, self.ground.watched, max(left_eur, 0.0)
        low_kw, high_kw = possible_kw(problem.block, self._cost[:, step], step, left_eur)
        of_step = Watched(watched.low[step], watched.high[step], watched.current[step])
        most_kw = left_eur / problem.terms.loss_eur_per_kw + LEAST_KW
        scale_eur = max(1.0, abs(self.ground.known_eur)) / problem.hours
        return joint_hour(problem, HourFrame(step, self.ground.storage, most_kw, low_kw, high_kw, of_step, scale_eur))


def shown_eur(problem: CoordinationProblem, mode: str, ground: Ground, evidence: JointEvidence) -> float:
    """The bound that the evidence shows. Raises ValueError and :class:`Unsound` where it is not about this problem."""
    lines_eur = switching_floor_eur(problem.network, problem.terms, mode, evidence.prices)
    day = JointDay(problem, ground)
    floors = np.array([_floor_eur(day, step, evidence.floors[step]) for step in range(problem.hours)])
    left_eur = day.left_eur(floors)
    hours_eur = [
        least_shown_eur(
            day.hour(step, float(left_eur[step])),
            evidence.prices.open_eur[step],
            evidence.looked[step],
            float(evidence.cutoff_eur[step]),
            f"hour {step}",
        )
        for step in range(problem.hours)
    ]
    return min(day.storage_eur + lines_eur + sum(hours_eur), ground.known_eur)


def _floor_eur(day: JointDay, step: int, multipliers: Multipliers) -> float:
    """What both levels pay at least in an hour, without prices on lines; at least what prosumers pay by themselves."""
    hour = day.hour(step, float(day.first_eur[step]))
    if multipliers.empty:
        raise Unsound(f"hour {step}: the first relaxation has no point")
    shown = hour.scale_eur * bounded(hour.free, hour.all_states(), multipliers).bound
    return max(shown, float(day.least_eur[step]))


def switching_floor_eur(network: Network, terms: OperatorTerms, mode: str, prices: LinePrices) -> float:
    """The least that the lines' side costs in a mode: paths of every line, or one state for all hours.

    Raises ValueError where a price of a limit is negative, no number, or on a limit that is not there.
    """
    least = lines_floor_eur(network, terms, prices)
    if mode != "static":
        return least
    stays = -prices.open_eur.sum(axis=0) * ~network.closed
    moved = -prices.open_eur.sum(axis=0) * network.closed
    moved = moved + terms.switching_cost_eur * (2.0 if terms.return_to_initial else 1.0)
    return max(least, float(np.where(network.switchable, np.minimum(stays, moved), stays).sum()))


def used_watched(watched: Sequence[Watched]) -> Watched:
    """The limits of all hours side by side."""
    return Watched(*(np.array([getattr(one, name) for one in watched]) for name in ("low", "high", "current")))
