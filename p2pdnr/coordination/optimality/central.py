"""The centralised optimum of a schedule: both levels in one convex programme, the judge of the negotiation.

Nobody could solve this in practice: it knows every prosumer's private data. It is made of the same statements as the
two levels, :func:`p2pdnr.market.prosumer.market_model` and :func:`p2pdnr.reconfiguration.models.tree_socp.tree_model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import Links, MarketModel, links_between, market_model
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.models.tree_socp import TreeModel, tree_model
from p2pdnr.scenario.schema import Scenario
from p2pdnr.solvers import Status, solve_once

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TOLERANCE = 1e-8

COST_UNIT_EUR = 30.0
"""What the solver counts costs in: kW, per unit and EUR then meet in numbers of like size, which saves a third of the
iterations."""

PRESSURE_EUR = 1e-3
"""On the sum of squared currents (p.u.) where losses cost nothing: among equal optima the one on the power flow."""


@dataclass(frozen=True, eq=False)
class Central:
    """The optimum: ``objective_eur`` without switching, ``injection_kw`` (K, T), ``cone_gap`` (p.u.^2) of the
    relaxation."""

    status: Status
    objective_eur: float
    injection_kw: Floats
    cone_gap: float


def solve(scenario: Scenario, network: Network, closed: Bools, p2p: bool = True) -> Central:
    """Solve both levels together for the schedule ``closed`` (T, m).

    The objective leaves switching out, which the schedule fixes. Raises :class:`SolverError` without an answer.
    """
    return solve_problem(build_problem(scenario, network, p2p), closed)


def solve_problem(problem: CoordinationProblem, closed: Bools) -> Central:
    """The same for a problem that is already built."""
    market = market_model(problem.block.terms, links(problem))
    at_bus = cp.Variable(
        (len(problem.prosumers_per_bus), problem.hours)
    )  # of its own: the voltages' rows see few instead of all
    fed_kvar, circles = reactive_model(problem, market)
    hours = grid_models(problem, closed, at_bus, problem.operator.buses, fed_kvar)
    cost = market.cost_eur + cp.sum([model.cost_eur for model in hours])
    pressed = cost + PRESSURE_EUR * sum(cp.sum(model.current2) for model in hours) if _is_slack(problem) else cost
    constraints = [
        at_bus == sums(problem) @ market.injection_kw.T,
        *market.constraints,
        *circles,
        *(item for model in hours for item in model.constraints),
    ]
    status = solve_once(cp.Problem(cp.Minimize(pressed / COST_UNIT_EUR), constraints), TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the centralised optimum was not found: {status}")
    gap = max(model.cone_gap for model in hours)
    return Central(status, float(cost.value), np.asarray(market.injection_kw.value.T), gap)


def _is_slack(problem: CoordinationProblem) -> bool:
    """Whether there are lines whose current no cost keeps down."""
    return problem.terms.loss_price_eur_per_kwh == 0 or bool(np.any(problem.network.r_pu == 0))


def links(problem: CoordinationProblem) -> Links:
    """All pairs as links from the first to the second, who both pay the fee."""
    return links_between(problem.trades, len(problem.block.terms))


def sums(problem: CoordinationProblem) -> sp.csr_array:
    """(nb, K) 1 where a prosumer stands at one of the operator's buses."""
    count = len(problem.place)
    return sp.csr_array(
        (np.ones(count), (problem.place, np.arange(count))), shape=(len(problem.prosumers_per_bus), count)
    )


def reactive_model(
    problem: CoordinationProblem, market: MarketModel
) -> tuple[cp.Expression | None, list[cp.Constraint]]:
    """(ni, T) what inverters feed in at their buses where the operator chooses it, and the circle of every inverter."""
    inverters = problem.inverters
    if not inverters.dispatched:
        return None, []
    pv, discharge, charge = (market.quantities[name] for name in ("pv_kw", "discharge_kw", "charge_kw"))
    active_kw = (pv + discharge - charge).T[inverters.who]
    fed_kvar, kva = cp.Variable(active_kw.shape), inverters.kva[inverters.who]
    flat = cp.vstack([cp.vec(active_kw, order="F"), cp.vec(fed_kvar, order="F")])
    most = cp.Constant(np.tile(kva, problem.hours))
    count = len(inverters.who)
    sums_at = sp.csr_array((np.ones(count), (inverters.place, np.arange(count))), shape=(len(inverters.buses), count))
    return sums_at @ fed_kvar, [cp.SOC(most, flat)]


def grid_models(
    problem: CoordinationProblem,
    closed: Bools,
    injection_kw: cp.Expression,
    bus: Ints,
    fed_kvar: cp.Expression | None = None,
) -> list[TreeModel]:
    """One model per tree in use, for all its hours; ``injection_kw`` (k, T) at the buses ``bus`` (k,), and where it is
    chosen ``fed_kvar`` (ni, T) at the inverters' buses."""
    network, base = problem.network, problem.network.base_kw
    at_bus = sp.csr_array((np.ones(len(bus)), (bus, np.arange(len(bus)))), shape=(network.n_buses, len(bus)))
    chosen = problem.operator.inverter_buses
    ones = (np.ones(len(chosen)), (chosen, np.arange(len(chosen))))
    at_inverters = sp.csr_array(ones, shape=(network.n_buses, len(chosen)))
    models = []
    for hours in problem.operator.alike(closed, np.arange(len(closed))):
        row, there = closed[hours[0]], problem.operator.hourly.at(int(hours[0]))
        load_p = (problem.operator.load_kw[hours].T - at_bus @ injection_kw[:, hours]) / base
        load_q: Any = problem.operator.load_kvar[hours].T / base
        if fed_kvar is not None:
            load_q = load_q - at_inverters @ fed_kvar[:, hours] / base
        models.append(tree_model(there, orient(there, row), problem.terms, load_p, load_q))
    return models
