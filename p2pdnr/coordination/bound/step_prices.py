"""What moving tap changers is worth in a bound: steps join the hours, and a price on each takes them apart.

With s_t the position of a tap changer in hour t and k the cost of a step, for any prices |lambda_t| <= k

    sum over t of k |s_t - s_(t-1)|  >=  sum over t of lambda_t (s_t - s_(t-1))  =  sum over t of (lambda_t -
    lambda_(t+1)) s_t - lambda_0 s_before (+ lambda_T s_before, where levers return after the last hour T - 1).

So every position has a price of its own in every hour. Where a day may have so many steps at most, a toll on each is
added to k, and given back for as many. Capacitors' steps are not priced, which leaves the bound lower and true.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import Storage
from p2pdnr.reconfiguration.lagrangian.lever_ranges import LeverRanges, lever_ranges


@dataclass(frozen=True, eq=False)
class StepPrices:
    """``step_eur`` (T + 1, L) of a step upward of every lever at the start of an hour, the last of the return;
    ``toll_eur`` (D,) of a step on a day that may have so many at most."""

    step_eur: Floats
    toll_eur: Floats

    @property
    def position_eur(self) -> Floats:
        """(T, L) what a position is priced at in an hour, EUR per step above 0."""
        return np.asarray(self.step_eur[:-1] - self.step_eur[1:])


@dataclass(frozen=True, eq=False)
class JoiningPrices:
    """Prices that take the hours apart: of stored energy and shifted load, and of levers' steps where some move."""

    storage: Storage
    steps: StepPrices | None = None


def day_of(problem: CoordinationProblem) -> Ints:
    """(T,) the day of every hour."""
    return np.arange(problem.hours) // problem.terms.steps_per_day


def allowed(problem: CoordinationProblem, prices: StepPrices) -> StepPrices:
    """The prices brought within what they may be, whatever they are."""
    levers, terms = problem.network.levers, problem.levers
    assert levers is not None
    assert terms is not None
    toll = np.maximum(prices.toll_eur, 0.0) if terms.max_per_day is not None else np.zeros_like(prices.toll_eur)
    most = np.append(terms.step_eur + toll[day_of(problem)], terms.step_eur if problem.terms.return_to_initial else 0.0)
    moves = np.array([item.kind != "capacitor" for item in levers.items])
    return StepPrices(np.where(moves, np.clip(prices.step_eur, -most[:, None], most[:, None]), 0.0), toll)


def fixed_eur(problem: CoordinationProblem, prices: StepPrices | None) -> float:
    """What prices say of the positions before the first hour, and of tolls that are given back."""
    if prices is None:
        return 0.0
    levers, terms = problem.network.levers, problem.levers
    assert levers is not None
    assert terms is not None
    before = np.array(levers.positions, dtype=np.float64)
    ends = float((prices.step_eur[-1] - prices.step_eur[0]) @ before)
    return ends - float(prices.toll_eur.sum()) * (terms.max_per_day or 0)


def ranges_of(problem: CoordinationProblem, prices: StepPrices | None, hours: Ints) -> LeverRanges | None:
    """What levers may do in the hours ``hours`` (H,) at the prices of their steps, nothing where they are None; None
    where no lever moves."""
    levers = problem.network.levers
    if problem.levers is None or levers is None:
        return None
    position_eur = np.zeros((problem.hours, len(levers.items))) if prices is None else prices.position_eur
    return lever_ranges(problem.network, position_eur[hours])


def source_v2_of(problem: CoordinationProblem) -> Floats:
    """(T, s) squared voltages of the substations where levers stand in a plan's problem."""
    hourly = problem.operator.hourly
    return np.array([hourly.at(hour).substation_vm_pu ** 2 for hour in range(problem.hours)])
