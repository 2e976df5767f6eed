"""The compiled kernels against general solvers on the default scenario, side by side in one process, one thread.

The prosumers answer the same sequence of slightly different prices: by the kernel from scratch and from the last
answer, by Clarabel on programmes canonicalised once, and by OSQP through cvxpy. The operator answers one day of
targets: by the kernel from scratch and from the last answer, and by the cone programme, canonicalised once per hour.

Usage: python benchmarks/bench_kernels.py [--turns 20] [--osqp 2] [--scenario data/scenarios/ieee33-solar.json]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
from _tables import table

from p2pdnr.coordination import convex
from p2pdnr.coordination.agreement import Agreement, Rules
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.market import negotiation
from p2pdnr.market.prosumer import prosumer_model
from p2pdnr.market.responses import Pull, Response
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.distflow import tree_model
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.solvers import ConeProgram

Floats = np.ndarray[Any, np.dtype[np.float64]]
Answer = Callable[[Pull], Floats]
Row = tuple[str, float, float]
SETTLED = 20


def processor_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of some work in seconds, and what it gave."""
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


def recorded(problem: Problem, turns: int) -> tuple[list[Pull], list[Agreement]]:
    """What prosumers were asked in the turns after the first ones of a negotiation on the initial topology."""
    rules = Rules()
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    state = convex.opening(problem, rules)
    pulls, states = [], []
    for turn in range(SETTLED + turns):
        if turn >= SETTLED:
            trade = negotiation.pull(problem.block, state.trading, state.trade_weight)
            charge = -state.charge_eur - state.charge_weight * state.wanted_kw
            pulls.append(Pull(trade, charge, state.trade_weight, state.charge_weight))
            states.append(state)
        state = convex.step(problem, closed, state, rules)
    return pulls, states


def by_kernel(problem: Problem, warm: bool) -> Answer:
    """The block's injections, from scratch or from the last answer."""
    last: list[Response | None] = [None]

    def answer(pull: Pull) -> Floats:
        response = problem.block.respond(pull, start=last[0] if warm else None)
        last[0] = response
        return response.injection_kw

    answer(problem.block.no_pull())  # compiled, and a start that is far away
    return answer


def statements(
    problem: Problem, weights: tuple[Floats, Floats]
) -> list[tuple[cp.Problem, Any, cp.Parameter, cp.Parameter]]:
    """Every prosumer's problem in cvxpy with prices as parameters; the weights stay."""
    block, built = problem.block, []
    for k, terms in enumerate(block.terms):
        edges = slice(block.first_edge[k], block.first_edge[k + 1])
        model = prosumer_model(terms, block.edge_limit_kw[edges], block.edge_fee_eur[edges] / terms.step_h)
        trade, charge = cp.Parameter(model.trades_kw.shape), cp.Parameter(problem.hours)
        cost = model.cost_eur + cp.sum(cp.multiply(trade, model.trades_kw)) + charge @ model.injection_kw
        cost += cp.sum(cp.multiply(weights[0][:, None] / 2, cp.square(model.trades_kw)))
        cost += cp.sum(cp.multiply(weights[1] / 2, cp.square(model.injection_kw)))
        built.append((cp.Problem(cp.Minimize(cost), model.constraints), model.injection_kw, trade, charge))
    return built


