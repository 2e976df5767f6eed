"""The prosumers as followers: the market's equilibrium at charges that the operator has set, without any grid.

At charges c (EUR per kWh withdrawn at a bus, earned per kWh injected) the prosumers' equilibrium with common prices of
trades is the optimum of one convex programme (a variational equilibrium):

    V(c) = min  sum of J_k  - D sum over buses and hours of c p(bus)      subject to every prosumer's limits and to
                                                                           what one sells its partner buys.

Injections p are an answer to c exactly where their regret J(p) - D c p - V(c) is zero. The charges between 0 and a cap
at which given injections P are most nearly an answer, with a revenue - D c P of at most R, are the multipliers of

    min  sum of J_k + cap D sum of z + (phi - 1) R      subject to  z >= phi P - p(bus),  z >= 0,  phi >= 1,

whose optimum is the greatest V(c) + D c P: it asks for the market outcome that is nearest to P, where it is missed from
below at the price of the cap. A phi from slightly below 1 picks, among charges that do as well, those that recover
most.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.optimality.central import TOLERANCE, Floats, links, sums
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import MarketModel, market_model
from p2pdnr.solvers import Status, solve_once

RECOVERED = 1e-5
"""What a euro of revenue is worth in regret to the leader when it picks among charges."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the market does: ``cost_eur`` the sum of all J, ``injection_kw`` (K, T), ``traded_kw`` (E, T) the first of
    each pair sells, ``price_eur_per_kw`` (E, T) of a trade over a step."""

    cost_eur: float
    injection_kw: Floats
    traded_kw: Floats
    price_eur_per_kw: Floats


@dataclass(frozen=True, eq=False)
class Support:
    """Charges (T, nb) in EUR per kW withdrawn over a step at which injections are most nearly the market's answer:
    ``best_eur`` the least that prosumers pay at these charges, charges included; ``outcome`` a market outcome near it,
    whose prices are those of trades."""

    charge_eur_per_kw: Floats
    best_eur: float
    outcome: Outcome

    def regret_eur(self, cost_eur: float, injected_kw: Floats) -> float:
        """By how much all together could do better than with injections (T, nb) that cost them ``cost_eur``."""
        return cost_eur - float((self.charge_eur_per_kw * injected_kw).sum()) - self.best_eur


def injected(problem: CoordinationProblem, market: MarketModel) -> cp.Expression:
    """(T, nb) what the prosumers of each bus inject."""
    return market.injection_kw @ sums(problem).T


def answer(problem: CoordinationProblem, charge_eur_per_kw: Floats) -> tuple[float, Outcome]:
    """V(c) at charges (T, nb) per kW withdrawn over a step, and one of the equilibria there.

    Raises :class:`SolverError` without one.
    """
    market = market_model(problem.block.terms, links(problem))
    paid = cp.sum(cp.multiply(charge_eur_per_kw, injected(problem, market)))
    programme = cp.Problem(cp.Minimize(market.cost_eur - paid), market.constraints)
    solved(programme, "the market at the charges")
    return float(programme.value), outcome(problem, market)


class Supporter:
    """Charges that support injections, up to a cap: stated once, and solved for any injections and any revenue."""

    def __init__(self, problem: CoordinationProblem, cap_eur_per_kw: float) -> None:
        self._problem, self._cap_eur_per_kw = problem, cap_eur_per_kw
        self._market = market_model(problem.block.terms, links(problem))
        shape = problem.hours, len(problem.prosumers_per_bus)
        self._least_kw, self._more_kw = cp.Parameter(shape), cp.Parameter(shape)
        self._price_of_more = cp.Parameter(nonneg=True)
        missed, beyond = cp.Variable(shape, nonneg=True), cp.Variable(nonneg=True)
        wanted_kw = self._least_kw + cp.multiply(beyond, self._more_kw)
        self._reached = missed + injected(problem, self._market) >= wanted_kw
        cost = self._market.cost_eur + cap_eur_per_kw * cp.sum(missed) + beyond * self._price_of_more
        self._programme = cp.Problem(cp.Minimize(cost), [*self._market.constraints, self._reached])

    def supporting(self, injected_kw: Floats, revenue_eur: float) -> Support:
        """Charges between zero and the cap, bringing in at most ``revenue_eur`` >= 0, at which injections (T, nb) are
        most nearly the market's answer. Raises :class:`SolverError` without an answer."""
        least, unit_eur = 1.0 - RECOVERED, max(1.0, revenue_eur)
        self._least_kw.value, self._more_kw.value = least * injected_kw, injected_kw / unit_eur
        self._price_of_more.value = revenue_eur / unit_eur
        solved(self._programme, "the charges that support injections")
        charge = np.clip(np.asarray(self._reached.dual_value), 0.0, self._cap_eur_per_kw)
        best = float(self._programme.value) - least * float((charge * injected_kw).sum())
        return Support(charge, best, outcome(self._problem, self._market))


def solved(programme: cp.Problem, what: str) -> None:
    """Solve, or raise :class:`SolverError` that says what has no answer."""
    status = solve_once(programme, TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"{what}: {status}")


def outcome(problem: CoordinationProblem, market: MarketModel) -> Outcome:
    """What a solved statement of the market says."""
    traded_kw = np.asarray(market.trades_kw.value).T[: problem.trades.n_pairs]
    energy_eur_per_kw = -np.asarray(market.balance.dual_value).T
    return Outcome(
        float(market.cost_eur.value),
        np.asarray(market.injection_kw.value).T,
        traded_kw,
        pair_prices(problem, energy_eur_per_kw),
    )


def pair_prices(problem: CoordinationProblem, energy_eur_per_kw: Floats) -> Floats:
    """(E, T) prices at which no pair wants to trade otherwise, from what energy is worth to its ends (K, T), fees being
    paid by both: between what either would have to get for selling and what either would give."""
    fee = problem.step_h * problem.trades.fee_eur_per_kwh
    ends = energy_eur_per_kw[problem.trades.pairs]
    given, asked = (ends - fee[:, :, None]).max(axis=1), (ends + fee[:, :, None]).min(axis=1)
    return np.asarray((given + asked) / 2.0)
