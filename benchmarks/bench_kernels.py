"""The compiled kernels against general solvers on the default scenario, side by side in one process, one thread.

The prosumers answer the same sequence of slightly different prices: by the kernel from scratch and from the last
answer, by Clarabel on programmes canonicalised once, and by OSQP through cvxpy. The operator answers one day of
targets: by the kernel from scratch and from the last answer, and by the cone programme, canonicalised once per hour.

    PYTHONPATH=. python benchmarks/bench_kernels.py [--turns 20] [--osqp 2] [--scenario FILE]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np

from benchmarks._statements import by_clarabel, each, operator_by_clarabel, tell
from benchmarks._tables import against_first, table
from benchmarks._timing import timed
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.market.responses import Pull, Response
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

Floats = np.ndarray[Any, np.dtype[np.float64]]
Answer = Callable[[Pull], Floats]
Row = tuple[str, float, float]
SETTLED = 20


def recorded(problem: CoordinationProblem, turns: int) -> tuple[list[Pull], list[Agreement]]:
    """What prosumers were asked in the turns after the first ones of a negotiation on the initial topology."""
    rules = AdmmSettings()
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    state = iterations.opening(problem, rules)
    pulls, states = [], []
    for turn in range(SETTLED + turns):
        if turn >= SETTLED:
            pulls.append(iterations.prices(problem, state))
            states.append(state)
        state = iterations.step(problem, closed, state, rules)
    return pulls, states


def by_kernel(problem: CoordinationProblem, warm: bool) -> Answer:
    """The block's injections, from scratch or from the last answer."""
    last: list[Response | None] = [None]

    def answer(pull: Pull) -> Floats:
        response = problem.block.respond(pull, start=last[0] if warm else None)
        last[0] = response
        return response.injection_kw

    answer(problem.block.no_pull())  # compiled, and a start that is far away
    return answer


def by_osqp(problem: CoordinationProblem) -> Answer:
    """OSQP through cvxpy, warm, to its usual accuracy."""
    statements = each(problem)

    def answer(pull: Pull) -> Floats:
        tell(problem, statements, pull)
        for statement in statements:
            statement.problem.solve(solver=cp.OSQP, warm_start=True, eps_abs=1e-5, eps_rel=1e-5, max_iter=20_000)
        return np.array([statement.injection_kw.value for statement in statements])

    return answer


def measured(answer: Answer, pulls: Sequence[Pull]) -> tuple[float, list[Floats]]:
    """Milliseconds per turn, and the injections."""
    run = timed(lambda: [answer(pull) for pull in pulls])
    return 1e3 * run.cpu_s / len(pulls), run.answer


def operator_rows(problem: CoordinationProblem, states: Sequence[Agreement]) -> list[Row]:
    """The operator's solvers on the targets of the same turns; the cone programmes on the first of them."""
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    state = states[0]
    asks = [each.wanted_kw - each.charge_eur_per_kw / each.charge_weight for each in states]

    def answers(warm: bool) -> list[Floats]:
        found, now = [], replace(state, answer=state.answer if warm else None)
        for ask in asks:
            answer = iterations.ask_operator(problem, closed, ask, now)
            now = replace(now, answer=answer) if warm else now
            found.append(answer.injection_kw)
        return found

    cone = operator_by_clarabel(problem, state)
    cone(np.zeros_like(asks[0]))  # the first solve sets a programme up
    warm, cold = timed(lambda: answers(True)), timed(lambda: answers(False))
    general, reference = timed(lambda: cone(asks[0])), cold.answer
    return [
        ("kernel, from the last answer", 1e3 * warm.cpu_s / len(asks), _apart(warm.answer[-1], reference[-1])),
        ("kernel, from scratch", 1e3 * cold.cpu_s / len(asks), 0.0),
        ("Clarabel, canonicalised once", 1e3 * general.cpu_s, _apart(general.answer, reference[0])),
    ]


def _apart(found: Floats, reference: Floats) -> float:
    return float(np.abs(found - reference).max())


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Times, ratios to the first row, differences."""
    times = against_first([row[:2] for row in rows])
    told = [(*cells, f"{differs:.1e}") for cells, (*_, differs) in zip(times, rows, strict=True)]
    table(name, title, [("one core", "ms", "ratio", "differs by kW"), *told], ("cvxpy", "clarabel", "osqp"))


def prosumer_rows(problem: CoordinationProblem, pulls: Sequence[Pull], osqp_turns: int) -> list[Row]:
    """The prosumers' solvers; the general ones on the first turns."""
    cold, reference = measured(by_kernel(problem, warm=False), pulls)
    warm, near = measured(by_kernel(problem, warm=True), pulls)
    general = by_clarabel(problem, pulls[0])
    general(pulls[0])
    clarabel, exact = measured(general, pulls[:1])
    rows = [
        ("kernel, from the last answer", warm, _apart(near[-1], reference[-1])),
        ("kernel, from scratch", cold, 0.0),
        ("Clarabel, canonicalised once", clarabel, _apart(exact[0], reference[0])),
    ]
    if osqp_turns and "OSQP" not in cp.installed_solvers():
        print("OSQP is missing")
    elif osqp_turns:
        osqp, rough = measured(by_osqp(problem), pulls[:osqp_turns])
        rows.append(("OSQP through cvxpy", osqp, _apart(rough[0], reference[0])))
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
    size = f"{len(problem.block.terms)} prosumers, {problem.trades.n_pairs} pairs, {problem.hours} hours"
    title = f"Answers of all prosumers in one turn: {size}; Clarabel to 1e-9, OSQP to 1e-5"
    report("prosumer_kernel", title, prosumer_rows(problem, pulls, arguments.osqp))
    size = f"{problem.network.n_buses} buses, {problem.hours} hours"
    title = f"The operator's answer in one turn: {size}; Clarabel to 1e-9"
    report("operator_kernel", title, operator_rows(problem, states))


if __name__ == "__main__":
    main()
