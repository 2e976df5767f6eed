"""One turn of the negotiation, part by part, and what general cone solvers need for the same: CPU time of one process.

Usage: python benchmarks/bench_tiers.py [--scenario data/scenarios/ieee33-solar.json] [--repeats 20]

The prosumers' block and the operator's hours are timed where the negotiation stands after ten turns. Beside them the
same problems as stated in cvxpy, canonicalised once and re-solved by Clarabel with other prices.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np

from p2pdnr.coordination import central, convex
from p2pdnr.coordination.agreement import Agreement, Rules
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.market.prosumer import prosumer_model
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.distflow import tree_model
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.solvers import ConeProgram

TRADE_WEIGHT, CHARGE_WEIGHT = 1e-3, 1e-4
DEFAULT = Path(__file__).parents[1] / "data" / "scenarios" / "ieee33-solar.json"


def cpu_ms(repeats: int, work: Callable[[], Any]) -> float:
    """CPU time of one run in ms, after one that does not count."""
    work()
    started = time.process_time()
    for _ in range(repeats):
        work()
    return 1e3 * (time.process_time() - started) / repeats


def after_ten_turns(problem: Problem, closed: np.ndarray) -> Agreement:
    """Where the negotiation stands."""
    state = convex.opening(problem, Rules())
    for _ in range(10):
        state = convex.step(problem, closed, state, Rules())
    return state


def clarabel_prosumers_ms(problem: Problem, repeats: int) -> list[float]:
    """CPU ms of one re-solve, for every prosumer."""
    block, rng = problem.block, np.random.default_rng(0)
    result = []
    for k, terms in enumerate(block.terms):
        edges = slice(block.first_edge[k], block.first_edge[k + 1])
        model = prosumer_model(terms, block.edge_limit_kw[edges], block.edge_fee_eur[edges] / problem.step_h)
        price, charge = cp.Parameter(model.trades_kw.shape), cp.Parameter(terms.hours)
        pull = cp.sum(cp.multiply(price, model.trades_kw)) + TRADE_WEIGHT / 2 * cp.sum_squares(model.trades_kw)
        pull += charge @ model.injection_kw + CHARGE_WEIGHT / 2 * cp.sum_squares(model.injection_kw)
        program = ConeProgram(cp.Problem(cp.Minimize(model.cost_eur + pull), model.constraints), 1e-8)

        def solve(program: ConeProgram = program, price: Any = price, charge: Any = charge) -> None:
            noise = 0.01 * rng.standard_normal(price.shape)
            program.solve({price: noise - 0.2, charge: 0.01 * rng.standard_normal(charge.shape)})

        result.append(cpu_ms(repeats, solve))
    return result


def clarabel_operator_ms(problem: Problem, closed: np.ndarray, target_kw: np.ndarray, repeats: int) -> float:
    """CPU ms of one re-solve of all hours on the first hour's tree; ``target_kw`` (T, nb)."""
    network, buses = problem.network, problem.operator.buses
    injection, target = cp.Variable((len(buses), problem.hours)), cp.Parameter((len(buses), problem.hours))
    at_bus = np.zeros((network.n_buses, len(buses)))
    at_bus[buses, np.arange(len(buses))] = 1.0
    load_p = (problem.operator.load_kw.T - at_bus @ injection) / network.base_kw
    load_q = problem.operator.load_kvar.T / network.base_kw
    model = tree_model(network, orient(network, closed[0]), problem.terms, load_p, load_q)
    pull = CHARGE_WEIGHT / 2 * cp.sum_squares(injection - target)
    program = ConeProgram(cp.Problem(cp.Minimize(model.cost_eur + pull), model.constraints), 1e-8)
    return cpu_ms(repeats, lambda: program.solve({target: target_kw.T}))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", type=Path, default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    scenario = document.load(options.scenario)
    problem = build_problem(scenario, build_network(scenario, options.scenario.parent))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    state, count = after_ten_turns(problem, closed), len(problem.block.terms)
    ask = state.wanted_kw - state.charge_eur / state.charge_weight
    cold = replace(state, answer=None)
    few = max(2, options.repeats // 5)
    prosumers = cpu_ms(options.repeats, lambda: convex.answer_prices(problem, state))
    general = clarabel_prosumers_ms(problem, few)
    print(f"{count} prosumers, {problem.trades.n_pairs} pairs, {problem.hours} hours, {problem.network.n_buses} buses")
    print(f"prosumers, all           {prosumers:9.2f} ms   {prosumers / count:.3f} ms each")
    print(f"  Clarabel re-solve      {sum(general):9.2f} ms   {np.mean(general):.2f} ms each")
    warm = cpu_ms(options.repeats, lambda: convex.ask_operator(problem, closed, ask, state))
    start = cpu_ms(options.repeats, lambda: convex.ask_operator(problem, closed, ask, cold))
    cone = clarabel_operator_ms(problem, closed, problem.at_buses(ask), few)
    print(f"operator, all hours      {warm:9.2f} ms   {start:.2f} ms from a flat start")
    print(f"  cone, Clarabel re-solve{cone:9.2f} ms")
    print(f"centralised optimum      {cpu_ms(1, lambda: central.solve_problem(problem, closed)):9.0f} ms")


if __name__ == "__main__":
    main()
