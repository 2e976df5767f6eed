"""The negotiation next to what one would write first: the same turns with other solvers for the prosumers.

One problem, one tolerance (0.05 kW and 1e-5 of the objective), one operator; what differs is who answers for prosumers:

  compiled kernel     what the package does
  OSQP, one each      one OSQP problem per prosumer, set up once, costs updated, started from the last answer
  cvxpy, one each     every prosumer's cvxpy problem solved again with other parameters (Clarabel)

Beside them the optimum of the whole as one cone programme, which needs everybody's data. CPU time of one process.

Usage: python benchmarks/bench_peers.py [--scenario FILE] [--turns 3]   (turns that cvxpy is given)
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
import osqp
import scipy.sparse as sp
from cvxpy.settings import PARAM_PROB

from p2pdnr.coordination import central, convex
from p2pdnr.coordination.agreement import Agreement, Rules
from p2pdnr.coordination.dispatch import dispatch
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.market.members import Reply
from p2pdnr.market.prosumer import MarketModel, prosumer_model
from p2pdnr.market.responses import Pull
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

DEFAULT = Path(__file__).parents[1] / "data" / "scenarios" / "ieee33-solar.json"
ACCURACY = 1e-5


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

    def told(self, trade: Any, charge: Any, weights: tuple[Any, Any]) -> None:
        """Put prices and weights, a value an hour, into the parameters."""
        self.trade.value, self.charge.value = trade.reshape(self.trade.shape), charge
        for parameter, values in zip((self.trade_weight, self.charge_weight), weights, strict=True):
            column = values[:, None] if len(parameter.shape) > 1 else values
            parameter.value = np.broadcast_to(column, parameter.shape)

    def answer(self, objective: float) -> tuple[Any, Any, float]:
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


def each(problem: Problem) -> list[Statement]:
    """Every prosumer's."""
    block, ends = problem.block, problem.block.first_edge
    return [
        stated(prosumer_model(terms, block.edge_limit_kw[a:b], block.edge_fee_eur[a:b] / problem.step_h))
        for terms, a, b in zip(block.terms, ends[:-1], ends[1:], strict=True)
    ]


class Peer:
    """Answers for all prosumers by solving one problem each."""

    def __init__(self, problem: Problem, make: Callable[[Statement], Callable[[], float]]) -> None:
        self.ends, self.statements = problem.block.first_edge, each(problem)
        self.solvers = [make(item) for item in self.statements]

    def ask(self, pull: Pull) -> Reply:
        """Block A."""
        found = []
        for k, (statement, solve) in enumerate(zip(self.statements, self.solvers, strict=True)):
            edges = slice(self.ends[k], self.ends[k + 1])
            weights = (pull.trade_weight, pull.injection_weight)
            statement.told(pull.trade_linear[edges].T, pull.injection_linear[k], weights)
            found.append(statement.answer(solve()))
        trades, injections, costs = zip(*found, strict=True)
        return Reply(np.concatenate([item.T for item in trades]), np.array(injections), sum(costs))


def by_cvxpy(statement: Statement) -> Callable[[], float]:
    """Solve it again as cvxpy does."""
    return lambda: statement.problem.solve(solver=cp.CLARABEL)


def by_osqp(statement: Statement) -> Callable[[], float]:
    """One OSQP problem, canonicalised once by cvxpy; later only its costs are updated."""
    for parameter in statement.problem.parameters():
        parameter.value = np.ones(parameter.shape)
    data = statement.problem.get_problem_data(cp.OSQP)[0]
    program, solver = data[PARAM_PROB], osqp.OSQP()
    q_map, P_map = sp.csr_matrix(program.q), sp.csr_matrix(program.P)
    P = sp.csc_matrix(sp.triu(data["P"]))
    P.sort_indices()
    entries = P.tocoo()
    rows_of_P = P_map[entries.row + P.shape[0] * entries.col.astype(np.int64)]
    lower = np.concatenate([data["b"], np.full(len(data["G"]), -np.inf)])
    matrix, upper = sp.csc_matrix(sp.vstack([data["A"], data["F"]])), np.concatenate([data["b"], data["G"]])
    accuracy = {"eps_abs": ACCURACY, "eps_rel": ACCURACY, "max_iter": 20_000, "verbose": False, "polishing": False}
    for item in (P, matrix):
        item.indices, item.indptr = item.indices.astype(np.int32), item.indptr.astype(np.int32)
    solver.setup(P, data["q"], matrix, lower, upper, **accuracy)
    theta = np.ones(q_map.shape[1])

    def solve() -> float:
        for parameter in program.parameters:
            start = program.param_id_to_col[parameter.id]
            theta[start : start + parameter.size] = np.asarray(parameter.value).ravel(order="F")
        *q, offset = q_map @ theta
        solver.update(q=np.array(q), Px=np.asarray(rows_of_P @ theta))
        found = solver.solve()
        for variable in (statement.trades_kw, statement.injection_kw):
            start = program.var_id_to_col[variable.id]
            variable.value = found.x[start : start + variable.size].reshape(variable.shape, order="F")

        return float(found.info.obj_val + offset)

    return solve


def row(name: str, problem: Problem, rules: Rules, optimum_eur: float) -> None:
    """Negotiate, and print turns, time and where it ended."""
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    answers, turns = 0.0, []
    ask = problem.blocks.ask

    def timed(pull: Pull) -> Reply:
        nonlocal answers
        started = time.process_time()
        reply = ask(pull)
        answers += time.process_time() - started
        return reply

    asked: Any = type("Timed", (), {"ask": staticmethod(timed)})
    state: Agreement = convex.negotiate(
        replace(problem, blocks=asked), closed, convex.opening(problem, rules), rules, lambda item: turns.append(item)
    )
    count = len(turns)
    end = "not run to the end"
    if state.converged:
        plan = dispatch(problem, closed, state)
        end = f"{(plan.total_eur - optimum_eur) / plan.scale_eur:9.1e}"
    print(f"{name:<20}{count:7}{1e3 * answers / count:14.2f}{answers:11.2f}   {end}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=Path, default=DEFAULT)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    scenario = document.load(arguments.scenario)
    problem = build_problem(scenario, build_network(scenario, arguments.scenario.parent))
    convex.negotiate(problem, np.tile(problem.network.closed, (problem.hours, 1)), convex.opening(problem, Rules()),
                     Rules(max_iterations=1))  # fmt: skip
    started = time.process_time()
    optimum = central.solve_problem(problem, np.tile(problem.network.closed, (problem.hours, 1)))
    seconds = time.process_time() - started
    title = f"{len(problem.block.terms)} prosumers, {problem.trades.n_pairs} pairs"
    print(f"{title:<20}{'turns':>7}{'prosumers ms':>14}{'in all s':>11}   gap to the optimum")
    few = Rules(max_iterations=arguments.turns)
    row("compiled kernel", problem, Rules(), optimum.objective_eur)
    row("OSQP, one each", replace(problem, blocks=Peer(problem, by_osqp)), Rules(), optimum.objective_eur)
    row("cvxpy, one each", replace(problem, blocks=Peer(problem, by_cvxpy)), few, optimum.objective_eur)
    print(f"{'optimum as one programme':<41}{seconds:11.2f}")


if __name__ == "__main__":
    main()