def _prices(problem: Problem, pull: Pull, k: int, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    edges = slice(problem.block.first_edge[k], problem.block.first_edge[k + 1])
    return pull.trade_linear[edges].T.reshape(shape), pull.injection_linear[k]


def by_clarabel(problem: Problem, pull: Pull) -> Answer:
    """Clarabel on programmes canonicalised once, re-solved with changed costs."""
    built = statements(problem, (pull.trade_weight, pull.injection_weight))
    injections = [cp.Variable(problem.hours) for _ in built]
    programs = [
        ConeProgram(cp.Problem(item[0].objective, [*item[0].constraints, injection == item[1]]))
        for item, injection in zip(built, injections, strict=True)
    ]

    def answer(pull: Pull) -> Floats:
        found = []
        for k, (program, injection, (_, _, trade, charge)) in enumerate(zip(programs, injections, built, strict=True)):
            values = _prices(problem, pull, k, trade.shape)
            solution = program.solve({trade: values[0], charge: values[1]})
            found.append(program.value(solution, injection))
        return np.array(found)

    return answer


def by_osqp(problem: Problem, pull: Pull) -> Answer:
    """OSQP through cvxpy, warm, to its usual accuracy."""
    built = statements(problem, (pull.trade_weight, pull.injection_weight))

    def answer(pull: Pull) -> Floats:
        found = []
        for k, (statement, injection, trade, charge) in enumerate(built):
            trade.value, charge.value = _prices(problem, pull, k, trade.shape)
            statement.solve(solver=cp.OSQP, warm_start=True, eps_abs=1e-5, eps_rel=1e-5, max_iter=20_000)
            found.append(injection.value)
        return np.array(found)

    return answer


def measured(answer: Answer, pulls: Sequence[Pull]) -> tuple[float, list[Floats]]:
    """Milliseconds per turn, and the injections."""
    seconds, found = processor_s(lambda: [answer(pull) for pull in pulls])
    return 1e3 * seconds / len(pulls), found


def operator_rows(problem: Problem, states: Sequence[Agreement]) -> list[Row]:
    """The operator's solvers on the targets of the same turns; the cone programmes on the first of them."""
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    state = states[0]
    asks = [each.wanted_kw - each.charge_eur / each.charge_weight for each in states]

    def answers(warm: bool) -> list[Floats]:
        found, now = [], replace(state, answer=state.answer if warm else None)
        for ask in asks:
            answer = convex.ask_operator(problem, closed, ask, now)
            now = replace(now, answer=answer) if warm else now
            found.append(answer.injection_kw)
        return found

    cone = cone_programs(problem, state)
    cone(np.zeros_like(asks[0]))  # the first solve sets a programme up
    warm, near = processor_s(lambda: answers(True))
    cold, reference = processor_s(lambda: answers(False))
    general, exact = processor_s(lambda: cone(asks[0]))
    return [
        ("kernel, from the last answer", 1e3 * warm / len(asks), float(np.abs(near[-1] - reference[-1]).max())),
        ("kernel, from scratch", 1e3 * cold / len(asks), 0.0),
        ("Clarabel, canonicalised once", 1e3 * general, float(np.abs(exact - reference[0]).max())),
    ]


def cone_programs(problem: Problem, state: Agreement) -> Callable[[Floats], Floats]:
    """The operator's hours as cone programmes, one each, with the targets as parameters."""
    network, base, nb = problem.network, problem.network.base_kw, len(problem.crowd)
    tree = orient(network, network.closed)
    at_bus = np.zeros((network.n_buses, nb))
    at_bus[problem.operator.buses, np.arange(nb)] = 1.0
    built = []
    for hour in range(problem.hours):
        injection, target = cp.Variable((nb, 1)), cp.Parameter((nb, 1))
        load_p = problem.operator.load_kw[[hour]].T / base - at_bus @ injection
        model = tree_model(network, tree, problem.terms, load_p, problem.operator.load_kvar[[hour]].T / base)
        weight = state.charge_weight[hour] * base**2 / problem.crowd[:, None]
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


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Times, ratios to the first row, differences."""
    told = [(solver, f"{ms:.2f}", f"{ms / rows[0][1]:.1f}", f"{differs:.1e}") for solver, ms, differs in rows]
    table(name, title, [("one core", "ms", "ratio", "differs by kW"), *told], ("cvxpy", "clarabel", "osqp"))


def prosumer_rows(problem: Problem, pulls: Sequence[Pull], osqp_turns: int) -> list[Row]:
    """The prosumers' solvers; the general ones on the first turns."""
    cold, reference = measured(by_kernel(problem, warm=False), pulls)
    warm, near = measured(by_kernel(problem, warm=True), pulls)
    general = by_clarabel(problem, pulls[0])
    general(pulls[0])
    clarabel, exact = measured(general, pulls[:1])
    rows = [
        ("kernel, from the last answer", warm, float(np.abs(near[-1] - reference[-1]).max())),
        ("kernel, from scratch", cold, 0.0),
        ("Clarabel, canonicalised once", clarabel, float(np.abs(exact[0] - reference[0]).max())),
    ]
    if osqp_turns and "OSQP" not in cp.installed_solvers():
        print("OSQP is missing")
    elif osqp_turns:
        osqp, rough = measured(by_osqp(problem, pulls[0]), pulls[:osqp_turns])
        rows.append(("OSQP through cvxpy", osqp, float(np.abs(rough[0] - reference[0]).max())))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--osqp", type=int, default=2, help="turns by OSQP, 0 for none")
    parser.add_argument("--scenario", type=Path, default=Path("data/scenarios/ieee33-solar.json"))
    arguments = parser.parse_args()
    scenario = document.load(arguments.scenario)
    problem = build_problem(scenario, build_network(scenario, arguments.scenario.parent))
    pulls, states = recorded(problem, arguments.turns)
    title = f"{len(problem.block.terms)} prosumers, {problem.trades.n_pairs} pairs, {problem.hours} hours"
    report("prosumer_kernel", title, prosumer_rows(problem, pulls, arguments.osqp))
    title = f"Operator, {problem.network.n_buses} buses, {problem.hours} hours"
    report("operator_kernel", title, operator_rows(problem, states))


if __name__ == "__main__":
    main()
