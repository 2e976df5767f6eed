"""The negotiation next to what one would write first: the same turns with other solvers for the prosumers.

One problem, one tolerance (0.05 kW and 1e-5 of the objective), one operator; what differs is who answers for prosumers:

  compiled kernel     what the package does
  OSQP, one each      one OSQP problem per prosumer, set up once, costs updated, started from the last answer
  cvxpy, one each     every prosumer's cvxpy problem solved again with other parameters (Clarabel)

Beside them the optimum of the whole as one cone programme, which needs everybody's data. CPU time of one process; a
turn is that of the prosumers' answers, all is the whole negotiation, the operator included. The default takes half a
minute; all turns by cvxpy, `--turns 1200`, several. The table goes to docs/benchmarks/peers.md.

Usage: PYTHONPATH=. python benchmarks/bench_peers.py [--scenario FILE] [--turns 3]   (turns that cvxpy is given)
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
import osqp
import scipy.sparse as sp
from cvxpy.settings import PARAM_PROB

from benchmarks._statements import Statement, each, tell
from benchmarks._tables import ratio, shown, table
from benchmarks._timing import Timed, timed
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.plans.dispatch import dispatch
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.market.responses import Pull
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

HEAD = ("prosumers answered by", "turns", "ms a turn", "ratio", "all CPU s", "ratio", "gap")
DEFAULT = Path(__file__).parents[1] / "data" / "scenarios" / "ieee33-solar.json"
ACCURACY = 1e-5


class Peer:
    """Answers for all prosumers by solving one problem each."""

    def __init__(self, problem: CoordinationProblem, make: Callable[[Statement], Callable[[], float]]) -> None:
        self.problem, self.statements = problem, each(problem)
        self.solvers = [make(item) for item in self.statements]

    def ask(self, pull: Pull) -> Reply:
        """Block A."""
        tell(self.problem, self.statements, pull)
        found = [item.answer(solve()) for item, solve in zip(self.statements, self.solvers, strict=True)]
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


@dataclass(frozen=True)
class Run:
    """A negotiation: turns, processor seconds of the prosumers' answers and of all of it, and the gap to the optimum
    (None: not run to the end)."""

    name: str
    turns: int
    answers_s: float
    all_s: float
    gap: float | None

    @property
    def turn_ms(self) -> float:
        """Processor time of the prosumers' answers in a turn."""
        return 1e3 * self.answers_s / self.turns


class Watched:
    """Answers for prosumers, timed."""

    def __init__(self, answers: Any) -> None:
        self.answers, self.seconds = answers, 0.0

    def ask(self, pull: Pull) -> Reply:
        """Block A."""
        asked: Timed[Reply] = timed(lambda: self.answers.ask(pull))
        self.seconds += asked.cpu_s
        return asked.answer


def negotiated(name: str, problem: CoordinationProblem, rules: AdmmSettings, optimum_eur: float) -> Run:
    """Negotiate, and where it ended."""
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    turns: list[Agreement] = []
    watched: Any = Watched(problem.blocks)
    start = iterations.opening(problem, rules)
    asked = replace(problem, blocks=watched)
    run = timed(lambda: iterations.negotiate(asked, closed, start, rules, turns.append))
    gap = None
    if run.answer.converged:
        plan = dispatch(problem, closed, run.answer)
        gap = (plan.total_eur - optimum_eur) / plan.scale_eur
    return Run(name, len(turns), watched.seconds, run.cpu_s, gap)


def row(run: Run, ours: Run) -> Sequence[str]:
    """One line of the table; what was not run to the end has no time in all."""
    turn = [f"{run.turn_ms:.2f}", ratio(run.turn_ms, ours.turn_ms)]
    if run.gap is None:
        return shown((run.name, f"{run.turns} measured", *turn, "-", "-", "-"))
    return shown((run.name, str(run.turns), *turn, f"{run.all_s:.2f}", ratio(run.all_s, ours.all_s), f"{run.gap:.0e}"))


def compared(problem: CoordinationProblem, few: int) -> list[Sequence[str]]:
    """Ours and the peers."""
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    iterations.negotiate(
        problem, closed, iterations.opening(problem, AdmmSettings()), AdmmSettings(max_iterations=1)
    )  # compiles
    whole = timed(lambda: central.solve_problem(problem, closed))
    least_eur = whole.answer.objective_eur
    ours = negotiated("compiled kernel", problem, AdmmSettings(), least_eur)
    rows, measured = [row(ours, ours)], AdmmSettings(max_iterations=few)
    for name, make, rules in (("OSQP, one each", by_osqp, AdmmSettings()), ("cvxpy, one each", by_cvxpy, measured)):
        peer: Any = Peer(problem, make)
        rows.append(row(negotiated(name, replace(problem, blocks=peer), rules, least_eur), ours))
    seconds = f"{whole.cpu_s:.2f}", ratio(whole.cpu_s, ours.all_s)
    return [*rows, shown(("optimum as one programme", "-", "-", "-", *seconds, "0"))]


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=Path, default=DEFAULT)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    scenario = document.load(arguments.scenario)
    problem = build_problem(scenario, build_network(scenario, arguments.scenario.parent))
    size = f"{len(problem.block.terms)} prosumers, {problem.trades.n_pairs} pairs, {problem.hours} hours"
    title = f"The same negotiation with other solvers for the prosumers: {size}, initial topology, to 0.05 kW"
    title += f" and 1e-5 of the objective; OSQP to {ACCURACY:.0e}, Clarabel to its own 1e-8"
    table("peers", title, [HEAD, *compared(problem, arguments.turns)], ("osqp", "cvxpy", "clarabel"))


if __name__ == "__main__":
    main()
