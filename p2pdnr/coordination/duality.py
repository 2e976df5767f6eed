"""What a plan could still gain, bounded from below without solving both levels together.

At any prices of the pairs and any charges at the buses the Lagrangian of the whole problem falls apart into every
prosumer's best answer and the operator's: the least it could pay if it chose all injections itself and paid the charges
for them. The sum is a lower bound on the optimum of the schedule (weak duality), as good as the prices are. It grows
with the number of prosumers as one turn of the negotiation does, where a centralised programme does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.central import TOLERANCE, grid_models
from p2pdnr.coordination.problem import Problem
from p2pdnr.errors import SolverError
from p2pdnr.market.settlement import best_response_eur
from p2pdnr.reconfiguration.operator_bound import operator_bound
from p2pdnr.solvers import Status, solve_once

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bound:
    """``prosumers_eur`` (K,) best answers at the prices and charges; ``operator_eur`` the operator's, ``cone_gap``
    (p.u.^2) of its relaxation there."""

    prosumers_eur: Floats
    operator_eur: float
    cone_gap: float

    @property
    def total_eur(self) -> float:
        """No plan on the same schedule costs less, switching left out."""
        return float(self.prosumers_eur.sum()) + self.operator_eur


def bound(problem: Problem, closed: Bools, price_eur: Floats, charge_eur: Floats) -> Bound:
    """Lower bound on both levels with the schedule ``closed`` (T, m).

    ``price_eur`` (E, T) per kW traded over a step, ``charge_eur`` (n, T) per kW withdrawn over a step at every bus.
    Raises :class:`SolverError` when the operator's programme has no answer.
    """
    at_prosumers = charge_eur[problem.prosumer_bus]
    best = best_response_eur(problem.block, price_eur, at_prosumers)
    return Bound(best, *operator(problem, closed, charge_eur[problem.operator.buses]))


def near(
    problem: Problem, closed: Bools, prices: tuple[Floats, Floats], injection_kw: Floats, by_tangent: bool = False
) -> Bound | None:
    """The same bound by arithmetic, from the power flow at injections (K, T) that nearly reach it; ``prices`` are those
    of the pairs and the charges as above.

    It is a lower bound whatever the injections are, and close where they are optimal at these prices; ``by_tangent`` on
    plans within the upper voltage limit's tangent at the injections, where the limit itself leaves more to the cone
    than to any power flow. None where the
    network has ratios or admittances to earth, or the multipliers prove nothing.
    """
    if not problem.network.is_plain:
        return None
    price_eur, charge_eur = prices
    least, most = capability_kw(problem)
    at_buses = charge_eur[problem.operator.buses].T
    near_kw = problem.at_buses(injection_kw)
    reach_kw = least.T, most.T
    eur, cone_gap = operator_bound(problem.operator, closed, at_buses, (near_kw, reach_kw), by_tangent)
    if not np.isfinite(eur):
        return None
    best = best_response_eur(problem.block, price_eur, charge_eur[problem.prosumer_bus])
    return Bound(best, eur, cone_gap)


def operator(problem: Problem, closed: Bools, charge_eur: Floats) -> tuple[float, float]:
    """Least loss and violations plus ``charge_eur`` (nb, T) x injection, over injections that the prosumers' devices
    allow, in the cone's form; and the gap of its cones."""
    least, most = capability_kw(problem)
    injection = cp.Variable(charge_eur.shape)
    hours = grid_models(problem, closed, injection, problem.operator.buses)
    cost = cp.sum([model.cost_eur for model in hours]) + cp.sum(cp.multiply(charge_eur, injection))
    constraints = [item for model in hours for item in model.constraints]
    unit = max(1.0, float(np.abs(charge_eur).sum()))
    statement = cp.Problem(cp.Minimize(cost / unit), [*constraints, injection >= least, injection <= most])
    status = solve_once(statement, TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the operator's best answer was not found: {status}")
    return float(cost.value), max(model.cone_gap for model in hours)


def capability_kw(problem: Problem) -> tuple[Floats, Floats]:
    """(nb, T) least and most that the devices of each bus could inject in all."""
    most, least = [], []
    for terms in problem.block.terms:
        shifted = terms.flexible_share * terms.load_kw
        most.append(terms.pv_kw + terms.battery_kw + terms.generator_kw + shifted)
        least.append(-terms.load_kw - shifted - terms.battery_kw - terms.elastic_kw)
    return problem.at_buses(np.array(least)).T, problem.at_buses(np.array(most)).T
