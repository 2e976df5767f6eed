"""The centralised optimum of a schedule: both levels in one convex programme, the judge of the negotiation.

Nobody could solve this in practice: it knows every prosumer's private data. It is made of the same statements as the
two levels, :func:`p2pdnr.market.prosumer.prosumer_model` and :func:`p2pdnr.reconfiguration.distflow.tree_model`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.errors import SolverError
from p2pdnr.market.prosumer import ProsumerModel, prosumer_model
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.distflow import TreeModel, tree_model
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


def solve_problem(problem: Problem, closed: Bools) -> Central:
    """The same for a problem that is already built."""
    prosumers, agreements = market_model(problem)
    injection = cp.vstack([model.injection_kw for model in prosumers])
    hours = grid_models(problem, closed, injection, problem.prosumer_bus)
    models: list[ProsumerModel | TreeModel] = [*prosumers, *hours]
    cost = cp.sum([model.cost_eur for model in models])
    pressed = cost + PRESSURE_EUR * sum(cp.sum(model.current2) for model in hours) if _is_slack(problem) else cost
    constraints = [item for model in models for item in model.constraints]
    statement = cp.Problem(cp.Minimize(pressed / COST_UNIT_EUR), [*constraints, *agreements])
    status = solve_once(statement, TOLERANCE)
    if status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the centralised optimum was not found: {status}")
    gap = max(model.cone_gap for model in hours)
    return Central(status, float(cost.value), np.asarray(injection.value), gap)


def _is_slack(problem: Problem) -> bool:
    """Whether there are lines whose current no cost keeps down."""
    return problem.terms.loss_price_eur_per_kwh == 0 or bool(np.any(problem.network.r_pu == 0))


def market_model(problem: Problem) -> tuple[list[ProsumerModel], list[cp.Constraint]]:
    """All prosumers, and e_kl + e_lk = 0 for every pair."""
    block = problem.block
    bounds = list(zip(block.first_edge[:-1], block.first_edge[1:], strict=True))
    models = [
        prosumer_model(terms, block.edge_limit_kw[a:b], block.edge_fee_eur[a:b] / problem.step_h)
        for terms, (a, b) in zip(block.terms, bounds, strict=True)
    ]
    owner = np.repeat(np.arange(len(models)), np.diff(block.first_edge))

    def copy(edge: int) -> cp.Expression:
        k = int(owner[edge])
        return models[k].trades_kw[:, edge - int(block.first_edge[k])]

    return models, [copy(int(first)) + copy(int(second)) == 0 for first, second in block.directed]


def grid_models(problem: Problem, closed: Bools, injection_kw: cp.Expression, bus: Ints) -> list[TreeModel]:
    """One model per tree in use, for all its hours; ``injection_kw`` (k, T) at the buses ``bus`` (k,)."""
    network, base = problem.network, problem.network.base_kw
    at_bus = sp.csr_array((np.ones(len(bus)), (bus, np.arange(len(bus)))), shape=(network.n_buses, len(bus)))
    models = []
    for row in np.unique(closed, axis=0):
        hours = np.flatnonzero((closed == row).all(axis=1))
        load_p = (problem.operator.load_kw[hours].T - at_bus @ injection_kw[:, hours]) / base
        load_q = problem.operator.load_kvar[hours].T / base
        models.append(tree_model(network, orient(network, row), problem.terms, load_p, load_q))
    return models
