"""The negotiation's problems as general solvers get them: prosumers and the operator's hours, stated in cvxpy.

Prices, targets and weights are parameters, so that a programme is canonicalised once and solved again turn by turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.prosumer import MarketModel, prosumer_model
from p2pdnr.market.responses import Pull
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.models.tree_socp import tree_model
from p2pdnr.solvers import ConeProgram

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Statement:
    """A cvxpy problem with prices and weights as parameters, and the variables in which its answers stand."""

    problem: cp.Problem
    trades_kw: cp.Variable
    injection_kw: cp.Variable
    trade: cp.Parameter
    charge: cp.Parameter
    trade_weight: cp.Parameter
    charge_weight: cp.Parameter

    def told(self, trade: Floats, charge: Floats, weights: tuple[Floats, Floats]) -> None:
        """Put prices and weights, a value an hour, into the parameters."""
        self.trade.value, self.charge.value = trade.reshape(self.trade.shape), charge
        for parameter, values in zip((self.trade_weight, self.charge_weight), weights, strict=True):
            column = values[:, None] if len(parameter.shape) > 1 else values
            parameter.value = np.broadcast_to(column, parameter.shape)

    def answer(self, objective: float) -> tuple[Floats, Floats, float]:
        """Trades, injections, and what they cost but for prices and weights; ``objective`` with them."""
        e, p = self.trades_kw.value, self.injection_kw.value
        asked = (self.trade.value * e + self.trade_weight.value / 2 * e**2).sum()
        asked += (self.charge.value * p + self.charge_weight.value / 2 * p**2).sum()
        return e, p, float(objective - asked)


def stated(model: MarketModel) -> Statement:
    """A prosumer, or all of them, drawn to prices and copies."""
    found = [cp.Variable(item.shape) for item in (model.trades_kw, model.injection_kw)]
    linear = [cp.Parameter(item.shape) for item in found]
    weight = [cp.Parameter(item.shape, nonneg=True) for item in found]
    cost = model.cost_eur
    for item, price, pull in zip(found, linear, weight, strict=True):
        cost += cp.sum(cp.multiply(price, item)) + cp.sum(cp.multiply(pull, cp.square(item))) / 2.0
    constraints = [*model.constraints, found[0] == model.trades_kw, found[1] == model.injection_kw]
    return Statement(cp.Problem(cp.Minimize(cost), constraints), *found, *linear, *weight)


def each(problem: CoordinationProblem) -> list[Statement]:
    """Every prosumer's."""
    block, ends = problem.block, problem.block.first_edge
    return [
        stated(prosumer_model(terms, block.edge_limit_kw[a:b], block.edge_fee_eur[a:b] / problem.step_h))
        for terms, a, b in zip(block.terms, ends[:-1], ends[1:], strict=True)
    ]


def tell(problem: CoordinationProblem, statements: Sequence[Statement], pull: Pull) -> None:
    """Put what a turn asks into every prosumer's parameters."""
    ends, weights = problem.block.first_edge, (pull.trade_weight, pull.injection_weight)
    for k, statement in enumerate(statements):
        statement.told(pull.trade_linear[ends[k] : ends[k + 1]].T, pull.injection_linear[k], weights)


def by_clarabel(problem: CoordinationProblem, pull: Pull) -> Callable[[Pull], Floats]:
    """The prosumers' injections (K, T) by Clarabel to 1e-9, on programmes canonicalised once; ``pull`` is any."""
    statements = each(problem)
    tell(problem, statements, pull)
    programs = [ConeProgram(statement.problem) for statement in statements]

    def answer(pull: Pull) -> Floats:
        tell(problem, statements, pull)
        solved = [program.solve({}) for program in programs]
        return np.array([
            program.value(solution, statement.injection_kw)
            for program, solution, statement in zip(programs, solved, statements, strict=True)
        ])  # fmt: skip

    return answer


def operator_by_clarabel(problem: CoordinationProblem, state: Agreement) -> Callable[[Floats], Floats]:
    """The operator's hours on the initial topology as cone programmes to 1e-9, one each: what is asked for (K, T) ->
    injections of the buses (T, nb)."""
    base, nb = problem.network.base_kw, len(problem.prosumers_per_bus)
    tree = orient(problem.network, problem.network.closed)
    at_bus = np.zeros((problem.network.n_buses, nb))
    at_bus[problem.operator.buses, np.arange(nb)] = 1.0
    built = []
    for hour in range(problem.hours):
        injection, target = cp.Variable((nb, 1)), cp.Parameter((nb, 1))
        load_p = problem.operator.load_kw[[hour]].T / base - at_bus @ injection
        load_q = problem.operator.load_kvar[[hour]].T / base
        model = tree_model(problem.network, tree, problem.terms, load_p, load_q)
        weight = state.charge_weight[hour] * base**2 / problem.prosumers_per_bus[:, None]
        pull = cp.sum(cp.multiply(weight / 2, cp.square(injection))) - cp.sum(cp.multiply(target, injection))
        target.value = np.zeros((nb, 1))
        program = ConeProgram(cp.Problem(cp.Minimize(model.cost_eur + pull), model.constraints))
        built.append((program, injection, target, weight))

    def answer(ask: Floats) -> Floats:
        wanted = problem.at_buses(ask) / base
        found = []
        for hour, (program, injection, target, weight) in enumerate(built):
            solution = program.solve({target: weight * wanted[hour][:, None]})
            found.append(base * program.value(solution, injection)[:, 0])
        return np.array(found)

    return answer
