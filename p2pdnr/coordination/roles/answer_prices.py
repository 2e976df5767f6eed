"""Prices on what an answer to charges must be, found near a plan: of regret, and of what groups leave.

The problem of an operator who decides all that charges can do, by the slopes of the exact power flow at a plan's
injections and on its schedule, is one convex programme. At a price of regret (:mod:`.regret`) its optimum is a concave
function of that price, and each solve says how it rises: the best price is found by cutting planes (Kelley 1960).
Groups' limits are rows of the programme, and their multipliers the prices of :mod:`.shared_shortages`. Whatever comes
out, the bound that is made of it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.optimality.central import links
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.plans.dispatch import Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import injected, solved
from p2pdnr.coordination.roles.leader_step import possible
from p2pdnr.coordination.roles.regret import Known, regret
from p2pdnr.coordination.roles.shared_shortages import Possible, binding
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.kernel_arrays import PV
from p2pdnr.market.prosumer import QUANTITIES, MarketModel, market_model

WIDER_KW = 0.5
"""By which limits of groups are wider where prices are looked for."""

WORTH = 0.01
"""Of the operator's cost: how far the programme must stay below the plan for a price of regret to be sought."""

MOST_PROGRAMMES, ENOUGH = 10, 0.02
"""Solved for a price, and the share of what is left to gain that is not worth another."""


@dataclass(frozen=True, eq=False)
class AnswerPrices:
    """``left`` (4, P, T) of what groups leave in EUR per kW over a step, ``regret`` in EUR of the operator's cost per
    EUR of prosumers; None where they bring nothing."""

    left: Floats | None
    regret: float | None


@dataclass(frozen=True, eq=False)
class _Cut:
    """The optimum at a price is ``value_eur``, and at any other at most what it comes to with ``rise_eur`` for each;
    ``left`` (4, P, T) the multipliers of groups' limits."""

    price: float
    value_eur: float
    rise_eur: float
    left: Floats

    def at(self, price: float) -> float:
        """What it allows at a price."""
        return self.value_eur + self.rise_eur * (price - self.price)


def answer_prices(all_: Possible, known: Known) -> AnswerPrices:
    """Prices near a plan; none where a programme has no answer."""
    try:
        return _sought(_Near(all_, known))
    except P2pdnrError:
        return AnswerPrices(None, None)


def _sought(near: _Near) -> AnswerPrices:
    """Between the highest price at which the optimum rises and the lowest at which it falls, where their cuts meet."""
    best = low = near.at(0.0)
    high, gap_eur = near.of_plan(), near.reached_eur - low.value_eur
    for _ in range(MOST_PROGRAMMES if gap_eur > WORTH * max(1.0, near.known.cost_eur) else 0):
        if low.rise_eur <= 0.0 or high.rise_eur >= 0.0:
            break
        price = (high.at(0.0) - low.at(0.0)) / (low.rise_eur - high.rise_eur)
        if low.at(price) - best.value_eur <= ENOUGH * gap_eur:
            break
        found = near.at(price)
        low, high = (found, high) if found.rise_eur > 0.0 else (low, found)
        best = max(best, found, key=lambda cut: cut.value_eur)
    return AnswerPrices(best.left if near.binding.any() else None, best.price or None)


class _Near:
    """The programme near a known plan."""

    def __init__(self, all_: Possible, known: Known) -> None:
        self.all_, self.known, self.binding = all_, known, binding(all_)
        free = all_.problem
        self.at_kw = free.at_buses(known.injection_kw)
        self.grid, self.regret = LocalGrid(free, known.closed), regret(all_, known)
        self.around = [self.grid.around(hour, at_kw) for hour, at_kw in enumerate(self.at_kw)]
        self.steepest = np.abs(self.grid.slope_eur_per_kw(self.at_kw)).max(axis=1)
        self.reached_eur = float(self.grid.cost_eur(self.at_kw).sum())

    def at(self, price: float) -> _Cut:
        """The optimum at a price of regret. Raises :class:`SolverError` without one."""
        free = self.all_.problem
        market, move = market_model(free.block.terms, links(free)), cp.Variable(self.at_kw.shape)
        rows, broken_eur = self._rows(market)
        hours = [self.grid.model_eur(around, move[hour], bent=True) for hour, around in enumerate(self.around)]
        beyond_eur = market.cost_eur - self._chords_eur(market)
        limits = [injected(free, market) == self.at_kw + move, *possible(free, market), *market.constraints, *rows]
        aim = cp.sum(hours) + price * beyond_eur + broken_eur
        solved(cp.Problem(cp.Minimize(aim), limits), "prices of answers to charges")
        left = np.zeros(self.binding.shape)
        left[self.binding] = [max(0.0, float(row.dual_value)) for row in rows]
        rise_eur = float(beyond_eur.value) - self.regret.constant_eur
        return _Cut(price, float(aim.value) - price * self.regret.constant_eur, rise_eur, left)

    def of_plan(self) -> _Cut:
        """What the plan says: no optimum is above its cost."""
        told_eur = float((self.regret.slope * self.known.columns).sum()) + self.regret.constant_eur
        return _Cut(0.0, self.reached_eur, self.known.prosumers_eur - told_eur, np.zeros(self.binding.shape))

    def _chords_eur(self, market: MarketModel) -> cp.Expression:
        parts = [
            cp.sum(cp.multiply(self.regret.slope[:, :, QUANTITIES.index(name)].T, quantity))
            for name, quantity in market.quantities.items()
        ]
        return cp.sum(cp.hstack(parts))

    def _rows(self, market: MarketModel) -> tuple[list[cp.Constraint], cp.Expression | float]:
        """Limits of groups, and what it costs to break them: the steepest slope of their hour.

        Where a group can leave no less than it may at most, any multiplier would do, however large; limits a little
        wider, and no price above the steepest slope of the hour, choose one that says something."""
        groups, where = self.all_.groups, np.argwhere(self.binding)
        if not len(where):
            return [], 0.0
        beyond, left = cp.Variable(len(where), nonneg=True), left_kw(self.all_.problem, market)
        rows = [
            self._beyond_devices_kw(market, left, *row) <= groups.most_kw[tuple(row)] + WIDER_KW + beyond[place]
            for place, row in enumerate(where.tolist())
        ]
        return rows, self.steepest[where[:, 2]] @ beyond

    def _beyond_devices_kw(
        self, market: MarketModel, left_kw: list[cp.Expression], rule: int, part: int, hour: int
    ) -> cp.Expression:
        """What a group leaves in an hour, less what its devices add to the most of that rule."""
        groups = self.all_.groups
        members = np.flatnonzero(groups.part == part)
        beyond = cp.sum(left_kw[rule % 2][hour, members])
        for name, quantity in market.quantities.items():
            slope = groups.slope[rule, members, hour, QUANTITIES.index(name)]
            if slope.any():
                beyond -= slope @ quantity[hour, members]
        return beyond


def left_kw(free: CoordinationProblem, market: MarketModel) -> list[cp.Expression]:
    """(T, K) each: load unserved and sun unused."""
    return [market.quantities["unserved_kw"], free.block.upper[:, :, PV].T - market.quantities["pv_kw"]]
